"""`hotspots addresses import`: a register that lies elsewhere, was rounded or leaves out most is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from pytest_httpserver import HTTPServer
from typer.testing import CliRunner

from hotspots.errors import AddressesError, HotspotsError
from hotspots.geocoding.register_store import load_register
from hotspots.geography.projection import Projection
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from jobs.commands import addresses
from tests.feature_server import Feature, FeatureServer

pytestmark = pytest.mark.usefixtures("files_read_here")

Run = Callable[..., Any]
Row = tuple[str, int, str, float, float]  # street, number, town, lon, lat

HOUSES: list[Row] = [
    ("Markt", at, "Maastricht" if at < 20 else "Itteren", 5.6879 + at * 0.000137, 50.8485 + at * 0.000091)
    for at in range(1, 25)
]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: nothing here is asked of one database in another way than of the other."""
    return sqlite_url


@pytest.fixture
def call(
    settings: Settings, database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Run:
    """Run `addresses import` and give its JSON, or raise its error; the areas of Maastricht are there."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    configuration = tmp_path / "hotspots.toml"
    configuration.write_text('[municipality]\nname = "Maastricht"\ncode = "GM0935"\n')
    monkeypatch.setenv("HOTSPOTS_CONFIG", str(configuration))
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", database_url)
    app = typer.Typer()
    addresses.register(app)

    def run(*arguments: str | Path) -> Any:
        result = CliRunner().invoke(app, ["addresses", "import", *map(str, arguments), "--json"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a register as CSV: the columns of its points, and how a point is written."""

    def run(
        rows: list[Row], names: str = "lon,lat", point: Callable[[float, float], str] = "{:.7f},{:.7f}".format
    ) -> Path:
        path = tmp_path / "register.csv"
        lines = [f"{street},{number},,{town},{point(lon, lat)}" for street, number, town, lon, lat in rows]
        path.write_text("\n".join([f"straat,huisnummer,postcode,woonplaats,{names}", *lines, ""]))
        return path

    return run


def metres(crs: str, form: str = "{:.2f},{:.2f}") -> Callable[[float, float], str]:
    """Write a point in a system."""

    def run(lon: float, lat: float) -> str:
        x, y = Projection(crs).to_metres([lon], [lat])
        return form.format(x[0], y[0])

    return run


def to_100_m(lon: float, lat: float) -> str:
    x, y = Projection("EPSG:28992").to_metres([lon], [lat])
    return f"{round(x[0], -2):.0f},{round(y[0], -2):.0f}"


def swapped(lon: float, lat: float) -> str:
    return f"{lat:.7f},{lon:.7f}"


FAR = [(street, number, town, lon + 0.9, lat + 2.3) for street, number, town, lon, lat in HOUSES]
MIXED_UP = [
    (street, number, town, lon, lat)
    for (street, number, town, _, _), (_, _, _, lon, lat) in zip(
        HOUSES, HOUSES[12:] + HOUSES[:12], strict=True
    )
]
ABROAD = [(street, number, town, lon + 9, lat) for street, number, town, lon, lat in HOUSES]


@pytest.mark.parametrize(
    ("rows", "names", "point", "why"),
    [
        pytest.param(HOUSES, "lon,lat", swapped, "latitude and longitude are swapped", id="degrees swapped"),
        pytest.param(
            HOUSES,
            "rd_x,rd_y",
            metres("EPSG:28992", "{1:.2f},{0:.2f}"),
            "x and y are swapped",
            id="RD swapped",
        ),
        pytest.param(
            HOUSES, "rd_x,rd_y", metres("EPSG:31370"), "24 of 24 outside", id="Belgian Lambert as RD"
        ),
        pytest.param(HOUSES, "rd_x,rd_y", metres("EPSG:32631"), "24 of 24 outside", id="UTM as RD"),
        pytest.param(
            HOUSES, "rd_x,rd_y", "{:.7f},{:.7f}".format, "the numbers are of EPSG:4326", id="degrees as RD"
        ),
        pytest.param(
            HOUSES, "lon,lat", metres("EPSG:28992"), "the numbers are of EPSG:28992", id="RD as degrees"
        ),
        pytest.param(ABROAD, "lon,lat", "{:.7f},{:.7f}".format, "24 of 24 outside the region", id="abroad"),
        pytest.param(
            FAR, "lon,lat", "{:.7f},{:.7f}".format, "100% of the addresses lie outside", id="elsewhere"
        ),
        pytest.param(HOUSES, "rd_x,rd_y", to_100_m, "100% of the points are rounded", id="RD rounded"),
        pytest.param(
            HOUSES, "lon,lat", "{:.3f},{:.3f}".format, "100% of the points are rounded", id="3 decimals"
        ),
        pytest.param(
            HOUSES, "lon,lat", "{:.2f},{:.2f}".format, "100% of the points are rounded", id="2 decimals"
        ),
        pytest.param(
            MIXED_UP,
            "lon,lat",
            "{:.7f},{:.7f}".format,
            "of 24 addresses would lie more than 100 m",
            id="mixed up",
        ),
        pytest.param(
            HOUSES[:9], "lon,lat", "{:.7f},{:.7f}".format, "9 addresses would replace 24", id="a part"
        ),
        pytest.param(
            HOUSES[:19],
            "lon,lat",
            "{:.7f},{:.7f}".format,
            "all addresses of Itteren would be gone",
            id="a town",
        ),
        pytest.param(
            [(street, at, "", lon, lat) for street, at, _, lon, lat in HOUSES],
            "lon,lat",
            "{:.7f},{:.7f}".format,
            "all addresses of Itteren, Maastricht would be gone",
            id="without towns",
        ),
    ],
)
def test_a_register_that_harms_is_refused_and_nothing_is_changed(
    call: Run,
    write: Callable[..., Path],
    database: Database,
    rows: list[Row],
    names: str,
    point: Callable[[float, float], str],
    why: str,
) -> None:
    call(write(HOUSES))
    bad = write(rows, names, point)
    with pytest.raises(AddressesError) as caught:
        call(bad)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    with database.reading() as connection:
        assert len(load_register(connection, Settings())) == len(HOUSES)


@pytest.mark.parametrize(
    ("names", "point"),
    [
        ("lon,lat", "{:.7f},{:.7f}".format),
        ("lat,lon", swapped),
        ("rd_x,rd_y", metres("EPSG:28992")),
        ("x,y", metres("EPSG:28992", "{:.0f},{:.0f}")),
    ],
    ids=["degrees", "latitude first, named so", "RD", "RD in whole metres"],
)
def test_a_good_register_replaces_the_one_before(
    call: Run, write: Callable[..., Path], names: str, point: Callable[[float, float], str]
) -> None:
    call(write(HOUSES))
    done = call(write(HOUSES, names, point))
    assert (done["addresses"], done["replaced"], done["refused"]) == (24, 24, 0)


def test_what_harms_is_imported_when_it_is_accepted(call: Run, write: Callable[..., Path]) -> None:
    call(write(HOUSES))
    shown = call(write(HOUSES[:9]), "--dry-run")
    assert shown["wouldBeRefused"] == [
        "9 addresses would replace 24",
        "all addresses of Itteren would be gone",
    ]
    assert call(write(HOUSES[:9]), "--accept-changes")["addresses"] == 9


def test_one_address_elsewhere_is_refused_by_itself(call: Run, write: Callable[..., Path]) -> None:
    done = call(write([*HOUSES, ("Markt", 99, "Maastricht", 50.85, 5.69)]))
    assert (done["addresses"], done["refused"]) == (24, 1)


def house(number: int, lon: float, lat: float = 50.8485, **properties: Any) -> Feature:
    """A verblijfsobject as PDOK has it."""
    plain = {
        "bronhouder_identificatie": "0935",
        "bronhouder_naam": "Maastricht",
        "documentdatum": "2018-04-04",
        "gebruiksdoel": "woonfunctie",
        "hoofdadres_status": "Naamgeving uitgegeven",
        "huisletter": None,
        "huisnummer": number,
        "identificatie": f"093501000000{number:04}",
        "openbare_ruimte_naam": "Markt",
        "openbare_ruimte_naam_kort": None,
        "oppervlakte": 72.5,
        "pand.href": ["https://example.org/collections/pand/items/4c396a25"],
        "postcode": "6211AB",
        "status": "Verblijfsobject in gebruik",
        "toevoeging": None,
        "woonplaats_naam": "Maastricht",
    }
    return {
        "type": "Feature",
        "id": f"80f96ef7-dfa4-5197-b681-{number:012}",
        "properties": plain | properties,
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }


@pytest.fixture
def bag(httpserver: HTTPServer) -> FeatureServer:
    """A service as that of the BAG at PDOK, which can't be filtered by municipality."""
    server = FeatureServer(httpserver, "/kadaster/bag/ogc/v2")
    server.add(
        "verblijfsobject",
        [
            house(1, 5.6879),
            house(2, 5.6881, huisletter="A", toevoeging="02"),
            house(3, 5.6883, status="Verblijfsobject ingetrokken"),
            house(4, 5.6885, hoofdadres_status="Naamgeving ingetrokken"),
            house(5, 6.1),
        ],
        queryables=["identificatie"],
    )
    berth = house(7, 0)
    berth["geometry"] = {
        "type": "Polygon",
        "coordinates": [[[5.69, 50.849], [5.6901, 50.849], [5.6901, 50.8491], [5.69, 50.849]]],
    }
    server.add("ligplaats", [berth | {"properties": berth["properties"] | {"status": "Plaats aangewezen"}}])
    server.add("pand", [house(9, 5.7)])
    return server


def test_a_collection_is_fetched_by_box_and_cut_to_the_areas(call: Run, bag: FeatureServer) -> None:
    done = call(f"{bag.url}/collections/verblijfsobject")
    assert (done["read"], done["addresses"], done["withdrawn"], done["outside"]) == (5, 2, 2, 1)
    assert all("bbox" in query for path, query in bag.asked if path.endswith("/items"))


def test_of_a_whole_service_houses_sites_and_moorings_are_fetched(
    call: Run, bag: FeatureServer, database: Database
) -> None:
    assert call(bag.url)["addresses"] == 3
    with database.reading() as connection:
        table = load_register(connection, Settings()).table
    assert table["house_number"].tolist() == [1, 2, 7]
    assert (table["house_letter"].tolist(), table["house_suffix"].tolist()) == (["", "A", ""], ["", "02", ""])


def test_a_service_that_fails_leaves_the_register_as_it_was(
    call: Run, bag: FeatureServer, write: Callable[..., Path], database: Database
) -> None:
    call(write(HOUSES))
    with pytest.raises(HotspotsError, match="found status 404"):
        call(f"{bag.url}/collections/nummers")
    with database.reading() as connection:
        assert len(load_register(connection, Settings())) == len(HOUSES)


def test_a_geojson_file_is_a_register_too(call: Run, tmp_path: Path) -> None:
    path = tmp_path / "adressen.geojson"
    path.write_text(
        json.dumps({"type": "FeatureCollection", "features": [house(1, 5.6879), house(2, 5.6881)]})
    )
    assert call(path)["addresses"] == 2


def test_a_workbook_is_a_register_too_by_the_name_of_its_sheet(call: Run, tmp_path: Path) -> None:
    rows = [(street, number, town, lon, lat) for street, number, town, lon, lat in HOUSES]
    table = pd.DataFrame(rows, columns=["straat", "huisnummer", "woonplaats", "lon", "lat"])
    path = tmp_path / "register.xlsx"
    with pd.ExcelWriter(path) as workbook:
        table.to_excel(workbook, sheet_name="adressen", index=False)
        table.head(2).to_excel(workbook, sheet_name="oud", index=False)
    with pytest.raises(AddressesError, match="found 'adressen', 'oud'"):
        call(path)
    assert call(path, "--sheet", "adressen")["addresses"] == 24
