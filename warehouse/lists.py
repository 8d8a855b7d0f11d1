"""Lists that people bring and take away as files: CSV or Parquet.

Belongs here: what to select from, its columns, how they spell countries, and where not to write. Does not: what columns mean
(`assets/ranking/reading.py`, `assets/linkage/files.py`), nor the exports of a night (`assets/publication`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import duckdb

from warehouse.ddl import identifier, literal

#: What may part the cells of a CSV, the likelier first.
SEPARATORS = ",;\t|"
PARQUET = (".parquet", ".pq")
#: Countries by their code and as lists spell them: capitals, letters only.
COUNTRIES = {
    "GB": ("UK", "GBR", "UNITEDKINGDOM", "GREATBRITAIN", "ENGLAND", "SCOTLAND", "WALES", "NORTHERNIRELAND"),
    "US": ("USA", "UNITEDSTATES", "UNITEDSTATESOFAMERICA"),
}
#: What lists call columns besides, in small letters with `_` for all that is neither letter nor figure.
ALIASES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "postcode": ("post_code", "postal_code", "zip", "zip_code", "zipcode"),
        "region": ("state", "county"),
        "address": ("street", "street_address", "address_line", "address1", "address_1"),
        "city": ("town",),
        "phone": ("telephone", "tel", "phone_number"),
        "website": ("url", "web"),
        "lat": ("latitude",),
        "lon": ("longitude", "lng", "long"),
        "latitude": ("lat",),
        "longitude": ("lon", "lng", "long"),
        "sic": ("sic_code", "sic_codes"),
        "naics": ("naics_code", "naics_codes"),
        "ntee": ("ntee_code", "ntee_cd"),
        "icnptso": ("icnptso_code",),
        "ukcat": ("ukcat_code",),
    }
)
#: How files begin that are no CSV in UTF-8, and what they are.
_FOREIGN = {b"PK": "a workbook or a ZIP", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"\xd0\xcf": "an old workbook"}
#: Lines of a message of DuckDB that say what is wrong and where; below them it speaks to programmers.
_TOLD = 3


class ListFileError(ValueError):
    """A file cannot be read or written; the message says what was found, what was expected and what to do."""


@dataclass(frozen=True)
class ListColumn:
    """A column of a file: its name there, its name in SQL, and its DuckDB type."""

    name: str
    sql: str
    type: str

    @property
    def is_list(self) -> bool:
        """Whether its cells are lists."""
        return self.type.endswith("[]")


@dataclass(frozen=True)
class ListFile:
    """What to select from, the columns there are of those asked for, and the names of the others."""

    source: str
    columns: dict[str, ListColumn]
    unread: tuple[str, ...]


def is_parquet(path: Path) -> bool:
    """Whether the name of a file says that it is Parquet; all others are CSV."""
    return path.suffix.lower() in PARQUET


def opened(con: duckdb.DuckDBPyConnection, path: Path, needed: Sequence[str], more: Sequence[str] = ()) -> ListFile:
    """A file whose header names at least the columns `needed`, by these names or by `ALIASES`. Raises ListFileError.

    Of two columns that are called alike the first is taken, and one that has the very name before one of another.
    """
    if not path.is_file():
        raise ListFileError(f"{path} is not there.")
    with reading(path):
        source, written = _parquet(con, path) if is_parquet(path) else _csv(path)
    headed = {_plain(column.name): column for column in reversed(written)}
    columns = {
        name: headed[known[0]]
        for name in (*needed, *more)
        if (known := [alias for alias in (name, *ALIASES.get(name, ())) if alias in headed])
    }
    if missing := [name for name in needed if name not in columns]:
        raise ListFileError(
            f"{path} lacks the column {' and '.join(missing)}; it has {', '.join(c.name for c in written) or 'none'}. "
            f"The first line must name at least {', '.join(needed)}."
        )
    used = {column.sql for column in columns.values()}
    return ListFile(source, columns, tuple(column.name for column in written if column.sql not in used and column.name.strip()))


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What DuckDB cannot read of the file becomes a ListFileError."""
    try:
        yield
    except duckdb.Error as error:
        form = "Parquet" if is_parquet(path) else "CSV"
        raise ListFileError(f"{path} cannot be read as {form}: {'; '.join(str(error).splitlines()[:_TOLD])}") from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """What keeps a file from being written becomes a ListFileError."""
    try:
        yield
    except (duckdb.IOException, OSError) as error:
        why = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise ListFileError(
            f"{path} cannot be written: {why}. Give a file in a folder of yours, with room on its disk."
        ) from error


