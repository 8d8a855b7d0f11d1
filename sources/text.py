"""Text cells of registers in plain words: HTML stripped, white space collapsed, whole amounts of money, ISO days.

Belongs here: what several registers write in the same way. Does not: code lists or placeholders of one register.
"""

from __future__ import annotations

import html
import re
from datetime import date, datetime

import lxml.etree
import lxml.html

#: Some registers escape their HTML twice (`&amp;lt;p&amp;gt;`); more often than that is somebody's text about HTML.
_UNESCAPES = 2

#: A cell: text, or a number where a JSON register writes one.
Cell = str | int | float | None

_TAG = re.compile(r"</?[a-zA-Z!][^>]*>")
#: Where an element of its own line begins or ends: the words on both sides are two words.
_BREAK = re.compile(r"(?=</?(?:p|br|hr|li|ul|ol|dl|dt|dd|div|tr|td|th|table|h[1-6]|section|blockquote)\b)", re.IGNORECASE)
#: A whole cell that is one amount: a currency sign or code, grouped or bare digits, pence or cents.
_AMOUNT = re.compile(r"(?:[$£€]|USD|GBP|EUR)?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?")


def clean(text: Cell) -> str | None:
    """Text with white space collapsed (no-break blanks too); None where nothing is left.

    >>> clean(" Grants\\xa0for\\n shops ")
    'Grants for shops'
    """
    return " ".join(_text(text).split()) or None


def plain(markup: Cell) -> str | None:
    """The words of HTML that may be escaped once or twice over; None where there are none. Text without markup stays.

    >>> plain("&amp;lt;p&amp;gt;Shops &amp;amp;amp; stalls&amp;lt;/p&amp;gt;")
    'Shops & stalls'
    """
    text = _text(markup)
    for _ in range(_UNESCAPES):
        if not _TAG.search(text):
            text = html.unescape(text)
    if _TAG.search(text):
        # lxml rather than Beautiful Soup: one register has 80,000 descriptions a day, and this takes a tenth of the time.
        page = lxml.html.fromstring(f"<div>{_BREAK.sub(' ', text.replace(chr(0), ' '))}</div>")
        lxml.etree.strip_elements(page, "script", "style", with_tail=False)
        text = lxml.etree.tostring(page, method="text", encoding="unicode")
    return clean(text)


def money(text: Cell) -> int | None:
    """Whole units of one amount, cents and pence cut off; None for anything else ('none', '', a range, a sentence).

    >>> [money(t) for t in ("$25,000,000", "£1,234.50", "none", "", "$5 to $9")]
    [25000000, 1234, None, None, None]
    """
    found = _AMOUNT.fullmatch(_text(text).strip())
    return int(found[1].replace(",", "")) if found else None


def iso_day(text: Cell) -> str | None:
    """The day an ISO date or time begins with; None where there is none or no calendar has it.

    >>> [iso_day(t) for t in ("2025-04-22 07:00:00", "2025-04-22-00-00-00", "2025-02-30", "Ongoing", None)]
    ['2025-04-22', '2025-04-22', None, None, None]
    """
    try:
        return date.fromisoformat(_text(text)[:10]).isoformat()
    except ValueError:
        return None


def us_day(text: Cell) -> str | None:
    """ISO day of a US date, `MM/DD/YYYY` or `MMDDYYYY`; None for anything else.

    >>> [us_day(t) for t in ("04222025", "04/22/2025", "22042025", "")]
    ['2025-04-22', '2025-04-22', None, None]
    """
    try:
        # A day without a time is the same day in every zone.
        return datetime.strptime(_text(text).strip().replace("/", ""), "%m%d%Y").date().isoformat()  # noqa: DTZ007
    except ValueError:
        return None


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)
