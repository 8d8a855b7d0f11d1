"""How well kinds of business find kinds of charity: known partnerships against real, coded charities.

    python bench/ranking_charities.py CHARITIES.csv SIC.csv [EXAMPLES.csv]

CHARITIES.csv: name, activities, income and UKCAT, codes given by people, which are the truth and never input. SIC.csv: titles of
SIC-2007 (code, class_name, subclass_name), the keyword baselines' query. EXAMPLES.csv: worked example pairs (smb_kind,
partner_kind, ukcat_targets, concrete_smb, polarity). `partnerships.csv` holds our own list of well-known kinds of partnership,
written before anything was tuned; one half of it, by hash of the line, was tuned on and the other only looked at. Four more
are by writers who knew nothing of ours and name narrower kinds of charity: of `partnerships_wider.csv` the misses were read once,
of `partnerships_unseen.csv` and `partnerships_forgotten.csv`, which begins with trades that others forget, only the figures;
`partnerships_kept.csv` is looked at when all is settled and decides nothing.

For every pair 60 times: one charity of the wanted kind among 200 others (seed 7, as in the study), ranked by each method;
charities of other kinds named for the same business count neither way. Belongs here: the task, the baselines and the measures.
"""

from __future__ import annotations

import csv
import math
import re
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from assets.ranking import tagger
from assets.ranking.engine import Scorer
from assets.ranking.picking import Caps, choose

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

OTHERS, DRAWS, SEED = 200, 60, 7
LEAST_TEXT = 20
LISTS = Caps()
OURS = "**`partners rank`**"
RESAMPLES = 2000
#: What a register would file the kinds of business of the example pairs under.
EXAMPLE_SIC = {
    "bakery": "10710;47240", "clothing boutique": "47710", "sustainable packaging maker": "17219;22220", "bookstore": "47610",
    "farm-to-table restaurant": "56101", "coffee shop": "56102", "clothing retailer": "47710;47721", "farmer": "01500",
    "sustainable food SMB": "10890;47290",
}  # fmt: skip
STOP_WORDS = frozenset(
    "a about above after all also an and any are as at be been before being below between both but by can do does "
    "down during each few for from further had has have he her here hers him his how i if in into is it its itself me "
    "more most my no nor not of off on once only or other our out over own part per same she should so some such than "
    "that the their them then there these they this those through to too under until up upon very was we were what "
    "when where which while who whom why will with within without you your elsewhere else except every everywhere "
    "five found get give go hence however latter least less many may might mine much must name namely never next "
    "nobody none noone nothing now often one others otherwise perhaps please put rather re see seem several since "
    "sometimes still take ten though three together toward twelve two us via well whether whole would yet".split()
)


@dataclass(frozen=True)
class Charity:
    """A charity's own words, and what people coded it as."""

    name: str
    activities: str
    income: float
    truth: frozenset[str]


@dataclass(frozen=True)
class Pair:
    """A kind of business, by its class codes, and the kind of charity it works with, by theirs."""

    business: str
    sic: str
    partner: str
    truth: frozenset[str]


@dataclass(frozen=True)
class Measures:
    """Of one method, for each pair: reciprocal rank, share of draws at the first place and among the first five."""

    reciprocal: Numbers
    first: Numbers
    five: Numbers

    def interval(self) -> tuple[float, float]:
        """95 % interval of the mean reciprocal rank, pairs drawn again with replacement."""
        rng = np.random.default_rng(SEED)
        means = rng.choice(self.reciprocal, (RESAMPLES, len(self.reciprocal))).mean(1)
        return float(np.quantile(means, 0.025)), float(np.quantile(means, 0.975))


def read_charities(path: Path) -> list[Charity]:
    """Charities that say enough of what they do."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            Charity(r["name"], r["activities"], float(r["income"] or 0), frozenset(r["UKCAT"].split(";")) - {""})
            for r in csv.DictReader(file)
            if len(r["activities"]) > LEAST_TEXT
        ]


def read_titles(path: Path) -> dict[str, str]:
    """SIC-2007 code → title."""
    with path.open(encoding="cp1252", newline="") as file:
        return {r["code"]: r["subclass_name"] or r["class_name"] for r in csv.DictReader(file)}


def read_examples(path: Path) -> list[Pair]:
    """The usable worked example pairs, each once."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["concrete_smb"] == "1" and r["polarity"] == "1" and r["ukcat_targets"]]
    found = {
        (r["smb_kind"], r["ukcat_targets"]): Pair(
            r["smb_kind"], EXAMPLE_SIC[r["smb_kind"]], r["partner_kind"], frozenset(r["ukcat_targets"].split(";"))
        )
        for r in reversed(rows)
        if r["smb_kind"] in EXAMPLE_SIC
    }
    return list(found.values())[::-1]


