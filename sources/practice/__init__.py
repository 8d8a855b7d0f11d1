"""The practice town: a seeded, fictional US region served over loopback HTTP in the formats of four real registers.

Belongs here: everything that invents and serves the town. Does not: connectors; they are the same that run live.

`build_town` (`town.py`) gives the town and the truth about it, `practice_files` (`wire.py`) its files, `serve`
(`server.py`) serves them; `PLACES` and `FAR_PLACES` (`places.py`) are the fictional ZIP codes a profile must be told.
"""
