"""Which towns of a register a written name can mean, and when an address lies outside them."""

import pandas as pd
import pytest

from hotspots.geocoding.index import AddressIndex
from hotspots.geocoding.parsing import ParsedAddress
from hotspots.geocoding.places import NamedPlace, PlaceIndex
from hotspots.geocoding.towns import NOWHERE, TownFinder

NAMES = ("Ons Dorp", "Maastricht", "Eys", "Bergen (L)")


@pytest.fixture(scope="module")
def towns() -> TownFinder:
    """Finds these towns; Zuiderbuurt is a place."""
    row = {"street": "Markt", "house_number": 1, "house_letter": "", "house_suffix": "", "postcode": "6211AB"}
    table = pd.DataFrame([row | {"town": name, "lon": 5.69, "lat": 50.85} for name in NAMES])
    places = PlaceIndex([NamedPlace("Zuiderbuurt", 5.69, 50.85, 600)], reach_m=75)
    return TownFinder(AddressIndex(table), places)


def named(found: frozenset[int] | None) -> str | None:
    """The one town; `elsewhere`, or None where no town is named."""
    if found is None or found == NOWHERE:
        return None if found is None else "elsewhere"
    (town,) = found
    return NAMES[town]


@pytest.mark.parametrize(
    ("name", "in_text", "in_field"),
    [
        ("Ons Dorp", "Ons Dorp", "Ons Dorp"),
        ("ONS DORP", "Ons Dorp", "Ons Dorp"),
        ("te Ons Dorp", "Ons Dorp", "Ons Dorp"),
        ("in Maastricht bij de brug", "Maastricht", "Maastricht"),
        ("weet ik niet, Eys", "Eys", "Eys"),
        ("Maastrict", "Maastricht", "Maastricht"),
        ("Maastrct", "Maastricht", "Maastricht"),
        ("mastrct", None, "elsewhere"),
        ("Ons Drop", "Ons Dorp", "Ons Dorp"),
        ("Bergen (L)", "Bergen (L)", "Bergen (L)"),
        ("Bergen (NH)", "elsewhere", "elsewhere"),
        ("Heerlen", "elsewhere", "elsewhere"),
        ("heerlen", "elsewhere", "elsewhere"),
        ("Zuiderbuurt", None, None),
        ("Elders", "elsewhere", "elsewhere"),
        ("Ergens aan de Vliet", "elsewhere", "elsewhere"),
        ("bij de brug", None, "elsewhere"),
        ("ELDERS", None, "elsewhere"),
        ("Een Twee Drie Vier", "elsewhere", "elsewhere"),
        ("Een Twee Drie Vier Vijf", None, "elsewhere"),
        ("Elders 3", None, "elsewhere"),
        ("12", None, None),
        ("", None, None),
        ("onbekend", None, None),
        ("n.v.t.", None, None),
        ("Nederland", None, None),
    ],
)
def test_a_name_is_a_town_of_the_register_one_elsewhere_or_none(
    towns: TownFinder, name: str, in_text: str | None, in_field: str | None
) -> None:
    assert named(towns.find(name)) == in_text
    assert named(towns.find(name)) == in_text
    assert named(towns.find(name, is_field=True)) == in_field


@pytest.mark.parametrize(
    ("parsed", "found", "why"),
    [
        (ParsedAddress(town="Elders"), NOWHERE, "plaats 'Elders' staat niet in het register"),
        (ParsedAddress(postcode="9999ZZ"), None, "postcode 9999ZZ ligt buiten het register"),
        (ParsedAddress(postcode="6211ZZ"), None, ""),
        (ParsedAddress(postcode="9999ZZ"), frozenset({0}), ""),
        (ParsedAddress(), None, ""),
    ],
)
def test_why_an_address_lies_elsewhere(
    towns: TownFinder, parsed: ParsedAddress, found: frozenset[int] | None, why: str
) -> None:
    assert towns.why_elsewhere(parsed, found) == why
