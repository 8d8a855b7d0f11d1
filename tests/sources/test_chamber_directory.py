"""Chambers' directories on the web: which pages are asked for, what each kind of page says, and who is never read.

Pages are written here and in the practice town, in the markup of real ones; names are invented.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pyarrow.parquet as pq
import pytest

from sources import chamber_directory
from sources.chamber_address import Address, take_apart, tidy_postcode
from sources.chamber_member import web_address, without_contacts
from sources.frame import read_register
from sources.paging import INDEX, Answer, Ask
from sources.practice import wire_chamber, wire_growthzone
from sources.practice.serving import Request, Route
from sources.practice.town import build_town
from sources.register import Audit, ReadReport, RegisterError, Rejected

Record = dict[str, Any]
GROWTHZONE = {"consent": True, "kind": "growthzone", "country": "US"}
JSON_LD = {"consent": True, "kind": "json_ld", "country": "US"}
HOST = "http://127.0.0.1:1"

CARD = """<div class="card gz-results-card" data-memid="77"><h5 class="card-title gz-card-title" itemprop="name">
<a href="//chamber.example/list/member/otter-sons-4711">Otter &amp; Sons</a></h5>
<li class="gz-card-address"><span class="gz-street-address" itemprop="streetAddress">12 Quay St</span>
<span class="gz-street-address" itemprop="streetAddress">Unit 5</span><div itemprop="citystatezip">
<span itemprop="addressLocality">Larkmere</span> <span itemprop="addressRegion">ZZ</span> <span itemprop="postalCode">00101-1234</span></div></li>
<li class="gz-card-phone"><a href="tel:5015550142">(501) 555-0142</a></li>
<li class="gz-card-contact"><a href="mailto:amelia@example.org">Amelia Quillfeather</a></li>
<li class="gz-card-website"><a href="//otter.example/">Visit</a></li><p class="gz-description">Bread. Ring (501) 555-0142.</p>
<span class="gz-cat">Bakeries</span></div>"""


def parsed(html: str | bytes, **options: Any) -> list[Any]:
    """Rows and rejected of one page downloaded by hand."""
    body = html if isinstance(html, bytes) else html.encode()
    return list(chamber_directory.REGISTER.parse(io.BytesIO(body), options, Audit()))


def filled(row: Record) -> Record:
    return {key: value for key, value in row.items() if value and key not in ("native_id", "sector", "status", "country")}


def walk(site: Callable[[str], bytes | None], url: str, options: Record) -> list[tuple[Ask, bytes]]:
    """Carries a conversation out: what was asked and what came back; None from the site is 404."""
    asking, answer, kept = chamber_directory.pages(url, options), None, []
    while True:
        try:
            ask = asking.send(answer) if answer else next(asking)  # type: ignore[arg-type]
        except StopIteration:
            return kept
        body = site(ask.url)
        assert body is not None or ask.may_be_missing, ask.url
        assert len(kept) < 1_000, "the paging has no end"
        if body is not None:
            kept.append((ask, body))
        answer = Answer(ask.url, 404 if body is None else 200, body or b"")


def site_of(routes: dict[str, Route]) -> Callable[[str], bytes]:
    """The practice town's site, without a server."""

    def get(url: str) -> bytes:
        path = urlsplit(url).path
        route = routes.get(path) or next(
            route for known, route in routes.items() if known.endswith("/*") and path.startswith(known[:-1])
        )
        reply = route(Request(path, dict(parse_qsl(urlsplit(url).query)), b"", {}, HOST))
        assert reply.status == 200, url
        return reply.body

    return get


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., tuple[ReadReport, list[Record]]]:
    """Reads kept pages as the bundle they are kept in."""

    def run(kept: list[tuple[Ask, bytes]], options: Record) -> tuple[ReadReport, list[Record]]:
        with zipfile.ZipFile(tmp_path / "pages.zip", "w") as bundle:
            index = []
            for number, (ask, body) in enumerate(kept):
                bundle.writestr(f"{number:05d}", body)
                index.append({"url": ask.url, "member": f"{number:05d}"})
            bundle.writestr(INDEX, json.dumps(index))
        report = read_register(chamber_directory.REGISTER, tmp_path / "pages.zip", options, tmp_path / "rows.parquet")
        return report, pq.read_table(tmp_path / "rows.parquet").to_pylist()

    return run


