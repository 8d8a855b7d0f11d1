"""Ranks two tables given as files and writes the pairs: what `partners rank` runs.

Belongs here: reading and checking the files, and the columns written. Does not: scores (`engine.py`) or lists (`picking.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from assets.ranking import bodies
from assets.ranking.engine import CRITERIA, WEIGHTS, Ints, Scorer
from assets.ranking.picking import Caps, choose, ranks
from assets.ranking.wording import Words, say
from warehouse.ddl import literal

#: Columns of a file of edges; `date` may be a year.
EDGE_COLUMNS = ("from_id", "to_id", "kind", "date", "amount", "from_name", "to_name", "from_postcode", "to_postcode")
#: Pairs written in one go where all are asked for.
PAIRS_AT_ONCE = 200_000
WRITTEN = pa.schema(
    [("business_id", pa.string()), ("partner_id", pa.string()), ("rank", pa.int32()), ("score", pa.float64())]
    + [(criterion, pa.float64()) for criterion in CRITERIA]
    + [(c, pa.string()) for c in ("give", "get", "partnership_type", "explanation")]
    + [("evidence_coverage", pa.float64())]
)


class BodiesFileError(Exception):
    """A file cannot be used; the message says what was found, what was expected and what to do."""


@dataclass(frozen=True)
class Ranked:
    """What a run came to."""

    businesses: int
    partners: int
    pairs: int
    unknown: tuple[int, int]
    """Businesses and partners of which no column says what kind of body they are."""


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
        BodiesFileError: a file is missing, cannot be read, or lacks a column.
    """
    sides = [read_bodies(path) for path in (businesses, partners)]
    edges = read_edges(precedents) if precedents else None
    tell(f"{sides[0].num_rows:,} businesses and {sides[1].num_rows:,} partners read")
    scorer = Scorer(sides[0], sides[1], edges, weights, as_of)
    unknown = tuple(int((activity == np.array(None)).sum()) for activity in scorer.activity)
    tell(f"{scorer.kinds.known.shape[0]:,} kinds of business compared with every partner")
    pairs = 0
    with _writer(output) as write:
        for business, partner, rank in _every_pair(scorer) if top is None else [_lists(scorer, caps or Caps(per_business=top))]:
            write(table(scorer, business, partner, rank))
            pairs += len(business)
    return Ranked(sides[0].num_rows, sides[1].num_rows, pairs, (unknown[0], unknown[1]))


def table(scorer: Scorer, business: Ints, partner: Ints, rank: Ints) -> pa.Table:
    """Rows of `WRITTEN` for pairs of rows of the scorer's tables."""
    known = scorer.subscores(business, partner)
    score, coverage = scorer.score(known)
    said: Words = say(scorer, business, partner, known["fit_cause"])
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


def read_bodies(path: Path) -> pa.Table:
    """Businesses or partners from a CSV or Parquet file, with the columns of `bodies.SCHEMA`. Raises BodiesFileError."""
    found = _read(path, ("id", "name"), (*bodies.TEXT, *bodies.NUMBERS))
    twice = found["id"].value_counts().filter(pa.compute.greater(found["id"].value_counts().field("counts"), 1))
    if len(twice):
        raise BodiesFileError(
            f"{path}: id {twice[0]['values'].as_py()} stands on several lines; give every line an id of its own."
        )
    return bodies.complete(found)


def read_edges(path: Path) -> pa.Table:
    """Known partnerships, grants and awards from a CSV or Parquet file. Raises BodiesFileError."""
    found = _read(path, ("from_id", "to_id"), EDGE_COLUMNS[2:])
    return found.sort_by([(c, "ascending") for c in found.column_names])


def _read(path: Path, needed: tuple[str, ...], more: tuple[str, ...]) -> pa.Table:
    if not path.is_file():
        raise BodiesFileError(f"{path} is not there.")
    quoted = literal(str(path))
    source = f"read_parquet({quoted})" if path.suffix == ".parquet" else f"read_csv({quoted}, all_varchar = true, header = true)"
    with duckdb.connect() as con:
        try:
            columns = {row[0].lower(): row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}
            if missing := [c for c in needed if c not in columns]:
                raise BodiesFileError(
                    f"{path} lacks the column {' and '.join(missing)}; it has {', '.join(columns.values()) or 'none'}. "
                    f"The first line must name at least {', '.join(needed)}."
                )
            picked = [_picked(columns.get(c), c) for c in (*needed, *more)]
            rows = con.sql(f"SELECT {', '.join(picked)} FROM {source}").to_arrow_table()
        except duckdb.Error as error:
            form = "Parquet" if path.suffix == ".parquet" else "CSV"
            raise BodiesFileError(f"{path} cannot be read as {form}: {str(error).splitlines()[0]}") from error
    for column in needed:
        if rows[column].null_count:
            raise BodiesFileError(f"{path}: {rows[column].null_count:,} lines have no {column}; fill it in or leave them out.")
    if not rows.num_rows:
        raise BodiesFileError(f"{path} has no lines under its header; expected at least one.")
    return rows


def _picked(written: str | None, column: str) -> str:
    kind = "DOUBLE" if column in bodies.NUMBERS else "VARCHAR"
    if written is None:
        return f"NULL::{kind} AS {column}"
    name = '"' + written.replace('"', '""') + '"'
    # Lists of codes are joined as a CSV would write them.
    text = f"CASE WHEN typeof({name}) LIKE '%[]' THEN trim({name}::VARCHAR, '[]') ELSE {name}::VARCHAR END"
    return f"try_cast({name} AS DOUBLE) AS {column}" if kind == "DOUBLE" else f"nullif(trim({text}), '') AS {column}"


def _lists(scorer: Scorer, caps: Caps) -> tuple[Ints, Ints, Ints]:
    best, rank = choose(scorer, caps)
    return best.business, best.partner, rank


def _every_pair(scorer: Scorer) -> Iterator[tuple[Ints, Ints, Ints]]:
    """(business, partner, rank) of all pairs that may meet, some businesses at a time."""
    held: list[tuple[Ints, Ints]] = []
    for best in scorer.best(scorer.partners.num_rows):
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
        kind = pa.parquet.ParquetWriter if self.path.suffix == ".parquet" else pa.csv.CSVWriter
        self.writer = kind(str(self.draft), WRITTEN)
        return self.writer.write_table

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.writer.close()
        if kind is None:
            self.draft.replace(self.path)
        else:
            self.draft.unlink()
