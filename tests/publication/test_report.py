"""The report page: what is on it, that register text cannot break out of it, and that it never depends on chance."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from copy import deepcopy
from datetime import date, datetime
from itertools import cycle
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml
from bs4 import BeautifulSoup

from assets.publication.report import PAGE_DIR, SCRIPTS, write_report
from assets.publication.report_data import FACT_LENGTH, REGION_TOP, TABLES, ReportError
from warehouse.columns import COLUMNS, CRITERIA
from warehouse.tables import BY_SHORT

SAMPLE: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("report_sample.yaml").read_text(encoding="utf-8"))
AS_OF = SAMPLE["run"][0]["as_of"]
CHAMBER = "Little Rock Regional Chamber"
WEIGHTS = dict(zip(CRITERIA, (0.3, 0.2, 0.15, 0.15, 0.1, 0.1), strict=True))

Rows = dict[str, list[dict[str, Any]]]


def sample_rows(per_industry: int = 10, businesses: list[dict[str, Any]] | None = None) -> Rows:
    """The tables of one made-up night, as rows; the same every time."""
    rows: Rows = {name: deepcopy(SAMPLE.get(name, [])) for name in TABLES}
    rows["opportunity"] = []
    for trade in businesses or SAMPLE["businesses"]:
        names = cycle(trade["names"])
        for rank in range(1, per_industry + 1):
            _add_pair(rows, trade, next(names), rank)
        cell = {"business_count": 40 * len(rows["coverage"]) + 3, "partner_count": 4, "opportunity_count": per_industry}
        industry = {key: trade[key] for key in ("industry_id", "industry_name")}
        rows["coverage"].append({"region_id": "us-ar-little-rock"} | industry | cell)
    # The best score comes first in the region, as in the real tables.
    for place, row in enumerate(sorted(rows["opportunity"], key=lambda r: (-r["score"], r["opportunity_id"])), start=1):
        row["rank_in_region"] = row["rank_in_sector"] = place
    for row in rows["source_run"]:
        row |= {"file_number": 1, "rejected_count": row["read_count"] - row["kept_count"], "outside_count": 0}
        title = row["register_title"]
        rows["licence"].append(
            {"source": row["source"], "register_title": title, "publisher": f"Publisher of {title}", "licence": "US-PD"}
            | {"licence_url": "https://www.usa.gov/government-copyright", "share_alike": False}
            | {"attribution": f"Contains data of {title}."}
        )
    return rows


def _add_pair(rows: Rows, trade: dict[str, Any], name: str, rank: int) -> None:
    n = len(rows["opportunity"]) + 1
    partner = SAMPLE["partners"][n % len(SAMPLE["partners"])]
    key = {"opportunity_id": f"opp_{n:016x}"}
    scores = {code: round(0.95 - 0.07 * i - 0.6 * rank / 80, 3) for i, code in enumerate(CRITERIA)}
    if n % 3 == 0:
        del scores["precedent"]
    known = sum(WEIGHTS[code] for code in scores)
    parts = {code: score * WEIGHTS[code] / known for code, score in scores.items()}
    pair = {
        "business_id": f"org_b{n:05}",
        "business_name": name,
        "business_activity_id": trade["activity"],
        "industry_id": trade["industry_id"],
        "industry_name": trade["industry_name"],
        "partner_organisation_id": None if "partner_programme_id" in partner else f"org_p{n % 4}",
        "score": round(sum(parts.values()), 6),
        "evidence_coverage": round(known, 3),
        "rank_in_industry": rank,
        "distance_km": (n * 7 % 230) / 10,
        "funding_programme_id": "sam_assistance_listings:59.012" if n % 5 == 0 else None,
        "risk_flags": ["size_imbalance"] if n % 4 == 1 else [],
        "stale_days": 3 if n % 2 else 0,
        "first_seen": AS_OF if n % 6 == 0 else date(2026, 11, 1),
        "explanation": f"{name} could give {partner['give']} to {partner['partner_name']} and get {partner['get']}.",
    }
    rows["opportunity"].append(key | SAMPLE["every_pair"] | pair | scores | partner)
    for code in CRITERIA:
        sums = {"sub_score": scores.get(code), "weight": WEIGHTS[code], "contribution": parts.get(code, 0.0)}
        rows["opportunity_criterion"].append(key | {"criterion": code} | sums)
    for risk in pair["risk_flags"]:
        said = {"why": f"{name} is very small and the partner is large.", "mitigation": "Agree early who decides."}
        rows["opportunity_risk"].append(key | {"risk": risk} | said)
    rows["opportunity_measure"] += [key | measure for measure in SAMPLE["measures"]]
    link = {"url": "https://apps.irs.gov/app/eos/"}
    rows["opportunity_evidence"] += [key | fact | link for fact in SAMPLE["facts"]]


def write_tables(rows: Rows, folder: Path) -> Path:
    """Writes rows as the Parquet files the registry describes, with its types, NOT NULL and CHECKs in force."""
    folder.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        for short, table_rows in rows.items():
            table = BY_SHORT[short]
            required = {*table.key, *table.required}
            lines = [f'"{c}" {COLUMNS[c].type}' + (" NOT NULL" if c in required else "") for c in table.columns]
            checks = [f"CHECK ({check.format(c)})" for c in table.columns if (check := COLUMNS[c].check)]
            con.execute(f'CREATE TABLE "{short}" ({", ".join(lines + checks)}, PRIMARY KEY ({", ".join(table.key)}))')
            con.register("given", pa.table({c: [row.get(c) for row in table_rows] for c in table.columns}))
            con.execute(f'INSERT INTO "{short}" SELECT * FROM given')
            con.execute(f"COPY \"{short}\" TO '{folder / short}.parquet' (FORMAT parquet)")
    return folder


class Page:
    """A page as a reader of HTML takes it apart."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.soup = BeautifulSoup(html, "html.parser")
        self.scripts = [script.get_text() for script in self.soup.find_all("script")]
        self.words = re.sub(r"\s+", " ", self.soup.get_text(" "))

    @property
    def data(self) -> dict[str, Any]:
        return json.loads(self.scripts[0])  # type: ignore[no-any-return]

    @property
    def opportunities(self) -> list[dict[str, Any]]:
        table = self.data["opportunities"]
        return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]

    def attributes(self, name: str) -> list[str]:
        """Values of an attribute, wherever it stands."""
        return [str(tag[name]) for tag in self.soup.find_all(attrs={name: True})]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tables(sample_rows(), tmp_path_factory.mktemp("tables"))


