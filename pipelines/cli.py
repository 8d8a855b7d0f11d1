"""The `partners` command. Every command says what it did and, where it could not, what to do next."""

from __future__ import annotations

import getpass
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.text import Text

from assets.entities import decision_file, decisions
from pipelines import (
    evaluating,
    explaining,
    match_explaining,
    match_story,
    pushing,
    ranking,
    resolving,
    snapshots_cli,
    sources_cli,
    summary,
    verifying,
)
from pipelines import review as reviewing
from pipelines import sql as asking
from pipelines.command import ProfileOption, console, errors, failed, profile_of
from pipelines.new_profile import NewProfileError, new_profile
from pipelines.nights import root_of
from pipelines.profile import Profile
from warehouse import versions

app = typer.Typer(help="Find partners for small businesses among charities, public bodies and programmes.", no_args_is_help=True)
profiles = typer.Typer(help="Chambers' profiles.", no_args_is_help=True)
app.add_typer(profiles, name="profile")
app.add_typer(sources_cli.app, name="sources")
app.add_typer(snapshots_cli.app, name="snapshots")
app.command()(resolving.resolve)
app.command()(ranking.rank)
app.command()(pushing.push)
app.command()(verifying.verify)
app.command()(evaluating.evaluate)
app.add_typer(evaluating.app, name="weights")


def _database(profile: Profile) -> Path:
    """The published warehouse; ends the command where there is none yet."""
    database = versions.current(versions.link_of(root_of(profile), "warehouse"))
    if database is None:
        raise failed("Nothing is published yet; run `partners run` first.")
    return database


