"""Ranks two tables given as files and writes the pairs: what `partners rank` runs.

A CSV is made for spreadsheets like those of the nightly exports: a text that one would run as a formula has a single quote put
before it. Parquet holds the texts as they were.

Belongs here: reading and checking the files, and the columns written. Does not: scores (`engine.py`) or lists (`picking.py`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from assets.ranking import bodies, search
from assets.ranking.engine import CRITERIA, WEIGHTS, Ints, Scorer
from assets.ranking.picking import Caps, choose
from assets.ranking.placing import placed
from assets.ranking.search import ranks
from assets.ranking.wording import Words, say
from warehouse.ddl import identifier, literal
from warehouse.spreadsheets import FORMULA_START

#: Columns of a file of edges; `date` may be a year.
EDGE_COLUMNS = ("from_id", "to_id", "kind", "date", "amount", "from_name", "to_name", "from_postcode", "to_postcode")
#: What may part the cells of a CSV, the likelier first.
SEPARATORS = ",;\t|"
#: Pairs worded and written in one go.
PAIRS_AT_ONCE = 100_000
WRITTEN = pa.schema(
    [("business_id", pa.string()), ("partner_id", pa.string()), ("rank", pa.int32()), ("score", pa.float64())]
    + [(criterion, pa.float64()) for criterion in CRITERIA]
    + [(c, pa.string()) for c in ("give", "get", "partnership_type", "explanation")]
    + [("evidence_coverage", pa.float64())]
)


class BodiesFileError(Exception):
    """A file cannot be used; the message says what was found, what was expected and what to do."""


@dataclass(frozen=True)
class _Column:
    """A column of a file: its name there, its name in SQL, and its DuckDB type."""

    name: str
    sql: str
    type: str


@dataclass(frozen=True)
class Ranked:
    """What a run came to."""

    businesses: int
    partners: int
    pairs: int
    unknown: tuple[int, int]
    """Businesses and partners of which no column says what kind of body they are."""


def rank_files(
    businesses: Path,
    partners: Path,
    output: Path,
    precedents: Path | None = None,
    top: int | None = 10,
    weights: Mapping[str, float] = WEIGHTS,
    caps: Caps | None = None,
    as_of: date | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Ranked:
    """Writes the `top` partners of each business as varied lists; without `top` every pair, by score alone.

    Raises:
        BodiesFileError: a file is missing, cannot be read, or lacks a column, or the output cannot be written.
    """
    _check_output(output, (businesses, partners, *([precedents] if precedents else [])))
    sides = [read_bodies(path, tell) for path in (businesses, partners)]
    edges = read_edges(precedents) if precedents else None
    tell(f"{sides[0].num_rows:,} businesses and {sides[1].num_rows:,} partners read")
    scorer = Scorer(sides[0], sides[1], edges, weights, as_of)
    unknown = tuple(int((activity == np.array(None)).sum()) for activity in scorer.activity)
    tell(f"{scorer.kinds.known.shape[0]:,} kinds of business compared with every partner")
    pairs = 0
    with _writer(output) as write:
        for business, partner, rank in _every_pair(scorer) if top is None else _lists(scorer, caps or Caps(per_business=top)):
            write(table(scorer, business, partner, rank))
            pairs += len(business)
    return Ranked(sides[0].num_rows, sides[1].num_rows, pairs, (unknown[0], unknown[1]))


def table(scorer: Scorer, business: Ints, partner: Ints, rank: Ints) -> pa.Table:
    """Rows of `WRITTEN` for pairs of rows of the scorer's tables."""
    known = scorer.subscores(business, partner)
    score, coverage = scorer.score(known)
    said: Words = say(scorer, business, partner, known)
    return pa.table(
        {
            "business_id": scorer.businesses["id"].take(pa.array(business)),
            "partner_id": scorer.partners["id"].take(pa.array(partner)),
            "rank": rank.astype(np.int32),
            "score": score,
            **{c: pa.array(known[c], mask=np.isnan(known[c])) for c in CRITERIA},
            "give": said.give,
            "get": said.get,
            "partnership_type": said.partnership_type,
            "explanation": said.explanation,
            "evidence_coverage": coverage,
        },
        schema=WRITTEN,
    )


