"""Free words → activities: what a name, a charity's account of itself or the title of a class speaks of, and how surely.

Belongs here: reading tokens and weighing what was found. Does not: the phrases (`words.yaml`), class codes (`codes.py`).

All phrases lie in one trie over stems, walked once a text: the longest phrase at a place wins, and its words say nothing else.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import pyarrow as pa

from assets.ranking.codes import TAGS
from assets.ranking.yaml_file import read_yaml

#: How surely one mention of a phrase of each sort makes a body of that kind.
SURENESS = {"sure": 0.8, "likely": 0.5, "hint": 0.15}
#: A name says what a body is; a text also says what it does on the side. This and the next numbers were chosen on one half of
#: `bench/partnerships.csv`; a few tenths more or less change little.
NAME = 1.2
#: Words of a text that count fully, and what a mention far behind them still counts.
EARLY_WORDS, LATE = 25, 0.8
#: What a kind much less spoken of than the main one keeps of its sureness.
PASSING = 0.7
#: After "such as" come examples, after "not" what a body is not: this many words count so much less.
EXAMPLE_WORDS, EXAMPLE = 8, 0.5
NEGATED_WORDS, NEGATED = 12, 0.0
#: Sureness is given in steps: finer ones mean nothing, and equal bodies stay equal.
STEP = 0.05
_TOKEN = re.compile(r"[a-z0-9]+|[.;:()]")
_APOSTROPHE = re.compile(r"['’`´]")
#: Reads no further: what a charity says after a page is about its trustees.
_READ = 2000
#: Activity → phrase → weight of its weightiest mention.
_Mentions = dict[str, dict[int | None, float]]


@dataclass
class _Node:
    """A place in the trie: what words lead on, and what a phrase that ends here says (activity, weight)."""

    next: dict[str, _Node] = field(default_factory=dict)
    phrase: int | None = None
    says: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class _Vocabulary:
    """The trie; words after which others count less: what they keep, and how many words, 0 for "again in full"; trades that
    are surnames besides."""

    root: _Node
    turns: dict[str, tuple[float, int]]
    surnames: frozenset[str]


def tag(names: Sequence[str | None], texts: Sequence[str | None], side: str, coded: Sequence[bool] | None = None) -> pa.Table:
    """Activities each body's name and text speak of, as `codes.TAGS` sorted by row and activity.

    `side` is "business" or "partner". A body about which nothing is said has no row. Of the bodies that are `coded` a class code
    tells what they are, so that Baker Tilly need not bake. Raises ValueError for another `side` or where names and texts are not
    equally many.
    """
    if side not in ("business", "partner"):
        raise ValueError(f"side must be business or partner; found {side!r}")
    if len(names) != len(texts):
        raise ValueError(f"a text for every name is needed; found {len(names)} names and {len(texts)} texts")
    vocabulary = _vocabulary(side)
    stems: dict[str, str] = {}
    seen: dict[tuple[str | None, str | None, bool], list[tuple[str, float]]] = {}
    rows: list[int] = []
    found: list[tuple[str, float]] = []
    for row, body in enumerate(zip(names, texts, coded or [False] * len(names), strict=True)):
        if body not in seen:
            seen[body] = _kinds(*body, vocabulary, stems)
        rows += [row] * len(seen[body])
        found += seen[body]
    return pa.table({"row": rows, "activity_id": [a for a, _ in found], "confidence": [c for _, c in found]}, schema=TAGS)


def _kinds(
    name: str | None, text: str | None, coded: bool, vocabulary: _Vocabulary, stems: dict[str, str]
) -> list[tuple[str, float]]:
    """Activities by id with their sureness: mentions add up, and a kind the body hardly speaks of beside another loses."""
    mentions: _Mentions = {}
    if text:
        _read(text[:_READ], 1.0, vocabulary, stems, mentions)
    if name:
        _read(name, NAME, vocabulary, stems, mentions, vocabulary.surnames)
        if not mentions and not coded and not _begins_with_surname(name, vocabulary):
            _read(name, NAME, vocabulary, stems, mentions)
    evidence = {activity: sum(of_phrase.values()) for activity, of_phrase in mentions.items()}
    most = max(evidence.values(), default=0.0)
    found = []
    for activity in sorted(evidence):
        sure = (1 - math.exp(-evidence[activity])) * (PASSING + (1 - PASSING) * evidence[activity] / (most or 1.0))
        if steps := round(sure / STEP):
            found.append((activity, round(steps * STEP, 2)))
    return found


def _begins_with_surname(name: str, vocabulary: _Vocabulary) -> bool:
    """Baker Tilly is nobody's baker; The Village Baker is, and so is Baker."""
    words = _TOKEN.findall(_plain(name))
    return len(words) > 1 and words[0] in vocabulary.surnames


