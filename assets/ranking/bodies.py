"""Businesses and partners as tables of facts: what a row must and may hold, and the numbers a score is made of.

Belongs here: columns, size bands, coordinates, readiness. Does not: what kind of body a row is (`codes.py`, `tagger.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Doubles = npt.NDArray[np.float64]

#: Columns that are read where present, besides `id` and `name`.
TEXT = (
    "sector", "country", "sic", "naics", "ntee", "icnptso", "ukcat", "class_text", "description", "company_number", "postcode",
    "address", "status", "last_filed_on", "started_on",
)  # fmt: skip
#: Those of them that are days.
DAYS = ("last_filed_on", "started_on")
#: How far a point can be from where the grid begins.
DEGREES: Mapping[str, int] = MappingProxyType({"latitude": 90, "longitude": 180})
NUMBERS = (*DEGREES, "income_gbp", "income_usd", "employees")
SCHEMA = pa.schema(
    [("id", pa.string()), ("name", pa.string())] + [(c, pa.string()) for c in TEXT] + [(c, pa.float64()) for c in NUMBERS]
)
#: Upper bounds of yearly income for micro, small and medium bodies in pounds: the bands of the NCVO Almanac, rounded. Dollars are
#: taken at four to three: bands are wide.
INCOME_BANDS = (100_000, 1_000_000, 10_000_000)
POUND_IN_DOLLARS = 4 / 3
#: Upper bounds of employees: the usual micro, small and medium enterprise.
EMPLOYEE_BANDS = (10, 50, 250)
#: A small business gets furthest with a partner that has staff but still answers the phone.
CAPACITY = (0.5, 0.9, 1.0, 0.7)
#: Kilometres after which nearness has fallen to a third: the decay of the ranking study.
DECAY_KM = 10.0
EARTH_KM = 6371.0
#: Accounts filed within so many days are in order; what has a year behind it is no newcomer.
FILED_LATELY_DAYS, NEW_DAYS = 913, 365


def complete(rows: pa.Table) -> pa.Table:
    """The table with exactly the columns of `SCHEMA`, in the order of `id`; what a row does not say is null."""
    count = rows.num_rows
    columns = {
        field.name: rows[field.name].cast(field.type) if field.name in rows.column_names else pa.nulls(count, field.type)
        for field in SCHEMA
    }
    return pa.table(columns, schema=SCHEMA).sort_by("id").combine_chunks()


def capacity(partners: pa.Table) -> Doubles:
    """How well the size of each partner suits a small business, 0 to 1; NaN where its size is not known."""
    pounds = numbers(partners, "income_gbp")
    pounds = np.where(np.isnan(pounds), numbers(partners, "income_usd") / POUND_IN_DOLLARS, pounds)
    band = np.where(
        np.isnan(pounds),
        np.searchsorted(EMPLOYEE_BANDS, numbers(partners, "employees"), side="right"),
        np.searchsorted(INCOME_BANDS, pounds, side="right"),
    )
    known = ~(np.isnan(pounds) & np.isnan(numbers(partners, "employees")))
    return np.where(known, np.array(CAPACITY)[np.minimum(band, len(CAPACITY) - 1)], np.nan)


def readiness(bodies: pa.Table, as_of: date) -> Doubles:
    """Whether each body is active, files its accounts and has been there for a while, 0 to 1; NaN where nothing is known."""
    filed, started = (_days_before(bodies[c], as_of) for c in DAYS)
    result = np.where(started < NEW_DAYS, 0.6, np.where(np.isnan(started), np.nan, 1.0))
    result = np.where(np.isnan(filed), result, np.where(filed <= FILED_LATELY_DAYS, 1.0, 0.4))
    status = pc.utf8_lower(pc.fill_null(bodies["status"], "")).to_numpy(zero_copy_only=False)
    return np.where(status == "active", np.fmax(result, 0.8), result)


#: How registers and lists say that a body works no longer, in small letters. A proposal to strike off is often withdrawn.
CLOSED = (
    "inactive", "not active", "closed", "permanently closed", "removed", "dissolved", "ceased", "ceased trading", "liquidation",
    "in liquidation", "struck off", "deregistered",
)  # fmt: skip


def inactive(bodies: pa.Table) -> npt.NDArray[np.bool_]:
    """Bodies that are said to be closed or wound up."""
    closed = pc.is_in(pc.utf8_lower(pc.fill_null(bodies["status"], "")), pa.array(CLOSED))
    return np.asarray(closed.to_numpy(zero_copy_only=False), dtype=bool)


def points(bodies: pa.Table) -> Doubles:
    """Where each body is on the unit sphere [3, bodies]; NaN where its place is not known or on no globe."""
    degrees = zip((numbers(bodies, "latitude"), numbers(bodies, "longitude")), (90, 180), strict=True)
    lat, lon = (np.radians(np.where(np.abs(given) <= most, given, np.nan)) for given, most in degrees)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def kilometres(one: Doubles, other: Doubles) -> Doubles:
    """Distance between points on the sphere, to a tenth of a kilometre; NaN where one is not known. Shapes are broadcast."""
    return _tenths(one, other) / 10


def nearness(one: Doubles, other: Doubles) -> Doubles:
    """exp(-km / 10) of the distances between points, to four places; NaN where one is not known."""
    step = _tenths(one, other)
    np.minimum(step, len(_NEAR) - 2, out=step)
    if np.isnan(one[0]).any() or np.isnan(other[0]).any():
        np.copyto(step, len(_NEAR) - 1, where=np.isnan(step))
    return np.asarray(_NEAR.take(step.astype(np.intp)))


def _tenths(one: Doubles, other: Doubles) -> Doubles:
    """Distances between points in tenths of a kilometre."""
    # Done in place: this takes most of the time of ranking.
    half = np.square(one[0] - other[0])
    for axis in (1, 2):
        apart = one[axis] - other[axis]
        half += np.square(apart, out=apart)
    half *= 0.25
    np.arcsin(np.sqrt(np.minimum(half, 1, out=half), out=half), out=half)
    half *= 20 * EARTH_KM
    return np.asarray(np.rint(half, out=half))


#: Nearness by tenths of a kilometre; beyond the last it is 0. The very last stands for what is not known.
_NEAR: Doubles = np.append(np.round(np.exp(-np.arange(1200) / 10 / DECAY_KM), 4), [0.0, np.nan])


def numbers(bodies: pa.Table, column: str) -> Doubles:
    """A column as doubles, NaN where null."""
    return np.asarray(bodies[column].fill_null(np.nan).to_numpy(), dtype=np.float64)


def _days_before(column: pa.ChunkedArray, as_of: date) -> Doubles:
    # A text that is no ISO date says nothing, and neither does a day to come.
    dates = pc.strptime(pc.utf8_slice_codeunits(column, 0, 10), format="%Y-%m-%d", unit="s", error_is_null=True)
    days = pc.cast(pc.divide(pc.cast(dates, pa.int64()), 86_400), pa.float64()).fill_null(np.nan).to_numpy()
    before = (as_of - date(1970, 1, 1)).days - days
    return np.where(before < 0, np.nan, before)
