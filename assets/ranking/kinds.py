"""What kind of body each row of a list is: what its class codes say and what its name and texts say, taken together.

Belongs here: which of the two is believed. Does not: reading either (`codes.py`, `tagger.py`), nor what a kind offers or lacks
(`fit.py`).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from assets.organisations.reference import GENERIC, rows
from assets.ranking import codes, fit, tagger
from assets.ranking.ontology import load

#: What nobody says of a business that is something else besides.
_ALWAYS = "adult_venue"
#: What is left of a kind that words tell beside a code of another industry: a craft brewery is no potter, and plants are sold in
#: nurseries where no child goes.
BESIDE_A_CODE = 0.5
_INDUSTRIES = {line["activity_id"]: line["industry_id"] for line in rows("sources.reference", "activities.csv")}


def tags_of(table: pa.Table, side: str) -> pa.Table:
    """(row, activity_id, confidence) of bodies: what class codes say, and what names and texts say where that adds something."""
    texts = pc.binary_join_element_wise(*(pc.fill_null(table[c], "") for c in ("class_text", "description")), ". ").to_pylist()
    has_code = np.any([pc.is_valid(table[column]).to_numpy() for column in codes.SYSTEMS], axis=0).tolist()
    read = tagger.tag([name or "" for name in table["name"].to_pylist()], texts, side, has_code)
    coded = codes.of_codes(table, side, codes.sure_of(read))
    both = pa.concat_tables([coded, read])
    best = both.group_by(["row", "activity_id"]).aggregate(
        [("confidence", "max"), ("confidence", "min"), ("confidence", "count")]
    )
    # Where codes and words say the same, each is right unless both are wrong: a florist's code in the name of a pet shop.
    most, least = best["confidence_max"], best["confidence_min"]
    agreed = pc.subtract(1.0, pc.multiply(pc.subtract(1.0, most), pc.subtract(1.0, least)))
    sure = pc.if_else(pc.greater(best["confidence_count"], 1), agreed, most)
    found = pa.table({"row": best["row"], "activity_id": best["activity_id"], "confidence": sure})
    found = _beside_codes(found, coded)
    if side == "business":
        found = _without_front(found, coded)
    return found.sort_by([("row", "ascending"), ("activity_id", "ascending")])


def _beside_codes(found: pa.Table, coded: pa.Table) -> pa.Table:
    """Tags with those made less sure that words alone tell, in other industries than the codes that stand beyond doubt.

    Kinds with a brake are believed all the same: a restaurant with a bar serves alcohol.
    """
    industry = pa.array([_INDUSTRIES[activity] for activity in found["activity_id"].to_pylist()], pa.string())
    stands = coded.filter(_beyond_doubt(coded))
    known = {*zip(stands["row"].to_pylist(), (_INDUSTRIES[a] for a in stands["activity_id"].to_pylist()), strict=True)}
    told = {*zip(coded["row"].to_pylist(), coded["activity_id"].to_pylist(), strict=True)}
    with_code = {row for row, _ in known}
    keys = zip(found["row"].to_pylist(), found["activity_id"].to_pylist(), industry.to_pylist(), strict=True)
    braked = {kind for kind, entry in load().businesses.items() if entry.brakes}
    beside = [
        row in with_code and (row, kind) not in told and (row, field) not in known and kind not in braked
        for row, kind, field in keys
    ]
    less = pc.multiply(found["confidence"], BESIDE_A_CODE)
    return found.set_column(2, "confidence", pc.if_else(pa.array(beside, pa.bool_()), less, found["confidence"]))


def _beyond_doubt(coded: pa.Table) -> pa.Array:
    """Tags of codes that name one kind and no catch-all."""
    plain = pc.is_in(coded["activity_id"], pa.array(sorted(GENERIC)))
    return pc.and_(pc.invert(plain), pc.equal(coded["confidence"], codes.CODE_CONFIDENCE))


def _without_front(found: pa.Table, coded: pa.Table) -> pa.Table:
    """Tags of businesses; a gun dealer filed as a shop, or a strip club as a bar, is no shop and no bar.

    A grocer that sells tobacco stays a grocer: what a code says beyond doubt is not taken from it.
    """
    silent = pc.is_in(found["activity_id"], pa.array(sorted(fit.silent())))
    sure = pc.and_(silent, pc.greater_equal(found["confidence"], fit.BRAKE_CONFIDENCE["business"]))
    speaking = pc.invert(pc.is_in(coded["activity_id"], pa.array(sorted(fit.silent()))))
    spoken = coded.filter(pc.and_(speaking, _beyond_doubt(coded)))["row"]
    fronts = found.filter(pc.and_(sure, pc.invert(pc.is_in(found["row"], spoken))))["row"].combine_chunks()
    always = found.filter(pc.and_(sure, pc.equal(found["activity_id"], _ALWAYS)))["row"].combine_chunks()
    return found.filter(pc.or_(silent, pc.invert(pc.is_in(found["row"], pa.concat_arrays([fronts, always])))))


def main_activity(tags: pa.Table, count: int) -> npt.NDArray[np.object_]:
    """The kind each body is above all, None where nothing is known; ties go to the smaller activity_id."""
    ranked = tags.sort_by([("row", "ascending"), ("confidence", "descending"), ("activity_id", "ascending")])
    row = ranked["row"].to_numpy()
    first = np.flatnonzero(np.append(True, row[1:] != row[:-1])) if len(row) else np.zeros(0, np.int64)
    result = np.full(count, None, dtype=object)
    result[row[first]] = ranked["activity_id"].to_numpy()[first]
    return result
