"""`partners explain-match`: the story of two records, whichever ids it is asked for by."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from assets.entities.decision_file import CANNOT_LINK, MUST_LINK, append_decision, make_decision
from assets.entities.decisions import Decisions, read_decisions
from pipelines.cli import app
from pipelines.match_explaining import explain_match
from pipelines.match_story import MatchStory, chosen_pair, match_story

Con = duckdb.DuckDBPyConnection

NAMES = {
    "irs:1": "LARKMERE FOOD BANK INC",
    "irs:2": "[bold]NIGHT[/bold] SHELTER\x1b[2J",
    "lic:1": "LARKMERE FOODBANK",
    "lic:2": "THE LARKMERE FOOD PANTRY",
    "lic:3": "Quarry Roofing",
}
PAIRS = {
    ("irs:1", "lic:1"): ("match", 0.97),
    ("irs:2", "lic:2"): ("no_match", 0.08),
    ("lic:1", "lic:2"): ("match", 0.91),
    ("irs:1", "lic:2"): ("review", 0.44),
}
OWNERS = {"irs:1": "org_bank", "lic:1": "org_bank", "lic:2": "org_bank", "irs:2": "org_shelter", "lic:3": "org_roofer"}
FIELDS = {
    ("irs:1", "lic:2"): [
        ("base", None, None, "unknown", -2.5),
        ("city", "Larkmere", "Larkmere", "same", 0.05),
        ("postcode", "00112", "00119", "different", -0.9),
        ("name", "larkmere food bank", "larkmere food pantry", "similar", 3.1),
        ("identifier", "US-EIN-1", None, "unknown", 0.0),
    ]
}


@pytest.fixture(scope="module")
def database(match_warehouse: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    changes = {
        "irs:2": {"postcode": "00101"},
        "lic:3": {"postcode": "00101"},
        "org_old": {"merged_into": "org_bank", "partner_exclusion": "merged", "record_count": 0},
        "org_lost": {"partner_exclusion": "no_longer_listed", "record_count": 0},
    }
    return match_warehouse(tmp_path_factory.mktemp("pairs"), NAMES, PAIRS, fields=FIELDS, owners=OWNERS, changes=changes)


@pytest.fixture(autouse=True)
def people(publish: Callable[[Path], Path], database: Path) -> Path:
    """Where people's decisions lie in the published profile."""
    return publish(database) / "people" / "match_decisions.csv"


def say(people: Path, a: str, b: str, kind: str) -> None:
    append_decision(people, make_decision(a, b, kind, "Maria", date(2026, 11, 20), "same door"))


@pytest.fixture(scope="module")
def con(database: Path) -> Iterator[Con]:
    with duckdb.connect(str(database), read_only=True) as con:
        yield con


@pytest.fixture
def told(con: Con, people: Path) -> Callable[[str, str], str]:
    """(record, record) -> everything that is told of them, on one line."""
    return lambda a, b: printed(match_story(con, a, b, read_decisions(people)))


def printed(story: MatchStory) -> str:
    console = Console(width=160, force_terminal=True, no_color=True)
    with console.capture() as shown:
        explain_match(console, story)
    return " ".join(shown.get().split())


def explain(*ids: str) -> Result:
    return CliRunner().invoke(app, ["explain-match", *ids, "--profile", "practice"], env={"COLUMNS": "160"})


def words(result: Result) -> str:
    return " ".join(result.output.split())


def test_the_fields_that_weigh_most_come_first_and_add_up(con: Con) -> None:
    evidence = match_story(con, "lic:2", "irs:1", Decisions()).evidence
    assert evidence is not None
    assert [f.field for f in evidence.fields] == ["name", "postcode", "city", "identifier"]
    assert (evidence.base, round(evidence.log_odds, 9)) == (-2.5, -0.25)


def test_what_the_decision_rests_on_is_told() -> None:
    result = explain("lic:2", "irs:1")
    assert result.exit_code == 0
    for part in (
        "name similar +3.10 larkmere food bank larkmere food pantry",
        "postcode different -0.90 00112 00119",
        "identifier unknown +0.00 US-EIN-1 –",
        "Decided: left for a person to judge, probability 0.440, rule rule_review.",
        "Speaks for one body: name (+3.10). Against: postcode (-0.90).",
        "-2.50 to begin with, +2.25 from the fields: -0.25 in log-odds, which alone is a probability of 0.438.",
        "https://example.org/row",
        "nobody has said anything about this pair",
    ):
        assert part in words(result)


def test_records_joined_by_way_of_others_show_the_chain(told: Callable[[str, str], str]) -> None:
    text = told("irs:1", "lic:2")
    assert "Now: one organisation, org_bank. Joined by way of 1 other record:" in text
    assert "irs:1 – lic:1 matched with probability 0.970 (rule_match) lic:1 – lic:2 matched with probability 0.910" in text


def test_a_pair_that_others_join_is_not_said_to_join_itself(match_warehouse: Callable[..., Path], tmp_path: Path) -> None:
    """In one organisation every pair of it is a match; one of .35 is there only because of the third record."""
    pairs = {**PAIRS, ("irs:1", "lic:2"): ("match", 0.35)}
    with duckdb.connect(str(match_warehouse(tmp_path, NAMES, pairs, owners=OWNERS)), read_only=True) as con:
        found = match_story(con, "irs:1", "lic:2", Decisions()).chain
        assert [(step.start, step.end) for step in found] == [("irs:1", "lic:1"), ("lic:1", "lic:2")]
        assert [(step.start, step.end) for step in match_story(con, "irs:1", "lic:1", Decisions()).chain] == [("irs:1", "lic:1")]


