"""What the run says at its end, for a person: what was read, merged and ranked, the ten best, where everything lies."""

from __future__ import annotations

import json
import os
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table
from rich.text import Text

from assets.entities import decision_file
from assets.entities.decisions import of_known_records, read_decisions
from warehouse import versions

_REGISTERS = """
SELECT register_title, read_count, kept_count, rejected_count, fetch_status, message
FROM meta.source_run ORDER BY source, file_number
"""
_TEN = """
SELECT rank_in_region, explanation FROM mart.opportunity
WHERE region_name = ? AND scope = 'cross_sector' AND rank_in_region <= 10 ORDER BY 1
"""


def show(console: Console, root: Path, run_seconds: float | None = None) -> None:
    """Prints the summary of the last published version under `root`. Raises FileNotFoundError where there is none."""
    database = versions.current(versions.link_of(root, "warehouse"))
    if database is None:
        raise FileNotFoundError(f"nothing is published under {root} yet; run `partners run` first")
    con = duckdb.connect(str(database), read_only=True)
    try:
        _registers(console, con)
        _counts(console, con)
        _unheeded(console, con, root / "people" / decision_file.FILE)
        _best(console, con)
    finally:
        con.close()
    _places(console, root, run_seconds)


def show_unchanged(console: Console, root: Path, run_seconds: float) -> None:
    """Says that tonight's registers are those of the published version, and where that lies."""
    checked = json.loads((root / "checked.json").read_text("utf-8"))
    console.print(
        f"No register has changed since version [bold]{checked['version']}[/bold]; it stands. "
        "(`partners run --anew` makes a new one in any case.)\n"
    )
    _places(console, root, run_seconds)


def _registers(console: Console, con: duckdb.DuckDBPyConnection) -> None:
    table = Table(title="Read", title_justify="left", box=None, pad_edge=False, title_style="bold")
    for column, align in (
        ("register", "left"),
        ("rows", "right"),
        ("kept", "right"),
        ("set aside", "right"),
        ("state", "left"),
    ):
        table.add_column(column, justify=align)  # type: ignore[arg-type]
    found = con.execute(_REGISTERS).fetchall()
    for title, read, kept, rejected, status, _ in found:
        state = {
            "fetched": "fetched",
            "not_modified": "unchanged",
            "local_file": "local file",
            "last_good": "LAST GOOD",
            "missing": "MISSING",
        }.get(status, status)
        table.add_row(Text(title), f"{read:,}", f"{kept:,}", f"{rejected:,}", Text(state))
    console.print(table)
    for title, *_, message in found:
        if message:
            console.print(Text.assemble(("  " + title, "bold"), f": {message}"))


def _one(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _counts(console: Console, con: duckdb.DuckDBPyConnection) -> None:
    records = _one(con, "SELECT count(*) FROM core.organisation_record")
    bodies = _one(con, "SELECT count(*) FROM core.organisation WHERE record_count > 0")
    matches = _one(con, "SELECT count(*) FROM core.match_evidence WHERE decision = 'match'")
    review = _one(con, "SELECT count(*) FROM core.match_evidence WHERE decision = 'review'")
    console.print(
        f"\n[bold]Merged[/bold]  {records:,} records are {bodies:,} organisations ({matches:,} pairs matched, {review:,} left "
        "for a person to judge)."
    )
    unplaced = _one(con, "SELECT failed_count FROM meta.quality_check WHERE check_name = 'place_known'")
    if unplaced:
        console.print(
            f"[bold]Placed[/bold]  {unplaced:,} records have a postcode in no table of places; only their city can tell where "
            "they are."
        )
    cross_sector = "mart.opportunity WHERE scope = 'cross_sector'"
    businesses = _one(con, f"SELECT count(DISTINCT business_id) FROM {cross_sector}")
    partners = _one(con, f"SELECT count(DISTINCT partner_organisation_id) FROM {cross_sector}")
    programmes = _one(con, f"SELECT count(DISTINCT partner_programme_id) FROM {cross_sector}")
    count = _one(con, f"SELECT count(*) FROM {cross_sector}")
    industries = _one(con, f"SELECT count(DISTINCT (region_id, industry_id)) FROM {cross_sector}")
    console.print(
        f"[bold]Ranked[/bold]  {count:,} opportunities in {industries} lists: {businesses:,} businesses, {partners:,} charities "
        f"and public bodies, {programmes:,} programmes.\n"
    )


def _unheeded(console: Console, con: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Decisions of people that do nothing, and why."""
    decisions = read_decisions(file)
    named = {record for d in (*decisions.must_link, *decisions.cannot_link) for record in d.pair}
    known = con.execute("SELECT record_id FROM core.organisation_record WHERE list_contains(?, record_id)", [sorted(named)])
    problems = of_known_records(decisions, {record for (record,) in known.fetchall()}).problems
    if problems:
        console.print(f"[bold]Decisions[/bold]  of {file.name} {len(problems):,} have no effect:")
        for problem in problems:
            console.print(Text(f"  {problem}"))
        console.print()


def _best(console: Console, con: duckdb.DuckDBPyConnection) -> None:
    for (region,) in con.execute("SELECT DISTINCT region_name FROM mart.opportunity ORDER BY 1").fetchall():
        console.print(f"[bold]The ten best in {region}[/bold]")
        for place, explanation in con.execute(_TEN, [region]).fetchall():
            console.print(Text(f"{place:>3}. {explanation}"), soft_wrap=False)
        console.print()


def _places(console: Console, root: Path, run_seconds: float | None) -> None:
    here = Path.cwd()

    def short(path: Path) -> str:
        relative = os.path.relpath(path, here)
        return str(path) if relative.startswith("..") else relative

    for label, place in (
        ("Report", short(versions.link_of(root, "report") / "index.html")),
        ("Exports", short(versions.link_of(root, "exports")) + "/"),
        ("Warehouse", f"duckdb -readonly {short(versions.link_of(root, 'warehouse'))}"),
    ):
        # Never cut or broken: people copy these.
        console.print(Text.assemble((f"{label:<11}", "bold"), place), soft_wrap=True)
    if run_seconds is not None:
        console.print(f"\nDone in {run_seconds:.0f} s.")
