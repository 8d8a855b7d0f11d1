"""Ranking: how much a business and a partner have to do with each other. Knows neither Dagster nor a night nor its tables.

`ontology/` says what each kind of body offers, needs and cares about (`ontology.py`, `trade.py`, `advice.py` read and check it);
`tagger.py` and `codes.py` tell of what kinds a body is, `fit.py` compares kinds, `precedent.py` asks who worked with whom before
(out of `edges.py`, by `likeness.py` and `name_kinds.py`); `bodies.py` holds the other facts, `engine.py` scores, `search.py`
finds the best, `picking.py` makes varied lists, `wording.py` says why, `files.py` runs it on files. `evaluation.py` and
`weights.py` learn from known partnerships (`truth.py`).
"""
