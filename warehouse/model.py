"""What the registry is made of: `Column`, `Table`, `View`, `Macro`. What they describe is in the modules of those names."""

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


@dataclass(frozen=True)
class View:
    """A named question about published tables; `sql` names no catalogue, so it works under any alias of the file."""

    name: str
    """`schema.view`"""
    meaning: str
    sql: str
    columns: tuple[Column, ...]
    """What it returns, in order."""


@dataclass(frozen=True)
class Macro:
    """A named question with parameters, in the default schema, asked as `FROM name(…)`."""

    name: str
    parameters: tuple[tuple[str, str], ...]
    """As SQL declares each (`best := 3`), and what to give."""
    meaning: str
    sql: str
    columns: tuple[Column, ...]
    """What it returns, in order."""

    @property
    def signature(self) -> str:
        """How it is declared: `partners_near(near_postcode, within_km, best := 3)`."""
        return f"{self.name}({', '.join(declared for declared, _ in self.parameters)})"

    @property
    def comment(self) -> str:
        """Meaning and parameters in one line, as clients that show comments show it."""
        told = "; ".join(f"{declared.split()[0]}: {meaning}" for declared, meaning in self.parameters)
        return f"{self.meaning} Parameters: {told}."
