"""`hotspots areas import`: what would harm is refused in one line, and nothing is changed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import shapely
import typer
from pytest_httpserver import HTTPServer
from sqlalchemy import delete, select
from typer.testing import CliRunner

from hotspots.access.accounts import add_user
from hotspots.access.rights import Role
from hotspots.errors import AreasError, ComposingError, HotspotsError
from hotspots.intake.import_reports import import_reports
from hotspots.settings import load_settings
from hotspots.store.areas import ORIGIN, load_areas
from hotspots.store.database import Database
from hotspots.store.operation_tables import facts
from hotspots.store.place_tables import areas
from hotspots.store.report_tables import reports
from jobs.commands import areas as areas_command
from jobs.commands.replacing import areas_from, put_areas
from jobs.terminal import progress
from tests.feature_server import FeatureServer

pytestmark = pytest.mark.usefixtures("files_read_here")

CASE = "../cases/10-boundaries-lat-lon"
SIDE = 0.0142
NOW = datetime(2024, 1, 2, tzinfo=UTC)
CONFIG = '[municipality]\nname = "Voorbeeldstad"\ncode = "GM0001"\n[privacy]\nreporter_key = "voorbeeld"\n'

Run = Callable[..., Any]
Cell = tuple[int, int]


def feature(cell: Cell, width: float = 1, **properties: Any) -> dict[str, Any]:
    """A square of about a kilometre: column and row of a grid that begins in the south-west."""
    column, row = cell
    west, south = 5.6853 + column * SIDE, 50.8424 + row * SIDE * 0.63
    number = 2 * row + column
    plain = {
        "buurtcode": f"BU0001{row:02}{number:02}",
        "buurtnaam": f"Buurt {number}",
        "wijkcode": f"WK0001{row:02}",
        "wijknaam": f"Wijk {chr(65 + row)}",
        "gemeentecode": "GM0001",
    }
    square = shapely.box(west, south, west + width * SIDE, south + SIDE * 0.63)
    geometry = json.loads(shapely.to_geojson(square))
    return {"type": "Feature", "properties": plain | properties, "geometry": geometry}


TOWN = [(0, 0), (1, 0), (0, 1), (1, 1)]


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write areas to a file."""

    def run(*features: dict[str, Any], name: str = "new.geojson") -> Path:
        path = tmp_path / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        return path

    return run


