"""Other ways to resolve the same records, as someone would use them without labels: Splink 5 and plain rapidfuzz.

Belongs here: one function a peer, from the cleaned records to clusters and candidates. Does not: scoring, time, our own engine.
All of them get the same cleaned fields (`peers.sql`). None is tuned to a data set; fields hardly any record fills are left out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]

#: A field filled less often than this says too little to learn from.
LEAST_FILLED = 0.05
#: Splink leaves the threshold to its user, who has no labels to choose by here: nine in ten.
SPLINK_THRESHOLD = 0.9
#: A site shared by more records than this is a host or a group, not a body.
MOST_BEHIND_A_DOMAIN = 50
NAME_SIMILARITY, ADDRESS_SIMILARITY, NEAR_KM = 90, 85, 0.3
KM_A_DEGREE = 111.2
_PAIRS_AT_ONCE = 1_000_000

_GIVEN = """
CREATE TABLE given (
    record_id VARCHAR, source VARCHAR, name VARCHAR, other_names VARCHAR, address VARCHAR, city VARCHAR, region VARCHAR,
    postcode VARCHAR, country VARCHAR, phone VARCHAR, website VARCHAR, lat DOUBLE, lon DOUBLE, identifiers VARCHAR)
"""
#: The simple blocks of plain rapidfuzz.
_SIMPLE_BLOCKS = """
SELECT l.row_id AS left_id, r.row_id AS right_id FROM cleaned l JOIN cleaned r ON l.postcode = r.postcode AND l.row_id < r.row_id
UNION
SELECT l.row_id, r.row_id FROM cleaned l JOIN cleaned r ON l.first_word = r.first_word AND l.row_id < r.row_id
ORDER BY ALL
"""


@dataclass(frozen=True)
class Resolved:
    """A peer's answer over row ids: a cluster number for each row, and the pairs it compared."""

    clusters: Numbers
    left: Numbers
    right: Numbers


def resolve_with(peer: str, records: Path, clusters: Path, candidates: Path) -> None:
    """Runs one of `PEERS` on a CSV or Parquet of records.

    Writes Parquet: `clusters` (record_id, organisation_id) and `candidates` (record_id_a, record_id_b).
    """
    con = _cleaned(records)
    resolved = PEERS[peer](con)
    con.register("cluster_of", {"row_id": np.arange(len(resolved.clusters)), "organisation_id": resolved.clusters})
    con.register("candidate", {"left_id": resolved.left, "right_id": resolved.right})
    con.execute(
        "COPY (SELECT record_id, organisation_id FROM cleaned JOIN cluster_of USING (row_id)) TO $path", {"path": str(clusters)}
    )
    con.execute(
        """COPY (SELECT l.record_id AS record_id_a, r.record_id AS record_id_b FROM candidate
        JOIN cleaned l ON l.row_id = left_id JOIN cleaned r ON r.row_id = right_id) TO $path""",
        {"path": str(candidates)},
    )


def _cleaned(records: Path) -> duckdb.DuckDBPyConnection:
    """A database with table `cleaned`; columns of `records` that are not those of the common list are an error of DuckDB."""
    con = duckdb.connect()
    con.execute(_GIVEN)
    reader = "read_parquet($path)" if records.suffix == ".parquet" else "read_csv($path, all_varchar = true)"
    con.execute(f"INSERT INTO given BY NAME SELECT * FROM {reader}", {"path": str(records)})
    con.execute(Path(__file__).with_name("peers.sql").read_text("utf-8"))
    return con


# --- plain rapidfuzz --------------------------------------------------------------------------------------------------
def rapidfuzz_names(con: duckdb.DuckDBPyConnection) -> Resolved:
    """Names alike (token_sort_ratio of 90 or more) inside blocks of one postcode or one first word; chains are followed."""
    left, right = _simple_blocks(con)
    alike = _alike(con, "name", "token_sort_ratio", left, right) >= NAME_SIMILARITY
    return Resolved(_connected(_rows(con), left[alike], right[alike]), left, right)


