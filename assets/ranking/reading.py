"""Businesses, partners and edges out of files people made: CSV or Parquet, in any order of columns.

Belongs here: their columns, and bringing cells to one form. Does not: what is made of them (`files.py`), where a
postcode is (`placing.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assets.ranking import bodies
from assets.ranking.edge_dates import iso_dates
from assets.ranking.mended_codes import mended
from assets.ranking.placing import placed
from warehouse.ddl import literal
from warehouse.lists import ListColumn, ListFileError, opened, reading

#: Columns of a file of edges; `date` may be a year.
EDGE_COLUMNS = ("from_id", "to_id", "kind", "date", "amount", "from_name", "to_name", "from_postcode", "to_postcode")
#: Cells with which programs say that there is nothing. "NA" is not among them: it is Namibia.
NOTHING = ("null", "nan", "none", "n/a", "#n/a", "nil", "unknown", "-")
#: Money as people write it: a sign, and commas before every third figure.
_MONEY = r"^[£$€]? ?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)(\.[0-9]+)?$"


def read_bodies(path: Path, tell: Callable[[str], None] = lambda _: None) -> pa.Table:
    """Businesses or partners from a CSV or Parquet file, with the columns of `bodies.SCHEMA`. Raises ListFileError.

    Of lines with one id the fullest is taken, whatever their order, and `tell` hears of the others.
    """
    found = bodies.complete(_read(path, ("id", "name"), (*bodies.TEXT, *bodies.NUMBERS), tell))
    for column in bodies.DAYS:
        if found[column].null_count < len(found):
            days = pa.array(iso_dates(found[column].to_pylist()), pa.string())
            found = found.set_column(found.schema.get_field_index(column), found.schema.field(column), days)
    filled = sum(
        (pc.cast(pc.is_valid(column), pa.int32()).to_numpy() for column in found.columns), np.zeros(len(found), np.int32)
    )
    order = found.append_column("filled", pa.array(filled)).sort_by(
        [("id", "ascending"), ("filled", "descending"), *((c, "ascending") for c in found.column_names if c != "id")]
    )
    ids = order["id"].to_numpy()
    first = np.flatnonzero(np.append(True, ids[1:] != ids[:-1]))
    if repeats := len(ids) - len(first):
        twice = ids[1:][ids[1:] == ids[:-1]][0]
        tell(f"{path}: {repeats:,} lines repeat an id ({twice}, say); of each id the fullest line is taken")
    return placed(mended(order.take(pa.array(first)).drop_columns(["filled"])))


def read_edges(path: Path, tell: Callable[[str], None] = lambda _: None) -> pa.Table:
    """Known partnerships, grants and awards from a CSV or Parquet file. Raises ListFileError.

    Kinds are in small letters with `_` between words, dates as ISO 8601 has them; a date that cannot be read is left as it is.
    """
    found = _read(path, ("from_id", "to_id"), EDGE_COLUMNS[2:], tell)
    kinds = pc.utf8_trim(pc.replace_substring_regex(pc.utf8_lower(found["kind"]), "[^a-z0-9]+", "_"), "_")
    dates = pc.coalesce(pa.array(iso_dates(found["date"].to_pylist()), pa.string()), found["date"])
    for column, values in (("kind", kinds), ("date", dates)):
        found = found.set_column(found.schema.get_field_index(column), column, values)
    return found.sort_by([(c, "ascending") for c in found.column_names])


def _read(path: Path, needed: tuple[str, ...], more: tuple[str, ...], tell: Callable[[str], None]) -> pa.Table:
    with duckdb.connect() as con:
        file = opened(con, path, needed, more)
        if file.unread:
            tell(f"{path}: nothing is made of {', '.join(file.unread)}")
        picked = [_picked(file.columns.get(c), c) for c in (*needed, *more)]
        with reading(path):
            # What a spreadsheet leaves below the last line says neither who nor what.
            some = " OR ".join(f"{column} IS NOT NULL" for column in needed)
            rows = con.sql(f"SELECT * FROM (SELECT {', '.join(picked)} FROM {file.source}) WHERE {some}").to_arrow_table()
    for column in needed:
        if rows[column].null_count:
            raise ListFileError(f"{path}: {rows[column].null_count:,} lines have no {column}; fill it in or leave them out.")
    if not rows.num_rows:
        raise ListFileError(f"{path} has no lines under its header; expected at least one.")
    return rows


def _picked(written: ListColumn | None, column: str) -> str:
    """SQL for one column: what cannot be read as a number is unknown, and so is a text that says nothing."""
    is_number = column in bodies.NUMBERS
    if written is None:
        return f"NULL::{'DOUBLE' if is_number else 'VARCHAR'} AS {column}"
    if is_number:
        plain = f"trim({written.sql}::VARCHAR)"
        bare = f"regexp_replace({plain}, '[£$€, ]', '', 'g')"
        if column in bodies.DEGREES:
            # Off the globe is nowhere: then the postcode tells. Half of Europe writes 53,4 for 53.4.
            number, most = f"try_cast(replace({plain}, ',', '.') AS DOUBLE)", bodies.DEGREES[column]
            return f"CASE WHEN abs({number}) <= {most} THEN {number} END AS {column}"
        number = f"try_cast(CASE WHEN regexp_matches({plain}, {literal(_MONEY)}) THEN {bare} ELSE {plain} END AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) AND {number} >= 0 THEN {number} END AS {column}"
    # Lists of codes are joined as a CSV would write them.
    text = f"array_to_string({written.sql}::VARCHAR[], '; ')" if written.is_list else f"{written.sql}::VARCHAR"
    if column == "name":
        text = f"regexp_replace({text}, '[\\n\\r\\t]+', ' ', 'g')"
    named = column in ("id", "name", "from_id", "to_id")
    nothing = "('')" if named else f"({', '.join(map(literal, ('', *NOTHING)))})"
    return f"CASE WHEN lower(trim({text})) NOT IN {nothing} THEN trim({text}) END AS {column}"
