"""Explains scored pairs: field by field, what each side says, how far it agrees, and what it adds to the log-odds.

Tables out, one row a pair (`pair_table`) and one row a pair and field (`field_table`); decides nothing.
"""

from __future__ import annotations

from typing import Protocol

import duckdb
import numpy as np
import pyarrow as pa

from assets.linkage.arrays import Bools, Floats, Ints, Records
from assets.linkage.engine import VERDICTS, Pairs, measured
from assets.linkage.features import FEATURES, NAMES
from assets.linkage.model import Model
from assets.linkage.rules import MOST

#: Fields in the order of the features; `base` is what the model assumes of a pair before it looks.
FIELDS = tuple(dict.fromkeys(f.field for f in FEATURES))
BASE = "base"
#: For each field the feature that says how far it agrees, and from which values on it is the same, alike, different.
#: A value strictly between the last two is not known.
STEPS: dict[str, tuple[str, float, float, float]] = {
    "name": ("name_letters", 1.0, 0.8, 0.8),
    "name_words": ("name_cover_less", 0.999, 0.5, 0.5),
    "name_numbers": ("name_numbers", 0, 0, 0),
    "legal_form": ("legal_form", 1, 1, 0),
    "address": ("street", 0.999, 0.8, 0.5),
    "postcode": ("postcode", 3, 1, 0),
    "city": ("city", 1, 1, 0),
    "distance": ("distance", 1.0, -0.29, -0.31),
    "phone": ("phone", 2, 1, 0),
    "website": ("website", 2, 1, 0),
}


class Told(Protocol):
    """Pairs of a run and its clusters; with `Measurable`, what a run of the engine gives."""

    @property
    def label(self) -> Ints:
        """The smallest rid of each record's cluster."""

    @property
    def pairs(self) -> Pairs:
        """The scored pairs."""


class Measurable(Told, Protocol):
    """The same with the records themselves."""

    @property
    def ids(self) -> list[str]:
        """The record_id of each rid."""

    @property
    def records(self) -> Records:
        """What features are measured on."""


def shown(linked: Told, model: Model) -> Bools:
    """Which pairs are kept as evidence: one organisation now, worth a person's look, or decided by more than the score."""
    pairs, label = linked.pairs, linked.label
    told = np.isin(pairs.verdict, [VERDICTS.index(v) for v in VERDICTS if v not in ("model", "nothing_in_common")])
    return np.asarray((pairs.p >= model.review_from) | (label[pairs.a] == label[pairs.b]) | told)


def decisions(pairs: Pairs, label: Ints, model: Model) -> dict[str, pa.Array]:
    """Columns decision, probability and rule.

    `decision` is `match` where the two are one organisation, `review` where they are not but a person should look, else
    `no_match`.
    """
    one = label[pairs.a] == label[pairs.b]
    # Names that differ are a question only where the model alone would have gone beyond what the rule leaves: most such pairs are
    # tenants of one house, and a person's time is dear.
    differ = VERDICTS.index("names_differ")
    asked_from = np.where(pairs.verdict == differ, MOST[differ], model.review_from)
    open_question = ~one & (pairs.p >= asked_from) & (pairs.verdict != VERDICTS.index("cannot_link"))
    return {
        "decision": pa.array(np.select([one, open_question], ["match", "review"], "no_match").tolist(), pa.string()),
        "probability": pa.array(np.round(pairs.p, 4)),
        "rule": pa.array([VERDICTS[v] for v in pairs.verdict.tolist()], pa.string()),
    }


def pair_table(linked: Measurable, model: Model) -> pa.Table:
    """A row a pair with the columns of `core.match_evidence`."""
    pairs = linked.pairs.where(shown(linked, model))
    x = measured(linked.records, pairs.a, pairs.b)
    return pa.table(
        {
            **_ids(linked, pairs.a, pairs.b),
            **decisions(pairs, linked.label, model),
            "name_similarity": np.round(_column(x, "name_any_order").astype(np.float64), 4),
            "street_similarity": _unless(np.round(_column(x, "street").astype(np.float64), 4), 0.5),
            "same_house_number": _yes_no(_column(x, "house_number"), 1),
            "same_postcode": _yes_no(_column(x, "postcode"), 3),
            "same_city": _yes_no(_column(x, "city"), 1),
            "same_domain": _yes_no(_column(x, "website"), 1),
        }
    )


