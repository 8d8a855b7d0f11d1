"""The words affiliations are made of: countries, forms of names, departments, addresses. Invented places and bodies only.

Belongs here: plain lists. Does not: how they become lines (`synthetic_affiliations.py`). In forms of names the two commonest
stand first. Names of countries are real, and so are two-letter codes of states, since lines are read by them.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthetic_words import REGIONS_CA, TOWN_ENDS_UK, TOWN_ENDS_US, lines, pairs

#: Ends of the names of states, provinces and regions.
STATE_ENDS = tuple("land ania ona ia ado ois essee aska mark arria".split())
#: Put between the start and the end of a name, so that many names differ in little.
MIDDLES = ("", "", "", *"er el in an or en al us i o".split())
FRONTS = ("",) * 12 + ("New ", "Port ", "East ", "Bad ", "St. ")
_CODES_US = tuple("CA ND OR TN WA MD PA IL CO VA OK MN MA NJ MI GA".split())


@dataclass(frozen=True, slots=True)
class Country:
    """A country: how it is written, its universities' language, its cities' ends and its postcode (# digit, @ letter).

    `codes` are those of its states, where addresses give them.
    """

    names: tuple[str, ...]
    language: str
    city_ends: tuple[str, ...]
    postcode: str
    codes: tuple[str, ...] = ()


_USA = Country(
    ("USA", "USA", "USA", "U.S.A.", "United States", "US"),
    "en",
    tuple(e for e in TOWN_ENDS_US if e.islower()),
    "#####",
    _CODES_US,
)
_UK = Country(("UK", "UK", "United Kingdom", "U.K.", "England", "Great Britain"), "en", tuple(TOWN_ENDS_UK), "@@# #@@")
_GERMANY = Country(
    ("Germany", "Germany", "Deutschland"), "de", tuple("burg stadt heim furt au hausen bach brück".split()), "D-#####"
)
_FRANCE = Country(("France",), "fr", tuple("ville sur-Orne ac y elles ières oux ence".split()), "#####")
_ITALY = Country(("Italy", "Italy", "Italia"), "it", tuple("ano ona ello ara essa enza".split()), "#####")
_SPAIN = Country(("Spain", "Spain", "España"), "es", tuple("illa ona ena eda ín aza".split()), "#####")
_CANADA = Country(("Canada",), "en", tuple(TOWN_ENDS_UK), "@#@ #@#", tuple(REGIONS_CA))
#: Drawn evenly, so that a country stands here as often as its share.
COUNTRIES = (_USA,) * 14 + (_UK,) * 4 + (_GERMANY,) * 5 + (_FRANCE,) * 3 + (_ITALY,) * 2 + (_SPAIN,) * 2 + (_CANADA,) * 2 + (
    Country(("Australia",), "en", tuple(TOWN_ENDS_UK), "####"),
    Country(("Australia",), "en", tuple(TOWN_ENDS_US[:5]), "####"),
    Country(("The Netherlands", "Netherlands", "NL"), "nl", tuple("dam hoven recht drecht veen".split()), "#### @@"),
    Country(("Switzerland", "Schweiz"), "de", tuple("ingen ikon wil au".split()), "CH-####"),
    Country(("Sweden",), "sv", tuple("köping sala holm vik".split()), "### ##"),
    Country(("Brazil", "Brasil"), "pt", tuple("ópolis inas eira ás".split()), "#####-###"),
    Country(("Japan",), "en", tuple("aka oto ima ura".split()), "###-####"),
    Country(("India",), "en", tuple("apur abad anagar alore".split()), "######"),
    Country(("China", "P.R. China", "PR China"), "en", tuple("an ing ou ai".split()), "######"),
    Country(("South Korea", "Korea"), "en", tuple("eon ju san".split()), "###-###"),
)  # fmt: skip

# Names. {c} city, {s} state or surname, {n} name, {t} topic.
UNIVERSITY = {
    "de": ("Universität {c}", "Univ. {c}", "Uni {c}"),
    "fr": ("Université de {c}", "Univ. de {c}", "Université {c}"),
    "it": ("Università di {c}", "Università degli Studi di {c}", "Univ. di {c}"),
    "es": ("Universidad de {c}", "Univ. de {c}"),
    "pt": ("Universidade de {c}", "Universidade Federal de {c}"),
    "nl": ("Universiteit {c}", "Univ. {c}"),
    "sv": ("{c}s universitet", "{c} universitet"),
}
#: Other universities of a city; the first has its forms in other languages.
RIVALS = (
    (
        "{c} University of Technology",
        "Technical University of {c}",
        "{c} Technical University",
        "TU {c}",
        "Univ. of Technology {c}",
    ),
    ("{c} Institute of Technology", "Institute of Technology, {c}", "{c} Inst. of Technology", "{c} Tech"),
    ("{c} State University", "State University of {c}", "{c} State Univ."),
    ("{c} Medical University", "Medical University of {c}", "{c} Medical School"),
    ("{c} Business School", "Graduate School of Business {c}", "{c} School of Management"),
    ("City University of {c}", "{c} City University", "City Univ. {c}"),
    ("Polytechnic University of {c}", "{c} Polytechnic", "{c} Polytechnic University"),
    ("{s} University {c}", "{s} University", "{s} University, {c}", "{s} Univ."),
    ("{c} College", "{c} Community College", "College of {c}"),
)
TECHNICAL = {
    "de": ("Technische Universität {c}", "TU {c}", "Technische Univ. {c}"),
    "fr": ("Université de Technologie de {c}", "Institut National Polytechnique de {c}"),
    "it": ("Politecnico di {c}",),
    "es": ("Universidad Politécnica de {c}", "Univ. Politecnica de {c}"),
    "nl": ("Technische Universiteit {c}", "TU {c}"),
}
CAMPUS = (
    "University of {s}, {c}", "University of {s} at {c}", "University of {s} {c}", "Univ. of {s}, {c}", "Univ. of {s} at {c}",
    "University of {s}-{c}", "U of {s}, {c}", "U{i} {c}", "U{i}, {c}", "The University of {s} at {c}",
)  # fmt: skip
COUSINS = (
    ("{s} State University", "{s} State Univ.", "{s} State", "The {s} State University"),
    ("{s} University", "Univ. {s}", "{s} Univ."),
    ("{s} Institute of Technology", "{s} Tech", "{s} Inst. of Tech."),
    ("Northern {s} University", "Northern {s} Univ.", "University of Northern {s}"),
    ("University of Southern {s}", "Southern {s} University", "Univ. of Southern {s}"),
    ("{s} Polytechnic Institute and State University", "{s} Tech", "{s} Polytechnic Institute"),
)
NAMED = (
    ("{n} University", "{n} University", "{n} Univ.", "{n}", "University {n}"),
    ("{n} {o} University", "{n} {o} University", "{n}-{o} University", "{n} {o}"),
    ("{n} Institute of Technology", "{n} Inst. of Technology", "{n} Tech", "{n} Institute"),
    ("{n} College", "{n} College", "{n} Coll."),
    ("{n}-{o}-Universität zu {c}", "{n}-{o} University {c}", "{n} University {c}", "{n} University of {c}", "Universität {c}"),
    ("{n} School of Economics", "{n} School of Economics and Political Science", "{n} Business School"),
)
ACADEMIES = (
    "{n} Academy of Sciences", "{n} Academy of Sciences", "{n} Academy of Engineering", "{s} Society",
    "{n} National Research Council", "{n} Academy of Medical Sciences",
)  # fmt: skip
INSTITUTE = (
    "Institute of {t}, {a}", "{a}, Institute of {t}", "Institute for {t}, {a}", "Institute of {t}, {x}", "{a} Institute of {t}",
    "Inst. of {t}, {a}", "{x} Institute for {t}",
)  # fmt: skip
CENTRE = ("{n} Center for {t}", "{n} Center for {t} Research", "{n} {t} Center", "{n} Centre for {t}")
LABORATORY = ("{n} National Laboratory", "{n} National Laboratory", "{n} National Lab", "{n} Lab", "{n} Natl. Laboratory")
TOPICS = lines("""
    Computing Technology | Mathematics | Informatics | Automation | Software | Information Science | Physics | Biology |
    Particle Physics | Molecular Medicine | Plant Science | Applied Mathematics | Systems Research | Human Cognition | Robotics |
    Advanced Computer Studies | Geography | Marine Ecology | Public Policy | Language Technology
    """)
OWN_UNITS = lines("""
    {n} Laboratory | {n} School of Business | {n} School of Engineering | {l} Lab | {n} Graduate School of Management |
    Center for {t} | {t} Group | {l} - Institute for {t} | {n} Hall | {n} Building | Institute for {t} | {n} Medical Center
    """)
COMPANY_TRADES = (
    "",
    "",
    "",
    *lines("Systems | Technologies | Software | Networks | Data | Telecom | Pharma | Semiconductors | Electric"),
)
#: The form a company uses, and how else it is written.
COMPANY_LEGAL = (
    ("Corp.", "Corporation", "Inc."),
    ("Inc.", "Inc", "Incorporated"),
    ("Corporation", "Corp", "Corp., USA"),
    ("GmbH", "AG", "GmbH & Co. KG"),
    ("Ltd.", "Limited", "Ltd"),
    ("Co., Ltd.", "Co. Ltd", "Company"),
    ("S.A.", "SA", "S.p.A."),
    ("B.V.", "BV", "N.V."),
)
HEAD_LABS = lines("Research | Labs | Laboratories | Research Labs | Corporate Research")
COMPANY_UNITS = lines("""
    Database Systems Group | Applied Research | Advanced Technology Group | Cloud Platform | Corporate Technology Group | R&D |
    Information Management | Product Development | Server Division | Speech Group
    """)
#: A company's research centres in cities of their own.
LABS = (
    (
        "{n} {c} Research Center",
        "{n} Research Center, {c}",
        "{n} {c}",
        "{c} Research Center, {legal}",
        "{n} {c} Res. Ctr.",
        "{n} {c} RC",
    ),
    ("{n} Research Lab {c}", "{n} {c} Research Lab", "{n} {c} Research Laboratory", "{n} {c} Lab", "{n} Research, {c}"),
    ("{n} Research {c}", "{n} Research, {c}", "{n} Research Laboratory, {c}", "{legal}, {n} Research {c}", "{n} {c}"),
    ("{n} Labs {c}", "{n} Laboratories {c}", "{n} Labs, {c}", "{n} {c}", "{legal} Labs {c}"),
)

# Departments: the field and how it is shortened, the commoner first.
FIELDS = pairs("""
    Computer Science = CS | Computer Science = CS | Computer Science = CS |
    Electrical Engineering and Computer Science = EECS |
    Computer Science and Engineering = CSE |
    Electrical and Computer Engineering = ECE | Information Science = IS | Information Systems = IS | Mathematics = Math |
    Physics | Informatics = DI | Statistics = Stat. | Medicine = Med. | Biology = Bio. | Chemistry = Chem. |
    Computer and Information Science = CIS | Economics = Econ. | Psychology = Psych. | Mechanical Engineering = ME |
    Business Administration = Bus. Admin. | Public Health | Law | Civil Engineering = CE | History | Education |
    Information Technology = IT | Linguistics | Nursing
    """)
UNITS = lines("""
    Department of {} | Department of {} | Dept. of {} | {} Department | School of {} | Faculty of {} | {} Dept. |
    Dept of {} | College of {} | Institute of {} | {} Division | Division of {} | {} Group | Center for {} |
    Graduate School of {} | Inst. of {} | {}
    """)
SHORT_UNITS = lines("Dept. of {} | {} Department | {} Dept. | Dept of {} | {} | {} Division")
NATIVE_UNITS = {
    "de": lines("""
        Institut für Informatik | Lehrstuhl für Informatik | Fakultät für Mathematik und Informatik | Institut für
        Informationssysteme | Fachbereich Informatik | Lehrstuhl für Informationssysteme | Institut für Physik |
        Medizinische Fakultät | Informatik V
        """),
    "fr": lines("""
        Laboratoire de Recherche en Informatique | Laboratoire d'Informatique | Département d'informatique | UFR de
        Mathématiques | Faculté de Médecine | Laboratoire de Physique | LRI | LIP
        """),
    "it": lines("""
        Dipartimento di Informatica | Dip. di Informatica e Sistemistica | Dipartimento di Elettronica e Informazione | DEI |
        Facoltà di Ingegneria | Dipartimento di Matematica
        """),
    "es": lines("""
        Departamento de Computación | Facultad de Informática | Dpto. de Lenguajes y Sistemas | Departamento de
        Matemáticas | Escuela Superior de Ingeniería
        """),
    "pt": lines("Instituto de Informática | Departamento de Ciência da Computação | Faculdade de Medicina | DCC"),
    "nl": lines("Faculteit der Wiskunde en Informatica | Vakgroep Informatica | Faculty of EEMCS"),
    "sv": lines("Institutionen för datavetenskap | Institutionen för informationsteknologi"),
}

# Lines. {u} department, {n} organisation; {c} city, {s} state, {z} postcode, {k} country.
ORDERS = ("{u}, {n}",) * 15 + ("{n}, {u}",) * 3 + ("{u} {n}", "{n} {u}", "{u}, {n}", "{n} - {u}", "{n} ({u})", "{u} at {n}")
ADDRESSES = ("{z} {c}, {k}", "{c} {z}, {k}", "{c}, {k} {z}", "{z}, {c}, {k}", "{c}, {k}, {z}")
STATE_ADDRESSES = ("{c}, {s} {z}, {k}", "{c}, {s} {z}", "{s} {z}, {c}, {k}", "{c}, {k} {z}", "{c}, {s}, {z}, {k}", "{c} {s} {z}")
NATIVE_STREETS = {
    "de": ("{s}straße {n}", "{s}str. {n}", "{s}weg {n}"),
    "fr": ("{n} rue {s}", "{n} avenue {s}", "{n}, rue {s}"),
    "it": ("Via {s} {n}", "Via {s}, {n}"),
    "es": ("Calle {s}, {n}", "C/ {s} {n}"),
    "pt": ("Rua {s}, {n}", "Av. {s} {n}"),
    "nl": ("{s}laan {n}", "{s}weg {n}"),
    "sv": ("{s}gatan {n}",),
}
SHORT_WORDS = pairs("""
    University = Univ. | University = Univ. | University = Univ | University of = U. of | University of = U of |
    University of = Univ | Institute = Inst. | Technology = Tech. | Laboratory = Lab. | Research Center = Res. Ctr. |
    National = Natl. | Academy of Sciences = Acad. Sci. | Universität = Univ. | Research = Res.
    """)
PLAIN_LETTERS = str.maketrans("äöüéèíóáàúñçãßÄÖÜ", "aoueeioaauncasAOU")
GERMAN_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "í": "i", "ó": "o", "á": "a", "ñ": "n"}
)