@pytest.fixture(scope="module")
def page(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> Page:
    return Page(write_report(tables, tmp_path_factory.mktemp("report"), chamber=CHAMBER).read_text(encoding="utf-8"))


def report_of(rows: Rows, tmp_path: Path, **options: Any) -> Page:
    folder = write_tables(rows, tmp_path / "tables")
    return Page(write_report(folder, tmp_path / "report", **{"chamber": CHAMBER} | options).read_text(encoding="utf-8"))


def test_every_pair_is_on_the_page_with_what_the_card_needs(page: Page) -> None:
    assert len(page.opportunities) == 30
    first = page.opportunities[0]
    assert first["business_name"] == "Pinnacle Software"
    assert first["explanation"].startswith("Pinnacle Software could give")
    assert [c[0] for c in first["criteria"]] == sorted(CRITERIA, key=lambda c: (-WEIGHTS[c], c))
    assert sum(c[3] for c in first["criteria"]) == pytest.approx(first["score"], abs=0.001)
    used = set(re.findall(r"\bo\.(\w+)", page.scripts[1])) - {"haystack"}  # built by the script itself
    assert len(used) > 30 and used <= set(first), "the script asks for fields the page does not hold"


def test_an_unknown_criterion_stays_unknown(page: Page) -> None:
    unknown = [o for o in page.opportunities for c in o["criteria"] if c[0] == "precedent" and c[1] is None]
    assert len(unknown) == 10


def test_each_fact_is_written_once_and_found_from_every_pair(page: Page) -> None:
    facts = page.data["facts"]
    assert len(facts["rows"]) == len({tuple(row) for row in facts["rows"]}) < 10
    criterion, index = page.opportunities[0]["evidence"][0]
    fact = dict(zip(facts["columns"], facts["rows"][index], strict=True))
    assert criterion == "fit_exchange"
    assert [fact[key] for key in ("side", "field", "source")] == ["business", "activity_id", "little_rock"]


def test_the_card_says_what_to_settle_and_what_to_count(page: Page) -> None:
    measures = page.data["measures"]
    assert len(measures["rows"]) == 2, "each is written once"
    for o in page.opportunities:
        assert [risk for risk, *_ in o["risks"]] == o["risk_flags"]
        assert all(o["business_name"] in why and mitigation for _, why, mitigation in o["risks"])
        assert [measures["rows"][i][0] for i in o["measures"]] == ["food passed on", "what the bins cost"]


def test_words_of_tags_and_forms_come_from_the_tables(page: Page) -> None:
    words = page.data["words"]
    assert words["risk"]["size_imbalance"] == {"name": "One side is far larger", "note": "Agree early who decides."}
    assert words["theme"]["local_food"]["name"] == "Local food"
    assert words["collaboration_model"]["giving_agreement"]["grows_into"] == "joint_project"


def test_a_programme_is_its_own_kind_of_partner_and_names_its_agency(page: Page) -> None:
    programmes = [o for o in page.opportunities if o["partner_kind"] == "programme"]
    assert programmes and all(o["partner_agency"] == "Small Business Administration" for o in programmes)
    assert {o["partner_kind"] for o in page.opportunities} == {"nonprofit", "public", "programme"}


def test_the_opening_says_who_when_how_many_and_from_where(page: Page) -> None:
    assert CHAMBER in page.words
    assert (
        "On 21 November 2026, Little Rock has 129 businesses, 4 partners for them and 30 opportunities to look at, "
        "from Assistance Listings, Little Rock business licences and Exempt Organizations Business Master File."
    ) in page.words


def test_coverage_marks_thin_cells(page: Page) -> None:
    assert "Food and drink shops thin 3 thin 4 10" in page.words
    assert "Software and computing 83 thin 4 10" in page.words


def test_sources_say_counts_freshness_and_attribution(page: Page) -> None:
    assert "Fetched on 18 November 2026 (could not be fetched; the last good copy was used)" in page.words
    assert "Last fetched in good order 3 days before this report" in page.words
    assert page.words.count("Last fetched in good order") == 1
    assert "Rows read 2,000 Kept 1,993 Set aside 7" in page.words
    assert "Contains data of Assistance Listings." in page.words


def test_files_of_one_register_make_one_entry_as_old_as_the_oldest(tmp_path: Path) -> None:
    rows = sample_rows(1)
    second = {"file_number": 2, "fetched_on": date(2026, 11, 2), "stale_days": 19}
    rows["source_run"].append(rows["source_run"][1] | second)
    page = report_of(rows, tmp_path)
    assert page.words.count("Fetched on") == 3
    assert "Rows read 4,000 Kept 3,986 Set aside 14" in page.words
    assert "2 November 2026" in page.words


def test_a_register_that_gave_nothing_is_said_so_and_not_named_as_a_source(tmp_path: Path) -> None:
    rows = sample_rows(1)
    nothing = {"read_count": 0, "kept_count": 0, "rejected_count": 0}
    rows["source_run"][0] |= nothing | {"fetch_status": "missing", "fetched_on": None}
    words = report_of(rows, tmp_path).words
    assert "Nothing could be read from this register" in words
    assert "from Assistance Listings and Little Rock business licences." in words
    assert "Day not known (could not be read)" in words


PLANTED = '</script><script>document.title="broken"</script><img src=x onerror=alert(1)> & "Sons"'


def planted_rows() -> Rows:
    """The sample with markup in every text a register, a person or a profile could supply."""
    rows = sample_rows(2)
    for row in rows["opportunity"]:
        row |= {
            "business_name": PLANTED, "partner_name": PLANTED, "explanation": PLANTED, "give": PLANTED, "get": PLANTED,
            "pilot": PLANTED, "business_city": PLANTED, "region_name": PLANTED, "risk_flags": [PLANTED],
            "business_website": "javascript:alert(1)", "partner_website": 'https://a.example/"onclick="alert(1)',
            "partner_register_url": "data:text/html,<script>alert(1)</script>", "business_register_url": "file:///etc/passwd",
        }  # fmt: skip
    for row in rows["opportunity_risk"]:
        row |= {"risk": PLANTED, "why": PLANTED}
    for row in rows["opportunity_evidence"]:
        row |= {"value": PLANTED, "url": "JavaScript:alert(1)"}
    for row in rows["coverage"]:
        row["industry_name"] = PLANTED
    for row in rows["source_run"]:
        row |= {"register_title": PLANTED, "message": PLANTED}
    for row in rows["licence"]:
        row |= {"attribution": PLANTED, "publisher": PLANTED, "licence_url": "javascript:alert(1)"}
    rows["programme"][0] |= {"title": PLANTED, "agency": PLANTED, "register_url": "javascript:alert(1)"}
    return rows


def test_markup_in_the_data_stays_text(tmp_path: Path) -> None:
    page = report_of(planted_rows(), tmp_path, chamber=PLANTED)
    assert len(page.scripts) == 2, "one block of data, one script"
    assert page.scripts[1] == "\n".join((PAGE_DIR / name).read_text(encoding="utf-8") for name in SCRIPTS)
    assert page.soup.find_all("img") == []
    assert [name for tag in page.soup.find_all(True) for name in tag.attrs if name.startswith("on")] == []
    assert page.opportunities[0]["business_name"] == PLANTED, "shown as it is, not mangled"


def test_only_web_addresses_become_links(tmp_path: Path) -> None:
    page = report_of(planted_rows(), tmp_path)
    links = ("business_website", "partner_website", "business_register_url", "partner_register_url", "funding_url")
    assert {o[link] for o in page.opportunities for link in links} == {None}
    assert {row[-1] for row in page.data["facts"]["rows"]} == {None}
    assert {source["licence_url"] for source in page.data["sources"].values()} == {None}
    assert all(address.startswith(("#", "data:,")) for address in page.attributes("href"))


def test_links_that_leave_the_page_tell_it_nothing(page: Page) -> None:
    leaving = [a for a in page.soup.find_all("a", href=True) if not a["href"].startswith("#")]
    assert leaving
    assert all(a["href"].startswith("https://") and a["rel"] == ["noopener", "noreferrer"] for a in leaving)


def test_the_page_asks_no_server_for_anything(page: Page) -> None:
    assert page.attributes("src") == []
    assert [link["href"] for link in page.soup.find_all("link")] == ["data:,"]
    style = (PAGE_DIR / "style.css").read_text(encoding="utf-8")
    assert "url(" not in style and "@import" not in style
    policy = str(page.soup.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"])
    assert policy.startswith("default-src 'none'") and "unsafe" not in policy


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_script_builds_nodes_and_never_markup(name: str) -> None:
    script = (PAGE_DIR / name).read_text(encoding="utf-8")
    makers_of_markup = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function"
    callers_of_servers = r"fetch\(|XMLHttp|WebSocket|sendBeacon|import\("
    found = re.findall(f"{makers_of_markup}|{callers_of_servers}", script)
    assert found == []


def test_the_same_tables_give_the_same_bytes(tables: Path, tmp_path: Path) -> None:
    first = write_report(tables, tmp_path / "one", chamber=CHAMBER).read_bytes()
    rows = {name: table[::-1] for name, table in sample_rows().items()}
    other_order = write_tables(rows, tmp_path / "tables")
    assert write_report(tables, tmp_path / "two", chamber=CHAMBER).read_bytes() == first
    assert write_report(other_order, tmp_path / "three", chamber=CHAMBER).read_bytes() == first


def test_run_id_and_wall_times_are_not_on_the_page(page: Page, tmp_path: Path) -> None:
    rows = sample_rows()
    times = {"started_at_utc": datetime(2027, 1, 1), "published_at_utc": datetime(2027, 1, 2)}
    rows["run"][0] |= times | {"run_id": "another"}
    assert report_of(rows, tmp_path).html == page.html


def test_rows_come_in_the_order_of_their_rank_and_ties_by_id(tmp_path: Path) -> None:
    rows = sample_rows(4)
    for row in rows["opportunity"]:
        row["rank_in_region"] = 1 + row["rank_in_region"] // 4
    order = [(o["rank_in_region"], o["id"]) for o in report_of(rows, tmp_path).opportunities]
    assert order == sorted(order) and len({rank for rank, _ in order}) < len(order)


def test_only_the_first_of_each_industry_and_of_the_region_are_shown(tmp_path: Path) -> None:
    page = report_of(sample_rows(40), tmp_path, top_per_industry=5)
    shown = page.opportunities
    assert all(o["rank_in_region"] <= REGION_TOP or o["rank_in_industry"] <= 5 for o in shown)
    assert [o["rank_in_region"] for o in shown[:REGION_TOP]] == list(range(1, REGION_TOP + 1))
    assert {o["industry"] for o in shown} == {trade["industry_id"] for trade in SAMPLE["businesses"]}
    assert len(shown) < 120
    assert "120 opportunities to look at" in page.words, "the opening counts all of them"


def test_long_facts_are_cut(tmp_path: Path) -> None:
    rows = sample_rows(1)
    rows["opportunity_evidence"][0]["value"] = "word " * 500
    longest = max((row[2] for row in report_of(rows, tmp_path).data["facts"]["rows"]), key=len)
    assert len(longest) == FACT_LENGTH and longest.endswith("…")


def test_two_regions_get_a_choice_of_region_and_their_own_coverage(tmp_path: Path) -> None:
    rows = sample_rows(1)
    rows["opportunity"][0] |= {"region_id": "us-il-chicago", "region_name": "Chicago"}
    rows["coverage"].append(rows["coverage"][0] | {"region_id": "us-il-chicago", "business_count": 900})
    page = report_of(rows, tmp_path)
    assert [region["name"] for region in page.data["regions"]] == ["Chicago", "Little Rock"]
    assert [o["value"] for o in page.soup.select("#region option")] == ["us-il-chicago", "us-ar-little-rock"]
    assert "Chicago has 900 businesses, 1 partner for them and 1 opportunity to look at" in page.words


def test_one_region_needs_no_choice(page: Page) -> None:
    assert page.soup.find(id="region") is None


def test_new_is_said_only_where_something_is_old(tmp_path: Path, page: Page) -> None:
    rows = sample_rows(1)
    for row in rows["opportunity"]:
        row["first_seen"] = AS_OF
    assert page.data["some_new"] is True
    assert report_of(rows, tmp_path).data["some_new"] is False


def test_a_night_without_opportunities_still_makes_a_page(tmp_path: Path) -> None:
    of_opportunities = [name for name in TABLES if name.startswith("opportunity")]
    rows = sample_rows(1) | {name: [] for name in of_opportunities}
    page = report_of(rows, tmp_path)
    assert page.opportunities == []
    assert "0 partners for them and 0 opportunities to look at" in page.words


def test_missing_tables_are_all_named_at_once(tables: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tables, tmp_path / "tables"))
    for name in ("coverage", "licence"):
        (folder / f"{name}.parquet").unlink()
    with pytest.raises(ReportError, match=r"coverage\.parquet, licence\.parquet in .*partners run"):
        write_report(folder, tmp_path / "report", chamber=CHAMBER)


def test_a_report_speaks_for_one_run(tmp_path: Path) -> None:
    rows = sample_rows(1)
    rows["run"].append(rows["run"][0] | {"run_id": "second"})
    with pytest.raises(ReportError, match="2 rows"):
        report_of(rows, tmp_path)


@pytest.mark.parametrize(
    ("group", "codes"),
    [
        ("criterion", CRITERIA),
        ("partner_kind", (*COLUMNS["partner_sector"].values, "programme")),
        ("partnership_type", COLUMNS["partnership_type"].values),
        ("partnership_area", COLUMNS["partnership_area"].values),
        ("side", COLUMNS["side"].values),
        ("fetch_status", COLUMNS["fetch_status"].values),
        ("level", COLUMNS["complexity"].values),
        ("value", ("value_economic", "value_social", "value_environmental", "value_knowledge")),
    ],
)
def test_every_code_of_the_registry_has_words(group: str, codes: tuple[str, ...]) -> None:
    words = yaml.safe_load((PAGE_DIR / "words.yaml").read_text(encoding="utf-8"))
    assert set(words[group]) == set(codes)
    assert all("_" not in entry["name"] for entry in words[group].values())


BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def browse(page: Path, fragment: str, profile: Path) -> str:
    """The page as a browser has drawn it, as markup."""
    command = [
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync", f"--user-data-dir={profile}",
        "--dump-dom", f"{page.as_uri()}{fragment}",
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.skipif(BROWSER is None, reason="no Chromium here; the page's script is not run")
def test_a_browser_draws_the_list_and_the_card_the_address_names(tmp_path: Path) -> None:
    path = write_report(write_tables(planted_rows(), tmp_path / "tables"), tmp_path / "report", chamber=CHAMBER)
    drawn = Page(browse(path, "#opp_0000000000000001", tmp_path / "profile"))
    assert len(drawn.soup.select("#rows > .row")) == 6
    assert drawn.soup.select("#card[open] .criterion")
    assert drawn.soup.select_one("#card-title .name").get_text() == PLANTED
    assert drawn.soup.find_all("img") == [], "planted markup is text for a browser too"
    assert drawn.soup.title.get_text().startswith(CHAMBER), "and a planted script has not run"
