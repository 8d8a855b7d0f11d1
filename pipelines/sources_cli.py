"""`partners sources …`: which registers there are, what one of them gives, and a start for a new one."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from rich.table import Table
from rich.text import Text

from assets.snapshots.store import SnapshotStore
from assets.snapshots.take import TakenFile, take
from pipelines.command import console, failed, profile_of
from pipelines.nights import code_version
from pipelines.profile import ProfileError, Source
from pipelines.scaffold import ScaffoldError, scaffold
from sources.catalogue import registers
from sources.frame import read_register
from sources.http import PoliteSession
from sources.register import ReadReport, Register, RegisterError, TablesRegister

app = typer.Typer(help="Registers.", no_args_is_help=True)

#: Records shown by `check`.
_SAMPLES = 5
#: Set-aside rows shown by `check`.
_REJECTS = 10


@app.command("list")
def list_sources(
    profile: Annotated[str | None, typer.Option("--profile", "-p", help="Mark those a profile uses.")] = None,
) -> None:
    """Every register the project knows: what it yields, its licence and how often it changes."""
    used = {source.name for source in profile_of(profile).sources} if profile else set()
    table = Table(box=None, pad_edge=False)
    for column in ("name", "register", "yields", "licence", "changes", *(["used"] if profile else [])):
        table.add_column(column)
    for name, register in sorted(registers().items()):
        cells = [name, register.title, register.yields, register.licence, register.cadence]
        table.add_row(*(Text(c) for c in cells), *(["yes" if name in used else ""] if profile else []))
    console.print(table)


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="Name of a register, see `partners sources list`.")],
    path: Annotated[
        str | None, typer.Option(help="A file downloaded by hand; with {table} in it for a register of several tables.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="An address other than the register's own.")] = None,
    option: Annotated[list[str] | None, typer.Option(help="An option of the register, as key=value; may be repeated.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", "-p", help="Take address and options from a profile.")] = None,
) -> None:
    """Fetch or read one register, and show counts, how often each field is known, rows set aside and five records."""
    source = _source(name, path, url, dict(o.split("=", 1) for o in option or [] if "=" in o), profile)
    with tempfile.TemporaryDirectory() as folder:
        try:
            taken = _take(source, Path(folder))
            for number, (slots, file) in enumerate(_readable(source.register, taken), start=1):
                into = Path(folder) / f"{number}.parquet"
                report = read_register(source.register, file, source.options, into)
                _show(source.register, slots, report, into)
        except (RegisterError, ProfileError) as error:
            raise failed(str(error)) from None


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Short name, as in `food_banks`.")],
    root: Annotated[Path, typer.Option(help="Checkout of the project.")] = Path(),
) -> None:
    """Start a new register: a module with its metadata and parse, a sample file and a test that reads it."""
    try:
        written = scaffold(name, root)
    except ScaffoldError as error:
        raise failed(str(error), 2) from None
    for file in written:
        console.print(f"wrote {file}")
    console.print(
        f"Next: describe the register in sources/{name}.py, add `{name}` to MODULES in sources/catalogue.py, then run "
        f"`partners sources check {name} --path FILE`. docs/sources.md leads through it."
    )


def _source(name: str, path: str | None, url: str | None, options: dict[str, Any], profile: str | None) -> Source:
    if profile is not None:
        found = [s for s in profile_of(profile).sources if s.name == name]
        if not found:
            raise failed(f"the profile {profile} has no source {name}", 2)
        return found[0]
    try:
        # Looking at one file binds nobody, so the question of share-alike does not arise.
        return Source(name=name, path=path, url=url, options=options, share_alike=True)
    except ValueError as error:
        raise failed(str(error), 2) from None


def _take(source: Source, folder: Path) -> list[TakenFile]:
    """The source's files, fetched or copied into a store that lasts as long as the command."""
    now = datetime.now(UTC)
    http = PoliteSession(code_version(), private_hosts=set(source.private_hosts))
    taken = take(
        source.register, source.files(), store=SnapshotStore(folder), http=http, as_of=now.date(), now_utc=now,
        options={**source.options, "as_of": now.date().isoformat()},
        allowed_hosts=(*source.register.allowed_hosts, *source.allowed_hosts),
    )  # fmt: skip
    for file in taken:
        if file.path is None:
            raise failed(file.message or f"{file.slot}: nothing came")
    return taken


def _readable(register: Register, taken: list[TakenFile]) -> list[tuple[str, Any]]:
    """(what it is, file or table -> file) for each thing that is read at once."""
    paths = {file.slot: file.path for file in taken}
    return [("all tables", paths)] if isinstance(register, TablesRegister) else list(paths.items())


def _show(register: Register, what: str, report: ReadReport, rows: Path) -> None:
    left_out = sum(report.outside.values())
    console.print(
        f"[bold]{register.title}[/bold] ({what}): {report.read:,} rows read, {report.kept:,} kept, {len(report.rejected):,} set "
        f"aside, {left_out:,} left out."
    )
    for why, count in report.outside.items():
        console.print(Text(f"  left out: {count:,} {why}"))
    for row in report.rejected[:_REJECTS]:
        console.print(Text(f"  row {row.row_number} ({row.native_id or 'no id'}): {row.rule}"))
    if report.unknown_columns:
        console.print(Text(f"  columns the module does not know: {', '.join(report.unknown_columns)}", style="yellow"))
    console.print("Known in how many rows:")
    for field, count in report.filled.items():
        share = count / report.kept if report.kept else 0.0
        console.print(Text(f"  {field:<20}{share:7.1%}"))
    with duckdb.connect() as con:
        found = con.execute("SELECT * FROM read_parquet(?) ORDER BY native_id LIMIT ?", [str(rows), _SAMPLES])
        columns = [column[0] for column in found.description or []]
        for number, record in enumerate(found.fetchall(), start=1):
            console.print(f"Record {number}:")
            for column, value in zip(columns, record, strict=True):
                if value not in (None, []):
                    console.print(Text(f"  {column:<20}{value}"), soft_wrap=True)