# --- options ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"kind": "growthzone"}, "Ask the chamber"),
        ({"kind": "growthzone", "consent": False}, "Ask the chamber"),
        ({"kind": "growthzone", "consent": "yes"}, "Ask the chamber"),
        ({"consent": True}, "kind"),
        ({"consent": True, "kind": "wordpress"}, "kind"),
        ({"consent": True, "kind": "selectors"}, "selectors"),
        ({**GROWTHZONE, "selectors": {"card": "div", "name": "h3"}}, "selectors"),
        ({"consent": True, "kind": "selectors", "selectors": {"card": "div[", "name": "h3"}}, "no CSS selector"),
        ({"consent": True, "kind": "selectors", "selectors": {"card": "div", "name": "h3", "phone": "b"}}, "phone"),
        ({**JSON_LD, "details": True}, "details"),
        ({**GROWTHZONE, "follow": "a"}, "follow"),
    ],
)
def test_nothing_is_asked_for_or_read_without_consent_and_usable_options(options: Record, complaint: str) -> None:
    with pytest.raises(RegisterError, match=complaint):
        next(chamber_directory.pages("https://chamber.example/list", options))
    with pytest.raises(RegisterError, match=complaint):
        parsed(CARD, **options)


# --- GrowthZone ------------------------------------------------------------------------------------------------------
def test_a_card_of_the_current_markup() -> None:
    [row] = parsed(f'<div class="gz-list-card-wrapper">{CARD}</div>', **GROWTHZONE)
    assert filled(row) == {
        "name": "Otter & Sons", "street": "12 Quay St, Unit 5", "city": "Larkmere", "state": "ZZ", "postcode": "00101",
        "website": "https://otter.example/", "description": "Bread. Ring .", "class_scheme": "WORDS", "class_codes": ["Bakeries"],
        "record_url": "https://chamber.example/list/member/otter-sons-4711",
    }  # fmt: skip
    assert row["native_id"] == "4711", "the number of its page, which stays when it moves from list to list"


def test_a_directory_card_in_another_card_is_one_member() -> None:
    rows = parsed(f'<div class="gz-directory-card" data-memid="9">{CARD}</div>', **GROWTHZONE)
    assert [row["name"] for row in rows] == ["Otter & Sons"]


def test_the_legacy_markup_and_a_card_without_address() -> None:
    rows = parsed(
        """<div class="mn-listing"><div class="mn-title"><a href="https://chamber.example/list/member/heron-cafe-12">HERON &AMP;AMP; CAFE</a></div>
        <div class="mn-address">4 Mill Rd<br>Larkmere, ZZ 00102</div><div class="mn-phone">501-555-0143</div></div>
        <div class="mn-listing"><div class="mn-company-name">Larch Box</div></div>""",
        **GROWTHZONE,
    )
    assert filled(rows[0]) == {
        "name": "HERON & CAFE", "street": "4 Mill Rd", "city": "Larkmere", "state": "ZZ", "postcode": "00102",
        "record_url": "https://chamber.example/list/member/heron-cafe-12",
    }  # fmt: skip
    assert rows[0]["native_id"] == "12" and filled(rows[1]) == {"name": "Larch Box"}


@pytest.mark.parametrize(
    ("title", "codes"), [("Shopping", ["Shopping"]), ("B", []), ("0-9", []), ("Member Directory", []), ("Search Results", [])]
)
def test_the_title_of_a_list_is_a_category_where_it_is_one(title: str, codes: list[str]) -> None:
    card = '<div class="gz-results-card"><h5 class="gz-card-title">Larch Box</h5></div>'
    [row] = parsed(f'<div class="gz-pagetitle"><h1>{title}</h1></div>{card}', **GROWTHZONE)
    assert row["class_codes"] == codes


def test_a_card_without_a_name_is_set_aside() -> None:
    assert parsed('<div class="gz-results-card" data-memid="5"></div>', **GROWTHZONE) == [Rejected(1, "5", "no name", "name")]


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<div class="card gz-events-card"><h5 class="gz-card-title">Open House</h5></div>', "events list"),
        ("<p>Log in</p>", "no cards"),
    ],
)
def test_a_page_that_is_no_directory_is_refused(page: str, found: str) -> None:
    with pytest.raises(RegisterError, match=f"found .*{found}.*ends in /list"):
        parsed(page, **GROWTHZONE)


