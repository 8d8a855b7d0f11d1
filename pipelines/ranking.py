"""`partners rank`: which businesses and partners of two lists should meet, without profile or warehouse. No logic."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from assets.ranking.files import rank_files
from assets.ranking.picking import Caps
from warehouse.lists import ListFileError

#: `--top all`: every pair, by score alone.
EVERY = "all"
ALONE = (
    "businesses have no partner here: their kind has nothing that partners use (a pawnbroker, say), they are closed, or all who "
    "would fit are taken."
)
DOUBTED = (
    "ids stand in both lists for different names and are taken for different bodies. If they are one, give them one name; if "
    "--precedents names such ids, number one list otherwise."
)


def rank(
    businesses: Annotated[Path, typer.Option(help="CSV or Parquet of businesses: id, name and any other known columns")],
    partners: Annotated[Path, typer.Option(help="CSV or Parquet of charities and public bodies, same columns")],
    output: Annotated[Path, typer.Option(help="where to write the pairs (.csv or .parquet)")],
    precedents: Annotated[
        Path | None, typer.Option(help="known partnerships, grants and awards: from_id, to_id, kind, date, amount")
    ] = None,
    top: Annotated[str, typer.Option(help="partners per business, or `all` for every pair")] = "10",
    per_resource: Annotated[int, typer.Option(min=0, help="in one list, at most so many that give the same thing; 0: any")] = 5,
    per_kind: Annotated[int, typer.Option(min=0, help="in one list, at most so many partners of one kind; 0: any")] = 1,
    per_partner: Annotated[int, typer.Option(min=0, help="put one partner into at most so many lists; 0: any")] = 0,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="day for which accounts are judged")] = None,
) -> None:
    """Rank the partners of every business of a list, and say why.

    Columns read where present: id, name, sector, country, sic, naics, ntee, icnptso, ukcat, class_text, description, postcode,
    latitude, longitude, income_gbp, income_usd, employees, status, started_on, last_filed_on.

    In a CSV a text that a spreadsheet would run as a formula has a single quote put before it; Parquet has texts as they were.
    """
    console = Console(stderr=True, highlight=False)
    if top != EVERY and not (top.isdecimal() and int(top) > 0):
        console.print(f"--top {top}: expected a number of 1 or more, or `{EVERY}`", markup=False, style="red")
        raise typer.Exit(2)
    wanted = None if top == EVERY else int(top)
    try:
        ranked = rank_files(
            businesses,
            partners,
            output,
            precedents,
            wanted,
            caps=Caps(wanted or 0, per_resource, per_kind, per_partner),
            as_of=as_of.date() if as_of else None,
            tell=lambda text: console.print(f"  {text}", markup=False),
        )
    except ListFileError as error:
        console.print(str(error), markup=False, style="red")
        raise typer.Exit(2) from error
    for count, side in zip(ranked.unknown, ("businesses", "partners"), strict=True):
        if count:
            console.print(
                f"  Of {count:,} {side} nothing says what kind of body they are; a class code, class_text or description would.",
                markup=False,
            )
    for count, says in ((ranked.alone, ALONE), (ranked.doubted, DOUBTED)):
        if count:
            console.print(f"  {count:,} {says}", markup=False)
    console.print(
        f"{ranked.pairs:,} pairs of {ranked.businesses:,} businesses and {ranked.partners:,} partners, written to {output}",
        markup=False,
    )
