"""Record linkage: which records of a list are one organisation. Knows neither registers, nor the warehouse, nor Dagster.

Order of work: `comparable.sql` (what is compared), `blocking.py` (pairs worth a look), `gate.py` (a cheap first look),
`features.py` (how alike), `model.py` (how likely), `rules.py` (what no score may join), `cluster.py` (pairs to bodies).
`engine.py` runs them, `incremental.py` on what changed since an earlier night of an `epoch.py`, `files.py` on files;
`evidence.py` explains.
"""
