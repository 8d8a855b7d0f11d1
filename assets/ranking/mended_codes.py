"""Codes as they were before a spreadsheet or its user wrote them: "10710.0" is 10710, "1110" is 01110, "31-33" begins at 31.

Belongs here: what can be told from the column alone. Does not: what codes mean (`codes.py`); American ZIP codes without their
first zero, for which the country must be known (`placing.py`).
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

#: Column → fewest figures before a ".0" that the spreadsheet put there: in "62.0" it is part of a SIC code.
_FIGURES = {"sic": 4, "naics": 2, "postcode": 3, "company_number": 1}
#: Column → how people write its codes, and what they mean: ="10710" keeps a spreadsheet from counting; "10710/47240" are two
#: codes, "10.71/1" is one; of a span of sectors the first stands for all.
_WRITTEN = {
    "sic": ((r'[="]+', ""), (r"(\d{4,}) */ *(\d{4,})", r"\1; \2")),
    "naics": ((r'[="]+', ""), (r"\b(31|44|48)-(33|45|49)\b", r"\1"), (r"(\d{3,}) */ *(\d{3,})", r"\1; \2")),
}
#: Codes 01110 to 09900 without their first zero. Source: ONS, UK SIC 2007, sections A and B.
_LOST_ZERO = (
    r"\b((?:11[1-69]|12[1-9]|130|14[1-79]|150|16[1-4]|170|2[1-4]0|3[12][12]|5[12]0|6[12]0|710|72[19]|81[12]|89[1-39]|9[19]0)0"
    r"|162[19]|510[12])\b"
)


def mended(bodies: pa.Table) -> pa.Table:
    """The same bodies with their codes as registers write them.

    A SIC code of four figures gets its first zero back only where others in the list have five: else it is a class, and 1610 is
    sawmilling.
    """
    for column, figures in _FIGURES.items():
        text = pc.replace_substring_regex(bodies[column], rf"\b(\d{{{figures},}})\.0+\b", r"\1")
        for written, meant in _WRITTEN.get(column, ()):
            text = pc.replace_substring_regex(text, written, meant)
        if column == "sic" and pc.any(pc.match_substring_regex(text, r"\b\d{5}\b")).as_py():
            text = pc.replace_substring_regex(text, _LOST_ZERO, r"0\1")
        bodies = bodies.set_column(bodies.schema.get_field_index(column), bodies.schema.field(column), text)
    return bodies
