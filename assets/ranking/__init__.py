"""Ranking: how much a business and a partner have to do with each other. Knows neither the warehouse nor Dagster nor a night.

`ontology/` says what each kind of body offers, needs and cares about; `tagger.py` and `codes.py` tell of what kinds a body is;
`fit.py` compares kinds, `precedent.py` asks who worked with whom before; `engine.py` scores and picks, `files.py` runs it on
files.
"""
