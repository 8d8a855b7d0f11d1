"""Every column of every published table, defined once: name, type, meaning, unit, example, allowed values.

DDL, checks, the data dictionary and the Parquet schema come from here. A quantity has one name wherever it appears; the
unit is in the name. Tables that carry the columns are in `tables.py`.
"""

from __future__ import annotations

from warehouse.model import Column

SECTORS = ("private", "public", "nonprofit")
SIZE_BANDS = ("micro", "small", "medium", "large", "unknown")
CRITERIA = ("fit_exchange", "fit_cause", "precedent", "place", "capacity", "readiness")
#: Links between bodies that deal with each other, by the words of link registers.
DEALINGS = ("grant", "contract", "partnership")
#: Links between bodies that are kin: never the same body, never independent of each other either.
KINSHIP = (
    "parent",  # one owns, runs or founded the other, or the other raises money for it
    "linked_charity",  # registered under the number of the main charity
    "group_member",  # of a group with one centre: a US group exemption, the schools of a trust
    "same_company",  # both give one company number and were not merged
    "sister",  # names that differ in a number or letter alone, at one place
    "branch_of_same_name",  # one name with one website or legal form, at several places of a region
)
#: Why an opportunity is new, gone or moved.
CHANGE_CAUSES = (
    "new_record",
    "record_gone",
    "changed_field",
    "merge_or_split",
    "deadline_passed",
    "decided_by_people",
    "setting_change",
    "code_change",
    "time_passed",
    "displaced",
)
LEVELS = ("low", "low_to_moderate", "moderate", "moderate_to_high", "high")
_UNIT_INTERVAL = "{} BETWEEN 0 AND 1"


def _score(name: str, meaning: str) -> Column:
    return Column(name, "DOUBLE", meaning + " NULL where nothing is known.", unit="0..1", example="0.62", check=_UNIT_INTERVAL)


def _text(name: str, meaning: str, example: str | None = None, **more: object) -> Column:
    return Column(name, "VARCHAR", meaning, example=example, **more)  # type: ignore[arg-type]


