"""What the pages name exists: commands, make targets, tables, columns, files, profile keys, reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from pipelines.cli import app
from pipelines.definitions import build_defs
from pipelines.jobs import NIGHTLY
from pipelines.profile import Lists, Place, Profile, Publishing, Region, Schedule, Source
from warehouse.tables import BY_SHORT, TABLES
from warehouse.views import VIEWS

REPO = Path(__file__).parents[1]
PAGES = [path for path in (REPO / "README.md", REPO / "ATTRIBUTION.md", *sorted((REPO / "docs").glob("*.md"))) if path.exists()]
#: Pages whose queries tests run: what they name is known to exist.
RUN = ("history.md", "sql-cookbook.md")
COMMAND = typer.main.get_command(app)
#: Columns of each table and view.
PUBLISHED = {table.name: table.columns for table in TABLES} | {view.name: tuple(c.name for c in view.columns) for view in VIEWS}


def _code(text: str) -> Iterator[str]:
    """Everything a page sets as code, line by line: between backticks, and in fenced blocks."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, flags=re.M | re.S):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def unknown_commands(text: str) -> list[str]:
    """Calls of `partners` with a command or an option that it does not have."""
    wrong = []
    for line in _code(text):
        for call in re.findall(r"(?:^|[\s/])partners((?: +[\w.<-][^\s`|…,;)]*)+)", line.split(" #")[0]):
            command: Any = COMMAND
            for word in call.split():
                if hasattr(command, "commands"):
                    if word not in command.commands:
                        wrong.append(f"partners{call}")
                        break
                    command = command.commands[word]
                elif word.startswith("--") and not any(word in option.opts for option in command.params):
                    wrong.append(f"partners{call}: {word}")
    return wrong


def unknown_targets(text: str) -> list[str]:
    """Targets of make that the Makefile does not have."""
    known = set(re.findall(r"^([a-z][\w-]*):", (REPO / "Makefile").read_text("utf-8"), flags=re.M))
    named = [target for line in _code(text) for target in re.findall(r"(?:^|&& )make ([a-z][\w-]*)", line)]
    return [target for target in named if target not in known]


def unknown_tables(text: str) -> list[str]:
    """Tables, and columns behind a table's name, that are not published."""
    wrong = []
    for line in _code(text):
        for schema, short, column in re.findall(r"\b(core|mart|meta)\.(\w+)(?:\.(\w+))?", line):
            columns = PUBLISHED.get(f"{schema}.{short}")
            if columns is None or (column and column not in columns):
                wrong.append(".".join(part for part in (schema, short, column) if part))
        for short, column in re.findall(r"(?<![\w./])(\w+)\.(\w+)\b(?!\.)", line):
            if short in BY_SHORT and column not in (*BY_SHORT[short].columns, "parquet", "csv", "jsonl"):
                wrong.append(f"{short}.{column}")
    return wrong


def unknown_columns(text: str) -> list[str]:
    """Names in queries that no table of the query has."""
    wrong = []
    for query in re.findall(r"^```sql\n(.*?)^```", text, flags=re.M | re.S):
        bare = re.sub(r"'[^']*'|--.*", "", query)
        tables = [name for name in re.findall(r"\b(?:core|mart|meta)\.\w+", bare) if name in PUBLISHED]
        known = {column for table in tables for column in PUBLISHED[table]} | {part for t in tables for part in t.split(".")}
        named = set(re.findall(r"\b[a-z_]+_[a-z_]+\b|\b(?:score|give|get|place|name|value)\b", bare))
        wrong += sorted(named - known)
    return wrong


def unknown_paths(text: str) -> list[str]:
    """Files and folders of the checkout that are not there. Those of a data folder, or of the reader's own, are not meant."""
    rooms = ("assets/", "bench/", "docs/", "pipelines/", "sources/", "tests/", "warehouse/")
    named = {
        match
        for line in _code(text)
        for match in re.findall(r"(?<![\w/.<$-])([\w.-]+/[\w./-]*)", line)
        if match.startswith(rooms)
    }
    named |= {match for line in _code(text) for match in re.findall(r"^([A-Z]+\.md|LICEN[CS]E|Makefile)$", line)}
    own = {name for name in named if re.match(r"warehouse/(partners\.duckdb|\d{4})", name)}
    return sorted(name for name in named - own if not (REPO / name).exists())


