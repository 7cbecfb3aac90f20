"""Small files in the layouts that a municipality begins with: borders, addresses, two deliveries."""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import shapely

RD = "EPSG:28992"
CODE, TOWN = "GM0998", "Waterdam"
WEST, SOUTH, SIDE = 176_000, 317_000, 500  # of the first buurt, in RD; and how wide each is, in metres
STREETS = (
    "Marktlaan", "Stationsweg", "Kerkstraat", "Molenweg", "Lindelaan", "Havenkade",
    "Parallelweg", "Schoolstraat", "Beukenhof", "Raadhuisplein", "Tuinstraat", "Dorpsstraat",
)  # fmt: skip
HOUSES = 20
WIJKEN = ("Centrum", "Noord", "Zuid")


def write_areas(path: Path) -> Path:
    """The layers of the Wijk- en buurtkaart of CBS: twelve buurten of half a kilometre, four to a wijk."""
    own = {"gemeentecode": CODE, "gemeentenaam": TOWN, "water": "NEE"}
    buurten, squares = [], []
    for number, street in enumerate(STREETS):
        wijk = number // 4
        code = f"{CODE[2:]}{wijk:02}"
        west, south = WEST + SIDE * (number % 4), SOUTH + SIDE * wijk
        name = {"buurtcode": f"BU{code}{number % 4:02}", "buurtnaam": f"{street} en omgeving"}
        buurten.append(name | own | {"wijkcode": f"WK{code}", "aantal_inwoners": 900 + 10 * number})
        squares.append(shapely.box(west, south, west + SIDE, south + SIDE))
    wijken = [
        own | {"wijkcode": f"WK{CODE[2:]}{wijk:02}", "wijknaam": name, "aantal_inwoners": 3800}
        for wijk, name in enumerate(WIJKEN)
    ]
    whole = [shapely.union_all(squares[4 * wijk : 4 * wijk + 4]) for wijk in range(len(WIJKEN))]
    gpd.GeoDataFrame(wijken, geometry=whole, crs=RD).to_file(path, layer="wijken")
    gpd.GeoDataFrame(buurten, geometry=squares, crs=RD).to_file(path, layer="buurten")
    return path


def house(street: int, number: int) -> tuple[float, float]:
    """Where a house stands: in a row along the middle of its buurt, twelve metres apart."""
    return WEST + SIDE * (street % 4) + 60 + 12.3 * number, SOUTH + SIDE * (street // 4) + 251.7 + number % 2


def write_addresses(path: Path) -> Path:
    """The columns of an extract of the BAG: one row per address, points in RD."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(
            ["openbare_ruimte_naam", "huisnummer", "huisletter", "huisnummertoevoeging", "postcode",
             "woonplaats_naam", "status", "x", "y"]
        )  # fmt: skip
        for street, name in enumerate(STREETS):
            for number in range(1, HOUSES + 1):
                x, y = house(street, number)
                rows.writerow(
                    [name, number, "", "", f"62{street + 10}AB", TOWN, "Verblijfsobject in gebruik",
                     f"{x:.1f}", f"{y:.1f}"]
                )  # fmt: skip
    return path


def planted(last: date) -> Iterator[tuple[datetime, str, int, str, str]]:
    """A place with a report every week of a quarter, by six people, at three houses of one street."""
    for week in range(14):
        at = datetime.combine(last - timedelta(weeks=week, days=week % 3), time(21, 10 + week))
        yield at, "Drugsoverlast", 0, str(11 + week % 3), f"melder{week % 6}@voorbeeld.nl"


def scattered(last: date, total: int) -> Iterator[tuple[datetime, str, int, str, str]]:
    """One report here and there, in all streets and of everything."""
    kinds = ("Overlast door personen", "Drugsoverlast", "Afval naast container")
    for number in range(total):
        at = datetime.combine(last - timedelta(days=1 + number), time(14 + number % 8, 5))
        street = 1 + number % (len(STREETS) - 1)
        yield at, kinds[number % 3], street, str(1 + number * 7 % HOUSES), f"buur{number}@voorbeeld.nl"


def write_export(path: Path, last: date) -> Path:
    """An export to Excel whose columns no source knows: addresses in one cell, no points."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Export"
    sheet.append(
        ["Zaaknr", "Aangemaakt op", "Onderwerp", "Verhaal", "Locatie", "Plaats", "Wie meldt", "Kanaal"]
    )
    reports: list[Any] = [*planted(last), *scattered(last, 110)]
    for number, (at, kind, street, house_number, who) in enumerate(reports, start=1):
        address = f"{STREETS[street]} {house_number}"
        sheet.append([f"Z-{number:05}", at, kind, f"Melding {number}", address, TOWN, who, "telefoon"])
    sheet.append(
        ["Z-09998", last_evening(last), "Drugsoverlast", "Dealen", "bij het Stadspark", TOWN, "", "web"]
    )
    sheet.append(["Z-09999", "vorige week", "Drugsoverlast", "Dealen", "Marktlaan 11", TOWN, "", "web"])
    book.save(path)
    return path


def last_evening(last: date) -> datetime:
    """Nine o'clock of a day."""
    return datetime.combine(last, time(21))


def write_signalen(path: Path, last: date) -> Path:
    """The zip of related tables that Signalen makes for a data warehouse."""
    tables: dict[str, list[list[Any]]] = {
        "signals.csv": [
            ["id", "source", "text", "incident_date_start", "created_at", "updated_at",
             "category_assignment_id", "location_id", "reporter_id", "status_id", "parent"]
        ],
        "locations.csv": [
            ["id", "lat", "lng", "address_text", "_signal_id", "address_street", "address_number",
             "address_postalcode", "address_city"]
        ],
        "categories.csv": [["id", "main", "sub", "_signal_id"]],
        "statuses.csv": [["id", "text", "state", "_signal_id"]],
        "reporters.csv": [["id", "email", "phone", "_signal_id"]],
    }  # fmt: skip
    to_degrees = gpd.GeoSeries.from_xy(
        *zip(*(house(number % 12, 1 + number % HOUSES) for number in range(24)), strict=True), crs=RD
    ).to_crs("EPSG:4326")
    for number, point in enumerate(to_degrees):
        at = datetime.combine(last - timedelta(days=1 + 3 * number), time(19), UTC)
        street = STREETS[number % 12]
        # in this export lat holds the longitude
        place = [
            number,
            point.x,
            point.y,
            f"{street} {1 + number % HOUSES}",
            number,
            street,
            1 + number % HOUSES,
        ]
        tables["signals.csv"].append(
            [number, "online", "Herrie", at, at, at, number, number, number, number, ""]
        )
        tables["locations.csv"].append([*place, f"62{number % 12 + 10}AB", TOWN])
        tables["categories.csv"].append(
            [number, "Overlast van en door personen of groepen", "Jongerenoverlast", number]
        )
        tables["statuses.csv"].append([number, "", "m", number])
        tables["reporters.csv"].append([number, f"via{number}@voorbeeld.nl", "", number])
    with zipfile.ZipFile(path, "w") as archive:
        for name, rows in tables.items():
            archive.writestr(name, as_csv(rows))
    return path


def as_csv(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as text with commas."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
