"""No SQL of the product calls what depends on the order in which rows happen to come, on chance or on the clock.

Every `.sql` file and every string in Python is read with DuckDB's own tokenizer, so that comments and texts are no calls, and pieces
of a statement count like whole ones (its parser takes whole SELECTs only).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from warehouse.columns import COLUMNS

REPO = Path(__file__).parents[1]
PACKAGES = ("assets", "pipelines", "sources", "warehouse")

#: Which row's value they give is up to chance, or how they estimate.
NEVER = re.compile(r"any_value|arbitrary|mode|first|last|approx_\w+|reservoir_quantile")
#: In the order of the rows, which must therefore be given.
ORDERED = re.compile("list|array_agg|string_agg|group_concat|listagg")
#: Floating-point sums depend on the order of the summands; whole numbers and decimals do not.
SUMMED = re.compile(
    r"sum|avg|mean|fsum|kahan_sum|sumkahan|favg|product|stddev\w*|var_\w*|variance|corr|covar_\w*|regr_\w*|entropy|skewness|kurtosis\w*"
)
_WHOLE = r"(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|DECIMAL(\(\d+, \d+\))?)"
EXACT = re.compile(rf"([\w.]+|\w*\(.*\))::{_WHOLE}|CAST\(.* AS {_WHOLE}\)", re.IGNORECASE)
#: Columns of the registry that may be summed as they are.
WHOLE_NUMBERS = {column.name for column in COLUMNS.values() if re.fullmatch(_WHOLE, column.type)}
#: Of several rows with the same key they give any.
BY_KEY = re.compile("(arg|max|min)_?(max|min|by)(_null)?")

#: The clock is read once, in Python; chance nowhere.
CHANCE = re.compile("random|uuid|gen_random_uuid|now|today|current_timestamp|current_date|localtimestamp")

#: A text without a word of these needs no closer look.
ANY = re.compile(
    rf"\b({'|'.join(kind.pattern for kind in (NEVER, ORDERED, SUMMED, BY_KEY))})\s*\(|\b({CHANCE.pattern})\b", re.IGNORECASE
)

#: Calls that are right, and why. The text is the call as written, spaces apart.
ALLOWED = {
    "assets/entities/kinship.sql: first(organisation_id) OVER w": "the window is ordered by a unique key",
    "assets/entities/kinship.sql: first(number) OVER w": "the window is ordered by a unique key",
    "assets/linkage/gate.py: min_by(name, fid)": "fid is unique",
    "assets/organisations/records.sql: arg_max(c.activity_id,(CASE WHEN c.by_prefix THEN 10 * length(c.code) ELSE 0 END - s.position)::BIGINT"
    " * 1000 + c.tie)": "c.tie numbers the activities of a code",
    "assets/organisations/records.sql: min_by(region_id, region_number)": "region_number is unique",
    "assets/publication/rules_of_proof.py: sum(contribution)": "is only held against the score, with a tolerance",
    "assets/publication/rules_of_proof.py: sum(weight)": "is only held against the contribution, with a tolerance",
    "assets/ranking/evaluation.py: list(MRR)": "a sentence, no SQL",
    "sources/judging.py: approx_count_distinct(filled)": "an estimate, said to be one, that a person reads before a register is added",
}


@dataclass(frozen=True)
class Call:
    """A call of a function in SQL."""

    name: str
    text: str
    """As written, white space as one space; with `OVER …` where it is a window's."""
    arguments: str
    ordered: bool
    """ORDER BY stands within its own brackets."""
    windowed: bool


def calls(sql: str) -> Iterator[Call]:
    """Every function call in a text of SQL, or in a piece of one."""
    found = duckdb.tokenize(sql)
    body = sql.encode()  # the tokenizer counts bytes
    ends = [start for start, _ in found[1:]] + [len(body)]
    tokens = [
        body[start:end].decode().strip()
        for (start, kind), end in zip(found, ends, strict=True)
        if kind != duckdb.token_type.comment
    ]
    pieces = [p for token in tokens for p in ([token] if token.startswith("'") else re.findall(r"[()]|[^()]+", token))]
    for place, name in enumerate(pieces[:-1]):
        if pieces[place + 1] == "(" and re.fullmatch(r"[A-Za-z_]\w*", name) and pieces[place - 1] != ".":
            yield _call(name.lower(), pieces, place)
        elif re.fullmatch("current_(date|timestamp)|localtimestamp", name, re.IGNORECASE):
            yield Call(name.lower(), name, "", False, False)


