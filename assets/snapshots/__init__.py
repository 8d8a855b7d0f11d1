"""First stage: the bytes of every register, kept as they came.

`store.py` keeps them by hash, `journal.py` notes each fetch, `take.py` brings in tonight's files (`errand.py`: one of them) and
falls back on the last good ones where that fails; `plausible.py` and `packed.py` refuse what cannot be a register. Reading rows
out of them does not belong here; that is the next stage, `organisations`.
"""
