"""The workbook of a region: opportunities an officer can open, filter and sort, with what they rest on.

Belongs here: sheets, headings, widths and the order of columns. Does not: how cells become a file (`xlsx.py`).

Web addresses stand as text: Excel keeps at most 65,530 links on a sheet and mends away what is beyond, and a region has more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from assets.publication.xlsx import DATE, MAX_ROWS, ONE_DECIMAL, TEXT, TWO_DECIMALS, WHOLE, Heading, Sheet, write_workbook
from warehouse import ddl

FILE = "opportunities.xlsx"


@dataclass(frozen=True)
class _Column:
    """One column of a sheet: its heading, and the SQL of its cell."""

    heading: Heading
    sql: str


def _column(title: str, sql: str, width: int = 14, kind: str = TEXT) -> _Column:
    return _Column(Heading(title, width, kind), sql)


def _list(name: str) -> str:
    return f"array_to_string({name}, ', ')"


def _web(name: str) -> str:
    """The address, where it is one of the web; a cell is no place for others."""
    return f"CASE WHEN regexp_matches({name}, '^https?://', 'i') THEN {name} END"


def _words(kind: str, tags: str) -> str:
    """Plain words of the tags of a list column, in the list's order."""
    return (
        f"array_to_string(list_transform({tags}, lambda x: "
        f"coalesce(tag_words[{ddl.literal(kind + ':')} || x], replace(x, '_', ' '))), ', ')"
    )


#: What an officer needs first stands first; ids, sources and licences come last.
OPPORTUNITIES = (
    _column("Rank", "o.rank_in_region", 7, WHOLE),
    _column("Business", "o.business_name", 30),
    _column("Industry", "o.industry_name", 24),
    _column("Partner", "o.partner_name", 34),
    _column("Partner's sector", "o.partner_sector", 13),
    _column("Score (0 to 1)", "o.score", 9, TWO_DECIMALS),
    _column("Why these two", "o.explanation", 70),
    _column("First step", "o.pilot", 45),
    _column("Business gives", 'o."give"', 28),
    _column("Business gets", 'o."get"', 28),
    _column("Settle first", _words("risk", "o.risk_flags"), 28),
    _column("Distance (km)", "o.distance_km", 10, ONE_DECIMAL),
    _column("Business city", "o.business_city"),
    _column("Business postcode", "o.business_postcode", 11),
    _column("Business website", _web("o.business_website"), 26),
    _column("Business in the register", _web("o.business_register_url"), 26),
    _column("Partner city", "o.partner_city"),
    _column("Partner postcode", "o.partner_postcode", 11),
    _column("Partner website", _web("o.partner_website"), 26),
    _column("Partner in the register", _web("o.partner_register_url"), 26),
    _column("Form of working together", "coalesce(model_name, o.collaboration_model)", 24),
    _column("About", _words("theme", "o.themes"), 22),
    _column("Could be paid for by", "funder", 34),
    _column("Evidence known (0 to 1)", "o.evidence_coverage", 10, TWO_DECIMALS),
    _column("Rank in industry", "o.rank_in_industry", 9, WHOLE),
    _column("Rank for the business", "o.rank_for_business", 9, WHOLE),
    _column("First listed", "o.first_seen", 11, DATE),
    _column("Data is days old", "o.stale_days", 9, WHOLE),
    _column("Scope", "replace(o.scope, '_', ' ')", 13),
    _column("Sources", _list("o.sources"), 24),
    _column("Licences", _list("o.licences"), 18),
    _column("Opportunity id", "o.opportunity_id", 22),
)
COVERAGE = (
    _column("Industry", "industry_name", 36),
    _column("Businesses", "business_count", 12, WHOLE),
    _column("Partners", "partner_count", 12, WHOLE),
    _column("Opportunities", "opportunity_count", 14, WHOLE),
)
PROGRAMMES = (
    _column("Programme", "title", 50),
    _column("Agency", "agency", 34),
    _column("Forms of help", _list("kinds"), 18),
    _column("Who may apply", _list("applicants"), 22),
    _column("Status", "status", 10),
    _column("Opens", "opens_on", 11, DATE),
    _column("Closes", "closes_on", 11, DATE),
    _column("Smallest award", "amount_min", 14, WHOLE),
    _column("Largest award", "amount_max", 14, WHOLE),
    _column("Currency", "currency", 9),
    _column("What it is for", "objective", 60),
    _column("Page", _web("register_url"), 34),
    _column("Source", "source", 24),
    _column("Licence", "licence", 12),
    _column("Programme id", "programme_id", 26),
)

