"""Tells what became of every opportunity since the last published version, and why: `mart.opportunity_change`.

Belongs here: opening both versions side by side, and what a version keeps for the next one to tell causes by. Does not: what
counts as a change and which cause comes first (`changes.sql`).

A cause is what differs, not proof: several things may have changed in one night, and the first that holds is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from assets.night import Night
from assets.opportunities.people import Told
from warehouse import ddl, parquet
from warehouse.columns import COLUMNS, CRITERIA
from warehouse.tables import BY_NAME

#: File beside the published warehouse that says what its ranking followed from, besides the registers.
RANKED_WITH = "ranked_with.json"

TABLE = BY_NAME["mart.opportunity_change"]
#: Tables both versions are compared by.
COMPARED = ("mart.opportunity", "core.organisation", "core.bridge", "core.programme", "core.relationship")

#: What the ranking reads of a body: as its registers say it, and as it is worked out from that.
ORGANISATION_SAID = (
    "name", "street", "postcode", "city", "status", "started_on", "last_filed_on", "class_codes", "description", "income_amount",
)  # fmt: skip
ORGANISATION_WORKED_OUT = (
    "sector", "is_natural_person", "latitude", "longitude", "region_id", "activity_id", "activity_confidence", "size_band",
    "partner_exclusion",
)  # fmt: skip
PROGRAMME_SAID = ("title", "objective", "kinds", "applicants", "industries", "country", "places")
PROGRAMME_WORKED_OUT = ("topics", "partner_exclusion")

_IDENTITY = ("scope", "region_id", "industry_id", "business_id", "business_name", "partner_kind", "partner_organisation_id",
             "partner_programme_id", "partner_name")  # fmt: skip
_MEASURED = ("score", "rank_in_region", "rank_in_industry", "rank_for_business")


@dataclass(frozen=True)
class RankedWith:
    """What a version's ranking followed from, besides the registers."""

    code: str
    """Hash of the project's files."""
    settings: Mapping[str, Any]
    """Keys of the profile that the ranking reads, as plain values."""
    told: Sequence[tuple[str, str, str | None]]
    """(what, business_id, partner_id): what people wrote down."""

    def write(self, path: Path) -> None:
        """Keep it for the next night."""
        text = {"code": self.code, "settings": self.settings, "told": list(self.told)}
        path.write_text(json.dumps(text, ensure_ascii=False, indent=1, sort_keys=True), "utf-8")

    @classmethod
    def read(cls, path: Path) -> RankedWith | None:
        """What `write` kept; None for a version made before there was such a file."""
        if not path.is_file():
            return None
        text = json.loads(path.read_text("utf-8"))
        return cls(text["code"], text["settings"], [(what, business, partner) for what, business, partner in text["told"]])


def ranked_with(night: Night, told: Told) -> RankedWith:
    """What tonight's ranking follows from."""
    region = ("id", "name", "country", "state", "codes", "cities", "counties", "postcodes", "rural")
    place = ("postcode", "city", "county", "latitude", "longitude")
    settings = {
        "weights": dict(night.weights),
        "lists": night.caps._asdict(),
        "priorities": sorted(night.priorities),
        "regions": [{name: getattr(r, name) for name in region} for r in night.regions],
        "places": [{name: getattr(p, name) for name in place} for p in night.places],
    }
    lines: list[tuple[str, str, str | None]] = [
        *(("declined", business, partner) for business, partner in told.declined),
        *(("known", known.business_id, known.partner_id) for known in told.known_partnerships),
        *(("member", business, None) for business in told.members),
        *(("goal", business, goal) for business, goal in told.goals if business is not None),
    ]
    return RankedWith(night.code, settings, sorted(lines, key=lambda line: (line[0], line[1], line[2] or "")))


def write_changes(
    tables: Mapping[str, Path], published: Path | None, now: RankedWith, *, as_of: date, keep_days: int, into: Path
) -> int:
    """Writes the table to `into` and returns its rows: the published version's of the last `keep_days`, and tonight's.

    `tables` are tonight's Parquet files of `COMPARED` by table name. A first version has no changes, and a past night that is
    run again (`as_of` before the published one's) is compared with nothing: the rows so far are handed on.
    """
    if published is None:
        return parquet.empty(TABLE, into)
    con = parquet.connect()
    try:
        con.execute(f"ATTACH {ddl.literal(str(published))} AS past (READ_ONLY)")
        earlier = con.execute("SELECT max(as_of) FROM past.meta.run").fetchall()[0][0]
        _open_past(con, TABLE.name, "past_change")
        if earlier > as_of:
            return parquet.write(con, "FROM past_change", TABLE, into)
        for name in COMPARED:
            short = BY_NAME[name].short
            con.execute(f"CREATE VIEW now_{short} AS SELECT * FROM {parquet.read_sql(tables[name])}")
            _open_past(con, name, f"past_{short}")
        _open_reasons(con, now, RankedWith.read(published.with_name(RANKED_WITH)))
        con.execute(f"CREATE MACRO as_of() AS {ddl.literal(as_of.isoformat())}::DATE")
        con.execute(f"CREATE MACRO keep_days() AS {int(keep_days)}")
        con.execute(_script())
        return parquet.write(con, "FROM change_row", TABLE, into)
    finally:
        con.close()