@pytest.mark.parametrize(
    ("walked", "asked"),
    [
        ("categories", ["/list", "/list/ql/bakers-7", "/list/category/books-8", "/list?page=2"]),
        ("alphabet", ["/list", "/list/searchalpha/a", "/dir/FindStartsWith?term=B", "/list?page=2"]),
        ("next", ["/list", "/list?page=2"]),
    ],
)
def test_lists_are_walked_as_told_on_one_host_and_each_once(walked: str, asked: list[str]) -> None:
    index = b"""<a href="#!">All</a> <a href="//chamber.example/list/ql/bakers-7#top">Bakers</a> <a href="/list/ql/bakers-7">again</a>
    <a href="/list/category/books-8">Books</a> <a href="https://elsewhere.example/list/ql/advert-1">Advert</a> <a href="/list/searchalpha/a">A</a>
    <a href="javascript:void(0)/searchalpha/x">X</a> <a href="/dir/FindStartsWith?term=B">B</a> <a rel="next" href="?page=2">Next</a>"""
    pages = {"https://chamber.example/list": index}
    kept = walk(
        lambda url: pages.get(url, b'<a rel="next" href="/list">back</a>'),
        "https://chamber.example/list",
        {**GROWTHZONE, "walk": walked},
    )
    assert sorted(ask.url.removeprefix("https://chamber.example") for ask, _ in kept) == sorted(asked)


def test_a_member_s_page_may_be_gone_and_fills_what_its_card_leaves_out(read: Any) -> None:
    gone = CARD.replace("otter-sons-4711", "gone-5").replace("Otter &amp; Sons", "Larch Box")
    pages = {
        "https://chamber.example/list": (CARD + gone).encode(),
        "https://chamber.example/list/member/otter-sons-4711": b"""<div class="gz-details-head"><h1 itemprop="name">Otter &amp; Sons</h1></div>
        <span class="gz-cat">Caf\xc3\xa9s</span><div class="gz-member-repname">Amelia Quillfeather</div>""",
    }
    options = {**GROWTHZONE, "details": True}
    kept = walk(pages.get, "https://chamber.example/list", options)
    report, rows = read(kept, options)
    assert [ask.url for ask, _ in kept] == list(pages) and report.read == 2
    otter = next(row for row in rows if row["native_id"] == "4711")
    assert otter["class_codes"] == ["Bakeries", "Cafés"] and otter["website"] == "https://otter.example/"
    assert otter["record_url"] == "https://chamber.example/list/member/otter-sons-4711"
    assert not re.search("Quillfeather|555|example.org", str(rows))


# --- JSON-LD ---------------------------------------------------------------------------------------------------------
def ld(data: Any) -> str:
    return f'<script type="application/ld+json">{data if isinstance(data, str) else json.dumps(data)}</script>'


SHOP = {
    "@type": "Bakery",
    "name": "Otter &amp; Sons",
    "alternateName": "Otter's",
    "url": "https://otter.example/",
    "telephone": "501-555-0142",
    "founder": {"@type": "Person", "name": "Amelia Quillfeather"},
    "geo": {"@type": "GeoCoordinates", "latitude": "36.5", "longitude": -64.5},
    "address": {
        "@type": "PostalAddress",
        "streetAddress": "12 Quay St",
        "addressLocality": "Larkmere",
        "addressRegion": "ZZ",
        "postalCode": "00101",
    },
}


@pytest.mark.parametrize(
    "data",
    [
        SHOP,
        [{"@type": "WebSite", "name": "Chamber"}, SHOP],
        {"@graph": [{"@type": "Organization", "name": "Chamber"}, SHOP]},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "position": 1, "item": SHOP}]},
        {**SHOP, "@type": ["LocalBusiness", "Bakery"]},
        {**SHOP, "@type": "https://schema.org/Bakery"},
        {**SHOP, "address": [SHOP["address"]]},
    ],
)
def test_a_business_is_found_wherever_it_stands(data: Any) -> None:
    [row] = parsed(ld(data), **JSON_LD)
    codes = row.pop("class_codes")
    assert codes[0] == "Bakery" and set(codes) <= {"Bakery", "LocalBusiness"}
    assert filled(row) == {
        "name": "Otter & Sons", "other_names": ["Otter's"], "street": "12 Quay St", "city": "Larkmere", "state": "ZZ", "postcode": "00101",
        "latitude": 36.5, "longitude": -64.5, "website": "https://otter.example/", "class_scheme": "SCHEMA.ORG",
    }  # fmt: skip


def test_an_address_on_one_line_another_country_and_a_broken_point() -> None:
    british = {
        "@type": "Store",
        "name": "Larch",
        "address": {"addressLocality": "Larkmere", "addressCountry": {"name": "United Kingdom"}},
    }
    rows = parsed(ld([{**SHOP, "address": "12 Quay St, Larkmere, ZZ 00101", "geo": {"latitude": "north"}}, british]), **JSON_LD)
    assert [rows[0][key] for key in ("street", "city", "state", "postcode", "latitude")] == [
        "12 Quay St",
        "Larkmere",
        "ZZ",
        "00101",
        None,
    ]
    assert (rows[1]["country"], rows[1]["city"]) == ("GB", "Larkmere")


