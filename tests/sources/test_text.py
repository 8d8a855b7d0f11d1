"""Cells in plain words: HTML however often escaped, amounts, days."""

from __future__ import annotations

import pytest

from sources.text import clean, iso_day, money, plain, us_day

WORDS = {
    "&amp;lt;p&amp;gt;Weirs &amp;amp;amp; locks&amp;lt;/p&amp;gt;": "Weirs & locks",
    "&lt;p&gt;Weirs &amp;amp; locks&lt;/p&gt;": "Weirs & locks",
    "<p>Weirs</p><p>Locks &amp; mills</p>": "Weirs Locks & mills",
    "<b>Weirs</b>, lock<i>s</i><br>mills<ul><li>dams<li>fords</ul>": "Weirs, locks mills dams fords",
    "DHS S&amp;amp;T grants": "DHS S&T grants",
    "firms with <50 staff and >3 years": "firms with <50 staff and >3 years",
    "<script>alert(1)</script><style>p{}</style>Weirs<!-- and locks -->": "Weirs",
    "<p>5 &lt; 6</p>": "5 < 6",
    "</div><p>out of its box": "out of its box",
    "<?xml version='1.0' encoding='utf-8'?><p>Weirs</p>": "Weirs",
    "<p>Weirs\0and locks": "Weirs and locks",
    "\xa0Weirs\n\n and \xa0locks ": "Weirs and locks",
    "&amp;nbsp;": None,
    "<p> </p>": None,
    "": None,
    None: None,
    1845: "1845",
}
AMOUNTS = {
    "$25,000,000": 25_000_000,
    "£1,234.50": 1_234,
    "2750000": 2_750_000,
    " $ 500 ": 500,
    "0": 0,
    2_500: 2_500,
    "none": None,
    "": None,
    None: None,
    "$5M": None,
    "$5 to $9": None,
    "12,5": None,
    "up to $500": None,
}


@pytest.mark.parametrize(("markup", "words"), WORDS.items())
def test_html_comes_out_as_its_words(markup: str | None, words: str | None) -> None:
    assert plain(markup) == words


def test_nesting_without_end_gives_nothing_rather_than_a_crash() -> None:
    assert plain("<div>" * 50_000 + "deep") is None


@pytest.mark.parametrize(("text", "amount"), AMOUNTS.items())
def test_only_a_cell_that_is_one_amount_is_money(text: str | None, amount: int | None) -> None:
    assert money(text) == amount


def test_days_that_no_calendar_has_are_none() -> None:
    days = ("2025-04-22T12:00:00-00:00", "2025-04-22 07:00:00", "2025-04-22-00-00-00", "2025-02-30", "Summer 2025", "", None)
    assert [iso_day(d) for d in days] == ["2025-04-22"] * 3 + [None] * 4
    assert [us_day(d) for d in ("04222025", "04/22/2025", "02302025", "22042025", "2025-04-22", "", None)] == [
        "2025-04-22"
    ] * 2 + [None] * 5


def test_clean_keeps_signs_that_are_no_markup() -> None:
    assert clean(" a <b> &amp; c\n") == "a <b> &amp; c"
    assert clean("\xa0") is None