#: (what stands from FROM on, order of the rows) of each sheet.
_OPPORTUNITY_ROWS = (
    """
FROM mart.opportunity AS o
LEFT JOIN mart.collaboration_model USING (collaboration_model)
LEFT JOIN (SELECT programme_id, title AS funder FROM core.programme) ON programme_id = o.funding_programme_id
CROSS JOIN (SELECT map(list(tag_kind || ':' || tag ORDER BY tag_kind, tag), list(tag_name ORDER BY tag_kind, tag)) AS tag_words
            FROM mart.tag)
WHERE o.region_id = $region""",
    "o.rank_in_region, o.scope DESC, o.opportunity_id",
)
_COVERAGE_ROWS = ("FROM mart.coverage WHERE region_id = $region", "industry_name, industry_id")
_PROGRAMME_ROWS = (
    """
FROM core.programme
WHERE programme_id IN (SELECT partner_programme_id FROM mart.opportunity WHERE region_id = $region)
   OR programme_id IN (SELECT funding_programme_id FROM mart.opportunity WHERE region_id = $region)""",
    "title, programme_id",
)


def write(
    con: duckdb.DuckDBPyConnection, region_id: str, path: Path, *, as_of: date, sources: Sequence[Mapping[str, Any]]
) -> int:
    """Write the workbook of a region and return the opportunities in it: all, or as many of the best as a sheet holds."""
    total, name = con.execute(
        "SELECT count(*), min(region_name) FROM mart.opportunity WHERE region_id = $region", {"region": region_id}
    ).fetchall()[0]
    sheets = [
        _about(str(name or region_id), list(_read_me(total, as_of, sources))),
        _sheet(con, "Opportunities", OPPORTUNITIES, _OPPORTUNITY_ROWS, region_id),
        _sheet(con, "Coverage", COVERAGE, _COVERAGE_ROWS, region_id),
        _sheet(con, "Programmes", PROGRAMMES, _PROGRAMME_ROWS, region_id),
    ]
    write_workbook(con, path, sheets, as_of)
    return min(total, MAX_ROWS)


def _about(name: str, lines: Sequence[tuple[str, str]]) -> Sheet:
    """The first sheet: what the workbook is, in two columns of words."""
    what, words = zip(*lines, strict=True)
    source = "FROM (SELECT unnest($what) AS what, unnest($words) AS words, generate_subscripts($what, 1) AS line)"
    headings = [Heading("Partner discovery", 24), Heading(name, 110)]
    given = {"what": list(what), "words": list(words)}
    return Sheet("Read me", headings, ["what", "words"], source, "line", given, len(lines), filtered=False)


def _sheet(
    con: duckdb.DuckDBPyConnection, title: str, columns: Sequence[_Column], rows: tuple[str, str], region_id: str
) -> Sheet:
    source, order = rows
    region = {"region": region_id}
    ((count,),) = con.execute(f"SELECT count(*) {source}", region).fetchall()
    headings, cells = [column.heading for column in columns], [column.sql for column in columns]
    return Sheet(title, headings, cells, source, order, region, min(int(count), MAX_ROWS))


def _read_me(total: int, as_of: date, sources: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(what, words) of each line of the first sheet."""
    yield "As of", as_of.isoformat()
    yield (
        "Opportunities",
        f"{total:,}, best first"
        + (
            f"; a sheet holds {MAX_ROWS:,}, so only the best of them are here. The Parquet and CSV files have them all."
            if total > MAX_ROWS
            else "."
        ),
    )
    yield (
        "What this is",
        (
            "Pairs of a local business and a charity, public body or programme that may gain from meeting, worked out from "
            "public registers. A suggestion, not advice: check both sides before you introduce them."
        ),
    )
    yield "How to use it", "Filter by industry, city or partner's sector; “Why these two” says what each could give the other."
    yield "Score", "A weighted mean of what is known, 0 to 1. “Evidence known” says how much of the evidence was there."
    yield "Distance", "Between the places as precisely as registers give them, often the middles of two postcodes."
    yield "Blank cells", "Not known. Web addresses are text; copy them into a browser."
    yield "Coverage", "What each industry of the region has to offer, thin ones included."
    yield "Programmes", "Public programmes named on the sheet of opportunities. Ask the agency before you rely on a date or sum."
    for source in sources:
        yield (
            f"Source {source['source']}",
            f"{source['register_title']}, {source['publisher']}. Licence: {source['licence']} ({source['licence_url']}). "
            f"{source['attribution']}" + (" Share alike." if source["share_alike"] else ""),
        )
