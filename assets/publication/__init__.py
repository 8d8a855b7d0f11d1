"""Last stage: judge the finished tables (`audit.py`) and write what people take away (`export.py`).

Making or changing a table does not belong here, nor building and switching versions (`warehouse/`).
"""
