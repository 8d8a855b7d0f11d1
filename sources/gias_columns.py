"""The columns of the schools file, so that a new one is noticed. Names as the Department for Education's extract spells them.

Belongs here: the list. Does not: reading it (`gias.py`). Most kinds of fact stand in two columns, `(code)` and `(name)`.
"""

from __future__ import annotations

#: Columns that describe head teachers and proprietors, never read.
PERSONAL = ("TelephoneNum", "HeadTitle (name)", "HeadFirstName", "HeadLastName", "HeadPreferredJobTitle", "PropsName")

_CODE_AND_NAME = (
    "LA", "TypeOfEstablishment", "EstablishmentTypeGroup", "EstablishmentStatus", "ReasonEstablishmentOpened",
    "ReasonEstablishmentClosed", "PhaseOfEducation", "Boarders", "OfficialSixthForm", "Gender", "ReligiousCharacter", "Diocese",
    "AdmissionsPolicy", "SpecialClasses", "TrustSchoolFlag", "Trusts", "Federations", "OfstedSpecialMeasures", "GOR",
    "DistrictAdministrative", "AdministrativeWard", "ParliamentaryConstituency", "UrbanRural", "MSOA", "LSOA", "PreviousLA",
    "QABName", "EstablishmentAccredited",
)  # fmt: skip

_NAME_ONLY = (
    "NurseryProvision", "ReligiousEthos", "SchoolSponsorFlag", "SchoolSponsors", "FederationFlag", "FurtherEducationType",
    "County", "BSOInspectorateName", "TeenMoth", "CCF", "SENPRU", "EBD", "FTProv", "EdByOther", "Section41Approved",
    *(f"SEN{number}" for number in range(1, 14)), "TypeOfResourcedProvision", "GSSLACode", "InspectorateName",
    "BoardingEstablishment", "OfstedRating", "RSCRegion", "Country",
)  # fmt: skip

COLUMNS = (
    "URN", "EstablishmentNumber", "EstablishmentName", "OpenDate", "CloseDate", "StatutoryLowAge", "StatutoryHighAge",
    "SchoolCapacity", "CensusDate", "NumberOfPupils", "NumberOfBoys", "NumberOfGirls", "PercentageFSM", "UKPRN", "FEHEIdentifier",
    "OfstedLastInsp", "LastChangedDate", "Street", "Locality", "Address3", "Town", "Postcode", "SchoolWebsite",
    "InspectorateReport", "DateOfLastInspectionVisit", "NextInspectionVisit", "TeenMothPlaces", "PlacesPRU",
    "ResourcedProvisionOnRoll", "ResourcedProvisionCapacity", "SenUnitOnRoll", "SenUnitCapacity", "Easting", "Northing",
    "SENStat", "SENNoStat", "PreviousEstablishmentNumber", "UPRN", "SiteName", "QABReport", "CHNumber", "FSM",
    "AccreditationExpiryDate",
    *(f"{fact} ({form})" for fact in _CODE_AND_NAME for form in ("code", "name")),
    *(f"{fact} (name)" for fact in _NAME_ONLY),
    *PERSONAL,
)  # fmt: skip