def field_table(con: duckdb.DuckDBPyConnection, linked: Measurable, model: Model) -> pa.Table:
    """A row a pair and field with the columns of `core.match_feature`; `log_odds` of a pair add up to the model's log-odds."""
    keep = shown(linked, model)
    a, b = linked.pairs.a[keep], linked.pairs.b[keep]
    x = measured(linked.records, a, b)
    base, shares = model.contributions(x)
    values = con.sql(_VALUES).to_arrow_table()
    ids = _ids(linked, a, b)
    parts = [_rows(ids, BASE, None, None, ["unknown"] * len(a), np.full(len(a), base))]
    for field in FIELDS:
        columns = [place for place, f in enumerate(FEATURES) if f.field == field]
        said = values.column(field)
        parts.append(
            _rows(ids, field, said.take(pa.array(a)), said.take(pa.array(b)), _agreement(x, field), shares[:, columns].sum(1))
        )
    return pa.concat_tables(parts).sort_by([("record_id_a", "ascending"), ("record_id_b", "ascending"), ("field", "ascending")])


_VALUES = """
SELECT
    c.rid, array_to_string(n.names, ' / ') AS name, array_to_string(w.words, ' ') AS name_words,
    nullif(array_to_string(list_filter(w.words, lambda t: regexp_matches(t, '[0-9]')), ' '), '') AS name_numbers,
    n.legal_form, nullif(c.address_folded, '') AS address, nullif(c.postcode, '') AS postcode, nullif(c.city, '') AS city,
    CASE WHEN c.lat IS NOT NULL THEN printf('%.5f %.5f', c.lat, c.lon) END AS distance,
    nullif(c.phone, '') AS phone, nullif(c.website_domain, '') AS website
FROM comparable c
LEFT JOIN (SELECT rid, list(name ORDER BY fid) AS names, min(legal_form) AS legal_form FROM form GROUP BY rid) n USING (rid)
LEFT JOIN (SELECT rid, list(DISTINCT word ORDER BY word) AS words FROM form_word GROUP BY rid) w USING (rid)
ORDER BY c.rid
"""


def _ids(linked: Measurable, a: Ints, b: Ints) -> dict[str, pa.Array]:
    ids = pa.array(linked.ids, pa.string())
    return {"record_id_a": ids.take(pa.array(a)), "record_id_b": ids.take(pa.array(b))}


def _rows(
    ids: dict[str, pa.Array], field: str, value_a: object, value_b: object, agreement: list[str], share: object
) -> pa.Table:
    count = len(agreement)
    empty = pa.nulls(count, pa.string())
    return pa.table(
        {
            **ids,
            "field": pa.array([field] * count, pa.string()),
            "value_a": empty if value_a is None else value_a,
            "value_b": empty if value_b is None else value_b,
            "agreement": pa.array(agreement, pa.string()),
            "log_odds": np.round(np.asarray(share, dtype=np.float64), 4),
        }
    )


def _agreement(x: Floats, field: str) -> list[str]:
    feature, same, alike, known_below = STEPS[field]
    value = _column(x, feature)
    return np.select([value >= same, value >= alike, value < known_below], ["same", "similar", "different"], "unknown").tolist()


def _column(x: Floats, name: str) -> Floats:
    return x[:, NAMES.index(name)]


def _unless(values: object, unknown: float) -> pa.Array:
    array = np.asarray(values, dtype=np.float64)
    return pa.array(array, mask=array == unknown)


def _yes_no(steps: Floats, same: int) -> pa.Array:
    return pa.array(steps >= same, mask=steps == 0)
