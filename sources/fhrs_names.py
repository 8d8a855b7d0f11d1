"""Whose premises a food hygiene rating is about: a business, a public body or a charity.

Belongs here: what type and name of premises say of the sector. Does not: the formats (`fhrs.py`, `fhrs_api.py`).

Schools, hospitals, churches and food banks are food businesses by law. A type of the register is not a sector: among the caring
premises most are day nurseries and care homes run for profit, and many schools are entered under their caterer's name.
"""

from __future__ import annotations

import re

from sources.persons import is_person

#: BusinessTypeID of hospitals, childcare and caring premises, and of schools, colleges and universities.
CARING, SCHOOL = "5", "7845"


def _words(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


#: Streets and inns named after churches are no churches.
_NOT_A_CHURCH = r"(?! (street|st|road|rd|lane|view|inn|farm|hill|house|bar|cafe|green|walk|row|mews|news|hotel|kitchen)\b)"
_NONPROFIT = _words(
    rf"\b(church|chapel|cathedral|parish|presbytery){_NOT_A_CHURCH}\b",
    r"\b(mosque|masjid|synagogue|gurdwara|parochial|methodist|baptist|salvation army|islamic (centre|institute|society))\b",
    r"\b(YMCA|YWCA|hospices?|zoe'?s place|age (uk|concern)|red cross|fareshare|barnardo'?s?)\b",
    r"\b(mencap|emmaus|oxfam|women'?s institute|marie curie|united response|autism|city mission|welldoers)\b",
    r"\b(food ?bank|food union|community (pantry|kitchen|fridge|shop|cafe|centre|center|hub|association|trust)|village hall)\b",
    r"\b(charit(y|able)|foundation|settlement|credit union|social enterprise|luncheon club|lunch club|youth (club|centre|hostel)|"
    r"(sea )?scouts?|guides|refugees?|homeless|alzheimer'?s?|carers?'? (centre|trust)|pensioners?)\b",
    r"\bC\.?I\.?[CO]\.?$|\bcommunity interest\b",
    # Members' clubs have a licensed bar, so the register has them beside the pubs.
    r"\b(?<!bingo & )(?<!bingo and )(social|conservative|labour|liberal|working men'?s|ex-?service(men)?'?s?|paroch?ial"
    r"|supporters'?|catholic|R\.? ?C\.?|cricket|bowling|bowls|lawn tennis|tennis|rugby( union| league)?( football)?"
    r"|sailing|rowing|angling) club\b",
    r"\b(british legion|royal (air forces?|navy|naval|voluntary) (association|service)|masonic hall|tenants (&|and) residents)\b",
    r"\b(guild of students|students'? union|unite the union|unison|trades council)\b",
    # "The Local Pantry" is a delicatessen as often as not.
    r"\b(?<!the )local pantry\b|\b(youth project|(christian|gospel|bible) fellowship|meditation centre)\b|\btrust$",
    r"\b(irish|pakistan|somali|caribbean|polish|ukrainian|chinese|hindu|jewish|muslim|arabic) "
    r"(community|cultural|centre|welfare)\b(?! (store|shop|market))",
)
#: Public whatever else the name says.
_PUBLIC_BODY = _words(
    r"\b(museum|art gallery)\b(?! (street|st|inn|tavern|bar)\b)",
    r"\bN\.?H\.?S\b|\b(city|borough|county|district|town|parish|metropolitan) council\b",
    r"\b(HMP|H M prison)\b|\bfire (brigade|station|(and|&) rescue)\b|\bpolice\b|\bchild(ren)?'?s? centre\b|\bnursery school\b",
)
#: Public if the name is not a firm's as well.
_PUBLIC = _words(
    r"\b(primary|infants?'?|junior|high|secondary|special|grammar|community|comprehensive|c of e|rc|catholic) sch(ool)?\b",
    r"\buniversity of\b|\b(crown|magistrates'?|county) court\b|\b(university )?hospitals?\b(?! (street|st|road|rd|lane|inn)\b)",
)
#: Contract caterers, who are entered under their own name for the canteens they run.
_CATERER = _words(
    r"\b(cater(ing|ers?)|food for thought|elior|compass( group| contract services)?|sodexo|aramark|chartwells|mellors)\b",
    r"\b(ISS|medirest|taylor ?shaw|CH & Co|chi & co)\b",
)
#: A firm by its form or its trade, whatever the premises it works in.
_FIRM = _words(
    r"\b(ltd|limited|plc|llp)\b\.?",
    r"\b(day|private) nurser(y|ies)\b|\bnurseries\b|\bnursery\b(?! school)|\bchild ?minders?\b|\bout of (school|hours)\b"
    r"|\bkindergarten\b|\bpre-?school\b|\b(child|day) ?care\b|\btots\b|\bkid(s|dy)\b|\bmontessori\b|\bbusy bees\b",
    r"(care|nursing|residential|rest|retirement)( care)? home\b|\bhc-one\b|\bbupa\b|\bspire\b|\bnuffield\b|\bvoyage care\b"
    r"|\b(memory|dementia|extra) care\b|\bcare centre\b",
    r"\b(cafe|coffee|bar|kitchen|restaurant|deli|costa|starbucks|subway|greggs|WH ?Smith)\b",
    r"\b(preparatory|prep|independent|private|language|cookery|dance) (school|college)\b",
)
#: Care homes are called so; a shop or a school may be as well.
_CARE_HOME = _words(r"\b(manor|court|lodge|house|grange|hall|garth|mount|view)$")


def sector_of(name: str, type_id: str) -> str:
    """private, public or nonprofit. Under a caring or school type a name that says nothing is taken for public, so that no
    ward or classroom is put forward as a shop; under every other type it is private. A person among the caring premises is a
    childminder: private, so that the name is known for a sole trader's.

    >>> sector_of("Ferry Lane Primary School", "7845"), sector_of("Otter Catering at Lark Hill", "7845"), sector_of("Ann", "5")
    ('public', 'private', 'public')
    >>> sector_of("Rosa Simpson", "5")
    'private'
    >>> sector_of("Church Street News", "4613"), sector_of("Old Church", "7841"), sector_of("The Academy", "7843")
    ('private', 'nonprofit', 'private')
    """
    if _PUBLIC_BODY.search(name):
        return "public"
    if _CATERER.search(name):
        return "private"
    if _NONPROFIT.search(name):
        return "nonprofit"
    if _FIRM.search(name) or (type_id == CARING and (_CARE_HOME.search(name) or is_person(name))):
        return "private"
    return "public" if type_id in (CARING, SCHOOL) or _PUBLIC.search(name) else "private"
