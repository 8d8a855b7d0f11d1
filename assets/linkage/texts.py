"""A column of texts that pairs of records are drawn from, a batch at a time.

Arrow keeps a name in a third of the memory that a Python string takes; only those of the batch in hand become strings. Ten
million records have three names each to keep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa


@dataclass(frozen=True)
class Texts:
    """The texts of a column that has one for every row."""

    array: pa.Array

    @classmethod
    def of(cls, column: pa.Array | pa.ChunkedArray) -> Texts:
        """A column in one piece; 64-bit offsets, since ten million addresses pass the two gigabytes of 32-bit ones."""
        column = column.cast(pa.large_string())
        return cls(column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column)

    def at(self, rows: npt.NDArray[np.integer[Any]]) -> list[str]:
        """The texts of some rows, in their order."""
        texts: list[str] = self.array.take(pa.array(rows)).to_pylist()
        return texts

    def __len__(self) -> int:
        return len(self.array)
