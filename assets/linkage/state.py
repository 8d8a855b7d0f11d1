"""What a run leaves for the next one of its epoch: a DuckDB file that can be thrown away at any time.

    record (sid, record_id, content, source, glance, label)     a row a record; sid is a number of this file alone
    block_key (code, sid)                                       family << 40 | key, of the blocks that fit
    buried (sid)                                                records that are gone, but for their keys
    pair (a, b, p, verdict, inside)                             scored pairs of sids, before people's decisions
    evidence, field (record_id_a, record_id_b, ...)             what was shown of pairs, as `evidence.py` has it
    word lists, and the tables of words_in_use.sql              as they stand in the epoch
    decided (record_id)                                         records of people's decisions on the last night
    made_for (name, value)                                      epoch, model, code and DuckDB version it holds for

Belongs here: the tables and how they are written and read. Does not: what changed (`incremental.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from assets.linkage.gate import Glance
from assets.linkage.parts import Hashes

#: Bits of a blocking key; the number of its family stands above them.
KEY_BITS = np.uint64(40)
GLANCED = ("phone", "website", "postcode", "outcode", "city", "house", "street", "latitude", "longitude")
#: What of a record decides how it is compared.
CONTENT = (
    "source", "name", "other_names", "address", "city", "region", "postcode", "country", "phone", "website", "lat",
    "lon", "identifiers",
)  # fmt: skip
NUMBERED = f"SELECT record_id, hash({', '.join(CONTENT)}) AS content, coalesce(source, '') AS source FROM raw"
_TABLES = """
CREATE OR REPLACE TABLE state.record (
    sid INTEGER, record_id VARCHAR, content UBIGINT, source VARCHAR, name VARCHAR, sorted_name VARCHAR, phone UBIGINT,
    website UBIGINT, postcode UBIGINT, outcode UBIGINT, city UBIGINT, house UBIGINT, street UBIGINT, latitude DOUBLE,
    longitude DOUBLE, label INTEGER
);
CREATE OR REPLACE TABLE state.block_key (code UBIGINT, sid INTEGER);
CREATE OR REPLACE TABLE state.buried (sid INTEGER);
CREATE OR REPLACE TABLE state.pair (a INTEGER, b INTEGER, p DOUBLE, verdict TINYINT, inside BOOLEAN);
CREATE OR REPLACE TABLE state.evidence (
    record_id_a VARCHAR, record_id_b VARCHAR, name_similarity DOUBLE, street_similarity DOUBLE, same_house_number BOOLEAN,
    same_postcode BOOLEAN, same_city BOOLEAN, same_domain BOOLEAN
);
CREATE OR REPLACE TABLE state.field (
    record_id_a VARCHAR, record_id_b VARCHAR, field VARCHAR, value_a VARCHAR, value_b VARCHAR, agreement VARCHAR, log_odds DOUBLE
);
CREATE OR REPLACE TABLE state.decided (record_id VARCHAR);
CREATE OR REPLACE TABLE state.made_for (name VARCHAR, value VARCHAR);
"""


def code_digest() -> str:
    """A digest of this package: what another version of it left is not used."""
    told = hashlib.sha256()
    package = files("assets.linkage")
    for path in sorted([*package.iterdir(), *package.joinpath("words").iterdir()], key=lambda p: p.name):
        if path.name.endswith((".py", ".sql", ".csv")):
            told.update(path.read_bytes())
    return told.hexdigest()


def attach(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Opens a file as the database `state`."""
    con.execute("ATTACH '" + str(path).replace("'", "''") + "' AS state")


def clear(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the tables of the attached file `state`, empty."""
    con.execute(_TABLES)


def keep(con: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> None:
    """Copies tables of the database in use into the attached file."""
    for table in tables:
        con.execute(f"CREATE OR REPLACE TABLE state.{table} AS FROM {table}")


def made_for(con: duckdb.DuckDBPyConnection) -> Mapping[str, str]:
    """What the attached file holds for. Raises duckdb.Error where it holds nothing of ours."""
    return dict(con.execute("SELECT name, value FROM state.made_for ORDER BY name").fetchall())


def sign(con: duckdb.DuckDBPyConnection, terms: Mapping[str, str], decided: Sequence[str]) -> None:
    """Writes what the tables hold for, and whom people decided about."""
    con.execute("DELETE FROM state.made_for")
    con.executemany("INSERT INTO state.made_for VALUES (?, ?)", sorted(terms.items()))
    con.execute("DELETE FROM state.decided")
    add(con, "decided", pa.table({"record_id": pa.array(decided, pa.string())}))


def add(con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Adds rows to a table, columns by name."""
    con.register("rows", rows)
    con.execute(f"INSERT INTO state.{table} BY NAME SELECT * FROM rows")
    con.unregister("rows")


def key_rows(codes: Sequence[Hashes], sids: np.ndarray[tuple[int], np.dtype[np.int32]]) -> pa.Table:
    """Rows of `block_key` out of the codes of every family (`blocking.family_keys`); `sids` gives each rid its sid."""
    family = [np.full(len(code), bit, np.uint64) << KEY_BITS for bit, code in enumerate(codes)]
    code = np.concatenate(codes)
    key = np.concatenate(family) | (code >> np.uint64(24))
    return pa.table({"code": key, "sid": sids[(code & np.uint64(0xFFFFFF)).astype(np.int64)]})


def record_rows(numbered: pa.Table, glance: Glance, sids: np.ndarray[tuple[int], np.dtype[np.int32]], label: object) -> pa.Table:
    """Rows of `record`; `numbered` has record_id, content and source in the order of rid."""
    return pa.table(
        {
            "sid": sids,
            **{c: numbered[c] for c in ("record_id", "content", "source")},
            "name": glance.name.array,
            "sorted_name": glance.sorted_name.array,
            **{c: getattr(glance, c) for c in GLANCED},
            "label": label,
        }
    )
