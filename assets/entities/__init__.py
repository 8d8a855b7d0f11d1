"""Stage 3: which records are one organisation, and what its id is: `core.organisation`, `core.bridge`, `core.match_evidence` …

Order of work: `blocking.sql` finds pairs worth comparing, `compare.py` measures them in batches, `rules.sql` decides,
`cluster.py` joins decided pairs, `identity.py` gives ids that last, `survivors.sql` makes one row of many.
"""
