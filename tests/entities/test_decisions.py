"""What people said of pairs of records: read from any spreadsheet's CSV, free of contradictions, written back unharmed."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.entities import decisions as said
from assets.entities.chains import chain, groups
from assets.entities.decision_file import (
    CANNOT_LINK,
    MUST_LINK,
    Decision,
    DecisionsFileError,
    append_decision,
    drop_last,
    make_decision,
    read_lines,
)

HEADER = "record_id_a,record_id_b,decision,who,decided_on,why"
FIRST, LATER = "2026-11-20", "2026-11-21"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people" / "match_decisions.csv"


def write(path: Path, *lines: str, header: str = HEADER) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join([header, *lines]) + "\n", "utf-8")
    return path


def pairs(found: tuple[Decision, ...]) -> list[str]:
    return ["-".join(d.pair) for d in found]


# --- reading --------------------------------------------------------------------------------------------------------

LINE = "b:2,a:1,must_link,Maria,2026-11-20,moved"


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{LINE}\n".encode(),
        f"{HEADER}\r\n{LINE}\r\n".encode("utf-8-sig"),
        f"{HEADER}\r{LINE}".encode(),
        f"\ufeff\n{HEADER};seen\n{LINE};yes\n".replace(",", ";").encode(),
        f"{HEADER}\n{LINE}\n".replace(",", "\t").encode(),
        b'Record_ID_A,record_id_b , decision,who,decided_on,why\n"b:2", a:1 ,"MUST_LINK",Maria,2026-11-20,"moved",,\n\n,,,,,\n',
        b"why,who,decision,decided_on,record_id_b,record_id_a\nmoved,Maria,must_link,2026-11-20,a:1,b:2\n",
    ],
    ids=["plain", "Excel", "old Mac", "semicolons and an own column", "tabs", "quotes, blanks and empty lines", "other order"],
)
def test_a_decision_reads_the_same_however_it_was_saved(content: bytes, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    found = said.read_decisions(path)
    assert [d._replace(line=0) for d in found.must_link] == [
        make_decision("a:1", "b:2", MUST_LINK, "Maria", date(2026, 11, 20), "moved")
    ]
    assert (found.cannot_link, found.problems) == ((), ())


@pytest.mark.parametrize("content", [None, b"", b"\xef\xbb\xbf\r\n"])
def test_no_file_or_an_empty_one_is_no_decisions(content: bytes | None, path: Path) -> None:
    if content is not None:
        path.parent.mkdir()
        path.write_bytes(content)
    assert said.read_decisions(path) == said.Decisions()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a:1,,must_link,Maria,2026-11-20,", "record id ''"),
        ("a:1,a:1,must_link,Maria,2026-11-20,", "two different records"),
        ("a:1,b:2,same,Maria,2026-11-20,", "found the decision 'same'; expected must_link or cannot_link"),
        ("a:1,b:2,must_link,,2026-11-20,", "who is empty"),
        ("a:1,b:2,must_link,Maria,20/11/2026,", "found the date '20/11/2026'; expected decided_on as YYYY-MM-DD"),
        ("a:1,b:2", "found the date ''"),
        ("a:1,b:2,must_link,Maria,2026-11-20,moved, twice", "found 7 cells, expected 6"),
    ],
)
def test_a_malformed_line_is_set_aside_with_its_number_and_the_reason(line: str, reason: str, path: Path) -> None:
    good = "c:3,d:4,cannot_link,Maria,2026-11-20,two\n"
    found = said.read_decisions(write(path, f'"x\ny:1",z:1,must_link,Maria,{FIRST},', "", line, good))
    assert pairs(found.cannot_link) == ["c:3-d:4"] and len(found.must_link) == 1
    assert len(found.problems) == 1
    assert found.problems[0].startswith("line 5 is set aside: ") and reason in found.problems[0]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"record_id_a,record_id_b,decision\n", "lacks the columns who, decided_on, why; found record_id_a"),
        (b"a:1,b:2,must_link,Maria,2026-11-20,\n", "Its first line must hold record_id_a,"),
        (f"{HEADER}\na:1,b:2,must_link,José,{FIRST},".encode("cp1252"), "save it as CSV UTF-8"),
        (f'{HEADER}\na:1,b:2,must_link,Jo,{FIRST},"moved\n{LINE}\n'.encode(), "from line 2 on"),
    ],
    ids=["columns missing", "no header", "not UTF-8", "a quote never closed"],
)
def test_a_file_that_cannot_be_trusted_as_a_whole_is_refused(content: bytes, told: str, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(DecisionsFileError) as caught:
        said.read_decisions(path)
    assert str(path) in str(caught.value) and told in str(caught.value)


# --- what the lines say together ------------------------------------------------------------------------------------

M, C = MUST_LINK, CANNOT_LINK
TOGETHER: dict[str, tuple[list[tuple[str, str, str, str]], list[str], list[str], list[str]]] = {
    # lines (record, record, decision, day), what is joined, what is kept apart, what each problem names
    "order of ids does not matter": ([("b", "a", M, FIRST), ("a", "b", M, FIRST)], ["a-b"], [], []),
    "the later day wins": ([("a", "b", C, LATER), ("b", "a", M, FIRST)], [], ["a-b"], []),
    "also where it joins": ([("a", "b", C, FIRST), ("a", "b", M, LATER)], ["a-b"], [], []),
    "both on one day": ([("a", "b", C, FIRST), ("b", "a", M, FIRST)], [], ["a-b"], ["lines 2 and 3"]),
    "an old quarrel is settled": ([("a", "b", C, FIRST), ("a", "b", M, FIRST), ("a", "b", M, LATER)], ["a-b"], [], []),
    "a chain across": (
        [("a", "b", M, FIRST), ("b", "c", M, LATER), ("a", "c", C, FIRST)], ["b-c"], ["a-c"], ["lines 2 and 3"],
    ),
    "a long chain across": (
        [("a", "b", M, LATER), ("x", "y", M, FIRST), ("c", "d", M, LATER), ("c", "b", M, FIRST), ("d", "a", C, FIRST)],
        ["a-b", "c-d", "x-y"], ["a-d"], ["lines 2, 4 and 5"],
    ),
    "two groups kept apart": ([("a", "b", M, FIRST), ("c", "d", M, FIRST), ("b", "c", C, FIRST)], ["a-b", "c-d"], ["b-c"], []),
}  # fmt: skip


@pytest.mark.parametrize("label", TOGETHER)
def test_newer_words_win_and_cannot_link_wins(label: str, path: Path) -> None:
    lines, joined, apart, problems = TOGETHER[label]
    found = said.read_decisions(write(path, *(f"{a},{b},{kind},Maria,{day}," for a, b, kind, day in lines)))
    assert (pairs(found.must_link), pairs(found.cannot_link)) == (joined, apart)
    assert len(found.problems) == len(problems)
    assert all(
        named in problem and "cannot_link holds" in problem for named, problem in zip(problems, found.problems, strict=True)
    )


RECORDS = st.sampled_from("abcdef")
SAID = st.builds(
    make_decision,
    RECORDS,
    st.sampled_from("ghijkl"),
    st.sampled_from((M, C)),
    st.just("Maria"),
    st.dates(max_value=date(1, 1, 3)),
) | st.builds(
    make_decision, st.just("a"), st.sampled_from("bcdef"), st.sampled_from((M, C)), st.just("Jo"), st.just(date(1, 1, 2))
)


@given(st.lists(SAID, max_size=25), st.randoms(use_true_random=False))
def test_what_holds_never_contradicts_itself_whatever_the_order_of_lines(lines: list[Decision], random: object) -> None:
    numbered = [d._replace(line=n) for n, d in enumerate(lines, start=2)]
    found = said.combine(numbered)
    group = groups(d.pair for d in found.must_link)
    assert all(group.get(a, a) != group.get(b, b) for a, b in (d.pair for d in found.cannot_link))
    shuffled = list(numbered)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    again = said.combine(shuffled)
    assert (pairs(again.must_link), pairs(again.cannot_link)) == (pairs(found.must_link), pairs(found.cannot_link))
    # Whatever does not hold of the newest words is explained.
    assert len(found.must_link) + len(found.cannot_link) + len(found.problems) >= len({d.pair for d in lines})


def test_a_record_no_register_holds_is_reported_and_its_decision_waits(path: Path) -> None:
    found = said.read_decisions(write(path, f"a,b,{M},Jo,{FIRST},", f"c,d,{C},Jo,{FIRST},", f"a,z,{C},Jo,{FIRST},"))
    known = said.of_known_records(found, {"a", "b", "c"})
    assert (pairs(known.must_link), pairs(known.cannot_link)) == (["a-b"], [])
    assert known.problems == (
        "line 3 is not applied: no register holds the record d.",
        "line 4 is not applied: no register holds the record z.",
    )


@pytest.mark.parametrize(
    ("a", "b", "directly", "follows"),
    [
        ("a", "b", M, M), ("c", "a", None, M), ("d", "c", C, C), ("d", "a", None, C), ("d", "e", M, M), ("e", "b", None, C),
        ("a", "x", None, None), ("x", "y", None, None),
    ],
)  # fmt: skip
def test_what_was_said_of_others_settles_a_pair(a: str, b: str, directly: str | None, follows: str | None, path: Path) -> None:
    lines = (f"a,b,{M},Jo,{FIRST},", f"b,c,{M},Jo,{FIRST},", f"c,d,{C},Jo,{FIRST},", f"d,e,{M},Jo,{FIRST},")
    found = said.read_decisions(write(path, *lines))
    decision = said.decided(found, a, b)
    assert (decision and decision.decision) == directly
    assert [said.settled(found, [pair]).get(pair) for pair in ((a, b), (b, a))] == [follows, follows]


def test_a_chain_takes_the_fewest_pairs_and_the_smaller_records() -> None:
    links = [("a", "c"), ("a", "b"), ("d", "b"), ("c", "d"), ("d", "e"), ("x", "y")]
    assert chain(links, "e", "a") == [("e", "d"), ("d", "b"), ("b", "a")]
    assert chain(links, "a", "x") == chain(links, "a", "nobody") == chain(links, "a", "a") == []
    assert groups(links) == {**dict.fromkeys("abcde", "a"), "x": "x", "y": "x"}


# --- writing --------------------------------------------------------------------------------------------------------

DECISION = make_decision("a:1", "b:2", M, "Maria", date(2026, 11, 20), "moved")


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n".encode(),
        f"{HEADER}\r\nc:3,d:4,{C},Jo,{FIRST},no new line at the end".encode("utf-8-sig"),
        f"seen;{HEADER}\nyes;c:3;d:4;{C};Jo;{FIRST};\n".replace(",", ";").encode(),
    ],
    ids=["header only", "Excel", "semicolons and an own column"],
)
def test_a_line_is_added_in_the_file_s_own_layout_and_taken_back(content: bytes, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    before = read_lines(path)[0]
    append_decision(path, DECISION)
    assert path.read_bytes().startswith(content)
    assert [d._replace(line=0) for d in read_lines(path)[0]] == [d._replace(line=0) for d in [*before, DECISION]]
    drop_last(path, DECISION)
    assert path.read_bytes().rstrip() == content.rstrip() and read_lines(path)[0] == before


IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8).filter(lambda text: text == text.strip())


@given(IDS, IDS, st.text(st.characters(exclude_categories=["Cs"]), max_size=10))
def test_every_id_reads_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, a: str, b: str, why: str) -> None:
    path = tmp_path_factory.getbasetemp() / "round_trip.csv"
    path.unlink(missing_ok=True)
    decision = make_decision(a, b + "_", M, "Maria", date(2026, 11, 20), why)
    append_decision(path, decision)
    found, problems = read_lines(path)
    assert (found[0]._replace(line=0), problems) == (decision, [])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "'=1", "''-x"])
def test_no_cell_is_one_a_spreadsheet_would_run(text: str, path: Path) -> None:
    append_decision(path, make_decision(text, f"{text}2", C, text, date(2026, 11, 20), text))
    cells = path.read_text("utf-8").splitlines()[1].split(",")
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert read_lines(path)[0][0][:2] == tuple(sorted((text, f"{text}2")))


def test_what_others_wrote_since_stays(path: Path) -> None:
    other = make_decision("c:3", "d:4", M, "Jo", date(2026, 11, 20))
    append_decision(path, DECISION)
    append_decision(path, other)
    drop_last(path, DECISION)
    assert [d._replace(line=0) for d in read_lines(path)[0]] == [other]


@pytest.mark.parametrize("change", [{"record_id_a": "xa:1"}, {"why": "moved away"}, {"who": "Jo"}], ids=str)
def test_a_line_that_was_changed_is_not_taken_back(change: dict[str, str], path: Path) -> None:
    append_decision(path, DECISION._replace(**change))
    before = path.read_bytes()
    with pytest.raises(DecisionsFileError, match="no longer holds the decision on a:1 and b:2"):
        drop_last(path, DECISION)
    assert path.read_bytes() == before


def test_two_reviewers_at_once_lose_nothing(path: Path) -> None:
    def write_ten(who: str) -> None:
        for number in range(10):
            append_decision(path, make_decision(f"{who}:{number}", "z:1", C, who, date(2026, 11, 20)))

    threads = [threading.Thread(target=write_ten, args=(who,)) for who in ("maria", "jo", "li")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found, problems = read_lines(path)
    assert (len(found), len({d.pair for d in found}), problems) == (30, 30, [])
    assert [p.name for p in path.parent.iterdir() if p.suffix == ".next"] == []


@pytest.mark.parametrize(("a", "b"), [("", "b"), (" a", "b"), ("a", "a")])
def test_an_id_that_would_not_read_back_is_refused(a: str, b: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        make_decision(a, b, M, "Maria", date(2026, 11, 20))
