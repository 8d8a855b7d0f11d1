"""Where it lives: the registry of tables and columns, DDL, Parquet and DuckDB reading and writing, atomic publishing.

Business logic does not belong here; the warehouse knows names, types, keys and paths, not what a good partner is.
"""
