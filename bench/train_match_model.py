"""Trains the match model on labelled records and reports, data set by data set, what it does without having seen that set.

    pip install -e '.[bench]'
    python bench/train_match_model.py ../shared/benchmarks/resolution --output assets/linkage/model.json --models build/models

Writes the shipped model (trained on all sets that may be trained on), a model per set trained without that set (`--models`), and
prints the leave-one-data-set-out report. Same data, same seeds, same model. Sets without a licence are scored, never trained on.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
from catboost import CatBoostClassifier
from scoring import PairScore, pairwise
from sklearn.linear_model import LogisticRegression
from synthetic import generate

from assets.linkage import arrays, blocking, cluster, engine, gate
from assets.linkage.adaptation import adapt
from assets.linkage.features import FEATURES, NAMES, measure
from assets.linkage.files import connect, read_records
from assets.linkage.model import Model, from_json
from assets.linkage.rules import barred_by, limited, most

#: Real sets that may be trained on, and the weight of each: small sets and sets of names alone say less about the rest.
REAL = {
    "chicago_childcare": 0.35,
    "charities_uk_grants": 0.7,
    "restaurants_fz": 0.5,
    "affiliations_leipzig": 0.3,
    "senzing_orgs": 0.05,
}
#: Sets that state no licence: they score and never train.
SCORED_ONLY = ("places_edinburgh", "places_toronto")
#: Made-up worlds: (world, bodies, seed, weight). Several sizes, because weights of words depend on how many records there are;
#: each twice, because with one of each the figures of small sets hang on the seed.
MADE_UP = tuple(
    (world, bodies, seed + again, weight / 2)
    for again in (0, 10)
    for world, bodies, seed, weight in (
        ("uk", 9_000, 1, 1.0), ("us", 9_000, 2, 1.0), ("mixed", 9_000, 3, 1.0), ("uk", 2_500, 4, 0.3), ("us", 2_500, 5, 0.3),
        ("affiliations", 350, 6, 0.5),
    )
)  # fmt: skip
#: Pairs drawn of each set; more make training slower and no better.
DIFFERENT, SAME = 16_000, 6_000
#: Copies with fields hidden at random, so that the model also holds where a list lacks them.
HIDDEN_SHARE, COPY_WEIGHT = 0.3, 0.5
HIDDEN = (
    {"phone": 0.0}, {"website": 0.0, "site_and_name": 0.5}, {"distance": -float(np.log10(2.0))}, {"postcode": 0.0},
    {"city": 0.0, "region": 0.0}, {"street": 0.5, "street_rare": 0.0, "house_number": 0.0, "unit": 0.0, "name_in_address": 0.0},
    {"legal_form": 0.0},
)  # fmt: skip
TREES, DEPTH, RATE, SEED = 200, 6, 0.12, 5
#: Share of true pairs among the candidates that the gate may lose (lists of more than `gate.SMALL_LIST` records only): a third
#: fewer pairs are compared closely than at 0.002.
GATE_LOSS = 0.005
#: The shipped thresholds: where F1 is best over the sets left out, and from where a person should look.
MATCH_FROM, REVIEW_FROM = 0.45, 0.2


@dataclass
class Labelled:
    """A set made ready: candidates, their features and gate terms, and which of them are one body."""

    name: str
    records: arrays.Records
    a: arrays.Ints
    b: arrays.Ints
    x: arrays.Floats
    terms: np.ndarray[Any, Any]
    same: np.ndarray[Any, Any]
    scored: np.ndarray[Any, Any]
    truth: np.ndarray[Any, Any]
    side: np.ndarray[Any, Any] | None


def make_ready(name: str, folder: Path) -> Labelled:
    """Blocks and measures a set of `records.*` and `truth.*` (and `eval.json` where only pairs across one source count)."""
    con = connect()
    kind = "parquet" if (folder / "records.parquet").is_file() else "csv"
    read_records(con, [folder / f"records.{kind}"])
    found = blocking.find_candidates(con, engine.prepare(con))
    a, b = found.a, found.b
    records = arrays.load(con)
    x = np.concatenate([measure(records, a[i : i + 100_000], b[i : i + 100_000]) for i in range(0, len(a), 100_000)])
    truth, side = _truth(con, folder / f"truth.{kind}", folder / "eval.json")
    scored = np.ones(len(a), dtype=bool) if side is None else side[a] != side[b]
    return Labelled(
        name, records, a, b, x, gate.terms(gate.look(con), a, b, found.families), truth[a] == truth[b], scored, truth, side
    )


def _truth(con: duckdb.DuckDBPyConnection, path: Path, rule: Path) -> tuple[Any, Any]:
    source = f"read_{'parquet' if path.suffix == '.parquet' else 'csv'}('{path}')"
    rows = con.execute(
        f"SELECT t.cluster_id::VARCHAR, c.source FROM comparable c JOIN {source} t ON t.record_id::VARCHAR = c.record_id "
        "ORDER BY rid"
    ).fetchall()
    across = json.loads(rule.read_text())["cross_source_with"] if rule.is_file() else None
    side = np.array([s == across for _, s in rows]) if across else None
    return np.unique([c for c, _ in rows], return_inverse=True)[1], side


def train(sets: list[tuple[Labelled, float]], name: str, shift: int = 0) -> dict[str, Any]:
    """A model as JSON, from sets and their weights; `shift` is added to the seed."""
    rng = np.random.default_rng(SEED + shift)
    xs, ys, ws = [], [], []
    for labelled, weight in sets:
        x, y, w = _draw(labelled, rng)
        w = w / w.sum() * weight
        hidden = x.copy()
        for group in HIDDEN:
            rows = rng.random(len(hidden)) < HIDDEN_SHARE
            for feature, unknown in group.items():
                hidden[rows, NAMES.index(feature)] = unknown
        xs += [x, hidden]
        ys += [y, y]
        ws += [w, w * COPY_WEIGHT]
    booster = CatBoostClassifier(
        iterations=TREES, depth=DEPTH, learning_rate=RATE, l2_leaf_reg=3, border_count=64, bootstrap_type="No", random_seed=0,
        thread_count=2,
        monotone_constraints=[f.rises for f in FEATURES], verbose=0, allow_writing_files=False,
    )  # fmt: skip
    w = np.concatenate(ws)
    booster.fit(np.concatenate(xs), np.concatenate(ys), sample_weight=w / w.mean())
    return {
        **_as_json(booster),
        "name": name,
        "features": list(NAMES),
        "match_from": MATCH_FROM,
        "review_from": REVIEW_FROM,
        "gate": _train_gate(sets),
    }


def _draw(labelled: Labelled, rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """A sample of the scored pairs that no rule bars, weighted so that it stands for all of them."""
    usable = labelled.scored & (barred_by(labelled.x) == 0)
    picked, weights = [], []
    for which, limit in ((labelled.same & usable, SAME), (~labelled.same & usable, DIFFERENT)):
        rows = np.flatnonzero(which)
        chosen = np.sort(rng.choice(rows, limit, replace=False)) if len(rows) > limit else rows
        picked.append(chosen)
        weights.append(np.full(len(chosen), len(rows) / max(1, len(chosen))))
    rows = np.concatenate(picked)
    return labelled.x[rows], labelled.same[rows], np.concatenate(weights)


def _as_json(booster: CatBoostClassifier) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        booster.save_model(str(path), format="json")
        kept = json.loads(path.read_text())
    scale, (bias,) = kept["scale_and_bias"]
    trees = [
        {
            "features": [s["float_feature_index"] for s in tree["splits"]],
            "borders": [float(np.float32(s["border"])) for s in tree["splits"]],
            "leaves": [round(v * scale * 1e4) for v in tree["leaf_values"]],
            "weights": [round(w, 2) for w in tree["leaf_weights"]],
        }
        for tree in kept["oblivious_trees"]
    ]
    return {"base": round(bias * 1e4), "trees": trees}


def _train_gate(sets: list[tuple[Labelled, float]]) -> dict[str, float]:
    x = np.concatenate([s.terms[s.scored] for s, _ in sets])
    y = np.concatenate([s.same[s.scored] for s, _ in sets])
    w = np.concatenate([np.full(int(s.scored.sum()), weight / max(1, int(s.scored.sum()))) for s, weight in sets])
    mean, spread = x.mean(0), x.std(0) + 1e-6
    fitted = LogisticRegression(max_iter=1_000).fit((x - mean) / spread, y, sample_weight=w / w.mean())
    slope = fitted.coef_[0] / spread
    total = x @ slope
    base = float(fitted.intercept_[0] - mean @ slope)
    order = np.argsort(total[y])
    lost = np.cumsum(w[y][order]) / w[y].sum()
    least = base + float(total[y][order][np.searchsorted(lost, GATE_LOSS)])
    return {
        "base": round(base, 4),
        "least": round(least, 4),
        **{t: round(float(s), 4) for t, s in zip(gate.TERMS, slope, strict=True)},
    }


def predict(model: Model, x: arrays.Floats) -> Any:
    """Probabilities as the engine gives them: the model under the rules."""
    return limited(model.probability(x), x, barred_by(x))


def evaluate(labelled: Labelled, model: Model, cuts: tuple[float, ...]) -> dict[float, PairScore]:
    """Scores of the clusters of a set at some thresholds."""
    model = replace(
        model,
        adaptation=adapt(
            labelled.x, model.log_odds(labelled.x), most(labelled.x, barred_by(labelled.x)), np.ones(len(labelled.x))
        ),
    )
    passed = np.full(len(labelled.a), len(labelled.truth) <= gate.SMALL_LIST)
    passed |= labelled.terms @ np.array([model.gate[t] for t in gate.TERMS]) + model.gate["base"] >= model.gate["least"]
    a, b, p = labelled.a[passed], labelled.b[passed], predict(model, labelled.x[passed])
    more_a, more_b = cluster.missing_pairs(len(labelled.truth), a, b, p)
    if len(more_a):
        more = predict(model, measure(labelled.records, more_a, more_b))
        a, b, p = np.concatenate([a, more_a]), np.concatenate([b, more_b]), np.concatenate([p, more])
    return {
        cut: pairwise(labelled.truth, cluster.cluster(len(labelled.truth), a, b, p, cut).label, labelled.side) for cut in cuts
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with one folder per labelled set")
    parser.add_argument("--output", type=Path, default=Path("assets/linkage/model.json"))
    parser.add_argument("--models", type=Path, help="folder for the models trained without one set each")
    parser.add_argument("--cuts", default="0.35,0.45,0.55,0.65")
    parser.add_argument("--shift", type=int, default=0, help="added to every seed; 0 is what ships")
    parser.add_argument("--extra", type=Path, nargs="*", default=[], help="more labelled folders to score, never trained on")
    arguments = parser.parse_args()
    cuts = tuple(float(c) for c in arguments.cuts.split(","))
    sets: dict[str, tuple[Labelled, float]] = {}
    with tempfile.TemporaryDirectory() as made:
        for world, bodies, seed, weight in MADE_UP:
            folder = Path(made) / f"{world}_{seed}"
            folder.mkdir()
            for table, kind in zip(generate(bodies, seed + arguments.shift, world), ("records", "truth"), strict=True):
                pq.write_table(table, folder / f"{kind}.parquet")
            sets[folder.name] = (make_ready(folder.name, folder), weight)
    for name, weight in REAL.items():
        sets[name] = (make_ready(name, arguments.data / name), weight)
    began = time.monotonic()
    shipped = train(list(sets.values()), "shipped", arguments.shift)
    print(f"trained on {len(sets)} sets in {time.monotonic() - began:.0f} s")
    arguments.output.write_text(json.dumps(shipped, separators=(",", ":")) + "\n", "utf-8")
    print("| set | without | " + " | ".join(f"P/R/F1 at {c}" for c in cuts) + " |\n|---|---|" + "---|" * len(cuts))
    others = [(name, arguments.data / name) for name in SCORED_ONLY] + [(p.name, p) for p in arguments.extra]
    for name in REAL:
        kept = train([s for n, s in sets.items() if n != name], f"without {name}", arguments.shift)
        if arguments.models:
            arguments.models.mkdir(parents=True, exist_ok=True)
            (arguments.models / f"{name}.json").write_text(json.dumps(kept, separators=(",", ":")) + "\n", "utf-8")
        _report(sets[name][0], from_json(kept), cuts, "itself")
    for name, folder in others:
        _report(make_ready(name, folder), from_json(shipped), cuts, "all places and itself")


def _report(labelled: Labelled, model: Model, cuts: tuple[float, ...], without: str) -> None:
    found = evaluate(labelled, model, cuts).values()
    print(
        f"| {labelled.name} | {without} | " + " | ".join(f"{s.precision:.3f}/{s.recall:.3f}/{s.f1:.3f}" for s in found) + " |",
        flush=True,
    )


if __name__ == "__main__":
    main()
