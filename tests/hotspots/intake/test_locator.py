"""Where a delivered report lies: how the place lies to a house, and what is no house number, is never lost.

::

    Appelgaarde 1, 2, 7, 12 and 20; 20 with the suffixes 1, 2, 10 and 20: 9010AA Voorbeeldstad
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import select

from hotspots.geocoding.register_store import replace_addresses
from hotspots.intake.import_reports import import_reports
from hotspots.settings import MunicipalitySettings, Settings
from hotspots.store.database import Database
from hotspots.store.report_tables import report_locations, reports

HEADER = (
    "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
    "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder"
)
TOWN = "9010AA;Voorbeeldstad"
HOUSES = [(number, "") for number in (1, 2, 7, 12, 20)] + [(20, suffix) for suffix in ("1", "2", "10", "20")]


def imported(database: Database, folder: Path, addresses: Sequence[str]) -> list[Any]:
    """Import a report for each address (street to coordinates); gives the stored places in their order."""
    register = pd.DataFrame(HOUSES, columns=["house_number", "house_suffix"]).assign(
        street="Appelgaarde",
        street_short="",
        house_letter="",
        postcode="9010AA",
        town="Voorbeeldstad",
        lon=[5.69 + at / 1e4 for at in range(len(HOUSES))],
        lat=50.85,
    )
    rows = [
        f"{number};2023-03-02 21:35;Overlast personen;;voorbeeld;{address};melder-{number}"
        for number, address in enumerate(addresses, start=1)
    ]
    path = folder / "reports.csv"
    path.write_text("\n".join([HEADER, *rows, ""]), encoding="utf-8")
    settings = Settings(municipality=MunicipalitySettings(name="Voorbeeldstad", code="GM0001"))
    with database.writing() as connection:
        replace_addresses(connection, register)
    import_reports(database, settings, path, "melddesk", now=datetime(2023, 4, 1, tzinfo=UTC))
    with database.reading() as connection:
        kept = (reports.c.precision, reports.c.radius_m, report_locations)
        query = select(*kept).join_from(reports, report_locations).order_by(reports.c.id)
        return list(connection.execute(query).all())


def test_a_place_near_a_house_is_no_dwelling_in_whatever_field_that_is_said(
    database: Database, tmp_path: Path
) -> None:
    addresses = (
        f"Appelgaarde;t.o. 7;;;{TOWN};;",
        f"Appelgaarde;tegenover 7;;;{TOWN};;",
        f"Appelgaarde;nabij 7;;;{TOWN};;",
        f"Appelgaarde;achter 7;;;{TOWN};;",
        f"Appelgaarde;7 (overkant);;;{TOWN};;",
        f"Appelgaarde;7;;naast;{TOWN};;",
        f"Appelgaarde t.o.;7;;;{TOWN};;",
        f"Appelgaarde 7 tegenover;;;;{TOWN};;",
        f"tegenover Appelgaarde;7;;;{TOWN};;",
        f"bij Appelgaarde;7;;;{TOWN};;",
        f"hoek bij Appelgaarde;7;;;{TOWN};;",
        f"BIJ APPELGAARDE 7;;;;{TOWN};;",
        f"Appelgaarde;7;t.h.v.;;{TOWN};;",
        f"Appelgaarde;7 naast fam. Jansen;;;{TOWN};;",
        f"Appelgaarde;tegnover 7;;;{TOWN};;",
        "Appelgaarde;7;;;t.o. 9010AA;Voorbeeldstad;;",
        "Appelgaarde;7;;;9010AA;Voorbeeldstad (overkant);;",
        "Appelgaarde;7;;;;bij Voorbeeldstad;;",
    )
    places = imported(database, tmp_path, addresses)
    assert [(place.precision, place.address_key) for place in places] == [("huisnummer", None)] * len(places)
    assert all(25 <= place.radius_m <= 50 for place in places)
    assert all("Appelgaarde 7" in place.found for place in places)


def test_a_pin_opposite_a_house_names_no_dwelling(database: Database, tmp_path: Path) -> None:
    addresses = (
        f"tegenover Appelgaarde;7;;;{TOWN};176400;317900",
        f"Appelgaarde;t.o. 7;;;{TOWN};176400;317900",
        f"Appelgaarde;7;;naast;{TOWN};176400;317900",
        f"Appelgaarde;2-jan;;;{TOWN};176400;317900",
    )
    assert {place.address_key for place in imported(database, tmp_path, addresses)} == {None}


def test_a_whole_number_written_as_a_decimal_is_that_number(database: Database, tmp_path: Path) -> None:
    addresses = (
        f"Appelgaarde;20;;1;{TOWN};;",
        f"Appelgaarde;20.0;;1.0;{TOWN};;",
        f"Appelgaarde;20;;2.0;{TOWN};;",
        f"Appelgaarde;20-1.0;;;{TOWN};;",
        f"Appelgaarde;t.o. 7.0;;;{TOWN};;",
    )
    found = [place.found.split(",")[0] for place in imported(database, tmp_path, addresses)]
    assert found == [
        "Appelgaarde 20-1",
        "Appelgaarde 20-1",
        "Appelgaarde 20-2",
        "Appelgaarde 20-1",
        "t.o. Appelgaarde 7",
    ]


@pytest.mark.parametrize(("postcode", "precision"), [("", "straat"), ("9010AA", "postcode")])
def test_a_house_number_made_a_date_is_none_and_that_is_told(
    database: Database, tmp_path: Path, postcode: str, precision: str
) -> None:
    written = ("1-Feb", "Jul-20", "1,20E+04", "2-1-2024", "2023-01-02 00:00:00", "t.o. 2-jan")
    addresses = [f"Appelgaarde;{number};;;{postcode};Voorbeeldstad;;" for number in written]
    addresses.append(f"Appelgaarde;20;;2-jan;{postcode};Voorbeeldstad;;")
    places = imported(database, tmp_path, addresses)
    assert [place.precision for place in places] == [precision] * len(addresses)
    assert {place.address_key for place in places} == {None}
    assert all("spreadsheet" in place.why_not_better for place in places)