@pytest.mark.parametrize("broken", ['{"name": ', "[" * 100_000])
def test_a_script_that_is_no_json_is_set_aside_and_the_rest_read(broken: str) -> None:
    rejected, row = parsed(ld(broken) + ld(SHOP), **JSON_LD)
    assert rejected.rule == "JSON-LD cannot be read" and row["name"] == "Otter & Sons"


# --- sites of a chamber's own ----------------------------------------------------------------------------------------
OWN = {"consent": True, "kind": "selectors", "country": "US"}
CSS = {
    "card": ".b",
    "name": "h3",
    "link": ".more",
    "street": "i",
    "city": "u",
    "category": "s",
    "website": "em",
    "description": "q",
}


def test_selectors_ids_from_links_labels_and_comments() -> None:
    rows = parsed(
        """<div class="b"><!-- <h3>Amelia Quillfeather</h3> --><h3>Otter &amp; Sons</h3><i>Street: 12 Quay St</i><u>Larkmere</u>
        <s>Category: Bakers, Cafés</s><em>Website: <a href="//otter.example/">visit</a></em><q id="d">Bread</q>
        <a class="more" href="https://chamber.example/detail.php?b=7">more</a></div>
        <div class="b"><h3>Studio 54</h3><em>www.studio.example</em><q id="d">Music</q><a class="more" href="https://chamber.example/m/studio-54">more</a></div>
        <div class="b"><h3>Larch Box</h3><a class="more" href="https://chamber.example/detail.php?b=8">more</a></div>
        <div class="b"><h3> </h3></div>""",
        **OWN,
        selectors=CSS,
    )
    assert rows[0] == Rejected(4, None, "no name", "name")
    assert [row["native_id"] for row in rows[1:]] == ["detail.php?b=7", "studio-54", "detail.php?b=8"]
    assert filled(rows[1]) == {
        "name": "Otter & Sons", "street": "12 Quay St", "city": "Larkmere", "class_scheme": "WORDS", "class_codes": ["Bakers", "Cafés"],
        "website": "https://otter.example/", "description": "Bread", "record_url": "https://chamber.example/detail.php?b=7",
    }  # fmt: skip
    assert (rows[2]["description"], rows[2]["website"]) == ("Music", "https://www.studio.example")


def test_two_names_under_one_id_are_not_put_together(read: Any) -> None:
    card = '<div class="b"><h3>%s</h3><a class="more" href="/m/otter">more</a></div>'
    page = "".join(card % name for name in ("Otter & Sons", "Larch Box", "Otter & Sons")).encode()
    options = {**OWN, "selectors": CSS}
    report, rows = read([(Ask("https://chamber.example/list"), page)], options)
    assert len(rows) == 1 and [row.rule for row in report.rejected] == ["id occurs more than once"]


# --- small parts -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("line", "address"),
    [
        ("3 W. 51st Street  Larkmere, ZZ USA 00119", ("3 W. 51st Street", "Larkmere", "ZZ", "00119", "US")),
        ("12 Quay St, Suite 5  Larkmere, ZZ UNITED STATES 00101-1234", ("12 Quay St, Suite 5", "Larkmere", "ZZ", "00101", "US")),
        ("14 Quay Plaza suite 18 Larkmere, ZZ  00101", ("14 Quay Plaza suite 18 Larkmere", None, "ZZ", "00101", "US")),
        ("12 Quay St,  Suite 12 Larkmere , ZZ USA 00101", ("12 Quay St, Suite 12 Larkmere", None, "ZZ", "00101", "US")),
        ("  Larkmere, ZZ USA ", (None, "Larkmere", "ZZ", None, "US")),
        ("12 Quay St, Larkmere, ZZ 00101", ("12 Quay St", "Larkmere", "ZZ", "00101", "US")),
        ("12 Quay Street, Larkmere, zz14ab, UK", ("12 Quay Street", "Larkmere", None, "ZZ1 4AB", "GB")),
        ("Unit 4, 12 Quay Street, Larkmere ZZ1 4AB", ("Unit 4, 12 Quay Street", "Larkmere", None, "ZZ1 4AB", "GB")),
        ("Old Market Hall", ("Old Market Hall", None, None, None, None)),
        ("", (None, None, None, None, None)),
    ],
)
def test_a_line_is_taken_apart_as_far_as_it_is_certain(line: str, address: tuple[str | None, ...]) -> None:
    assert take_apart(line) == Address(*address)


