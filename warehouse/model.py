"""The two things every table is made of: `Column` and `Table`. What they describe is in `columns.py` and `tables.py`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column, defined once, whichever tables carry it."""

    name: str
    type: str
    """DuckDB type."""
    meaning: str
    unit: str | None = None
    example: str | None = None
    values: tuple[str, ...] = ()
    """The only values allowed, where they are few."""
    check: str | None = None
    """SQL condition on the column, enforced by the warehouse."""


@dataclass(frozen=True)
class ForeignKey:
    """`columns` here hold a key of `table`; checked by anti-join, since DuckDB cannot reference across schemas."""

    columns: tuple[str, ...]
    table: str


@dataclass(frozen=True)
class Table:
    """One published table: its grain in words, its columns in order, its key."""

    name: str
    """`schema.table`"""
    grain: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    required: tuple[str, ...] = ()
    """NOT NULL columns besides the key."""
    foreign_keys: tuple[ForeignKey, ...] = ()
    check: str | None = None
    """SQL condition on a whole row."""
    volatile: bool = False
    """True where rows hold run ids or wall times: outside every equality test and change feed."""

    @property
    def schema(self) -> str:
        """Schema part of the name."""
        return self.name.split(".")[0]

    @property
    def short(self) -> str:
        """Table part of the name; also the name of its Parquet file and its Dagster asset."""
        return self.name.split(".")[1]
