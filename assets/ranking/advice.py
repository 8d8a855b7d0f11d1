"""Reads and checks the hand-written tables of what is said to two bodies once they are put together, as DuckDB tables.

Belongs here: shape and consistency of forms of collaboration, benefits, themes, risks and measures. Does not: the words
themselves (`ontology/*.yaml`), nor which of them an opportunity gets (`assets/opportunities/advice.sql`), nor any ranking.
Tables made: collaboration_model, tag, benefit_of, theme_of, risk, risk_of, risk_cause, own_trade, measure, measure_of.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, Literal

import duckdb
from pydantic import BaseModel, ConfigDict, Field

from assets.ranking import ontology
from assets.ranking.ontology import Ontology, put_table
from assets.ranking.yaml_file import read_yaml

Text = Annotated[str, Field(min_length=3)]
Level = Literal["low", "low_to_moderate", "moderate", "moderate_to_high", "high"]

#: Stands for a resource where a business applies to a programme; the tables of the night use the same word.
PROGRAMME = "programme"

#: Words in braces that `advice.sql` fills in from the data.
SLOTS = frozenset((
    "business", "partner", "give", "get", "thing", "partner_kind", "business_size", "partner_size", "postcode", "closes_on",
    "filed_on", "stale_days", "coverage", "share", "criterion",
))  # fmt: skip


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Tag(_Part):
    """Plain words of a code: a short name and a line of help."""

    name: Text
    note: Text


class CollaborationModel(Tag):
    """A form a partnership can take (R29)."""

    integration: Level
    risk: Level
    complexity: Level
    commitment: Annotated[int, Field(ge=1, le=3)]
    typical_use: Text
    grows_into: str | None = None


class Theme(Tag):
    """What an opportunity is about, by what changes hands or by what the partner works for (R36)."""

    resources: list[str] = []
    causes: list[str] = []


class Risk(_Part):
    """Something to settle first: the sign in the data, and what to do about it (R51 to R53)."""

    name: Text
    why: Text
    mitigation: Text
    give: list[str] = []
    get: list[str] = []
    causes: list[str] = []
    not_give: list[str] = []
    own_trade: dict[str, list[str]] = {}


class Measure(_Part):
    """Something to count, what to note beforehand, and a first target (R46 to R48)."""

    metric: Text
    unit: Text
    side: Literal["business", "partner", "both"]
    baseline: Text
    target: Text
    programmes: bool = False


class Advice(_Part):
    """All of it, checked against itself and the ontology."""

    collaboration_models: dict[str, CollaborationModel]
    benefits: dict[str, Tag]
    themes: dict[str, Theme]
    risks: dict[str, Risk]
    measures: dict[str, Measure]

    def problems(self, known: Ontology) -> list[str]:
        """Names used but not defined, measures nobody uses, words in braces that nothing fills."""
        found: list[str] = []

        def check(who: str, names: list[str], book: dict[str, Any], of: str) -> None:
            found.extend(f"{who} names {of} {name!r}, which is not defined" for name in names if name not in book)

        for name, model in self.collaboration_models.items():
            check(name, [model.grows_into] if model.grows_into else [], self.collaboration_models, "form")
        for name, theme in self.themes.items():
            check(f"theme {name}", theme.resources, known.resources, "resource")
            check(f"theme {name}", theme.causes, known.causes, "cause")
        for name, risk in self.risks.items():
            traded = [*risk.own_trade, *(r for trade in risk.own_trade.values() for r in trade)]
            check(f"risk {name}", [*risk.give, *risk.get, *risk.not_give, *traded], known.resources, "resource")
            check(f"risk {name}", risk.causes, known.causes, "cause")
            slots = set(re.findall(r"\{(.*?)\}", risk.why))
            found += [f"risk {name} has {{{slot}}}, which nothing fills" for slot in sorted(slots - SLOTS)]
        for name, resource in known.resources.items():
            check(f"resource {name}", resource.benefits, self.benefits, "benefit")
            check(f"resource {name}", resource.measures, self.measures, "measure")
        used = {m for resource in known.resources.values() for m in resource.measures}
        found += [f"measure {m} belongs to no resource" for m, v in self.measures.items() if not v.programmes and m not in used]
        return found


@cache
def load() -> Advice:
    """The shipped tables. Raises ValueError listing every inconsistency."""
    advice = Advice.model_validate({name: read_yaml("ontology", f"{name}.yaml") for name in Advice.model_fields})
    if problems := advice.problems(ontology.load()):
        raise ValueError("the tables of advice contradict themselves:\n  " + "\n  ".join(problems))
    return advice


def as_tables(con: duckdb.DuckDBPyConnection) -> None:
    """The tables in `con`; numbers keep the order of the files, which is the order things are said in."""
    a, resources = load(), ontology.load().resources
    put_table(con, "collaboration_model", [
        {"collaboration_model": k, "model_name": m.name, "model_note": m.note, "integration": m.integration, "risk_level": m.risk,
         "complexity": m.complexity, "commitment_level": m.commitment, "typical_use": m.typical_use, "grows_into": m.grows_into}
        for k, m in a.collaboration_models.items()
    ])  # fmt: skip
    words = [("benefit", k, t.name, t.note) for k, t in a.benefits.items()]
    words += [("theme", k, t.name, t.note) for k, t in a.themes.items()]
    words += [("risk", k, r.name, r.mitigation) for k, r in a.risks.items()]
    put_table(con, "tag", [{"tag_kind": kind, "tag": k, "tag_name": name, "tag_note": note} for kind, k, name, note in words])
    put_table(con, "benefit_of", [{"resource_id": k, "benefit": b} for k, r in resources.items() for b in r.benefits])
    put_table(con, "theme_of", [
        {"theme": k, "theme_number": n, "resource_id": r, "cause_id": c}
        for n, (k, t) in enumerate(a.themes.items(), start=1)
        for r, c in [*((r, None) for r in t.resources), *((None, c) for c in t.causes)]
    ])  # fmt: skip
    put_table(con, "risk", [
        {"risk": k, "risk_number": n, "why": r.why, "mitigation": r.mitigation}
        for n, (k, r) in enumerate(a.risks.items(), start=1)
    ])  # fmt: skip
    put_table(con, "risk_of", [
        {"risk": k, "direction": direction, "resource_id": resource}
        for k, r in a.risks.items()
        for direction, names in (("give", r.give), ("get", r.get), ("not_give", r.not_give))
        for resource in names
    ])  # fmt: skip
    put_table(con, "risk_cause", [{"risk": k, "cause_id": c} for k, r in a.risks.items() for c in r.causes])
    put_table(con, "own_trade", [
        {"risk": k, "get_resource_id": got, "resource_id": sold}
        for k, r in a.risks.items()
        for got, trade in r.own_trade.items()
        for sold in trade
    ])  # fmt: skip
    put_table(con, "measure", [
        {"measure": k, "metric": m.metric, "unit": m.unit, "side": m.side, "baseline_needed": m.baseline, "target": m.target}
        for k, m in a.measures.items()
    ])  # fmt: skip
    of_resource = [(k, n, m) for k, r in resources.items() for n, m in enumerate(r.measures, start=1)]
    of_programme = [(PROGRAMME, n, k) for n, (k, m) in enumerate(a.measures.items(), start=1) if m.programmes]
    put_table(con, "measure_of", [
        {"resource_id": resource, "place_in_line": n, "measure": m} for resource, n, m in (*of_resource, *of_programme)
    ])  # fmt: skip
