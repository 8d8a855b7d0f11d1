"""The 69 columns of the Australian charity register; the spelling mistakes are the register's own.

Belongs here: the lists. Does not: reading them (`acnc.py`).
"""

from __future__ import annotations

MANDATORY = ("ABN", "Charity_Legal_Name", "Address_Line_1", "Town_City", "State", "Postcode", "Country")
STATES = ("ACT", "NSW", "NT", "QLD", "SA", "TAS", "VIC", "WA")
PURPOSES = (
    "Preventing_or_relieving_suffering_of_animals", "Advancing_Culture", "Advancing_Education", "Advancing_Health",
    "Promote_or_oppose_a_change_to_law__government_poll_or_prac", "Advancing_natual_environment",
    "Promoting_or_protecting_human_rights", "Promoting_reconciliation__mutual_respect_and_tolerance", "Advancing_Religion",
    "Advancing_social_or_public_welfare", "Advancing_security_or_safety_of_Australia_or_Australian_public",
    "Purposes_beneficial_to_ther_general_public_and_other_analogous",
)  # fmt: skip
BENEFICIARIES = (
    "Aboriginal_or_TSI", "Adults", "Aged_Persons", "Children", "Communities_Overseas", "Early_Childhood", "Ethnic_Groups",
    "Families", "Females", "Financially_Disadvantaged", "LGBTIQA+", "General_Community_in_Australia", "Males",
    "Migrants_Refugees_or_Asylum_Seekers", "Other_Beneficiaries", "Other_Charities", "People_at_risk_of_homelessness",
    "People_with_Chronic_Illness", "People_with_Disabilities", "Pre_Post_Release_Offenders",
    "Rural_Regional_Remote_Communities", "Unemployed_Person", "Veterans_or_their_families", "Victims_of_crime",
    "Victims_of_Disasters", "Youth", "animals", "environment", "other_gender_identities",
)  # fmt: skip
#: Class codes of a row: the flags set, in this order. Purposes tell most, then whom it helps, then how it is endorsed for tax
#: (public benevolent institution, health promotion charity).
FLAGS = (*PURPOSES, *BENEFICIARIES, "PBI", "HPC")
FIELDS = (
    *MANDATORY, "Other_Organisation_Names", "Address_Type", "Address_Line_2", "Address_Line_3", "Charity_Website",
    "Registration_Date", "Date_Organisation_Established", "Charity_Size", "Number_of_Responsible_Persons",
    "Financial_Year_End", *(f"Operates_in_{state}" for state in STATES), "Operating_Countries", *FLAGS,
)  # fmt: skip
