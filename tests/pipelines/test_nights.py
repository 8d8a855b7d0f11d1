"""A night knows its folders, its date and its registers; two nights of one profile never work at once."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets.night import Night
from pipelines.night_resource import night_resource
from pipelines.nights import AlreadyRunning, data_dir, make_night, one_at_a_time, root_of
from pipelines.profile import load_profile
from warehouse import versions

NOW = datetime(2026, 11, 22, 2, 0, 5, tzinfo=UTC)
RUN_ID = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def night(new_home: Any) -> Night:
    """A night that has made nothing yet."""
    return make_night(new_home.profile, run_id=RUN_ID, as_of=date(2026, 11, 21), now_utc=NOW)


def test_data_goes_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    practice = load_profile("practice")
    monkeypatch.setenv("PARTNERS_DATA", str(tmp_path / "elsewhere"))
    assert (data_dir(), root_of(practice)) == (tmp_path / "elsewhere", tmp_path / "elsewhere" / "practice")
    monkeypatch.delenv("PARTNERS_DATA")
    monkeypatch.chdir(tmp_path)
    assert root_of(practice) == tmp_path / "data" / "practice"


def test_a_night_is_what_the_profile_says(night: Night, new_home: Any) -> None:
    profile = new_home.profile
    assert (night.profile, night.chamber, night.root) == (profile.name, profile.chamber, new_home.root)
    assert [order.name for order in night.sources] == ["irs_bmf", "practice", "sam_assistance_listings", "ror"]
    assert night.caps._asdict() == profile.lists.model_dump()
    assert (night.weights, night.keep_versions, night.keep_runs) == (
        profile.weights,
        profile.publishing.keep_versions,
        profile.publishing.keep_runs,
    )
    assert (night.as_of, night.started_at_utc) == (date(2026, 11, 21), NOW)
    assert night.version == versions.version_name(NOW, RUN_ID)


OWN_CITY = {
    "title": "Licences of Elsewhere", "publisher": "Elsewhere", "licence": "CC0-1.0", "licence_url": "https://elsewhere.example/licence",
    "attribution": "City of Elsewhere", "state": "ZZ", "classes": {"bakery": ["BREAD"]},
    "columns": {"class": "Kind", "name": "Holder", "street": "Street", "city": "Town", "postcode": "Zip"},
}  # fmt: skip


def test_a_licence_file_mapped_in_the_profile_is_a_register_like_any_other(story_kit: Any, tmp_path: Path) -> None:
    sources = [{"name": "elsewhere", "path": str(tmp_path / "licences.csv"), "city": OWN_CITY}]
    home = story_kit.make_home(tmp_path, sources=sources)
    own = make_night(home.profile, run_id=RUN_ID, as_of=date(2026, 11, 21), now_utc=NOW)
    assert [(order.name, order.register.title, [(file.url, file.path) for file in order.files]) for order in own.sources] == [
        ("elsewhere", "Licences of Elsewhere", [(None, tmp_path / "licences.csv")])
    ]
    assert [(city.city, city.classes) for city in own.cities] == [("elsewhere", {"bakery": ["BREAD"]})]


def test_an_earlier_runs_file_stands_in_for_one_this_run_has_not_made(night: Night) -> None:
    for number, run in enumerate(("old", "new", "empty")):
        folder = night.folder.parent / run
        folder.mkdir(parents=True)
        if run != "empty":
            (folder / "programme.parquet").write_text(run)
            os.utime(folder / "programme.parquet", (number, number))
    assert night.read_from("programme.parquet").read_text() == "new"
    night.write_to("programme.parquet").write_text("own")
    assert night.read_from("programme.parquet").read_text() == "own"


def test_a_file_nobody_has_made_says_what_to_run(night: Night) -> None:
    with pytest.raises(FileNotFoundError, match="run the asset programme first, or the whole nightly job"):
        night.read_from("programme.parquet")


def test_practice_addresses_are_served_until_the_night_ends(new_home: Any) -> None:
    with dg.build_resources({"night": night_resource(new_home.profile, date(2026, 11, 21))}) as resources:
        night: Night = resources.night
        assert night.as_of == date(2026, 11, 21)
        address = night.address("practice:/irs_bmf/eo_zz.csv")
        assert address.startswith("http://127.0.0.1:")
        assert urllib.request.urlopen(address, timeout=10).read(4) == b"EIN,"
        assert night.address("https://register.example/file.csv") == "https://register.example/file.csv"
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(address, timeout=10)


def test_the_date_is_todays_unless_given(new_home: Any) -> None:
    with dg.build_resources({"night": night_resource(new_home.profile)}) as resources:
        assert resources.night.as_of == resources.night.started_at_utc.date()
        assert abs((datetime.now(UTC) - resources.night.started_at_utc).total_seconds()) < 60


# --- one at a time --------------------------------------------------------------------------------------------------


def test_a_second_night_of_a_profile_is_refused(tmp_path: Path) -> None:
    with one_at_a_time(tmp_path / "half"):
        refusal = pytest.raises(AlreadyRunning, match="another run is writing to .*half; wait for it to end, or stop it")
        with refusal, one_at_a_time(tmp_path / "half"):
            raise AssertionError("both got in")
        with one_at_a_time(tmp_path / "other"):
            assert (tmp_path / "other").is_dir()
    with one_at_a_time(tmp_path / "half"):
        assert (tmp_path / "half").is_dir()


def test_a_night_that_failed_lets_the_next_one_in(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="broken"), one_at_a_time(tmp_path):
        raise RuntimeError("broken")
    with one_at_a_time(tmp_path):
        assert list(tmp_path.iterdir()) == [tmp_path / ".run.lock"]


def test_nights_of_different_runs_publish_different_versions(night: Night) -> None:
    other = replace(night, run_id="f" * 32)
    assert night.version != other.version and night.folder != other.folder


def test_nights_that_fail_one_after_another_do_not_pile_up(night: Night) -> None:
    """All but the newest go, and never the run that is published."""
    runs = [f"{number:08d}-{'0' * 23}" for number in range(6)]
    for number, run in enumerate(runs):
        folder = night.root / "runs" / run
        folder.mkdir(parents=True)
        os.utime(folder, (number, number))
    version = versions.start(night.root, "warehouse", versions.version_name(NOW, runs[1]))
    (version / "partners.duckdb").touch()
    versions.complete(version)
    versions.switch(versions.link_of(night.root, "warehouse"), version / "partners.duckdb")
    replace(night, keep_runs=2).drop_old_runs()
    assert sorted(path.name for path in (night.root / "runs").iterdir()) == [runs[1], runs[4], runs[5]]
    replace(night, keep_runs=2).drop_old_runs()
    assert len(list((night.root / "runs").iterdir())) == 3
