"""How alike short texts are by the words and letters they share, rarer ones counting more: TF-IDF cosines over sparse integers.

Belongs here: documents as weighted terms, and all pairs of two tables of documents above a least likeness. Does not: what the
documents are or what their likeness is good for (`precedent.py`). Weights are whole numbers, so that no order of adding changes
a sum: rows may be shuffled and the CPU exchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: A vector of length one is this long in whole numbers, so that a cosine of one is its square. Products of two stay well
#: inside the 53 bits in which float64 counts exactly.
UNIT = 4096
ONE = UNIT * UNIT
#: Terms of more than this share of documents are not looked up: they hold little weight and cost most of the time. They still
#: count in a vector's length. On the Maryland awards the mean MRR changes by .003.
COMMON_SHARE = 0.1
#: Fewer documents than the first are few enough to look up, whatever share they are; more than the second are too many.
COMMON_LEAST, COMMON_MOST = 50, 1_000


@dataclass(frozen=True)
class Documents:
    """Rows of terms: row i holds `terms[starts[i]:starts[i + 1]]`, each once; `weights` beside them where weighted."""

    starts: Ints
    terms: Ints
    weights: Ints

    def __len__(self) -> int:
        return len(self.starts) - 1

    def part(self, rows: Ints) -> Documents:
        """The named rows, in the order named."""
        sizes = self.starts[rows + 1] - self.starts[rows]
        flat = spans(self.starts[rows], sizes)
        return Documents(_starts(sizes), self.terms[flat], self.weights[flat])


class Vocabulary:
    """Numbers terms in the order in which they are met; the numbers mean nothing beyond telling terms apart."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, term: str) -> int:
        return self._numbers.setdefault(term, len(self._numbers))

    def documents(self, rows: Sequence[Sequence[int]]) -> Documents:
        """Rows of term numbers, none twice in a row, as documents without weights yet (all zero)."""
        sizes = np.fromiter((len(row) for row in rows), np.int64, len(rows))
        terms = np.fromiter((term for row in rows for term in row), np.int64, int(sizes.sum()))
        return Documents(_starts(sizes), terms, np.zeros(len(terms), np.int64))


def document_frequency(documents: Documents, vocabulary: int) -> Ints:
    """In how many rows each term stands."""
    return np.bincount(documents.terms, minlength=vocabulary).astype(np.int64)


def unit_vectors(documents: Documents, frequency: Ints, counted: int) -> Documents:
    """The documents with TF-IDF weights (Spärck Jones 1972), each row of length `UNIT`.

    `frequency` says in how many of the `counted` documents a term stands; terms in none of them weigh nothing.
    """
    rarity = np.where(frequency > 0, np.rint(1024 * np.log((counted + 1) / (frequency + 0.5))), 0).astype(np.int64)
    raw = np.maximum(rarity, 0)[documents.terms]
    row = np.repeat(np.arange(len(documents)), np.diff(documents.starts))
    length = np.sqrt(sums(row, raw * raw, len(documents)))
    weights = np.rint(UNIT * raw / np.maximum(length, 1)[row]).astype(np.int64)
    return Documents(documents.starts, documents.terms, weights)


def joined(left: Documents, right: Documents, shift: int) -> Documents:
    """Row by row the terms of both, those of the right numbered from `shift`: a product is then the sum of both cosines."""
    rows = len(left)
    row = np.concatenate([np.repeat(np.arange(rows), np.diff(side.starts)) for side in (left, right)])
    order = np.argsort(row, kind="stable")
    sizes = np.diff(left.starts) + np.diff(right.starts)
    terms = np.concatenate([left.terms, right.terms + shift])[order]
    return Documents(_starts(sizes), terms, np.concatenate([left.weights, right.weights])[order])


class Index:
    """Documents by term, to be asked which of them are like another."""

    def __init__(self, documents: Documents, frequency: Ints, counted: int) -> None:
        """`frequency` over the whole vocabulary, in `counted` documents, as for `unit_vectors`."""
        row = np.repeat(np.arange(len(documents)), np.diff(documents.starts))
        kept = (frequency <= min(max(COMMON_SHARE * counted, COMMON_LEAST), COMMON_MOST))[documents.terms] & (
            documents.weights > 0
        )
        places = documents.terms[kept], row[kept]
        self._rows_of = sparse.csr_array((documents.weights[kept], places), shape=(len(frequency), len(documents)))

    def like(self, asked: Documents, least: int) -> tuple[Ints, Ints, Ints]:
        """All pairs of an asked row and an indexed row whose product is `least` (in parts of `ONE`) or more.

        Returns asked row, indexed row, product, ordered by the first. Memory: the pairs that have any term in common.
        """
        table = sparse.csr_array((asked.weights, asked.terms, asked.starts), shape=(len(asked), self._rows_of.shape[0]))
        found = table @ self._rows_of
        enough = np.flatnonzero(found.data >= max(least, 1))
        return lines(found)[enough], found.indices[enough].astype(np.int64), found.data[enough]


def lines(table: sparse.csr_array) -> Ints:
    """The line of each number of a sparse table."""
    return np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))


def sums(cells: Ints, amounts: Ints | Floats, size: int) -> Floats:
    """Per cell the sum of its amounts; exact, whatever the order, while amounts are whole multiples of a power of two."""
    return np.bincount(cells, amounts, size).astype(np.float64, copy=False)


def firsts(ascending: Ints) -> Ints:
    """Where each number stands first."""
    return np.flatnonzero(np.append(True, ascending[1:] != ascending[:-1])[: len(ascending)])


def split(cells: Ints, width: int) -> tuple[Ints, Ints]:
    """Line and column of cells of a table; np.divmod takes three times as long."""
    line = cells // max(width, 1)
    return line, cells - line * width


def spans(starts: Ints, sizes: Ints) -> Ints:
    """The numbers starts[0], starts[0] + 1, … (sizes[0] of them), then those of the next span, and so on."""
    before = np.cumsum(sizes) - sizes
    return np.arange(int(sizes.sum())) + np.repeat(starts - before, sizes)


def _starts(sizes: Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
