"""Stage 5, after publication: what was published is sent where the profile asks, and a webhook tells that it is there.

Belongs here: places and how files get there. Does not: what is published (`assets/publication`), or printing (`pipelines`).
"""