@pytest.fixture
def call(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `areas import` and give its JSON, or raise its error."""
    configuration = tmp_path / "hotspots.toml"
    configuration.write_text(CONFIG)
    monkeypatch.setenv("HOTSPOTS_CONFIG", str(configuration))
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", database_url)
    app = typer.Typer()
    areas_command.register(app)

    def run(*arguments: str | Path) -> Any:
        result = CliRunner().invoke(app, ["areas", "import", *map(str, arguments), "--json"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    return run


def fill_town(database: Database) -> None:
    """Write what `town` tells; the areas as they are read from a file."""
    with TemporaryDirectory() as folder:
        file, path = Path(folder) / "town.geojson", Path(folder) / "reports.csv"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": [*map(feature, TOWN)]}))
        configuration = Path(folder) / "hotspots.toml"
        configuration.write_text(CONFIG)
        settings = load_settings(configuration)
        with progress(quiet=True) as bar:
            put_areas(database, settings, areas_from(str(file), settings, bar), name="town.geojson")
        head = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;rd_x;rd_y"
        rows = [f"{at};2023-03-0{at} 21:35;Overlast drugs;x;{176300 + at};{317300 + at}" for at in (1, 2, 3)]
        path.write_text("\n".join([head, *rows, ""]))
        import_reports(database, settings, path, "melddesk", now=NOW)
    add_user(
        database,
        name="team",
        full_name="Team",
        role=Role.GEBIEDSTEAM,
        password="een heel lang wachtwoord",
        created_by="test",
        now=NOW,
        organisation="gebiedsteam",
        gebieden=["Wijk B"],
    )


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Callable[[Database], None] | None:
    """The town, for the tests that begin with it."""
    return fill_town if "town" in request.fixturenames else None


@pytest.fixture
def town(database: Database) -> None:
    """Four buurten in two wijken, three reports in the first, an account for wijk B."""


def stored(database: Database) -> tuple[list[str], list[str | None]]:
    """The codes of the areas, and the buurt of each report."""
    with database.reading() as connection:
        codes = connection.execute(select(areas.c.buurtcode).order_by(areas.c.buurtcode)).scalars().all()
        buurten = connection.execute(select(reports.c.buurtcode).order_by(reports.c.id)).scalars().all()
    return list(codes), list(buurten)


def test_boundaries_with_swapped_axes_are_refused_and_named(
    call: Run, database: Database, shared_data: Callable[[str], Path]
) -> None:
    call(shared_data(f"{CASE}/areas.geojson"))
    now = datetime.now(UTC)
    import_reports(database, load_settings(), shared_data(f"{CASE}/reports.csv"), "melddesk", now=now)
    before = stored(database)
    with pytest.raises(AreasError) as caught:
        call(shared_data(f"{CASE}/swapped.geojson"))
    assert "latitude and longitude are swapped" in str(caught.value)
    assert "3 of 3 reports would lose their buurt" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert stored(database) == before
    again = import_reports(database, load_settings(), shared_data(f"{CASE}/reports.csv"), "melddesk", now=now)
    assert again.as_json()["unchanged"] == 3


def moved(cell: Cell, **properties: Any) -> dict[str, Any]:
    """An area a good way to the north, within the same region."""
    return feature((cell[0], cell[1] + 40), **{"buurtcode": f"BU000199{cell[0]}{cell[1]}", **properties})


OTHER_NAMES = [feature(cell, wijknaam=f"Nieuw {cell[1]}") for cell in TOWN]
TWICE = [*map(feature, TOWN), *(feature(cell, buurtcode=f"BU000177{cell[0]}{cell[1]}") for cell in TOWN)]
LATER = [feature(cell, buurtcode=f"BU000155{cell[0]}{cell[1]}") for cell in TOWN]
MIXED_UP = [
    feature(
        cell,
        **{name: other["properties"][name] for name in ("buurtcode", "buurtnaam", "wijkcode", "wijknaam")},
    )
    for cell, other in zip(TOWN, map(feature, TOWN[::-1]), strict=True)
]
WIJKEN = [feature((0, row), buurtcode=f"WK0001{row:02}", width=2) for row in (0, 1)]
CODES = [feature(cell, buurtnaam=None) for cell in TOWN]
NO_WIJKEN = [feature(cell, wijknaam=None) for cell in TOWN]
WIDE = [feature(cell, width=1.3) for cell in TOWN]
TEAM = '[areas.gebieden]\n"Team Noord" = ["BU00010102", "WK000100"]\n'
EVENT = (
    '[[calendar.events]]\nname = "Kermis"\nfirst = 2023-07-01\nlast = 2023-07-08\nareas = ["BU00010102"]\n'
)


HARMS = [
    pytest.param(
        [moved(cell) for cell in TOWN], "", "3 of 3 reports would lose their buurt", id="another place"
    ),
    pytest.param([feature((1, 1))], "", "1 areas would replace 4", id="a file that ends halfway"),
    pytest.param([*map(feature, TOWN[1:])], "", "3 of 3 reports would lose", id="the busiest buurt left out"),
    pytest.param([*map(feature, TOWN[:3])], "", "25% of the municipality would lie in no area", id="a gap"),
    pytest.param(OTHER_NAMES, "", "name gebieden that would be gone: Wijk B", id="the gebied of an account"),
    pytest.param(LATER, TEAM, "the settings name codes that would be gone: BU00010102", id="codes of a team"),
    pytest.param(
        LATER, EVENT, "the settings name codes that would be gone: BU00010102", id="codes of an event"
    ),
    pytest.param(
        MIXED_UP, "", "4 areas would lie elsewhere than those of the same code", id="codes mixed up"
    ),
    pytest.param(WIJKEN, "", "wijken or gemeenten would replace buurten", id="wijken"),
    pytest.param(CODES, "", "4 areas would lose the name of their buurt or wijk", id="names left out"),
    pytest.param(NO_WIJKEN, "", "4 areas would lose the name of their buurt or wijk", id="names of wijken"),
    pytest.param(WIDE, "", "of the surface lies in two areas", id="areas that overlap"),
    pytest.param(TWICE, "", "100% of the surface lies in two areas", id="two years in one file"),
    pytest.param(
        [feature((0, 0), buurtnaam="Alles", wijknaam="Wijk B")],
        "",
        "75% of the municipality",
        id="one of four",
    ),
]
ALSO_ON_POSTGRESQL = {"another place", "the gebied of an account"}
"""What harms is told of the areas and reports that were read, in one place, whatever the database."""


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("database_url", "features", "settings", "why"),
    [
        pytest.param(kind, *harm.values, id=f"{kind}-{harm.id}", marks=marks)
        for harm in HARMS
        for kind, marks in (("sqlite", ()), ("postgresql", pytest.mark.postgresql))
        if kind == "sqlite" or harm.id in ALSO_ON_POSTGRESQL
    ],
    indirect=["database_url"],
)
def test_what_would_harm_is_refused_until_it_is_accepted(
    call: Run,
    write: Callable[..., Path],
    database: Database,
    tmp_path: Path,
    features: list[dict[str, Any]],
    settings: str,
    why: str,
) -> None:
    (tmp_path / "hotspots.toml").write_text(CONFIG + settings)
    before = stored(database)
    with pytest.raises(AreasError) as caught:
        call(write(*features))
    assert why in str(caught.value)
    assert "Nothing is changed" in str(caught.value)
    assert "\n" not in str(caught.value)
    shown = call(write(*features), "--dry-run")
    assert any(why in harm for harm in shown["wouldBeRefused"])
    assert stored(database) == before
    call(write(*features), "--accept-changes")
    assert stored(database)[0] == sorted(one["properties"]["buurtcode"] for one in features)


@pytest.mark.usefixtures("town")
def test_small_overlaps_and_holes_are_told(call: Run, write: Callable[..., Path]) -> None:
    ring = [(column, row) for column in range(3) for row in range(3) if (column, row) != (1, 1)]
    done = call(write(*map(feature, ring)), "--dry-run")
    assert done["holesHa"] == pytest.approx(100, rel=0.05)
    assert done["overlapHa"] == 0
    slightly = call(write(*(feature(cell, width=1.01) for cell in TOWN)))
    assert slightly["overlapHa"] == pytest.approx(2, rel=0.1)


@pytest.mark.usefixtures("town")
@pytest.mark.parametrize(
    ("features", "expected"),
    [
        pytest.param([*map(feature, TOWN)], {"new": 0, "gone": 0, "renamed": 0}, id="the same"),
        pytest.param([*map(feature, [*TOWN, (2, 1)])], {"new": 1, "reportsLost": 0}, id="one more"),
        pytest.param(
            [feature(cell, buurtnaam="N") for cell in TOWN], {"renamed": 4, "gone": 0}, id="other names"
        ),
        pytest.param(
            LATER, {"new": 4, "gone": 4, "reportsMoved": 3, "reportsLost": 0}, id="codes of another year"
        ),
    ],
)
def test_a_new_year_is_taken_and_told(
    call: Run, write: Callable[..., Path], features: list[dict[str, Any]], expected: dict[str, int]
) -> None:
    shown = call(write(*features), "--dry-run")
    assert shown["wouldBeRefused"] == []
    done = call(write(*features))
    assert expected.items() <= done.items()
    assert {name: value for name, value in shown.items() if name != "wouldBeRefused"} == done


def test_settings_that_name_codes_which_never_were_are_told(
    call: Run, write: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "hotspots.toml").write_text(CONFIG + '[areas.gebieden]\n"Team" = ["WK999999"]\n')
    assert call(write(*map(feature, TOWN)))["unknownCodes"] == ["WK999999"]


def test_the_first_import_goes_over_shipped_areas_of_the_same_municipality(
    call: Run, write: Callable[..., Path], database: Database
) -> None:
    call(write(*map(feature, [*TOWN, (0, 2), (1, 2), (0, 3), (1, 3), (0, 4)])))
    with database.writing() as connection:
        connection.execute(delete(facts).where(facts.c.name == ORIGIN))
    assert call(write(*map(feature, TOWN)))["gone"] == 5


def test_another_municipality_does_not_go_over_shipped_areas(
    call: Run, write: Callable[..., Path], database: Database, tmp_path: Path
) -> None:
    call(write(*map(feature, TOWN)))
    with database.writing() as connection:
        connection.execute(delete(facts).where(facts.c.name == ORIGIN))
    (tmp_path / "hotspots.toml").write_text('[municipality]\nname = "Elders"\n')
    with pytest.raises(AreasError, match="would lie in no area"):
        call(write(*(moved(cell, gemeentecode="GM0002") for cell in TOWN)))


def test_a_failing_import_leaves_all_as_it_was(
    call: Run, write: Callable[..., Path], database: Database
) -> None:
    call(write(*map(feature, TOWN)))
    bad = feature((0, 0))
    bad["geometry"] = None
    with pytest.raises(HotspotsError, match="found no geometry in row 1"):
        call(write(bad))
    with database.reading() as connection:
        assert len(load_areas(connection, {})) == 4


def test_areas_are_fetched_from_a_service_with_the_names_of_wijken(
    call: Run, database: Database, httpserver: HTTPServer
) -> None:
    server = FeatureServer(httpserver)
    buurten = [feature(cell) for cell in TOWN]
    for one in buurten:
        del one["properties"]["wijknaam"]
    other = feature((5, 5), gemeentecode="GM0002", buurtcode="BU00020505", wijkcode="WK000205")
    server.add("buurten", [*buurten, other])
    server.add("wijken", [feature((0, row), wijknaam=f"Wijk {row}") for row in (0, 1)])
    done = call(f"{server.url}/collections/buurten")
    assert (done["areas"], done["wijken"]) == (4, 2)
    with database.reading() as connection:
        assert set(load_areas(connection, {})["gebied"]) == {"Wijk 0", "Wijk 1"}


def test_a_gebied_is_composed_renamed_and_taken_away(call: Run, database: Database) -> None:
    fill_town(database)
    app = typer.Typer()
    areas_command.register(app)

    def compose(*arguments: str) -> Any:
        result = CliRunner().invoke(app, ["areas", "compose", *arguments, "--json"])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return json.loads(result.stdout)["gebieden"]

    assert compose("Team Noord", "WK000100", "BU00010102") == {"Team Noord": ["BU00010102", "WK000100"]}
    assert compose("Team Zuid", "WK000100", "--formerly", "Team Noord") == {"Team Zuid": ["WK000100"]}
    assert compose("Team Zuid") == {}
    with pytest.raises(ComposingError, match="gebieden that would be gone: Wijk B"):
        compose("Team Oost", "WK000101")
    assert compose("Team Oost", "WK000101", "--accept-changes") == {"Team Oost": ["WK000101"]}
