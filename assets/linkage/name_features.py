"""How alike two names are: as texts (rapidfuzz) and as words weighed by how rare they are. Pure: arrays in, arrays out."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler, Levenshtein, Prefix

from assets.linkage.arrays import (
    CHILD,
    LONG_NUMBER,
    NOTHING,
    NUMBER,
    PURPOSE,
    SISTER,
    SUPPORTER,
    VEHICLE,
    Bools,
    Floats,
    Ints,
    Records,
    ordinal,
)

Places = npt.NDArray[np.signedinteger[Any]]

#: Two different words are taken for one word misspelt from this Jaro-Winkler similarity on; below it lie other words.
MISSPELT = 0.85
#: A slip of the pen leaves this share of the letters in place; "radiology" and "radiation" only begin alike.
SLIP = 0.6
#: Shorter words than this are not misspelt but other words: "SRLR" and "SRJR" are two firms.
MISSPELT_FROM = 5
#: A word cut short counts as that word when it has at least this many letters ("comm" for "community").
CUT_SHORT = 3
CUT_SHORT_SIMILARITY = 0.8
#: What one rare word tells is enough to call words "rest": below this share a remainder is noise such as "ltd".
_EPSILON = np.float32(1e-6)
#: Names of up to this many words are short.
SHORT_NAME = 5


def measure_names(r: Records, a: Ints, b: Ints) -> dict[str, Floats]:
    """Features of pairs of forms; `a` and `b` are rows of `r.names`. Weights are shares of the most one word can tell."""
    long = (r.names.words.ids[a, SHORT_NAME] != NOTHING) | (r.names.words.ids[b, SHORT_NAME] != NOTHING)
    # Few names are long; comparing every word with every word costs the square, so short names are compared apart.
    found: dict[str, Floats] = {}
    for which, width in ((~long, SHORT_NAME), (long, r.names.words.ids.shape[1])):
        for name, values in _measure(r, a[which], b[which], width).items():
            found.setdefault(name, np.empty(len(a), np.float32))[which] = values
    return found


def _measure(r: Records, a: Ints, b: Ints, width: int) -> dict[str, Floats]:
    n = r.names
    ids_a, ids_b = n.words.ids[a, :width], n.words.ids[b, :width]
    w_a, w_b = n.words.weight[ids_a], n.words.weight[ids_b]
    same = (ids_a[:, :, None] == ids_b[:, None, :]) & (ids_a != NOTHING)[:, :, None]
    match_a, match_b = same.any(2).astype(np.float32), same.any(1).astype(np.float32)
    _align_rest(r, ids_a, ids_b, match_a, match_b)
    total_a, total_b = w_a.sum(1) + _EPSILON, w_b.sum(1) + _EPSILON
    got_a, got_b = (w_a * match_a).sum(1), (w_b * match_b).sum(1)
    here_a, here_b = (w_a * match_a * n.here[a, :width]).sum(1), (w_b * match_b * n.here[b, :width]).sum(1)
    neighbours = (r.district[n.rid[a]] == r.district[n.rid[b]]) & (r.district[n.rid[a]] != NOTHING)
    cover_a, cover_b = got_a / total_a, got_b / total_b
    rest_a, rest_b = match_a < CUT_SHORT_SIMILARITY, match_b < CUT_SHORT_SIMILARITY
    rest_a &= ids_a != NOTHING
    rest_b &= ids_b != NOTHING
    # A remainder that names the place of either body explains itself: "Dig-In Bruntsfield" in Bruntsfield Place.
    placed = {side: [_found(ids, r.place_words[n.rid[at]]) for at in (a, b)] for side, ids in (("a", ids_a), ("b", ids_b))}
    kinds_a, kinds_b = r.kinds[ids_a], r.kinds[ids_b]
    # So does a marked number: "Kroger #623" is the Kroger of this house.
    shop_a, shop_b = _marked(kinds_a, n.hashed[a]), _marked(kinds_b, n.hashed[b])
    local_a = (placed["a"][0] | placed["a"][1] | _is_house(r, ids_a, n.rid[a], n.rid[b]) | shop_a) & rest_a
    local_b = (placed["b"][0] | placed["b"][1] | _is_house(r, ids_b, n.rid[a], n.rid[b]) | shop_b) & rest_b
    left_a, left_b = (w_a * (rest_a & ~local_a)).sum(1), (w_b * (rest_b & ~local_b)).sum(1)
    supports_a, supports_b = _supports(kinds_a, rest_a), _supports(kinds_b, rest_b)
    text_a, text_b = n.text.at(a), n.text.at(b)
    squash_a, squash_b = n.squashed.at(a), n.squashed.at(b)
    initials = ((n.initials[a] != NOTHING) & (n.initials[a] == n.name_code[b])) | (
        (n.initials[b] != NOTHING) & (n.initials[b] == n.name_code[a])
    )
    same_name = n.name_code[a] == n.name_code[b]
    return {
        "name_letters": _ratio(squash_a, squash_b, fuzz.ratio) / 100,
        "name_start": _ratio(text_a, text_b, JaroWinkler.similarity),
        "name_any_order": _ratio(text_a, text_b, fuzz.token_sort_ratio) / 100,
        "name_cover_less": np.minimum(cover_a, cover_b),
        "name_cover_more": np.maximum(cover_a, cover_b),
        "name_shared": np.minimum(got_a, got_b),
        "name_shared_here": np.where(neighbours, np.minimum(here_a, here_b), np.minimum(got_a, got_b)),
        "name_left_less": np.minimum(left_a, left_b),
        "name_left_more": np.maximum(left_a, left_b),
        "name_local": np.maximum((w_a * local_a).sum(1), (w_b * local_b).sum(1)),
        "name_initials": initials.astype(np.float32),
        "name_same": same_name.astype(np.float32),
        "name_places": np.where(same_name, n.places[a], np.minimum(n.places[a], n.places[b])).astype(np.float32),
        "name_numbers": np.select(
            [
                (_conflict(kinds_a, kinds_b, rest_a, rest_b, NUMBER) == 2)
                | (_conflict(kinds_a, kinds_b, rest_a, rest_b, LONG_NUMBER) == 2),
                _left(kinds_a, shop_a & ~rest_a, LONG_NUMBER) & _left(kinds_b, shop_b & ~rest_b, LONG_NUMBER),
                (shop_a & ~rest_a).any(1) & (shop_b & ~rest_b).any(1),
            ],
            [np.float32(-2), np.float32(2), np.float32(1)],
            -_sides(_left(kinds_a, rest_a & ~local_a, NUMBER), _left(kinds_b, rest_b & ~local_b, NUMBER)),
        ),
        "name_child": -_sides(_left(kinds_a, rest_a, CHILD) | supports_a, _left(kinds_b, rest_b, CHILD) | supports_b),
        "name_supporter": -_sides(supports_a, supports_b),
        "name_sister": -_conflict(kinds_a, kinds_b, rest_a & ~local_a, rest_b & ~local_b, SISTER),
        "legal_form": ordinal(n.legal[a], n.legal[b]),
        "name_in_address": np.maximum((w_a * placed["a"][1]).sum(1) / total_a, (w_b * placed["b"][0]).sum(1) / total_b),
    }


def _ratio(a: list[str], b: list[str], scorer: Any) -> Floats:
    return np.asarray(process.cpdist(a, b, scorer=scorer, dtype=np.float32), dtype=np.float32)


def _align_rest(r: Records, ids_a: Ints, ids_b: Ints, match_a: Floats, match_b: Floats) -> None:
    """Words left over on both sides that are spellings or beginnings of one another: raises match_a and match_b in place.

    The soft TF-IDF of Cohen, Ravikumar and Fienberg (2003) with Jaro-Winkler, one best partner a word; only words with the same
    first letter are tried.
    """
    first = r.first_letters
    open_a, open_b = (match_a == 0) & (ids_a != NOTHING), (match_b == 0) & (ids_b != NOTHING)
    tried = open_a[:, :, None] & open_b[:, None, :] & (first[ids_a][:, :, None] == first[ids_b][:, None, :])
    pair, i, j = np.nonzero(tried)
    if not len(pair):
        return
    x, y = ids_a[pair, i].astype(np.int64), ids_b[pair, j].astype(np.int64)
    keys, back = np.unique(x * len(r.vocabulary) + y, return_inverse=True)
    words_x, words_y = (r.vocabulary.at(ids) for ids in np.divmod(keys, len(r.vocabulary)))
    alike = _ratio(words_x, words_y, JaroWinkler.similarity)
    alike[(alike < MISSPELT) | (_ratio(words_x, words_y, Levenshtein.normalized_similarity) < SLIP)] = 0
    shorter = np.minimum(*(np.fromiter(map(len, words), np.int32, len(words)) for words in (words_x, words_y)))
    short = (shorter >= CUT_SHORT) & (_ratio(words_x, words_y, Prefix.similarity) == shorter)
    alike[shorter < MISSPELT_FROM] = 0
    alike[short] = np.maximum(alike[short], CUT_SHORT_SIMILARITY)
    # Figures and words that tell sisters apart are never misspellings of one another: "II" is not "III", "stall7" not "stall8".
    kinds = r.kinds[keys // len(r.vocabulary)] | r.kinds[keys % len(r.vocabulary)]
    alike[(kinds & (NUMBER | SISTER)) > 0] = 0
    for n in np.flatnonzero(alike).tolist():
        if _figures(words_x[n]) != _figures(words_y[n]):
            alike[n] = 0
    found = alike[back]
    np.maximum.at(match_a, (pair, i), found)
    np.maximum.at(match_b, (pair, j), found)
    begins = np.flatnonzero(short[back])
    pair, i, j = pair[begins], i[begins], j[begins]
    _align_compounds(r, (ids_a, ids_b), (match_a, match_b), pair, i, j)
    _align_compounds(r, (ids_b, ids_a), (match_b, match_a), pair, j, i)


def _align_compounds(
    r: Records, ids: tuple[Ints, Ints], match: tuple[Floats, Floats], pair: Places, whole: Places, start: Places
) -> None:
    """A word of one side that is two words of the other, "doubletree" and "double tree": raises the matches in place.

    `pair`, `whole` and `start` say which word of the first side begins like which of the second.
    """
    words, starts = (r.vocabulary.at(side[pair, at]) for side, at in zip(ids, (whole, start), strict=True))
    ends = [word[len(part) :] if word.startswith(part) else "" for word, part in zip(words, starts, strict=True)]
    at = np.flatnonzero(np.fromiter((len(end) >= CUT_SHORT for end in ends), bool, len(ends)))
    for column in range(ids[1].shape[1]):
        there = at[ids[1][pair[at], column] != NOTHING]
        others = r.vocabulary.at(ids[1][pair[there], column])
        for n in (n for n, other in zip(there.tolist(), others, strict=True) if other == ends[n]):
            match[0][pair[n], whole[n]] = match[1][pair[n], start[n]] = match[1][pair[n], column] = 1


def _figures(word: str) -> str:
    return "".join(letter for letter in word if letter.isdigit())


def _is_house(r: Records, ids: Ints, rid_a: Ints, rid_b: Ints) -> Bools:
    """Where a word is a number that is the house number of either."""
    numbers = r.numbers[ids]
    found = np.zeros(ids.shape, dtype=bool)
    some = np.flatnonzero((numbers != NOTHING).any(1))
    for rid in (rid_a, rid_b):
        found[some] |= _found(numbers[some], r.house_numbers[rid[some]])
    return found


def _found(ids: Ints, place: Ints) -> Bools:
    """Where an id of a row stands in the same row of `place`."""
    found = np.zeros(ids.shape, dtype=bool)
    for column in range(place.shape[1]):
        found |= ids == place[:, column, None]
    return np.asarray(found & (ids != NOTHING))


def _conflict(kinds_a: Ints, kinds_b: Ints, rest_a: Bools, rest_b: Bools, kind: int) -> Floats:
    """0 where no word of the kind is left over, 1 where one side has some, 2 where both have and they differ."""
    return _sides(_left(kinds_a, rest_a, kind), _left(kinds_b, rest_b, kind))


def _supports(kinds: Ints, rest: Bools) -> Bools:
    """Whether what is left over names who collects for a body: its friends, or a trust for charity or for its employees."""
    return _left(kinds, rest, SUPPORTER) | (_left(kinds, rest, PURPOSE) & _left(kinds, rest, VEHICLE))


def _marked(kinds: Ints, hashed: Bools) -> Bools:
    """Where a word is the number a shop has in its chain's books, written `#623`."""
    return np.asarray(((kinds & (NUMBER | LONG_NUMBER)) > 0) & hashed[:, None])


def _left(kinds: Ints, rest: Bools, kind: int) -> Bools:
    return np.asarray((((kinds & kind) > 0) & rest).any(1))


def _sides(a: Bools, b: Bools) -> Floats:
    return np.asarray(a.astype(np.float32) + b.astype(np.float32), dtype=np.float32)
