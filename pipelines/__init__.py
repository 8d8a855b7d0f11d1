"""When and how it runs: definitions, jobs, schedules, resources, the chamber's profile and the `partners` command.

Transformations do not belong here; they are plain functions in `assets/`.
"""