def read_bodies(path: Path, tell: Callable[[str], None] = lambda _: None) -> pa.Table:
    """Businesses or partners from a CSV or Parquet file, with the columns of `bodies.SCHEMA`. Raises BodiesFileError.

    Of lines with one id the fullest is taken, whatever their order, and `tell` hears of the others.
    """
    found = bodies.complete(_read(path, ("id", "name"), (*bodies.TEXT, *bodies.NUMBERS)))
    filled = sum(
        (pc.cast(pc.is_valid(column), pa.int32()).to_numpy() for column in found.columns), np.zeros(len(found), np.int32)
    )
    order = found.append_column("filled", pa.array(filled)).sort_by(
        [("id", "ascending"), ("filled", "descending"), *((c, "ascending") for c in found.column_names if c != "id")]
    )
    ids = order["id"].to_numpy()
    first = np.flatnonzero(np.append(True, ids[1:] != ids[:-1]))
    if repeats := len(ids) - len(first):
        tell(f"{path}: {repeats:,} lines repeat an id; of each id the fullest line is taken")
    return placed(order.take(pa.array(first)).drop_columns(["filled"]))


def read_edges(path: Path) -> pa.Table:
    """Known partnerships, grants and awards from a CSV or Parquet file. Raises BodiesFileError."""
    found = _read(path, ("from_id", "to_id"), EDGE_COLUMNS[2:])
    return found.sort_by([(c, "ascending") for c in found.column_names])


def _read(path: Path, needed: tuple[str, ...], more: tuple[str, ...]) -> pa.Table:
    if not path.is_file():
        raise BodiesFileError(f"{path} is not there.")
    form = "Parquet" if path.suffix == ".parquet" else "CSV"
    with duckdb.connect() as con:
        try:
            source, written = _parquet(con, path) if form == "Parquet" else _csv(path)
            columns = {column.name.strip().lower(): column for column in reversed(written)}
            if missing := [c for c in needed if c not in columns]:
                raise BodiesFileError(
                    f"{path} lacks the column {' and '.join(missing)}; it has {', '.join(c.name for c in written) or 'none'}. "
                    f"The first line must name at least {', '.join(needed)}."
                )
            picked = [_picked(columns.get(c), c) for c in (*needed, *more)]
            rows = con.sql(f"SELECT {', '.join(picked)} FROM {source}").to_arrow_table()
        except duckdb.Error as error:
            # What is wrong, and in which line; below that DuckDB speaks to programmers.
            raise BodiesFileError(f"{path} cannot be read as {form}: {'; '.join(str(error).splitlines()[:3])}") from error
    for column in needed:
        if rows[column].null_count:
            raise BodiesFileError(f"{path}: {rows[column].null_count:,} lines have no {column}; fill it in or leave them out.")
    if not rows.num_rows:
        raise BodiesFileError(f"{path} has no lines under its header; expected at least one.")
    return rows


def _parquet(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, list[_Column]]:
    """What to select from, and its columns."""
    source = f"read_parquet({literal(str(path))})"
    described = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return source, [_Column(name, identifier(name), kind) for name, kind, *_ in described]


