"""The practice town is the same for everybody, looks like the real registers, and tells the truth about itself."""

from __future__ import annotations

import csv
import hashlib
import http.client
import io
import json
import math
import os
import random
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import zipcodes

from sources.business_licences import load_city
from sources.catalogue import register_for
from sources.frame import read_register
from sources.practice.exempts import band
from sources.practice.model import ANCHOR, Licence, RecordKey, Town
from sources.practice.naming import NameRegister, glued, retold
from sources.practice.places import FAR_PLACES, PLACES
from sources.practice.server import serve
from sources.practice.town import build_town
from sources.practice.wire import IRS_PATH, LICENCES_PATH, ROR_ARCHIVE_PATH, SAM_PATH, practice_files
from sources.practice.words import exempt_kind, words

HEADERS = {
    IRS_PATH: (
        b"EIN,NAME,ICO,STREET,CITY,STATE,ZIP,GROUP,SUBSECTION,AFFILIATION,CLASSIFICATION,RULING,DEDUCTIBILITY,FOUNDATION,"
        b"ACTIVITY,ORGANIZATION,STATUS,TAX_PERIOD,ASSET_CD,INCOME_CD,FILING_REQ_CD,PF_FILING_REQ_CD,ACCT_PD,ASSET_AMT,"
        b"INCOME_AMT,REVENUE_AMT,NTEE_CD,SORT_NAME\r\n"
    ),
    LICENCES_PATH: b"Classification,Category,Business,Address,City,Zip,ACCOUNT START DATE\r\n",
    SAM_PATH: (
        b'"Program Title","Program Number","Popular Name (020)","Federal Agency (030)","Authorization (040)",'
        b'"Objectives (050)","Types of Assistance (060)","Uses and Use Restrictions (070)",'
        b'"Applicant Eligibility (081)","Beneficiary Eligibility (082)",'
        b'"Credentials/Documentation (083)","Preapplication Coordination (091)",'
        b'"Application Procedures (092)","Award Procedure (093)","Deadlines (094)",'
        b'"Range of Approval/Disapproval Time (095)","Appeals (096)","Renewals (097)",'
        b'"Formula and Matching Requirements (101)","Length and Time Phasing of Assistance (102)","Reports (111)",'
        b'"Audits (112)","Records (113)","Account Identification (121)","Obligations (122)",'
        b'"Range and Average of Financial Assistance (123)","Program Accomplishments (130)",'
        b'"Regulations, Guidelines, and Literature (140)","Regional or Local Office (151)","Headquarters Office (152)",'
        b'"Website Address (153)","Related Programs (160)","Examples of Funded Projects (170)",'
        b'"Criteria for Selecting Proposals (180)","Published Date","Parent Shortname","URL","Recovery"\n'
    ),
}
ENCODINGS = {IRS_PATH: "ascii", LICENCES_PATH: "utf-8", SAM_PATH: "cp1252"}
JSON_COLUMNS = re.compile(r"\((040|083|091|092|094|101|102|111|112|130|151)\)$")

Rows = list[dict[str, str]]


def rows_of(files: dict[str, bytes], path: str) -> Rows:
    return list(csv.DictReader(io.StringIO(files[path].decode(ENCODINGS[path]), newline="")))


def ror_records(archive: bytes) -> list[dict]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.namelist() == ["v1.0-2026-06-30-ror-data.json"]
        return json.loads(opened.read(opened.namelist()[0]))


@pytest.fixture(scope="module")
def town() -> Town:
    return build_town()


@pytest.fixture(scope="module")
def files(town: Town) -> dict[str, bytes]:
    return practice_files(town)


@pytest.fixture(scope="module")
def irs(files: dict[str, bytes]) -> Rows:
    return rows_of(files, IRS_PATH)


@pytest.fixture(scope="module")
def licences(files: dict[str, bytes]) -> Rows:
    return rows_of(files, LICENCES_PATH)


@pytest.fixture(scope="module")
def programmes(files: dict[str, bytes]) -> Rows:
    return rows_of(files, SAM_PATH)


# --- the same town for everybody --------------------------------------------------------------------------------------
HASHES = (
    "import hashlib; from sources.practice.town import build_town; from sources.practice.wire import practice_files; "
    "print(*(hashlib.sha256(body).hexdigest() for body in practice_files(build_town(3, 0.05)).values()))"
)


