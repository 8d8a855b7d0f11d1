"""Keyword search, the yardstick a ranking must beat: TF-IDF and cosine over what bodies say of themselves.

Term weights as in Manning, Raghavan and Schütze, Introduction to Information Retrieval (2008), section 6.4: 1 + ln(tf), times
ln((1 + n) / (1 + df)), so that a word in every text counts nothing.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_WORD = re.compile(r"[^\W_]{2,}")
#: Columns that are searched.
SEARCHED = ("class_text", "description", "name")
#: Decimals of a similarity, so that no processor's last digit breaks a tie.
_DECIMALS = 9


class Keywords:
    """Partners' texts, indexed by word."""

    def __init__(self, partners: pa.Table) -> None:
        texts = [Counter(_WORD.findall(text)) for text in texts_of(partners)]
        self.count = len(texts)
        found: dict[str, list[tuple[int, int]]] = {}
        for row, words in enumerate(texts):
            for word, times in words.items():
                found.setdefault(word, []).append((row, times))
        self.rarity = {word: float(np.log((1 + self.count) / (1 + len(rows)))) for word, rows in found.items()}
        length = np.zeros(self.count)
        self.rows: dict[str, npt.NDArray[np.int64]] = {}
        self.weights: dict[str, npt.NDArray[np.float64]] = {}
        for word in sorted(found):
            self.rows[word] = np.array([row for row, _ in found[word]], np.int64)
            self.weights[word] = (1 + np.log(np.array([times for _, times in found[word]]))) * self.rarity[word]
            length[self.rows[word]] += self.weights[word] ** 2
        self.length = np.sqrt(np.where(length > 0, length, 1))

    def similar(self, text: str) -> npt.NDArray[np.float64]:
        """How alike the text of each partner is, 0 to 1; words that no partner uses count nothing."""
        words = {word: times for word, times in Counter(_WORD.findall(text)).items() if word in self.rows}
        result, length = np.zeros(self.count), 0.0
        for word in sorted(words):
            weight = (1 + float(np.log(words[word]))) * self.rarity[word]
            result[self.rows[word]] += weight * self.weights[word]
            length += weight * weight
        return np.asarray(np.round(result / self.length / np.sqrt(length or 1.0), _DECIMALS))


def texts_of(table: pa.Table) -> list[str]:
    """What each body says of itself, in small letters."""
    columns = [table[column].to_pylist() for column in SEARCHED]
    return [" ".join(part for part in parts if part).lower() for parts in zip(*columns, strict=True)]
