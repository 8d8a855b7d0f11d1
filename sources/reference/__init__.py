"""Small reference tables of our own: industries, activities, and how official classes map to them.

Facts only (codes, names, mappings), each file with its source and licence in `README.md` beside it. What an activity
offers or needs is judgement and lives with the ranking in `assets/opportunities/`.
"""
