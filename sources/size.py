"""How large a charity is, told from its yearly income: one rule for every UK charity register, in Python and in SQL.

Belongs here: the edges. Does not: registers that publish a size of their own (they map its words).

The edges are those of the NCVO almanac's lower bands, in pounds: micro under 10,000, small under 100,000, medium under a
million, large above.
"""

from __future__ import annotations

#: Band -> yearly income in pounds below which it ends, smallest first; what is above the last is `large`.
EDGES = (("micro", 10_000), ("small", 100_000), ("medium", 1_000_000))


def size_band(income: int | None) -> str:
    """Band of a yearly income in pounds; `unknown` where there is none or it is below zero.

    >>> [size_band(income) for income in (None, -5, 0, 9_999, 10_000, 1_000_000)]
    ['unknown', 'unknown', 'micro', 'micro', 'small', 'large']
    """
    if income is None or income < 0:
        return "unknown"
    return next((band for band, edge in EDGES if income < edge), "large")


def size_band_sql(income: str) -> str:
    """The same as an SQL expression over `income`, an expression or column of whole pounds."""
    bands = " ".join(f"WHEN {income} < {edge} THEN '{band}'" for band, edge in EDGES)
    return f"CASE WHEN {income} IS NULL OR {income} < 0 THEN 'unknown' {bands} ELSE 'large' END"
