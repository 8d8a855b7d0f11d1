"""A box on the map, as a profile gives it to registers asked by place: `bbox: [west, south, east, north]`, degrees of WGS 84.

The order is that of GeoJSON (RFC 7946, section 5). A box over the 180th meridian is not taken.
"""

from __future__ import annotations

from typing import NamedTuple

from sources.register import Options, RegisterError


class Box(NamedTuple):
    """Degrees; the edges belong to the box."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, longitude: float, latitude: float) -> bool:
        """True where the point lies in the box."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


def box_of(options: Options, register: str) -> Box | None:
    """The option `bbox`, or None where there is none. Raises RegisterError where it is no box."""
    given = options.get("bbox")
    if given is None:
        return None
    try:
        box = Box(*(float(edge) for edge in given))
    except (TypeError, ValueError):
        box = None
    if box is None or not (-180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90):
        raise RegisterError(
            f"{register}: option `bbox` is {given!r}; expected four numbers in degrees, [west, south, east, north], "
            "e.g. [-3.02, 53.32, -2.81, 53.48]."
        )
    return box
