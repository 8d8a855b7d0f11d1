"""The town's British schemes on a stand-in for GOV.UK: the search that lists them and a content page for each.

Belongs here: these two formats. Does not: which schemes there are (`uk_programmes.yaml`).

Traps kept: ten results unless asked for more, 422 for a parameter the search does not know, a link to another web site, a page
withdrawn since it was listed, a contact box in the body.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sources.practice.model import Town
from sources.practice.serving import Reply, Request, Route
from sources.practice.uk_schemes import Scheme, schemes

SEARCH_PATH = "/govuk/api/search.json"
CONTENT_PATH = "/govuk/api/content/business-finance-support"
#: Parameters of the search, beside those that begin with `filter_`, `reject_` or `aggregate_`.
_PARAMETERS = {"count", "start", "fields", "order", "q"}
_MISSING = ("/business-finance-support/practice-withdrawn-since", "https://www.example.org/business-gateway")
_UPDATED = "2026-06-30T09:00:00+00:00"


def routes(town: Town) -> dict[str, Route]:
    """Addresses of the search and of every page."""
    pages = {f"{CONTENT_PATH}/{scheme.slug}": _page(scheme) for scheme in schemes(town)}
    results = [{"title": page["title"], "link": page["base_path"]} for page in pages.values()]
    results += [{"title": "Practice page that is elsewhere", "link": link} for link in _MISSING]

    def search(request: Request) -> Reply:
        strange = [n for n in request.query if n not in _PARAMETERS and not n.startswith(("filter_", "reject_", "aggregate_"))]
        if strange:
            return _json({"error": f"Unexpected parameters: {', '.join(strange)}"}, 422)
        start, count = (int(request.query.get(name, default)) for name, default in (("start", 0), ("count", 10)))
        found = results[start : start + count]
        return _json({"results": found, "total": len(results), "start": start, "aggregates": {}, "suggested_queries": []})

    def content(request: Request) -> Reply:
        page = pages.get(request.path)
        return _json(page) if page else _json({"error": "not found"}, 404)

    return {SEARCH_PATH: search, f"{CONTENT_PATH}/*": content}


def _json(data: Any, status: int = 200) -> Reply:
    return Reply(json.dumps(data, ensure_ascii=False).encode(), "application/json; charset=utf-8", status)


def _page(scheme: Scheme) -> dict[str, Any]:
    facts = scheme.facts
    metadata = {
        "business_sizes": facts["sizes"],
        "business_stages": facts["stages"],
        "continuation_link": f"https://www.example.org/{scheme.slug}",
        "industries": facts["industries"],
        "regions": facts["regions"],
        "types_of_support": facts["support"],
        "will_continue_on": f"on the {facts['agency']} website",
    }
    return {
        "analytics_identifier": None,
        "base_path": f"/business-finance-support/{scheme.slug}",
        "content_id": str(uuid5(NAMESPACE_URL, scheme.slug)),
        "description": facts["summary"],
        "details": {"body": _body(scheme), "attachments": [], "metadata": metadata, "max_cache_time": 10, "change_history": []},
        "document_type": "business_finance_support_scheme",
        "first_published_at": _UPDATED,
        "links": {},
        "locale": "en",
        "public_updated_at": _UPDATED,
        "schema_name": "specialist_document",
        "title": facts["title"],
        "updated_at": _UPDATED,
    }


def _body(scheme: Scheme) -> str:
    facts, contact = scheme.facts, scheme.contact
    much = ""
    if "amount" in facts:
        low, high = facts["amount"]
        much = f'<h2 id="how-much">How much you can get</h2>\n\n<p>£{low:,} to £{high:,}</p>\n\n'
    return (
        f"<p>{facts['body']}</p>\n\n{much}"
        f'<div class="contact" role="group"><p>{contact.name}<br>{contact.phone}<br>'
        f'<a href="mailto:{contact.mail}">{contact.mail}</a></p></div>\n'
    )
