"""The audit: every rule of `rules.py` run on the finished Parquet files, everything wrong reported at once.

Belongs here: opening the files, counting what breaks a rule, and saying so. Does not: the rules, nor mending what is
wrong (the stage that wrote the table does that).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from assets.publication import floors
from assets.publication.rule import Rule
from assets.publication.rules import PRODUCT_RULES, registry_rules
from warehouse import parquet
from warehouse.columns import COLUMNS
from warehouse.model import Table
from warehouse.tables import BY_NAME, TABLES

#: Written from the audit's own findings, so it cannot be judged by them.
OWN_RESULT = "meta.quality_check"


@dataclass(frozen=True)
class Finding:
    """What became of one rule; a row of `meta.quality_check`."""

    check_name: str
    table_name: str
    severity: str
    passed: bool
    failed_count: int
    detail: str


class AuditFailed(Exception):
    """At least one rule of severity `error` does not hold; the message lists all of them. Nothing may be published."""

    def __init__(self, failures: Sequence[Finding]) -> None:
        lines = [f"- {finding.table_name}, {finding.check_name}: {finding.detail}" for finding in failures]
        super().__init__(
            f"{len(failures)} checks failed and nothing was published; the version before stays. "
            "Mend the stage that wrote the table, or the profile, and run again.\n" + "\n".join(lines)
        )
        self.failures = tuple(failures)


def audit(tables_dir: Path, published: Path | None = None, *, accept_fewer: bool = False) -> list[Finding]:
    """Check every table of the registry and every rule of the product; one finding each, passed or not.

    `published` is the warehouse that would be replaced; to hold far less than it is a fault unless `accept_fewer`.
    A missing or unreadable file is a finding too; rules that need it then fail as "not checked".
    """
    findings: list[Finding] = []
    with parquet.connect() as con:
        for table in TABLES:
            if table.name != OWN_RESULT:
                findings.append(open_table(con, table, parquet.path_of(tables_dir, table)))
        floors.count_published(con, published)
        findings += [check(con, rule) for rule in (*all_rules(), floors.rule(accept_fewer=accept_fewer))]
    return sorted(findings, key=lambda finding: (finding.table_name, finding.check_name))


def all_rules() -> list[Rule]:
    """The registry's rules for every table but the audit's own result, then the product's. Not the floors."""
    return [
        *(rule for table in TABLES if table.name != OWN_RESULT for rule in registry_rules(table)),
        *PRODUCT_RULES,
    ]


def require_passed(findings: Sequence[Finding]) -> None:
    """Raise `AuditFailed` with every failed finding of severity `error`."""
    failures = [finding for finding in findings if not finding.passed and finding.severity == "error"]
    if failures:
        raise AuditFailed(failures)


def write_quality_check(findings: Sequence[Finding], path: Path) -> int:
    """Write the findings as `meta.quality_check` and return their number."""
    return parquet.write_rows([asdict(finding) for finding in findings], BY_NAME[OWN_RESULT], path)


def open_table(con: duckdb.DuckDBPyConnection, table: Table, path: Path) -> Finding:
    """Make one file readable under its table's name if it has the registry's columns and types."""
    expected = {name: COLUMNS[name].type for name in table.columns}
    if not path.is_file():
        return _finding("columns", table.name, "error", 1, f"{path.name} is missing")
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {parquet.read_sql(path)}").fetchall()
    except duckdb.Error as error:
        return _finding("columns", table.name, "error", 1, f"{path.name} cannot be read: {error}")
    found = {str(row[0]): str(row[1]) for row in described}
    wrong = [
        f"{name} is {found.get(name, 'missing')}, expected {expected.get(name, 'no such column')}"
        for name in sorted({*found, *expected})
        if found.get(name) != expected.get(name)
    ]
    if wrong:
        return _finding("columns", table.name, "error", len(wrong), "; ".join(wrong))
    parquet.create_view(con, table, path)
    return _finding("columns", table.name, "error", 0, f"holds: the {len(expected)} columns of the registry")


def check(con: duckdb.DuckDBPyConnection, rule: Rule) -> Finding:
    """Run one rule on the tables open in `con`: count what breaks it and show the first three, ordered as text."""
    sql = f"""
WITH failed AS MATERIALIZED ({rule.sql}
) SELECT (SELECT count(*) FROM failed), list(example ORDER BY example)
FROM (SELECT DISTINCT coalesce(example, 'NULL') AS example FROM failed ORDER BY example LIMIT 3)"""
    try:
        count, examples = con.execute(sql).fetchall()[0]
    except duckdb.CatalogException as error:
        reason = str(error).splitlines()[0]
        return _finding(rule.check_name, rule.table_name, rule.severity, 1, f"not checked: {reason}")
    detail = f"expected: {rule.meaning}; broken by {count}, e.g. {'; '.join(examples)}" if count else f"holds: {rule.meaning}"
    return _finding(rule.check_name, rule.table_name, rule.severity, count, detail)


def _finding(check_name: str, table_name: str, severity: str, failed_count: int, detail: str) -> Finding:
    return Finding(check_name, table_name, severity, failed_count == 0, failed_count, detail)