def _call(name: str, pieces: list[str], place: int) -> Call:
    depth, end, own = 0, place + 1, []
    for end in range(place + 1, len(pieces)):
        depth += {"(": 1, ")": -1}.get(pieces[end], 0)
        if depth == 0:
            break
        if depth == 1 and pieces[end] != "(":
            own.append(pieces[end])
    text = _tidy(pieces[place : end + 1])
    windowed = [piece.upper() for piece in pieces[end + 1 : end + 2]] == ["OVER"]
    return Call(
        name,
        f"{text} OVER {pieces[end + 2]}" if windowed else text,
        _tidy(pieces[place + 2 : end]),
        "ORDER" in map(str.upper, own),
        windowed,
    )


def _tidy(pieces: list[str]) -> str:
    text = re.sub(r"\s*(::|\.|\()\s*", r"\1", " ".join(pieces))
    return re.sub(r"\s+([),])", r"\1", text)


def fault(call: Call) -> str | None:
    """Why the call's result may differ from run to run."""
    if CHANCE.fullmatch(call.name):
        return "depends on chance or the clock"
    if NEVER.fullmatch(call.name) and not (call.ordered and call.name in ("first", "last")):
        return "which row it takes, or what it estimates, is up to chance"
    if ORDERED.fullmatch(call.name) and not call.ordered and not call.windowed:
        return "needs ORDER BY within its brackets"
    if SUMMED.fullmatch(call.name) and call.arguments.split(".")[-1] not in WHOLE_NUMBERS and not EXACT.fullmatch(call.arguments):
        return "needs whole numbers or decimals: cast the argument"
    if BY_KEY.fullmatch(call.name):
        return "gives any of several rows with the same key"
    return None


def texts(path: Path) -> Iterator[str]:
    """The file, or the strings of a module; what is filled in later stands as `filled`."""
    if path.suffix == ".sql":
        yield path.read_text("utf-8")
        return
    tree = ast.parse(path.read_text("utf-8"))
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else " filled " for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told | parts:
            yield node.value


def faults() -> dict[str, str]:
    """What every text of the product does wrong, the allowed included."""
    found = {}
    for package in PACKAGES:
        for path in sorted((REPO / package).rglob("*")):
            if path.suffix in (".sql", ".py") and ANY.search(path.read_text("utf-8")):
                for text in texts(path):
                    if ANY.search(text):
                        wrong = {call.text: why for call in calls(text) if (why := fault(call))}
                        found |= {f"{path.relative_to(REPO).as_posix()}: {call}": why for call, why in wrong.items()}
    return found


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    return faults()


def test_no_result_depends_on_the_order_of_rows(found: dict[str, str]) -> None:
    assert {call: why for call, why in found.items() if call not in ALLOWED} == {}


def test_every_exception_is_still_needed(found: dict[str, str]) -> None:
    assert set(ALLOWED) - set(found) == set()


@pytest.mark.parametrize(
    ("sql", "wrong"),
    [
        ("SELECT any_value(a) FROM t", "any_value(a)"),
        ("SELECT a, First (b) FROM t", "First(b)"),
        ("SELECT first(b ORDER BY c) FROM t", None),
        ("SELECT mode(a), approx_quantile(b, 0.5) FROM t", "mode(a)"),
        ("SELECT list(a) FROM t", "list(a)"),
        ("SELECT list(a ORDER BY b) FROM t", None),
        ("SELECT string_agg(f(a ORDER BY b), ', ') FROM t", "string_agg(f(a ORDER BY b), ', ')"),
        ("SELECT string_agg(DISTINCT a, ', ' ORDER BY a) FROM t", None),
        ("SELECT sum(share) FROM t", "sum(share)"),
        ("SELECT sum(amount::DECIMAL(18, 2)), sum(n::BIGINT), sum(CAST(n AS INTEGER)) FROM t", None),
        ("SELECT sum(n::BIGINT * share) FROM t", "sum(n::BIGINT * share)"),
        ("SELECT arg_max(a, b), min_by(a, b) FROM t", "arg_max(a, b)"),
        ("SELECT 'list(a)', /* mode(a) */ 1 -- first(a)\nFROM t", None),
        ("HAVING avg(score) > 1", "avg(score)"),
        ("SELECT now() FROM t", "now()"),
        ("SELECT a FROM t WHERE b < current_date AND c", "current_date"),
        ("SELECT first_seen, today_count FROM t", None),
    ],
)
def test_the_rule_sees_what_it_should(sql: str, wrong: str | None) -> None:
    assert next((call.text for call in calls(sql) if fault(call)), None) == wrong