def test_same_seed_gives_same_bytes_whatever_the_hash_seed() -> None:
    here = " ".join(hashlib.sha256(body).hexdigest() for body in practice_files(build_town(3, 0.05)).values())
    for_another = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    there = subprocess.run([sys.executable, "-c", HASHES], env=for_another, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here


def test_other_seed_gives_other_bytes_in_every_file() -> None:
    one, other = (practice_files(build_town(seed, 0.05)) for seed in (1, 2))
    assert [path for path in one if one[path] == other[path]] == []


def test_shuffle_keeps_the_rows_and_changes_their_order(town: Town, files: dict[str, bytes]) -> None:
    shuffled = practice_files(town, shuffle=1)
    assert shuffled == practice_files(town, shuffle=1)
    for path in ENCODINGS:
        before, after = rows_of(files, path), rows_of(shuffled, path)
        assert before != after
        assert Counter(tuple(row.values()) for row in before) == Counter(tuple(row.values()) for row in after)
    before, after = ror_records(files[ROR_ARCHIVE_PATH]), ror_records(shuffled[ROR_ARCHIVE_PATH])
    assert before != after
    assert before == sorted(after, key=lambda record: record["id"])


# --- sizes ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("what", "count", "target"),
    [
        ("businesses", lambda town: len({business.key for business in town.businesses}), 3000),
        ("licence rows", lambda town: sum(len(business.licences) for business in town.businesses), 4200),
        ("exempt organisations", lambda town: len(town.exempt), 420),
        ("programmes", lambda town: len(town.programmes), 110),
        ("research bodies", lambda town: len(town.research), 14),
        ("sole traders", lambda town: len(town.truth.natural_persons), 180),
    ],
)
def test_size_one_is_near_its_targets(town: Town, what: str, count: Callable[[Town], int], target: int) -> None:
    assert count(town) == pytest.approx(target, rel=0.05), what


def test_other_sizes_scale_businesses_and_charities() -> None:
    half = build_town(size=0.5)
    assert len(half.businesses) == pytest.approx(1500, rel=0.05)
    assert len(half.exempt) == pytest.approx(230, rel=0.05)
    assert (len(half.programmes), len(half.research)) == (110, 14)


@pytest.mark.parametrize("size", [0, -1])
def test_a_town_without_size_is_refused(size: float) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        build_town(size=size)


def test_trades_are_spread_like_a_real_town(town: Town) -> None:
    trades = Counter(business.activity for business in town.businesses)
    for common in ("landlord", "builder", "restaurant", "hair_salon", "cleaning_company"):
        assert trades[common] > 4 * trades["bakery"], common
    assert len(trades) > 140


def test_one_record_in_twenty_lies_in_the_next_county(town: Town) -> None:
    far = sum(body.place in FAR_PLACES for body in (*town.businesses, *town.exempt))
    assert far / (len(town.businesses) + len(town.exempt)) == pytest.approx(0.05, abs=0.015)


# --- the map ----------------------------------------------------------------------------------------------------------
def test_the_map_is_fictional_and_the_size_of_a_town() -> None:
    assert [place.postcode for place in PLACES] == [f"00{number}" for number in range(101, 113)]
    assert not any(zipcodes.is_real(place.postcode) for place in (*PLACES, *FAR_PLACES))
    assert {place.county for place in PLACES} == {"Larkmere County"}
    kilometre = 1 / 111.2
    north_south = max(p.latitude for p in PLACES) - min(p.latitude for p in PLACES)
    east_west = (max(p.longitude for p in PLACES) - min(p.longitude for p in PLACES)) * math.cos(math.radians(36.5))
    assert 12 * kilometre < north_south < 20 * kilometre
    assert 20 * kilometre < east_west < 28 * kilometre
    nearest_far = min(p.latitude for p in FAR_PLACES) - max(p.latitude for p in PLACES)
    assert nearest_far > 30 * kilometre


# --- formats ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", HEADERS)
def test_headers_are_those_of_the_real_files(files: dict[str, bytes], path: str) -> None:
    assert files[path].startswith(HEADERS[path])


def test_irs_file_is_ascii_with_crlf_everywhere(files: dict[str, bytes], irs: Rows) -> None:
    body = files[IRS_PATH]
    assert body.isascii() and body.endswith(b"\r\n")
    assert body.count(b"\n") == body.count(b"\r\n") == len(irs) + 1