@contextmanager
def _published(profile: Profile) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published warehouse, opened read-only."""
    with duckdb.connect(str(_database(profile)), read_only=True) as con:
        yield con


@app.command()
def run(
    profile: ProfileOption = "practice",
    as_of: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Date the run speaks for (default: today).")
    ] = None,
    anew: Annotated[bool, typer.Option("--anew", help="Make a new version although no register has changed.")] = False,
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody: use the registers as they were on the date of --as-of.")
    ] = False,
    accept_fewer: Annotated[
        bool, typer.Option("--accept-fewer", help="Publish although more than half of what was published is gone.")
    ] = False,
) -> None:
    """Fetch, merge, rank, audit and publish; ends with what was found."""
    from pipelines.run import run_nightly  # Dagster takes a second to import; other commands need not wait for it

    chosen = profile_of(profile)
    started = time.monotonic()
    console.print(f"Running [bold]{chosen.name}[/bold] for {chosen.chamber} …")
    outcome = run_nightly(chosen, _day(as_of), console, anew=anew, offline=offline, accept_fewer=accept_fewer)
    if not outcome.success:
        errors.print(Text("The run failed; what was published before is untouched.", style="bold red"))
        for failure in outcome.failures:
            errors.print(Text(f"  {failure}"))
        raise typer.Exit(1)
    if outcome.nothing_changed:
        summary.show_unchanged(console, outcome.root, time.monotonic() - started)
    else:
        summary.show(console, outcome.root, time.monotonic() - started)
    if not offline and not pushing.show(console, chosen):
        raise typer.Exit(pushing.NOT_ARRIVED)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


@app.command()
def show(profile: ProfileOption = "practice") -> None:
    """Print the summary of the last published version again."""
    try:
        summary.show(console, root_of(profile_of(profile)))
    except FileNotFoundError as error:
        raise failed(str(error)) from None


@app.command()
def explain(
    opportunity_id: Annotated[str | None, typer.Argument(help="Id of a published opportunity.")] = None,
    why_not: Annotated[
        tuple[str, str] | None, typer.Option(help="Ids of a business and a partner that are not put together.")
    ] = None,
    profile: ProfileOption = "practice",
) -> None:
    """Take a score apart down to the records, or say why two bodies are not put together."""
    with _published(profile_of(profile)) as con:
        if why_not:
            console.print(Text(explaining.why_not(con, *why_not)))
        elif opportunity_id:
            try:
                explaining.explain(console, con, opportunity_id)
            except LookupError as error:
                raise failed(str(error.args[0])) from None
        else:
            raise failed("Give an opportunity id, or --why-not BUSINESS PARTNER.", 2)


@app.command()
def sql(
    query: Annotated[str | None, typer.Argument(help="A query; `-` or nothing reads it from standard input.")] = None,
    profile: ProfileOption = "practice",
    form: Annotated[asking.Format, typer.Option("--format", "-f", help="How to write the answer.")] = asking.Format.table,
    limit: Annotated[int, typer.Option(min=1, help="Rows of a table; CSV and JSON have all.")] = 100,
) -> None:
    """Ask the published warehouse one question in SQL; nothing can be changed by it."""
    database = _database(profile_of(profile))
    try:
        with asking.asked(database, asking.read_query(query)) as answer:
            more = asking.write(answer, form, limit)
    except asking.QueryError as error:
        raise failed(str(error)) from None
    if more:
        errors.print(f"… and {more:,} rows more; `--limit {limit + more}` shows them all.")


@app.command("explain-match")
def explain_match(
    one: Annotated[str, typer.Argument(metavar="A", help="Id of a record or an organisation.")],
    other: Annotated[str, typer.Argument(metavar="B", help="Id of another.")],
    profile: ProfileOption = "practice",
) -> None:
    """Say whether two records are one organisation, and what speaks for it and against it."""
    chosen = profile_of(profile)
    with _published(chosen) as con:
        try:
            said = decisions.read_decisions(_decision_file(chosen))
            pair = match_story.chosen_pair(con, one, other)
            if set(pair) != {one, other}:
                console.print(Text(f"Of their records, the pair that tells most: {pair[0]} and {pair[1]}.\n"))
            match_explaining.explain_match(console, match_story.match_story(con, *pair, said))
        except (LookupError, decision_file.DecisionsFileError) as error:
            raise failed(str(error.args[0])) from None


@app.command()
def review(
    profile: ProfileOption = "practice",
    limit: Annotated[int | None, typer.Option(min=1, help="Pairs to go through (default: all).")] = None,
    who: Annotated[str | None, typer.Option(help="Name to sign decisions with (default: the login name).")] = None,
) -> None:
    """Judge the pairs a run left open, one key a pair; answers apply from the next run."""
    chosen = profile_of(profile)
    signed = (who or "").strip() or _login_name()
    with _published(chosen) as con:
        today = datetime.now(UTC).date()
        try:
            reviewing.review(console, con, _decision_file(chosen), who=signed, today=today, limit=limit)
        except decision_file.DecisionsFileError as error:
            raise failed(str(error)) from None


def _decision_file(profile: Profile) -> Path:
    return root_of(profile) / "people" / decision_file.FILE


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a number without a name; KeyError before Python 3.13
        raise failed("This system has no name for you; give --who NAME.", 2) from None


@profiles.command("check")
def check(profile: Annotated[str, typer.Argument(help="Name or path of a profile.")]) -> None:
    """Read a profile and say whether it can be used."""
    chosen = profile_of(profile)
    console.print(
        f"{chosen.name}: {len(chosen.regions)} region(s), sources {', '.join(s.name for s in chosen.sources)}. In good order."
    )
    for line in pushing.plan(chosen):
        console.print(Text(line), soft_wrap=True)


@profiles.command("new")
def new(
    code: Annotated[
        str, typer.Argument(help="Official code: a US county 05119, a US state US-AR, a British district E08000012.")
    ],
    name: Annotated[str | None, typer.Option(help="What people call the chamber (default: the place's name).")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write (default: named after the chamber).")
    ] = None,
) -> None:
    """Write the profile of a place: its codes and towns, the registers that cover it, what is left to fill in."""
    try:
        made = new_profile(code, name, output)
    except NewProfileError as error:
        raise failed(str(error), 2) from None
    file = shlex.quote(str(made.path))
    console.print(Text(f"Wrote {made.path}: {made.place.name} ({made.place.code})."), soft_wrap=True)
    if not made.lists_businesses:
        todo = "No public register lists its businesses: add a licence file or members where the file says BUSINESSES."
        console.print(todo, soft_wrap=True)
    console.print(Text(f"Next:\n  partners profile check {file}\n  partners run --profile {file}"), soft_wrap=True)


if __name__ == "__main__":
    app()
