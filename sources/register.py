"""What a register is: metadata, the columns it yields, and how one file of it is read.

Belongs here: the two kinds of register and the frame every `parse` must yield. Does not: reading files (`frame.py`), HTTP
(`http.py`), anything about a particular register (one module each).

A register's module is short because it only says what is special about that register. There are two shapes:

* `CsvRegister`, for bulk files: the header it expects and one SQL `SELECT` over a view called `raw` whose columns are
  all text, named as in the file. DuckDB runs it over a stream of Arrow batches, so memory does not grow with the file.
* `RecordRegister`, for small or irregular files: a generator of dicts with the same columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

import pyarrow as pa

#: One row of a register that describes an organisation, as every organisation register's `parse` yields it.
ORGANISATION_ROW = pa.schema(
    [
        ("native_id", pa.string()),  # the register's own id; mandatory
        ("name", pa.string()),  # as registered, mandatory
        ("other_names", pa.list_(pa.string())),  # trading, former or chapter names
        ("sector", pa.string()),  # private | public | nonprofit, decided per row
        ("street", pa.string()),
        ("city", pa.string()),
        ("state", pa.string()),  # US state, UK nation … as the register writes it
        ("postcode", pa.string()),
        ("country", pa.string()),  # ISO 3166-1 alpha-2
        ("latitude", pa.float64()),
        ("longitude", pa.float64()),
        ("website", pa.string()),
        ("description", pa.string()),
        ("class_scheme", pa.string()),  # e.g. NTEE, ROR, licence scheme of a city
        ("class_codes", pa.list_(pa.string())),  # most telling first
        ("identifiers", pa.list_(pa.string())),  # org-id.guide form, e.g. US-EIN-71-0236904
        ("status", pa.string()),  # active | inactive | unknown
        ("started_on", pa.date32()),  # registered, ruled or licensed since
        ("last_filed_on", pa.date32()),  # end of the latest period it filed for
        ("income_amount", pa.int64()),  # annual gross income in income_currency
        ("income_currency", pa.string()),
        ("size_band", pa.string()),  # micro | small | medium | large | unknown
        ("flags", pa.list_(pa.string())),  # facts that bar a partnership, e.g. business_league (see exclusions.yaml)
        ("record_url", pa.string()),  # page where a person can check the row
    ]
)

#: One grant, loan, service, contract or facility a public body offers, as every programme register's `parse` yields it.
PROGRAMME_ROW = pa.schema(
    [
        ("native_id", pa.string()),
        ("title", pa.string()),
        ("agency", pa.string()),
        ("kinds", pa.list_(pa.string())),  # grant | loan | guarantee | payment | service | training | contract | goods
        ("objective", pa.string()),
        ("applicants", pa.list_(pa.string())),  # small_business | business | nonprofit | public | individual | anyone
        ("country", pa.string()),
        ("places", pa.list_(pa.string())),  # official codes where it is not country-wide; empty = whole country
        ("opens_on", pa.date32()),
        ("closes_on", pa.date32()),
        ("amount_min", pa.int64()),
        ("amount_max", pa.int64()),
        ("currency", pa.string()),
        ("status", pa.string()),  # open | closed | unknown
        ("record_url", pa.string()),
    ]
)

Options = Mapping[str, Any]


class RegisterError(Exception):
    """A structural surprise in a register's file: says what was found, what was expected and what to do."""


@dataclass(frozen=True)
class Rejected:
    """One row set aside by a `parse`: its place in the file (1 = first data row), its id where readable, and why."""

    row_number: int
    native_id: str | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Register:
    """Metadata of one public register. Everything a reader needs to trust it and a nightly run needs to fetch it."""

    name: str
    title: str
    publisher: str
    licence: str
    """Short licence name, e.g. `OGL-UK-3.0`, `US-PD`, `CC0-1.0`."""
    licence_url: str
    attribution: str
    """The words the licence asks for, or a courtesy line where it asks for none."""
    share_alike: bool = False
    yields: Literal["organisation", "programme"] = "organisation"
    url: str | None = None
    """Default address; a profile may override it with `url:` or use `path:` for a file downloaded by hand."""
    locate: Callable[[dict[str, Any]], str] | None = None
    """Where `url` answers with a small JSON that names the file: takes that reply, returns the file's address."""
    cadence: str = "monthly"
    org_id_scheme: str | None = None
    floor: int = 1
    """Fewer rows than this stops the source: a truncated file must not pass for a small register."""
    ceiling: int = 10_000_000
    """More rows than this warns."""
    host_delay_s: float = 1.0
    """Seconds between two requests to the register's host."""
    max_bytes: int = 2_000_000_000
    record_url: str | None = None
    """Pattern with `{native_id}` for rows without an address of their own; a profile may override it."""
    personal_fields: tuple[str, ...] = ()
    """Fields of the file that describe private persons and are never read."""
    unique_ids: bool = True
    """True where the register itself guarantees one row per id: two of its rows are then never the same body."""


@dataclass(frozen=True, kw_only=True)
class CsvRegister(Register):
    """A bulk delimited file, read as a stream of Arrow batches and shaped by one SELECT over the view `raw`."""

    header: Callable[[Options], tuple[str, ...]]
    """Columns that must be present (compared by letters and digits only, case ignored)."""
    select: Callable[[Options], str]
    """SQL that turns `raw` (every column text, '' already NULL) into `ORGANISATION_ROW` or `PROGRAMME_ROW` columns. It should
    pass on `file_row`, the row's place in the file, so that a row set aside can be found."""
    encoding: str = "utf-8"


@dataclass(frozen=True, kw_only=True)
class RecordRegister(Register):
    """A small or irregular file, read by a generator of rows (missing keys mean NULL) and set-aside rows."""

    parse: Callable[[BinaryIO, Options], Iterator[dict[str, Any] | Rejected]]


@dataclass
class ReadReport:
    """What reading one source came to; read = kept + rejected, always."""

    read: int = 0
    kept: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    unknown_columns: tuple[str, ...] = ()
