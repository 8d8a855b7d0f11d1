"""What a register is: metadata, the columns it yields, and how one file of it is read.

Belongs here: the kinds of register and the frames every `parse` must yield. Does not: reading files (`frame.py`), HTTP
(`http.py`), what is asked for page by page (`paging.py`), anything about a particular register (one module each).

A register's module is short because it only says what is special about that register. There are three shapes:

* `CsvRegister`, for bulk files: the header it expects and one SQL `SELECT` over a view called `raw` whose columns are
  all text, named as in the file. DuckDB runs it over a stream of Arrow batches, so memory does not grow with the file.
* `TablesRegister`, for a register published as several tables: the same, over one view per table.
* `RecordRegister`, for small or irregular files and for answers collected page by page: a generator of dicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, BinaryIO, Literal

import pyarrow as pa

from sources.paging import Locating, Paging

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
        ("parent_identifiers", pa.list_(pa.string())),  # org-ids of bodies, or codes of groups (US-GEN-0928), it belongs to
        ("parent_name", pa.string()),  # of the body or group, where the register gives it
        ("parent_kind", pa.string()),  # parent | linked_charity | group_member; mandatory where there is a parent identifier
        ("centre_of", pa.string()),  # code of the group it is the centre of
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
        ("industries", pa.list_(pa.string())),  # industry_id of the trades it is for; empty = any
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

#: One real link between two bodies: a grant, a contract, a partnership a chamber knows of.
EDGE_ROW = pa.schema(
    [
        ("native_id", pa.string()),
        ("kind", pa.string()),  # grant | contract | partnership
        ("giver_name", pa.string()),  # funder, buyer, or the business of a partnership
        ("giver_identifier", pa.string()),  # org-id.guide form where the register gives one
        ("receiver_name", pa.string()),  # recipient, supplier, or the partner; never a private person
        ("receiver_identifier", pa.string()),
        ("receiver_city", pa.string()),
        ("receiver_postcode", pa.string()),
        ("receiver_country", pa.string()),  # ISO 3166-1 alpha-2
        ("title", pa.string()),
        ("description", pa.string()),
        ("programme_title", pa.string()),
        ("amount", pa.int64()),  # whole units of currency
        ("currency", pa.string()),
        ("agreed_on", pa.date32()),  # award, signature or start
        ("places", pa.list_(pa.string())),  # official codes of the places that benefit
        ("record_url", pa.string()),
    ]
)

Options = Mapping[str, Any]


class RegisterError(Exception):
    """A structural surprise in a register's file: says what was found, what was expected and what to do."""

    table: str | None = None
    """Of a register of several tables the one at fault, where it can be told."""


@dataclass(frozen=True)
class Rejected:
    """One row set aside by a `parse`: its place in the file (1 = first data row), its id where readable, and why.

    `field` and `value` say what broke the rule, where it was one field; never a field that describes a private person.
    """

    row_number: int
    native_id: str | None
    rule: str
    field: str | None = None
    value: str | None = None


@dataclass(frozen=True)
class Outside:
    """One row in good order that this product or this profile leaves out, e.g. `other country`, `grant to a private person`."""

    why: str


