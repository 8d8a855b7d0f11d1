"""`partners rank`: two lists in, one list of pairs out, and what is said when that cannot be."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app

BUSINESSES = "id,name,class_text\nb1,Mill Lane Bakery,bakery\nb2,Quay Opticians,optician\nb3,Somebody,\n"
PARTNERS = "id,name,class_text\np1,Ash Road Food Bank,food bank\np2,Sight for All,charity for blind people\np3,Ash Road Pantry,food bank\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with both lists, where the command runs."""
    monkeypatch.chdir(tmp_path)
    Path("b.csv").write_text(BUSINESSES, "utf-8")
    Path("p.csv").write_text(PARTNERS, "utf-8")
    return tmp_path


def rank(*options: str, businesses: str = "b.csv", partners: str = "p.csv") -> tuple[int, str]:
    """Exit code and all that was printed, on one line."""
    asked = ["rank", "--businesses", businesses, "--partners", partners, "--output", "ranked.csv", *options]
    result = CliRunner().invoke(app, asked, env={"COLUMNS": "200"})
    return result.exit_code, " ".join(result.output.split())


def pairs() -> list[tuple[str, str, int]]:
    """(business, partner, rank) as written."""
    with Path("ranked.csv").open(encoding="utf-8", newline="") as opened:
        return [(row["business_id"], row["partner_id"], int(row["rank"])) for row in csv.DictReader(opened)]


@pytest.mark.usefixtures("here")
def test_two_lists_become_one(here: Path) -> None:
    code, printed = rank()
    assert code == 0, printed
    assert pairs()[0] in (("b1", "p1", 1), ("b2", "p2", 1))
    assert "4 pairs of 3 businesses and 3 partners, written to ranked.csv" in printed
    assert "Of 1 businesses nothing says what kind of body they are; a class code, class_text or description would." in printed


#: Options -> how many pairs of which business.
ASKED = (
    (("--top", "1"), {"b1": 1, "b2": 1}),
    (("--top", "all"), {"b1": 3, "b2": 3}),
    (("--per-kind", "1", "--per-resource", "0"), {"b1": 2, "b2": 2}),
    (("--per-resource", "1", "--per-kind", "2"), {"b1": 2, "b2": 2}),
    (("--per-partner", "1", "--per-kind", "2"), {"b1": 2, "b2": 1}),
)


@pytest.mark.parametrize(("options", "counts"), ASKED, ids=[" ".join(o) for o, _ in ASKED])
@pytest.mark.usefixtures("here")
def test_lists_are_as_long_and_as_varied_as_asked(options: tuple[str, ...], counts: dict[str, int]) -> None:
    code, printed = rank(*options)
    assert code == 0, printed
    found = pairs()
    assert {b: sum(x == b for x, *_ in found) for b in ("b1", "b2")} == counts


@pytest.mark.usefixtures("here")
def test_precedents_and_the_day_of_judgement_count() -> None:
    Path("e.csv").write_text("from_id,to_id,kind,date,to_name\np3,x,grant,2024,Mill Road Bakery\n", "utf-8")
    Path("p.csv").write_text(PARTNERS.replace("\n", ",2025-12-31\n").replace("text,2025-12-31", "text,last_filed_on"), "utf-8")
    scores = []
    for options in ((), ("--as-of", "2026-06-01"), ("--as-of", "2030-06-01"), ("--precedents", "e.csv")):
        code, printed = rank("--top", "all", *options)
        assert code == 0, printed
        scores.append(Path("ranked.csv").read_bytes())
    assert len(set(scores)) == 4


REFUSED = (
    (("--top", "0"), {}, "--top 0: expected a number of 1 or more, or `all`"),
    (("--top", "many"), {}, "--top many: expected a number of 1 or more, or `all`"),
    ((), {"businesses": "nowhere.csv"}, "nowhere.csv is not there."),
    ((), {"partners": "text.csv"}, "text.csv lacks the column id and name; it has words."),
    ((), {"partners": "binary.csv"}, "binary.csv"),
    (("--precedents", "p.csv"), {}, "p.csv lacks the column from_id and to_id"),
)  # fmt: skip


@pytest.mark.parametrize(("options", "files", "says"), REFUSED, ids=[r[2][:30] for r in REFUSED])
@pytest.mark.usefixtures("here")
def test_what_cannot_be_ranked_is_told_and_nothing_is_written(
    options: tuple[str, ...], files: dict[str, str], says: str, here: Path
) -> None:
    Path("text.csv").write_text("words\nmany\n", "utf-8")
    Path("binary.csv").write_bytes(bytes(range(256)) * 40)
    before = sorted(here.iterdir())
    code, printed = rank(*options, **files)
    assert code == 2
    assert says in printed
    assert "Traceback" not in printed
    assert sorted(here.iterdir()) == before


@pytest.mark.usefixtures("here")
def test_the_example_of_the_readme_runs() -> None:
    """Its files are written as shown, its command is run, and the sentence it shows is found."""
    section = (Path(__file__).parents[2] / "README.md").read_text("utf-8").split("## Rank any two lists")[1].split("\n## ")[0]
    shown = re.findall(r"^cat > (\S+) <<EOF\n(.*?)^EOF", section, flags=re.M | re.S)
    assert len(shown) == 2
    for name, content in shown:
        Path(name).write_text(content, "utf-8")
    (command,) = re.findall(r"^\.venv/bin/partners (rank .*)$", section, flags=re.M)
    result = CliRunner().invoke(app, command.split(), env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    with Path("ranked.csv").open(encoding="utf-8", newline="") as opened:
        said = [row["explanation"] for row in csv.DictReader(opened)]
    (promised,) = re.findall(r"^> (.*(?:\n> .*)*)", section, flags=re.M)
    assert promised.replace("\n> ", " ") in said
