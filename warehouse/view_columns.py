"""Columns that only views and macros have, each defined once; all others are those of `columns.py`, under the same name.

Belongs here: the vocabulary of `views.py` and `macros.py`. Does not: which of them has which column.
"""

from __future__ import annotations

from warehouse.columns import COLUMNS, DEALINGS, KINSHIP
from warehouse.model import Column

_ROLES = ("business", "partner")

_ALL = [
    Column("issued_id", "VARCHAR", "Any organisation_id ever issued.", example="org_4f1c09a2b7de"),
    Column("standing", "VARCHAR", "`living`, or what became of the id: `merged`, `no_longer_listed`."),
    Column("partner_id", "VARCHAR", "The partner: an organisation_id or a programme_id, as partner_kind says."),
    Column("best_rank_in_region", "INTEGER", "Its best rank_in_region."),
    Column("best_score", "DOUBLE", "Its best score.", unit="0..1"),
    # --- the case card ----------------------------------------------------------------------------------------------
    Column("business", "VARCHAR", "Name of the business."),
    Column("partner", "VARCHAR", "Name of the partner."),
    Column("synergy", "VARCHAR", "Why the two should meet, in one plain sentence."),
    Column("business_benefit", "VARCHAR", "What the business receives and, after a colon, what that is good for."),
    Column("partner_benefit", "VARCHAR", "What the partner receives and, after a colon, what that is good for."),
    # --- one organisation, from its own side ------------------------------------------------------------------------
    Column("organisation_name", "VARCHAR", "Name of the organisation."),
    Column("role", "VARCHAR", "Which side of the opportunity the organisation is.", values=_ROLES),
    Column("rank", "INTEGER", "1 = best for this organisation in this role and scope."),
    Column("other_id", "VARCHAR", "The other side: an organisation_id or a programme_id, as other_kind says."),
    Column("other_name", "VARCHAR", "Name of the other side."),
    Column("other_kind", "VARCHAR", "What the other side is.", values=("organisation", "programme")),
    Column("other_sector", "VARCHAR", "Sector of the other side.", values=("private", "public", "nonprofit")),
    Column("other_website", "VARCHAR", "Website of the other side."),
    Column("gives", "VARCHAR", "What the organisation could give, in plain words."),
    Column("gets", "VARCHAR", "What the organisation could get, in plain words."),
    Column("member_id", "VARCHAR", "The id that was asked for."),
    # --- places -----------------------------------------------------------------------------------------------------
    Column("postcode_key", "VARCHAR", "Postcode in capitals without blanks; of British ones the part before the blank, too."),
    Column("location_count", "BIGINT", "Locations the place is the mean of.", unit="rows"),
    Column("km_away", "DOUBLE", "Distance of the business from the middle of the postcode.", unit="km"),
    # --- money that is given ----------------------------------------------------------------------------------------
    Column("funder_id", "VARCHAR", "Its organisation_id; else the org-id its register gives; else `name:` and its name."),
    Column("funder_name", "VARCHAR", "Funder or buyer, as its register writes it; the first by letter where it varies."),
    Column("recipient_id", "VARCHAR", "The same of the recipient or supplier."),
    Column("recipient_name", "VARCHAR", "Recipient or supplier, as the register writes it."),
    Column("recipient_industry_id", "VARCHAR", "Industry of the recipient, where it is one of our organisations."),
    Column("award_count", "BIGINT", "Grants or contracts.", unit="rows"),
    Column("recipient_count", "BIGINT", "Different recipients."),
    Column("organisation_count", "BIGINT", "Recipients that are organisations of this file."),
    Column("known_amount_count", "BIGINT", "Awards whose amount is known; the total is of these alone.", unit="rows"),
    Column("amount_total", "BIGINT", "Sum of the known amounts, in currency.", unit="currency units"),
    Column("amount_largest", "BIGINT", "Largest of them, in currency.", unit="currency units"),
    Column("first_agreed_on", "DATE", "Day of the earliest award in the file."),
    Column("last_agreed_on", "DATE", "Day of the latest award in the file."),
    # --- programmes and who could take them --------------------------------------------------------------------------
    Column("names_industry", "BOOLEAN", "The programme is for this industry by name; false where it is for any."),
    Column("taker_count", "BIGINT", "Businesses of the industry it is put forward to, as partner or as money for a pair."),
    Column("programme_count", "BIGINT", "Open programmes a business of the industry may apply to."),
    Column("own_programme_count", "BIGINT", "Those that are for the industry by name."),
    Column("untaken_programme_count", "BIGINT", "Those put forward to no business of the industry."),
    Column("most_taker_count", "BIGINT", "Businesses the most widely fitting of them is put forward to; 0 = no takers at all."),
    Column("is_stale", "BOOLEAN", "This night has an older version of the file than it wanted, or none."),
    # --- resources --------------------------------------------------------------------------------------------------
    Column("resource_id", "VARCHAR", "What changes hands; what give_resource_id and get_resource_id hold."),
    Column("resource_example", "VARCHAR", "The resource in the words of one opportunity."),
    Column("offering_count", "BIGINT", "Bodies that would give it in some opportunity."),
    Column("needing_count", "BIGINT", "Bodies that would get it in some opportunity."),
    Column("surplus_count", "BIGINT", "offering_count − needing_count: above nought more offer it than need it."),
    Column("offering_business_count", "BIGINT", "Businesses among those that would give it."),
    Column("needing_business_count", "BIGINT", "Businesses among those that would get it."),
    # --- reliance on few --------------------------------------------------------------------------------------------
    Column(
        "portfolio_hhi_partner",
        "DOUBLE",
        "Herfindahl-Hirschman index of the scores over the other sides: the sum of the squared shares; 1 = all with one.",
        unit="0..1",
    ),
    Column("portfolio_hhi_type", "DOUBLE", "The same over partnership_type; with three types at least 0.33.", unit="0..1"),
    Column("portfolio_hhi_resource", "DOUBLE", "The same over what the organisation would get.", unit="0..1"),
    Column("top_share", "DOUBLE", "Share of the other side with the most in the sum of the scores.", unit="0..1"),
    Column("dependency_ratio", "DOUBLE", "Share of the resources it would get that one opportunity alone gives.", unit="0..1"),
    Column("is_concentrated", "BOOLEAN", "portfolio_hhi_partner above 0.25, the usual mark of concentration."),
    Column("lacking_count", "BIGINT", "Businesses that would then get something from nobody on their list.", unit="rows"),
    Column("stranded_count", "BIGINT", "Businesses that would then have no partner on their list.", unit="rows"),
    Column("replaceable_share", "DOUBLE", "Share of its businesses that would get the same from another.", unit="0..1"),
    # --- the network ------------------------------------------------------------------------------------------------
    Column("node_id", "VARCHAR", "organisation_id, programme_id, or the org-id or group code of a body outside the file."),
    Column("node_kind", "VARCHAR", "What the node is.", values=("organisation", "programme", "outside")),
    Column("relationship_count", "BIGINT", "Edges that are known relationships."),
    Column("edge_id", "VARCHAR", "opportunity_id or relationship_id."),
    Column("edge_kind", "VARCHAR", "What links the two.", values=("opportunity", *DEALINGS, *KINSHIP)),
    Column(
        "edge_basis",
        "VARCHAR",
        "ranked: we say they should meet; official: a register states it; inferred: names at one place suggest it.",
        values=("ranked", "official", "inferred"),
    ),
    Column("from_node_id", "VARCHAR", "Business, funder, buyer, parent or centre; the first where the edge has no direction."),
    Column("to_node_id", "VARCHAR", "Partner, recipient, supplier, child or member."),
    Column("is_directed", "BOOLEAN", "Whether from and to can be told apart."),
    # --- told line by line ------------------------------------------------------------------------------------------
    Column("line_number", "INTEGER", "Order to read the lines in."),
    Column("part", "VARCHAR", "What kind of line it is."),
    Column("item", "VARCHAR", "What the line is about."),
    Column("points", "DOUBLE", "The number of the line, where it has one: score, contribution, probability or log-odds."),
    Column("said", "VARCHAR", "The line in words."),
]

VIEW_COLUMNS: dict[str, Column] = {column.name: column for column in _ALL}
if len(VIEW_COLUMNS) != len(_ALL) or VIEW_COLUMNS.keys() & COLUMNS.keys():
    raise ValueError("a column of views is defined twice, or is one of columns.py")


def resolved(columns: tuple[str | Column, ...]) -> tuple[Column, ...]:
    """The columns behind the names. Raises KeyError for a name neither registry has."""
    return tuple(c if isinstance(c, Column) else VIEW_COLUMNS[c] if c in VIEW_COLUMNS else COLUMNS[c] for c in columns)
