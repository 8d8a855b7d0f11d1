"""What becomes of a record before it is compared: names, addresses, postcodes, phones and sites, case by case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

#: name -> {form: words in the spelling compared}; a body goes by the name as written and by both halves of "X trading as Y".
NAMES: dict[str, dict[str, str]] = {
    "The Otter Mill": {"otter mill": "otter mill"},
    "The Otter Mill Limited": {"otter mill": "otter mill"},
    "OTTER MILL (UK) LTD": {"otter mill": "otter mill"},
    "Otter Mill L.L.C.": {"otter mill": "otter mill"},
    "Otter Corp. Inc.": {"otter": "otter"},
    "Limited": {"limited": "limited"},
    "Company of Otters": {"company of otters": "company otter"},
    "Otter & Sons": {"otter and sons": "otter son"},
    "Otter + Sons": {"otter and sons": "otter son"},
    "Café Müller": {"cafe muller": "cafe muller"},
    "St. Mary's Church": {"st marys church": "st mary church"},
    "Saint Mary's Church": {"saint marys church": "st mary church"},
    "First Baptist Church": {"first baptist church": "1st baptist church"},
    "1st Baptist Church": {"1st baptist church": "1st baptist church"},
    "Two Rivers Trust": {"two rivers trust": "2 river trust"},
    "Lodge No. 12": {"lodge no 12": "lodge no 12"},
    "Comm Ctr": {"comm ctr": "community centre"},
    "Assn of Otters": {"assn of otters": "association otter"},
    "Mt Zion": {"mt zion": "mount zion"},
    "Gas Glass Status": {"gas glass status": "gas glass status"},
    "東京": {"東京": "東京"},
    "Smith t/a Otter Bakery": {"smith t a otter bakery": "smith t a otter bakery", "smith": "smith", "otter bakery": "otter bakery"},
    "Smith dba Otter": {"smith dba otter": "smith dba otter", "smith": "smith", "otter": "otter"},
    "Otter Bakery Ltd trading as The Loaf": {
        "otter bakery ltd trading as the loaf": "otter bakery ltd trading as loaf", "otter bakery": "otter bakery", "loaf": "loaf",
    },
}  # fmt: skip
#: name -> legal form it ends in
LEGAL_FORMS = {
    "Otter Mill Limited": "ltd",
    "Otter Mill Co. Ltd": "ltd",
    "OTTER MILL (UK) LTD": "ltd",
    "Otter Mill L L C": "llc",
    "Otter Mill C.I.C.": "cic",
    "Otter Mill Corp. Inc.": "inc",
    "Otter Mill": None,
    "Limited Otter": None,
}
#: address -> (house numbers, units)
ADDRESSES: dict[str, tuple[list[str], list[str]]] = {
    "12 Mill St": (["12"], []),
    "12a Mill St": (["12"], []),
    "108-112 Mill Rd": (["108", "112"], []),
    "Unit 4, 12 Mill Street": (["12"], ["4"]),
    "1200 W 7th St Apt 3B": (["1200"], ["3b"]),
    "Suite 200, 435 S. La Cienega Blvd.": (["435"], ["200"]),
    "PO Box 12": ([], ["12"]),
    "P.O. Box 12": ([], ["12"]),
    "44 Highway 10 East": (["44"], []),
    "9601 Mill St #500": (["9601"], ["500"]),
    "12111 W Mill St # 4B": (["12111"], ["4b"]),
    "100 Mill St Ste #5": (["100"], ["5"]),
    "The Old Mill": ([], []),
}
#: what was written -> (postcode, postal district)
POSTCODES = {
    "LS1 4AB": ("LS14AB", "LS1"),
    "ls14ab": ("LS14AB", "LS1"),
    "SW1A 1AA": ("SW1A1AA", "SW1A"),
    "72201": ("72201", "722"),
    "72201-1234": ("72201", "722"),
    "722011234": ("72201", "722"),
    "M5V 2T6": ("M5V2T6", "M5V"),
    "m5v2t6": ("M5V2T6", "M5V"),
    "1010": ("1010", "1010"),
    "": ("", ""),
}
#: what was written -> the last nine figures, which country and trunk prefixes do not change
PHONES = {
    "+44 (0)113 496 0000": "134960000",
    "0113 496 0000": "134960000",
    "(501) 555-0100": "015550100",
    "+1 501 555 0100": "015550100",
    "310/246-1501": "102461501",
    "12345": "",
    "none": "",
}
#: what was written -> host that speaks for one body
SITES = {
    "https://www.otter.example/about?x=1": "otter.example",
    "OTTER.EXAMPLE": "otter.example",
    "http://shop.otter.example:8080": "shop.otter.example",
    "https://www.facebook.com/otter": "",
    "https://otter.wordpress.com": "",
    "https://otter.business.site": "",
    "https://sites.google.com/otter": "",
    "not a site": "",
    "": "",
}


@pytest.fixture(scope="module")
def prepared(prepare: Callable[..., Any]) -> Any:
    """A record for every case, known by the column and what it says."""
    says = {
        "name": {*NAMES, *LEGAL_FORMS}, "address": ADDRESSES, "postcode": POSTCODES, "phone": PHONES, "website": SITES,
    }  # fmt: skip
    records = {f"{column}:{text}": {"name": "Otter", column: text} for column, texts in says.items() for text in texts}
    more: dict[str, dict[str, Any]] = {
        "in the address": {"name": "Otter", "address": "12 Mill St, Leeds LS1 4AB"},
        "given twice": {"name": "Otter", "address": "12 Mill St, Leeds LS1 4AB", "postcode": "LS9 9ZZ"},
        "renamed": {"name": "Otter Ltd", "other_names": ["Weasel Inc", "OTTER"]},
        "nameless": {"name": "!!!"},
    }
    return prepare({**records, **more})


def _one(prepared: Any, columns: str, record: str) -> tuple[Any, ...]:
    (row,) = prepared.con.execute(f"SELECT {columns} FROM comparable WHERE record_id = ?", [record]).fetchall()
    return tuple(row)


def _forms(prepared: Any, record: str) -> dict[str, tuple[str | None, str]]:
    """Form of the record's name -> its legal form and its words in order."""
    rows = prepared.con.execute(
        "SELECT f.name, f.legal_form, (SELECT string_agg(word, ' ' ORDER BY position) FROM form_word w WHERE w.fid = f.fid) "
        "FROM form f JOIN comparable c USING (rid) WHERE record_id = ? ORDER BY f.name", [record],
    ).fetchall()  # fmt: skip
    return {form: (legal, words) for form, legal, words in rows}


