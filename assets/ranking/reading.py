"""Businesses, partners and edges out of files people made: CSV or Parquet, in any order of columns.

Belongs here: reading and checking them, and bringing cells to one form. Does not: what is made of them (`files.py`), where a
postcode is (`placing.py`).
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ranking import bodies
from assets.ranking.edge_dates import iso_dates
from assets.ranking.mended_codes import mended
from assets.ranking.placing import placed
from warehouse.ddl import identifier, literal

#: Columns of a file of edges; `date` may be a year.
EDGE_COLUMNS = ("from_id", "to_id", "kind", "date", "amount", "from_name", "to_name", "from_postcode", "to_postcode")
#: What may part the cells of a CSV, the likelier first.
SEPARATORS = ",;\t|"
#: Cells with which programs say that there is nothing. "NA" is not among them: it is Namibia.
NOTHING = ("null", "nan", "none", "n/a", "#n/a", "nil", "unknown", "-")
#: Money as people write it: a sign, and commas before every third figure.
_MONEY = r"^[£$€]? ?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?$"


class BodiesFileError(Exception):
    """A file cannot be used; the message says what was found, what was expected and what to do."""


@dataclass(frozen=True)
class _Column:
    """A column of a file: its name there, its name in SQL, and its DuckDB type."""

    name: str
    sql: str
    type: str


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
    return placed(mended(order.take(pa.array(first)).drop_columns(["filled"])))


def read_edges(path: Path) -> pa.Table:
    """Known partnerships, grants and awards from a CSV or Parquet file. Raises BodiesFileError.

    Kinds are in small letters with `_` between words, dates as ISO 8601 has them; a date that cannot be read is left as it is.
    """
    found = _read(path, ("from_id", "to_id"), EDGE_COLUMNS[2:])
    kinds = pc.utf8_trim(pc.replace_substring_regex(pc.utf8_lower(found["kind"]), "[^a-z0-9]+", "_"), "_")
    dates = pc.coalesce(pa.array(iso_dates(found["date"].to_pylist()), pa.string()), found["date"])
    for column, values in (("kind", kinds), ("date", dates)):
        found = found.set_column(found.schema.get_field_index(column), column, values)
    return found.sort_by([(c, "ascending") for c in found.column_names])


def _read(path: Path, needed: tuple[str, ...], more: tuple[str, ...]) -> pa.Table:
    if not path.is_file():
        raise BodiesFileError(f"{path} is not there.")
    form = "Parquet" if path.suffix.lower() == ".parquet" else "CSV"
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
    """SQL for one column: what cannot be read as a number is unknown, and so is a text that says nothing."""
    is_number = column in bodies.NUMBERS
    if written is None:
        return f"NULL::{'DOUBLE' if is_number else 'VARCHAR'} AS {column}"
    if is_number:
        plain = f"trim({written.sql}::VARCHAR)"
        bare = f"regexp_replace({plain}, '[£$€, ]', '', 'g')"
        number = f"try_cast(CASE WHEN regexp_matches({plain}, {literal(_MONEY)}) THEN {bare} ELSE {plain} END AS DOUBLE)"
        least = -180 if column in bodies.DEGREES else 0
        return f"CASE WHEN isfinite({number}) AND {number} >= {least} THEN {number} END AS {column}"
    # Lists of codes are joined as a CSV would write them.
    text = f"array_to_string({written.sql}::VARCHAR[], '; ')" if written.type.endswith("[]") else f"{written.sql}::VARCHAR"
    named = column in ("id", "name", "from_id", "to_id")
    nothing = "('')" if named else f"({', '.join(map(literal, ('', *NOTHING)))})"
    return f"CASE WHEN lower(trim({text})) NOT IN {nothing} THEN trim({text}) END AS {column}"