def _csv(path: Path) -> tuple[str, list[_Column]]:
    """The same of a CSV, of which only the separator is guessed, from the header: guesses about rows drop some without a word."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            first = lines.readline()
    except UnicodeDecodeError as error:
        raise BodiesFileError(f"{path} cannot be read as CSV: it is not UTF-8 ({error}). Save it as CSV UTF-8.") from error
    separator = max(SEPARATORS, key=first.count)
    names = next(csv.reader([first], delimiter=separator), [])
    written = [_Column(name, f"c{number}", "VARCHAR") for number, name in enumerate(names)]
    columns = ", ".join(f"{column.sql}: 'VARCHAR'" for column in written)
    read = f"""read_csv({literal(str(path))}, columns = {{{columns}}}, delim = {literal(separator)},
        quote = '"', escape = '"', header = true, auto_detect = false)"""
    return read, written


def _picked(written: _Column | None, column: str) -> str:
    """SQL for one column: what cannot be read as a number is unknown, and so is a blank text."""
    is_number = column in bodies.NUMBERS
    if written is None:
        return f"NULL::{'DOUBLE' if is_number else 'VARCHAR'} AS {column}"
    if is_number:
        number = f"try_cast({written.sql} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END AS {column}"
    # Lists of codes are joined as a CSV would write them.
    text = f"array_to_string({written.sql}::VARCHAR[], '; ')" if written.type.endswith("[]") else f"{written.sql}::VARCHAR"
    return f"nullif(trim({text}), '') AS {column}"


def _check_output(path: Path, inputs: tuple[Path, ...]) -> None:
    if path.suffix not in (".csv", ".parquet"):
        raise BodiesFileError(f"{path}: what is written is CSV or Parquet; give a name that ends in .csv or .parquet.")
    if path.is_dir() or not path.parent.is_dir():
        raise BodiesFileError(
            f"{path} cannot be written: {'it is' if path.is_dir() else 'it lies in no'} folder. Give a file in one."
        )
    if path.resolve() in [given.resolve() for given in inputs]:
        raise BodiesFileError(f"{path} is one of the files to be read and would be lost; give another --output.")


def _lists(scorer: Scorer, caps: Caps) -> Iterator[tuple[Ints, Ints, Ints]]:
    """(business, partner, rank) of the lists, by id of the business, best first."""
    best, rank = choose(scorer, caps)
    order = np.lexsort((rank, scorer.turn[best.business]))
    for start in range(0, len(order), PAIRS_AT_ONCE):
        some = order[start : start + PAIRS_AT_ONCE]
        yield best.business[some], best.partner[some], rank[some]


def _every_pair(scorer: Scorer) -> Iterator[tuple[Ints, Ints, Ints]]:
    """(business, partner, rank) of all pairs that may meet, some businesses of one kind at a time."""
    held: list[tuple[Ints, Ints]] = []
    for best in search.best(scorer, scorer.partners.num_rows):
        held.append((best.business, best.partner))
        if sum(len(b) for b, _ in held) >= PAIRS_AT_ONCE:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(parts: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints, Ints]:
    business, partner = (np.concatenate([part[n] for part in parts]) for n in (0, 1))
    return business, partner, ranks(business)


class _writer:
    """Writes tables to one CSV or Parquet file; what is there already is replaced only once all is written."""

    def __init__(self, path: Path) -> None:
        self.path, self.draft = path, path.with_name(f".{path.name}.draft")

    def __enter__(self) -> Callable[[pa.Table], None]:
        if self.path.suffix == ".parquet":
            self.writer = pa.parquet.ParquetWriter(str(self.draft), WRITTEN)
            return self.writer.write_table
        self.writer = pa.csv.CSVWriter(str(self.draft), WRITTEN)
        return lambda rows: self.writer.write_table(_harmless(rows))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.writer.close()
        if kind is None:
            self.draft.replace(self.path)
        else:
            self.draft.unlink()


def _harmless(rows: pa.Table) -> pa.Table:
    """Rows with a quote before every text that a spreadsheet would run."""
    for place, field in enumerate(rows.schema):
        if field.type == pa.string():
            text = rows[field.name]
            runs = pc.match_substring_regex(text, FORMULA_START)
            rows = rows.set_column(place, field, pc.if_else(runs, pc.binary_join_element_wise("'", text, ""), text))
    return rows