def test_licence_file_is_utf8_with_crlf_between_lines_only(files: dict[str, bytes], licences: Rows) -> None:
    body = files[LICENCES_PATH]
    assert not body.endswith(b"\n")
    assert body.count(b"\n") == body.count(b"\r\n") == len(licences)


def test_programme_file_is_a_windows_file_with_line_breaks_in_cells(files: dict[str, bytes], programmes: Rows) -> None:
    body = files[SAM_PATH]
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")
    assert {0x92, 0x93, 0x94, 0x96} <= set(body), "curly quotes and a dash of cp1252"
    assert body.count(b"\n") > len(programmes) + 1
    assert all(None not in row and None not in row.values() for row in programmes), "38 cells in every row"
    again = io.StringIO()
    writer = csv.writer(again, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([programmes[0].keys(), *(row.values() for row in programmes)])
    assert again.getvalue().encode("cp1252") == body, "every cell is quoted"


# --- traps ------------------------------------------------------------------------------------------------------------
def test_irs_traps(irs: Rows) -> None:
    assert all(row["EIN"].startswith("00") and re.fullmatch(r"\d{9}", row["EIN"]) for row in irs)
    assert len({row["EIN"] for row in irs}) == len(irs)
    assert all(re.fullmatch(r"00\d{3}-\d{4}", row["ZIP"]) for row in irs)
    for trap, found in {
        "ZIP+4 unknown": [row for row in irs if row["ZIP"].endswith("-0000")],
        "no amounts": [row for row in irs if row["INCOME_AMT"] == ""],
        "loss": [row for row in irs if row["REVENUE_AMT"].startswith("-")],
        "care-of name": [row for row in irs if re.match(r"% [A-Z]+ [A-Z]+", row["ICO"])],
        "sort name": [row for row in irs if row["SORT_NAME"]],
        "PO box": [row for row in irs if row["STREET"].startswith("PO BOX")],
        "shell": [row for row in irs if not (row["NTEE_CD"] or row["TAX_PERIOD"]) and row["FOUNDATION"] != "10"],
    }.items():
        assert len(found) >= 3, trap
    assert max(len(row["NAME"]) for row in irs) <= 70
    assert max(len(row["SORT_NAME"]) for row in irs) <= 35


def test_six_in_a_hundred_charities_have_no_purpose_code(town: Town) -> None:
    purposes = [
        body.row.ntee_cd
        for body in town.exempt
        if body.row.subsection == "03" and "" not in exempt_kind(body.kind)["ntee"] and body.kind != "congregation"
    ]
    assert purposes.count("") / len(purposes) == pytest.approx(0.05, abs=0.025)


@pytest.mark.parametrize(
    ("amount", "code"),
    [
        (0, "0"),
        (1, "1"),
        (9_999, "1"),
        (10_000, "2"),
        (99_999, "3"),
        (100_000, "4"),
        (4_999_999, "6"),
        (50_000_000, "9"),
    ],
)
def test_amounts_fall_into_the_size_bands_of_the_register(amount: int, code: str) -> None:
    assert band(amount) == code


def test_licence_traps(licences: Rows) -> None:
    bad_zip = [row for row in licences if not re.fullmatch(r"00\d{3}", row["Zip"])]
    assert 5 <= len(bad_zip) <= 60
    assert any("\ufffd" in row["Business"] for row in licences)
    assert max(len(row["Business"]) for row in licences) <= 50
    repeats = Counter(tuple(row.values()) for row in licences)
    assert 1 <= sum(count - 1 for count in repeats.values()) <= 20
    assert all(re.fullmatch(r"[1-9]\d?/[1-9]\d?/\d\d", row["ACCOUNT START DATE"]) for row in licences)
    lost = [row for row in licences if re.search(r"[A-Z](LLC|INC)$", row["Business"]) and len(row["Business"]) in (32, 33)]
    assert len(lost) > 10, "the blank at character 30 is lost"
    assert any("," in row["Classification"] for row in licences), "a class word that needs quotes"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("SHORT NAME", "SHORT NAME"),
        ("REYES & CLARK WINDOW CLEANING LLC", "REYES & CLARK WINDOW CLEANINGLLC"),
        (
            "A NAME THAT IS CUT IN THE MIDDLE OF A VERY LONG WORD INDEED",
            "A NAME THAT IS CUT IN THE MIDDLE OF A VERY LONG WO",
        ),
    ],
)
def test_names_are_two_fields_glued(name: str, written: str) -> None:
    assert glued(name) == written


