"""Boundary files that are made to fetch, to compute for ever or to break their reader are refused."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import shapely

from hotspots.errors import AreasError
from hotspots.geography.area_files import read_area_file
from tests import hostile_files
from tests.hostile_files import Builder

TOLD = {
    hostile_files.LAYERS["a view that never ends"]: "'buurten' is a view or a virtual table",
    hostile_files.LAYERS["a list of layers that never ends"]: "'gpkg_contents' is a view",
    hostile_files.LAYERS["a column that is computed for ever"]: "ended its reader: it takes more",
    hostile_files.LAYERS["a VRT that asks another machine"]: "it is XML, such as GML, KML or VRT",
    hostile_files.LAYERS["ESRI JSON"]: "not recognized",
    hostile_files.LAYERS["TopoJSON"]: "not recognized",
}
"""What must be said of some."""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.mark.parametrize(
    "build", [pytest.param(build, id=name) for name, build in hostile_files.LAYERS.items()]
)
def test_a_file_that_is_made_to_do_harm_is_refused_in_one_line_and_asks_nobody(
    tmp_path: Path, listener: socket.socket, build: Builder
) -> None:
    path = build(tmp_path)
    port = str(listener.getsockname()[1])
    path.write_bytes(path.read_bytes().replace(b"{port}", port.encode()))
    with pytest.raises(AreasError, match=TOLD.get(build)) as caught:
        read_area_file(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(BlockingIOError):
        listener.accept()


def test_a_geopackage_of_tables_that_has_a_view_beside_them_is_read(tmp_path: Path) -> None:
    square = shapely.to_wkb(shapely.box(5, 50, 6, 51), hex=True, byte_order=1)
    path = hostile_files.geopackage(
        hostile_files.TABLE,
        hostile_files.blob(square),
        f"CREATE VIEW other AS {hostile_files.ENDLESS} SELECT x FROM c;",  # noqa: S608
    )(tmp_path)
    assert read_area_file(path).areas["buurtcode"].tolist() == ["BU1"]
