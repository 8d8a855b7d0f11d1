"""The mapping files: official classes, names and programme texts to activities and topics.

Belongs here: that the files are sound (known activities, patterns that DuckDB compiles, nothing listed twice) and that they
say the right thing about real names, with the look-alikes met so far. Does not: the code that applies them.
"""

from __future__ import annotations

import csv
import string
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

ROOT = Path(__file__).parents[2]
CITY_FILES = sorted((ROOT / "sources" / "cities").glob("*.yaml"))
TOPICS = set(
    "small_business property export rural_business manufacturing technology_research agency_research food_processing farming food_access food_waste "
    "workforce disability_employment veterans_employment reentry youth childcare education digital_inclusion libraries "
    "arts_culture heritage energy_efficiency renewable_energy recycling_waste conservation water housing_repair "
    "homelessness domestic_violence health_access mental_health addiction ageing disability community_development tourism "
    "transport clean_transport high_street local_food broadband disaster_recovery health_research wood_products fisheries "
    "barred_closed barred_place barred_narrow barred_owner".split()
)


def rows(*parts: str) -> list[dict[str, str]]:
    """Rows of a CSV file below the repository's root."""
    with ROOT.joinpath(*parts).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SIDE_OF = {row["activity_id"]: row["side"] for row in rows("sources", "reference", "activities.csv")}
#: Patterns for premises in a food register are about businesses.
PATTERN_SIDES = {"premises": "business"}
NTEE_ROWS = rows("sources", "reference", "classes", "NTEE.csv")
NTEE = {row["code"]: row["activity_id"] for row in NTEE_ROWS}
NAME_ROWS = rows("assets", "organisations", "name_activity.csv")
TOPIC_ROWS = rows("assets", "organisations", "programme_topic.csv")


@pytest.fixture(scope="module")
def con() -> duckdb.DuckDBPyConnection:
    """One connection for the module."""
    return duckdb.connect()


def tags(
    con: duckdb.DuckDBPyConnection, side: str, names: Iterable[str], *, only_overrides: bool = False
) -> dict[str, str | None]:
    """Activity of the first pattern that matches each name, in file order. One query, so each pattern compiles once."""
    chosen = [r for r in NAME_ROWS if r["side"] == side and (r["overrides"] == "yes" or not only_overrides)]
    cases = " ".join(f"WHEN regexp_matches(name, ?) THEN {number}" for number in range(len(chosen)))
    query = f"SELECT name, CASE {cases} END FROM (SELECT unnest(?) AS name)"
    found = con.execute(query, [r["pattern"] for r in chosen] + [list(names)]).fetchall()
    return {name: None if number is None else chosen[number]["activity_id"] for name, number in found}


def topics(con: duckdb.DuckDBPyConnection, text: str) -> set[str]:
    """Topics of a programme's title, line feed and objective; barred ones included."""
    query = "SELECT regexp_matches(?, ?, 'i') AND NOT (? <> '' AND regexp_matches(?, ?, 'i'))"
    return {
        row["topic_id"]
        for row in TOPIC_ROWS
        if con.execute(query, [text, row["pattern"], row["exclude"], text, row["exclude"]]).fetchone() == (True,)
    }


def ntee_activity(code: str) -> str | None:
    """Activity of the longest prefix of the code."""
    return next((NTEE[code[:n]] for n in range(len(code), 0, -1) if code[:n] in NTEE), None)


# --- soundness -----------------------------------------------------------------------------------------------------
def test_every_activity_named_by_a_pattern_exists_on_that_side() -> None:
    wrong = [
        (r["side"], r["activity_id"])
        for r in NAME_ROWS
        if SIDE_OF.get(r["activity_id"]) != PATTERN_SIDES.get(r["side"], r["side"])
    ]
    assert wrong == []


def test_every_ntee_activity_is_one_of_nonprofits() -> None:
    assert {code: a for code, a in NTEE.items() if SIDE_OF.get(a) != "nonprofit"} == {}