def _read(
    text: str,
    factor: float,
    vocabulary: _Vocabulary,
    stems: dict[str, str],
    mentions: _Mentions,
    unheard: frozenset[str] = frozenset(),
) -> None:
    """Adds to `mentions` what the text says; of several mentions of one phrase the weightiest counts.

    Words of `unheard` say nothing alone, only in a longer phrase ("barber shop").
    """
    words = []
    tokens = _TOKEN.findall(_plain(text))
    for token in tokens:
        word = stems.get(token)
        if word is None:
            word = stems[token] = stem(token)
        words.append(word)
    start, count = vocabulary.root.next, len(words)
    at, lowered, until = 0, 1.0, 0
    while at < count:
        word = words[at]
        node = start.get(word)
        spoken, end = None, at + 1
        after = end
        while node is not None:
            if node.phrase is not None:
                spoken, end = node, after
            if after == count or not node.next:
                break
            node, after = node.next.get(words[after]), after + 1
        if spoken is not None and (end > at + 1 or tokens[at] not in unheard):
            weight = factor * (1.0 if at < EARLY_WORDS else LATE) * (lowered if at < until else 1.0)
            for activity, strength in spoken.says:
                of_phrase = mentions.setdefault(activity, {})
                of_phrase[spoken.phrase] = max(of_phrase.get(spoken.phrase, 0.0), strength * weight)
        elif spoken is None and word in vocabulary.turns:
            lowered, length = vocabulary.turns[word]
            until = end + length
        at = end


def stem(token: str) -> str:
    """A word without its plural: the tagger's phrases and its texts go through the same."""
    if len(token) > 4 and token.endswith("ies"):
        return token[:-3] + "y"
    if len(token) > 4 and token.endswith(("sses", "shes", "ches", "xes", "zes")):
        return token[:-2]
    if len(token) > 3 and token.endswith("s") and not token.endswith(("ss", "us", "is")):
        return token[:-1]
    return token


def _plain(text: str) -> str:
    """Lower case without accents and apostrophes."""
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", _APOSTROPHE.sub("", text)) if not unicodedata.combining(c))
    return text.lower().replace("'", "").replace("`", "")


@cache
def _vocabulary(side: str) -> _Vocabulary:
    """`words.yaml` as a trie. Raises ValueError where a phrase says the same activity twice."""
    book = read_yaml("words.yaml")
    said: dict[tuple[str, ...], dict[str, float]] = {phrase: {} for phrase in _phrases(book["say_nothing"])}
    for activity, sorts in book[side].items():
        for sort, phrases in sorts.items():
            for phrase in _phrases(phrases):
                if activity in said.setdefault(phrase, {}):
                    raise ValueError(f"words.yaml: {activity} names {' '.join(phrase)!r} twice; strike one out")
                said[phrase][activity] = -math.log(1 - SURENESS[sort])
    root = _Node()
    for number, (phrase, says) in enumerate(sorted(said.items())):
        node = root
        for word in phrase:
            node = node.next.setdefault(word, _Node())
        node.phrase, node.says = number, tuple(sorted(says.items()))
    turns = {stem(word): (EXAMPLE, EXAMPLE_WORDS) for word in book["examples"].split()}
    turns |= {stem(word): (NEGATED, NEGATED_WORDS) for word in book["negations"].split()}
    turns |= dict.fromkeys(".;:)", (1.0, 0))
    return _Vocabulary(root, turns, frozenset(book["surnames"].split() if side == "business" else ()))


def _phrases(line: str) -> list[tuple[str, ...]]:
    """The phrases of a line, parted by commas, as stems."""
    return [tuple(stem(token) for token in _TOKEN.findall(_plain(phrase))) for phrase in line.split(",") if phrase.strip()]
