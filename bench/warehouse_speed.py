"""How long audit, warehouse and exports of a large night take, and what analysts wait for on it.

    python bench/warehouse_speed.py RUN [--organisations 1000000] [--opportunities 500000] [--folder FOLDER] [--cookbook FILE]

RUN is the folder of a finished run (`data/<profile>/runs/<run>`). Its tables are repeated, each copy with ids and a region of
its own, until both numbers are reached; copies past the last opportunity bring organisations alone. Each step is a process of its
own: wall time and peak memory. Then every query of the cookbook is asked three times of the file; the slowest are named with
their median. Runs of minutes: never part of the tests.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
from measuring import measure

from warehouse import build, ddl, parquet
from warehouse.model import Table
from warehouse.tables import BY_NAME, TABLES

#: Columns by which rows of one copy belong together; programmes are the same for every copy.
OF_A_COPY = frozenset(
    "organisation_id record_id record_id_a record_id_b business_id partner_organisation_id opportunity_id old_opportunity_id "
    "old_id new_id merged_into from_organisation_id to_organisation_id relationship_id region_id".split()
)
#: Numbers that count on from one copy to the next.
COUNTED = frozenset({"change_number"})
#: Tables that grow with opportunities; all others that hold a column of a copy grow with organisations.
OF_OPPORTUNITIES = ("mart.",)
STEPS = {
    "audit": "from assets.publication.audit import audit; [print(f.detail) for f in audit(T) if not f.passed]",
    "warehouse": "from warehouse.build import build; build(T, F / 'warehouse')",
    "exports": "from assets.publication.export import export; export(T, F / 'exports', manifest_facts={})",
}
_BLOCK = re.compile(r"^### (.+?)$.*?^```sql\n(.+?)^```", re.MULTILINE | re.DOTALL)
CAP_S, CAP_MIB = 1_800, 16_000


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--organisations", type=int, default=1_000_000)
    parser.add_argument("--opportunities", type=int, default=500_000)
    parser.add_argument("--folder", type=Path, help="where tables and results stay (default: a temporary folder)")
    parser.add_argument("--cookbook", type=Path, default=Path(__file__).parents[1] / "docs" / "sql-cookbook.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = given.folder or Path(name)
        tables = folder / "tables"
        if not tables.exists():
            blow_up(given.run, tables, given.organisations, given.opportunities)
        for step, code in STEPS.items():
            setting = f"from pathlib import Path; T, F = Path({str(tables)!r}), Path({str(folder)!r}); {code}"
            took = measure([sys.executable, "-c", setting], folder / f"{step}.log", CAP_S, CAP_MIB)
            print(f"{step}: {took.seconds:.1f} s, {took.peak_mib:,.0f} MiB {took.failure}", flush=True)
        ask(folder / "warehouse" / build.DATABASE, given.cookbook)


def blow_up(run: Path, into: Path, organisations: int, opportunities: int) -> None:
    """Writes every table of the run, repeated, to the folder `into`."""
    into.mkdir(parents=True)
    with parquet.connect() as con:
        of_run = {
            short: con.execute(f"SELECT count(*) FROM {parquet.read_sql(run / f'{short}.parquet')}").fetchall()[0][0]
            for short in ("organisation", "opportunity")
        }
        with_lists = -(-opportunities // of_run["opportunity"])
        copies = max(with_lists, -(-organisations // of_run["organisation"]))
        for table in TABLES:
            many = with_lists if table.name.startswith(OF_OPPORTUNITIES) else copies
            rows = parquet.write(con, repeated(table, run, many), table, parquet.path_of(into, table))
            if table.short in of_run:
                print(f"{table.name}: {rows:,} rows", flush=True)


def repeated(table: Table, run: Path, copies: int) -> str:
    """SELECT of a table's rows, as many times as it has columns of a copy to tell the copies by."""
    file = parquet.read_sql(parquet.path_of(run, table))
    programmes = f"(SELECT programme_id FROM {parquet.read_sql(run / 'programme.parquet')})"
    changed = [
        f"CASE WHEN {ddl.identifier(c)} IN {programmes} THEN {ddl.identifier(c)} ELSE {ddl.identifier(c)} || '-' || copy END "
        f"AS {ddl.identifier(c)}"
        for c in table.columns
        if c in OF_A_COPY
    ]
    changed += [f"{ddl.identifier(c)} + copy * 10000000 AS {ddl.identifier(c)}" for c in table.columns if c in COUNTED]
    if not changed:
        return f"SELECT * FROM {file}"
    return f"SELECT * REPLACE ({', '.join(changed)}) FROM {file}, range({copies}) AS r(copy)"


def ask(database: Path, cookbook: Path) -> None:
    """Times every query of the cookbook on the file, as an analyst's client would ask it."""
    with duckdb.connect(str(database), read_only=True) as con:
        count = {name: con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in BY_NAME}
        print(f"{count['core.organisation']:,} organisations, {count['mart.opportunity']:,} opportunities")
        took = sorted(((_median(con, sql), title) for title, sql in blocks(cookbook)), reverse=True)
    print(f"{len(took)} queries: {sum(s < 0.2 for s, _ in took)} under 200 ms, {sum(s < 1 for s, _ in took)} under 1 s")
    for seconds, title in took[:8]:
        print(f"  {seconds * 1000:6,.0f} ms  {title}")


def blocks(cookbook: Path) -> Iterator[tuple[str, str]]:
    """(title, SQL) of each query of the cookbook."""
    for found in _BLOCK.finditer(cookbook.read_text("utf-8")):
        yield found[1], found[2]


def _median(con: duckdb.DuckDBPyConnection, sql: str) -> float:
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        con.execute(sql).fetchall()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()
