"""`partners review`: the pairs that matter most first, one key a pair, every answer on disk at once."""

from __future__ import annotations

import os
import pty
import sys
import tty
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from pathlib import Path

import duckdb
import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from assets.entities.decision_file import CANNOT_LINK, MUST_LINK, append_decision, make_decision, read_lines
from assets.entities.decisions import Decisions, read_decisions
from pipelines import review
from pipelines.cli import app

TODAY = date(2026, 11, 21)
NAMES = {record: f"Name of {record}" for record in ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")}
PAIRS = {
    ("a", "b"): ("review", 0.45),
    ("a", "c"): ("review", 0.60),
    ("b", "c"): ("review", 0.52),
    ("d", "e"): ("review", 0.30),
    ("f", "g"): ("review", 0.70),
    ("h", "i"): ("review", 0.70),
    ("i", "j"): ("match", 0.99),
}
#: d is put forward; f is large; h's organisation has two records.
WORLD = {
    "owners": {"h": "org_h", "j": "org_h"},
    "listed": ["org_d"],
    "changes": {"org_f": {"size_band": "large"}},
}
ORDER = ["d-e", "f-g", "h-i", "b-c", "a-b", "a-c"]


@pytest.fixture(scope="module")
def database(match_warehouse: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return match_warehouse(tmp_path_factory.mktemp("pairs"), NAMES, PAIRS, **WORLD)


@pytest.fixture(scope="module")
def con(database: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(database), read_only=True) as con:
        yield con


@pytest.fixture
def file(publish: Callable[[Path], Path], database: Path) -> Path:
    """Where people's decisions lie in the published profile."""
    return publish(database) / "people" / "match_decisions.csv"


@pytest.fixture
def press(con: duckdb.DuckDBPyConnection, file: Path) -> Callable[..., str]:
    """(keys) -> what was printed; each pair's line as `1 of 6`. Running out of keys quits."""

    def go(keys: Iterable[str], limit: int | None = None) -> str:
        console, waiting = Console(width=160), iter(keys)
        with console.capture() as shown:
            review.review(console, con, file, who="Maria", today=TODAY, limit=limit, press=lambda: next(waiting, "q"))
        return " ".join(shown.get().split())

    return go


def answers(file: Path) -> list[str]:
    return [f"{'-'.join(d.pair)} {d.decision}" for d in read_lines(file)[0]]


def test_the_most_consequential_pair_comes_first(con: duckdb.DuckDBPyConnection) -> None:
    assert [f"{p.record_id_a}-{p.record_id_b}" for p in review.undecided_pairs(con, Decisions())] == ORDER


@pytest.mark.parametrize(
    ("keys", "kept", "told"),
    [
        ("sd", ["d-e must_link", "f-g cannot_link"], "Decided 2 of 6: 1 same, 1 different."),
        ("nnd", ["h-i cannot_link"], "Decided 1 of 6: 0 same, 1 different."),
        ("?xs", ["d-e must_link"], "never become one, whatever joins them"),
        ("sud", ["d-e cannot_link"], "Decided 1 of 6: 0 same, 1 different."),
        ("snsuuq", [], "Decided 0 of 6"),
        ("snsuud", ["d-e cannot_link"], "Decided 1 of 6"),
        ("u", [], "Nothing to undo"),
        (
            "dddddduq",
            ["d-e cannot_link", "f-g cannot_link", "h-i cannot_link", "b-c cannot_link", "a-b cannot_link"],
            "last pair",
        ),
        ("dddddd", [f"{pair} cannot_link" for pair in ORDER], "They stand in"),
        ("", [], "Decided 0 of 6"),
    ],
)
def test_what_the_keys_do(keys: str, kept: list[str], told: str, press: Callable[..., str], file: Path) -> None:
    assert told in press(keys)
    assert answers(file) == kept


def test_every_answer_is_on_disk_before_the_next_pair_is_shown(con: duckdb.DuckDBPyConnection, file: Path) -> None:
    seen = []

    def press() -> str:
        seen.append(len(answers(file)))
        return "d" if len(seen) < 4 else "q"

    review.review(Console(quiet=True), con, file, who="Maria", today=TODAY, press=press)
    assert seen == [0, 1, 2, 3]


def test_a_pair_that_earlier_answers_settle_is_not_asked(press: Callable[..., str], file: Path) -> None:
    told = press("nnnss" + "s")  # b and c, a and b are one body each: a and c then need no question
    assert answers(file) == ["b-c must_link", "a-b must_link"]
    assert "5 of 6" in told and "6 of 6" not in told


def test_undo_shows_the_pair_again_although_others_followed_from_it(press: Callable[..., str], file: Path) -> None:
    press("nnns" + "s" + "u" + "dq")
    assert answers(file) == ["b-c must_link", "a-b cannot_link"]


def test_decided_pairs_do_not_come_back(press: Callable[..., str], file: Path) -> None:
    press("sss")
    assert "1 of 3" in press("q")
    append_decision(file, make_decision("b", "c", CANNOT_LINK, "Jo", TODAY))
    append_decision(file, make_decision("a", "b", MUST_LINK, "Jo", TODAY))
    assert "Nothing to review" in press("")
    assert read_decisions(file).problems == ()


def test_undo_takes_back_one_s_own_answer_only(press: Callable[..., str], file: Path) -> None:
    def keys() -> Iterator[str]:
        yield "s"
        append_decision(file, make_decision("a", "b", MUST_LINK, "Jo", TODAY))
        yield "u"

    press(keys())
    assert answers(file) == ["a-b must_link"]


def test_an_answer_somebody_changed_is_left_to_them(press: Callable[..., str], file: Path) -> None:
    def keys() -> Iterator[str]:
        yield "s"
        file.write_text(file.read_text("utf-8").replace(MUST_LINK, CANNOT_LINK), "utf-8")
        yield "u"

    assert "somebody has changed it" in press(keys())
    assert answers(file) == ["d-e cannot_link"]


def test_limit_takes_the_first(press: Callable[..., str]) -> None:
    assert "1 of 2" in press("q", limit=2)


def test_what_is_wrong_with_the_file_is_said_first(press: Callable[..., str], file: Path) -> None:
    press("s")
    file.write_text(file.read_text("utf-8") + "a,b,perhaps,Jo,2026-11-21,\n", "utf-8")
    assert "line 3 is set aside: found the decision 'perhaps'" in press("q")


# --- the command ----------------------------------------------------------------------------------------------------


def partners_review(keys: str, *options: str) -> Result:
    return CliRunner().invoke(app, ["review", "--profile", "practice", *options], input=keys, env={"COLUMNS": "160"})


def test_the_command_reads_lines_where_no_terminal_is(file: Path) -> None:
    result = partners_review("same\nn\n\nD\n", "--who", "Maria", "--limit", "4")
    assert result.exit_code == 0, result.output
    assert "Decided 2 of 4: 1 same, 1 different." in result.output
    found = read_lines(file)[0]
    assert [(d.pair, d.who) for d in found] == [(("d", "e"), "Maria"), (("h", "i"), "Maria")]


def test_the_login_name_signs(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "jo")
    assert partners_review("s\n").exit_code == 0
    assert [d.who for d in read_lines(file)[0]] == ["jo"]


def test_without_a_login_name_it_asks_for_one(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4242")

    monkeypatch.setattr("getpass.getuser", nobody)
    result = partners_review("s\n")
    assert result.exit_code == 2 and "give --who NAME" in result.output


@pytest.mark.parametrize(("typed", "key"), [(b"s", "s"), (b"D", "d"), (b"\x03", "q"), (b"\x04", "q")])
def test_at_a_terminal_one_key_is_enough(typed: bytes, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    person, terminal = pty.openpty()
    set_raw = tty.setraw

    def set_raw_and_type(fd: int) -> None:  # what is typed before that is thrown away
        set_raw(fd)
        os.write(person, typed)

    monkeypatch.setattr(tty, "setraw", set_raw_and_type)
    with os.fdopen(terminal) as stdin, os.fdopen(person):
        monkeypatch.setattr(sys, "stdin", stdin)
        assert review.read_key() == key
