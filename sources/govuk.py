"""GOV.UK business finance support schemes: a search that lists them, and one content page for each.

Only the content pages are kept. The search refuses parameters it does not know (422), so an address in a profile must
keep to `filter_format`, `count`, `fields` and `order`; `start` is added here. The type says for whom, how and where by
fixed words (`business_sizes`, `types_of_support`, `regions` …) and has no dates and no amounts: amounts are read from the
section "How much you can get", and a scheme is open until its page says that it has closed. Contact boxes are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from bs4 import BeautifulSoup

from sources import uk_regions
from sources.paging import Answer, Ask, Paging, kept_pages
from sources.register import Audit, Options, Outside, RecordRegister, RegisterError, Rejected
from sources.text import clean, plain
from sources.uk_industries import INDUSTRIES

_DOCUMENT_TYPE = "business_finance_support_scheme"
_URL = f"https://www.gov.uk/api/search.json?filter_format={_DOCUMENT_TYPE}&count=100&fields=title,link"

#: `types_of_support` -> form of help. `finance` is said beside the others, and tells nothing alone; equity and awards are other.
KINDS = {"grant": "grant", "loan": "loan", "expertise-and-advice": "service"}
SMALL_SIZES = {"under-10", "between-10-and-249"}
#: How many industries the type knows; a scheme for all of them is for none in particular.
_ALL_INDUSTRIES = 17

_TRAINING = re.compile(r"\b(training|skills|apprentice(ship)?s?|traineeships?|courses?)\b", re.IGNORECASE)
_NONPROFIT = re.compile(r"\b(charit(y|ies)|social enterprises?|voluntary|community (groups?|organisations?))\b", re.IGNORECASE)
_CLOSED = re.compile(
    r"\b(scheme|fund|grants?|loans?|call|programme|applications?)\b[^.]{0,30}\b(is|are|has|have)( now)? closed\b"
    r"|\bno longer (open|available|accepting)\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(r"£\s?(\d[\d,]*(?:\.\d+)?)(?: (million|m\b))?")

FIELDS = (
    "analytics_identifier", "base_path", "content_id", "description", "details", "document_type", "email_document_supertype",
    "first_published_at", "government_document_supertype", "links", "locale", "navigation_document_supertype", "need_ids",
    "phase", "public_updated_at", "publishing_app", "publishing_request_id", "publishing_scheduled_at", "rendering_app",
    "scheduled_publishing_delay_seconds", "schema_name", "search_user_need_document_supertype", "title", "updated_at",
    "user_journey_document_supertype", "withdrawn_notice",
)  # fmt: skip


def _pages(url: str, _options: Options) -> Paging:
    """The search page by page, and the content of every address it gives."""
    host = url.split("/search.json")[0]
    start = 0
    while True:
        # The lists only lead on: what they say of a scheme its own page says better.
        answer = yield Ask(url if start == 0 else f"{url}&start={start}", keep=False)
        links, total = _listed(answer)
        for link in links:
            if link.startswith("/"):  # others lead to other web sites
                yield Ask(f"{host}/content{link}", may_be_missing=True)
        start += len(links)
        if not links or start >= total:
            return


def _listed(answer: Answer) -> tuple[list[str], int]:
    """Addresses of a search page, and how many there are in all. Raises RegisterError where it is no search page."""
    try:
        data = answer.json()
        links = [str(result["link"]) for result in data["results"]]
        total = int(data["total"])
    except (ValueError, KeyError, TypeError) as error:
        raise RegisterError(
            f"govuk: {answer.url} is no search reply with results[].link and total ({error}); check `url:` against the "
            f"default {_URL}"
        ) from error
    return links, total


def _parse(stream: BinaryIO, _options: Options, audit: Audit) -> Iterator[dict[str, Any] | Rejected | Outside]:
    for number, page in enumerate(kept_pages(stream), start=1):
        try:
            document = page.answer().json()
        except ValueError as error:
            raise RegisterError(f"govuk: {page.url or 'the file'} is no JSON ({error}); expected a content API page.") from error
        if not isinstance(document, dict):
            raise RegisterError(f"govuk: {page.url or 'the file'} is no content API page; expected one JSON object a page.")
        audit.saw(document)
        if document.get("document_type") != _DOCUMENT_TYPE:
            yield Outside(f"document of type {document.get('document_type')}")
        else:
            yield _row(number, document)


def _row(number: int, document: Mapping[str, Any]) -> dict[str, Any] | Rejected:
    native_id, title, path = (document.get(name) for name in ("content_id", "title", "base_path"))
    if not native_id or not title or not path:
        return Rejected(number, native_id, "no content_id, title or base_path")
    details = document.get("details") or {}
    metadata = details.get("metadata") or {}
    unknown = [slug for slug in metadata.get("regions") or [] if uk_regions.codes_of(slug) is None]
    if unknown:  # a place we do not know must not pass for the whole country
        return Rejected(number, native_id, "unknown region", "regions", unknown[0])
    body = _body(details.get("body"))
    words = plain(str(body))
    description = clean(document.get("description"))
    closed = document.get("withdrawn_notice") or any(_CLOSED.search(text or "") for text in (description, words))
    low, high = _amounts(body)
    return {
        "native_id": native_id,
        "title": clean(title),
        "agency": _agency(document.get("links") or {}, metadata),
        "kinds": _kinds(metadata.get("types_of_support") or [], title),
        "objective": "\n".join(part for part in (description, words) if part) or None,
        "industries": industries(metadata),
        "applicants": _applicants(metadata.get("business_sizes") or [], f"{title} {description} {words}"),
        "country": "GB",
        "places": uk_regions.places(code for slug in metadata.get("regions") or [] for code in uk_regions.codes_of(slug) or ()),
        "amount_min": low,
        "amount_max": high,
        "currency": "GBP",
        "status": "closed" if closed else "open",
        "record_url": f"https://www.gov.uk{path}",
    }


def _body(markup: str | None) -> BeautifulSoup:
    """The body without its contact boxes and mail addresses."""
    body = BeautifulSoup(markup or "", "html.parser")
    for element in body.select('.contact, .address, a[href^="mailto:"], a[href^="tel:"]'):
        element.decompose()
    return body


def _amounts(body: BeautifulSoup) -> tuple[int | None, int | None]:
    """Smallest and largest sum told under "How much you can get"; one sum alone is the largest."""
    heading = next((h for h in body.find_all(["h2", "h3"]) if h.get_text().lower().startswith("how much")), None)
    if heading is None:
        return None, None
    section: list[str] = []
    for element in heading.find_next_siblings():
        if element.name == heading.name:
            break
        section.append(element.get_text(" "))
    sums = [
        int(float(number.replace(",", "")) * (1_000_000 if unit else 1)) for number, unit in _AMOUNT.findall(" ".join(section))
    ]
    return (min(sums) if len(set(sums)) > 1 else None, max(sums)) if sums else (None, None)


def _kinds(types: list[str], title: str) -> list[str]:
    kinds = {KINDS.get(kind, "other") for kind in types if kind != "finance"} or {"other"}
    return sorted(kinds | ({"training"} if _TRAINING.search(title) else set()))


def _applicants(sizes: list[str], about: str) -> list[str]:
    """Who may apply; a scheme that names no size is for all."""
    small = not sizes or SMALL_SIZES & set(sizes)
    large = not sizes or set(sizes) - SMALL_SIZES
    told = (("business", large), ("nonprofit", _NONPROFIT.search(about)), ("small_business", small))
    return [kind for kind, applies in told if applies]


def _agency(links: Mapping[str, Any], metadata: Mapping[str, Any]) -> str | None:
    """The first organisation linked; else whose web site the page leads to (`on the Larkmere Fund website`)."""
    for organisation in links.get("organisations") or []:
        return clean(organisation.get("title"))
    return clean(re.sub(r"^on the | website$", "", metadata.get("will_continue_on") or ""))


def industries(metadata: Mapping[str, Any]) -> list[str]:
    """Our trades for the industries a scheme names; none where it names all of them or one we do not know."""
    named = metadata.get("industries") or []
    if len(named) >= _ALL_INDUSTRIES or any(name not in INDUSTRIES for name in named):
        return []
    return sorted({ours for name in named for ours in INDUSTRIES[name]})


REGISTER = RecordRegister(
    name="govuk",
    title="GOV.UK business finance support",
    publisher="UK Government Digital Service",
    licence="OGL-UK-3.0",
    licence_url="https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
    attribution="Contains public sector information licensed under the Open Government Licence v3.0.",
    yields="programme",
    url=_URL,
    pages=_pages,
    cadence="weekly",
    floor=10,
    ceiling=3_000,
    host_delay_s=0.5,
    personal_fields=("details.body .contact",),
    parse=_parse,
    fields=FIELDS,
    mandatory=("content_id", "title", "base_path", "details", "document_type"),
)
