"""Ranks two tables given as files and writes the pairs: what `partners rank` runs.

A CSV is made for spreadsheets like those of the nightly exports: a text that one would run as a formula has a single quote put
before it. Parquet holds the texts as they were.

Belongs here: the run, what it tells, and the columns written. Does not: reading (`reading.py`), scores (`engine.py`) or lists
(`picking.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from assets.ranking import search
from assets.ranking.engine import CRITERIA, WEIGHTS, Ints, Scorer
from assets.ranking.picking import Caps, choose
from assets.ranking.reading import read_bodies, read_edges
from assets.ranking.search import ranks
from assets.ranking.wording import Words, say
from warehouse.lists import ListFileError, check_outputs, is_parquet
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
    edges = usable_edges(read_edges(precedents), sides[1], as_of or datetime.now(UTC).date(), tell) if precedents else None
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


def usable_edges(edges: pa.Table, partners: pa.Table, until: date, tell: Callable[[str], None]) -> pa.Table:
    """The edges, with dates that cannot be read or lie after `until` unknown; `tell` hears of them and of edges of no use.

    One date too late would make all others old: ages are counted from the newest.
    """
    readable = pc.fill_null(pc.match_substring_regex(edges["date"], r"^\d{4}(-\d\d(-\d\d)?)?$"), True)
    late = pc.and_kleene(readable, pc.greater(edges["date"], until.isoformat()))
    ends = [pc.is_in(edges[end], partners["id"].combine_chunks()) for end in ("from_id", "to_id")]
    for chosen, says in (
        (pc.invert(readable), "have a date that cannot be read ({date}) and count as three years old; write 2023-05-31 or 2023"),
        (late, f"have a date after {until} ({{date}}) and count as three years old"),
        (pc.invert(pc.or_(*ends)), "name none of the partners ({from_id}, {to_id}) and say nothing"),
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


class _writer:
    """Writes tables to one CSV or Parquet file; what is there already is replaced only once all is written."""

    def __init__(self, path: Path) -> None:
        self.path, self.draft = path, path.with_name(f".{path.name}.draft")

    def __enter__(self) -> Callable[[pa.Table], None]:
        try:
            if is_parquet(self.path):
                self.writer = pa.parquet.ParquetWriter(str(self.draft), WRITTEN)
                return self.writer.write_table
            self.writer = pa.csv.CSVWriter(str(self.draft), WRITTEN)
        except OSError as error:
            raise ListFileError(
                f"{self.path} cannot be written: {error.strerror or error}. Give a file in a folder of yours."
            ) from error
        return lambda rows: self.writer.write_table(_harmless(rows))

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.writer.close()
        if kind is None:
            self.draft.replace(self.path)
        else:
            self.draft.unlink()


def _harmless(rows: pa.Table) -> pa.Table:
    """Rows with a quote before every text that a spreadsheet would run."""
    for place, field in enumerate(rows.schema):
        if field.type == pa.string():
            text = rows[field.name]
            runs = pc.match_substring_regex(text, FORMULA_START)
            rows = rows.set_column(place, field, pc.if_else(runs, pc.binary_join_element_wise("'", text, ""), text))
    return rows