class Audit:
    """What fields the records of a file have, against those the module knows. A `parse` calls `saw` for every record.

    >>> audit = Audit(known=("name", "id"))
    >>> audit.saw({"name": 1, "colour": 2}); audit.unknown
    ('colour',)
    """

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = frozenset(known)
        self._seen: set[str] = set()

    def saw(self, fields: Iterable[str]) -> None:
        """Note the fields of one record."""
        self._seen.update(fields)

    @property
    def seen(self) -> frozenset[str]:
        """Fields any record had."""
        return frozenset(self._seen)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Fields the module does not know, sorted; none where it declares no fields."""
        return tuple(sorted(self._seen - self._known)) if self._known else ()


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
    yields: Literal["organisation", "programme", "edge"] = "organisation"
    url: str | None = None
    """Default address; a profile may override it with `url:` or use `path:` for a file downloaded by hand."""
    locate: Callable[[str, Options, date], Locating] | None = None
    """Where `url` is not the file but leads to it (a page with links, a search reply, a dated name): asks, and returns the
    addresses of the newest file or its parts. Gets the url, the options and the run's date. See `paging.py`."""
    pages: Callable[[str, Options], Paging] | None = None
    """Where the register is an API or a web site: asks for page after page. What is kept is read by `paging.kept_pages`."""
    max_seconds: float = 3600.0
    """A night waits no longer than this for one file, or for all pages, of the register."""
    max_pages: int = 2_000
    """More pages than this in one night: the paging has no end, or the profile asks for too much."""
    cadence: str = "monthly"
    org_id_scheme: str | None = None
    floor: int = 1
    """Fewer rows than this stops the source: a truncated file must not pass for a small register."""
    ceiling: int = 10_000_000
    """More rows than this warns."""
    host_delay_s: float = 1.0
    """Seconds between two requests to the register's host."""
    allowed_hosts: tuple[str, ...] = ()
    """Hosts besides the address's own to which the register is known to send us (shell patterns), e.g. a store of files."""
    max_bytes: int = 2_000_000_000
    record_url: str | None = None
    """Pattern with `{native_id}` for rows without an address of their own; a profile may override it."""
    personal_fields: tuple[str, ...] = ()
    """Fields of the file that describe private persons and are never read."""
    unique_ids: bool = True
    """True where the register itself guarantees one row per id: two of its rows are then never the same body."""
    lists_premises: bool = False
    """True where a row is a permission for one place: rows of one name in two houses are then two branches."""


@dataclass(frozen=True, kw_only=True)
class CsvRegister(Register):
    """A bulk delimited file, plain or the member of a ZIP, read as a stream of Arrow batches and shaped by one SELECT over the
    view `raw`."""

    header: Callable[[Options], tuple[str, ...]]
    """Columns that must be present (compared by letters and digits only, case ignored)."""
    select: Callable[[Options], str]
    """SQL that turns `raw` (every column text, '' already NULL) into the columns of a frame. It should pass on `file_row`, the
    row's place in the file, so that a row set aside can be found. A column `outside`, where not NULL, says why a row in good
    order is left out."""
    encoding: str = "utf-8"
    delimiter: str = ","
    member: str = "*.csv"
    """Which member of a ZIP holds the rows (shell pattern, last by name where several fit); ignored for a plain file."""
    reads: tuple[str, ...] | None = None
    """Columns of the header that are loaded, where the rest is large or describes persons; `raw` then has only these."""
    row_wise: bool = False
    """True where the SELECT looks at one row at a time (no joins, windows or aggregates): it is then run over the stream itself
    and `raw` is never stored. Needed for files of millions of rows."""


@dataclass(frozen=True, kw_only=True)
class RegisterTable:
    """One table of a `TablesRegister`."""

    columns: tuple[str, ...]
    """Columns that must be present and are read; the others of the table are not."""
    known: tuple[str, ...] = ()
    """Columns known and not read (personal ones among them), so that a new one is noticed."""
    optional: bool = False
    """True where the register can be read without this table; its view is then empty."""


@dataclass(frozen=True, kw_only=True)
class TablesRegister(Register):
    """A register published as several tables, one file each; `{table}` in its address stands for the table's name.

    `select` runs over tables of these names, every column text, '' already NULL; its rows are those of the table `main`, whose
    `file_row` it should pass on. A column `outside` as for `CsvRegister`.

    A table is a JSON array with one object a line, or a tab-separated file with a header, plain or in a ZIP.
    """

    tables: Mapping[str, RegisterTable]
    main: str
    select: Callable[[Options], str]


@dataclass(frozen=True, kw_only=True)
class RecordRegister(Register):
    """A small or irregular file, or pages of an API, read by a generator of rows (missing keys mean NULL), set-aside rows
    and rows left out."""

    parse: Callable[[BinaryIO, Options, Audit], Iterator[dict[str, Any] | Rejected | Outside]]
    fields: tuple[str, ...] = ()
    """Fields a record is known to have, read or not; another one is told as drift."""
    mandatory: tuple[str, ...] = ()
    """Fields some record must have; a file without them has changed its layout and is refused."""


@dataclass
class ReadReport:
    """What reading one source came to; read = kept + rejected + outside, always."""

    read: int = 0
    kept: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    outside: dict[str, int] = field(default_factory=dict)
    """Why rows in good order were left out -> how many."""
    unknown_columns: tuple[str, ...] = ()
    filled: dict[str, int] = field(default_factory=dict)
    """Column of the frame -> kept rows in which it is known."""