def test_name_patterns_compile_and_none_matches_everything(con: duckdb.DuckDBPyConnection) -> None:
    for row in NAME_ROWS:
        assert con.execute("SELECT regexp_matches('', ?)", [row["pattern"]]).fetchone() == (False,), row
        assert row["pattern"] == row["pattern"].strip(), row
        assert 0.5 <= float(row["confidence"]) < 1, row
        assert row["overrides"] in ("yes", "no"), row


def test_no_name_pattern_is_listed_twice() -> None:
    counts = Counter((r["side"], r["pattern"]) for r in NAME_ROWS)
    assert [key for key, count in counts.items() if count > 1] == []


def test_topic_patterns_compile_and_topics_are_the_agreed_ones(con: duckdb.DuckDBPyConnection) -> None:
    assert {r["topic_id"] for r in TOPIC_ROWS} == TOPICS
    for row in TOPIC_ROWS:
        assert con.execute("SELECT regexp_matches(chr(10), ?, 'i')", [row["pattern"]]).fetchone() == (False,), row
        con.execute("SELECT regexp_matches('', ?, 'i')", [row["exclude"]])


def test_every_ntee_letter_maps_and_prefixes_are_well_formed() -> None:
    assert set(string.ascii_uppercase) <= set(NTEE)
    shape = duckdb.connect().execute(
        "SELECT list(p) FROM (SELECT unnest(?) AS p) WHERE NOT regexp_full_match(p, '[A-Z]([0-9]([0-9A-Z])?)?')",
        [list(NTEE)],
    )
    assert shape.fetchone() == (None,)
    codes = [row["code"] for row in NTEE_ROWS]
    assert codes == sorted(set(codes))


def test_no_ntee_row_repeats_what_a_shorter_prefix_says() -> None:
    shorter = {code: ntee_activity(code[:-1]) for code in NTEE if len(code) > 1}
    assert [code for code, activity in shorter.items() if activity == NTEE[code]] == []


@pytest.mark.parametrize("letter", "ABCDEFGHIJKLMNOPQRSTUVWX")
def test_common_codes_mean_the_same_under_every_letter(letter: str) -> None:
    assert ntee_activity(letter + "03") == "professional_society"
    assert ntee_activity(letter + "05") == "research_institute"


@pytest.mark.parametrize("path", CITY_FILES, ids=lambda p: p.stem)
def test_city_file_lists_each_class_once_under_a_business_activity(path: Path) -> None:
    city: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert city["city"] == path.stem
    assert all(city[key] for key in ("title", "publisher", "licence", "licence_url", "attribution", "state", "country"))
    assert {"class", "name", "street", "city", "postcode"} <= set(city["columns"])
    assert [a for a in city["classes"] if SIDE_OF.get(a) != "business"] == []
    listed = [word for words in city["classes"].values() for word in words] + city["permits"]
    assert all(isinstance(word, str) for word in listed)
    assert [word for word, count in Counter(listed).items() if count > 1] == []


def test_there_is_a_city_file_to_check() -> None:
    assert "little_rock" in [path.stem for path in CITY_FILES]


