"""`hotspots addresses` and `hotspots geocode`: the register, locating a file, and the review queue."""

import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import typer
from shapely import Point
from typer.testing import CliRunner

from hotspots.errors import AddressesError, GeocodingError
from hotspots.geocoding.register_store import load_register
from hotspots.intake.import_reports import import_reports
from hotspots.settings import PrivacySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from jobs.commands import addresses

pytestmark = pytest.mark.usefixtures("files_read_here")

Run = Callable[..., str]

HEADER = "straat,huisnummer,huisletter,huisnummertoevoeging,postcode,woonplaats,lat,lon"
HOUSES = [
    "Markt,1,,,6211AB,Maastricht,50.8485,5.6879",
    "Prins Bernhardlaan,4,,,6211AC,Maastricht,50.8485,5.6899",
    "Prinses Bernhardlaan,4,,,6211AD,Maastricht,50.8485,5.6919",
]
UNKNOWN = "nieuwstraat|7|||6211ae|maastricht"
AMBIGUOUS = "pr. bernhardlaan|4||||maastricht"


@pytest.fixture
def ready(settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """Settings of a database with the areas of Maastricht."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    privacy = PrivacySettings(reporter_key_file=tmp_path / "reporter.key")
    return settings.model_copy(update={"privacy": privacy})


@pytest.fixture
def call(ready: Settings, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a subcommand and give what it writes on stdout, or raise its error."""
    configuration = tmp_path / "hotspots.toml"
    configuration.write_text('[municipality]\nname = "Maastricht"\ncode = "GM0935"\n')
    monkeypatch.setenv("HOTSPOTS_CONFIG", str(configuration))
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", database_url)
    app = typer.Typer()
    addresses.register(app)
    (tmp_path / "register.csv").write_text("\n".join([HEADER, *HOUSES, ""]), encoding="utf-8")

    def run(*arguments: str | Path, code: int = 0) -> str:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.stdout

    return run


@pytest.fixture
def import_rows(database: Database, ready: Settings, tmp_path: Path) -> Callable[..., None]:
    """Import reports, each given as "id;street;number;postcode;town"."""

    def run(*rows: str) -> None:
        path = tmp_path / "export.csv"
        head = "meldingnummer;straatnaam;huisnummer;postcode;woonplaats;meldtijd;hoofdcategorie;omschrijving"
        lines = [f"{row};2023-03-14 21:35;Overlast drugs;Er wordt gedeald" for row in rows]
        path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
        import_reports(database, ready, path, "melddesk", now=datetime(2024, 1, 2, tzinfo=UTC))

    return run


def register_of(database: Database) -> list[str]:
    with database.reading() as connection:
        return load_register(connection, Settings()).table["street"].tolist()


def test_a_register_replaces_the_one_that_is_there(call: Run, database: Database, tmp_path: Path) -> None:
    answer: dict[str, Any] = json.loads(call("addresses", "import", tmp_path / "register.csv", "--json"))
    counts = {"read": 3, "addresses": 3, "otherMunicipality": 0, "outside": 0, "refused": 0}
    assert answer == {**counts, "withdrawn": 0, "replaced": 0, "moved": 0, "goneTowns": []}
    (tmp_path / "register.csv").write_text(f"{HEADER}\n{HOUSES[0]}\nMarkt,x,,,6211AB,M,50.8,5.6\n")
    rejects = tmp_path / "rejects.csv"
    again = json.loads(call("addresses", "import", tmp_path / "register.csv", "--rejects", rejects, "--json"))
    assert (again["addresses"], again["refused"]) == (1, 1)
    assert register_of(database) == ["Markt"]
    assert rejects.read_text(encoding="utf-8").splitlines() == ["rij;reden", "2;geen huisnummer"]


def test_a_file_that_is_refused_leaves_the_register_as_it_was(
    call: Run, database: Database, tmp_path: Path
) -> None:
    call("addresses", "import", tmp_path / "register.csv")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(AddressesError, match="lacks straat"):
        call("addresses", "import", tmp_path / "other.csv")
    assert len(register_of(database)) == 3


def test_of_a_national_package_only_the_municipality_is_taken(
    call: Run, database: Database, tmp_path: Path
) -> None:
    names = ["In Maastricht", "Vlak over de grens van de gemeente", "In Groningen"]
    frame = gpd.GeoDataFrame(
        {
            "openbare_ruimte_naam": names,
            "openbare_ruimte_naam_kort": names,
            "huisnummer": [1, 2, 3],
            "huisletter": [None, None, None],
            "toevoeging": [None, None, None],
            "postcode": ["6211AB", "6226AA", "9711AA"],
            "woonplaats_naam": ["Maastricht", "Cadier en Keer", "Groningen"],
        },
        # the second lies within the box around the municipality, east of its border
        geometry=[Point(176_200, 317_800), Point(182_000, 314_500), Point(233_000, 582_000)],
        crs="EPSG:28992",
    )
    for layer in ("verblijfsobject", "standplaats", "ligplaats"):
        frame.to_file(tmp_path / "bag-light.gpkg", layer=layer)
    answer = json.loads(call("addresses", "import", tmp_path / "bag-light.gpkg", "--json"))
    assert answer["addresses"] == 3
    assert set(register_of(database)) == {"In Maastricht"}
    assert answer["read"] == 3 + answer["outside"]


def test_a_file_is_located_with_every_column_kept(call: Run, tmp_path: Path) -> None:
    call("addresses", "import", tmp_path / "register.csv")
    (tmp_path / "in.csv").write_text(
        "nr;Straatnaam;Huisnummer;Postcode;Woonplaats;opmerking\n"
        "1;Markt;1;6211AB;Maastricht;een\n"
        '2;Pr. Bernhardlaan;4;;Maastricht;"twee; met\nregel"\n'
        "3;Markt;;;Maastricht;drie\n",
        encoding="utf-8",
    )
    out = tmp_path / "out.csv"
    counts = json.loads(call("addresses", "locate", tmp_path / "in.csv", "--output", out, "--json"))
    assert counts == {"read": 3, "adres": 1, "geen": 1, "straat": 1}
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert rows[0] == {
        "nr": "1",
        "Straatnaam": "Markt",
        "Huisnummer": "1",
        "Postcode": "6211AB",
        "Woonplaats": "Maastricht",
        "opmerking": "een",
        "lon": "5.6879000",
        "lat": "50.8485000",
        "precisie": "adres",
        "straal_m": "10",
        "gevonden": "Markt 1, 6211AB Maastricht",
        "bron": "register",
        "reden": "",
    }
    assert all(bool(row["reden"]) == (row["precisie"] != "adres") for row in rows)
    assert rows[1]["opmerking"] == "twee; met\nregel"
    assert (rows[1]["lon"], rows[1]["precisie"]) == ("", "geen")
    before = out.read_text(encoding="utf-8")
    call("addresses", "locate", out, "--output", out)
    assert out.read_text(encoding="utf-8") == before


def test_a_column_that_is_called_as_one_of_ours_is_kept(call: Run, tmp_path: Path) -> None:
    call("addresses", "import", tmp_path / "register.csv")
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text("bron;straatnaam;huisnummer\nbalie;Markt;1\n", encoding="utf-8")
    call("addresses", "locate", path, "--output", out)
    header, row = out.read_text(encoding="utf-8").splitlines()
    assert header == "bron (eigen);straatnaam;huisnummer;lon;lat;precisie;straal_m;gevonden;bron;reden"
    assert row.startswith("balie;Markt;1;")


def test_the_queue_is_listed_fixed_and_remembered(
    call: Run, import_rows: Callable[..., None], tmp_path: Path
) -> None:
    call("addresses", "import", tmp_path / "register.csv")
    rows = ["M1;Nieuwstraat;7;6211AE;Maastricht", "M2;Pr. Bernhardlaan;4;;Maastricht", "M3;;;;"]
    import_rows(*rows)
    listed = json.loads(call("geocode", "review", "--json"))
    assert [item["sleutel"] for item in listed["adressen"]] == [UNKNOWN, AMBIGUOUS]
    assert listed["zonderAdres"] == 1
    fixed = json.loads(call("geocode", "fix", UNKNOWN, "--address", "Markt 1", "--json"))
    assert fixed == {"key": UNKNOWN, "reports": 1}
    assert json.loads(call("geocode", "fix", AMBIGUOUS, "--candidate", "2", "--json"))["reports"] == 1
    assert json.loads(call("geocode", "review", "--json"))["adressen"] == []
    import_rows(*rows, "M4;nieuwstraat;7;6211 ae;MAASTRICHT")
    assert json.loads(call("geocode", "review", "--json"))["adressen"] == []


def test_the_queue_is_shown_to_people_too(
    call: Run, import_rows: Callable[..., None], tmp_path: Path
) -> None:
    call("addresses", "import", tmp_path / "register.csv")
    import_rows("M2;Pr. Bernhardlaan;4;;Maastricht")
    assert "addresses" in call("geocode", "review")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param([], "wanted one of --address", id="nothing"),
        pytest.param(["--address", "Markt 1", "--candidate", "1"], "wanted one of", id="two"),
        pytest.param(["--point", "5.69"], "wanted a point such as", id="half a point"),
        pytest.param(["--point", "176200,317800"], "in degrees", id="metres"),
    ],
)
def test_a_fix_says_one_thing(call: Run, arguments: list[str], message: str) -> None:
    app = typer.Typer()
    addresses.register(app)
    result = CliRunner().invoke(app, ["geocode", "fix", UNKNOWN, *arguments])
    assert result.exit_code == 2
    assert message in result.output


