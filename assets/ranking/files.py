"""Ranks two tables given as files and writes the pairs: what `partners rank` runs.

A CSV is made for spreadsheets like those of the nightly exports: a text that one would run as a formula has a single quote put
before it. Parquet holds the texts as they were.

Belongs here: the run, what it tells, and the columns written. Does not: reading (`reading.py`), scores (`engine.py`) or lists
(`picking.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from assets.ranking import search
from assets.ranking.edge_dates import iso_dates
from assets.ranking.engine import CRITERIA, WEIGHTS, Ints, Scorer
from assets.ranking.picking import Caps, choose
from assets.ranking.reading import read_bodies, read_edges
from assets.ranking.search import ranks
from assets.ranking.wording import Words, say
from warehouse.lists import check_outputs, is_parquet, writing
from warehouse.spreadsheets import FORMULA_START

#: Pairs worded and written in one go.
PAIRS_AT_ONCE = 100_000
WRITTEN = pa.schema(
    [("business_id", pa.string()), ("partner_id", pa.string()), ("rank", pa.int32()), ("score", pa.float64())]
    + [(criterion, pa.float64()) for criterion in CRITERIA]
    + [(c, pa.string()) for c in ("give", "get", "partnership_type", "explanation")]
    + [("evidence_coverage", pa.float64())]
)


@dataclass(frozen=True)
class Ranked:
    """What a run came to."""

    businesses: int
    partners: int
    pairs: int
    unknown: tuple[int, int]
    """Businesses and partners of which no column says what kind of body they are."""
    alone: int
    """Businesses of a known kind that no pair was written for: they have nothing to offer, are closed, or all are full."""
    doubted: int
    """Ids that stand in both lists for bodies of different names."""


def rank_files(
    businesses: Path,
    partners: Path,
    output: Path,
    precedents: Path | None = None,
    top: int | None = 10,
    weights: Mapping[str, float] = WEIGHTS,
    caps: Caps | None = None,
    as_of: date | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Ranked:
    """Writes the `top` partners of each business as varied lists; without `top` every pair, by score alone.

    Raises:
        ListFileError: a file is missing, cannot be read, or lacks a column, or the output cannot be written.
    """
    check_outputs([output], [path for path in (businesses, partners, precedents) if path])
    sides = [read_bodies(path, tell) for path in (businesses, partners)]
    tell(f"{sides[0].num_rows:,} businesses and {sides[1].num_rows:,} partners read")
    known = read_edges(precedents, tell) if precedents else None
    edges = usable_edges(known, sides[0], sides[1], as_of or datetime.now(UTC).date(), tell) if known else None
    scorer = Scorer(sides[0], sides[1], edges, weights, as_of)
    unknown = tuple(int((activity == np.array(None)).sum()) for activity in scorer.activity)
    tell(f"{scorer.kinds.known.shape[0]:,} kinds of business compared with every partner")
    pairs, met = 0, np.zeros(sides[0].num_rows, bool)
    with _writer(output) as write:
        for business, partner, rank in _every_pair(scorer) if top is None else _lists(scorer, caps or Caps(per_business=top)):
            write(table(scorer, business, partner, rank))
            pairs += len(business)
            met[business] = True
    alone = int((~met & (scorer.activity[0] != np.array(None))).sum())
    return Ranked(sides[0].num_rows, sides[1].num_rows, pairs, (unknown[0], unknown[1]), alone, scorer.same.doubted)


def usable_edges(edges: pa.Table, businesses: pa.Table, partners: pa.Table, until: date, tell: Callable[[str], None]) -> pa.Table:
    """The edges, with dates that cannot be read or lie after `until` unknown; `tell` hears of them and of edges of no use.

    One date too late would make all others old: ages are counted from the newest.
    """
    readable = pc.or_(pc.is_null(edges["date"]), pa.array([day is not None for day in iso_dates(edges["date"].to_pylist())]))
    late = pc.and_kleene(readable, pc.greater(edges["date"], until.isoformat()))
    partner, business = (
        pc.or_(*(pc.is_in(edges[end], listed["id"].combine_chunks()) for end in ("from_id", "to_id")))
        for listed in (partners, businesses)
    )
    for chosen, says in (
        (pc.invert(readable), "have a date that cannot be read ({date}) and count as three years old; write 2023-05-31 or 2023"),
        (late, f"have a date after {until} ({{date}}) and count as three years old"),
        (pc.invert(partner), "name none of the partners ({from_id}, {to_id}) and say nothing"),
        (
            pc.and_not(partner, business),
            "name none of the businesses ({from_id}, {to_id}) and speak of bodies like the one named",
        ),
    ):
        found = edges.filter(pc.fill_null(chosen, False))
        if found.num_rows:
            tell(f"{found.num_rows:,} of {edges.num_rows:,} edges {says.format(**found.slice(0, 1).to_pylist()[0])}")
    dates = pc.if_else(pc.and_(readable, pc.fill_null(pc.invert(late), True)), edges["date"], None)
    return edges.set_column(edges.schema.get_field_index("date"), "date", dates)


def table(scorer: Scorer, business: Ints, partner: Ints, rank: Ints) -> pa.Table:
    """Rows of `WRITTEN` for pairs of rows of the scorer's tables."""
    known = scorer.subscores(business, partner)
    score, coverage = scorer.score(known)
    said: Words = say(scorer, business, partner, known)
    return pa.table(
        {
            "business_id": scorer.businesses["id"].take(pa.array(business)),
            "partner_id": scorer.partners["id"].take(pa.array(partner)),
            "rank": rank.astype(np.int32),
            "score": score,
            **{c: pa.array(known[c], mask=np.isnan(known[c])) for c in CRITERIA},
            "give": said.give,
            "get": said.get,
            "partnership_type": said.partnership_type,
            "explanation": said.explanation,
            "evidence_coverage": coverage,
        },
        schema=WRITTEN,
    )


