"""Whom a grant, contract or partnership links, and who is kin as registers state it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assets.entities.links import build_relationships
from assets.organisations.records import RegisterRows
from sources.register import EDGE_ROW

Row = dict[str, Any]
Link = Callable[..., list[Row]]

BANK, CAFE = {"name": "Larkmere Food Bank", "identifiers": ["US-EIN-000000001"]}, {"name": "Otter & Sons"}
#: record -> what differs from an ordinary body of the region; each is an organisation of its own, `org_<native id>`.
BODIES = {
    "irs_bmf:bank": BANK,
    "irs_bmf:cafe": CAFE,
    "irs_bmf:far": {"name": "Otter Sons", "region_id": None},
    "irs_bmf:twin_a": {"name": "Twin Trust"},
    "irs_bmf:twin_b": {"name": "Twin Trust"},
}


@pytest.fixture
def link(tmp_path: Path, bodies: Callable[..., dict[str, Path]]) -> Link:
    """(edges) -> the links of `BODIES`, in the order of the edges."""

    def run(*edges: Row) -> list[Row]:
        given = [{"native_id": str(n), "kind": "grant", **edge} for n, edge in enumerate(edges)]
        pq.write_table(pa.Table.from_pylist(given, schema=EDGE_ROW), tmp_path / "edges.parquet")
        rows = RegisterRows(source="grants", file=tmp_path / "edges.parquet", licence="CC0-1.0", record_url=None, stale_days=2)
        into = tmp_path / "relationship.parquet"
        assert build_relationships([rows], bodies(BODIES), into) == len(edges)
        return pq.read_table(into).to_pylist()

    return run


@pytest.fixture
def stated(tmp_path: Path, bodies: Callable[..., dict[str, Path]]) -> Link:
    """(bodies, merged) -> the links that are stated."""

    def run(*args: Any) -> list[Row]:
        build_relationships([], bodies(*args), tmp_path / "relationship.parquet")
        rows = pq.read_table(tmp_path / "relationship.parquet").to_pylist()
        return [row for row in rows if row["relationship_basis"] == "official"]

    return run


#: An edge, and which organisations its giver and receiver are.
EDGES: tuple[tuple[Row, str | None, str | None], ...] = (
    ({"receiver_name": "LFB", "receiver_identifier": "US-EIN-000000001"}, None, "org_bank"),
    # The identifier wins over the name.
    ({"receiver_name": "Larkmere Food Bank", "receiver_identifier": "US-EIN-9"}, None, None),
    ({"giver_name": "OTTER AND SONS", "receiver_name": "larkmere food bank"}, "org_cafe", "org_bank"),
    # By name only in the regions, and only where no two have it.
    ({"giver_name": "Otter Sons", "receiver_name": "Somebody"}, None, None),
    ({"receiver_name": "Twin Trust"}, None, None),
)


def test_a_side_is_one_of_ours(link: Link) -> None:
    rows = link(*(edge for edge, _, _ in EDGES))
    assert [(row["from_organisation_id"], row["to_organisation_id"]) for row in rows] == [edge[1:] for edge in EDGES]
    assert (rows[0]["relationship_id"], rows[0]["licence"], rows[0]["stale_days"]) == ("grants:0", "CC0-1.0", 2)
    assert {(row["relationship_kind"], row["relationship_basis"]) for row in rows} == {("grant", "official")}


def test_without_links_the_table_is_empty(tmp_path: Path, bodies: Callable[..., dict[str, Path]]) -> None:
    assert build_relationships([], bodies({"irs_bmf:bank": BANK}), tmp_path / "relationship.parquet") == 0
    assert pq.read_table(tmp_path / "relationship.parquet").num_rows == 0


def _child(kind: str, *parents: str, **more: Any) -> Row:
    return {"name": "Otter Child", "parent_kind": kind, "parent_identifiers": list(parents), **more}


#: Bodies that others belong to.
ABOVE = {
    "ror:uni": {"name": "Otter University", "identifiers": ["XI-ROR-02tndd027"]},
    "ccew:9990001": {"name": "Otter Trust", "identifiers": ["GB-CHC-9990001"]},
    "irs_bmf:centre": {"name": "Otters of America", "centre_of": "US-GEN-0928"},
    "irs_bmf:one": {"name": "Otters United", "centre_of": "US-GEN-0930"},
    "irs_bmf:another": {"name": "Otters United", "centre_of": "US-GEN-0930"},
    "companies_house:trust": {"name": "Otter Learning Trust Ltd", "other_names": ["OTTER LEARNING TRUST"]},
}
#: native id of a child -> what its register says, and the organisation that is meant.
CHILDREN: dict[str, tuple[Row, str | None]] = {
    "laboratory": (_child("parent", "XI-ROR-02tndd027"), "org_uni"),
    "bequest": (_child("linked_charity", "GB-CHC-9990001"), "org_9990001"),
    "chapter": (_child("group_member", "US-GEN-0928"), "org_centre"),
    "chapter of two centres": (_child("group_member", "US-GEN-0930"), None),
    "chapter of nobody": (_child("group_member", "US-GEN-0001"), None),
    "school": (_child("group_member", "GIAS-TRUST-2", parent_name="Otter Learning Trust"), "org_trust"),
}


def test_whom_a_register_says_a_body_belongs_to(stated: Link) -> None:
    rows = {row["native_id"]: row for row in stated(ABOVE | {f"list:{id_}": row for id_, (row, _) in CHILDREN.items()})}
    assert {id_: row["from_organisation_id"] for id_, row in rows.items()} == {id_: above for id_, (_, above) in CHILDREN.items()}
    for id_, (child, _) in CHILDREN.items():
        assert (rows[id_]["relationship_kind"], [rows[id_]["from_identifier"]]) == (
            child["parent_kind"],
            child["parent_identifiers"],
        )
        assert rows[id_]["to_organisation_id"] == f"org_{id_}" and rows[id_]["reason"]
    assert (rows["laboratory"]["from_name"], rows["school"]["from_name"]) == ("Otter University", "Otter Learning Trust")


def test_each_parent_is_a_link_of_its_own(stated: Link) -> None:
    rows = stated({"ror:child": _child("parent", "XI-ROR-02tndd027", "XI-ROR-03yrm5c26")})
    assert [row["relationship_id"] for row in rows] == ["ror:child:XI-ROR-02tndd027", "ror:child:XI-ROR-03yrm5c26"]


def test_a_parent_merged_with_its_child_is_no_link(stated: Link) -> None:
    uni = {"name": "Otter University", "identifiers": ["XI-ROR-02tndd027"]}
    assert stated({"ror:uni": uni, "ror:child": _child("parent", "XI-ROR-02tndd027")}, {"ror:child": "org_uni"}) == []


def test_a_charity_and_the_company_that_stayed_apart_are_linked_by_the_company_number(stated: Link) -> None:
    charity = {"name": "Otter Trust", "identifiers": ["GB-CHC-9990001", "GB-COH-00700001"]}
    company = {"name": "Riverside Wildlife Limited", "identifiers": ["GB-COH-00700001"]}
    [row] = stated({"ccew:a": charity, "companies_house:b": company, "ccew:c": {"name": "Other", "identifiers": ["GB-COH-1"]}})
    assert (row["relationship_kind"], row["from_organisation_id"], row["to_organisation_id"]) == (
        "same_company",
        "org_a",
        "org_b",
    )
    assert stated({"ccew:a": charity, "companies_house:b": company}, {"companies_house:b": "org_a"}) == []
