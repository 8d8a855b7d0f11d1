"""What earlier nights said about identity, and what tonight hands on: tables of the last published version in, tables out.

Belongs here: reading the published warehouse, the changelog that only grows, the memory of former members, and the rows that
stay behind for ids that live no longer. Does not: who gets which id (`identity.py`), facts of living bodies (`survivors.sql`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

from assets.entities.identity import Change, Registry, follow
from warehouse import ddl
from warehouse.columns import COLUMNS
from warehouse.tables import BY_NAME

#: Tables of the last published version, by the names they have here.
PAST = {
    "past_bridge": "core.bridge",
    "past_organisation": "core.organisation",
    "past_membership": "core.former_membership",
    "past_changelog": "core.identity_changelog",
}


def open_past(con: duckdb.DuckDBPyConnection, published: Path | None) -> None:
    """Makes the tables of `PAST` readable on `con`; they are empty where nothing has been published yet.

    Before tables 2.1.0 there was no memory, and the changelog told one night only: ids it named may be gone, so it is left
    behind.
    """
    held: set[str] = set()
    if published is not None:
        con.execute(f"ATTACH {ddl.literal(str(published))} AS past (READ_ONLY)")
        held = {name for (name,) in con.execute(
            "SELECT schema_name || '.' || table_name FROM duckdb_tables() WHERE database_name = 'past'").fetchall()}  # fmt: skip
        if "core.former_membership" not in held:
            held.discard("core.identity_changelog")
    for here, name in PAST.items():
        if name in held:
            con.execute(f"CREATE VIEW {here} AS SELECT * FROM past.{name}")
        else:
            nothing = ", ".join(f"NULL::{COLUMNS[c].type} AS {ddl.identifier(c)}" for c in BY_NAME[name].columns)
            con.execute(f"CREATE VIEW {here} AS SELECT {nothing} WHERE false")


def read_registry(con: duckdb.DuckDBPyConnection) -> Registry:
    """The registry, out of the tables of `open_past`."""
    former: dict[str, list[str]] = defaultdict(list)
    for record, organisation in con.execute(
        """
        SELECT m.record_id, m.organisation_id
        FROM past_membership m
        JOIN past_organisation o USING (organisation_id)
        LEFT JOIN past_bridge b USING (record_id)
        WHERE b.record_id IS NULL AND m.last_seen = (SELECT max(last_seen) FROM past_membership l WHERE l.record_id = m.record_id)
           OR o.record_count = 0 AND m.last_seen = o.last_seen
        ORDER BY m.record_id, m.last_seen DESC, m.organisation_id
        """
    ).fetchall():
        former[record].append(organisation)
    return Registry(
        dict(con.execute("SELECT record_id, organisation_id FROM past_bridge").fetchall()),
        dict(con.execute("SELECT organisation_id, first_seen FROM past_organisation").fetchall()),
        dict(former),
        dict(con.execute("SELECT organisation_id, merged_into FROM past_organisation WHERE merged_into IS NOT NULL").fetchall()),
    )


def hand_on(con: duckdb.DuckDBPyConnection, changes: Sequence[Change], living: set[str]) -> None:
    """Makes the tables `identity_changelog`, `former_membership` and `tombstone` (rows of `core.organisation`).

    `con` holds the tables of `open_past`, `bridge` and `as_of()`; `changes` are tonight's, in order.
    """
    tonight = pa.table(
        {
            "number": pa.array(range(1, len(changes) + 1), pa.int64()),
            **{name: pa.array([getattr(c, field) for c in changes], pa.string())
               for name, field in (("change_kind", "kind"), ("old_id", "old_id"), ("new_id", "new_id"), ("reason", "reason"))},
        }
    )  # fmt: skip
    con.register("tonight", tonight)
    con.execute(
        """
        CREATE TABLE identity_changelog AS
        SELECT change_number, change_kind, old_id, new_id, reason, changed_on FROM past_changelog
        UNION ALL
        SELECT number + (SELECT coalesce(max(change_number), 0) FROM past_changelog), change_kind, old_id, new_id, reason, as_of()
        FROM tonight
        """
    )
    con.unregister("tonight")
    told = con.execute("SELECT change_kind, old_id, new_id FROM identity_changelog ORDER BY change_number").fetchall()
    ways = follow(told, living)
    con.register("ways", pa.table({"organisation_id": pa.array(ways, pa.string()), "heir": pa.array(ways.values(), pa.string())}))
    con.execute(files("assets.entities").joinpath("registry.sql").read_text("utf-8"))
    con.unregister("ways")