def test_postcodes_in_their_normal_form() -> None:
    assert [tidy_postcode(code) for code in ("00101-1234", "00101", "zz1 4ab", "ZZ14AB", "0799", None)] == [
        "00101",
        "00101",
        "ZZ1 4AB",
        "ZZ1 4AB",
        "0799",
        None,
    ]


@pytest.mark.parametrize(
    ("href", "address"),
    [
        ("#!", None), ("", None), (None, None), ("javascript:void(0)", None), ("mailto:a@example.org", None), ("tel:5", None), ("http://", None),
        ("http://[", None), ("//otter.example/a#b", "https://otter.example/a"), ("?page=2", "https://chamber.example/list?page=2"),
        ("http://https://otter.example/", "https://otter.example/"), ("http://http://otter.example/", "http://otter.example/"),
    ],
)  # fmt: skip
def test_what_a_link_leads_to(href: str | None, address: str | None) -> None:
    assert web_address(href, "https://chamber.example/list") == address


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Ring 501-555-0142 or write to a@example.org now", "Ring or write to now"),
        ("Call (501) 555 0142.", "Call ."),
        ("+44 151 496 0123", None),
        ("Since 1998-2005, open 24/7, 10,000 items", "Since 1998-2005, open 24/7, 10,000 items"),
        (None, None),
    ],
)
def test_phones_and_mails_do_not_stay_in_descriptions(text: str | None, kept: str | None) -> None:
    assert without_contacts(text) == kept


# --- the practice town -----------------------------------------------------------------------------------------------
BESPOKE = {
    "consent": True,
    "kind": "selectors",
    "country": "US",
    "next": 'a:-soup-contains("Next Page")',
    "selectors": wire_chamber.BESPOKE_SELECTORS,
}
SITES = {
    "growthzone by category": (wire_growthzone, wire_growthzone.PATH, {**GROWTHZONE, "details": True}),
    "growthzone by letter": (wire_growthzone, wire_growthzone.PATH, {**GROWTHZONE, "walk": "alphabet"}),
    "json_ld": (wire_chamber, wire_chamber.JSON_LD_PATH, JSON_LD),
    "bespoke": (wire_chamber, wire_chamber.BESPOKE_PATH, BESPOKE),
    "json_api": (wire_chamber, wire_chamber.API_PATH, {"consent": True, "kind": "json_api", "country": "US"}),
}


@pytest.fixture(scope="module")
def town() -> Any:
    return build_town(size=0.1)


@pytest.mark.parametrize("site", SITES)
def test_a_site_of_the_practice_town_is_read_to_its_end_without_its_people(site: str, town: Any, read: Any) -> None:
    module, path, options = SITES[site]
    kept = walk(site_of(module.routes(town)), HOST + path, options)
    report, rows = read(kept, options)
    assert report.kept == report.read == len({row["native_id"] for row in rows}) and 55 <= report.kept <= 75
    assert report.rejected == [] and report.unknown_columns == ()
    assert all(
        row["street"] and row["city"] and row["postcode"] and row["country"] == "US" and row["state"] == "ZZ" for row in rows
    )
    pages = b"".join(body for _, body in kept).decode()
    said = str(rows)
    assert "555-01" in pages and ("@example.org" in pages or site == "json_api")
    assert "555-01" not in said and "@" not in said
    assert not any(person.casefold() in said.casefold() for person in town.truth.contact_names)
    if site not in ("growthzone by letter", "json_ld"):
        assert all(row["class_scheme"] == "WORDS" and row["class_codes"] for row in rows)
    if "growthzone" not in site:
        assert all(row["website"] for row in rows) and len(kept) == 3


def test_the_last_page_of_an_api_is_the_first_where_it_tells_none() -> None:
    options = {"consent": True, "kind": "json_api"}
    kept = walk(lambda _: b'{"data": []}', "https://chamber.example/api?perPage=50", options)
    assert len(kept) == 1
    last = b'{"data": [], "links": {"last": {"href": "https://chamber.example/api?page=3"}}}'
    kept = walk(lambda _: last, "https://chamber.example/api?perPage=50", options)
    assert [urlsplit(ask.url).query for ask, _ in kept] == ["perPage=50", "perPage=50&page=2", "perPage=50&page=3"]


@pytest.mark.parametrize("body", [b"<html>", b'{"error": "no"}'])
def test_an_api_that_answers_otherwise_is_refused(body: bytes) -> None:
    with pytest.raises(RegisterError, match="page of members"):
        parsed(body, consent=True, kind="json_api")