def read_partnerships() -> dict[str, list[Pair]]:
    """Lists of known kinds of partnership by name: our own in two halves by hash of the line, and those of others."""
    tuned, other = _halves()
    return {
        "our pairs, tuned half": tuned,
        "our pairs, other half": other,
        "pairs of others, read once": _read_pairs("partnerships_wider.csv"),
        "pairs of others, unseen": _read_pairs("partnerships_unseen.csv"),
        "pairs of others, forgotten trades": _read_pairs("partnerships_forgotten.csv"),
        "pairs of others, kept aside": _read_pairs("partnerships_kept.csv"),
    }


def _read_pairs(name: str) -> list[Pair]:
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return [_pair(r) for r in csv.DictReader(file)]


def _pair(r: Mapping[str, str]) -> Pair:
    return Pair(r["business"], r["sic"], r["partner"], frozenset(r["ukcat"].split(";")))


def _halves() -> tuple[list[Pair], list[Pair]]:
    lines = Path(__file__).with_name("partnerships.csv").read_text("utf-8").splitlines()
    halves: tuple[list[Pair], list[Pair]] = ([], [])
    for line, r in zip(lines[1:], csv.DictReader(lines), strict=True):
        half = halves[zlib.crc32(line.encode()) % 2]
        half.append(_pair(r))
    return halves


def scores(pairs: Sequence[Pair], charities: Sequence[Charity], titles: Mapping[str, str]) -> dict[str, Numbers]:
    """What each method gives each charity for each pair's business: [pairs, charities]; NaN counts as nought."""
    queries = [". ".join(dict.fromkeys(titles[code] for code in pair.sic.split(";"))) for pair in pairs]
    texts = [f"{c.name.title()}. {c.activities[:700]}" for c in charities]
    shape = (len(pairs), len(charities))
    scorer, rows = engine(pairs, charities)
    column = np.arange(len(charities))
    known = [scorer.subscores(np.full(len(column), rows[pair.business]), column) for pair in pairs]
    barred = np.stack([scorer.barred_kinds(np.full(len(column), rows[pair.business]), column) for pair in pairs])
    whole = np.stack([scorer.score(each)[0] for each in known])
    return {
        "random": np.random.default_rng(0).random(shape),
        "popularity (income)": np.tile([c.income for c in charities], (len(pairs), 1)),
        "TF-IDF, class title": tf_idf(queries, texts),
        "BM25, class title": bm25(queries, texts),
        "exchange only": np.stack([np.nan_to_num(each["fit_exchange"]) for each in known]),
        "cause only": np.stack([np.nan_to_num(each["fit_cause"]) for each in known]),
        OURS: np.where(barred, -1.0, np.nan_to_num(whole, nan=-1.0)),
    }


def engine(pairs: Sequence[Pair], charities: Sequence[Charity]) -> tuple[Scorer, dict[str, int]]:
    """(`partners rank` on the businesses of the pairs, known by class codes, and the charities, known by their words and income;
    the row of each business). Charities keep their order."""
    sic = {pair.business: pair.sic for pair in pairs}
    income = np.array([c.income for c in charities], np.float64)
    scorer = Scorer(
        pa.table({"id": list(sic), "name": ["A business"] * len(sic), "sic": list(sic.values())}),
        pa.table({
            "id": [f"{n:06d}" for n in range(len(charities))], "name": [c.name for c in charities],
            "description": [c.activities for c in charities], "country": ["GB"] * len(charities),
            "income_gbp": pa.array(income, mask=income <= 0),
        }),
    )  # fmt: skip
    return scorer, {name: row for row, name in enumerate(scorer.businesses["id"].to_pylist())}


def judged(
    pairs: Sequence[Pair], charities: Sequence[Charity]
) -> tuple[list[Pair], list[npt.NDArray[np.int64]], list[npt.NDArray[np.int64]]]:
    """Pairs that any charity answers; for each the charities that do, and those that count as wrong."""
    right = [{i for i, c in enumerate(charities) if c.truth & pair.truth} for pair in pairs]
    of_business: dict[str, set[int]] = defaultdict(set)
    for pair, found in zip(pairs, right, strict=True):
        of_business[pair.business] |= found
    kept = [(p, f) for p, f in zip(pairs, right, strict=True) if f]
    wrong = [np.array(sorted(set(range(len(charities))) - of_business[p.business])) for p, _ in kept]
    return [p for p, _ in kept], [np.array(sorted(f)) for _, f in kept], wrong


