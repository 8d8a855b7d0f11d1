"""The list of opportunities day by day, as one folder of dated Parquet that outlives the versions.

Belongs here: where a day's file lies, writing and removing it. Does not: what became of an opportunity from one day to the next
(`mart.opportunity_change`).

    <root>/history/opportunity/as_of=2026-11-22/opportunity.parquet     the latest version that speaks for the day

Read it with `hive_partitioning`, so that the folder's name is the column `as_of`, and `union_by_name`, since later days may have
more columns.
"""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

from warehouse import ddl, parquet
from warehouse.tables import BY_NAME

_TABLE = BY_NAME["mart.opportunity"]
_DAY = "as_of="


def folder_of(root: Path) -> Path:
    """The folder of all days."""
    return root / "history" / _TABLE.short


def keep_day(root: Path, warehouse: Path) -> Path:
    """Write the list of a published warehouse under the day it speaks for, in place of an earlier version's; returns the file.

    The file is there whole or not at all. The columns are those of the warehouse, which may be of an earlier schema.
    """
    with parquet.connect() as con:
        con.execute(f"ATTACH {ddl.literal(str(warehouse))} AS kept (READ_ONLY)")
        day = con.execute("SELECT max(as_of) FROM kept.meta.run").fetchall()[0][0]
        path = folder_of(root) / f"{_DAY}{day.isoformat()}" / f"{_TABLE.short}.parquet"
        parquet.copy(con, f"SELECT * FROM kept.{_TABLE.name} ORDER BY {ddl.identifiers(_TABLE.key)}", path)
    parquet.sync(path)
    parquet.sync(path.parent)
    return path


def forget(root: Path, as_of: date, keep_days: int) -> list[date]:
    """Remove the days that lie `keep_days` or more before `as_of`; returns them. Folders of other names are left alone."""
    removed = []
    for folder in sorted(folder_of(root).glob(f"{_DAY}*")):
        day = _day_of(folder)
        if day is not None and day <= as_of - timedelta(days=keep_days):
            shutil.rmtree(folder)
            removed.append(day)
    return removed


def _day_of(folder: Path) -> date | None:
    try:
        return date.fromisoformat(folder.name.removeprefix(_DAY))
    except ValueError:  # somebody else's
        return None
