"""Where data comes from: one short module per register, the one polite HTTP layer, the practice town.

Scoring, warehouse SQL and Dagster do not belong here. A register is metadata and one `parse`; `frame.py` does the rest.
"""