def test_programme_traps(programmes: Rows) -> None:
    assert all(re.fullmatch(r"99\.\d{3}", row["Program Number"]) for row in programmes)
    assert any(row["Program Number"].endswith("0") for row in programmes), "Excel would eat the last zero"
    assert all(re.fullmatch(r"[A-Z][a-z]{2} \d\d,\d{4}", row["Published Date"]) for row in programmes)
    for row in programmes:
        for column in filter(JSON_COLUMNS.search, row):
            json.loads(row[column])
    assert any("\n" in row["Objectives (050)"] for row in programmes)
    assert {"Not Applicable", "No Current Data Available"} <= {cell for row in programmes for cell in row.values()}
    assert all(re.search(r", (DEPARTMENT|AGENCY|OFFICE) (OF|FOR)$", row["Federal Agency (030)"]) for row in programmes)


def test_programmes_are_of_every_sort_a_ranking_must_tell_apart(town: Town) -> None:
    open_to_business = [programme for programme in town.programmes if programme.is_open_to_business]
    assert 40 <= len(open_to_business) <= 80
    closed = [p for p in town.programmes if p.closes_on and p.closes_on < ANCHOR]
    assert closed and all(p.deadline == "closed" for p in closed)
    assert any(p.closes_on and p.closes_on > ANCHOR for p in town.programmes)
    assert {p.where for p in town.programmes} == {"nation", "Farholt County", "the Outer Isles"}


def test_research_bodies_are_ror_v2_records_no_real_body_can_hold(files: dict[str, bytes]) -> None:
    records = ror_records(files[ROR_ARCHIVE_PATH])
    by_id = {record["id"]: record for record in records}
    assert len(by_id) == len(records)
    for record in records:
        assert [name for name in record["names"] if "ror_display" in name["types"]]
        assert record["locations"][0]["geonames_details"]["country_subdivision_code"] == "ZZ"
        match = re.fullmatch(r"https://ror\.org/0([a-hj-km-np-tv-z0-9]{6})(\d\d)", record["id"])
        assert match
        number = 0
        for letter in match[1]:
            number = number * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(letter)
        assert int(match[2]) != 98 - number * 100 % 97, "the check digits must be wrong"
        for relation in record["relationships"]:
            back = {"parent": "child", "child": "parent"}[relation["type"]]
            assert (back, record["id"]) in {(r["type"], r["id"]) for r in by_id[relation["id"]]["relationships"]}
    assert {record["status"] for record in records} == {"active", "inactive"}


# --- people -----------------------------------------------------------------------------------------------------------
def test_contact_people_stand_only_where_registers_name_contacts(
    town: Town, irs: Rows, licences: Rows, programmes: Rows, files: dict[str, bytes]
) -> None:
    names = {name.lower() for name in town.truth.contact_names}
    assert len(names) > 200
    for column, rows in (("ICO", irs), ("Headquarters Office (152)", programmes)):
        assert any(name in row[column].lower() for row in rows for name in names), column
    elsewhere = [value for row in irs for key, value in row.items() if key != "ICO"]
    elsewhere += [value for row in programmes for key, value in row.items() if key != "Headquarters Office (152)"]
    elsewhere += [value for row in licences for value in row.values()]
    text = "\n".join([*elsewhere, json.dumps(ror_records(files[ROR_ARCHIVE_PATH]))]).lower()
    assert [name for name in names if name in text] == []


def test_no_persons_name_is_a_word_of_a_licence_class(town: Town) -> None:
    city = load_city("practice")
    class_words = {word for phrases in city.classes.values() for phrase in phrases for word in re.findall(r"[A-Z]+", phrase)}
    people = {*words()["first_names"], *words()["last_names"], *words()["contact_last_names"]}
    assert people & class_words == set()
    assert set(words()["last_names"]) & set(words()["contact_last_names"]) == set()
    traders = [b.name for b in town.businesses if b.is_natural_person]
    assert all(set(name.split()) & set(words()["last_names"]) for name in traders)


# --- the mapping ------------------------------------------------------------------------------------------------------
def test_mapping_knows_every_class_word_of_the_file_and_covers_the_trades(licences: Rows) -> None:
    city = load_city("practice")
    known = [phrase for phrases in city.classes.values() for phrase in phrases] + city.permits
    assert len(known) == len(set(known)), "a class word must mean one thing"
    assert {row["Classification"] for row in licences} <= set(known)
    assert len(city.classes) >= 70


