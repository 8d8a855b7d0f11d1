"""Whom a grant, contract or partnership links: by official identifier, else by a name that one organisation alone has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.entities.links import build_relationships
from assets.organisations.records import RegisterRows
from sources.register import EDGE_ROW
from warehouse import parquet
from warehouse.tables import BY_NAME

ORGANISATIONS = [("org_bank", "Larkmere Food Bank", "r1"), ("org_cafe", "Otter & Sons", "r1"), ("org_far", "Otter Sons", None),
                 ("org_twin_a", "Twin Trust", "r1"), ("org_twin_b", "Twin Trust", "r1")]  # fmt: skip


@pytest.fixture
def link(tmp_path: Path, published_world: Any) -> Any:
    """Relationships made of edges, among the organisations above; `org_bank` is US-EIN-000000001."""
    template = published_world["organisation"][0]
    rows = [
        {**template, "organisation_id": id_, "name": name, "other_names": [], "region_id": region, "is_natural_person": False}
        for id_, name, region in ORGANISATIONS
    ]
    parquet.write_rows(rows, BY_NAME["core.organisation"], tmp_path / "organisation.parquet")
    identifier = {"organisation_id": "org_bank", "identifier": "US-EIN-000000001", "scheme": "US-EIN", "source": "irs_bmf"}
    parquet.write_rows([identifier], BY_NAME["core.identifier"], tmp_path / "identifier.parquet")

    def make(*edges: dict[str, Any]) -> list[dict[str, Any]]:
        given = [{"native_id": str(n), "kind": "grant", **edge} for n, edge in enumerate(edges)]
        pq.write_table(pa.Table.from_pylist(given, schema=EDGE_ROW), tmp_path / "edges.parquet")
        inputs = [
            RegisterRows(source="grants", file=tmp_path / "edges.parquet", licence="CC0-1.0", record_url=None, stale_days=2)
        ]
        into = tmp_path / "relationship.parquet"
        assert build_relationships(inputs, tmp_path, into) == len(edges)
        return pq.read_table(into).to_pylist()

    return make


@pytest.mark.parametrize(
    ("edge", "giver", "receiver"),
    [
        pytest.param({"receiver_name": "LFB", "receiver_identifier": "US-EIN-000000001"}, None, "org_bank", id="identifier"),
        pytest.param({"receiver_name": "Larkmere Food Bank", "receiver_identifier": "US-EIN-9"}, None, None, id="identifier wins over the name"),
        pytest.param({"giver_name": "OTTER AND SONS", "receiver_name": "larkmere food bank"}, "org_cafe", "org_bank", id="names, however written"),
        pytest.param({"giver_name": "Otter Sons", "receiver_name": "Somebody"}, None, None, id="only in the regions"),
        pytest.param({"receiver_name": "Twin Trust"}, None, None, id="two of that name"),
    ],
)  # fmt: skip
def test_a_side_is_one_of_ours(link: Any, edge: dict[str, Any], giver: str | None, receiver: str | None) -> None:
    (row,) = link(edge)
    assert (row["giver_organisation_id"], row["receiver_organisation_id"]) == (giver, receiver)
    assert (row["relationship_id"], row["licence"], row["stale_days"]) == ("grants:0", "CC0-1.0", 2)


def test_without_a_register_of_links_the_table_is_empty(tmp_path: Path) -> None:
    assert build_relationships([], tmp_path, tmp_path / "relationship.parquet") == 0
    assert pq.read_table(tmp_path / "relationship.parquet").num_rows == 0