def measure(score: Numbers, right: Sequence[npt.NDArray[np.int64]], wrong: Sequence[npt.NDArray[np.int64]]) -> Measures:
    """Ranks one right charity among `OTHERS` wrong ones, `DRAWS` times a pair; ties take the middle rank."""
    rng = np.random.default_rng(SEED)
    table = np.zeros((3, len(right)))
    for pair, (yes, no) in enumerate(zip(right, wrong, strict=True)):
        for _ in range(DRAWS):
            one, others = rng.choice(yes), rng.choice(no, min(OTHERS, len(no)), replace=False)
            own, other = score[pair, one], score[pair, others]
            rank = 1 + np.sum(other > own) + 0.5 * np.sum(other == own)
            table[:, pair] += (1 / rank, rank <= 1, rank <= 5)
    return Measures(*(table / DRAWS))


def kinds_in_list(pairs: Sequence[Pair], charities: Sequence[Charity]) -> float:
    """Share of the kinds named for a business that its varied list of ten holds; mean over businesses."""
    scorer, rows = engine(pairs, charities)
    best, _ = choose(scorer, LISTS)
    shares = []
    for business, row in sorted(rows.items()):
        chosen = [charities[n].truth for n in best.partner[best.business == row].tolist()]
        wanted = [pair.truth for pair in pairs if pair.business == business]
        shares.append(sum(any(w & c for c in chosen) for w in wanted) / len(wanted))
    return float(np.mean(shares))


def tf_idf(queries: Sequence[str], texts: Sequence[str]) -> Numbers:
    """Cosines of TF-IDF vectors of words and word pairs, logarithmic counts (scikit-learn's with sublinear_tf)."""
    documents = [Counter(_terms(text)) for text in texts]
    frequency = Counter(term for document in documents for term in document)
    weight = {term: math.log((1 + len(texts)) / (1 + n)) + 1 for term, n in frequency.items()}

    def vector(counts: Counter[str]) -> dict[str, float]:
        values = {t: (1 + math.log(n)) * weight[t] for t, n in counts.items() if t in weight}
        length = math.sqrt(sum(v * v for v in values.values())) or 1.0
        return {t: v / length for t, v in values.items()}

    vectors = [vector(document) for document in documents]
    asked = [vector(Counter(_terms(query))) for query in queries]
    return np.array([[sum(v * d.get(t, 0.0) for t, v in q.items()) for d in vectors] for q in asked])


def bm25(queries: Sequence[str], texts: Sequence[str], k1: float = 1.2, b: float = 0.75) -> Numbers:
    """BM25 over words without their plural."""
    documents = [Counter(map(tagger.stem, _words(text))) for text in texts]
    lengths = np.array([sum(d.values()) for d in documents], float)
    found = np.zeros((len(queries), len(texts)))
    for number, query in enumerate(queries):
        for term in sorted(set(map(tagger.stem, _words(query)))):
            counts = np.array([d.get(term, 0) for d in documents], float)
            having = np.count_nonzero(counts)
            weight = math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
            found[number] += weight * counts * (k1 + 1) / (counts + k1 * (1 - b + b * lengths / lengths.mean()))
    return found


def _terms(text: str) -> list[str]:
    words = _words(text)
    return words + [f"{one} {other}" for one, other in pairwise(words)]


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\b\w\w+\b", text.lower()) if word not in STOP_WORDS]


def report(title: str, pairs: Sequence[Pair], charities: Sequence[Charity], titles: Mapping[str, str]) -> dict[str, Measures]:
    """Prints a table of all methods on these pairs, and gives their measures back."""
    kept, right, wrong = judged(pairs, charities)
    found = {name: measure(score, right, wrong) for name, score in scores(kept, charities, titles).items()}
    better = np.sum(found[OURS].reciprocal > found["TF-IDF, class title"].reciprocal)
    print(f"\n### {title}: {len(kept)} pairs, {len(charities):,} charities\n")
    print("| method | hit@1 | hit@5 | MRR | 95 % |\n|---|---|---|---|---|")
    for name, m in found.items():
        low, high = m.interval()
        print(f"| {name} | {m.first.mean():.3f} | {m.five.mean():.3f} | {m.reciprocal.mean():.3f} | {low:.3f} to {high:.3f} |")
    print(
        f"\nBetter than TF-IDF on {better} of {len(kept)} pairs; kinds in the list of ten: {kinds_in_list(kept, charities):.3f}"
    )
    return found


def main() -> None:
    """The command."""
    charities, titles = read_charities(Path(sys.argv[1])), read_titles(Path(sys.argv[2]))
    for title, pairs in read_partnerships().items():
        report(title, pairs, charities, titles)
    if len(sys.argv) > 3:
        report("example pairs", read_examples(Path(sys.argv[3])), charities, titles)


if __name__ == "__main__":
    main()
