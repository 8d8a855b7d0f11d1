"""Measures precedent on real public awards: which programme will fund a body never funded before, told by its name and ZIP alone.

    python bench/ranking_awards.py ../shared/benchmarks/maryland/awards_to_fy2020.csv --history-to 2018 --truth 2019,2020

The file: State of Maryland Grant and Loan Data (Grantor, Grantee, ZipCode, FiscalYear, Amount, Description, Category).
History: awards up to a fiscal year. Queries: recipients first funded in the truth years. Candidates: programmes with at least
two awards in the history. Prints a Markdown table with 95 % bootstrap intervals over queries. The weights in
`assets/ranking/precedent.py` were chosen on splits of earlier years (truth up to FY2018); the one above was looked at three
times on the way.
"""

from __future__ import annotations

import argparse
import csv
import math
import re
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.ranking.engine import WEIGHTS, Scorer
from assets.ranking.name_kinds import name_words, singular
from assets.ranking.precedent import precedent

Matrix = npt.NDArray[np.float64]
Award = dict[str, str]

#: Descriptions of a programme's awards that make up its text: the commonest, cut short, as in the study.
_DESCRIPTIONS, _DESCRIPTION_LENGTH = 4, 80
_RESAMPLES = 2_000
_METRICS = ("MRR", "hit@1", "Recall@10", "nDCG@10")


@dataclass(frozen=True)
class Split:
    """History and truth. `truth[i]` are the rows of `programmes` that funded query i; `history` has programme, award."""

    programmes: list[str]
    queries: list[Award]
    truth: list[set[int]]
    history: list[tuple[int, Award]]
    last: int


def programme(grantor: str) -> str:
    """A grantor with departments cut to their own words: the spelling drifts from year to year."""
    parts = grantor.upper().replace("&", "AND").replace("–", "-").replace(" - ", "/").split("/")
    plain = (re.sub(r"[^A-Z0-9 ]", " ", part) for part in parts)
    short = (" ".join(re.sub(r"\b(MARYLAND|STATE|DEPARTMENT +OF|DEPT +OF|MD)\b", " ", part).split()) for part in plain)
    return "/".join(part for part in short if part)


def recipient(grantee: str) -> str:
    """A recipient's name without legal form: two awards with this in common are taken to be of one body."""
    plain = re.sub(r"[^A-Z0-9 ]", " ", grantee.upper())
    return " ".join(re.sub(r"\b(INC|LLC|L L C|INCORPORATED|CORP|CORPORATION|CO|LTD|THE)\b", "", plain).split())


def split(awards: Sequence[Award], last: int, years: set[int]) -> Split:
    """Cuts awards by fiscal year; see the module."""
    before = [award for award in awards if int(award["FiscalYear"]) <= last]
    counted = Counter(programme(award["Grantor"]) for award in before)
    programmes = sorted(name for name, count in counted.items() if count >= 2 and name)
    number = {name: row for row, name in enumerate(programmes)}
    old = {recipient(award["Grantee"]) for award in before}
    truth: dict[str, set[int]] = defaultdict(set)
    said: dict[str, Award] = {}
    for award in awards:
        who, what = recipient(award["Grantee"]), programme(award["Grantor"])
        if int(award["FiscalYear"]) in years and who and who not in old and what in number:
            truth[who].add(number[what])
            said[who] = award
    history = [(number[name], award) for award in before if (name := programme(award["Grantor"])) in number]
    queries = sorted(truth)
    return Split(programmes, [said[who] for who in queries], [truth[who] for who in queries], history, last)


