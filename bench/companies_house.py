"""Makes a Companies House file of any length out of the practice town's companies, in the wire format.

    python bench/companies_house.py companies.zip --rows 5000000

Every row has a number and a name of its own; numbers do not stand in order, as in the real file, which goes by name. Same
length, same bytes but for the time in the archive.
"""

from __future__ import annotations

import argparse
import zipfile
from pathlib import Path

from sources.practice.town import build_town
from sources.practice.wire_companies_house import HEADER_LINE, body_lines, companies

#: No divisor of any round number of rows: numbers jump through the whole range and never repeat.
_STRIDE = 7_368_787
_BLOCK_ROWS = 10_000


def write_companies(path: Path, rows: int) -> None:
    """Writes a ZIP with one CSV of `rows` companies."""
    # Name and number are cut out of each company of the town and put in anew, row by row.
    patterns = []
    for company in companies(build_town()):
        name, number = company["CompanyName"], company["CompanyNumber"]
        line = body_lines([company | {"CompanyName": "<name>", "CompanyNumber": "<number>"}])
        patterns.append((name, line.replace(number, "<number>").removeprefix('"<name>","<number>"')))
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("BasicCompanyDataAsOneFile-2026-06-01.csv", "w", force_zip64=True) as member,
    ):
        member.write(f"{HEADER_LINE}\r\n".encode())
        for start in range(0, rows, _BLOCK_ROWS):
            lines = []
            for place in range(start, min(start + _BLOCK_ROWS, rows)):
                name, rest = patterns[place % len(patterns)]
                number = f"{place * _STRIDE % rows:08d}"
                lines.append(f'"{name} {place // len(patterns)}","{number}"{rest.replace("<number>", number)}')
            member.write("".join(lines).encode())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, default=5_000_000)
    given = parser.parse_args()
    write_companies(given.path, given.rows)