def _open_past(con: duckdb.DuckDBPyConnection, name: str, view: str) -> None:
    """A view of a table of the published version; columns and tables it does not have yet are NULL and empty."""
    table = BY_NAME[name]
    held = {column for (column,) in con.execute(
        "SELECT column_name FROM duckdb_columns() WHERE database_name = 'past' AND schema_name = $1 AND table_name = $2",
        [table.schema, table.short]).fetchall()}  # fmt: skip
    columns = ", ".join(
        ddl.identifier(c) if c in held else f"NULL::{COLUMNS[c].type} AS {ddl.identifier(c)}" for c in table.columns
    )
    con.execute(f"CREATE VIEW {view} AS SELECT {columns} " + (f"FROM past.{name}" if held else "WHERE false"))


def _open_reasons(con: duckdb.DuckDBPyConnection, now: RankedWith, past: RankedWith | None) -> None:
    """Tables `told` and `past_told`, macros `changed_settings()` and `code_changed()`. A version that kept nothing is one of
    other code, and people are taken to have said then what they say now.
    """
    for name, lines in (("told", now.told), ("past_told", past.told if past else now.told)):
        con.register("lines", pa.table({
            "what": pa.array([what for what, _, _ in lines], pa.string()),
            "business": pa.array([business for _, business, _ in lines], pa.string()),
            "partner": pa.array([partner for _, _, partner in lines], pa.string()),
        }))  # fmt: skip
        # Ids people wrote down live on in the body theirs was merged into.
        con.execute(f"""
            CREATE TABLE {name} AS
            SELECT what, coalesce(b.merged_into, business) AS business_id, coalesce(p.merged_into, partner) AS partner_id
            FROM lines
            LEFT JOIN now_organisation b ON b.organisation_id = business
            LEFT JOIN now_organisation p ON p.organisation_id = partner
            """)
        con.unregister("lines")
    settings = sorted(key for key, value in now.settings.items() if past and past.settings.get(key, value) != value)
    listed = ", ".join(map(ddl.literal, settings))
    con.execute(f"CREATE MACRO changed_settings() AS [{listed}]::VARCHAR[]")
    con.execute(f"CREATE MACRO code_changed() AS {str(past is None or past.code != now.code).lower()}")


def _script() -> str:
    """`changes.sql` with its lists of columns."""
    fills = {
        "organisation_fields": _differing((*ORGANISATION_SAID, *ORGANISATION_WORKED_OUT)),
        "organisation_own": _any_differs(ORGANISATION_SAID),
        "programme_fields": _differing((*PROGRAMME_SAID, *PROGRAMME_WORKED_OUT)),
        "programme_own": _any_differs(PROGRAMME_SAID),
        "criteria": _differing(CRITERIA),
        "identity": ",\n    ".join(f"coalesce(n.{c}, s.{c}) AS {c}" for c in _IDENTITY),
        "before_and_after": ",\n    ".join(f"s.{c} AS {c}_before, n.{c} AS {c}_after" for c in _MEASURED),
        "columns": ddl.identifiers(TABLE.columns),
    }
    text = files("assets.opportunities").joinpath("changes.sql").read_text("utf-8")
    for key, value in fills.items():
        text = text.replace("{" + key + "}", value)
    return text


def _differing(columns: Sequence[str]) -> str:
    """Names of the columns that differ between the rows `n` and `p`, NULL for each that does not."""
    return ", ".join(f"CASE WHEN {_differs(c)} THEN {ddl.literal(c)} END" for c in columns)


def _any_differs(columns: Sequence[str]) -> str:
    return "(" + " OR ".join(map(_differs, columns)) + ")"


def _differs(column: str) -> str:
    return f"n.{ddl.identifier(column)} IS DISTINCT FROM p.{ddl.identifier(column)}"
