"""What maps stand on: tiles from what was stored, as much as can be seen."""

import sqlite3
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from hotspots.publishing.background import (
    TILE_PIXELS,
    choose_background,
    image_url,
    make_tile,
    read_ground,
    read_image,
    tile_box,
    tiles_over,
)
from hotspots.settings import MapSettings
from hotspots.store.background import (
    CHOICE,
    Imported,
    Kind,
    Origin,
    note_imported,
    replace_background,
)
from hotspots.store.database import Database
from hotspots.store.metadata import write_fact

OWN = MapSettings()
ZOOM, COLUMN, ROW = 16, 16900, 10975
WEST, SOUTH, EAST, NORTH = tile_box(ZOOM, COLUMN, ROW)
TILE_M = 386.0
"""Width of that tile, in metres."""


def at(x: float, y: float) -> tuple[float, float]:
    """A point in the tile, from its corner above left as a share of its size."""
    return WEST + x * (EAST - WEST), NORTH - y * (NORTH - SOUTH)


def features(*rows: tuple[Kind, str, shapely.Geometry, float]) -> gpd.GeoDataFrame:
    kinds, names, shapes, sizes = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"kind": kinds, "name": names, "size_m": sizes}, geometry=list(shapes), crs="EPSG:4326"
    )


ACROSS = shapely.LineString([at(-0.5, 0.5), at(1.5, 0.5)])
STREET = features((Kind.STREET, "Lange Straat", ACROSS, 2 * TILE_M))


def test_a_line_is_cut_at_its_tile_and_named_in_the_middle_of_what_is_seen(database: Database) -> None:
    with database.writing() as connection:
        replace_background(connection, Origin.REGISTER, STREET)
        tile = make_tile(connection, choose_background(connection, OWN), ZOOM, COLUMN, ROW)
    ((kind, name, where, line),) = tile["v"]
    steps = 2 * TILE_PIXELS
    assert (kind, name) == ("straat", "Lange Straat")
    assert where == [steps // 2, steps // 2, 0]
    assert line[0] < 0 < steps < line[2]
    assert line[1] == line[3] == steps // 2


def test_what_is_too_small_to_be_seen_is_left_out_until_one_looks_closer(database: Database) -> None:
    house = features((Kind.BUILDING, "", shapely.box(*at(0.5, 0.5), *at(0.52, 0.48)), 8.0))
    with database.writing() as connection:
        replace_background(connection, Origin.FILE, house)
        background = choose_background(connection, OWN)
        seen = {
            zoom: len(make_tile(connection, background, zoom, COLUMN >> (16 - zoom), ROW >> (16 - zoom))["v"])
            for zoom in (12, 14, 16)
        }
        deep = make_tile(connection, background, 19, COLUMN * 8 + 4, ROW * 8 + 3)
    assert seen == {12: 0, 14: 0, 16: 0}
    assert len(deep["v"]) == 1


def test_an_imported_background_goes_before_the_streets_of_the_register(database: Database) -> None:
    with database.writing() as connection:
        assert choose_background(connection, OWN).kind == "none"
        replace_background(connection, Origin.REGISTER, STREET)
        first = choose_background(connection, OWN)
        assert (first.kind, first.attribution) == ("features", "Adressenregister")
        replace_background(connection, Origin.FILE, STREET)
        note_imported(connection, Imported("wegen.gpkg", "NWB, Rijkswaterstaat"))
        second = choose_background(connection, OWN)
        assert second.attribution == "NWB, Rijkswaterstaat"
        replace_background(connection, Origin.FILE, STREET.iloc[:0])
        assert choose_background(connection, OWN) == first


def test_what_an_administrator_chose_goes_before_the_setting(database: Database) -> None:
    with database.writing() as connection:
        replace_background(connection, Origin.REGISTER, STREET)
        assert choose_background(connection, MapSettings(basemap="none")).kind == "none"
        write_fact(connection, CHOICE, "pdok-grijs")
        assert choose_background(connection, OWN).kind == "pdok-grijs"
        assert choose_background(connection, MapSettings(basemap="none")).kind == "pdok-grijs"


def test_the_version_is_another_one_after_each_change(database: Database) -> None:
    with database.writing() as connection:
        replace_background(connection, Origin.REGISTER, STREET)
        before = choose_background(connection, OWN).version
        replace_background(connection, Origin.REGISTER, STREET)
        assert choose_background(connection, OWN).version == before
        replace_background(connection, Origin.REGISTER, STREET.assign(name="Korte Straat"))
        assert choose_background(connection, OWN).version != before


def test_a_picture_gets_what_lies_in_its_view(database: Database) -> None:
    with database.writing() as connection:
        replace_background(connection, Origin.REGISTER, STREET)
        background = choose_background(connection, OWN)
        ground = read_ground(connection, OWN, background, (WEST, SOUTH, EAST, NORTH))
        elsewhere = read_ground(connection, OWN, background, (WEST + 1, SOUTH, EAST + 1, NORTH))
    assert ground is not None
    assert list(ground.features.names) == ["Lange Straat"]
    assert elsewhere is not None
    assert not elsewhere.features.names


def test_tiles_over_a_box_cover_it_at_the_deepest_level_that_stays_small() -> None:
    box = (5.65, 50.82, 5.74, 50.88)
    found = list(tiles_over(box, (10, 19), most=12))
    assert 4 <= len(found) <= 12
    corners = [tile_box(*tile) for tile in found]
    assert min(corner[0] for corner in corners) <= box[0]
    assert max(corner[3] for corner in corners) >= box[3]


def test_a_file_of_tiles_goes_before_all_else(database: Database, mbtiles: Path) -> None:
    settings = MapSettings(tiles=str(mbtiles))
    with database.writing() as connection:
        replace_background(connection, Origin.FILE, STREET)
        background = choose_background(connection, settings)
    assert (background.kind, background.attribution) == ("tiles", "Kadaster")
    image = read_image(settings, 15, COLUMN, ROW)
    assert image is not None
    assert image_url(settings, 15, COLUMN, ROW).startswith(f"data:{image[1]};base64,")
    assert image_url(settings, 15, COLUMN, ROW + 1) == ""


@pytest.mark.parametrize("how", ["gone", "no database", "without tiles", "a folder"])
def test_tiles_that_can_not_be_read_leave_maps_the_next_background(
    database: Database, mbtiles: Path, how: str
) -> None:
    settings = MapSettings(tiles=str(mbtiles))
    with sqlite3.connect(mbtiles) as file:
        file.execute("DELETE FROM tiles")
    if how != "without tiles":
        mbtiles.unlink()
    if how == "no database":
        mbtiles.write_text("no database")
    if how == "a folder":
        mbtiles.mkdir()
    with database.writing() as connection:
        replace_background(connection, Origin.REGISTER, STREET)
        background = choose_background(connection, settings)
    assert (background.kind, background.origin) == ("features", Origin.REGISTER)
    assert read_image(settings, 15, COLUMN, ROW) is None
    assert image_url(settings, 15, COLUMN, ROW) == ""


def test_a_picture_goes_without_an_image_that_is_damaged(database: Database, mbtiles: Path) -> None:
    settings = MapSettings(tiles=str(mbtiles))
    box = tile_box(ZOOM, COLUMN, ROW)
    with database.reading() as connection:
        background = choose_background(connection, settings)
        mbtiles.write_text("no database")
        ground = read_ground(connection, settings, background, box)
    assert ground is not None
    assert list(ground.images) == []
