"""A simulated half year that went through a spreadsheet on its way: the same list, or told why it is not."""

import csv
import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from hotspots.evaluation.city import city_of_municipality, write_addresses
from hotspots.evaluation.simulation import simulate_year, write_melddesk
from hotspots.files.values import number
from hotspots.intake.coarse_points import ROUNDED
from hotspots.intake.plausible_times import ALL_AT_MIDNIGHT
from hotspots.intake.sources.times import parsed_time
from hotspots.settings import shipped
from tests.conftest import RunCommand

Rows = list[dict[str, str]]
Outcome = tuple[list[tuple[str, ...]], dict[str, Any]]

pytestmark = pytest.mark.usefixtures("files_read_here")

COMPARED = ("nummer", "soort", "indicatie", "eersteMelding", "laatsteMelding", "aantalMeldingen", "buurtcode")
AS_OF = "2023-12-31"


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the export of a simulated year and the register of its town."""
    folder = tmp_path_factory.mktemp("export")
    rng = np.random.default_rng(42)
    city = city_of_municipality(shipped("geodata/GM0935_buurten.csv"), rng, name="Maastricht")
    write_melddesk(simulate_year(city, year=2023, rng=rng), folder / "meldingen.csv")
    write_addresses(city, folder / "adressen.csv")
    return folder


@pytest.fixture
def rows(exported: Path) -> Rows:
    """The rows of the export; those that are broken stay out of it, as a spreadsheet would mend them."""
    with (exported / "meldingen.csv").open(encoding="utf-8", newline="") as file:
        found = [
            row for row in csv.DictReader(file, delimiter=";") if None not in row.values() and None not in row
        ]
    # of the half year that the list is of: what came before it is not looked at
    return [row for row in found if "2023-07" <= row["meldtijd"] < "2024"]


@pytest.fixture
def listed(exported: Path, tmp_path: Path, run_command: RunCommand) -> Callable[[str], Outcome]:
    """Import a file into a database of its own, and give the list of the last week with what was told."""

    def read(name: str) -> Outcome:
        base, own = tmp_path / "base.sqlite", tmp_path / f"{name}.sqlite"
        if not base.exists():
            url = {"DATABASE_URL": f"sqlite:///{base}"}
            run_command("db", "upgrade", settings=url)
            run_command("addresses", "import", exported / "adressen.csv", settings=url)
        shutil.copy(base, own)
        url = {"DATABASE_URL": f"sqlite:///{own}"}
        told = run_command("reports", "import", name, "--source", "melddesk", "--json", settings=url)
        run_command("detect", "--as-of", AS_OF, settings=url)
        run_command("export", "hotspots", "--format", "csv", "--output", "o.csv", settings=url)
        with (tmp_path / "o.csv").open(encoding="utf-8-sig", newline="") as file:
            found = [tuple(row[column] for column in COMPARED) for row in csv.DictReader(file, delimiter=";")]
        return found, json.loads(told.stdout)

    return read


def write(path: Path, rows: Rows, *, names: Mapping[str, str] | None = None, encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow([(names or {}).get(name, name) for name in rows[0]])
        writer.writerows(row.values() for row in rows)


def changed(rows: Rows, **changes: Callable[[str], str]) -> Rows:
    return [{name: changes.get(name, str)(value) for name, value in row.items()} for row in rows]


def as_decimal(text: str) -> str:
    return f"{text}.0" if text.isdecimal() else text


def rounded_to(step: int) -> Callable[[str], str]:
    """Rounds metres; degrees, which a few rows have, are left."""

    def rounded(text: str) -> str:
        value = number(text).value
        return str(round(value / step) * step) if value > 1000 else text

    return rounded


def test_half_a_year_gives_the_same_list_by_way_of_a_spreadsheet_or_is_told(
    rows: Rows, listed: Callable[[str], Outcome], tmp_path: Path
) -> None:
    write(tmp_path / "plain.csv", rows)
    plain, _ = listed("plain.csv")
    assert len(plain) >= 5

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(list(rows[0]))
    for row in rows:
        cells: list[Any] = [float(text) if text.isdecimal() else text or None for text in row.values()]
        cells[1] = parsed_time(row["meldtijd"], "%Y-%m-%d %H:%M") or row["meldtijd"]
        book.active.append(cells)
    book.save(tmp_path / "typed.xlsx")
    assert listed("typed.xlsx")[0] == plain

    decimals = changed(
        rows, **dict.fromkeys(("huisnummer", "huisnummertoevoeging", "rd_x", "rd_y"), as_decimal)
    )
    capitals = {name: name.upper() for name in rows[0]}
    write(tmp_path / "decimals.csv", decimals, names=capitals, encoding="utf-8-sig")
    found, told = listed("decimals.csv")
    assert found == plain
    assert told["notes"]

    write(tmp_path / "metres.csv", changed(rows, rd_x=rounded_to(1), rd_y=rounded_to(1)))
    assert {row[0] for row in listed("metres.csv")[0]} == {row[0] for row in plain}

    squares = changed(rows, rd_x=rounded_to(100), rd_y=rounded_to(100))
    write(tmp_path / "squares.csv", squares)
    found, told = listed("squares.csv")
    assert "woning" not in {row[1] for row in found}
    assert told["notes"][ROUNDED] > 250

    write(tmp_path / "days.csv", changed(rows, meldtijd=lambda text: f"{text[:10]} 00:00"))
    found, told = listed("days.csv")
    assert told["notes"][ALL_AT_MIDNIGHT] == 1
    assert len({row[0] for row in found} & {row[0] for row in plain}) >= len(plain) - 2

    write(tmp_path / "renamed.csv", rows, names={"melder": "naam van de melder"})
    assert listed("renamed.csv")[1]["absentColumns"] == ["melder"]
