"""How the practice town misbehaves on order: the faults by name, and which address has which.

Belongs here: the names and the order. Does not: what a fault does on the way (`faults_on_the_way.py`), to a file
(`faults_in_files.py`), to pages (`faults_in_paging.py`).

A fault takes a route and gives one that goes wrong. Faults with a parameter (how many times, which column) are made by the
functions of those modules; the names are the common cases.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping

from sources.practice import faults_in_files as files
from sources.practice import faults_in_paging as paging
from sources.practice import faults_on_the_way as way
from sources.practice.faults_on_the_way import Fault
from sources.practice.serving import Route, at_address

#: name -> fault. "Once" is for the next request, all others last until the order changes.
FAULTS: Mapping[str, Fault] = {
    "429 once": way.answering(429, headers={"Retry-After": "7"}, times=1),
    "429 for ever": way.answering(429, headers={"Retry-After": "7"}),
    "429 for an hour": way.answering(429, headers={"Retry-After": "3600"}),
    "500 once": way.answering(500, times=1),
    "500 for ever": way.answering(500),
    "404": way.answering(404),
    "silence": way.silent(),
    "silence once": way.silent(times=1),
    "stall in the body": way.stalling(),
    "slow drip": way.dripping(),
    "cut": way.cut(),
    "cut once": way.cut(times=1),
    "hang up": way.hanging_up,
    "redirect loop": way.redirecting(""),
    "redirect to a private address": way.redirecting("https://10.0.0.1/register.csv"),
    "redirect to the cloud's own address": way.redirecting("http://169.254.169.254/latest/meta-data/"),
    "redirect to another host": way.redirecting("https://elsewhere.example/register.csv"),
    "redirect to a file": way.redirecting("file:///etc/passwd"),
    "robots disallow": way.answering(200, body=b"User-agent: *\nDisallow: /\n", content_type="text/plain"),
    "HTML type": files.typed("text/html; charset=utf-8"),
    "log-in page": files.log_in_page("text/html; charset=utf-8"),
    "log-in page as JSON": files.log_in_page("application/json"),
    "empty": files.changing(lambda _: b""),
    "half": files.changing(lambda body: body[: len(body) // 2]),
    "changed header": files.changing(files.with_other_header),
    "added column": files.changing(files.with_added_column),
    "BOM": files.changing(lambda body: b"\xef\xbb\xbf" + body),
    "cp1252": files.changing(files.with_cp1252_dashes),
    "NULs": files.changing(files.with_nuls),
    "duplicate keys": files.changing(files.with_last_row_twice),
    "a few rows": files.changing(files.first_rows),
    "zip bomb": files.changing(lambda _: files.zip_bomb()),
    "gzip bomb": files.changing(lambda _: files.gzip_bomb()),
    "gzip bomb as encoding": files.changing(lambda _: files.gzip_bomb(), headers={"Content-Encoding": "gzip"}),
    "nested zip": files.changing(files.zipped_thrice),
    "path traversal": files.changing(files.with_member_outside),
    "entity bomb": files.changing(files.with_entity_bomb),
    "external entity": files.changing(files.with_external_entity),
    "same page for ever": paging.same_page,
    "new pages for ever": paging.new_pages,
    "shrinking total": paging.shrinking_total,
}


class Faults:
    """The faults ordered of a town; may change while it is served."""

    def __init__(self, by_path: Mapping[str, str | Fault] | None = None) -> None:
        self._lock = threading.Lock()
        self._ordered: dict[str, Fault] = {}
        self._faulty: dict[str, Route] = {}
        for path, fault in (by_path or {}).items():
            self.set(path, fault)

    def set(self, path: str, fault: str | Fault) -> None:
        """Order `fault` (a name, or a fault) at a path, or at all below `…/*`. Faults that pass begin anew.

        Raises KeyError for a name that is none.
        """
        made = FAULTS[fault] if isinstance(fault, str) else fault
        with self._lock:
            self._ordered[path] = made
            self._faulty.clear()

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._ordered.clear()
            self._faulty.clear()

    def over(self, path: str, route: Route) -> Route:
        """`route`, or what the fault ordered at `path` makes of it; faults that pass remember how often they were met."""
        with self._lock:
            fault = at_address(self._ordered, path)
            if fault is None:
                return route
            return self._faulty.setdefault(path, fault(route))