def rapidfuzz_names_and_addresses(con: duckdb.DuckDBPyConnection) -> Resolved:
    """As `rapidfuzz_names`, and something else agrees: postcode, phone, domain, address, or a place within 300 m."""
    left, right = _simple_blocks(con)
    alike = _alike(con, "name", "token_sort_ratio", left, right) >= NAME_SIMILARITY
    near_left, near_right = left[alike], right[alike]
    agrees = _alike(con, "address", "token_set_ratio", near_left, near_right) >= ADDRESS_SIMILARITY
    for field in ("postcode", "phone", "domain"):
        values = _column(con, field)
        agrees |= (values[near_left] == values[near_right]) & (values[near_left] != "")
    lat, lon = (
        con.execute(f"SELECT {field} FROM cleaned ORDER BY row_id").df()[field].to_numpy(float) for field in ("lat", "lon")
    )
    north = lat[near_left] - lat[near_right]
    east = (lon[near_left] - lon[near_right]) * np.cos(np.radians(lat[near_left]))
    agrees |= KM_A_DEGREE * np.hypot(north, east) < NEAR_KM  # an unknown place is near nothing
    return Resolved(_connected(_rows(con), near_left[agrees], near_right[agrees]), left, right)


def _simple_blocks(con: duckdb.DuckDBPyConnection) -> tuple[Numbers, Numbers]:
    pairs = con.execute(_SIMPLE_BLOCKS).fetchnumpy()
    return np.asarray(pairs["left_id"], dtype=np.int64), np.asarray(pairs["right_id"], dtype=np.int64)


def _alike(con: duckdb.DuckDBPyConnection, field: str, scorer: str, left: Numbers, right: Numbers) -> npt.NDArray[np.float32]:
    """Similarity of one field, 0 to 100, of each pair; 0 where one side is unknown."""
    from rapidfuzz import fuzz, process

    values = _column(con, field)
    scores = np.zeros(len(left), dtype=np.float32)
    for start in range(0, len(left), _PAIRS_AT_ONCE):
        part = slice(start, start + _PAIRS_AT_ONCE)
        ours, theirs = values[left[part]], values[right[part]]
        scores[part] = process.cpdist(ours, theirs, scorer=getattr(fuzz, scorer), workers=-1)
        scores[part][(ours == "") | (theirs == "")] = 0
    return scores


def _column(con: duckdb.DuckDBPyConnection, field: str) -> npt.NDArray[np.object_]:
    """A field of all records by row id, empty text where unknown."""
    rows = con.execute(f"SELECT coalesce({field}, '') FROM cleaned ORDER BY row_id").fetchall()
    return np.array([value for (value,) in rows], dtype=object)


def _rows(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute("SELECT count(*) FROM cleaned").fetchall()[0][0])


def _connected(rows: int, left: Numbers, right: Numbers) -> Numbers:
    """Connected components: of each row, the lowest row it can be reached from."""
    lowest = list(range(rows))

    def root(row: int) -> int:
        while lowest[row] != row:
            lowest[row] = lowest[lowest[row]]  # halves the way for the next who asks
            row = lowest[row]
        return row

    for one, other in zip(left.tolist(), right.tolist(), strict=True):
        ours, theirs = root(one), root(other)
        lowest[max(ours, theirs)] = min(ours, theirs)
    return np.array([root(row) for row in range(rows)], dtype=np.int64)


# --- Splink -----------------------------------------------------------------------------------------------------------
def splink(con: duckdb.DuckDBPyConnection) -> Resolved:
    """Splink 5 without labels, as its documentation shows: term frequencies, u by sampling, m by EM, clusters at .9."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    con.execute(
        f"""UPDATE cleaned SET domain = NULL
        WHERE domain IN (SELECT domain FROM cleaned GROUP BY domain HAVING count(*) > {MOST_BEHIND_A_DOMAIN})"""
    )
    useful = _useful_fields(con)
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="row_id",
        comparisons=list(_splink_comparisons(useful)),
        blocking_rules_to_generate_predictions=[block_on(*keys) for keys in _splink_blocks(useful)],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    linker = Linker(DuckDBAPI(connection=con).register("cleaned"), settings, log_level=logging.WARNING)
    training = linker.training
    training.estimate_probability_two_random_records_match(_surely_the_same(useful), recall=0.7)
    training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for field in _splink_training_blocks(con, useful):
        training.estimate_parameters_using_expectation_maximisation(block_on(field))
    predictions = linker.inference.predict()
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(predictions, SPLINK_THRESHOLD)
    pairs = con.execute(f"SELECT row_id_l, row_id_r FROM {predictions.physical_name} ORDER BY ALL").fetchnumpy()
    found = con.execute(f"SELECT cluster_id FROM {clusters.physical_name} ORDER BY row_id").fetchnumpy()
    left, right = (np.asarray(pairs[column], dtype=np.int64) for column in ("row_id_l", "row_id_r"))
    return Resolved(np.unique(found["cluster_id"], return_inverse=True)[1], left, right)


def _useful_fields(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The fields worth comparing: filled often enough, and not the same in every record."""
    fields = ("name", "address", "postcode", "phone", "domain", "city", "lat")
    measures = ", ".join(f"count({field}) / count(*), count(DISTINCT {field})" for field in fields)
    row = con.execute(f"SELECT {measures} FROM cleaned").fetchall()[0]
    return frozenset(
        field for field, filled, values in zip(fields, row[::2], row[1::2], strict=True) if filled > LEAST_FILLED and values > 1
    )