def check_outputs(written: Sequence[Path], read: Sequence[Path]) -> None:
    """Nothing that is read is written over, and what is written has a form and a folder. Raises ListFileError."""
    for path in written:
        if path.suffix.lower() not in (".csv", *PARQUET):
            raise ListFileError(f"{path}: what is written is CSV or Parquet; give a name that ends in .csv or .parquet.")
        if path.is_dir() or not path.parent.is_dir():
            raise ListFileError(
                f"{path} cannot be written: {'it is a' if path.is_dir() else 'it lies in no'} folder. Give a file in one."
            )
        if path.resolve() in [given.resolve() for given in read]:
            raise ListFileError(f"{path} is one of the files to be read and would be lost; give another name.")
    if len({path.resolve() for path in written}) < len(written):
        raise ListFileError(f"{written[0]} is to hold two tables; give each a file of its own.")


def country_code(sql: str) -> str:
    """SQL for the code of a country that a list spells as it likes; what is no spelling we know stays."""
    plain = f"regexp_replace(upper({sql}), '[^A-Z]', '', 'g')"
    codes = " ".join(
        f"WHEN {plain} IN ({', '.join(map(literal, (code, *names)))}) THEN {literal(code)}" for code, names in COUNTRIES.items()
    )
    return f"CASE WHEN {sql} IN ({', '.join(map(literal, COUNTRIES))}) THEN {sql} {codes} ELSE {sql} END"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _named(path: Path) -> str:
    """A path in SQL: of `members[1].csv` DuckDB would read `members1.csv`, and of `*.csv` every neighbour."""
    return literal(re.sub(r"[\[*?]", lambda sign: f"[{sign[0]}]", str(path)))


def _parquet(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[str, list[ListColumn]]:
    source = f"read_parquet({_named(path)})"
    described = con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    return source, [ListColumn(name, identifier(name), kind) for name, kind, *_ in described]


def _csv(path: Path) -> tuple[str, list[ListColumn]]:
    """Only the separator is guessed, from the header: guesses about rows drop some without a word."""
    try:
        with path.open("rb") as start:
            begins = start.read(2)
        if begins in _FOREIGN:
            raise ListFileError(f"{path} cannot be read as CSV: it is {_FOREIGN[begins]}. Save it as CSV UTF-8.")
        with path.open(encoding="utf-8-sig", newline="") as lines:
            first = lines.readline()
            # The first line by which a spreadsheet is told what parts the cells.
            told = re.fullmatch(rf'"?sep=([{SEPARATORS}])"?', first.strip(), re.IGNORECASE)
            first = lines.readline() if told else first
    except UnicodeDecodeError as error:
        raise ListFileError(f"{path} cannot be read as CSV: it is not UTF-8 ({error}). Save it as CSV UTF-8.") from error
    separator = told[1] if told else max(SEPARATORS, key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))
    names = next(csv.reader([first], delimiter=separator), [])
    written = [ListColumn(name, f"c{number}", "VARCHAR") for number, name in enumerate(names)]
    columns = ", ".join(f"{column.sql}: 'VARCHAR'" for column in written)
    source = f"""read_csv({_named(path)}, columns = {{{columns}}}, delim = {literal(separator)},
        quote = '"', escape = '"', header = true, skip = {int(told is not None)}, auto_detect = false)"""
    return source, written
