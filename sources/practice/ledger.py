"""What has been founded so far while the town is being built.

Belongs here: collecting organisations, keys, names taken and truth. Does not: deciding what to found (`planted.py`,
`crowd.py`).
"""

from __future__ import annotations

import random
from collections import Counter

from sources.practice.model import Business, Exempt, Programme, RecordKey, ResearchBody, Town, Truth
from sources.practice.naming import NameRegister


class Ledger:
    """The town while it grows. `town()` closes it."""

    def __init__(self, seed: int, size: float) -> None:
        if size <= 0:
            raise ValueError(f"size of the practice town is {size}; it must be above 0 (1 = about 3,000 businesses)")
        self.seed = seed
        self.size = size
        self.names = NameRegister()
        self.businesses: list[Business] = []
        self.exempt: list[Exempt] = []
        self.programmes: list[Programme] = []
        self.research: list[ResearchBody] = []
        self.must_not_match: list[tuple[str, str]] = []
        self.chances: list[tuple[str, str]] = []
        self.contact_names: set[str] = set()
        self._numbers: Counter[str] = Counter()
        self._eins: set[str] = set()

    def chance(self, part: str) -> random.Random:
        """A stream of chance for one part of the town, so that a change in one part leaves the others alone."""
        return random.Random(f"{self.seed}/{part}")  # noqa: S311 - invented data, not secrets

    def new_key(self, kind: str) -> str:
        """Next organisation key, e.g. `business-00017`."""
        self._numbers[kind] += 1
        return f"{kind}-{self._numbers[kind]:05d}"

    def new_ein(self, rng: random.Random) -> str:
        """An employer number nobody can have: the prefix 00 is not assigned."""
        while (ein := f"00{rng.randrange(100_000, 10_000_000):07d}") in self._eins:
            pass
        self._eins.add(ein)
        return ein

    def scaled(self, count: float, rng: random.Random) -> int:
        """A count at size 1 brought to this town's size, broken parts decided by chance."""
        return int(count * self.size + rng.random()) if self.size != 1 else int(count)

    def planted(self, count: float) -> int:
        """The same for planted cases, of which even the smallest town has one."""
        return max(1, round(count * self.size))

    def town(self) -> Town:
        """The finished town. The order of everything follows from seed and size alone."""
        clusters: dict[RecordKey, str] = {f"irs_bmf:{body.row.ein}": body.key for body in self.exempt}
        clusters.update({f"ror:{body.ror_id}": body.key for body in self.research})
        clusters.update({row: business.key for business in self.businesses for row in business.licences})
        truth = Truth(
            clusters=clusters,
            must_not_match=tuple(sorted({(min(pair), max(pair)) for pair in self.must_not_match})),
            chances=tuple(self.chances),
            natural_persons=frozenset(business.key for business in self.businesses if business.is_natural_person),
            contact_names=frozenset(self.contact_names),
        )
        return Town(
            seed=self.seed,
            size=self.size,
            businesses=tuple(self.businesses),
            exempt=tuple(self.exempt),
            programmes=tuple(self.programmes),
            research=tuple(self.research),
            truth=truth,
        )