@pytest.mark.parametrize("name", NAMES)
def test_forms_and_words_of_a_name(prepared: Any, name: str) -> None:
    assert {form: words for form, (_, words) in _forms(prepared, f"name:{name}").items()} == NAMES[name]


@pytest.mark.parametrize("name", LEGAL_FORMS)
def test_legal_form_of_a_name(prepared: Any, name: str) -> None:
    assert {legal for legal, _ in _forms(prepared, f"name:{name}").values()} == {LEGAL_FORMS[name]}


@pytest.mark.parametrize(
    ("name", "forms"),
    [
        (
            "Heron Fund (a grief support programme for children)",
            {"heron fund", "heron fund a grief support programme for children"},
        ),
        (
            "Older People's Action in the Locality (OPAL)",
            {"older peoples action in the locality", "older peoples action in the locality opal"},
        ),
        ("Swan Aid (formerly Goose Aid)", {"swan aid", "goose aid", "swan aid formerly goose aid"}),
        ("Heron Aid (Swindon)", {"heron aid swindon"}),
        ("Heron Aid (with Otter Aid)", {"heron aid with otter aid"}),
    ],
)
def test_what_stands_in_brackets_is_no_part_of_the_name_unless_it_is_a_place_or_a_partner(
    prepare: Callable[..., Any], name: str, forms: set[str]
) -> None:
    assert set(_forms(prepare({"it": {"name": name}}), "it")) == forms


def test_other_names_are_forms_too_and_one_name_is_one_form(prepared: Any) -> None:
    assert {form: legal for form, (legal, _) in _forms(prepared, "renamed").items()} == {"otter": "ltd", "weasel": "inc"}


def test_a_name_without_a_letter_is_a_form_as_it_stands(prepared: Any) -> None:
    assert list(_forms(prepared, "nameless")) == ["!!!"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_house_numbers_and_units_of_an_address(prepared: Any, address: str) -> None:
    assert _one(prepared, "house_numbers, units", f"address:{address}") == ADDRESSES[address]


@pytest.mark.parametrize("postcode", POSTCODES)
def test_postcode_and_district(prepared: Any, postcode: str) -> None:
    assert _one(prepared, "postcode, outcode", f"postcode:{postcode}") == POSTCODES[postcode]


@pytest.mark.parametrize(("record", "postcode"), [("in the address", "LS14AB"), ("given twice", "LS99ZZ")])
def test_a_postcode_in_the_address_counts_where_none_is_given(prepared: Any, record: str, postcode: str) -> None:
    assert _one(prepared, "postcode", record) == (postcode,)


@pytest.mark.parametrize("phone", PHONES)
def test_phone(prepared: Any, phone: str) -> None:
    assert _one(prepared, "phone", f"phone:{phone}") == (PHONES[phone],)


@pytest.mark.parametrize("site", SITES)
def test_site(prepared: Any, site: str) -> None:
    assert _one(prepared, "website_domain", f"website:{site}") == (SITES[site],)


def test_records_are_numbered_in_the_order_of_their_ids(prepared: Any) -> None:
    numbered = [record for record, _ in sorted(prepared.place.items(), key=lambda item: item[1])]
    assert numbered == sorted(numbered)
    assert sorted(prepared.place.values()) == list(range(len(numbered)))


def test_a_word_is_counted_once_a_record_and_only_where_two_have_it(prepared: Any) -> None:
    uses = dict(prepared.rows("SELECT word, uses FROM word_use ORDER BY word"))
    bearers = dict(prepared.rows("SELECT word, count(DISTINCT rid) FROM form_word GROUP BY word ORDER BY word"))
    assert uses == {word: count for word, count in bearers.items() if count > 1}
    assert "weasel" in bearers and "weasel" not in uses
