"""Tables about the registers themselves: `meta.source_run`, `meta.licence`, `core.rejected_row`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assets.night import SourceOrder
from warehouse import parquet
from warehouse.tables import BY_NAME


def write_accounts(orders: Sequence[SourceOrder], read: Mapping[str, Sequence[Mapping[str, Any]]], into: Path) -> dict[str, int]:
    """Writes the three tables to the folder `into`; `read` holds what `reading.save` kept, by source. Returns row counts."""
    runs, rejected = [], []
    for order in orders:
        for file in read[order.name]:
            taken = file["taken"]
            runs.append(
                {
                    **{
                        k: taken[k] for k in ("file_number", "url", "sha256", "bytes", "fetch_status", "fetched_on", "stale_days")
                    },
                    "source": order.name,
                    "register_title": order.register.title,
                    "read_count": file["read"],
                    "kept_count": file["kept"],
                    "rejected_count": len(file["rejected"]),
                    "message": _message(order, file),
                }
            )
            rejected += [{**row, "source": order.name, "file_number": taken["file_number"]} for row in file["rejected"]]
    licences = [
        {
            "source": order.name,
            "register_title": order.register.title,
            "publisher": order.register.publisher,
            "licence": order.register.licence,
            "licence_url": order.register.licence_url,
            "attribution": order.register.attribution,
            "share_alike": order.register.share_alike,
        }
        for order in orders
    ]
    tables = {"meta.source_run": runs, "meta.licence": licences, "core.rejected_row": rejected}
    return {name: parquet.write_rows(rows, BY_NAME[name], parquet.path_of(into, BY_NAME[name])) for name, rows in tables.items()}


def _message(order: SourceOrder, file: Mapping[str, Any]) -> str | None:
    notes = [file["taken"]["message"]] if file["taken"]["message"] else []
    if file["unknown_columns"]:
        notes.append(f"Columns not seen before: {', '.join(file['unknown_columns'])}.")
    if file["read"] > order.register.ceiling:
        notes.append(f"{file['read']:,} rows, more than the {order.register.ceiling:,} expected.")
    return " ".join(notes) or None
