"""Organisation records with known truth, made up from a seed: what the match model is trained on, never tested on.

    python bench/synthetic.py --entities 100000 --seed 1 --world mixed --output synthetic/

Writes `records.parquet` (record_id, source, name, other_names, address, city, region, postcode, country, phone, website, lat,
lon, identifiers) and `truth.parquet` (record_id, cluster_id, kind, family_id). Same arguments, same tables, on any machine.

Belongs here: putting the parts together and the command. Does not: places (`synthetic_places.py`), bodies and look-alikes
(`synthetic_bodies.py`), names (`synthetic_names.py`), what lists make of them (`synthetic_records.py`), words
(`synthetic_words.py`), lines of text that hold a whole organisation (`synthetic_affiliations.py`).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq
from synthetic_affiliations import Affiliations, Organisation, write_affiliations
from synthetic_bodies import Maker
from synthetic_places import build_world
from synthetic_records import Row, write_records

WORLDS = ("uk", "us", "mixed", "affiliations")
RECORDS = pa.schema(
    [("record_id", pa.string()), ("source", pa.string()), ("name", pa.string()), ("other_names", pa.list_(pa.string()))]
    + [(column, pa.string()) for column in ("address", "city", "region", "postcode", "country", "phone", "website")]
    + [("lat", pa.float64()), ("lon", pa.float64()), ("identifiers", pa.list_(pa.string()))]
)
#: A body is a cluster; bodies of one family look alike and are kept apart, so a split for training goes by `family_id`.
TRUTH = pa.schema([("record_id", pa.string()), ("cluster_id", pa.int64()), ("kind", pa.string()), ("family_id", pa.int64())])


def generate(entities: int, seed: int, world: str) -> tuple[pa.Table, pa.Table]:
    """Records and truth of `entities` bodies in a `world`: British towns (uk), American and Canadian ones (us), or both;
    `affiliations` are lines of text in `name` that hold a whole organisation, with every other column empty.

    Records stand in random order, so that neither order nor ids tell what belongs together. An empty cell is an empty text,
    a missing point is null. Raises ValueError for an unknown world or fewer than one body.
    """
    if world not in WORLDS or entities < 1:
        raise ValueError(f"world {world!r} with {entities} entities; expected one of {', '.join(WORLDS)} and at least 1")
    rng = Random(seed)  # noqa: S311 - repeatable data, not secrets
    rows: list[tuple[Row, int, str, int]] = []
    cluster = 0
    families = _lines_of_text(rng, entities) if world == "affiliations" else _bodies_of_towns(rng, entities, world)
    for family, bodies in enumerate(families):
        for kind, records in bodies[: entities - cluster]:
            rows.extend((row, cluster, kind, family) for row in records)
            cluster += 1
        if cluster == entities:
            break
    rng.shuffle(rows)
    ids = [f"{row[0][0]}:{place:07d}" for place, row in enumerate(rows)]
    written, *known = zip(*rows, strict=True)
    return pa.table([ids, *zip(*written, strict=True)], schema=RECORDS), pa.table([ids, *known], schema=TRUTH)


#: Families without end: the kind of each body, and its records.
Families = Iterator[list[tuple[str, list[Row]]]]


def _bodies_of_towns(rng: Random, entities: int, world: str) -> Families:
    maker = Maker(rng, build_world(rng, entities, world))
    while True:
        yield [(body.kind, write_records(rng, body)) for body in maker.family()]


def _lines_of_text(rng: Random, entities: int) -> Families:
    maker = Affiliations(rng, entities)
    before: list[Organisation] = []
    while True:
        family = maker.family()
        yield [(body.kind, write_affiliations(rng, body, before or family)) for body in family]
        before = family


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--world", choices=WORLDS, default="mixed")
    parser.add_argument("--output", type=Path, required=True)
    given = parser.parse_args()
    started = time.perf_counter()
    records, truth = generate(given.entities, given.seed, given.world)
    seconds = time.perf_counter() - started
    given.output.mkdir(parents=True, exist_ok=True)
    pq.write_table(records, given.output / "records.parquet")
    pq.write_table(truth, given.output / "truth.parquet")
    speed = records.num_rows / seconds
    print(f"{records.num_rows:,} records of {given.entities:,} bodies in {seconds:.1f} s ({speed:,.0f}/s) → {given.output}")


if __name__ == "__main__":
    main()
