"""The `partners` command says what it did and, where it could not, what to do next."""

from __future__ import annotations

import importlib
import os
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.nights import one_at_a_time

Con = duckdb.DuckDBPyConnection


def partners(*arguments: str) -> Result:
    """The command, on a wide terminal."""
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "160"})


def words(result: Result) -> str:
    """Everything printed, on one line."""
    return " ".join(result.output.split())


@pytest.fixture
def con(first_home: Any) -> Iterator[Con]:
    """The warehouse of the first night."""
    with duckdb.connect(str(first_home.warehouse), read_only=True) as con:
        yield con


def one(con: Con, sql: str) -> Any:
    """The single value of a query that finds one."""
    rows = con.execute(sql).fetchall()
    assert rows, f"nothing to test with: {sql}"
    return rows[0][0]


def test_the_installed_command_is_this_one(story_kit: Any) -> None:
    script = tomllib.loads((story_kit.REPO / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]["partners"]
    module, name = script.split(":")
    assert getattr(importlib.import_module(module), name) is app


@pytest.mark.parametrize("arguments", [[], ["profile"]])
def test_without_a_command_it_lists_what_there_is(arguments: list[str]) -> None:
    assert "Usage:" in words(partners(*arguments)) and "check" in words(partners(*arguments, "--help")) + words(
        partners("profile", "--help")
    )


# --- run ------------------------------------------------------------------------------------------------------------


def test_a_run_says_what_was_read(printed: str, con: Con) -> None:
    registers = con.execute("SELECT register_title, read_count, kept_count, rejected_count FROM meta.source_run").fetchall()
    assert len(registers) == 4
    for title, read, kept, rejected in registers:
        assert f"{title} {read:,} {kept:,} {rejected:,} fetched" in printed


def test_a_run_says_what_was_merged_and_ranked(printed: str, con: Con) -> None:
    records, bodies = (
        one(con, "SELECT count(*) FROM core.organisation_record"),
        one(con, "SELECT count(*) FROM core.organisation WHERE record_count > 0"),
    )
    assert records > bodies
    assert f"{records:,} records are {bodies:,} organisations" in printed
    counts = con.execute(
        "SELECT count(*), count(DISTINCT business_id), count(DISTINCT partner_organisation_id), count(DISTINCT partner_programme_id) "
        "FROM mart.opportunity"
    ).fetchall()[0]
    for count, noun in zip(counts, ("opportunities", "businesses", "charities and public bodies", "programmes"), strict=True):
        assert f"{count:,} {noun}" in printed


def test_a_run_ends_with_the_ten_best_and_where_everything_lies(printed: str, con: Con, first_home: Any) -> None:
    best = con.execute(
        "SELECT rank_in_region, explanation FROM mart.opportunity WHERE rank_in_region <= 10 ORDER BY 1"
    ).fetchall()
    assert len(best) == 10
    places = [printed.index(f"{rank}. {' '.join(explanation.split())}") for rank, explanation in best]
    assert places == sorted(places)
    for path in (first_home.root / "report/latest/index.html", first_home.root / "exports/latest", first_home.warehouse):
        assert path.exists()
        assert os.path.relpath(path) in printed or str(path) in printed


def test_a_run_shows_its_steps_with_their_times(story: Any, printed: str) -> None:
    lines = [line.split() for line in story.first_night.splitlines() if line.endswith(" s") and not line.startswith("Done")]
    assert {"fetched irs_bmf", "read practice", "opportunities", "quality check", "published"} <= {
        " ".join(line[:-2]) for line in lines
    }
    assert all(float(line[-2]) >= 0 for line in lines)


def test_a_run_of_the_same_profile_at_the_same_time_is_refused(home_after_a_night: Any) -> None:
    before = os.readlink(home_after_a_night.warehouse)
    with one_at_a_time(home_after_a_night.root):
        result = partners("run")
    assert result.exit_code == 1
    assert "The run failed; what was published before is untouched." in words(result)
    assert "another run is writing to" in words(result) and "wait for it to end, or stop it, and start again" in words(result)
    assert os.readlink(home_after_a_night.warehouse) == before


@pytest.mark.parametrize("date", ["22/11/2026", "2026-13-01", "tomorrow"])
def test_a_date_that_is_none_is_refused(date: str, new_home: Any) -> None:
    result = partners("run", "--as-of", date)
    assert result.exit_code == 2
    assert date in words(result) and "%Y-%m-%d" in words(result)


@pytest.mark.parametrize("command", [["run"], ["show"], ["explain", "opp_1"]])
def test_a_profile_nobody_knows_is_refused_with_those_there_are(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTNERS_DATA", str(tmp_path))
    result = partners(*command, "--profile", "atlantis")
    assert result.exit_code == 2
    assert "there is no profile" in words(result) and "known names: chicago, little-rock, liverpool, practice" in words(result)


# --- show -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [["show"], ["explain", "opp_1"], ["explain", "--why-not", "a", "b"]])
def test_before_any_run_it_says_to_run(command: list[str], new_home: Any) -> None:
    result = partners(*command)
    assert result.exit_code == 1
    assert "run `partners run` first" in words(result)


def test_show_prints_the_summary_again(printed: str, first_home: Any) -> None:
    result = partners("show")
    assert result.exit_code == 0
    summary = printed[printed.index("Read register") : printed.rindex("Done in")].strip()
    # Paths are printed as seen from the current folder.
    assert words(result).split("Report")[0] == summary.split("Report")[0]


# --- explain --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["organisation", "programme"])
def test_explain_takes_a_score_apart_down_to_the_records(kind: str, con: Con) -> None:
    chosen = one(
        con, f"SELECT opportunity_id FROM mart.opportunity WHERE partner_kind = '{kind}' ORDER BY rank_in_region LIMIT 1"
    )
    result = partners("explain", chosen)
    assert result.exit_code == 0
    told = words(result)
    explanation, pilot, score = con.execute(
        "SELECT explanation, pilot, score FROM mart.opportunity WHERE opportunity_id = ?", [chosen]
    ).fetchall()[0]
    assert all(" ".join(part.split()) in told for part in (explanation, pilot, f"Score {score:.2f}"))
    criteria = con.execute(
        "SELECT criterion, sub_score, weight, contribution FROM mart.opportunity_criterion WHERE opportunity_id = ?", [chosen]
    ).fetchall()
    assert len(criteria) == 6
    for criterion, value, weight, adds in criteria:
        assert f"{criterion} {'not known' if value is None else f'{value:.2f}'} {weight:.2f} {adds:.3f}" in told
    known = float(sum(weight for _, value, weight, _ in criteria if value is not None))
    assert f"Each adds value × weight ÷ {known:.2f}, the weight of all that is known." in told
    assert all(
        float(adds) == pytest.approx(float(value) * float(weight) / known, abs=0.002)
        for _, value, weight, adds in criteria
        if value is not None
    )
    facts = con.execute(
        "SELECT criterion, side, field, value, record_id FROM mart.opportunity_evidence WHERE opportunity_id = ?", [chosen]
    ).fetchall()
    assert len(facts) > 2
    for criterion, side, field, value, record in facts:
        assert f"{criterion} {side} {field} = {' '.join(value.split())} [{record}]" in told
    advice = con.execute(
        "SELECT why, mitigation FROM mart.opportunity_risk WHERE opportunity_id = ? "
        "UNION ALL SELECT metric, target FROM mart.opportunity_measure WHERE opportunity_id = ?", [chosen, chosen]
    ).fetchall()  # fmt: skip
    assert len(advice) > 2
    assert [text for row in advice for text in row if " ".join(text.split()) not in told] == []


def test_explain_of_an_id_not_published_says_so(first_home: Any) -> None:
    result = partners("explain", "opp_nonsense")
    assert result.exit_code == 1
    assert "opp_nonsense is not in the published version; ids begin with opp_" in words(result)


def test_explain_of_nothing_says_what_to_give(first_home: Any) -> None:
    result = partners("explain")
    assert result.exit_code == 2
    assert "Give an opportunity id, or --why-not BUSINESS PARTNER" in words(result)


_BUSINESS = "SELECT business_id FROM mart.opportunity ORDER BY rank_in_region LIMIT 1"
_PARTNER = "SELECT partner_organisation_id FROM mart.opportunity WHERE rank_in_region = 1"
_OF = "SELECT organisation_id FROM core.organisation WHERE {} ORDER BY organisation_id LIMIT 1"
WHY_NOT: dict[str, tuple[str, str, list[str]]] = {
    "a person's business": (_OF.format("is_natural_person"), _PARTNER, ["is never put forward: natural_person"]),
    "a chain": (_OF.format("partner_exclusion = 'chain'"), _PARTNER, ["is never put forward: chain"]),
    "a lodge": (
        _BUSINESS,
        _OF.format("partner_exclusion = 'lodge_or_social_club'"),
        ["is never put forward: lodge_or_social_club"],
    ),
    "a charity that closed": (_BUSINESS, _OF.format("partner_exclusion = 'inactive'"), ["is never put forward: inactive"]),
    "a charity elsewhere": (
        _BUSINESS,
        _OF.format("sector = 'nonprofit' AND region_id IS NULL AND partner_exclusion IS NULL"),
        ["is not in a region of the profile"],
    ),
    "a closed programme": (
        _BUSINESS,
        "SELECT programme_id FROM core.programme WHERE partner_exclusion = 'closed' ORDER BY 1 LIMIT 1",
        ["is never put forward: closed"],
    ),
    "a business nobody knows": ("SELECT 'org_nobody'", _PARTNER, ["org_nobody is not in the warehouse"]),
    "a partner nobody knows": (_BUSINESS, "SELECT 'org_nobody'", ["org_nobody is not in the warehouse"]),
    "two who are together": (
        "SELECT business_id FROM mart.opportunity WHERE partner_kind = 'organisation' ORDER BY rank_in_region LIMIT 1",
        "SELECT partner_organisation_id FROM mart.opportunity WHERE partner_kind = 'organisation' ORDER BY rank_in_region LIMIT 1",
        ["They are put together"],
    ),
    "two who could meet": (
        _BUSINESS,
        "SELECT partner_organisation_id FROM mart.opportunity WHERE partner_organisation_id NOT IN (SELECT partner_organisation_id "
        f"FROM mart.opportunity WHERE business_id = ({_BUSINESS}) AND partner_organisation_id IS NOT NULL) ORDER BY 1 LIMIT 1",
        ["not together", "people/declined.csv", "conflict of mission", "may be one body"],
    ),
    "two businesses": (_BUSINESS, "SELECT max(business_id) FROM mart.opportunity", ["is a business"]),
    "a charity in the business's place": (_PARTNER, _PARTNER, ["is no business"]),
}


@pytest.mark.parametrize("label", WHY_NOT)
def test_why_not_gives_the_reason(label: str, con: Con) -> None:
    business, partner, reasons = WHY_NOT[label]
    result = partners("explain", "--why-not", one(con, business), one(con, partner))
    assert result.exit_code == 0
    assert [reason for reason in reasons if reason not in words(result)] == []


# --- profile check --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["practice", "little-rock"])
def test_a_shipped_profile_is_in_good_order(name: str) -> None:
    result = partners("profile", "check", name)
    assert result.exit_code == 0
    assert f"{name}: 1 region(s), sources irs_bmf," in words(result) and "In good order." in words(result)


def _set(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda settings: settings.update(changes)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (_set(wieghts={}), "wieghts"),
        (_set(regions=[]), "regions"),
        (_set(sources=[{"name": "irs_bfm"}]), "no register is called 'irs_bfm'"),
        (_set(weights={"place": 1.0}), "weights: give exactly fit_exchange"),
        (_set(lists={"per_business": 0}), "lists.per_business"),
        (lambda settings: settings.pop("chamber"), "chamber"),
    ],
    ids=["unknown key", "no region", "unknown register", "weights of another product", "an empty list", "no chamber"],
)
def test_a_bad_profile_is_refused_and_the_key_named(
    change: Callable[[dict[str, Any]], None], named: str, story_kit: Any, tmp_path: Path
) -> None:
    path = story_kit.write_profile(tmp_path)
    settings = yaml.safe_load(path.read_text("utf-8"))
    change(settings)
    path.write_text(yaml.safe_dump(settings), "utf-8")
    result = partners("profile", "check", str(path))
    assert result.exit_code == 2
    assert named in words(result) and "In good order" not in words(result)


def test_a_file_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "town.yaml").write_text("name: [unclosed\n", "utf-8")
    result = partners("profile", "check", str(tmp_path / "town.yaml"))
    assert result.exit_code == 2
    assert "is not valid YAML" in words(result)
