"""What is made, one sub-package per stage in the order of the flow:

`snapshots` → `organisations` → `entities` → `opportunities` → `publication`.

Each stage has plain modules with the logic and one `assets.py` of thin Dagster wrappers. HTTP and schedules do not belong here.
"""