def test_a_person_s_link_is_part_of_the_chain(con: Con, people: Path) -> None:
    say(people, "lic:2", "irs:1", MUST_LINK)
    found = match_story(con, "irs:1", "lic:2", read_decisions(people))
    assert [(s.start, s.end, s.reason) for s in found.chain] == [("irs:1", "lic:2", "must_link, said by Maria on 2026-11-20")]


@pytest.mark.parametrize(
    ("said", "pair", "expected"),
    [
        (("lic:2", "irs:2", MUST_LINK), ("irs:2", "lic:2"), "one body, said by Maria on 2026-11-20: same door. Not in force yet"),
        (("lic:2", "irs:2", CANNOT_LINK), ("irs:2", "lic:2"), "two bodies, said by Maria on 2026-11-20: same door. In force."),
        (("lic:1", "lic:2", CANNOT_LINK), ("lic:1", "lic:2"), "two bodies, said by Maria on 2026-11-20: same door. Not in force"),
    ],
)
def test_the_word_of_people_and_whether_it_is_in_force(
    said: tuple[str, str, str], pair: tuple[str, str], expected: str, told: Callable[[str, str], str], people: Path
) -> None:
    say(people, *said)
    assert f"People: {expected}" in told(*pair)


def test_a_word_on_other_pairs_that_settles_this_one_is_told(told: Callable[[str, str], str], people: Path) -> None:
    say(people, "irs:1", "irs:2", CANNOT_LINK)
    say(people, "irs:1", "lic:1", MUST_LINK)
    assert "People: two bodies, which follows from what was said of other pairs. In force." in told("irs:2", "lic:1")


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        (("irs:2", "lic:3"), "They share the postcode 00101; a key may still be too common"),
        (("irs:1", "lic:3"), "They share no word of the name, no identifier, postcode, website or street."),
        (("irs:1", "irs:2"), "never compared"),
    ],
)
def test_a_pair_the_warehouse_does_not_know_says_why_that_can_be(
    pair: tuple[str, str], expected: str, told: Callable[[str, str], str]
) -> None:
    assert expected in told(*pair)


@pytest.mark.parametrize(
    ("one", "other", "pair"),
    [
        ("lic:2", "irs:1", ("irs:1", "lic:2")),
        ("org_bank", "org_shelter", ("irs:2", "lic:2")),
        ("org_bank", "org_bank", ("irs:1", "lic:1")),
        ("org_bank", "lic:2", ("lic:1", "lic:2")),
        ("org_old", "irs:2", ("irs:2", "lic:2")),
        ("lic:3", "org_shelter", ("irs:2", "lic:3")),
    ],
    ids=["records", "surest pair", "within one", "a record of it", "an id taken over", "never compared: names alike"],
)
def test_ids_of_organisations_lead_to_a_pair_of_their_records(one: str, other: str, pair: tuple[str, str], con: Con) -> None:
    assert chosen_pair(con, one, other) == chosen_pair(con, other, one) == pair


def test_the_command_says_which_pair_it_chose() -> None:
    assert "Of their records, the pair that tells most: irs:2 and lic:2." in words(explain("org_bank", "org_shelter"))
    assert "the pair that tells most" not in words(explain("lic:2", "irs:1"))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("irs:1", "irs:9", "irs:9 has no record in the published version. Record ids read `source:id`"),
        ("org_lost", "irs:1", "org_lost has no record in the published version"),
        ("lic:3", "org_roofer", "mean one and the same record, lic:3; give two records"),
    ],
)
def test_ids_that_make_no_pair_are_refused(one: str, other: str, expected: str, con: Con) -> None:
    with pytest.raises(LookupError, match=expected):
        chosen_pair(con, one, other)


def test_the_command_refuses_an_id_it_does_not_know() -> None:
    result = explain("irs:1", "irs:9")
    assert result.exit_code == 1 and "irs:9 has no record in the published version" in words(result)


def test_a_decisions_file_that_cannot_be_read_is_told(people: Path) -> None:
    people.parent.mkdir()
    people.write_text("who;what\n", "utf-8")
    result = explain("irs:1", "lic:1")
    assert result.exit_code == 1 and "lacks the columns record_id_a" in words(result)


def test_a_version_without_fields_still_tells_its_decision(database: Path, tmp_path: Path) -> None:
    older = Path(shutil.copy(database, tmp_path))
    with duckdb.connect(str(older)) as con:
        con.execute("DROP TABLE core.match_feature")
    with duckdb.connect(str(older), read_only=True) as con:
        found = match_story(con, "irs:1", "lic:2", Decisions())
    assert found.evidence is not None and (found.evidence.decision, found.evidence.fields) == ("review", ())
    assert "before the comparison of each field was kept" in printed(found)


def test_names_are_shown_as_they_are_and_steer_no_terminal(told: Callable[[str, str], str]) -> None:
    text = told("irs:2", "lic:2")
    assert "[bold]NIGHT[/bold] SHELTER" in text and "\x1b[2J" not in text


def test_before_any_run_it_says_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNERS_DATA", str(tmp_path / "nowhere"))
    result = explain("irs:1", "lic:1")
    assert result.exit_code == 1 and "run `partners run` first" in words(result)
