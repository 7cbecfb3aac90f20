"""A small town to locate addresses in.

::

    Markt 1, 3, 3-A, 5          along y = 0, 20 m apart
    Kerkstraat 2..20 (even)     crosses the Markt at its west end
    Prins Clauslaan / Prinses Clauslaan, far apart
    Dr. J.F. Kennedylaan 12     in Andersdorp; Dorpsweg 7 in both towns
"""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from hotspots.geocoding.locating import QUERY_COLUMNS, Query, locate_addresses, match_one
from hotspots.geocoding.match import Match
from hotspots.geocoding.places import NamedPlace
from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.register_store import replace_addresses
from hotspots.intake.import_reports import import_reports
from hotspots.model import Precision
from hotspots.settings import PrivacySettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from tests.unclear_addresses import NOW, REGISTER, Import

LON, LAT = 5.69, 50.85
EAST_M, NORTH_M = 1 / 70_200, 1 / 111_195  # degrees of a metre here

Locate = Callable[..., "pd.Series[str]"]


def address(
    street: str, number: int, letter: str, suffix: str, postcode: str, x_m: float, y_m: float, town: str
) -> dict[str, object]:
    """One row of a register, at metres east and north of the town's middle."""
    return {
        "street": street,
        "house_number": number,
        "house_letter": letter,
        "house_suffix": suffix,
        "postcode": postcode,
        "town": town,
        "lon": LON + x_m * EAST_M,
        "lat": LAT + y_m * NORTH_M,
    }


@pytest.fixture(scope="session")
def town() -> AddressRegister:
    """The register of the small town, with a stop, two kiosks and a buurt by name."""
    rows = [
        address("Markt", 1, "", "", "6211AB", 0, 0, "Ons Dorp"),
        address("Markt", 3, "", "", "6211AB", 20, 0, "Ons Dorp"),
        address("Markt", 3, "A", "", "6211AB", 24, 0, "Ons Dorp"),
        address("Markt", 5, "", "01", "6211AB", 40, 0, "Ons Dorp"),
        address("Markt", 5, "", "02", "6211AB", 42, 0, "Ons Dorp"),
        address("Markt", 7, "", "", "6211AB", 60, 0, "Ons Dorp"),
        *[
            address("Kerkstraat", number, "", "", "6211AC", -15, number * 10 - 20, "Ons Dorp")
            for number in range(2, 21, 2)
        ],
        address("Prins Clauslaan", 4, "", "", "6212AA", 1000, 0, "Ons Dorp"),
        address("Prinses Clauslaan", 4, "", "", "6212AB", 1000, 900, "Ons Dorp"),
        address("Burgemeester van der Venstraat", 8, "", "", "6212AC", 1500, 0, "Ons Dorp"),
        address("Sint Pieterstraat", 9, "", "bis", "6212AD", 1500, 300, "Ons Dorp"),
        address("'s-Gravenweg", 11, "", "", "6212AE", 1500, 600, "Ons Dorp"),
        address("Curaçaoplein", 1, "", "", "6212AF", 1500, 900, "Ons Dorp"),
        address("Plein 1992", 5, "", "", "6212AG", 1800, 0, "Ons Dorp"),
        address("16 Aprillaan", 3, "", "", "6212AH", 1800, 300, "Ons Dorp"),
        address("Dorpsweg", 7, "", "", "6213AA", 2500, 0, "Ons Dorp"),
        address("Dorpsweg", 7, "", "", "6214AA", 6000, 0, "Andersdorp"),
        address("Dr. J.F. Kennedylaan", 12, "", "", "6214AB", 6000, 300, "Andersdorp"),
        address("Fabriekslaan", 6, "a", "", "6214AC", 6000, 600, "Andersdorp"),
        address("Fabriekslaan", 6, "b", "", "6214AC", 6000, 900, "Andersdorp"),
        address("Hoogstraat", 1, "", "", "6214AD", 7000, 0, "Andersdorp"),
    ]
    places = (
        NamedPlace("Ons Dorp, Station", LON + 300 * EAST_M, LAT, 40),
        NamedPlace("Ons Dorp, Station", LON + 320 * EAST_M, LAT, 40),
        NamedPlace("Kiosk", LON, LAT + 200 * NORTH_M, 40),
        NamedPlace("Kiosk", LON, LAT + 2000 * NORTH_M, 40),
        NamedPlace("Zuiderbuurt", LON, LAT - 800 * NORTH_M, 600, Precision.BUURT),
    )
    return AddressRegister(pd.DataFrame(rows), places=places)


@pytest.fixture
def locate(town: AddressRegister) -> Locate:
    """Locate one address, given as running text or by field; gives the row of the result."""

    def located(free_text: str = "", **fields: str) -> "pd.Series[str]":
        row = {name: fields.get(name, "") for name in QUERY_COLUMNS} | {"free_text": free_text}
        return locate_addresses(pd.DataFrame([row], columns=QUERY_COLUMNS), town).iloc[0]

    return located


@pytest.fixture
def match_text(town: AddressRegister) -> Callable[[str], Match]:
    """Match one running text, with its candidates."""
    return lambda text: match_one(Query(free_text=text), town)


@pytest.fixture
def ready(settings: Settings, database: Database, tmp_path: Path) -> Settings:
    """Settings of a database with the areas of Maastricht and three addresses."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        replace_addresses(connection, REGISTER)
    privacy = PrivacySettings(reporter_key_file=tmp_path / "reporter.key")
    return settings.model_copy(update={"privacy": privacy})


@pytest.fixture
def imported(database: Database, ready: Settings, tmp_path: Path) -> Import:
    """Import reports, each given as (id, street, number, postcode, town)."""

    def run(*rows: tuple[str, str, str, str, str]) -> None:
        path = tmp_path / "export.csv"
        head = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;straatnaam;huisnummer;postcode;woonplaats"
        lines = [
            f"{number};2023-03-14 21:35;Overlast drugs;Er wordt gedeald;{street};{house};{code};{town}"
            for number, street, house, code, town in rows
        ]
        path.write_text("\n".join([head, *lines, ""]), encoding="utf-8")
        import_reports(database, ready, path, "melddesk", now=NOW)

    return run
