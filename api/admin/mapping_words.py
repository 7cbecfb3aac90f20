"""What fields of a report and kinds of a mapping are called on pages, and an address as it is read."""

from collections.abc import Mapping

from hotspots.intake.sources.reading import Reading
from hotspots.model import Category

FIELDS: Mapping[str, str] = {
    "id": "nummer van de melding",
    "reported_at": "tijd van melden",
    "occurred_at": "tijd van de overlast",
    "changed": "tijd van de laatste wijziging",
    "category": "categorie",
    "subcategory": "subcategorie",
    "status": "status",
    "text": "tekst van de melding",
    "reporter": "melder",
    "street": "straat",
    "house_number": "huisnummer",
    "house_letter": "huisletter",
    "house_suffix": "toevoeging bij het huisnummer",
    "postcode": "postcode",
    "town": "plaats",
    "address": "adres in één kolom",
    "x": "x of lengtegraad",
    "y": "y of breedtegraad",
    "parent": "nummer van de hoofdmelding",
    "is_parent": "is een hoofdmelding",
}
"""In the order in which a page offers them."""

CATEGORIES: Mapping[str, str] = {
    Category.PERSONEN: "overlast van personen",
    Category.DRUGS: "overlast door drugs",
    Category.OTHER: "telt niet mee",
}

WEEKDAYS = ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag")

SYSTEMS: Mapping[str, str] = {
    "EPSG:28992": "Rijksdriehoek, in meters",
    "EPSG:4326": "lengte en breedte, in graden",
    "EPSG:31370": "Lambert 72 (België), in meters",
    "EPSG:3812": "Lambert 2008 (België), in meters",
    "EPSG:25831": "UTM-zone 31, in meters",
    "EPSG:25832": "UTM-zone 32, in meters",
}


def system_name(crs: str) -> str:
    """What a coordinate system is called; its code where it has no name here."""
    return SYSTEMS.get(crs, crs)


def address_in_words(reading: Reading) -> str:
    """The address of a report in one line."""
    number = f"{reading.house_number}{reading.house_letter}"
    written = () if reading.street else (reading.address,)
    parts = (*written, reading.street, number, reading.house_suffix, reading.postcode, reading.town)
    return " ".join(filter(None, parts))