def test_a_point_and_forgetting_it(call: Run, import_rows: Callable[..., None], tmp_path: Path) -> None:
    call("addresses", "import", tmp_path / "register.csv")
    import_rows("M1;Nieuwstraat;7;6211AE;Maastricht")
    call("geocode", "fix", UNKNOWN, "--point", "5.6879,50.8485", "--radius", "40")
    with pytest.raises(GeocodingError, match="inside the imported areas"):
        call("geocode", "fix", UNKNOWN, "--point", "4.9,52.37")
    assert json.loads(call("geocode", "forget", UNKNOWN, "--json"))["forgotten"] is True
    assert json.loads(call("geocode", "forget", UNKNOWN, "--json"))["forgotten"] is False


def test_reports_are_located_again_with_a_new_register_and_nothing_is_asked_online(
    call: Run, import_rows: Callable[..., None], tmp_path: Path
) -> None:
    call("addresses", "import", tmp_path / "register.csv")
    import_rows("M1;Nieuwstraat;7;6211AE;Maastricht")
    house = "Nieuwstraat,7,,,6211AE,Maastricht,50.8485,5.6879"
    (tmp_path / "register.csv").write_text("\n".join([HEADER, house, ""]), encoding="utf-8")
    call("addresses", "import", tmp_path / "register.csv")
    answer = json.loads(call("geocode", "--json"))
    assert (answer["tried"], answer["byRegister"], answer["asked"], answer["left"]) == (1, 1, 0, 0)


def test_the_accuracy_of_a_register_is_told_by_kind(call: Run, tmp_path: Path) -> None:
    rows = [
        f"{street},{number},,,62{at:02}AB,Maastricht,{50.84 + number / 10_000},{5.69 + at / 100}"
        for at, street in enumerate(["Kerkstraat", "Burgemeester Bauduinstraat", "Prins Bisschopsingel"])
        for number in range(1, 20)
    ]
    (tmp_path / "register.csv").write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    app = typer.Typer()
    app.command("geocoding")(addresses.evaluate_accuracy)
    result = CliRunner().invoke(app, [str(tmp_path / "register.csv"), "--json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["kinds"]["exact"]["right"] == 1
    assert answer["kinds"]["non-existing number"]["confidentlyWrong"] == 0
    assert answer["confidentlyWrong"] == 0
    assert answer["precisions"]["adres"]["medianM"] == 0
    shown = CliRunner().invoke(app, [str(tmp_path / "register.csv"), "--sample", "5"])
    assert shown.stdout.splitlines()[1].split()[:3] == ["exact", "clean", "100.00"]
