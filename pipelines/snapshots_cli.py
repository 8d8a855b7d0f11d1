"""`partners snapshots …`: what the store holds of each register, whether it is whole, and making room."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from assets.snapshots.store import SnapshotError, SnapshotStore
from pipelines.command import ProfileOption, console, errors, failed, profile_of
from pipelines.nights import AlreadyRunning, one_at_a_time, root_of

app = typer.Typer(help="Bytes kept of every register.", no_args_is_help=True)


def _store(profile: str) -> SnapshotStore:
    return SnapshotStore(root_of(profile_of(profile)) / "snapshots")


@app.command("list")
def list_snapshots(
    profile: ProfileOption = "practice",
    every: Annotated[bool, typer.Option("--all", help="Every fetch, not only the newest good one of each file.")] = False,
) -> None:
    """What there is of each register: when it came, how big it is, where from."""
    store = _store(profile)
    table = Table(box=None, pad_edge=False)
    for column, side in (("source", "left"), ("file", "left"), ("fetched (UTC)", "left"), ("how", "left"), ("bytes", "right"),
                         ("sha256", "left"), ("from", "left")):  # fmt: skip
        table.add_column(column, justify=side)  # type: ignore[arg-type]
    for source in store.sources():
        records = store.records(source)
        if not every:
            newest = {record.slot: store.latest(source, record.slot) for record in records}
            records = [snapshot.record for snapshot in newest.values() if snapshot is not None]
        for r in records:
            cells = (source, r.slot, r.fetched_at_utc, r.status, f"{r.bytes:,}", r.sha256[:12], r.url or "local file")
            table.add_row(*(Text(cell) for cell in cells))
    console.print(table)


@app.command()
def verify(profile: ProfileOption = "practice") -> None:
    """Hash every file in the store and compare; ends with 1 where something is wrong."""
    problems = _store(profile).verify()
    for problem in problems:
        errors.print(Text(problem, style="red"))
    if problems:
        raise typer.Exit(1)
    console.print("Every snapshot is whole.")


@app.command()
def prune(
    profile: ProfileOption = "practice",
    keep: Annotated[int, typer.Option(min=1, help="Newest good snapshots of each file to keep.")] = 30,
) -> None:
    """Delete all but the newest snapshots of each file; the last good one always stays."""
    try:
        with one_at_a_time(root_of(profile_of(profile))):
            deleted = _store(profile).prune(keep)
    except (AlreadyRunning, SnapshotError) as error:
        raise failed(str(error)) from None
    console.print(f"{len(deleted)} snapshot{'' if len(deleted) == 1 else 's'} deleted, {keep} of each file kept.")
