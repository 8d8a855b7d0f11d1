"""What one host's robots.txt lets us do.

Belongs here: turning the answer for `/robots.txt` into rules, as RFC 9309 asks. Does not: fetching it
(`http_admission.py`).
"""

from __future__ import annotations

from dataclasses import dataclass

from protego import Protego

#: Our product token: the name a host uses in its robots.txt to address this program.
PRODUCT = "partner-discovery"

#: RFC 9309, section 2.5: a crawler reads at least 500 KiB; what stands after that is not read.
ROBOTS_BYTES = 512 * 1024

#: A host that asks for a longer pause than this is left alone rather than waited for.
LONGEST_CRAWL_DELAY_S = 600.0


@dataclass(frozen=True)
class RobotsRules:
    """Rules of one host. `unreadable` says why there are none to go by, and then everything is refused."""

    parsed: Protego
    unreadable: str | None = None

    @classmethod
    def from_bytes(cls, content: bytes) -> RobotsRules:
        """Rules as written; an empty file, or one that holds no rules, allows everything."""
        # Bytes that are not UTF-8 spoil the line they stand on, not the file; a byte order mark would spoil the first.
        return cls(Protego.parse(content.decode("utf-8-sig", errors="replace")))

    @classmethod
    def unknown(cls, reason: str) -> RobotsRules:
        """No rules could be read: RFC 9309, section 2.3.1.4, then has us assume that everything is disallowed."""
        return cls(Protego.parse(""), reason)

    def objection(self, url: str) -> str | None:
        """Why `url` must not be fetched, as a sentence; None where it may be."""
        if self.unreadable is not None:
            return f"The host's robots.txt could not be read, which forbids everything (RFC 9309): {self.unreadable}"
        if not self.parsed.can_fetch(url, PRODUCT):
            return f"The host's robots.txt disallows this address for {PRODUCT}."
        if self.crawl_delay_s > LONGEST_CRAWL_DELAY_S:
            return f"The host's robots.txt asks for {self.crawl_delay_s:.0f} s between requests: too long for a night."
        return None

    @property
    def crawl_delay_s(self) -> float:
        """Seconds the host asks for between two requests; 0 where it asks for none."""
        return self.parsed.crawl_delay(PRODUCT) or 0.0
