"""Table macros: the questions people ask with an id, a place or a date, each answered by `FROM name(…)`.

They read the tables by their bare names, which DuckDB looks up in the catalogue in use: they work where the file was opened
directly, or after `USE`, not through an alias alone. What matters is therefore in a view (`views.py`), and a macro is its short
form. No typed parameters: DuckDB 1.x does not read them.
"""

from __future__ import annotations

from warehouse.model import Macro
from warehouse.view_columns import resolved
from warehouse.views import query


def _macro(name: str, parameters: tuple[tuple[str, str], ...], meaning: str, *columns: str) -> Macro:
    return Macro(name, parameters, meaning, query(name), resolved(columns))


_BEST = ("best := 3", "partners for each business")

# fmt: off
MACROS: tuple[Macro, ...] = (
    _macro(
        "partners_of",
        (("id", "an organisation_id; core.organisation_id_now knows what became of an older one"),),
        "The partners of one business, or the businesses of one partner, best first.",
        "role", "scope", "rank", "other_id", "other_name", "other_kind", "other_sector", "gives", "gets", "score", "distance_km",
        "explanation", "other_website", "opportunity_id",
    ),
    _macro(
        "partners_of_members",
        (("member_ids", "a list of organisation_ids of businesses"), _BEST),
        "The best partners of each of a list of members; a member without any has no row.",
        "member_id", "business_name", "scope", "rank_for_business", "partner_id", "partner_name", "partner_kind",
        "partner_sector", "give", "get", "score", "distance_km", "explanation", "opportunity_id",
    ),
    _macro(
        "partners_near",
        (("near_postcode", "a postcode or ZIP, or the first part of a British one"), ("within_km", "distance in km"), _BEST),
        "Businesses within so many km of a postcode, nearest first, and their best partners; nothing where mart.postcode_place "
        "does not list the postcode.",
        "km_away", "business_id", "business_name", "business_activity_id", "business_postcode", "scope", "rank_for_business",
        "partner_id", "partner_name", "partner_kind", "partner_sector", "give", "get", "score", "explanation", "opportunity_id",
    ),
    _macro(
        "new_since",
        (("since", "a date, included"),),
        "Opportunities first published on that date or later.",
        "first_seen", "region_name", "industry_name", "rank_in_industry", "business_id", "business_name", "partner_name",
        "partner_kind", "partner_sector", "give", "get", "score", "explanation", "opportunity_id",
    ),
    _macro(
        "funded_by",
        (("funder", "a funder_id of core.funding, or part of a name"),),
        "The grants and contracts of a funder, latest first.",
        "funder_name", "relationship_kind", "recipient_name", "to_organisation_id", "recipient_industry_id", "to_city", "title",
        "programme_title", "amount", "currency", "agreed_on", "register_url", "relationship_id",
    ),
    _macro(
        "explain_opportunity",
        (("id", "an opportunity_id"),),
        "An opportunity line by line: the pair, score, criteria (they add up to it), evidence, risks, measures, how to start.",
        "line_number", "part", "item", "points", "said", "url",
    ),
    _macro(
        "explain_match",
        (("record_a", "a record_id"), ("record_b", "another, in any order")),
        "Whether two records are one organisation, what decided, and what each field adds to the log-odds or takes away.",
        "line_number", "part", "item", "points", "said", "url",
    ),
)
# fmt: on