def _lists(scorer: Scorer, caps: Caps) -> Iterator[tuple[Ints, Ints, Ints]]:
    """(business, partner, rank) of the lists, by id of the business, best first."""
    best, rank = choose(scorer, caps)
    order = np.lexsort((rank, scorer.turn[best.business]))
    for start in range(0, len(order), PAIRS_AT_ONCE):
        some = order[start : start + PAIRS_AT_ONCE]
        yield best.business[some], best.partner[some], rank[some]


def _every_pair(scorer: Scorer) -> Iterator[tuple[Ints, Ints, Ints]]:
    """(business, partner, rank) of all pairs that may meet, some businesses of one kind at a time."""
    held: list[tuple[Ints, Ints]] = []
    for best in search.best(scorer, scorer.partners.num_rows):
        held.append((best.business, best.partner))
        if sum(len(b) for b, _ in held) >= PAIRS_AT_ONCE:
            yield _joined(held)
            held = []
    if held:
        yield _joined(held)


def _joined(parts: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints, Ints]:
    business, partner = (np.concatenate([part[n] for part in parts]) for n in (0, 1))
    return business, partner, ranks(business)


@contextmanager
def _writer(path: Path) -> Iterator[Callable[[pa.Table], None]]:
    """Writes tables to one CSV or Parquet file; what is there already is replaced only once all is written."""
    draft = path.with_name(f".{path.name}.draft")
    parquet = is_parquet(path)
    try:
        with writing(path):
            writer = (pa.parquet.ParquetWriter if parquet else pa.csv.CSVWriter)(str(draft), WRITTEN)
            try:
                yield lambda rows: writer.write_table(rows if parquet else _harmless(rows))
            finally:
                writer.close()
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _harmless(rows: pa.Table) -> pa.Table:
    """Rows with a quote before every text that a spreadsheet would run."""
    for place, field in enumerate(rows.schema):
        if field.type == pa.string():
            text = rows[field.name]
            runs = pc.match_substring_regex(text, FORMULA_START)
            rows = rows.set_column(place, field, pc.if_else(runs, pc.binary_join_element_wise("'", text, ""), text))
    return rows