_ALL = [
    # --- keys -----------------------------------------------------------------------------------------------------
    _text("record_id", "Row of a register: `<source>:<native id>`.", "irs_bmf:710236904"),
    _text("organisation_id", "The real organisation behind one or more records; stable across nights.", "org_4f1c09a2b7de"),
    _text("programme_id", "Programme of a public body: `<source>:<native id>`.", "sam_assistance_listings:59.012"),
    _text("opportunity_id", "Hash of scope, region, business and partner ids.", "opp_0b7c1f6a9d3e4c21"),
    _text("region_id", "Place a chamber works in, from the profile.", "us-ar-little-rock"),
    _text(
        "industry_id",
        "What an organisation does: one of the canonical fields of activity. In `mart.opportunity`: of the business.",
        "food_service",
    ),
    _text("activity_id", "Finer than industry: the kind of work, from the register's class or the name.", "bakery"),
    _text("cause_id", "What a body works for.", "hunger"),
    _text("source", "Short name of the register.", "irs_bmf"),
    _text("run_id", "The run that wrote the row.", "6f0d…"),
    # --- organisation records and organisations -----------------------------------------------------------------
    _text("native_id", "The register's own id of the row.", "710236904"),
    _text("name", "Name as the register writes it.", "ARKANSAS FOODBANK"),
    _text(
        "display_name",
        "The name as a person would write it (letter case, lost blanks); for reading, never for matching.",
        "Arkansas Foodbank",
    ),
    Column("other_names", "VARCHAR[]", "Trading, former and chapter names, sorted.", example="[LITTLE ROCK CHAPTER]"),
    _text("match_name", "Name reduced for comparison: folded, no punctuation, no legal form.", "arkansas foodbank"),
    _text("legal_form", "Legal form found in the name or register.", "llc"),
    _text("sector", "Institutional sector, decided per record.", "nonprofit", values=SECTORS),
    Column(
        "is_natural_person",
        "BOOLEAN",
        "A person trading under their own name; kept in core, never in an opportunity, export or report.",
    ),
    _text("street", "Street address as registered; NULL for natural persons in exports.", "4301 W 65TH ST"),
    _text("city", "City or post town.", "Little Rock"),
    _text("state", "State or nation.", "AR"),
    _text("postcode", "ZIP (5 digits) or postcode.", "72209"),
    _text("country", "ISO 3166-1 alpha-2 code.", "US"),
    Column("latitude", "DOUBLE", "WGS84 latitude.", unit="degrees", check="{} BETWEEN -90 AND 90"),
    Column("longitude", "DOUBLE", "WGS84 longitude.", unit="degrees", check="{} BETWEEN -180 AND 180"),
    _text(
        "location_precision",
        "What the coordinates stand for.",
        "zip",
        values=("point", "postcode", "sector", "zip", "city", "none"),
    ),
    _text("county_name", "County or local authority district, from the postcode.", "Pulaski County"),
    _text("area_code", "Official code of that county (FIPS) or district (GSS); NULL where the postcode is not known.", "05119"),
    _text("website_domain", "Registered domain of the website, lower case.", "arkansasfoodbank.org"),
    _text("website", "Website with scheme.", "https://arkansasfoodbank.org"),
    _text("description", "What it does, in the register's words."),
    _text("class_scheme", "Classification the register uses.", "NTEE"),
    Column("class_codes", "VARCHAR[]", "The register's class codes, most telling first.", example="[K31]"),
    _text("activity_basis", "How the activity was found.", "class", values=("class", "name", "description", "none")),
    Column(
        "activity_confidence",
        "DOUBLE",
        "How sure the activity is. A charity's class is .95 where its name says the same, .8 where it says nothing and .65 where "
        "it says something else; the class of others is .95, a class that says little .5, a description .6, a name .6 to .95.",
        unit="0..1",
        check=_UNIT_INTERVAL,
    ),
    _text("status", "Whether the register holds it as active; for a programme: open, closed or unknown.", "active"),
    Column("started_on", "DATE", "Registered, licensed or founded on."),
    Column("last_filed_on", "DATE", "End of the latest period it filed for."),
    Column("income_amount", "BIGINT", "Annual gross income, in income_currency.", unit="currency units"),
    _text("income_currency", "ISO 4217 code.", "USD"),
    _text(
        "size_band",
        "Size from income or staff: micro < 100k, small < 1M, medium < 10M, large from 10M USD a year.",
        "small",
        values=SIZE_BANDS,
    ),
    _text(
        "partner_exclusion",
        "Why it is never put forward as a partner (`merged`, `no_longer_listed`: it lives no longer); NULL where it may be.",
        "business_league",
    ),
    Column("identifiers", "VARCHAR[]", "org-id.guide identifiers, sorted.", example="[US-EIN-710236904]"),
    Column(
        "parent_identifiers",
        "VARCHAR[]",
        "Org-ids of the bodies, or codes of the groups, it belongs to as its register says, sorted.",
        example="[US-GEN-0928]",
    ),
    _text("parent_name", "Name of that body or group, where the register gives it.", "Otter Learning Trust"),
    _text("parent_kind", "How it belongs to them.", "group_member", values=("parent", "linked_charity", "group_member")),
    _text("centre_of", "Code of the group it is the centre of.", "US-GEN-0928"),
    _text("register_url", "Page or file where the row can be checked.", "https://apps.irs.gov/app/eos/"),
    _text("licence", "Licence of the source.", "US-PD"),
    Column("stale_days", "INTEGER", "Days since the register was last fetched in good order.", unit="days", check="{} >= 0"),
    Column("record_count", "INTEGER", "Records behind the organisation; 0 for an id that lives no longer.", check="{} >= 0"),
    _text("merged_into", "The living organisation that has its records now; NULL while it lives, and where they are gone."),
    Column("first_seen", "DATE", "First run in which the row was published."),
    Column("last_seen", "DATE", "Latest run in which the row was seen."),
    Column("sources", "VARCHAR[]", "Registers the row rests on, sorted.", example="[irs_bmf, little_rock]"),
    Column("licences", "VARCHAR[]", "Licences of those registers, sorted.", example="[US-PD]"),
    # --- identifiers, locations, evidence ----------------------------------------------------------------------
    _text("scheme", "org-id.guide list code.", "US-EIN"),
    _text("identifier", "Full org-id.", "US-EIN-710236904"),
    Column("location_number", "INTEGER", "1 = main location, then by address.", check="{} >= 1"),
    _text("record_id_a", "The record with the smaller id.", "irs_bmf:710236904"),
    _text("record_id_b", "The record with the larger id.", "little_rock:9f2c"),
    Column(
        "name_similarity",
        "DOUBLE",
        "Similarity of the reduced names, rare words counting more.",
        unit="0..1",
        check=_UNIT_INTERVAL,
    ),
    Column(
        "street_similarity", "DOUBLE", "Similarity of the streets; NULL where one is missing.", unit="0..1", check=_UNIT_INTERVAL
    ),
    Column("same_house_number", "BOOLEAN", "House or box numbers agree; NULL where one is missing."),
    Column("same_postcode", "BOOLEAN", "Postcodes agree; NULL where one is missing."),
    Column("same_city", "BOOLEAN", "Cities agree; NULL where one is missing."),
    Column("same_domain", "BOOLEAN", "Website domains agree; NULL where one is missing."),
    Column("probability", "DOUBLE", "How sure the two records are one organisation.", unit="0..1", check=_UNIT_INTERVAL),
    _text("decision", "What became of the pair.", "match", values=("match", "review", "no_match")),
    _text(
        "rule",
        "What decided: the model, a rule over it, an identifier or a person; of a rejected row: the rule it broke.",
        "same_identifier",
    ),
    _text("value_a", "What the first record says, as it was compared.", "joes diner"),
    _text("value_b", "What the second record says, as it was compared.", "joe s diner"),
    _text("agreement", "How far the two agree.", "same", values=("same", "similar", "different", "unknown")),
    Column(
        "log_odds", "DOUBLE", "What it adds to the logarithm of the odds that the two are one; below nought it speaks against."
    ),
    _text(
        "weight_kind",
        "What is counted. `word_in_district`: how far a word tells bodies there apart (0..1); `block`: records a key may have; "
        "`field`: log-odds of a step of a field; `fit`: what the model was fitted by.",
        "word",
        values=("address_word", "block", "field", "fit", "name", "phone", "website", "word", "word_in_district"),
    ),
    _text("weight_key", "The word, name, phone or site, as it is compared; `district|word`; `family|key`; `field|step`.", "hall"),
    Column(
        "frozen_number",
        "DOUBLE",
        "The number counted when the epoch began; what is not listed counts as used once.",
        example="171",
    ),
    _text("epoch_id", "Digest of all that is frozen in the epoch.", "c1a096fc7ec70240"),
    _text("match_model", "Name of the match model and a digest of it and its word lists.", "shipped-22557d516b13"),
    Column("compared_count", "BIGINT", "Records compared when the epoch began.", unit="rows", example="29874"),
    Column("began_on", "DATE", "Night the epoch began."),
    Column("is_chosen", "BOOLEAN", "Whether `core.organisation` says this value."),
    _text(
        "chosen_because",
        "What set it before the next value; NULL where it was not chosen.",
        "source_order",
        values=("only_value", "tells_more", "source_order", "newer", "more_complete", "smaller_record_id"),
    ),
    Column("change_number", "INTEGER", "Counts on from night to night.", check="{} >= 1"),
    _text(
        "change_kind",
        "What happened to the id; `moved`: some of its records, `model`: a new epoch of the model.",
        "added",
        values=("model", "removed", "merged", "moved", "split", "returned", "added"),
    ),
    _text("old_id", "Id the records had before."),
    _text("new_id", "Id they have after."),
    _text("reason", "Why, in words."),
    Column("changed_on", "DATE", "The run's as_of date."),
    # --- what became of opportunities ------------------------------------------------------------------------------
    _text(
        "change",
        "What became of the opportunity since the version before; `moved`: its score or a rank, by more than noise.",
        "moved",
        values=("new", "gone", "moved"),
    ),
    _text(
        "change_cause",
        "The first that holds. `setting_change`: weights, lists, priorities, regions; `time_passed`: a standing follows the "
        "calendar; `displaced`: nothing about the two changed, others did.",
        "changed_field",
        values=CHANGE_CAUSES,
    ),
    Column(
        "changed_fields",
        "VARCHAR[]",
        "What differs: columns of core.organisation or core.programme of that side; else criteria of the score, or profile keys.",
        example="[size_band]",
    ),
    _text("changed_record_id", "The record, programme or relationship that came, went or changed hands.", "irs_bmf:710236904"),
    _text("old_opportunity_id", "Id the opportunity had before one of its sides was merged into another body."),
    Column("score_before", "DOUBLE", "Score in the version before; NULL of a new one.", unit="0..1", check=_UNIT_INTERVAL),
    Column("score_after", "DOUBLE", "Score in this version; NULL of one that is gone.", unit="0..1", check=_UNIT_INTERVAL),
    *(
        Column(f"{rank}_{when}", "INTEGER", f"{rank} in {version}.", check="{} >= 1")
        for rank in ("rank_in_region", "rank_in_industry", "rank_for_business")
        for when, version in (
            ("before", "the version before; NULL of a new one"),
            ("after", "this version; NULL of one that is gone"),
        )
    ),
    Column("row_number", "BIGINT", "Row of the file, 1 = first after the header.", check="{} >= 1"),
    Column("file_number", "INTEGER", "File of the source, 1 = first in the profile.", check="{} >= 1"),
    # --- relationships ---------------------------------------------------------------------------------------------
    _text(
        "relationship_id",
        "One link between two bodies: `<source>:<native id>`, with the other side where a row states several.",
        "threesixtygiving:360G-x-1",
    ),
    _text(
        "relationship_kind",
        "What links the two; kinds from `parent` on are kin, whose two sides are not independent.",
        "grant",
        values=(*DEALINGS, *KINSHIP),
    ),
    _text(
        "relationship_basis",
        "official: a register or a list states it; inferred: names at one place suggest it, by the rule in `reason`.",
        "official",
        values=("official", "inferred"),
    ),
    _text("from_name", "Funder, buyer, or the business of a partnership; of kin the parent, main charity, centre or the first."),
    _text("from_identifier", "Its org-id, or the code of the group, where the register gives one.", "GB-CHC-1164883"),
    _text("from_organisation_id", "Its organisation, where it is one of ours."),
    _text("to_name", "Recipient, supplier, or the partner; of kin the child, linked charity, member, sister or branch."),
    _text("to_identifier", "Its org-id, where the register gives one.", "GB-CHC-1056743"),
    _text("to_organisation_id", "Its organisation, where it is one of ours."),
    _text("to_city", "City of that side."),
    _text("to_postcode", "Postcode of that side."),
    _text("to_country", "ISO 3166-1 alpha-2 code."),
    _text("programme_title", "Programme the grant or contract belongs to."),
    Column("amount", "BIGINT", "What was agreed, in currency.", unit="currency units"),
    Column("agreed_on", "DATE", "Awarded, signed or begun on."),
    # --- programmes --------------------------------------------------------------------------------------------
    _text("title", "Title of the programme.", "Small Business Loans"),
    _text("agency", "Body that offers it.", "Small Business Administration"),
    Column(
        "kinds",
        "VARCHAR[]",
        "Forms of help: grant, formula_grant (for states), loan, guarantee, payment, service, training, contract, goods.",
    ),
    _text("objective", "What it is for, in the register's words."),
    Column("applicants", "VARCHAR[]", "Who may apply: small_business, business, nonprofit, public, individual, anyone."),
    Column("industries", "VARCHAR[]", "Trades it is for, as industry_id; empty = any."),
    Column("topics", "VARCHAR[]", "What it is about, found in title and objective.", example="[workforce]"),
    Column("places", "VARCHAR[]", "Official codes or counties it is limited to, or `rural`; empty = the whole country."),
    Column("opens_on", "DATE", "First day to apply."),
    Column("closes_on", "DATE", "Last day to apply."),
    Column("amount_min", "BIGINT", "Smallest award, in currency.", unit="currency units"),
    Column("amount_max", "BIGINT", "Largest award, in currency.", unit="currency units"),
    _text("currency", "ISO 4217 code.", "USD"),
    # --- opportunities -----------------------------------------------------------------------------------------
    _text(
        "scope",
        "cross_sector: exactly one side is private; cross_industry: two businesses of different industries.",
        "cross_sector",
        values=("cross_sector", "cross_industry"),
    ),
    _text("region_name", "Name of the region.", "Little Rock"),
    _text("industry_name", "Name of the industry in plain words.", "Restaurants, cafés and catering"),
    _text("business_id", "Organisation on the private side.", "org_0c9e6fd2a1b4"),
    _text("business_name", "Its name as a person would write it.", "Community Bakery"),
    _text("business_activity_id", "Its activity.", "bakery"),
    _text("partner_kind", "Which of the two partner ids is filled.", "organisation", values=("organisation", "programme")),
    _text("partner_organisation_id", "Partner, where it is an organisation."),
    _text("partner_programme_id", "Partner, where it is a programme."),
    _text("partner_name", "Name of the partner.", "Arkansas Foodbank"),
    _text(
        "partner_sector",
        "Sector of the partner; private in the scope cross_industry.",
        "nonprofit",
        values=("public", "nonprofit", "private"),
    ),
    _text("partner_industry_id", "Industry of the partner.", "human_services"),
    _text("partner_activity_id", "Activity of the partner.", "food_bank"),
    _text("funding_programme_id", "A programme that could pay for what the two do; NULL where none fits."),
    _text("give", "What the business could give, in plain words.", "unsold bread and pastries"),
    _text("get", "What the business could get, in plain words.", "a good name with customers"),
    _text("give_resource_id", "Resource behind `give`.", "surplus_food"),
    _text("get_resource_id", "Resource behind `get`.", "credibility"),
    _text(
        "partnership_type",
        "Philanthropic: given; transactional: exchanged; integrative: made together.",
        "philanthropic",
        values=("philanthropic", "transactional", "integrative"),
    ),
    _text(
        "partnership_area",
        "Part of the business it touches.",
        "community",
        values=("marketing_distribution", "technology_innovation", "supply_procurement", "alliance", "community"),
    ),
    _text("collaboration_model", "Form the work could take.", "giving_agreement"),
    _text("model_name", "Its name in plain words.", "A giving agreement"),
    _text("model_note", "What it looks like.", "A short letter: what is given, how often, who collects it."),
    _text("integration", "How closely the two are tied.", "low", values=LEVELS),
    _text("risk_level", "How much can go wrong.", "low", values=LEVELS),
    _text("complexity", "How hard it is to run.", "low", values=LEVELS),
    Column("commitment_level", "INTEGER", "1 a favour, 2 an agreement, 3 a lasting bond.", check="{} BETWEEN 1 AND 3"),
    _text("typical_use", "When it is the right form.", "Goods, time or money go one way."),
    _text("grows_into", "Form it may take when the pilot went well; NULL where it is an end in itself.", "exchange_agreement"),
    Column(
        "business_benefits",
        "VARCHAR[]",
        "What the business draws from it, as tags of mart.tag.",
        example="[resource_amplification, social_impact]",
    ),
    Column("partner_benefits", "VARCHAR[]", "What the partner draws from it, likewise.", example="[resource_amplification]"),
    Column("themes", "VARCHAR[]", "What it is about, as tags of mart.tag.", example="[circular_economy, local_food]"),
    _text("tag_kind", "Which list column the tag stands in.", "theme", values=("benefit", "theme", "risk")),
    _text("tag", "A code in a list column of mart.opportunity.", "circular_economy"),
    _text("tag_name", "Its plain words.", "Waste put to use"),
    _text("tag_note", "One line of help; of a risk: what to do about it.", "Goods used again instead of thrown away."),
    Column("value_economic", "DOUBLE", "Economic value of what is exchanged.", unit="0..1", check=_UNIT_INTERVAL),
    Column("value_social", "DOUBLE", "Social value of what is exchanged.", unit="0..1", check=_UNIT_INTERVAL),
    Column("value_environmental", "DOUBLE", "Environmental value of what is exchanged.", unit="0..1", check=_UNIT_INTERVAL),
    Column("value_knowledge", "DOUBLE", "Knowledge value of what is exchanged.", unit="0..1", check=_UNIT_INTERVAL),
    Column("score", "DOUBLE", "Weighted mean of the known criteria.", unit="0..1", example="0.71", check=_UNIT_INTERVAL),
    _score("fit_exchange", "How well offers of each meet needs of the other, times how sure it is what a charity does."),
    _score(
        "fit_cause",
        "How much what both care about is the same, or is known to bring such bodies together elsewhere, times how sure that is.",
    ),
    _score("precedent", "How often bodies like these already work together."),
    _score("place", "How near they are."),
    _score("capacity", "How well the partner's size suits a small business."),
    _score("readiness", "Standing and eligibility: active, filed lately, may apply."),
    Column("evidence_coverage", "DOUBLE", "Share of the weight whose criterion is known.", unit="0..1", check=_UNIT_INTERVAL),
    Column("rank_in_region", "INTEGER", "1 = first in the region; the top of the list is varied, see docs.", check="{} >= 1"),
    Column("rank_in_industry", "INTEGER", "1 = first in region × industry of the business; varied at the top.", check="{} >= 1"),
    Column("rank_in_sector", "INTEGER", "1 = first in region × sector of the partner; varied at the top.", check="{} >= 1"),
    Column("rank_for_business", "INTEGER", "1 = best for this business.", check="{} >= 1"),
    Column(
        "distance_km",
        "DOUBLE",
        "Distance between the two locations at their precision (ZIP centres: 0 = same ZIP).",
        unit="km",
        check="{} >= 0",
    ),
    Column(
        "risk_flags",
        "VARCHAR[]",
        "Things to settle first, most pressing first: the risks of mart.opportunity_risk.",
        example="[size_imbalance]",
    ),
    _text("risk", "A thing to settle first.", "food_safety"),
    _text("why", "The sign of it in the data, in words.", "Food would change hands: unsold bread and cakes."),
    _text("mitigation", "What to do about it.", "Agree on cooling, labels, dates and who answers for it."),
    Column("measure_number", "INTEGER", "1 = first to agree on; what is given comes before what comes back.", check="{} >= 1"),
    _text("metric", "What to count.", "food passed on"),
    _text("baseline_needed", "What to write down before anything starts.", "Weigh what is thrown away in one ordinary week."),
    _text("target", "A first target for the pilot.", "20 kg a week by the end of the first month"),
    _text("explanation", "Why these two should meet, in one plain sentence."),
    _text("pilot", "A first small step."),
    _text("business_website", "Website of the business."),
    _text("business_city", "City of the business."),
    _text("business_postcode", "Postcode of the business."),
    _text("business_register_url", "Where the business's record can be checked."),
    _text("partner_website", "Website of the partner."),
    _text("partner_city", "City of the partner."),
    _text("partner_postcode", "Postcode of the partner."),
    _text("partner_register_url", "Where the partner's record can be checked."),
    _text("criterion", "Part of the score.", "place", values=CRITERIA),
    Column("sub_score", "DOUBLE", "Value of the criterion; NULL = unknown.", unit="0..1", check=_UNIT_INTERVAL),
    Column("weight", "DOUBLE", "Weight of the criterion in the profile.", unit="0..1", check=_UNIT_INTERVAL),
    Column(
        "contribution",
        "DOUBLE",
        "What it adds to the score: sub_score × weight ÷ known weight.",
        unit="0..1",
        check=_UNIT_INTERVAL,
    ),
    Column("evidence_number", "INTEGER", "Order of the fact within the criterion.", check="{} >= 1"),
    _text("side", "Whose fact or result it is.", "business", values=("business", "partner", "both")),
    _text(
        "field",
        "Column the fact is in; of a pair: what was compared; of a rejected row: the field that broke the rule.",
        "class_codes",
    ),
    _text("value", "The fact; of a rejected row: what the field held.", "K31"),
    # --- coverage and meta --------------------------------------------------------------------------------------
    Column("business_count", "INTEGER", "Businesses that may be put forward."),
    Column("partner_count", "INTEGER", "Distinct partners in the list."),
    Column("opportunity_count", "INTEGER", "Published opportunities."),
    Column("as_of", "DATE", "The date the run speaks for."),
    Column("started_at_utc", "TIMESTAMP", "Wall clock at the start."),
    Column("published_at_utc", "TIMESTAMP", "Wall clock at publication."),
    _text("profile", "Name of the chamber's profile.", "little-rock"),
    _text("code_version", "Version of this project.", "0.1.0"),
    _text("schema_version", "Version of the tables; semantic.", "1.0.0"),
    _text("url", "Address the bytes came from."),
    _text("sha256", "Hash of the bytes read."),
    Column("fetched_on", "DATE", "Day the bytes were last confirmed."),
    Column("bytes", "BIGINT", "Size of the bytes read.", unit="bytes"),
    Column("read_count", "BIGINT", "Rows read."),
    Column("kept_count", "BIGINT", "Rows kept."),
    Column("rejected_count", "BIGINT", "Rows set aside, see core.rejected_row."),
    Column(
        "outside_count",
        "BIGINT",
        "Rows in good order that the profile or the product leaves out; read = kept + rejected + outside.",
    ),
    Column("filled_count", "BIGINT", "Kept rows in which the field is known."),
    Column("filled_share", "DOUBLE", "filled_count ÷ kept_count.", unit="0..1", check=_UNIT_INTERVAL),
    Column(
        "filled_share_before", "DOUBLE", "The same in the version before; NULL the first time.", unit="0..1", check=_UNIT_INTERVAL
    ),
    Column("has_jumped", "BOOLEAN", "The share moved by 0.2 or more since the version before."),
    _text(
        "fetch_status",
        "How the bytes were had.",
        "fetched",
        values=("fetched", "not_modified", "local_file", "last_good", "missing"),
    ),
    _text("message", "What a person should know."),
    _text("check_name", "Name of the check."),
    _text("table_name", "schema.table", "core.organisation"),
    Column("passed", "BOOLEAN", "Whether the check held."),
    Column("failed_count", "BIGINT", "Rows that broke it."),
    _text("severity", "error stops publication, warning does not.", "error", values=("error", "warning")),
    _text("detail", "What was found, with examples."),
    _text("column_name", "Column."),
    _text("data_type", "DuckDB type."),
    _text("meaning", "What it means."),
    _text("unit", "What it is counted in.", "kg a week"),
    _text("example", "An example."),
    Column("is_key", "BOOLEAN", "Part of the primary key."),
    Column("is_required", "BOOLEAN", "Never NULL."),
    Column("column_number", "INTEGER", "Order in the table."),
    _text("register_title", "Full name of the register."),
    _text("publisher", "Who publishes it."),
    _text("licence_url", "Text of the licence."),
    _text("attribution", "Words to show with the data."),
    Column("share_alike", "BOOLEAN", "Derived databases must carry the same licence."),
]

COLUMNS: dict[str, Column] = {column.name: column for column in _ALL}
if len(COLUMNS) != len(_ALL):
    raise ValueError("a column is defined twice")