def test_a_licence_class_says_the_true_activity(town: Town) -> None:
    city = load_city("practice")
    meaning = {phrase: activity for activity, phrases in city.classes.items() for phrase in phrases}
    for business in town.businesses:
        assert meaning[business.licences[0].classification] == business.activity


def test_permits_give_a_business_several_rows(town: Town) -> None:
    permits = set(load_city("practice").permits)
    restaurants = [business for business in town.businesses if business.activity == "restaurant"]
    with_permits = [b for b in restaurants if permits & {row.classification for row in b.licences}]
    assert len(with_permits) > 0.7 * len(restaurants)
    assert any(len({row.business for row in b.licences}) > 1 for b in with_permits), "one name written in two ways"


# --- the truth --------------------------------------------------------------------------------------------------------
def test_truth_names_exactly_the_records_in_the_files(town: Town, irs: Rows, licences: Rows, files: dict[str, bytes]) -> None:
    wire: set[RecordKey] = {f"irs_bmf:{row['EIN']}" for row in irs}
    wire |= {f"ror:{record['id'].rsplit('/', 1)[-1]}" for record in ror_records(files[ROR_ARCHIVE_PATH])}
    wire |= {Licence(*row.values()) for row in licences}
    assert set(town.truth.clusters) == wire


def test_no_licence_row_belongs_to_two_organisations(town: Town) -> None:
    """Rows that agree in class, name, street and date get one id downstream, so they must be of one holder."""
    owners: dict[tuple[str, ...], set[str]] = {}
    for business in town.businesses:
        for row in business.licences:
            stable = (row.classification, row.business, row.address, row.account_start_date)
            owners.setdefault(stable, set()).add(business.key)
    assert [stable for stable, keys in owners.items() if len(keys) > 1] == []


def test_twins_across_registers_are_planted(town: Town) -> None:
    registers: dict[str, set[str]] = {}
    for record, key in town.truth.clusters.items():
        source = "licences" if isinstance(record, Licence) else record.split(":")[0]
        registers.setdefault(key, set()).add(source)
    pairs = Counter(frozenset(found) for found in registers.values())
    assert pairs[frozenset({"irs_bmf", "licences"})] >= 15
    assert pairs[frozenset({"irs_bmf", "ror"})] >= 5
    assert pairs[frozenset({"licences", "ror"})] >= 1


def test_look_alikes_are_different_organisations_that_look_alike(town: Town) -> None:
    keys = set(town.truth.clusters.values())
    names = {business.key: business.name for business in town.businesses}
    names |= {body.key: body.row.name for body in town.exempt}
    kinds: Counter[str] = Counter()
    for one, other in town.truth.must_not_match:
        assert one != other and {one, other} <= keys
        first, second = names.get(one, one), names.get(other, other)
        kinds["same name"] += first == second
        kinds["chain"] += "#" in first and "#" in second
        kinds["holding"] += "HOLDINGS" in first + second
        kinds["foundation"] += "FOUNDATION" in first + second
    assert {kind for kind, count in kinds.items() if count >= 3} == {"same name", "chain", "holding", "foundation"}


def test_two_tenants_of_one_house_are_planted(town: Town) -> None:
    houses: dict[tuple[str, str], set[str]] = {}
    for business in town.businesses:
        houses.setdefault((business.street, business.place.postcode), set()).add(business.key)
    apart = {frozenset(pair) for pair in town.truth.must_not_match}
    assert sum(frozenset(keys) in apart for keys in houses.values()) >= 8


def test_chances_pair_a_firm_with_a_body_in_good_standing_close_by(town: Town) -> None:
    firms = {business.key: business for business in town.businesses}
    bodies = {body.key: body for body in town.exempt}
    bodies_of_research = {body.key: body for body in town.research}
    assert len(town.truth.chances) >= 40
    for business, partner in town.truth.chances:
        assert not firms[business].is_natural_person
        if partner in bodies_of_research:
            assert bodies_of_research[partner].place == firms[business].place
            continue
        row = bodies[partner].row
        assert row.ntee_cd and int(row.income_amt) > 0 and row.subsection == "03"
        assert bodies[partner].place == firms[business].place in PLACES