# --- what the files say --------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("K31", "food_bank"),
        ("K30Z", "food_bank"),
        ("K34", "meal_programme"),
        ("K36", "meal_programme"),
        ("K02", "umbrella_body"),
        ("K20", "farm_charity"),
        ("K28", "membership_body"),
        ("L41", "homeless_shelter"),
        ("L22Z", "senior_housing"),
        ("L81", "home_repair_charity"),
        ("L80", "housing_charity"),
        ("P43", "refuge"),
        ("P29", "thrift_shop"),
        ("P20", "general_help"),
        ("P74", "hospice"),
        ("B112", "fundraising_group"),
        ("B24", "school"),
        ("B43", "university"),
        ("B41", "technical_college"),
        ("B82", "scholarship_fund"),
        ("B64Z", "student_services"),
        ("A69I", "orchestra"),
        ("A6BO", "choir"),
        ("A7XZ", "arts_organisation"),
        ("D20", "animal_shelter"),
        ("D50", "wildlife_charity"),
        ("E22I", "hospital"),
        ("E32", "community_clinic"),
        ("E65Z", "health_charity"),
        ("G84", "disability_services"),
        ("H30", "medical_research"),
        ("R40", "campaign_group"),
        ("R60", "rights_group"),
        ("I72", "child_protection"),
        ("J40Z", "membership_body"),
        ("M24", "fire_rescue"),
        ("N72", "adaptive_sport"),
        ("N50", "recreation_group"),
        ("O31", "mentoring"),
        ("S41", "membership_body"),
        ("S80", "service_club"),
        ("T22", "grantmaker"),
        ("T31", "community_foundation"),
        ("T70Z", "federated_giving"),
        ("W30", "veterans_charity"),
        ("X21M", "congregation"),
        ("Z99", "other_nonprofit"),
    ],
)
def test_ntee_code_finds_its_activity(code: str, expected: str) -> None:
    assert ntee_activity(code) == expected


@pytest.mark.parametrize("code", ["", "9", "k31"])
def test_what_is_not_a_code_finds_nothing(code: str) -> None:
    assert ntee_activity(code) is None


BUSINESSES: dict[str, str | None] = {
    "KENDRA'S BOUTIQUE": "clothing_shop",
    "THE PIPE & TOBACCO SHOP": "tobacco_shop",
    'STOP"N"SMOKE LLC': "tobacco_shop",
    "OTTER EMPLOYEE SERVICES L.P.": "other_business",  # pays the staff of a chain, and has no vacancies of its own
    "THE CAKERY BY AMEERA": "bakery",
    "WREN'S WEDDING CAKES": "cake_maker",
    "AJ'S MELLON FARM": "farm",
    "STATE FARM": "insurance_agent",
    "THE CAKE BOUTIQUE": "cake_maker",
    "OTTER CUPCAKES LLC": "cake_maker",
    "STUDIO OF PERFORMING ARTS": "dance_school",
    "BRUSH & BOARD CREATIVE STUDIO": "craft_maker",
    "WORDSWORTH COMMUNITY BOOKSTORE": "book_shop",
    "AAA TROPHY-MART INC": "gift_shop",
    "ARKANSAS MEDICAL SUPPLY": "medical_supplier",
    "AMERICAN PAPER AND TWINE COMPANY": "paper_supplier",
    "CROWN PACKAGING CORP": "packaging_maker",
    "STONE'S THROW BREWING": "drinks_maker",
    "OTTER BOTTLING COMPANY": "food_maker",
    "MY UNCLES GOURMET BAR-B-Q SAUCE": "food_maker",
    "GLEN DANIELS TRANSMISSION": "car_repair",
    "HOLLYWOOD FEED LLC": "pet_shop",
    "NICHOLS SOFTWARE INC": "software_company",
    "NORWOOD LAW LLC": "law_firm",
    "SHINE SOLAR LLC": "solar_installer",
    "REALTY TITLE & ESCROW SERVICES INC": "title_company",
    "MARKHAM REALTY TRUST": "landlord",
    "PULASKI HEIGHTS REALTY, LLC": "real_estate_agency",
    # surnames, streets and parts of words that are not the trade
    "PETERSON PLUMBING": "plumber",
    "BOOKER T WASHINGTON ENTERPRISES": None,
    "CHURCHILL DOWNS": None,
    "ROBIN HOOD LLC": None,
    "GUNN FUNERAL HOME": "funeral_home",
    "TOYOTA OF LITTLE ROCK": "car_dealer",
    "FUDGE PHOTOGRAPHY": "photographer",
    "BARBER LAW FIRM PLLC": "law_firm",
    "BAKER SERVICES": None,
    "MICHAEL B. ASHCRAFT DDS": "dentist",
    "DDS ROYAL COLLECTION LLC": None,
    "PINNACLE N AIRCRAFT INTERIOR": "interior_designer",
    "CAMERON, A SCHLUMBERGER COMPANY": None,
    "PERFECT ALIGNMENT CHIROPRACTIC PA": "chiropractor",
    "MEHLBURGER BRAWLEY": None,
    "SMITH TAXIDERMY": None,
    "HOUSE OF PANCAKES": None,
    "PUBLIC SAFETY CORPORATION": None,
    "AFFORDABLE GARAGE DOOR SERVICE LLC": None,
    "PAINTING WITH A TWIST": None,
    "HAVE BAR-WILL TRAVEL": None,
    "ARKANSAS HAIR BANK": None,
    "SUNBELT RENTALS": "rental_shop",
    "BOUTIQUE BOOKKEEPING LLC": "accountant",
    "VETERANS LAWN SERVICE": "landscaper",
}


