"""What a rule of the audit is. The rules themselves are in `rules.py`, `rules_of_proof.py` and `floors.py`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One thing that must hold; `sql` finds what breaks it: one column, `example`, one row for each."""

    check_name: str
    table_name: str
    meaning: str
    sql: str
    severity: str = "error"
