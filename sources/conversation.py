"""How a register's conversation is held: step by step, within limits, and never in circles.

Belongs here: limits on a whole conversation, and what becomes of a register module that cannot make sense of an answer. Does
not: sending (`collect.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

from sources.http_errors import FetchError, shown
from sources.paging import Answer, Ask
from sources.register import Register, RegisterError

_T = TypeVar("_T")

#: A page that says "nothing here" says it in the same words wherever it stands.
_EMPTY_PAGE_BYTES = 256


def converse(register: Register, conversation: Generator[Ask, Answer, _T], carry_out: Callable[[Ask], Answer]) -> _T:
    """What the conversation comes to. Raises `FetchError`, also where an answer is not what the register's module expects."""
    answer: Answer | None = None
    try:
        while True:
            ask = _next(register, conversation, answer)
            answer = carry_out(ask)
    except StopIteration as end:
        result: _T = end.value
        return result
    finally:
        conversation.close()


def _next(register: Register, conversation: Generator[Ask, Answer, _T], answer: Answer | None) -> Ask:
    """What is asked for after `answer` (None at the beginning); raises `StopIteration` where nothing is."""
    try:
        ask = next(conversation) if answer is None else conversation.send(answer)
        if not isinstance(ask.url, str):  # taken from an answer as it stood there
            raise TypeError(f"the next address is {ask.url!r}")
        return ask
    except StopIteration:
        raise
    except RegisterError as error:
        raise FetchError(str(error)) from error
    except Exception as error:  # whatever an answer makes of the module must cost this source, not the night
        begins = "" if answer is None else f" {shown(answer.url)} begins with {answer.body[:40]!r}."
        raise FetchError(
            f"{register.name}: an answer is not laid out as expected ({type(error).__name__}: {error}).{begins} Open the address "
            "in a browser: a log-in, a notice, or the service has changed."
        ) from error


class Guard:
    """Limits of one conversation, and what tells that it has no end."""

    def __init__(self, register: Register, clock: Callable[[], float], max_asks: int, max_seconds: float) -> None:
        self._register = register
        self._clock = clock
        self._max_asks = max_asks
        self._max_seconds = max_seconds
        self._deadline = clock() + max_seconds
        self._asks = 0
        self._bytes = 0
        self._answers: set[tuple[str, str]] = set()
        self._kept: dict[str, str] = {}

    @property
    def bytes_left(self) -> int:
        """How much may still come."""
        return self._register.max_bytes - self._bytes

    def admit(self, ask: Ask) -> float:
        """Seconds left for `ask`; raises `FetchError` where there have been too many or the time is over."""
        self._asks += 1
        if self._asks > self._max_asks:
            raise FetchError(
                f"{self._register.name}: more than {self._max_asks} requests, last {shown(ask.url)}; the paging has no end or "
                "the profile asks for too much. Narrow the options, or raise the register's `max_pages`."
            )
        return self.in_time(ask)

    def in_time(self, ask: Ask) -> float:
        """Seconds left; raises `FetchError` where there are none."""
        left_s = self._deadline - self._clock()
        if left_s <= 0:
            raise FetchError(
                f"{self._register.name}: the {self._max_seconds:.0f} s allowed were over at request {self._asks}, "
                f"{shown(ask.url)}; narrow the options in the profile, or run again when the register is faster."
            )
        return left_s

    def look_at(self, ask: Ask, sha256: str, size: int) -> None:
        """Raise `FetchError` where an answer came before, or all answers together are too large."""
        self._bytes += size
        if self.bytes_left < 0:
            raise FetchError(
                f"{self._register.name}: all pages together are larger than the {self._register.max_bytes:,} bytes allowed; "
                "narrow the options in the profile, or raise the register's `max_bytes` if it has really grown."
            )
        question = f"{ask.url} {ask.head} {ask.json!r} {ask.form!r}"
        repeated = f"{shown(ask.url)} again" if (question, sha256) in self._answers else None
        self._answers.add((question, sha256))
        if ask.keep and not ask.head and size > _EMPTY_PAGE_BYTES:
            repeated = repeated or self._kept.get(sha256)
            self._kept[sha256] = shown(ask.url)
        if repeated is not None:
            raise FetchError(
                f"{self._register.name}: the paging has no end: {shown(ask.url)} brings the same {size:,} bytes as {repeated}, "
                "where another page was due. Open both in a browser; the register's way of paging may have changed."
            )