def test_business_name_tells_its_trade_or_nothing(con: duckdb.DuckDBPyConnection) -> None:
    assert tags(con, "business", BUSINESSES) == BUSINESSES


PREMISES: dict[str, str | None] = {
    "BROADWAY FISH BAR": "takeaway",
    "ALLERTON SUPPER BAR": "takeaway",
    "OTTER KEBAB BAR": "takeaway",
    "OTTER SANDWICH BAR": "cafe",
    "THE MILKSHAKE BAR": "cafe",
    "OTTER DESSERT BAR": "ice_cream_shop",
    "OTTER SUSHI BAR": "restaurant",
    "OTTER WINE BAR": "bar",
    "BAR OTTER": "bar",
    "OTTER FISH & CHIPS": "takeaway",
    "OTTER BINGO": "betting_shop",
    "THE OTTER CASINO BAR": "betting_shop",
    "OTTER GENTLEMENS CLUB": "adult_venue",
    "BIG OTTER BREWING COMPANY": "drinks_maker",
    "OTTER BREWERY TAPROOM": "bar",
    "OTTER WINES WHOLESALE": "drinks_wholesaler",
}


def test_a_bar_that_serves_no_drink_is_none(con: duckdb.DuckDBPyConnection) -> None:
    assert tags(con, "premises", PREMISES) == PREMISES


