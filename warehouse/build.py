"""From a folder of Parquet tables to the one DuckDB file people query, with keys, checks, comments, views and macros.

Judging the tables does not belong here (the audit runs before), nor switching readers over (`versions.py`). The
constraints are a second line: a file that breaks them is never finished.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb

from warehouse import ddl, parquet
from warehouse.macros import MACROS
from warehouse.model import Table
from warehouse.tables import TABLES
from warehouse.views import VIEWS

#: File name people know; opened directly, its catalogue is called `partners` as well.
DATABASE = "partners.duckdb"
CATALOGUE = "partners"
#: Oldest storage format still written by 2.0; 1.1.3 to 2.0.0 read the file. The default of 2.0 shuts every 1.x client
#: out.
STORAGE_VERSION = "v1.0.0"
#: Keys are not spilled to disk while they are built: those of a million organisations take a gigabyte.
MEMORY_LIMIT = "2GB"
_LOADERS = 2
#: Nobody writes to a published version, whoever owns it.
READ_ONLY = 0o444


class BuildError(Exception):
    """A table did not satisfy its own definition; names the table, its file and what DuckDB said."""


def build(tables_dir: Path, version_dir: Path) -> Path:
    """Create `version_dir/partners.duckdb` from the Parquet files and return its path.

    Written under another name, checkpointed, made read-only, synced to disk and only then renamed, so that the file
    is whole whenever it is there. Raises `TableFileError` naming every missing Parquet file, `BuildError` for a
    broken constraint.
    """
    parquet.require_all(tables_dir)
    version_dir.mkdir(parents=True, exist_ok=True)
    final = version_dir / DATABASE
    temporary = version_dir / f".{DATABASE}.next"
    _remove(temporary)
    try:
        _fill(tables_dir, temporary)
        temporary.chmod(READ_ONLY)
        parquet.sync(temporary)
        temporary.replace(final)
    finally:
        _remove(temporary)
    parquet.sync(version_dir)
    return final


def _fill(tables_dir: Path, database: Path) -> None:
    with parquet.connect() as con:
        con.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        con.execute(f"ATTACH {ddl.literal(str(database))} AS {CATALOGUE} (STORAGE_VERSION '{STORAGE_VERSION}')")
        con.execute(f"USE {CATALOGUE}")
        for schema in sorted({table.schema for table in TABLES}):
            con.execute(f"CREATE SCHEMA {schema}")
        for table in TABLES:
            con.execute(ddl.create_table_sql(table, keyed=False))
        # An index is built on one core, so two tables are loaded at a time.
        with ThreadPoolExecutor(_LOADERS) as pool:
            list(pool.map(lambda table: _load(con, table, parquet.path_of(tables_dir, table)), TABLES))
        con.execute("BEGIN")  # one commit for hundreds of comments: each commit waits for the disk
        for table in TABLES:
            con.execute(ddl.comment_sql(table))
        for view in VIEWS:
            con.execute(ddl.create_view_sql(view))
        for macro in MACROS:
            con.execute(ddl.create_macro_sql(macro))
        con.execute("COMMIT")
        con.execute(f"CHECKPOINT {CATALOGUE}")
        con.execute("USE memory")
        con.execute(f"DETACH {CATALOGUE}")


def _load(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> None:
    """Load as the file lies, in key order: neighbours stay together, so that a look-up by key reads few blocks."""
    columns = ddl.identifiers(table.columns)
    try:
        with con.cursor() as own:
            own.execute(f"USE {CATALOGUE}")
            own.execute(f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM {parquet.read_sql(path)}")
            own.execute(ddl.add_key_sql(table))
    except duckdb.Error as error:
        raise BuildError(
            f"{table.name} could not be loaded from {path}: {error}. "
            "Run the audit on the folder to see every fault at once, and mend the stage that wrote the table."
        ) from error


def _remove(database: Path) -> None:
    """Remove a half-built file and its log; both are left behind by a killed build."""
    database.unlink(missing_ok=True)
    database.with_name(f"{database.name}.wal").unlink(missing_ok=True)
