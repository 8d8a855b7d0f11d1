"""Members in schema.org JSON-LD: every `LocalBusiness` of a page, in whatever list, `@graph` or `ItemList` it stands.

Belongs here: finding and reading such nodes. Does not: which pages are asked for (`chamber_directory.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup

from sources.chamber_address import NOWHERE, Address, take_apart
from sources.chamber_member import Member, clean, same_host, web_address, without_contacts

#: schema.org/LocalBusiness and the types below it (schema.org version 28). Organization is left out: it is the chamber itself.
LOCAL_BUSINESSES = frozenset(
    """
    LocalBusiness AnimalShelter ArchiveOrganization AutomotiveBusiness AutoBodyShop AutoDealer AutoPartsStore AutoRental
    AutoRepair AutoWash GasStation MotorcycleDealer MotorcycleRepair ChildCare Dentist DryCleaningOrLaundry EmergencyService
    FireStation Hospital PoliceStation EmploymentAgency EntertainmentBusiness AdultEntertainment AmusementPark ArtGallery Casino
    ComedyClub MovieTheater NightClub FinancialService AccountingService AutomatedTeller BankOrCreditUnion InsuranceAgency
    FoodEstablishment Bakery BarOrPub Brewery CafeOrCoffeeShop Distillery FastFoodRestaurant IceCreamShop Restaurant Winery
    GovernmentOffice PostOffice HealthAndBeautyBusiness BeautySalon DaySpa HairSalon HealthClub NailSalon TattooParlor
    HomeAndConstructionBusiness Electrician GeneralContractor HVACBusiness HousePainter Locksmith MovingCompany Plumber
    RoofingContractor InternetCafe LegalService Attorney Notary Library LodgingBusiness BedAndBreakfast Campground Hostel Hotel
    Motel Resort SkiResort VacationRental MedicalBusiness CommunityHealth Dermatology DietNutrition Emergency Geriatric
    Gynecologic MedicalClinic CovidTestingFacility Midwifery Nursing Obstetric Oncologic Optician Optometric Otolaryngologic
    Pediatric Pharmacy Physician IndividualPhysician PhysiciansOffice Physiotherapy PlasticSurgery Podiatric PrimaryCare
    Psychiatric PublicHealth ProfessionalService RadioStation RealEstateAgent RecyclingCenter SelfStorage ShoppingCenter
    SportsActivityLocation BowlingAlley ExerciseGym GolfCourse PublicSwimmingPool SportsClub StadiumOrArena TennisComplex Store
    BikeStore BookStore ClothingStore ComputerStore ConvenienceStore DepartmentStore ElectronicsStore Florist FurnitureStore
    GardenStore GroceryStore HardwareStore HobbyShop HomeGoodsStore JewelryStore LiquorStore MensClothingStore MobilePhoneStore
    MovieRentalStore MusicStore OfficeEquipmentStore OutletStore PawnShop PetStore ShoeStore SportingGoodsStore TireShop ToyStore
    WholesaleStore TelevisionStation TouristInformationCenter TravelAgency
    """.split()
)


def members(page: BeautifulSoup, url: str) -> Iterator[Member | str]:
    """The businesses described in a page's JSON-LD; the rule it breaks for a script that is no JSON."""
    for script in page.select('script[type="application/ld+json"]'):
        try:
            data = json.loads(script.get_text())
        except (ValueError, RecursionError):
            yield "JSON-LD cannot be read"
            continue
        for node in _nodes(data):
            types = _types(node)
            if any(kind in LOCAL_BUSINESSES for kind in types):
                yield _member(node, types, url)


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Every object, in the order in which it stands."""
    stack = [data]
    while stack:
        part = stack.pop()
        if isinstance(part, dict):
            yield part
        children = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        stack.extend(reversed([child for child in children if isinstance(child, dict | list)]))


def _types(node: dict[str, Any]) -> tuple[str, ...]:
    """Names without the vocabulary's address, the general one last."""
    given = node.get("@type")
    names = [str(kind).rpartition("/")[2].rpartition(":")[2] for kind in (given if isinstance(given, list) else [given])]
    return tuple(sorted(dict.fromkeys(names), key=lambda name: name == "LocalBusiness"))


def _member(node: dict[str, Any], types: tuple[str, ...], url: str) -> Member:
    website, node_id = (web_address(_text(node.get(key)), url) for key in ("url", "@id"))
    # A `url` on the directory's host is the member's page there, not its own site.
    own = next((a for a in (website, node_id) if a and same_host(a, url)), None)
    point = _first(node.get("geo"))
    point = point if isinstance(point, dict) else {}
    return Member(
        name=_text(node.get("name")),
        link=own,
        website=website if website != own else None,
        description=without_contacts(_text(node.get("description"))),
        latitude=_degrees(point.get("latitude")),
        longitude=_degrees(point.get("longitude")),
        other_names=tuple(name for key in ("alternateName", "legalName") if (name := _text(node.get(key)))),
        types=types,
        address=_address(_first(node.get("address"))),
    )


def _address(address: Any) -> Address:
    if isinstance(address, str):
        return take_apart(address)
    if not isinstance(address, dict):
        return NOWHERE
    country = address.get("addressCountry")
    return Address(
        street=_text(address.get("streetAddress")),
        city=_text(address.get("addressLocality")),
        state=_text(address.get("addressRegion")),
        postcode=_text(address.get("postalCode")),
        country=_text(country.get("name") if isinstance(country, dict) else country),
    )


def _first(value: Any) -> Any:
    return (value or [None])[0] if isinstance(value, list) else value


def _text(value: Any) -> str | None:
    value = _first(value)
    return clean(str(value)) if isinstance(value, str | int) else None


def _degrees(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
