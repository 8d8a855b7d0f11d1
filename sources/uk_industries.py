"""Trades as GOV.UK names them (`industries` of its finance schemes), in the words of `sources/reference/industries.csv`."""

from __future__ import annotations

#: Slug of GOV.UK -> our industries; a slug spans more than one of ours.
INDUSTRIES = {
    "agriculture-and-food": ("food_production", "food_retail", "food_service"),
    "business-and-finance": ("employment", "finance", "professional"),
    "construction": ("construction", "facilities"),
    "education": ("education",),
    "health": ("health",),
    "hospitality-and-catering": ("food_service", "hospitality"),
    "information-technology-digital-and-creative": ("arts", "it", "media"),
    "life-sciences": ("health", "research"),
    "manufacturing": ("clothing", "food_production", "manufacturing"),
    "mining": ("environment",),
    "real-estate-and-property": ("housing", "real_estate"),
    "science-and-technology": ("it", "professional", "research"),
    "service-industries": ("animals", "automotive", "facilities", "personal_care", "professional", "sport"),
    "transport-and-distribution": ("automotive", "transport", "wholesale"),
    "travel-and-leisure": ("arts", "hospitality", "sport"),
    "utilities-providers": ("construction", "environment"),
    "wholesale-and-retail": ("clothing", "food_retail", "retail", "wholesale"),
}