CHARITIES: dict[str, str | None] = {
    "ARKANSAS FOODBANK": "food_bank",
    "AMERICAN SCENT DOG ASSOCIATION": "animal_group",
    "OTTER COUNTY KENNEL CLUB": "animal_group",
    "RED DOG CLUB": None,
    "TRUST & ENDOWMENT FUND FOR CHRIST THE KING SCHOOL": "school_support",
    "MARY C WREN TR UW FBO OTTER SCHOOL": "grantmaker",
    "PARENTS' ASSOCIATION OTTER GIRLS' SCHOOL": "school_support",
    "OTTER COUNTY FOSTER PARENTS ASSOCIATION": "foster_care",
    "AMBOY COMMUNITY FOOD PANTRY": "food_bank",
    "LITTLE ROCK STEWPOT": "meal_programme",
    "DUNBAR COMMUNITY GARDEN": "community_farm",
    "WOMEN & CHILDREN FIRST THE CENTER AGAINST FAMILY VIOLENCE": "refuge",
    "UNION RESCUE MISSION INC": "homeless_shelter",
    "OPTIONS FOR SUPPORTED LIVING": "nursing_care",
    "ARKANSAS DEAF-BLIND COMMUNITY INC": "disability_services",
    "KINSHIP CARERS LIVERPOOL": "foster_care",
    "HABITAT FOR HUMANITY OF CENTRAL AR": "home_repair_charity",
    "HUMANE SOCIETY OF PULASKI COUNTY": "animal_shelter",
    "COURT APPOINTED SPECIAL ADVOCATES OF WHITE COUNTY INC": "child_protection",
    "BOYS AND GIRLS CLUB OF BENTON COUNTY": "youth_club",
    "PINE FOREST ELEMENTARY P T O": "school_support",
    "FRIENDS OF THE ELKINS PUBLIC LIBRARY": "library_friends",
    "RUNYAN ACRES VOLUNTEER FIRE DEPARTMENT INC": "fire_rescue",
    "ROTARY CLUB OF MAUMELLE AR": "service_club",
    "NORTH ARKANSAS SYMPHONY GUILD": "orchestra",
    "ARKANSAS HOSPICE FOUNDATION INC": "hospice",
    "KEEP LITTLE ROCK BEAUTIFUL": "beautification",
    "DELTA SIGMA THETA SORORITY INC": "membership_body",
    "SHERWOOD CHAMBER OF COMMERCE": "membership_body",
    "SIMONS FAMILY FOUNDATION INC": "grantmaker",
    "NEW MILLENNIUM CHURCH": "congregation",
    "BUDDY FISHER MINISTRIES INC": "faith_ministry",
    "ARDGAY BONAR PIPE BAND": "orchestra",
    "OTTER RETIREMENT CENTER INC": "senior_housing",
    "WREN COURT II INC": "senior_housing",
    "OTTER APARTMENTS INC": "other_nonprofit",
    "OTTER EYE BANK AND LABORATORY": None,
    "WREN CITY POLICE K-9 ASSOCIATION": "fundraising_group",
    "OTTER ELECTRICAL JOINT APPRENTICESHIP & TRAINING COMM": "membership_body",
    "WREN COUNTY DEMOCRATIC PARTY": "campaign_group",
    "OTTER RIGHT TO LIFE INC": "campaign_group",
    "HOUSE OF DELIVERANCE MINISTRIES": "congregation",
    # words that mislead
    "ROBIN HOOD FOUNDATION": None,
    "CHURCHILL FOUNDATION": None,
    "CAMPBELL FOUNDATION": None,
    "BAPTIST HEALTH": None,
    "CASA DE DIOS": None,
    "OPERATION NEW LIFE INC": None,
    "SENIOR HIGH SCHOOL BAND": None,
    "CHURCH STREET NEIGHBORHOOD ASSOCIATION": "neighbourhood_group",
    "GREATER EASTERN STAR MISSIONARY BAPTIST CHURCH": "congregation",
    "GOOD SHEPHERD RESCUE MISSION": "homeless_shelter",
    "HOMELESS PETS OF PULASKI COUNTY": "animal_shelter",
    "WASHINGTON LEGAL CLINIC FOR THE HOMELESS INC": "legal_aid",
    "FOSTER FAMILY FOUNDATION": "grantmaker",
    "HEARING AIDS FOR ALL": "deaf_charity",
    "ARKANSAS RECYCLING ASSOCIATION": "recycling_charity",
    "DISASTER RECOVERY NETWORK": "disaster_relief",
    "MASONS ADULT DAYCARE CENTER": "senior_services",
    "SECOND PRESBYTERIAN CHURCH PRESCHOOL INC": "childcare_charity",
    "SHRINERS HOSPITALS FOR CHILDREN": "hospital",
    "LIONS DEN ATHLETIC BOOSTERS": "school_support",
    "ST VINCENT DE PAUL CATHOLIC SCHOOL": "school",
    "AMERICAN LEGION BASEBALL": "sports_club",
}


def test_charity_name_tells_its_work_or_nothing(con: duckdb.DuckDBPyConnection) -> None:
    assert tags(con, "nonprofit", CHARITIES) == CHARITIES


