"""The cases of `../shared/cases`: small files that were misread in silence, each with what is right."""

import csv
import json
import shutil
import sqlite3
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunCommand

pytestmark = pytest.mark.usefixtures("files_read_here")

Case = Callable[..., "World"]

DECIMAL = "geheel getal dat met decimalen geschreven is (12.0): gelezen als geheel getal"
REPLACED = "bytes die in deze codering niets zijn: vervangen door een vraagteken in een ruit"
OLDER = "oudere versie van een melding dan wat er al staat: gelaten zoals het was"
ROUNDED = "coördinaten die afgerond zijn: een vierkant, geen punt; nooit één woning"

LOCATED = (
    "select r.source_id, r.precision, l.street, l.address_key, l.found, r.radius_m, l.why_not_better "
    "from reports r join report_locations l on l.report_id = r.id order by r.id"
)


class World:
    """A folder with the files of one case and an empty database, and the commands run in it."""

    def __init__(self, folder: Path, run: RunCommand) -> None:
        self.folder = folder
        self._run = run
        self._settings = {"DATABASE_URL": f"sqlite:///{folder / 'h.db'}"}
        self._configuration = (folder / "config.toml").read_text(encoding="utf-8")

    def run(self, *arguments: str, code: int = 0) -> str:
        """Run a command; gives what it writes, or its error when it is to fail."""
        ended = self._run(*arguments, settings=self._settings, configuration=self._configuration, code=code)
        return ended.stderr if code else ended.stdout

    def json(self, *arguments: str) -> dict[str, Any]:
        """Run a command with --json."""
        found: dict[str, Any] = json.loads(self.run(*arguments, "--json"))
        return found

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the database."""
        with sqlite3.connect(self.folder / "h.db") as connection:
            return connection.execute(query).fetchall()

    def hotspots(self, as_of: str) -> list[dict[str, str]]:
        """Detect as of a day, and give the exported list."""
        self.run("detect", "--as-of", as_of)
        self.run("export", "hotspots", "--format", "csv", "--output", "o.csv")
        with (self.folder / "o.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file, delimiter=";"))

    def located(self, name: str) -> list[dict[str, str]]:
        """Locate a list of addresses."""
        self.run("addresses", "locate", name, "--output", "o.csv")
        with (self.folder / "o.csv").open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file, delimiter=";"))


@pytest.fixture
def case(shared_data: Callable[[str], Path], tmp_path: Path, run_command: RunCommand) -> Case:
    """Set up a case by name, and import its areas and register where it has them."""

    def set_up(name: str) -> World:
        for file in shared_data(f"../cases/{name}").iterdir():
            shutil.copy(file, tmp_path / file.name)
            (tmp_path / file.name).chmod(0o644)
        world = World(tmp_path, run_command)
        world.run("db", "upgrade")
        if (tmp_path / "areas.geojson").exists():
            world.run("areas", "import", "areas.geojson")
        if (tmp_path / "register.csv").exists():
            world.run("addresses", "import", "register.csv")
        return world

    return set_up


REPORTS = ("reports", "import", "reports.csv", "--source", "melddesk")


def test_names_of_wijken_are_taken_from_their_own_layer(case: Case) -> None:
    world = case("01-boundaries-without-wijknaam")
    world.run("areas", "import", "wijkenbuurten.gpkg")
    names = world.rows("select distinct wijkcode, wijknaam, gemeentenaam from areas order by wijkcode")
    assert len(names) == len({wijk for wijk, _, _ in names}) == len({naam for _, naam, _ in names}) == 2
    assert not {naam for _, naam, _ in names} & {gemeente for _, _, gemeente in names}


def test_a_whole_number_as_a_decimal_is_that_number_in_every_part_of_an_address(case: Case) -> None:
    world = case("03-suffix-as-decimal")
    assert world.json(*REPORTS)["notes"] == {DECIMAL: 3}
    assert [row[3] for row in world.rows(LOCATED)] == ["9010AA 20 1", "9010AA 20 1", "9010AA 20 2"]


def test_a_place_near_a_house_is_never_that_house(case: Case) -> None:
    world = case("04-opposite-in-another-field")
    world.json(*REPORTS)
    rows = world.rows(LOCATED)
    assert [(row[1], row[3] or None) for row in rows] == [("huisnummer", None)] * 9
    assert all(25 <= row[5] <= 50 for row in rows)


def test_a_town_is_elsewhere_in_every_spelling(case: Case) -> None:
    rows = case("05-town-in-capitals").located("addresses.csv")
    assert [row["precisie"] for row in rows] == ["adres", "geen", "geen", "geen", "geen"]


def test_a_number_that_was_rounded_is_no_number_of_a_report(case: Case) -> None:
    world = case("06-number-in-scientific-notation")
    counts = world.json(*REPORTS)
    assert (counts["read"], counts["rejected"], counts["new"]) == (6, 6, 0)
    with (world.folder / "reports.csv.rejects.csv").open(encoding="utf-8-sig", newline="") as file:
        reasons = {row["reden"] for row in csv.DictReader(file, delimiter=";")}
    assert reasons == {"het kenmerk '2,02301E+11' is een getal dat een spreadsheet heeft afgerond"}


def test_one_stray_byte_changes_that_value_only(case: Case) -> None:
    world = case("07-one-stray-byte")
    world.json("reports", "import", "first.csv", "--source", "melddesk")
    before = world.rows(LOCATED)
    counts = world.json("reports", "import", "second.csv", "--source", "melddesk")
    assert (counts["unchanged"], counts["new"], counts["updated"]) == (2, 1, 0)
    assert counts["notes"] == {REPLACED: 1}
    assert world.rows(LOCATED)[:2] == before
    assert world.rows("select text from report_texts order by report_id")[2] == ("naast het caf\ufffd",)


def test_a_column_that_stands_twice_refuses_the_file(case: Case) -> None:
    world = case("08-two-columns-of-one-name")
    for more in ((), ("--dry-run",)):
        assert "'reports.csv' has the column 'rd_x' 2 times: wanted it once" in world.run(
            *REPORTS, *more, code=1
        )
    assert world.rows("select count(*) from reports") == [(0,)]


def test_a_column_in_other_capitals_is_that_column(case: Case) -> None:
    world = case("09-column-renamed")
    counts = world.json(*REPORTS)
    assert "absentColumns" not in counts
    assert world.rows("select count(*) from reports where reporter_id is null") == [(0,)]
    assert [row["aantalMelders"] for row in world.hotspots("2023-12-17")] == ["14"]


def test_a_column_that_is_absent_is_told_with_every_import(case: Case) -> None:
    world = case("09-column-renamed")
    path = world.folder / "reports.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(";Melder\n", ";Naam melder\n", 1), "utf-8")
    assert world.json(*REPORTS)["absentColumns"] == ["melder"]


def test_boundaries_with_axes_swapped_are_refused_and_change_nothing(case: Case) -> None:
    world = case("10-boundaries-lat-lon")
    world.json(*REPORTS)
    before = world.rows("select source_id, buurtcode from reports order by id")
    world.run("areas", "import", "swapped.geojson", code=1)
    assert world.rows("select source_id, buurtcode from reports order by id") == before
    assert world.json(*REPORTS)["unchanged"] == 3


@pytest.mark.parametrize("order", [("newer.json", "older.json"), ("older.json", "newer.json")])
def test_the_later_version_counts_in_whatever_order_they_come(case: Case, order: tuple[str, str]) -> None:
    world = case("11-older-version-wins")
    first, second = (world.json("reports", "import", name, "--source", "open311") for name in order)
    assert first["new"] == 1
    if order[0] == "newer.json":
        assert (second["unchanged"], second["notes"]) == (1, {OLDER: 1})
    else:
        assert second["updated"] == 1
    assert world.rows("select source_id, status from reports") == [("7", "closed")]


def test_a_file_that_proves_itself_month_first_is_refused(case: Case) -> None:
    world = case("12-month-first-dates")
    message = world.run(*REPORTS, code=1)
    assert "writes its dates with the month first (such as '03/14/2023'): wanted the day first" in message
    assert world.rows("select count(*) from reports") == [(0,)]


def test_a_house_number_that_was_made_a_date_is_no_house(case: Case) -> None:
    world = case("13-house-number-made-a-date")
    world.json(*REPORTS)
    rows = world.rows(LOCATED)
    assert [row[1] for row in rows] == ["straat"] * 4
    assert [row[3] or None for row in rows] == [None] * 4
    assert all("spreadsheet" in row[6] for row in rows)


def test_rounded_coordinates_are_told_get_a_radius_and_make_no_dwelling(case: Case) -> None:
    world = case("14-coarse-coordinates")
    counts = world.json(*REPORTS)
    assert counts["notes"] == {ROUNDED: counts["read"]}
    assert {round(row[5]) for row in world.rows(LOCATED)} == {71}
    assert "woning" not in {row["soort"] for row in world.hotspots("2023-12-17")}


def test_rings_turn_as_rfc_7946_has_them(case: Case) -> None:
    world = case("15-rings-clockwise")
    world.json(*REPORTS)
    world.run("detect", "--as-of", "2023-12-17")
    world.run("export", "hotspots", "--format", "geojson", "--output", "o.geojson")
    features = json.loads((world.folder / "o.geojson").read_text(encoding="utf-8"))["features"]
    rings = [feature["geometry"]["coordinates"][0] for feature in features]
    assert rings
    for ring in rings:
        assert sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in pairwise(ring)) < 0


def test_a_town_is_known_by_its_name_in_daily_use(case: Case) -> None:
    rows = case("16-name-in-daily-use").located("addresses.csv")
    assert [row["precisie"] for row in rows] == ["adres"] * 4


def test_json_that_is_whole_is_read_or_told_for_what_it_is(case: Case) -> None:
    world = case("17-json-that-is-whole")
    message = world.run("reports", "import", "nan.json", "--source", "open311", code=1)
    assert "holds NaN in record 1, which is no JSON: wanted a number or null" in message
    counts = world.json("reports", "import", "lines.json", "--source", "open311")
    assert (counts["read"], counts["new"]) == (2, 2)
