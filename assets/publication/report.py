"""The page a chamber's director opens in the morning: one self-contained HTML file made from the published tables.

Belongs here: putting template, style, script, words and data into one file, and the sentences around the data. Does
not: which rows are shown (`report_data.py`), how the page looks, behaves and words its codes (`report_page/`).

Register text is untrusted. It reaches the page in two ways only: through Jinja's autoescape, or as JSON with `<`, `>`
and `&` escaped, from which the script builds text nodes. A content security policy names the hashes of our own style
and script, so a browser runs nothing else and asks no server for anything.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assets.publication.report_data import ReportTables, Row

PAGE_DIR = Path(__file__).parent / "report_page"

#: The script, in the order its parts need each other.
SCRIPTS = ("dom.js", "card.js", "page.js")

#: Below this a cell of the coverage table is marked thin: four names are known by heart, not a choice to be ranked.
THIN_BELOW = 5

#: What a card says of a register it rests on.
CREDIT = ("register_title", "attribution", "licence", "licence_url")

#: `calendar.month_name` follows the machine's locale; the page is in English.
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

#: Registers named in the opening sentence; more than this and it stops being a sentence.
NAMED_REGISTERS = 3


def write_report(tables_dir: Path, out_dir: Path, *, chamber: str, top_per_industry: int = 60) -> Path:
    """Write `index.html` for the tables in `tables_dir` (`<short name>.parquet`) and return its path.

    The page holds, for each region, the first `top_per_industry` opportunities of each industry and the first of the
    whole region. The same tables give the same bytes: run ids and wall times are not read, `as_of` is.

    Raises:
        ReportError: a table's file is missing, or `run` does not hold exactly one row.
    """
    words = yaml.safe_load((PAGE_DIR / "words.yaml").read_text(encoding="utf-8"))
    with duckdb.connect() as con:
        tables = ReportTables(con, tables_dir, top_per_industry)
        sources = [source | _freshness(source, words["fetch_status"]) for source in tables.sources()]
        regions = [
            region | {"sentence": _sentence(region, sources, tables.as_of), "coverage": tables.coverage(region["id"])}
            for region in tables.regions()
        ]
        data = {
            "regions": [{"id": region["id"], "name": region["name"]} for region in regions],
            "words": words | tables.words(),
            "activities": tables.names("activity"),
            "industries": tables.names("industry"),
            "sources": {source["source"]: {name: source[name] for name in CREDIT} for source in sources},
            **tables.opportunities(),
        }
        page = _render(
            chamber=chamber,
            as_of=_day(tables.as_of),
            regions=regions,
            sources=sources,
            thin_below=THIN_BELOW,
            shown_note=f"This page holds the first {top_per_industry} of each industry; the exports hold them all.",
            data=data,
        )
    out_dir.mkdir(parents=True, exist_ok=True)
    path = out_dir / "index.html"
    path.write_text(page, encoding="utf-8", newline="\n")
    return path


def _render(**values: object) -> str:
    environment = Environment(
        loader=FileSystemLoader(PAGE_DIR),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # A browser's JSON knows no NaN, so one in a table must stop the report here and not break the page there.
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":"), "allow_nan": False}
    style = (PAGE_DIR / "style.css").read_text(encoding="utf-8")
    script = "\n".join((PAGE_DIR / name).read_text(encoding="utf-8") for name in SCRIPTS)
    return environment.get_template("page.html").render(
        **values,
        style=Markup(style),  # noqa: S704 - our own file, no data in it
        style_hash=_csp_hash(style),
        script=Markup(script),  # noqa: S704 - our own file, no data in it
        script_hash=_csp_hash(script),
    )


def _csp_hash(text: str) -> str:
    """Hash by which a content security policy allows one inline block: https://www.w3.org/TR/CSP3/#grammardef-hash-source"""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _day(day: date) -> str:
    """A date in words: 21 November 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


def _sentence(region: Row, sources: Sequence[Row], as_of: date) -> str:
    """The one sentence at the top of the page."""
    titles = [source["register_title"] for source in sources if source["kept_count"]]
    named, rest = titles[:NAMED_REGISTERS], len(titles) - NAMED_REGISTERS
    parts = [*named, _counted(rest, "other register", "other registers")] if rest > 0 else named
    registers = " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
    return (
        f"On {_day(as_of)}, {region['name']} has {_counted(region['business_count'], 'business', 'businesses')}, "
        f"{_counted(region['partner_count'], 'partner', 'partners')} for them and "
        f"{_counted(region['opportunity_count'], 'opportunity', 'opportunities')} to look at"
        + (f", from {registers}." if registers else ".")
    )


def _freshness(source: Row, status_words: Row) -> Row:
    """How fresh a register is, in words; `stale_words` is None where there is nothing to warn of."""
    status = ", ".join(status_words[code]["name"] for code in source["fetch_statuses"])
    day = _day(source["fetched_on"]) if source["fetched_on"] else "Day not known"
    stale = None
    if source["kept_count"] == 0:
        stale = "Nothing could be read from this register, so nothing on this page rests on it."
    elif source["stale_days"] > 0:
        days = _counted(source["stale_days"], "day", "days")
        stale = f"Last fetched in good order {days} before this report; later changes are not on this page."
    return {"fetched_words": f"{day} ({status})", "stale_words": stale}