def _splink_comparisons(useful: frozenset[str]) -> Iterator[object]:
    import splink.comparison_level_library as levels
    import splink.comparison_library as library

    def graded(field: str, *between: object) -> object:
        exact = levels.ExactMatchLevel(field, term_frequency_adjustments=True)
        return library.CustomComparison(
            output_column_name=field, comparison_levels=[levels.NullLevel(field), exact, *between, levels.ElseLevel()]
        )

    def jaro_winkler(field: str, *thresholds: float) -> object:
        return graded(field, *(levels.JaroWinklerLevel(field, threshold) for threshold in thresholds))

    yield jaro_winkler("name", 0.95, 0.88, 0.8)
    if "address" in useful:
        yield jaro_winkler("address", 0.92, 0.8)
    if "postcode" in useful:
        same_outward = levels.CustomLevel("outward_l = outward_r", "same outward code")
        yield graded("postcode", levels.LevenshteinLevel("postcode", 1), same_outward)
    if "city" in useful:
        yield jaro_winkler("city", 0.9)
    for field in sorted({"phone", "domain"} & useful):
        yield library.ExactMatch(field).configure(term_frequency_adjustments=True)
    if "lat" in useful:
        yield library.DistanceInKMAtThresholds("lat", "lon", [0.05, 0.2, 1])


def _splink_blocks(useful: frozenset[str]) -> list[tuple[str, ...]]:
    """Keys of the blocks, each a group of columns or expressions that must agree."""
    blocks: list[tuple[str, ...]] = [(field,) for field in ("postcode", "phone", "domain") if field in useful]
    if "lat" in useful:
        return [*blocks, ("cell", "first_word"), ("shifted_cell", "left(name, 4)")]
    blocks += [("left(name, 6)", "city") if "city" in useful else ("left(name, 6)",), ("name",)]
    return [*blocks, ("address",)] if "address" in useful else [*blocks, ("first_word",)]


def _surely_the_same(useful: frozenset[str]) -> list[str]:
    """Rules whose pairs are nearly all true; Splink takes the share of true pairs from them."""
    rules = {
        "postcode": "l.name = r.name AND l.postcode = r.postcode",
        "phone": "l.phone = r.phone AND left(l.name, 4) = left(r.name, 4)",
        "lat": "l.name = r.name AND l.cell = r.cell",
    }
    by_place = [rule for field, rule in rules.items() if field in useful]
    otherwise = "l.name = r.name AND l.address = r.address" if "address" in useful else "l.name = r.name"
    return by_place or [otherwise]


def _splink_training_blocks(con: duckdb.DuckDBPyConnection, useful: frozenset[str]) -> list[str]:
    """Looks at likely pairs: a field that is held equal cannot be learnt from, so each is held equal in one look at most.

    Splink fails on a look without pairs, or without another field to learn; such are left out.
    """
    if useful == {"name"}:
        return ["first_word"]
    looks = ["name", "address" if "address" in useful else "first_word"]
    return [field for field in looks if _repeats(con, field)]


def _repeats(con: duckdb.DuckDBPyConnection, field: str) -> bool:
    """Whether any two records share a value of the field."""
    counts = con.execute(f"SELECT count({field}), count(DISTINCT {field}) FROM cleaned").fetchall()[0]
    return bool(counts[0] > counts[1])


PEERS: Mapping[str, Callable[[duckdb.DuckDBPyConnection], Resolved]] = {
    "splink5": splink,
    "rapidfuzz": rapidfuzz_names,
    "rapidfuzz_address": rapidfuzz_names_and_addresses,
}
