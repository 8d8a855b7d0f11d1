"""`partners resolve`: record linkage on files of one's own, without profile or warehouse. Reads options and prints; no logic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from assets.entities.decision_file import DecisionsFileError
from assets.entities.decisions import Decisions, read_decisions
from assets.linkage.blocking_report import BlockingReport
from assets.linkage.engine import Order
from assets.linkage.files import resolve_files
from warehouse.lists import ListFileError, check_outputs


def resolve(
    records: Annotated[list[Path], typer.Argument(help="CSV or Parquet files with record_id, name and any other known columns")],
    output: Annotated[Path, typer.Option(help="where to write record_id, organisation_id, probability (.csv or .parquet)")],
    evidence: Annotated[Path | None, typer.Option(help="where to write the pairs that matched or came near")] = None,
    overrides: Annotated[
        Path | None, typer.Option(help="must_link and cannot_link decisions, as in people/match_decisions.csv")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(min=0.01, max=0.99, help="probability from which records join; the shipped one if left out")
    ] = None,
    blocking_report: Annotated[bool, typer.Option(help="say what each family of keys found, and the estimated loss")] = False,
) -> None:
    """Find the records of one or more files that are the same organisation.

    Columns read where present: record_id, source, name, other_names, address, city, region, postcode, country, phone, website,
    lat, lon, identifiers (lists with ; between); zip, state, telephone, latitude, longitude and the like are understood.
    """
    console = Console(stderr=True)
    try:
        if overrides and not overrides.is_file():
            raise ListFileError(f"{overrides} is not there, or is no file")
        check_outputs([path for path in (output, evidence) if path], [overrides] if overrides else [])
        held = read_decisions(overrides) if overrides else Decisions()
        for problem in held.problems:
            console.print(f"{overrides}: {problem}", markup=False)
        order = Order(must_link=tuple(d.pair for d in held.must_link), cannot_link=tuple(d.pair for d in held.cannot_link))
        resolved = resolve_files(
            records,
            output,
            evidence,
            order,
            threshold,
            report=blocking_report,
            tell=lambda text: console.print(f"  {text}", markup=False),
        )
    except (ListFileError, DecisionsFileError) as error:
        console.print(str(error), markup=False, style="red")
        raise typer.Exit(2) from error
    if resolved.report:
        _print(resolved.report)
    for size in resolved.giants:
        console.print(
            f"A group of {size:,} records hangs together by likely pairs; it was cut by average linkage, so look at it.",
            markup=False,
        )
    console.print(f"{resolved.records:,} records are {resolved.organisations:,} organisations, written to {output}", markup=False)


def _print(report: BlockingReport) -> None:
    table = Table("keys", "made of", "pairs", "only here", "matches", "only here")
    for f in report.families:
        table.add_row(f.name, f.says, *(f"{n:,}" for n in (f.pairs, f.alone, f.matches, f.matches_alone)))
    console = Console()
    console.print(table)
    missed = (
        "unknown, as nothing matched"
        if report.estimated_missed is None
        else f"{report.estimated_missed:.1%} of matching pairs at least"
    )
    console.print(
        f"{report.candidates:,} candidate pairs, {report.matches:,} of them matches. Estimated loss: {missed}.", markup=False
    )
