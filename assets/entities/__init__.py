"""Stage 3: which records are one organisation, and what its id is: `core.organisation`, `core.bridge`, `core.match_evidence` …

Order of work: `matching.py` brings the records to `assets/linkage` and its answers back, respecting what people said
(`decisions.py`); `identity.py` and `registry.py` give ids that last, `survivors.sql` makes one row of many, `links.py` says who
is kin.
"""
