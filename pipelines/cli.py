"""The `partners` command. Every command says what it did and, where it could not, what to do next."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipelines import summary
from pipelines.nights import root_of
from pipelines.profile import Profile, ProfileError, load_profile
from warehouse import versions

app = typer.Typer(help="Find partners for small businesses among charities, public bodies and programmes.", no_args_is_help=True)
profiles = typer.Typer(help="Chambers' profiles.", no_args_is_help=True)
app.add_typer(profiles, name="profile")

ProfileOption = Annotated[str, typer.Option("--profile", "-p", help="Name or path of a profile.", envvar="PARTNERS_PROFILE")]
console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


def _load(name: str) -> Profile:
    try:
        return load_profile(name)
    except ProfileError as error:
        errors.print(Text(str(error), style="red"))
        raise typer.Exit(2) from None


@app.command()
def run(
    profile: ProfileOption = "practice",
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date the run speaks for (default: today).")
    ] = None,
) -> None:
    """Fetch, merge, rank, audit and publish; ends with what was found."""
    from pipelines.run import run_nightly  # Dagster takes a second to import; other commands need not wait for it

    chosen = _load(profile)
    started = time.monotonic()
    console.print(f"Running [bold]{chosen.name}[/bold] for {chosen.chamber} …")
    outcome = run_nightly(chosen, _day(as_of), console)
    if not outcome.success:
        errors.print(Text("The run failed; what was published before is untouched.", style="bold red"))
        for failure in outcome.failures:
            errors.print(Text(f"  {failure}"))
        raise typer.Exit(1)
    summary.show(console, outcome.root, time.monotonic() - started)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@app.command()
def show(profile: ProfileOption = "practice") -> None:
    """Print the summary of the last published version again."""
    try:
        summary.show(console, root_of(_load(profile)))
    except FileNotFoundError as error:
        errors.print(Text(str(error), style="red"))
        raise typer.Exit(1) from None


@app.command()
def explain(
    opportunity_id: Annotated[str | None, typer.Argument(help="Id of a published opportunity.")] = None,
    why_not: Annotated[
        tuple[str, str] | None, typer.Option(help="Ids of a business and a partner that are not put together.")
    ] = None,
    profile: ProfileOption = "practice",
) -> None:
    """Take a score apart down to the records, or say why two bodies are not put together."""
    database = versions.current(versions.link_of(root_of(_load(profile)), "warehouse"))
    if database is None:
        errors.print(Text("Nothing is published yet; run `partners run` first.", style="red"))
        raise typer.Exit(1)
    con = duckdb.connect(str(database), read_only=True)
    try:
        if why_not:
            console.print(Text(_why_not(con, *why_not)))
        elif opportunity_id:
            _explain(con, opportunity_id)
        else:
            errors.print(Text("Give an opportunity id, or --why-not BUSINESS PARTNER.", style="red"))
            raise typer.Exit(2)
    finally:
        con.close()


def _explain(con: duckdb.DuckDBPyConnection, opportunity_id: str) -> None:
    found = con.execute(
        "SELECT explanation, score, pilot FROM mart.opportunity WHERE opportunity_id = ?", [opportunity_id]
    ).fetchone()
    if found is None:
        errors.print(Text(f"{opportunity_id} is not in the published version; ids begin with opp_.", style="red"))
        raise typer.Exit(1)
    console.print(Text(f"{found[0]}\nFirst step: {found[2]}\nScore {found[1]:.2f}:"))
    table = Table(box=None)
    for column in ("criterion", "value", "weight", "adds"):
        table.add_column(column, justify="left" if column == "criterion" else "right")
    criteria = con.execute(
        "SELECT criterion, sub_score, weight, contribution FROM mart.opportunity_criterion WHERE opportunity_id = ? ORDER BY contribution DESC, criterion",
        [opportunity_id],
    ).fetchall()
    for criterion, value, weight, adds in criteria:
        table.add_row(criterion, "not known" if value is None else f"{value:.2f}", f"{weight:.2f}", f"{adds:.3f}")
    console.print(table)
    facts = con.execute(
        "SELECT criterion, side, record_id, field, value, url FROM mart.opportunity_evidence WHERE opportunity_id = ? ORDER BY criterion, evidence_number",
        [opportunity_id],
    ).fetchall()
    for criterion, side, record, field, value, url in facts:
        console.print(Text(f"  {criterion:<13} {side:<9} {field} = {value}   [{record}] {url or ''}"))


def _why_not(con: duckdb.DuckDBPyConnection, business: str, partner: str) -> str:
    """The first reason that keeps a business and a partner apart, in words."""
    for organisation in (business, partner):
        row = con.execute(
            "SELECT display_name, partner_exclusion, region_id FROM core.organisation WHERE organisation_id = ?",
            [organisation],
        ).fetchone()
        if row is None:
            programme = con.execute(
                "SELECT title, partner_exclusion FROM core.programme WHERE programme_id = ?", [organisation]
            ).fetchone()
            if programme is None:
                return f"{organisation} is not in the warehouse."
            if programme[1]:
                return f"{programme[0]} is never put forward: {programme[1]}."
            continue
        if row[1]:
            return f"{row[0]} is never put forward: {row[1]}."
        if row[2] is None:
            return f"{row[0]} is not in a region of the profile."
    if con.execute(
        "SELECT 1 FROM mart.opportunity WHERE business_id = ? AND ? IN (partner_organisation_id, partner_programme_id)",
        [business, partner],
    ).fetchone():
        return "They are put together: see mart.opportunity."
    return (
        "Both may be put forward, but not together: another partner fits this business better, a conflict of mission keeps them apart, "
        "they may be one body, people/declined.csv names them, or the partner already stands in as many lists as the profile allows."
    )


@profiles.command("check")
def check(profile: Annotated[str, typer.Argument(help="Name or path of a profile.")]) -> None:
    """Read a profile and say whether it can be used."""
    chosen = _load(profile)
    console.print(
        f"{chosen.name}: {len(chosen.regions)} region(s), sources {', '.join(s.name for s in chosen.sources)}. In good order."
    )


if __name__ == "__main__":
    app()
