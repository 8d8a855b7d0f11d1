"""Which rows of a register stay: those with an id and a name, one for each id. Writes them sorted, and tells of the others.

Belongs here: rules that hold for every register. Does not: reading (`frame.py`), rules of one register (its module).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sources.register import Rejected

_REPEATED = """
CREATE TEMP TABLE repeated AS
SELECT native_id FROM frame
WHERE outside IS NULL AND {title} IS NOT NULL AND native_id IS NOT NULL
GROUP BY native_id HAVING count(*) > 1
"""
_SET_ASIDE = """
CREATE TEMP TABLE set_aside AS
SELECT row_number, native_id, CASE WHEN native_id IS NULL THEN 'no id' ELSE 'no {title}' END AS rule
FROM frame WHERE outside IS NULL AND (native_id IS NULL OR {title} IS NULL)
UNION ALL
SELECT row_number, native_id, 'id occurs more than once'
FROM (
    -- Ordered by content, so that the row kept does not depend on its place in the file.
    SELECT row_number, native_id, row_number() OVER (
        PARTITION BY native_id ORDER BY to_json({ {content} })::VARCHAR, row_number) AS ordinal
    FROM frame WHERE outside IS NULL AND {title} IS NOT NULL AND native_id IN (FROM repeated)
)
WHERE ordinal > 1
"""
_EARLIER = """
INSERT INTO set_aside
SELECT row_number, native_id, 'id is in an earlier file of the source'
FROM frame WHERE outside IS NULL AND native_id IN (SELECT native_id FROM read_parquet(?))
  AND row_number NOT IN (SELECT row_number FROM set_aside)
"""
#: So many different words among so many rows make a short list. A guess: which rows those are does not matter, nor does a
#: longer list than thought.
_FEW, _SEEN = 200, 100_000
#: Rows of one group of the file. DuckDB holds several such batches, on top of its memory limit, while one is written.
_GROUP_ROWS = 10_240
_STAY = "FROM frame ANTI JOIN set_aside USING (row_number) WHERE outside IS NULL"


@dataclass(frozen=True)
class Verdict:
    """What became of the rows."""

    kept: int
    set_aside: list[Rejected]
    outside: dict[str, int]
    """Why rows were left out -> how many."""
    filled: dict[str, int]
    """Column -> kept rows in which it is known."""


def judge(
    schema: pa.Schema, title: str, waiting: Path, earlier: Sequence[Path], into: Path, con: duckdb.DuckDBPyConnection
) -> Verdict:
    """Writes the rows of the Parquet file `waiting` that stay to `into`, sorted by native_id.

    `waiting` has the columns of `schema`, `row_number` (place in the file) and `outside` (why it is left out, or NULL); `title`
    is the column besides the id that no row may lack; a row whose id is in the Parquet files `earlier` does not stay.
    """
    con.execute("SET streaming_buffer_size = '1MB'")
    con.execute(f"CREATE VIEW frame AS FROM read_parquet('{quote(waiting)}')")
    content = ", ".join(f"'{name}': {name}" for name in schema.names)
    con.execute(_REPEATED.replace("{title}", title))
    con.execute(_SET_ASIDE.replace("{title}", title).replace("{content}", content))
    if earlier:
        con.execute(_EARLIER, [[str(path) for path in earlier]])
    bad = con.execute("SELECT row_number, native_id, rule FROM set_aside ORDER BY row_number").fetchall()
    outside = con.execute("SELECT outside, count(*) FROM frame WHERE outside IS NOT NULL GROUP BY 1 ORDER BY 1").fetchall()
    [counts] = con.execute(f"SELECT {', '.join(map(_known, schema))} {_STAY}").fetchall()
    filled = dict(zip(schema.names, counts, strict=True))
    kept = _write(con.sql(_sorted(con, schema, filled)).to_arrow_reader(_GROUP_ROWS), schema, into)
    return Verdict(kept, [Rejected(*row) for row in bad], dict(outside), filled)


def _write(rows: pa.RecordBatchReader, schema: pa.Schema, into: Path) -> int:
    """Writes the rows, as they come, to `into` and counts them.

    DuckDB could write the file itself, but then sorts twice as long: its writer takes the memory that sorting needs.
    """
    kept = 0
    with pq.ParquetWriter(into, schema, compression="zstd") as writer:
        try:
            for batch in rows:
                writer.write_table(pa.Table.from_batches([batch]).cast(schema))
                kept += batch.num_rows
        except OSError as error:
            # Arrow hands on an error of DuckDB as one of its own.
            if "Out of Memory" in str(error):
                raise duckdb.OutOfMemoryException(str(error)) from error
            raise
    return kept


def _sorted(con: duckdb.DuckDBPyConnection, schema: pa.Schema, filled: dict[str, int]) -> str:
    """SQL for the rows that stay, by id. Sorting millions of rows costs by their width, so they go through it made narrow.

    Columns nobody fills are put in again afterwards, and a column of few different words goes as numbers.
    """
    carried = [c for c in schema if filled[c.name] or c.name == "native_id"]
    words = [c.name for c in carried if c.type == pa.string()]
    estimates = ", ".join(f"approx_count_distinct({name})" for name in words)
    [different] = con.execute(f"SELECT {estimates} FROM (SELECT {', '.join(words)} {_STAY} LIMIT {_SEEN})").fetchall()
    counted = zip(words, different, strict=True)
    few = [name for name, count in counted if 0 < count <= _FEW and name != "native_id"]
    for name in few:
        con.execute(f"CREATE TYPE few_{name} AS ENUM (SELECT DISTINCT {name} {_STAY} AND {name} IS NOT NULL ORDER BY 1)")
    narrow = [f"CAST({c.name} AS few_{c.name}) AS {c.name}" if c.name in few else c.name for c in carried]
    wide = [f"CAST({c.name if c in carried else _nothing(c)} AS {duckdb_type(c.type)}) AS {c.name}" for c in schema]
    return f"SELECT {', '.join(wide)} FROM (SELECT {', '.join(narrow)} {_STAY} ORDER BY native_id)"


def duckdb_type(kind: pa.DataType) -> str:
    """DuckDB's name of a type a frame may have."""
    names = {pa.string(): "VARCHAR", pa.float64(): "DOUBLE", pa.int64(): "BIGINT", pa.date32(): "DATE"}
    return "VARCHAR[]" if pa.types.is_list(kind) else names[kind]


def quote(path: Path) -> str:
    """A path inside a single-quoted SQL string."""
    return str(path).replace("'", "''")


def _known(column: pa.Field) -> str:
    return f"count(*) FILTER (len({column.name}) > 0)" if pa.types.is_list(column.type) else f"count({column.name})"


def _nothing(column: pa.Field) -> str:
    return "[]" if pa.types.is_list(column.type) else "NULL"
