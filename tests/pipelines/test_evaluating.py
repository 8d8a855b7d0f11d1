"""`partners evaluate` and `partners weights fit`: a measure of the ranking on a chamber's own partnerships, and weights learned from them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.profile import PROFILES, load_profile
from warehouse import ddl
from warehouse.build import DATABASE
from warehouse.tables import BY_SHORT

#: Bodies lie 300 metres apart on a line; neighbours are partners. Kinds are ids of activities: of a body of no known kind there
#: would be no score.
COUNT, STEP = 60, 0.003
TRADES = ("bakery", "florist", "plumber", "hair_salon")
GOOD_WORKS = ("food_bank", "youth_club", "animal_shelter", "museum")
NAMES = {"b": "Shop", "p": "House"}


def run(*arguments: object) -> tuple[int, str]:
    """Exit code and all that was printed."""
    result = CliRunner().invoke(app, [str(a) for a in arguments], env={"COLUMNS": "80"})
    return result.exit_code, result.output


def flat(printed: str) -> str:
    """The same on one line, however narrow the terminal."""
    return " ".join(printed.split())


def listed(path: Path, side: str, kinds: tuple[str, ...]) -> Path:
    """A file of bodies."""
    lines = [f"{side}{n:02},{NAMES[side]},{kinds[n * 7 % 4].replace('_', ' ')},{51 + STEP * n},0" for n in range(COUNT)]
    path.write_text("\n".join(["id,name,class_text,latitude,longitude", *lines]), "utf-8")
    return path


def known(path: Path, count: int = COUNT, day: str = "") -> Path:
    """A file of edges between neighbours."""
    path.write_text("\n".join(["from_id,to_id,date", *(f"b{n:02},p{n:02},{day}" for n in range(count))]), "utf-8")
    return path


@pytest.fixture
def files(tmp_path: Path) -> list[object]:
    """The options that name both lists."""
    return ["--businesses", listed(tmp_path / "b.csv", "b", TRADES), "--partners", listed(tmp_path / "p.csv", "p", GOOD_WORKS)]


@pytest.fixture
def published(
    tmp_path: Path, publish: Callable[[Path], Path], _pristine: dict[str, list[dict[str, Any]]]
) -> Callable[[Mapping[str, Mapping[str, object]]], None]:
    """Publishes the bodies of both lists as profile `practice`; takes what differs, by id."""

    def go(changes: Mapping[str, Mapping[str, object]]) -> None:
        like = {**_pristine["organisation"][0], "is_natural_person": False, "partner_exclusion": None, "status": "active"}
        bodies = [
            {**like, "organisation_id": f"{side}{n:02}", "sector": sector, "name": NAMES[side], "display_name": NAMES[side],
             "activity_id": kinds[n * 7 % 4], "latitude": 51 + STEP * n, "longitude": 0.0, **changes.get(f"{side}{n:02}", {})}
            for side, sector, kinds in (("b", "private", TRADES), ("p", "nonprofit", GOOD_WORKS))
            for n in range(COUNT)
        ]  # fmt: skip
        database = tmp_path / DATABASE
        with duckdb.connect(str(database)) as con:
            for short, rows in (("organisation", bodies), ("run", _pristine["run"])):
                table = BY_SHORT[short]
                con.execute(f"CREATE SCHEMA IF NOT EXISTS {table.schema}")
                con.execute(ddl.create_table_sql(table))
                marks = ", ".join("?" * len(table.columns))
                con.executemany(f"INSERT INTO {table.name} VALUES ({marks})", [[r[c] for c in table.columns] for r in rows])
        publish(database)

    return go


def measured(printed: str, method: str) -> list[float]:
    """hit@1, Recall@10, MRR, nDCG@10 and coverage@10 of a method as printed."""
    line = next(line for line in printed.splitlines() if re.match(rf"{method} +\d", line))
    return [float(x) for x in re.findall(r"(?<![\d(–.])\d\.\d{3}(?= |$)", line[len(method) :])]


# --- evaluate -------------------------------------------------------------------------------------------------------


def test_a_ranking_is_measured_beside_the_yardsticks(files: list[object], tmp_path: Path) -> None:
    code, printed = run("evaluate", "--truth", known(tmp_path / "e.csv"), *files, "--distractors", "all")
    assert code == 0, printed
    assert "60 partnerships of 60 businesses without one before, no dates: all edges are truth; 0 edges of history." in flat(
        printed
    )
    figures = {m: measured(printed, m) for m in ("random", "popularity", "keyword", "ours without precedent", "ours")}
    assert all(len(found) == 5 for found in figures.values())
    assert figures["ours"][2] > figures["keyword"][2]
    assert "Among 60 candidates, ours puts" in flat(printed)


def test_the_same_question_has_the_same_answer_and_the_seed_draws_others(files: list[object], tmp_path: Path) -> None:
    asked = ("evaluate", "--truth", known(tmp_path / "e.csv"), *files, "--distractors", "20")
    assert run(*asked) == run(*asked)
    assert run(*asked) != run(*asked, "--seed", "8")


def test_a_day_parts_history_from_truth(files: list[object], tmp_path: Path) -> None:
    edges = known(tmp_path / "e.csv", 40, "2019-05-01")
    edges.write_text(edges.read_text("utf-8") + "\n" + "\n".join(f"b{n},p{n},2021" for n in range(40, 60)), "utf-8")
    code, printed = run("evaluate", "--truth", edges, *files, "--split", "2020-06-01")
    assert code == 0, printed
    assert "20 partnerships of 20 businesses without one before, from 2020-06-01 on; 40 edges of history." in flat(printed)


def test_what_a_profile_published_is_measured(
    published: Callable[[Mapping[str, Mapping[str, object]]], None], tmp_path: Path
) -> None:
    """An id that was merged into another counts as the other; who may be no partner is not listed."""
    gone = {"record_count": 0, "partner_exclusion": "merged", "merged_into": "p08", "status": "inactive"}
    published({"p07": gone, "p09": {"partner_exclusion": "business_league"}})
    code, printed = run("evaluate", "--truth", known(tmp_path / "e.csv"), "--profile", "practice", "--distractors", "all")
    assert code == 0, printed
    assert "59 partnerships of 59 businesses" in printed
    assert "1 edges name a body that is in neither list." in printed
    assert measured(printed, "ours")[2] > measured(printed, "keyword")[2]


def test_the_same_bodies_published_or_in_files_have_the_same_measure(
    published: Callable[[Mapping[str, Mapping[str, object]]], None], tmp_path: Path
) -> None:
    """But for the standing of the published ones, which is the same for all; so are the kinds here, and place decides."""
    kinds = {"b": "bakery", "p": "food_bank"}
    published({f"{side}{n:02}": {"activity_id": kind} for side, kind in kinds.items() for n in range(COUNT)})
    lists = [listed(tmp_path / f"{side}.csv", side, (kind,) * 4) for side, kind in kinds.items()]
    edges = known(tmp_path / "e.csv")
    for arguments in (["--businesses", lists[0], "--partners", lists[1]], ["--profile", "practice"]):
        code, printed = run("evaluate", "--truth", edges, *arguments, "--distractors", "all")
        assert code == 0, printed
        assert measured(printed, "ours")[1] == pytest.approx(1.0, abs=0.1)


# --- weights fit ----------------------------------------------------------------------------------------------------


def test_weights_learned_go_into_a_profile_as_printed(files: list[object], tmp_path: Path) -> None:
    code, printed = run("weights", "fit", "--truth", known(tmp_path / "e.csv"), *files)
    assert code == 0, printed
    assert "Learned from 60 partnerships of 60 businesses." in printed
    found = yaml.safe_load(printed[printed.index("weights:") :])["weights"]
    assert found["place"] > 2 * 0.12
    profile = tmp_path / "mine.yaml"
    practice = yaml.safe_load((PROFILES / "practice.yaml").read_text("utf-8"))
    profile.write_text(yaml.safe_dump({**practice, "weights": found}), "utf-8")
    assert load_profile(profile).weights == found


def test_weights_of_a_profile_are_the_old_ones(
    published: Callable[[Mapping[str, Mapping[str, object]]], None], tmp_path: Path
) -> None:
    published({})
    code, printed = run("weights", "fit", "--truth", known(tmp_path / "e.csv"), "--profile", "practice")
    assert code == 0, printed
    for criterion, weight in load_profile("practice").weights.items():
        assert re.search(rf"^{criterion} +{weight:.3f} ", printed, flags=re.M)


def test_weights_that_are_no_better_are_not_put_forward(files: list[object], tmp_path: Path) -> None:
    """Who works with whom has to do with nothing that is known."""
    edges, anyone = tmp_path / "e.csv", sorted(range(COUNT), key=lambda n: zlib.crc32(str(n).encode()))
    edges.write_text("\n".join(["from_id,to_id", *(f"b{n:02},p{m:02}" for n, m in enumerate(anyone))]), "utf-8")
    code, printed = run("weights", "fit", "--truth", edges, *files)
    assert code == 0, printed
    assert "keep the old ones" in printed
    assert "weights:" not in printed


# --- what cannot be -------------------------------------------------------------------------------------------------

REFUSED: tuple[tuple[str, str, list[str], str], ...] = (
    ("evaluate", "9 known", [], "9 businesses found their first partners; at least 10 are needed"),
    (
        "weights fit",
        "49 known",
        [],
        "49 known partnerships of 49 businesses were found among 49 edges; to learn weights at least 50",
    ),
    ("evaluate", "60 known", ["--split", "2020-01-01"], "no edge has a date"),
    ("evaluate", "60 known", ["--distractors", "few"], "--distractors few: expected a number of 1 or more, or `all`"),
    ("evaluate", "60 known", ["--profile", "practice"], "give either --profile or --businesses and --partners, not both"),
)


@pytest.mark.parametrize(("command", "edges", "more", "says"), REFUSED)
def test_a_refusal_says_what_was_found_and_what_is_needed(
    command: str, edges: str, more: list[str], says: str, files: list[object], tmp_path: Path
) -> None:
    code, printed = run(*command.split(), "--truth", known(tmp_path / "e.csv", int(edges.split()[0])), *files, *more)
    assert code == 2
    assert says in " ".join(printed.split())


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ([], "give --businesses and --partners, or --profile"),
        (["--profile", "practice"], "Nothing is published yet; run `partners run` first."),
        (["--profile", "nowhere"], "there is no profile"),
        (["--businesses", "none.csv", "--partners", "none.csv"], "none.csv is not there"),
    ],
)
@pytest.mark.parametrize("command", ["evaluate", "weights fit"])
def test_bodies_that_are_not_there_are_told(
    command: str, more: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARTNERS_DATA", str(tmp_path))
    code, printed = run(*command.split(), "--truth", known(tmp_path / "e.csv"), *more)
    assert code == 2
    assert says in " ".join(printed.split())


def test_as_of_says_for_which_day_accounts_are_judged(files: list[object], tmp_path: Path) -> None:
    businesses = Path(str(files[1]))
    lines = businesses.read_text("utf-8").splitlines()
    businesses.write_text("\n".join([f"{lines[0]},last_filed_on", *(f"{line},2024-12-31" for line in lines[1:])]), "utf-8")
    asked = ("weights", "fit", "--truth", known(tmp_path / "e.csv"), *files)
    assert re.search(r"^readiness .*kept", run(*asked)[1], flags=re.M)
    assert not re.search(r"^readiness .*kept", run(*asked, "--as-of", date(2025, 6, 1))[1], flags=re.M)
