"""Tables of the Charity Commission's extract and their columns, from its data dictionary; which are read, which only known."""

from __future__ import annotations

from sources.register import RegisterTable

#: Every table begins with these; the first is not in the dictionary.
_EVERYWHERE = ("date_of_extract", "registered_charity_number", "linked_charity_number")

TABLES = {
    "charity": RegisterTable(
        columns=(
            "organisation_number", "registered_charity_number", "linked_charity_number", "charity_name",
            "charity_registration_status", "date_of_registration", "latest_acc_fin_period_end_date", "latest_income",
            "charity_contact_address1", "charity_contact_address2", "charity_contact_address3", "charity_contact_address4",
            "charity_contact_address5", "charity_contact_postcode", "charity_contact_web", "charity_company_registration_number",
            "charity_insolvent", "cio_is_dissolved", "charity_activities",
        ),
        known=(
            "date_of_extract", "charity_type", "date_of_removal", "charity_reporting_status", "latest_acc_fin_period_start_date",
            "latest_expenditure", "charity_contact_phone", "charity_contact_email", "charity_in_administration",
            "charity_previously_excepted", "charity_is_cdf_or_cif", "charity_is_cio", "date_cio_dissolution_notice",
            "charity_gift_aid", "charity_has_land",
        ),
    ),
    "charity_classification": RegisterTable(
        columns=("organisation_number", "classification_code"),
        known=(*_EVERYWHERE, "classification_type", "classification_description"),
        optional=True,
    ),
    "charity_other_names": RegisterTable(
        columns=("organisation_number", "charity_name_type", "charity_name"),
        known=(*_EVERYWHERE, "charity_name_id"),
        optional=True,
    ),
    "charity_governing_document": RegisterTable(
        columns=("organisation_number", "charitable_objects"),
        known=(*_EVERYWHERE, "governing_document_description", "area_of_benefit"),
        optional=True,
    ),
    "charity_annual_return_parta": RegisterTable(
        columns=("organisation_number", "fin_period_order_number", "grant_making_is_main_activity"),
        known=(
            *_EVERYWHERE, "latest_fin_period_submitted_ind", "ar_cycle_reference", "fin_period_start_date", "fin_period_end_date",
            "ar_due_date", "ar_received_date", "total_gross_income", "total_gross_expenditure",
            "charity_raises_funds_from_public", "charity_professional_fundraiser", "charity_agreement_professional_fundraiser",
            "charity_commercial_participator", "charity_agreement_commerical_participator",
            "charity_receives_govt_funding_contracts", "count_govt_contracts", "charity_receives_govt_funding_grants",
            "count_govt_grants", "income_from_government_contracts", "income_from_government_grants",
            "charity_has_trading_subsidiary", "trustee_also_director_of_subsidiary", "does_trustee_receive_any_benefit",
            "trustee_payments_acting_as_trustee", "trustee_receives_payments_services", "trustee_receives_other_benefit",
            "trustee_resigned_employment", "employees_salary_over_60k", "count_volunteers",
            *(f"count_salary_band_{low}_{low + 9_999}" for low in range(60_001, 150_001, 10_000)),
            *(f"count_salary_band_{low}_{low + 49_999}" for low in range(150_001, 500_001, 50_000)),
            "count_salary_band_over_500000",
        ),
        optional=True,
    ),
}  # fmt: skip