def test_records_of_lists_every_record_of_an_organisation(town: Town) -> None:
    business = max(town.businesses, key=lambda b: len(set(b.licences)))
    assert set(town.truth.records_of(business.key)) >= set(business.licences)
    assert town.truth.records_of("nobody") == []


# --- names ------------------------------------------------------------------------------------------------------------
def test_a_name_is_given_once_legal_form_aside() -> None:
    register = NameRegister()
    assert register.take("HERON CAFÉ LLC")
    assert not register.take("THE HERON CAFE, INC")
    assert register.take("HERON BAKERY")


def test_names_run_out_into_numbers_not_into_repeats() -> None:
    register, rng = NameRegister(), random.Random(1)
    names = [register.invent(rng, ["ONLY NAME"]) for _ in range(40)]
    assert len(set(names)) == 40


def test_a_retold_name_keeps_its_first_telling_word() -> None:
    for seed in range(50):
        told = retold(random.Random(seed), "THE GREENWAY COMMUNITY CENTER & SERVICES INC")
        assert told.removeprefix("THE ").startswith("GREENWAY COMM")


# --- the server -------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with serve(seed=3, size=0.05) as url:
        yield url


def ask(
    base_url: str, path: str, method: str = "GET", headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=5)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_server_gives_the_files_with_their_length_and_version(base_url: str) -> None:
    for path, expected in practice_files(build_town(3, 0.05)).items():
        response, body = ask(base_url, path)
        assert (response.status, body) == (200, expected)
        assert response.headers["Content-Length"] == str(len(expected))
        assert response.headers["ETag"] and response.headers["Last-Modified"] == "Tue, 30 Jun 2026 00:00:00 GMT"


def test_server_allows_robots(base_url: str) -> None:
    response, body = ask(base_url, "/robots.txt")
    assert (response.status, body) == (200, b"User-agent: *\nAllow: /\n")


@pytest.mark.parametrize("template", ["{}", "W/{}", '"other", {}', "*"])
def test_server_answers_304_to_a_client_that_holds_the_version(base_url: str, template: str) -> None:
    etag = ask(base_url, IRS_PATH, "HEAD")[0].headers["ETag"]
    response, body = ask(base_url, IRS_PATH, headers={"If-None-Match": template.format(etag)})
    assert (response.status, body, response.headers["ETag"]) == (304, b"", etag)


def test_server_sends_the_file_to_a_client_that_holds_another_version(base_url: str) -> None:
    response, body = ask(base_url, IRS_PATH, headers={"If-None-Match": '"stale"'})
    assert response.status == 200 and body


def test_server_answers_head_without_a_body(base_url: str) -> None:
    response, body = ask(base_url, LICENCES_PATH, "HEAD")
    assert response.status == 200 and body == b"" and int(response.headers["Content-Length"]) > 1000


def test_server_says_what_it_has_where_it_lacks_something(base_url: str) -> None:
    response, body = ask(base_url, "/irs_bmf/eo_ar.csv")
    assert response.status == 404 and IRS_PATH.encode() in body


def test_archive_search_leads_to_the_research_bodies(base_url: str) -> None:
    response, body = ask(base_url, "/ror/api/records/?communities=ror-data&sort=mostrecent")
    assert response.headers["Content-Type"] == "application/json"
    link = json.loads(body)["hits"]["hits"][0]["files"][-1]["links"]["self"]
    assert link.startswith(base_url)
    assert len(ror_records(ask(base_url, urlsplit(link).path)[1])) == 14


def test_server_is_gone_after_the_context() -> None:
    with serve(seed=3, size=0.01) as url:
        assert ask(url, "/robots.txt")[0].status == 200
    with pytest.raises(ConnectionRefusedError):
        ask(url, "/robots.txt")


# --- the connectors ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("irs_bmf", IRS_PATH),
        ("practice", LICENCES_PATH),
        ("sam_assistance_listings", SAM_PATH),
        ("ror", ROR_ARCHIVE_PATH),
    ],
)
def test_the_connectors_that_run_live_read_every_row(files: dict[str, bytes], tmp_path: Path, source: str, path: str) -> None:
    download = tmp_path / "download"
    download.write_bytes(files[path])
    options = {"country": "US", "state": "ZZ"} if source == "ror" else {}
    report = read_register(register_for(source), download, options, tmp_path / "rows.parquet")
    expected = 14 if source == "ror" else len(rows_of(files, path))
    assert (report.read, report.kept, report.rejected) == (expected, expected, [])
