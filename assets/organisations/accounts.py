"""Tables about the registers themselves: what was read, what was set aside, what drifted, under which licence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from assets.night import SourceOrder
from warehouse import parquet
from warehouse.tables import BY_NAME

#: A column whose known share moves by this much from one night to the next is worth a look: a register that stops filling its
#: postcodes still parses. Below `_FILL_ROWS` rows a share says little.
_FILL_JUMP = 0.2
_FILL_ROWS = 50

TABLES = ("meta.source_run", "meta.source_column", "meta.field_fill", "meta.licence", "core.rejected_row")

Read = Mapping[str, Sequence[Mapping[str, Any]]]


class Before:
    """What the last published version says of the registers: first sight of unknown columns, shares of known values."""

    def __init__(self, warehouse: Path | None) -> None:
        self.first_seen: dict[tuple[str, str], date] = {}
        self.share: dict[tuple[str, str], float] = {}
        self.known_sources: set[str] = set()
        if warehouse is not None:
            con = duckdb.connect(str(warehouse), read_only=True)
            try:
                self._load(con)
            finally:
                con.close()

    def _load(self, con: duckdb.DuckDBPyConnection) -> None:
        tables = {row[0] for row in con.execute("SELECT table_name FROM information_schema.tables").fetchall()}
        if {"source_column", "field_fill"} <= tables:  # a version published before these tables has neither
            rows = con.execute("SELECT source, column_name, first_seen FROM meta.source_column").fetchall()
            self.first_seen = {(source, column): seen for source, column, seen in rows}
            shares = con.execute("SELECT source, field, filled_share FROM meta.field_fill WHERE kept_count > 0").fetchall()
            self.share = {(source, field): share for source, field, share in shares}
            self.known_sources = {source for source, _ in self.share}


def write_accounts(orders: Sequence[SourceOrder], read: Read, before: Before, as_of: date, into: Path) -> dict[str, int]:
    """Writes the tables to the folder `into`; `read` holds what `reading.save` kept, by source. Returns row counts."""
    columns = [row for order in orders for row in unknown_columns(order.name, read[order.name], before, as_of)]
    fills = [row for order in orders for row in fill_shares(order.name, read[order.name], before)]
    drift = {o.name: drift_of(o.name, read[o.name], before, as_of) for o in orders}
    tables: dict[str, list[dict[str, Any]]] = {
        "meta.source_run": [
            _source_run(order, file, drift[order.name] if number == 0 else [])
            for order in orders
            for number, file in enumerate(read[order.name])
        ],
        "meta.source_column": columns,
        "meta.field_fill": fills,
        "meta.licence": [_licence(order) for order in orders],
        "core.rejected_row": [
            {**row, "source": order.name, "file_number": file["taken"]["file_number"]}
            for order in orders
            for file in read[order.name]
            for row in file["rejected"]
        ],
    }
    return {name: parquet.write_rows(rows, BY_NAME[name], parquet.path_of(into, BY_NAME[name])) for name, rows in tables.items()}


def unknown_columns(source: str, files: Sequence[Mapping[str, Any]], before: Before, as_of: date) -> list[dict[str, Any]]:
    """Rows of `meta.source_column`: columns the module does not know, with the night they were first seen."""
    found = sorted({column for file in files for column in file["unknown_columns"]})
    return [
        {"source": source, "column_name": column, "first_seen": before.first_seen.get((source, column), as_of)}
        for column in found
    ]


def fill_shares(source: str, files: Sequence[Mapping[str, Any]], before: Before) -> list[dict[str, Any]]:
    """Rows of `meta.field_fill`: in how many kept rows each field is known, and whether that jumped."""
    kept = sum(file["kept"] for file in files)
    fields = sorted({field for file in files for field in file["filled"]})
    rows = []
    for field in fields:
        filled = sum(file["filled"].get(field, 0) for file in files)
        share = round(filled / kept, 4) if kept else 0.0
        earlier = before.share.get((source, field))
        rows.append(
            {
                "source": source,
                "field": field,
                "filled_count": filled,
                "kept_count": kept,
                "filled_share": share,
                "filled_share_before": earlier,
                "has_jumped": earlier is not None and kept >= _FILL_ROWS and abs(share - earlier) >= _FILL_JUMP,
            }
        )
    return rows


def drift_of(source: str, files: Sequence[Mapping[str, Any]], before: Before, as_of: date) -> list[str]:
    """Sentences about what has changed in a register's layout. A column is told of on the night it is first seen, not again."""
    new = [row["column_name"] for row in unknown_columns(source, files, before, as_of) if row["first_seen"] == as_of]
    said = [f"Columns not seen before: {', '.join(new)}."] if new else []
    return said + [
        f"{row['field']} is known in {row['filled_share']:.0%} of rows, was {row['filled_share_before']:.0%}."
        for row in fill_shares(source, files, before)
        if row["has_jumped"]
    ]


def _source_run(order: SourceOrder, file: Mapping[str, Any], drift: Sequence[str]) -> dict[str, Any]:
    taken = file["taken"]
    fields = ("file_number", "url", "sha256", "bytes", "fetch_status", "fetched_on", "stale_days")
    return {
        **{name: taken[name] for name in fields},
        "source": order.name,
        "register_title": order.register.title,
        "read_count": file["read"],
        "kept_count": file["kept"],
        "rejected_count": len(file["rejected"]),
        "outside_count": sum(file["outside"].values()),
        "message": " ".join(_notes(order, file, drift)) or None,
    }


def _notes(order: SourceOrder, file: Mapping[str, Any], drift: Sequence[str]) -> list[str]:
    notes = [file["taken"]["message"]] if file["taken"]["message"] else []
    if file["outside"]:
        notes.append("Left out: " + ", ".join(f"{count:,} {why}" for why, count in file["outside"].items()) + ".")
    if file["read"] > order.register.ceiling:
        notes.append(f"{file['read']:,} rows, more than the {order.register.ceiling:,} expected.")
    return [*notes, *drift]


def _licence(order: SourceOrder) -> dict[str, Any]:
    register = order.register
    return {
        "source": order.name,
        "register_title": register.title,
        "publisher": register.publisher,
        "licence": register.licence,
        "licence_url": register.licence_url,
        "attribution": register.attribution,
        "share_alike": register.share_alike,
    }
