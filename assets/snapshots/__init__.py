"""First stage: the bytes of every register, kept as they came.

`store.py` keeps them by hash, `journal.py` notes each fetch, `take.py` brings in tonight's files and falls back on the
last good ones where that fails. Reading rows out of them does not belong here; that is the next stage, `organisations`.
"""
