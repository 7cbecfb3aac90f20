"""Areas are replaced as a whole or not at all, and it is told which borders move and whom that touches."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from hotspots.access.accounts import add_user
from hotspots.access.admin_changes import read_changes
from hotspots.access.rights import Role
from hotspots.geography.area_files import AreaFile
from hotspots.operations import replacing
from hotspots.operations.replacing import put_areas, read_areas
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped, load_areas, note_areas
from hotspots.store.database import Database

NOW = datetime(2024, 1, 2, tzinfo=UTC)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what it writes is written on both by its command."""
    return sqlite_url


@pytest.fixture
def other(database: Database, settings: Settings, tmp_path: Path) -> AreaFile:
    """Those of Maastricht without Binnenstad and a wijk; Jekerkwartier is larger, Heer called otherwise."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        note_areas(connection, file_name="earlier.gpkg", now=NOW)
        areas = load_areas(connection, {})
    add_user(
        database,
        name="team",
        full_name="T. Team",
        role=Role.GEBIEDSTEAM,
        password="een heel lang wachtwoord",
        created_by="test",
        now=NOW,
        organisation="politie",
        gebieden=["Wijk 05 Buitenwijk Noordoost"],
    )
    kept = areas[(areas["wijkcode"] != "WK093505") & (areas["buurtnaam"] != "Binnenstad")].copy()
    kept.loc[kept["buurtnaam"] == "Heer", "buurtnaam"] = "Heer-Dorp"
    wider = kept["buurtnaam"] == "Jekerkwartier"
    kept.loc[wider, "geometry"] = shapely.buffer(kept.loc[wider, "geometry"].to_numpy(), 0.0005)
    path = tmp_path / "new.geojson"
    gpd.GeoDataFrame(kept.drop(columns=["gebied", "is_approximate"])).to_file(path, driver="GeoJSON")
    return read_areas(path, settings)


def put(database: Database, settings: Settings, found: AreaFile, **how: Any) -> Any:
    return put_areas(database, settings, found, name="new.geojson", now=NOW, by=None, **how)


def test_it_is_told_which_buurten_come_go_and_move_and_whom_that_touches(
    database: Database, settings: Settings, other: AreaFile
) -> None:
    changes, harm = put(database, settings, other, dry_run=True)
    assert (len(changes.new), len(changes.renamed), changes.redrawn) == (0, 1, ("BU09350001",))
    assert "BU09350000" in changes.gone
    assert changes.named_gebieden == ("Wijk 05 Buitenwijk Noordoost",)
    assert changes.naming == ("gebruiker T. Team",)
    assert [str(one) for one in harm][-1].endswith("would be gone: Wijk 05 Buitenwijk Noordoost")
    assert harm[-1].dutch.endswith("die er dan niet meer zijn: Wijk 05 Buitenwijk Noordoost")


def test_what_ends_halfway_is_undone(
    database: Database, settings: Settings, other: AreaFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(replacing, "note_areas", die)
        with pytest.raises(KeyboardInterrupt):
            put(database, settings, other, accept_changes=True)
    with database.reading() as connection:
        assert len(load_areas(connection, {})) == 44
        assert read_changes(connection) == []
    put(database, settings, other, accept_changes=True)
    with database.reading() as connection:
        assert len(load_areas(connection, {})) == len(other.areas)
        (change,) = read_changes(connection)
    assert (change.before, change.after["bestand"]) == ({"buurten": 44}, "new.geojson")
