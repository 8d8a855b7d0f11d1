"""Stage 2: rows of many registers in one schema: `core.organisation_record`, `core.programme`, `core.rejected_row`.

Normalising only adds columns (activity, place, display name …); what the register wrote stays beside it. Deciding which
records are one organisation is the next stage (`entities`).
"""
