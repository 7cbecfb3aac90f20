"""A file of tiles is read as QGIS writes it, once, and gives images only."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from hotspots.errors import BackgroundError
from hotspots.files.tile_file import TileFile, readable_tiles, tile_file

COLUMN, ROW = 16900, 10975


def test_a_tile_is_found_by_its_number_from_above(mbtiles: Path) -> None:
    file = TileFile(mbtiles)
    assert (file.zooms, file.attribution) == ((15, 15), "Kadaster")
    assert file.image(15, COLUMN, ROW) == (b"\x89PNG\r\n\x1a\n and so on", "image/png")
    assert file.image(15, COLUMN, ROW + 1) is None


def test_a_file_that_holds_no_images_is_refused(mbtiles: Path, tmp_path: Path) -> None:
    with sqlite3.connect(mbtiles) as file:
        file.execute("UPDATE metadata SET value = 'pbf' WHERE name = 'format'")
    with pytest.raises(BackgroundError, match=r"wanted tiles of images, found .* with pbf"):
        TileFile(mbtiles)
    other = tmp_path / "x.mbtiles"
    other.write_text("no database")
    with pytest.raises(BackgroundError, match="wanted a file of tiles"):
        TileFile(other)


def test_a_file_is_looked_into_once_until_it_is_replaced(mbtiles: Path, tmp_path: Path) -> None:
    first = tile_file(str(mbtiles))
    assert tile_file(str(mbtiles)) is first
    other = tmp_path / "other.mbtiles"
    shutil.copy(mbtiles, other)
    with sqlite3.connect(other) as file:
        file.execute("UPDATE metadata SET value = 'CBS' WHERE name = 'attribution'")
    other.replace(mbtiles)
    assert tile_file(str(mbtiles)).attribution == "CBS"
    mbtiles.unlink()
    with pytest.raises(BackgroundError, match="can't be read"):
        tile_file(str(mbtiles))


def test_what_is_no_image_is_not_given(mbtiles: Path) -> None:
    with sqlite3.connect(mbtiles) as file:
        file.execute("UPDATE tiles SET tile_data = '<script>'")
    assert TileFile(mbtiles).image(15, COLUMN, ROW) is None


def test_tiles_that_can_not_be_read_are_told_once(mbtiles: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert readable_tiles("") is None
    assert readable_tiles(str(mbtiles)) is not None
    mbtiles.unlink()
    assert [readable_tiles(str(mbtiles)) for _ in range(3)] == [None] * 3
    told = "".join(capsys.readouterr())
    assert told.count("maps go without their tiles") == 1
    assert mbtiles.name in told
