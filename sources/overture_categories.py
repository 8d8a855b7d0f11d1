"""Categories of Overture places that are not private business, each with what its holders are.

Belongs here: the sector of a category (docs.overturemaps.org, places taxonomy). Does not: what its holders do.
"""

NONPROFIT = frozenset((
    "organization", "charity_organization", "community_services_non_profits", "social_service_organizations", "food_banks",
    "homeless_shelter", "foster_care_services", "gay_and_lesbian_services_organization", "senior_citizen_services",
    "social_and_human_services", "social_welfare_center", "volunteer_association", "child_protection_service",
    "youth_organizations", "disability_services_and_support_organization", "non_governmental_association",
    "environmental_conservation_organization", "labor_union", "private_association", "agriculture_association",
    "political_organization", "chambers_of_commerce", "scout_hall", "low_income_housing", "animal_shelter",
    "social_club", "fraternal_organization", "veterans_organization", "community_gardens", "religious_organization",
    "church_cathedral", "anglican_church", "baptist_church", "catholic_church", "episcopal_church", "evangelical_church",
    "jehovahs_witness_kingdom_hall", "pentecostal_church", "mission", "buddhist_temple", "convents_and_monasteries",
    "hindu_temple", "mosque", "shinto_shrines", "sikh_temple", "synagogue", "temple",
))  # fmt: skip
PUBLIC = frozenset((
    "public_service_and_government", "government_services", "central_government_office", "federal_government_offices",
    "local_and_state_government_offices", "public_and_government_association", "town_hall", "library", "community_center",
    "civic_center", "courthouse", "fire_department", "police_department", "law_enforcement", "post_office", "jail_and_prison",
    "department_of_motor_vehicles", "department_of_social_service", "family_service_center", "housing_authorities",
    "social_security_services", "unemployment_office", "tax_office", "registry_office", "office_of_vital_records",
    "school", "elementary_school", "middle_school", "high_school", "public_school", "charter_school",
    "school_district_offices", "board_of_education_offices", "college_university", "educational_research_institute",
    "museum", "national_museum", "state_museum", "armed_forces_branch", "embassy",
))  # fmt: skip
#: The land's own shapes and things without a door.
NO_ORGANISATION = frozenset((
    "structure_and_geography", "river", "mountain", "forest", "island", "desert", "dam", "canal", "bridge", "pier", "quay",
    "weir", "tower", "skyscraper", "public_plaza", "nature_reserve", "geologic_formation", "natural_hot_springs", "trail",
    "public_toilet", "parking", "atms", "bus_station", "monument", "community_book_boxes",
))  # fmt: skip