PUBLIC_BODIES: dict[str, str | None] = {
    "CENTRAL ARKANSAS LIBRARY SYSTEM": "public_library",
    "UNIVERSITY OF ARKANSAS AT LITTLE ROCK": "public_university",
    "LITTLE ROCK SCHOOL DISTRICT": "public_school",
    "ARKANSAS GAME AND FISH COMMISSION": "parks_agency",
    "ARKANSAS NATURAL HERITAGE COMMISSION": "heritage_agency",
    "NORTHWEST ARKANSAS COMMUNITY COLLEGE": "public_college",
    "CITY OF LITTLE ROCK": "government_agency",
    "LIVERPOOL UNIVERSITY HOSPITALS NHS FOUNDATION TRUST": "public_hospital",
}


def test_public_body_is_known_by_its_name(con: duckdb.DuckDBPyConnection) -> None:
    assert tags(con, "public", PUBLIC_BODIES) == PUBLIC_BODIES


@pytest.mark.parametrize(
    ("side", "name", "expected"),
    [
        ("business", "PINNACLE VALLEY ANIMAL HOSPITAL", "veterinarian"),
        ("business", "KROGER FOOD & PHARMACY #630", None),
        ("business", "THE BUG MAN INC (RENTALS)", None),
        ("business", "ST JOHN'S COFFEE & CATERING", None),
        ("nonprofit", "HOUSE OF LOVE SOUP KITCHEN", "meal_programme"),
        ("nonprofit", "CLAYTON CHAPEL MISSIONARY BAPTIST CHURCH MINISTRIES", None),
        ("nonprofit", "PINE BLUFF MILITARY & VETERANS MUSEUM", "museum"),
        ("nonprofit", "NORTH ARKANSAS GOSPEL MISSION", None),
    ],
)
def test_only_strong_words_correct_an_exact_class(
    con: duckdb.DuckDBPyConnection, side: str, name: str, expected: str | None
) -> None:
    assert tags(con, side, [name], only_overrides=True) == {name: expected}


@pytest.mark.parametrize(
    ("title", "objective", "expected"),
    [
        ("7(a) Loan Guarantees", "To provide guaranteed loans to small businesses.", {"small_business"}),
        ("SCORE", "Counselling by volunteers.", {"small_business"}),
        ("MBDA Business Center", "To promote minority business.", {"small_business", "barred_owner"}),
        ("State Trade Expansion", "", {"export"}),
        ("Rural Energy for America Program", "", {"rural_business", "energy_efficiency", "renewable_energy"}),
        ("Child and Adult Care Food Program", "", {"childcare", "food_access"}),
        ("Registered Apprenticeship", "", {"workforce"}),
        ("Food Loss and Waste Reduction", "", {"food_waste", "recycling_waste"}),
        ("Supportive Housing for the Elderly", "", {"ageing"}),
        ("Delta Regional Authority", "", {"community_development"}),
        ("DoD Mentor-Protege Program", "Small business contracting.", {"small_business", "barred_narrow"}),
        ("Community Mental Health Services", "", {"mental_health"}),
        # look-alikes and programmes nobody should be sent to
        ("Environmental Health", "Research on exposure.", set()),
        ("Innovation in Behavioral Health", "", set()),
        ("State Domestic Violence Coalitions", "", {"domestic_violence"}),
        ("Museum Grants for African American History and Culture", "", {"arts_culture"}),
        ("Resource Conservation and Recovery Support", "", {"conservation"}),
        ("MBDA Business Center - American Indian and Alaska Native", "", {"barred_place", "barred_owner"}),
        ("Alaska Subsistence Management", "", {"barred_place"}),
        ("Dairy Margin Coverage", "", {"barred_narrow"}),
        ("Railroad Safety", "", {"barred_narrow"}),
        ("Restaurant Revitalization Fund", "For businesses impacted by COVID-19.", {"barred_closed"}),
        ("Pension Plan Termination Insurance", "", {"barred_narrow"}),
        ("National Prison Rape Statistics Program", "", {"barred_narrow"}),
    ],
)
def test_programme_is_given_exactly_its_topics(
    con: duckdb.DuckDBPyConnection, title: str, objective: str, expected: set[str]
) -> None:
    assert topics(con, f"{title}\n{objective}") == expected
