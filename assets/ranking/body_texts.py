"""What names and texts tell of bodies and partners, as numbers that can be compared.

Belongs here: which words, letters and kinds of body a name holds, and their vectors. Does not: how alike two of them are
(`likeness.py`), or what that says of a partnership (`precedent.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from assets.ranking import likeness
from assets.ranking.edges import Body
from assets.ranking.likeness import Documents, Vocabulary
from assets.ranking.name_kinds import name_words, singular, word_kinds


class BodyTexts:
    """Bodies that are described, row by row, and partners.

    `vectors` hold words and letters of a body's name, weighed by `frequency`; `against_partners` its words as `partner_text` has
    those of partners. `area` is its postcode area and `kind_set` its set of kinds, a number each (no area: -1); `kind_sets` are
    the sets, numbers of `kinds`.
    """

    def __init__(self, described: Sequence[Body], partners: pa.Table) -> None:
        words, grams, areas = Vocabulary(), Vocabulary(), Vocabulary()
        plain = [name_words(body.name) for body in described]
        kinds = [_kinds(names, body) for names, body in zip(plain, described, strict=True)]
        self.area = np.array([areas.number(body.area) if body.area else -1 for body in described], np.int64)
        self.kinds = sorted(set().union(*kinds))
        sets = {found: at for at, found in enumerate(sorted(set(kinds)))}
        kind_number = {kind: at for at, kind in enumerate(self.kinds)}
        self.kind_sets = [np.array([kind_number[kind] for kind in found], np.int64) for found in sets]
        self.kind_set = np.array([sets[found] for found in kinds], np.int64)

        word_rows = words.documents(
            [
                [words.number(word) for word in {*map(singular, names), *(f"@{kind}" for kind in found)}]
                for names, found in zip(plain, kinds, strict=True)
            ]
        )
        gram_rows = grams.documents([[grams.number(gram) for gram in _trigrams(names)] for names in plain])
        partner_names = partners["name"].to_pylist()
        partner_texts = partners["description"].to_pylist() if "description" in partners.column_names else partner_names
        name_rows = _plain_documents(partner_names, words)
        text_rows = _plain_documents([f"{a or ''} {b or ''}" for a, b in zip(partner_names, partner_texts, strict=True)], words)

        count, size = len(described), len(words)
        word_frequency = likeness.document_frequency(word_rows, size)
        gram_frequency = likeness.document_frequency(gram_rows, len(grams))
        self.frequency = np.concatenate([word_frequency, gram_frequency])
        self.vectors = likeness.joined(
            likeness.unit_vectors(word_rows, word_frequency, count), likeness.unit_vectors(gram_rows, gram_frequency, count), size
        )
        self.text_frequency = likeness.document_frequency(text_rows, size)
        self.against_partners = likeness.unit_vectors(word_rows, self.text_frequency, len(partners))
        self.partner_text = likeness.unit_vectors(text_rows, self.text_frequency, len(partners))
        self.name_frequency = likeness.document_frequency(name_rows, size)
        self.partner_name = likeness.unit_vectors(name_rows, self.name_frequency, len(partners))


def _kinds(words: Iterable[str], body: Body) -> tuple[str, ...]:
    return tuple(sorted({kind for word in words for kind in word_kinds(word)} | set(body.divisions)))


def _trigrams(words: Sequence[str]) -> set[str]:
    return {f" {word} "[at : at + 3] for word in words for at in range(len(word))}


def _plain_documents(texts: Sequence[str | None], words: Vocabulary) -> Documents:
    return words.documents([[words.number(word) for word in set(map(singular, name_words(text)))] for text in texts])
