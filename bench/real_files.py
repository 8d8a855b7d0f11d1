"""What reading every real file at hand comes to: rows, kept, set aside, left out, rows a second, peak memory.

    python bench/real_files.py FOLDER

FOLDER holds one folder a register, as the tests expect it in $PARTNERS_REAL. Each file is read in a process of its own,
whose peak memory is given; about 150 MiB of it are Python, Arrow and DuckDB themselves. Times include writing Parquet.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

#: Register, file or pattern below the folder, options.
FILES = [
    ("irs_bmf", "irs_bmf/eo_ar.csv", {}),
    ("irs_bmf", "irs_bmf/eo_dc.csv", {}),
    ("irs_bmf", "irs_bmf/eo4.csv", {}),
    ("oscr", "oscr/RESHAPED_CharityExport_from_ukcat.csv", {}),
    ("ccni", "ccni/RESHAPED_charitydetails_from_ukcat.csv", {}),
    ("acnc", "acnc/datadotgov_main_excerpt.csv", {}),
    ("sam_assistance_listings", "sam_assistance_listings/sample_assistance_listings.csv", {}),
    ("sam_assistance_listings", "sam_assistance_listings/RESHAPED_AssistanceListings_from_FPI.csv", {}),
    ("grants_gov", "grants_gov/RESHAPED_GrantsDBExtract20250304v2.zip", {}),
    ("grants_gov_api", "grants_gov/fetchOpportunity_358302_excerpt.json", {}),
    ("california_grants", "state_grants/california_grants_portal_111c8c88_2025-06-16.json", {}),
    ("pennsylvania_grants", "state_grants/PA-grant-data.sample.json", {}),
    ("govuk", "govuk/specialist_document__business-finance-support-scheme.json", {}),
    ("ror", "ror/ror-data_v2_subset.zip", {}),
    ("ror", "overlap/liverpool/ror_liverpool_manchester.json", {}),
    ("companies_house", "companies_house/BasicCompanyData-2020-06-01-part6_7_sample.zip", {}),
    ("fhrs", "fhrs/Liverpool_food_outlets_FHRS414en-GB_2021-01-27.xml", {}),
    ("fhrs", "fhrs/bulk_xml_excerpt_real_records_2026-08.xml", {}),
    ("little_rock", "little_rock/Business_Licenses.csv", {}),
    ("chicago", "socrata_chicago/r5kz-chrr_sample_raw_2020.csv", {}),
    ("chicago", "socrata_chicago/Business_Licenses_561rows_2016.csv", {}),
    ("overpass", "overpass/area-01.json", {}),
    ("threesixtygiving", "threesixtygiving/a002400000OiDBQAA3.json", {}),
    ("threesixtygiving", "threesixtygiving/a002400000nO46WAAS.json", {}),
    ("threesixtygiving", "threesixtygiving/a002400000KeYdsAAF.json", {}),
    ("threesixtygiving", "threesixtygiving/awefw001p00000zgyHZAAY.json", {}),
    ("threesixtygiving", "threesixtygiving/datagetter_valid.xlsx", {}),
    ("threesixtygiving", "overlap/liverpool/360giving_grants_L_postcodes.json", {}),
    ("liverpool_charities", "overlap/liverpool/charities_L_postcodes.csv", {}),
    ("liverpool_food_parcels", "liverpool_food_support/Emergency_food_suppliers.geojson", {}),
    ("liverpool_affordable_food", "liverpool_food_support/affordable_food_initiatives_scrubbed.csv", {}),
]
ROOT = Path(__file__).parents[1]


def read(name: str, file: Path, options: dict[str, object]) -> dict[str, float]:
    """Reads one file in this process and says what it took."""
    import resource

    from sources.catalogue import register_for
    from sources.frame import read_register

    profile = yaml.safe_load((ROOT / "pipelines" / "profiles" / "liverpool.yaml").read_text("utf-8"))
    cities = {source["name"]: source["city"] for source in profile["sources"] if "city" in source}
    register = register_for(name, cities.get(name))
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        report = read_register(register, file, options, Path(folder) / "rows.parquet")
        seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    outside = sum(report.outside.values())
    return {"read": report.read, "kept": report.kept, "rejected": len(report.rejected), "outside": outside,
            "seconds": seconds, "mib": peak}  # fmt: skip


def main() -> int:
    """The command."""
    if len(sys.argv) == 3:
        name, file, options = FILES[int(sys.argv[2])]
        print(json.dumps(read(name, Path(sys.argv[1]) / file, options)))
        return 0
    print("| register | file | rows | kept | set aside | left out | rows/s | peak MiB |\n|---|---|---|---|---|---|---|---|")
    worst = 0.0
    for number, (name, file, _) in enumerate(FILES):
        own = [sys.executable, __file__, sys.argv[1], str(number)]
        found = json.loads(subprocess.run(own, check=True, capture_output=True, text=True, cwd=ROOT).stdout)  # noqa: S603
        worst = max(worst, found["rejected"] / max(found["read"], 1))
        speed = found["read"] / found["seconds"]
        print(f"| {name} | {Path(file).name} | {found['read']:,} | {found['kept']:,} | {found['rejected']:,} | "
              f"{found['outside']:,} | {speed:,.0f} | {found['mib']:.0f} |", flush=True)  # fmt: skip
    return 0 if worst <= 0.005 else 1


if __name__ == "__main__":
    sys.exit(main())
