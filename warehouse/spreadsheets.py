"""What a CSV must mind because a spreadsheet may open it. Belongs here: that one rule, for everybody who writes CSV."""

from __future__ import annotations

#: A spreadsheet runs a cell that starts with one of these as a formula; register texts are anybody's texts.
FORMULA_START = r"^[=+@\t\r-]"