CHECKS = (unknown_commands, unknown_targets, unknown_tables, unknown_columns, unknown_paths)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_exists(page: Path, check: object) -> None:
    assert callable(check)
    if check is unknown_columns and page.name in RUN:
        pytest.skip("its queries are run")
    assert check(page.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("`partners run`, `.venv/bin/partners profile check x.yaml`, `partners explain --why-not BUSINESS PARTNER`", []),
        ("`partners fly`", ["partners fly"]),
        ("`partners profile chekc x.yaml`", ["partners profile chekc x.yaml"]),
        ("```\npartners run --profle x\n```", ["partners run --profle x: --profle"]),
        ("`make test`", []),
        ("`make coffee`", ["coffee"]),
        ("`core.organisation`, `mart.opportunity.score`, `opportunity.parquet`", []),
        ("`core.organization`", ["core.organization"]),
        ("`mart.opportunity.points`", ["mart.opportunity.points"]),
        ("`opportunity.points`", ["opportunity.points"]),
        ("```sql\nSELECT score FROM mart.opportunity WHERE industry_id = 'x_y'\n```", []),
        ("```sql\nSELECT partner_title FROM mart.opportunity\n```", ["partner_title"]),
        ("`sources/`, `warehouse/tables.py`, `warehouse/partners.duckdb`, `LICENSE`", []),
        ("`warehouse/chairs.py`, `LICENCE`", ["LICENCE", "warehouse/chairs.py"]),
        ("no code: partners fly, core.organization, make coffee", []),
    ],
)
def test_the_search_sees_what_it_should(text: str, wrong: list[str]) -> None:
    assert [found for check in CHECKS for found in check(text)] == wrong


def _page(name: str) -> str:
    path = REPO / "docs" / name
    if not path.exists():
        pytest.skip(f"docs/{name} is not written yet")
    return path.read_text("utf-8")


def test_the_page_on_profiles_names_every_key_and_no_other() -> None:
    text = _page("profile.md")
    rows = set(re.findall(r"^\| `(\w+)` \|", text, flags=re.M))
    assert rows | {"practice"} == set(Profile.model_fields)
    for part in (Lists, Schedule, Publishing):
        assert {key for key in part.model_fields if f"`{key}`" not in text} == set()
    told = {key for line in text.splitlines() if line.startswith("| `") for key in re.findall(r"`(\w+)`", line)}
    keys = {key for part in (Profile, Region, Place, Source, Lists, Schedule, Publishing) for key in part.model_fields}
    assert told - keys - {"native_id"} == set()


def test_the_profile_shown_as_an_example_can_be_used() -> None:
    sources = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```", _page("profile.md"), flags=re.M | re.S)]
    assert sources
    for example in sources:
        assert [Source.model_validate(source).register.name for source in example["sources"]] == [
            s["name"] for s in example["sources"]
        ]


def test_the_page_on_nights_names_the_job_and_the_schedule() -> None:
    text = _page("nightly.md")
    named = set(re.findall(r"(?:schedule|job) `(\w+)`", text))
    defs = build_defs()
    assert named == {NIGHTLY, *(schedule.name for schedule in defs.schedules or [])}


def test_the_page_on_ranking_names_reasons_the_code_gives() -> None:
    text = _page("ranking.md")
    listed = re.search(r"gives the reason: (.*?)\. Conflicts", text, flags=re.S)
    assert listed is not None
    code = "\n".join(
        path.read_text("utf-8")
        for folder in ("assets/organisations", "assets/entities", "sources")
        for pattern in ("*.sql", "*.py", "*.csv")
        for path in (REPO / folder).glob(pattern)
    )
    reasons = re.findall(r"`(\w+)`", listed[1])
    assert len(reasons) > 10
    assert [reason for reason in reasons if not re.search(rf"'{reason}'|\"{reason}\"|\bbarred_{reason}\b", code)] == []
