"""How near two bodies lie and whether they share an address, a phone or a web site. Pure: arrays in, arrays out."""

from __future__ import annotations

import numpy as np
from rapidfuzz import fuzz, process

from assets.linkage.arrays import NOTHING, Bools, Bytes, Floats, Ints, Records, ordinal

#: Kilometres taken where a side has no coordinates: neither near nor far.
UNKNOWN_KM = 2.0
#: Radius of the earth in kilometres.
EARTH_KM = 6371.0
#: A phone or site that more records than this share belongs to a group or an agent.
FEW, SOME = 3, 10
#: Streets at least this alike are one street: only there are two numbers next door.
SAME_STREET = 0.7
#: House numbers at most this far apart may be one building ("108-112").
NEXT_DOOR = 4


def measure_places(r: Records, a: Ints, b: Ints) -> dict[str, Floats]:
    """Features of pairs of records. Steps rise with agreement; what either side does not say is the step in the middle."""
    streets, house = _streets(r, a, b), _house_numbers(r, a, b)
    return {
        "street": streets,
        "street_rare": _rare_street(r, a, b),
        "house_number": np.where((house == 1) & (streets < SAME_STREET), -1, house).astype(np.float32),
        "unit": ordinal(r.units[a], r.units[b]),
        "postcode": _postcodes(r, a, b),
        "placed": _placed(r, a) + _placed(r, b),
        "city": _cities(r, a, b),
        "region": ordinal(r.region[a], r.region[b]),
        "country": ordinal(r.country[a], r.country[b]),
        "distance": _distance(r, a, b),
        "phone": _shared(r.phone[a], r.phone[b], r.phone_uses[a], _one_off(r.phone_letters, a, b)),
        "website": _shared(r.domain[a], r.domain[b], r.domain_uses[a], np.zeros(len(a), dtype=bool)),
        "site_and_name": _site_and_name(r, a, b),
    }


def _placed(r: Records, rid: Ints) -> Floats:
    return (r.has_address[rid] | (r.district[rid] != NOTHING) | (r.postcode[rid] != NOTHING)).astype(np.float32)


def _cities(r: Records, a: Ints, b: Ints) -> Floats:
    """1 the same, 0 not known, -1 another. "Hull" and "Kingston upon Hull" of one postal district are not known to differ."""
    one_area = ordinal(r.post_town[a], r.post_town[b]) == 1
    step = ordinal(r.city[a], r.city[b])
    return np.where(one_area, np.maximum(step, 0), step).astype(np.float32)


def _streets(r: Records, a: Ints, b: Ints) -> Floats:
    """Similarity of streets without numbers, 0 to 1; 0.5 where either is not known."""
    result = np.full(len(a), 0.5, np.float32)
    known = np.flatnonzero(r.has_address[a] & r.has_address[b])
    if len(known):
        result[known] = (
            process.cpdist(r.street.at(a[known]), r.street.at(b[known]), scorer=fuzz.token_set_ratio, dtype=np.float32) / 100
        )
    return result


def _rare_street(r: Records, a: Ints, b: Ints) -> Floats:
    """Weight of the words both addresses have, of the lighter of the two, -0.5 to 0.5; 0 where either is not known."""
    ids_a, ids_b = r.address_words.ids[a], r.address_words.ids[b]
    w_a, w_b = r.address_words.weight[ids_a], r.address_words.weight[ids_b]
    same = ((ids_a[:, :, None] == ids_b[:, None, :]) & (ids_a != NOTHING)[:, :, None]).any(2)
    share = (w_a * same).sum(1) / (np.minimum(w_a.sum(1), w_b.sum(1)) + np.float32(1e-6))
    return np.where(r.has_address[a] & r.has_address[b], np.minimum(share, 1) - 0.5, 0).astype(np.float32)


def _house_numbers(r: Records, a: Ints, b: Ints) -> Floats:
    """2 where a house number is shared, 1 where two are next door, 0 where not known, -1 where they differ."""
    x, y = r.house_numbers[a], r.house_numbers[b]
    known = ((x != NOTHING)[:, :, None]) & ((y != NOTHING)[:, None, :])
    apart = np.where(known, np.abs(x[:, :, None].astype(np.int64) - y[:, None, :]), np.iinfo(np.int64).max).min((1, 2))
    return np.where(known.any((1, 2)), np.where(apart == 0, 2, np.where(apart <= NEXT_DOOR, 1, -1)), 0).astype(np.float32)


def _one_off(letters: Bytes, a: Ints, b: Ints) -> Bools:
    return (letters[a] != letters[b]).sum(1) == 1


def _postcodes(r: Records, a: Ints, b: Ints) -> Floats:
    """3 the same, 2 one letter off, 1 the same district, 0 not known, -1 elsewhere."""
    known = (r.postcode[a] != NOTHING) & (r.postcode[b] != NOTHING)
    step = np.where(r.outcode[a] == r.outcode[b], 1, -1)
    step = np.where(_one_off(r.postcode_letters, a, b), 2, step)
    step = np.where(r.postcode[a] == r.postcode[b], 3, step)
    return np.where(known, step, 0).astype(np.float32)


def _distance(r: Records, a: Ints, b: Ints) -> Floats:
    """Minus the logarithm (base 10) of the kilometres between the two, 10 m at least."""
    lat_a, lat_b = np.radians(r.latitude[a]), np.radians(r.latitude[b])
    east = np.radians(r.longitude[a] - r.longitude[b]) * np.cos((lat_a + lat_b) / 2)
    km = EARTH_KM * np.hypot(lat_a - lat_b, east)
    return (-np.log10(np.maximum(np.where(np.isnan(km), UNKNOWN_KM, km), 0.01))).astype(np.float32)


def _shared(a: Ints, b: Ints, uses: Floats, one_off: Bools) -> Floats:
    """3 the same and theirs, 2 shared by some, 1 shared by many, 0 not known, -1 one digit off, -2 another."""
    known = (a != NOTHING) & (b != NOTHING)
    same = np.where(uses <= FEW, 3, np.where(uses <= SOME, 2, 1))
    return np.where(known, np.where(a == b, same, np.where(one_off, -1, -2)), 0).astype(np.float32)


def _site_and_name(r: Records, a: Ints, b: Ints) -> Floats:
    """Where one side alone has a site: how much of it the other's name spells, 0 to 1; else 0.5."""
    result = np.full(len(a), 0.5, np.float32)
    for site, other in ((a, b), (b, a)):
        lone = np.flatnonzero((r.domain[site] != NOTHING) & (r.domain[other] == NOTHING))
        if len(lone):
            names = r.names.squashed.at(r.first_form[other[lone]])
            result[lone] = process.cpdist(r.site.at(site[lone]), names, scorer=fuzz.partial_ratio, dtype=np.float32) / 100
    return result
