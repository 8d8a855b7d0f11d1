"""Links between bodies that are not merges → `core.relationship`. What the rules are is in the SQL beside this module:

* `links.sql`: grants, contracts and partnerships, as registers of links state them;
* `stated.sql`: parents, linked charities and groups, as registers of organisations state them;
* `kinship.sql`: parents, sisters and branches, inferred from names at one place.

Belongs here: reading the inputs, running the three, joining what they found. Does not: deciding that two records are one body.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import duckdb
from pyarrow import csv

from assets.organisations.records import RegisterRows, union_of
from sources.register import EDGE_ROW
from warehouse import parquet
from warehouse.tables import BY_NAME

#: Tables of the same run that links are found in.
INPUTS = ("organisation_record", "bridge", "organisation", "identifier")

#: A body stated as kin is not also inferred to be; the two columns are the pair, in either order.
_FOUND = """
SELECT * FROM edge_link
UNION ALL BY NAME SELECT * FROM stated_link
UNION ALL BY NAME
SELECT i.* FROM inferred_link i
ANTI JOIN stated_link s
    ON least(i.from_organisation_id, i.to_organisation_id) = least(s.from_organisation_id, s.to_organisation_id)
    AND greatest(i.from_organisation_id, i.to_organisation_id) = greatest(s.from_organisation_id, s.to_organisation_id)
"""


def build_relationships(edges: Sequence[RegisterRows], tables: Mapping[str, Path], into: Path) -> int:
    """Writes `core.relationship` to `into` and returns its row count.

    `edges` are the rows of link registers, perhaps none. `tables` are the Parquet files of `INPUTS`, by name.
    """
    con = parquet.connect()
    try:
        for name in INPUTS:
            con.execute(f"CREATE VIEW {name} AS SELECT * FROM {parquet.read_sql(tables[name])}")
        _open_edges(con, edges)
        _open_words(con, "platform", files("assets.linkage").joinpath("words/platform.csv").read_bytes())
        _open_words(con, "dependant", files("assets.entities").joinpath("dependant.csv").read_bytes())
        for script in ("links.sql", "stated.sql", "kinship.sql"):
            con.execute(files("assets.entities").joinpath(script).read_text("utf-8"))
        return parquet.write(con, _FOUND, BY_NAME["core.relationship"], into)
    finally:
        con.close()


def _open_words(con: duckdb.DuckDBPyConnection, name: str, text: bytes) -> None:
    """A table of words out of a CSV of the package."""
    con.register("words", csv.read_csv(io.BytesIO(text)))
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM words")
    con.unregister("words")


def _open_edges(con: duckdb.DuckDBPyConnection, edges: Sequence[RegisterRows]) -> None:
    """View `edge`: the rows of all link registers, with source, licence, stale_days and register_url."""
    if edges:
        con.execute(f"CREATE VIEW edge AS {union_of(edges)}")
        return
    con.register("no_edge", EDGE_ROW.empty_table())
    con.execute(
        "CREATE VIEW edge AS SELECT *, NULL::VARCHAR AS source, NULL::VARCHAR AS licence, NULL::INTEGER AS stale_days, "
        "NULL::VARCHAR AS register_url FROM no_edge"
    )
