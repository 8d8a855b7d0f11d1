"""Rows of many registers → one schema. The steps are in `records.sql`; here are its inputs and the patterns it uses.

Does not belong here: reading files (`reading.py`), deciding who is the same (`entities`), Dagster (`assets.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import pyarrow as pa

from assets.organisations import naming, places, reference
from sources.business_licences import City
from warehouse import parquet
from warehouse.ddl import literal
from warehouse.tables import BY_NAME

#: Legal forms at the end of a folded name, longest first. A name without its form is what is compared.
LEGAL_FORM_END = (
    r" (limited liability company|limited partnership|professional association|incorporated|corporation|company|limited|"
    r"l l c|l l p|p l l c|pllc|llc|llp|lllp|inc|corp|ltd|plc|co|lp|pa|pc|cic|cio)(?: (?:inc|llc|co|pa))?$"
)
# A licence holder that is not a business; `\b` keeps CHURCHILL and UNIVERSITY AVENUE GRILL out.
PUBLIC_HOLDER = (
    r"^(THE )?(CITY|COUNTY|STATE) OF\b|\b(SCHOOL DISTRICT|PUBLIC SCHOOLS?|PUBLIC LIBRARY|HOUSING AUTHORITY|AIRPORT COMMISSION)\b"
)
NONPROFIT_HOLDER = (
    r"\b(CHURCH|CATHEDRAL|MINISTRIES|SYNAGOGUE|DIOCESE|PRESBYTERIAN|METHODIST|BAPTIST (HEALTH|CHURCH)|GOODWILL INDUSTRIES|"
    r"SALVATION ARMY|HABITAT FOR HUMANITY|YMCA|YWCA|BOYS (&|AND) GIRLS CLUB|FOUNDATION|NON-?PROFIT|CHARITY|CHARITIES|"
    r"HUMANE SOCIETY|LIONS CLUB|MEDICAL SOCIETY|BAR ASSOCIATION|CREDIT UNION|LABOR UNION|LODGE NO)\b"
)
#: Firms that hold property or shares and meet nobody.
HOLDING = (
    r"\b(HOLDINGS?|INVESTMENTS?|INVESTORS|PROPERTIES|REV(OCABLE|O)? (LIV|TRUST)|LIVING TRUST|FAMILY TRUST|"
    r"LIMITED PARTNERSHIP|SELF STORAGE TRUST)\b"
)


#: Kinds that stay what they are although they are called an alliance, a network or an association.
KEEPS_ITS_KIND = (
    "neighbourhood_group theatre_company orchestra choir dance_company museum history_society school school_support congregation "
    "faith_ministry fire_rescue membership_body campaign_group professional_society grantmaker service_club rights_group "
    "legal_aid small_business_support community_foundation federated_giving fundraising_group scholarship_fund"
).split()
#: Kinds whose foundation raises money for a body of the kind and does not do its work.
FOUNDATION_COLLECTS = (
    "college university school job_training hospital public_hospital community_clinic hospice refuge homeless_shelter "
    "theatre_company "
    "orchestra choir dance_company performing_arts public_media library_friends health_charity nursing_care camp museum "
    "disability_services senior_services youth_club child_protection legal_aid beautification conservation_charity fire_rescue "
    "food_bank"
).split()
#: Spellings that two writers of one name choose between; the longer one is compared.
SPELLINGS = {
    "assn": "association",
    "assoc": "association",
    "ctr": "center",
    "cntr": "center",
    "centre": "center",
    "dept": "department",
    "fdn": "foundation",
    "intl": "international",
    "mgmt": "management",
    "natl": "national",
    "soc": "society",
    "svc": "services",
    "svcs": "services",
    "service": "services",
    "univ": "university",
    "saint": "st",
}


def _spelled_out() -> str:
    """SQL for a name in lower case without accents, punctuation and short spellings."""
    sql = "lower(strip_accents(coalesce(d.mended_name, d.name)))"
    sql = f"regexp_replace(regexp_replace({sql}, '&', ' and ', 'g'), '[''’.`]', '', 'g')"
    sql = f"trim(regexp_replace({sql}, '[^a-z0-9]+', ' ', 'g'))"
    for short, long in sorted(SPELLINGS.items()):
        sql = f"regexp_replace({sql}, '\\b{short}\\b', '{long}', 'g')"
    return sql


@dataclass(frozen=True)
class RegisterRows:
    """Rows of one file of one register, and what every row of it shares."""

    source: str
    file: Path
    licence: str
    record_url: str | None
    stale_days: int


def build_records(
    inputs: Sequence[RegisterRows],
    regions: Sequence[places.RegionFact],
    own_places: Sequence[places.PlaceFact],
    into: Path,
    cities: Sequence[City] = (),
) -> int:
    """Writes `core.organisation_record` to `into` and returns its row count."""
    con = parquet.connect()
    try:
        reference.load_activities(con, cities)
        places.load_places(con, own_places, regions)
        _load_rows(con, inputs)
        _load_name_facts(con)
        for statement in statements():
            con.execute(statement)
        return parquet.write(con, "SELECT * FROM organisation_record", BY_NAME["core.organisation_record"], into)
    finally:
        con.close()


def statements() -> list[str]:
    """The statements of `records.sql` with their expressions filled in."""
    text = files("assets.organisations").joinpath("records.sql").read_text("utf-8")
    fills = {
        "public_pattern": literal(PUBLIC_HOLDER),
        "nonprofit_pattern": literal(NONPROFIT_HOLDER),
        "spelled_out": _spelled_out(),
        "keeps_its_kind": str(KEEPS_ITS_KIND),
        "foundation_collects": str(FOUNDATION_COLLECTS),
        "legal_form_end": literal(LEGAL_FORM_END),
        "is_chain": reference.chain_case("n.upper_name"),
        "holding_pattern": literal(HOLDING),
    }
    for side in ("business", "nonprofit", "public"):
        for kind, overriding in (("any", False), ("override", True)):
            fills[f"{side}_{kind}"] = reference.name_case("upper_names", side, "activity_id", overriding=overriding)
            fills[f"{side}_{kind}_confidence"] = reference.name_case("upper_names", side, "confidence", overriding=overriding)
    fills["described_as"] = reference.name_case("words", "nonprofit", "activity_id", overriding=False)
    for side in ("business", "nonprofit", "public"):
        fills[f"words_{side}"] = reference.name_case("words", side, "activity_id", overriding=False)
    for value in ("activity_id", "confidence"):
        fills[f"premises_{value}"] = reference.name_case("upper_names", "premises", value, overriding=True)
    for key, value in fills.items():
        text = text.replace("{" + key + "}", value)
    return [part for part in text.split(";\n") if part.strip()]


def union_of(inputs: Sequence[RegisterRows]) -> str:
    """SELECT over the rows of all inputs with source, licence, stale_days and the address a person can check."""
    return " UNION ALL BY NAME ".join(
        f"SELECT {literal(i.source)} AS source, * EXCLUDE (record_url), "
        f"coalesce(record_url, nullif(replace({literal(i.record_url or '')}, '{{native_id}}', native_id), '')) AS register_url, "
        f"{literal(i.licence)} AS licence, {i.stale_days} AS stale_days FROM {parquet.read_sql(i.file)}"
        for i in inputs
    )


def _load_rows(con: duckdb.DuckDBPyConnection, inputs: Sequence[RegisterRows]) -> None:
    """Table `register_row`: all rows, and the second names that say more than the first.

    A licence file with glued names gives the mended name as first other name; display uses it. A charity register gives the
    chapter's name, without which twenty bodies are all called Rotary International; a city's list of charities gives whose
    branch or guest each is, without which twenty are all called Lunch Club.
    """
    if not inputs:
        raise ValueError("no register of organisations could be read tonight; see the messages of the fetches, and run again")
    con.execute(
        "CREATE TABLE register_row AS SELECT source || ':' || native_id AS record_id, *, "
        "CASE WHEN class_scheme LIKE 'licence:%' AND sector = 'private' THEN other_names[1] END AS mended_name, "
        "CASE WHEN class_scheme = 'NTEE' OR class_scheme LIKE 'licence:%' AND sector <> 'private' THEN other_names[1] END "
        f"AS chapter_name FROM ({union_of(inputs)})"
    )


def _tells_more(name: str, chapter: str) -> bool:
    """Whether a second name is a chapter's, and not the first one again, cut short or without its legal form."""
    return chapter not in name and not name.startswith(chapter[:15]) and not chapter.startswith(name[:15])


