"""The hand-written words are British; an American reads American ones, and nobody's name is changed."""

from __future__ import annotations

import duckdb
import pytest

from assets.organisations.reference import rows
from assets.ranking import dialect, ontology


@pytest.mark.parametrize(
    ("british", "said"),
    [
        ("charity shop", "thrift shop"),
        ("sells goods in two charity shops", "sells goods in two thrift shops"),
        ("counselling centre", "counseling center"),
        ("drive aid lorries abroad with volunteer crews", "drive aid trucks abroad with volunteer crews"),
        ("unsold bread and cakes", "unsold bread and cakes"),
        ("concentres", "concentres"),
    ],
)
def test_words_are_changed_whole_and_the_longest_first(british: str, said: str) -> None:
    assert dialect.american(british) == said
    assert dialect.american(said) == said


@pytest.mark.parametrize(
    ("km", "british", "american"),
    [
        (0.2, "about 1 km away", "about 1 mile away"),
        (1.6, "about 2 km away", "about 1 mile away"),
        (10.0, "about 10 km away", "about 6 miles away"),
    ],
)
def test_a_distance_is_in_kilometres_or_miles(km: float, british: str, american: str) -> None:
    assert dialect.far(km, "GB") == dialect.far(km, None) == british
    assert dialect.far(km, "US") == american


def test_sql_says_the_same_as_python() -> None:
    with duckdb.connect() as con:
        ontology.as_tables(con)
        names = [row["activity_name"] for row in rows("sources.reference", "activities.csv")]
        ontology.put_table(con, "activity", [{"activity_name": name} for name in names])
        dialect.as_macros(con)
        said = con.execute(
            "SELECT words, said_in('US', words), said_in('GB', words), far_in('US', 8), far_in('GB', 8) "
            "FROM (SELECT words FROM offer UNION ALL SELECT activity_name FROM activity)"
        ).fetchall()
    assert len(said) > len(names)
    for words, american, british, miles, km in said:
        assert (american, british) == (dialect.american(words), words)
        assert (miles, km) == (dialect.far(8, "US"), dialect.far(8, "GB"))
    assert any(american != words for words, american, *_ in said)
    assert said_twice(dialect._book()) == []


def said_twice(book: dict[str, str]) -> list[str]:
    """British words whose American ones would be changed again."""
    return [british for british, american in book.items() if dialect.american(american) != american]