def tables(cut: Split) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Businesses, partners and edges as `precedent` takes them."""
    said: dict[int, Counter[str]] = defaultdict(Counter)
    for row, award in cut.history:
        said[row][award["Description"].strip().title()[:_DESCRIPTION_LENGTH]] += 1
    texts = ["; ".join(text for text, _ in said[row].most_common(_DESCRIPTIONS)) for row in range(len(cut.programmes))]
    businesses = {
        "id": [recipient(award["Grantee"]) for award in cut.queries],
        "name": [award["Grantee"] for award in cut.queries],
        "postcode": [award["ZipCode"] for award in cut.queries],
    }
    partners = {"id": cut.programmes, "name": [name.title() for name in cut.programmes], "description": texts}
    edges = {
        "from_id": [cut.programmes[row] for row, _ in cut.history],
        "to_id": [recipient(award["Grantee"]) for _, award in cut.history],
        "from_name": [cut.programmes[row] for row, _ in cut.history],
        "to_name": [award["Grantee"] for _, award in cut.history],
        "to_postcode": [award["ZipCode"] for _, award in cut.history],
        "kind": [award["Category"] for _, award in cut.history],
        "date": [f"{award['FiscalYear']}-06-30" for _, award in cut.history],
        "amount": [award["Amount"] for _, award in cut.history],
    }
    return pa.table(businesses), pa.table(partners), pa.table(edges)


def popularity(cut: Split, kept_a_year: float) -> Matrix:
    """Number of awards, each year back counting `kept_a_year` of the next."""
    counts = np.zeros(len(cut.programmes))
    for row, award in cut.history:
        counts[row] += kept_a_year ** (cut.last - int(award["FiscalYear"]))
    return np.tile(counts, (len(cut.queries), 1))


def keywords(names: Sequence[str], texts: Sequence[str]) -> tuple[Matrix, Matrix]:
    """TF-IDF cosine and BM25 (k1 1.2, b .75) of every name with every text."""
    asked = [set(map(singular, name_words(name))) for name in names]
    found = [Counter(map(singular, name_words(text))) for text in texts]
    frequency = Counter(word for words in found for word in words)
    length = sum(words.total() for words in found) / len(found)
    tfidf, bm25 = np.zeros((2, len(names), len(texts)))
    weights = [
        {word: (1 + math.log(n)) * math.log((1 + len(found)) / frequency[word]) for word, n in words.items()} for words in found
    ]
    for column, words in enumerate(found):
        norm = math.sqrt(sum(weight**2 for weight in weights[column].values())) or 1.0
        for row, wanted in enumerate(asked):
            for word in sorted(wanted & words.keys()):
                rarity = math.log(1 + (len(found) - frequency[word] + 0.5) / (frequency[word] + 0.5))
                own = math.log((1 + len(found)) / frequency[word])
                tfidf[row, column] += own * weights[column][word] / norm
                bm25[row, column] += rarity * words[word] * 2.2 / (words[word] + 1.2 * (0.25 + 0.75 * words.total() / length))
    return tfidf, bm25


def measured(scores: Matrix, truth: Sequence[set[int]]) -> Matrix:
    """The metrics of each query [queries, 4]; equal scores rank in the order of candidates, unknown ones last."""
    result = np.zeros((len(truth), len(_METRICS)))
    order = np.argsort(-np.nan_to_num(scores, nan=-1.0), axis=1, kind="stable")
    for query, relevant in enumerate(truth):
        places = np.flatnonzero(np.isin(order[query], list(relevant)))
        gain = sum(1 / math.log2(place + 2) for place in places if place < 10)
        ideal = sum(1 / math.log2(place + 2) for place in range(min(10, len(relevant))))
        result[query] = 1 / (places[0] + 1), places[0] == 0, (places < 10).sum() / len(relevant), gain / ideal
    return result


def whole(businesses: pa.Table, partners: pa.Table, edges: pa.Table, weights: Mapping[str, float] = WEIGHTS) -> Matrix:
    """The score of `partners rank`, every criterion counted, of every pair in the order of the tables."""
    scorer = Scorer(businesses, partners, edges, weights)
    rows = {scorer.businesses["id"][row].as_py(): row for row in range(scorer.businesses.num_rows)}
    column = {scorer.partners["id"][row].as_py(): row for row in range(scorer.partners.num_rows)}
    across = np.array([column[name] for name in partners["id"].to_pylist()])
    scores = [
        scorer.score(scorer.subscores(np.full(len(across), rows[name]), across))[0] for name in businesses["id"].to_pylist()
    ]
    return np.stack(scores)


def interval(values: Matrix) -> tuple[Matrix, Matrix]:
    """95 % bootstrap interval (percentiles) of the mean over queries, with a fixed seed."""
    drawn = np.random.default_rng(0).integers(0, len(values), (_RESAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5], axis=0)
    return low, high


def main(path: Path, last: int, years: set[int]) -> None:
    """Reads the file and prints the table."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        cut = split(list(csv.DictReader(lines)), last, years)
    businesses, partners, edges = tables(cut)
    began = time.perf_counter()
    ours = precedent(businesses, partners, edges).score
    took = time.perf_counter() - began
    texts = [
        f"{name} {text}" for name, text in zip(*(partners[column].to_pylist() for column in ("name", "description")), strict=True)
    ]
    tfidf, bm25 = keywords(businesses["name"].to_pylist(), texts)
    systems = {
        "random": np.random.default_rng(0).random((len(cut.queries), len(cut.programmes))),
        "popularity": popularity(cut, 1.0),
        "popularity, recency-weighted": popularity(cut, 0.6),
        "TF-IDF, name x programme text": tfidf,
        "BM25, name x programme text": bm25,
        "precedent alone": ours.astype(np.float64),
        "**`partners rank`**": whole(businesses, partners, edges),
    }
    print(
        f"History to FY{last}: {len(cut.history):,} awards; truth FY{min(years)}-{max(years)}: {len(cut.queries):,} recipients",
        end="",
    )
    print(f" never funded before; {len(cut.programmes):,} programmes. Precedent took {took:.1f} s.\n")
    print("| method | " + " | ".join(_METRICS) + " |\n|---|" + "---|" * len(_METRICS))
    for name, scores in systems.items():
        values = measured(scores, cut.truth)
        low, high = interval(values)
        cells = (f"{mean:.3f} ({a:.3f}-{b:.3f})" for mean, a, b in zip(values.mean(axis=0), low, high, strict=True))
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path, help="the awards as CSV")
    parser.add_argument("--history-to", type=int, default=2018, help="last fiscal year of the history")
    parser.add_argument("--truth", default="2019,2020", help="fiscal years of the truth, with commas")
    given = parser.parse_args()
    main(given.path, given.history_to, {int(year) for year in given.truth.split(",")})