def _load_name_facts(con: duckdb.DuckDBPyConnection) -> None:
    """Table `name_fact`: what only string code can say about each distinct name."""
    found = con.execute(
        "SELECT DISTINCT name, mended_name, chapter_name, sector = 'private' FROM register_row ORDER BY ALL"
    ).fetchall()
    facts = []
    for name, mended, given_chapter, private in found:
        best = mended or name
        shown = naming.display_name(best)
        # Some bodies write an officer's name where the chapter's belongs: a private person, kept out of core.
        officer = given_chapter is not None and naming.is_person_name(given_chapter)
        chapter = None if officer else given_chapter
        facts.append(
            {
                "name": name,
                "source_mended": mended,
                "chapter_name": given_chapter,
                "display_name": f"{shown} ({naming.display_name(chapter)})" if chapter and _tells_more(name, chapter) else shown,
                "names_officer": officer,
                "is_person": private and naming.is_person_name(best),
                "is_usual_person": private and naming.is_person_name(best, usual=True),
            }
        )
    con.register("name_facts", pa.Table.from_pylist(facts))
    con.execute(
        "CREATE TABLE name_fact AS SELECT name, source_mended, chapter_name, min(display_name) AS display_name, "
        "bool_or(names_officer) AS names_officer, bool_or(is_person) AS is_person, bool_or(is_usual_person) AS is_usual_person "
        "FROM name_facts GROUP BY name, source_mended, chapter_name"
    )
    con.unregister("name_facts")
