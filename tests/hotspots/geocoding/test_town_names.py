"""A town is the same in every spelling and by each of its names, and so is a town elsewhere."""

import pandas as pd
import pytest

from hotspots.geocoding.locating import Query, locate_addresses
from hotspots.geocoding.register import AddressRegister
from hotspots.geocoding.town_names import is_dutch_town, province_in, town_keys

NOT_HERE = "staat niet in het register"


def register_of(*towns: str) -> AddressRegister:
    """A register with Appelgaarde 70 in each of some towns, without postcodes."""
    rows = [
        {
            "street": "Appelgaarde",
            "house_number": 70,
            "house_letter": "",
            "house_suffix": "",
            "postcode": "",
            "town": town,
            "lon": 5.0 + at / 10,
            "lat": 52.0,
        }
        for at, town in enumerate(towns)
    ]
    return AddressRegister(pd.DataFrame(rows))


def located(query: Query, *towns: str) -> "pd.Series[str]":
    """How an address is located in a register of some towns."""
    return locate_addresses(pd.DataFrame([query], columns=Query._fields), register_of(*towns)).iloc[0]


@pytest.mark.parametrize(
    ("written", "town"),
    [
        ("Den Haag", "'s-Gravenhage"),
        ("DEN HAAG", "'s-Gravenhage"),
        ("den haag", "'s-Gravenhage"),
        ("'S-GRAVENHAGE", "'s-Gravenhage"),
        ("s Gravenhage", "'s-Gravenhage"),
        ("’s-Gravenhage", "'s-Gravenhage"),
        ("Den-Haag", "'s-Gravenhage"),
        ("The Hague", "'s-Gravenhage"),
        ("Den Haag (ZH)", "'s-Gravenhage"),
        ("Gemeente Den Haag", "'s-Gravenhage"),
        ("'s-Gravenhage", "Den Haag"),
        ("Den Bosch", "'s-Hertogenbosch"),
        ("DEN BOSCH", "'s-Hertogenbosch"),
        ("'s Hertogenbosch", "'s-Hertogenbosch"),
        ("Ljouwert", "Leeuwarden"),
        ("LEEUWARDEN", "Ljouwert"),
        ("snits", "Sneek"),
        ("Drylts", "IJlst"),
        ("Harns", "Harlingen"),
        ("Frjentsjer", "Franeker"),
        ("It Hearrenfean", "Heerenveen"),
        ("De Jouwer", "Joure"),
        ("Boalsert", "Bolsward"),
        ("Bergen (NH)", "Bergen"),
        ("Bergen", "Bergen (NH.)"),
        ("BERGEN L", "Bergen (L)"),
        ("Bergen Limburg", "Bergen L"),
        ("Haren", "Haren Gn"),
        ("Haren (Groningen)", "Haren Gn"),
        ("Nes Ameland", "Nes"),
        ("Nes (gem. Ameland)", "Nes"),
        ("Nes", "Nes Ameland"),
        ("Alphen a/d Rijn", "Alphen aan den Rijn"),
        ("Alphen a.d. Rijn", "Alphen aan den Rijn"),
        ("ALPHEN AAN DE RIJN", "Alphen aan den Rijn"),
        ("Capelle ad IJssel", "Capelle aan den IJssel"),
        ("St. Odiliënberg", "Sint Odiliënberg"),
        ("SUDWEST", "Súdwest"),
        ("Ĳsselstein", "IJsselstein"),
        ("ysselstein", "IJsselstein"),
        ("Nw. Vennep", "Nieuw-Vennep"),
        ("Spakenburg", "Bunschoten-Spakenburg"),
        ("te Leeuwarden", "Leeuwarden"),
    ],
)
def test_a_town_is_known_by_each_of_its_names(written: str, town: str) -> None:
    place = located(Query("Appelgaarde", "70", town=written), town, "Elders")
    assert (place["precision"], place["found"]) == ("adres", f"Appelgaarde 70, {town}")
    text = located(Query(free_text=f"Appelgaarde 70, {written}"), town, "Elders")
    assert (text["precision"], text["found"]) == ("adres", f"Appelgaarde 70, {town}")


@pytest.mark.parametrize(
    ("written", "town"),
    [
        ("Amsterdam", "Voorbeeldstad"),
        ("AMSTERDAM", "Voorbeeldstad"),
        ("amsterdam", "Voorbeeldstad"),
        ("AmStErDaM", "Voorbeeldstad"),
        ("'S-GRAVENHAGE", "Voorbeeldstad"),
        ("den haag", "Voorbeeldstad"),
        ("den bosch", "Voorbeeldstad"),
        ("Amsterdam Zuidoost", "Voorbeeldstad"),
        ("gem. Utrecht", "Voorbeeldstad"),
        ("LJOUWERT", "Voorbeeldstad"),
        ("Bergen op Zoom", "Bergen"),
        ("bergen aan zee", "Bergen"),
        ("Bergen (L)", "Bergen (NH)"),
        ("BERGEN NH", "Bergen L"),
        ("Alphen a/d Rijn", "Alphen"),
        ("Doorn", "Hoorn"),
        ("HAARLE", "Haarlem"),
        ("Oosterend", "Easterein"),
        ("zelfverzonnen", "Voorbeeldstad"),
        ("LANAKEN", "Voorbeeldstad"),
        ("ZÜRICH", "Voorbeeldstad"),
    ],
)
def test_a_town_elsewhere_is_refused_in_every_spelling(written: str, town: str) -> None:
    place = located(Query("Appelgaarde", "70", town=written), town)
    assert (place["precision"], place["why_not_better"]) == ("geen", f"plaats '{written}' {NOT_HERE}")
    text = located(Query(free_text="Appelgaarde 70", town=written), town)
    assert (text["precision"], text["why_not_better"]) == ("geen", f"plaats '{written}' {NOT_HERE}")


@pytest.mark.parametrize(
    "written", ["Amsterdam", "AMSTERDAM", "amsterdam", "den haag", "DEN HAAG", "utrecht"]
)
@pytest.mark.parametrize(
    "text", ["Appelgaarde 70, {}", "Appelgaarde 70 {}", "vechtpartij Appelgaarde 70, {}"]
)
def test_a_town_elsewhere_is_seen_in_running_text(text: str, written: str) -> None:
    assert located(Query(free_text=text.format(written)), "Voorbeeldstad")["precision"] == "geen"


@pytest.mark.parametrize("written", ["", " ", "onbekend", "Onbekend", "n.v.t.", "-", "?", "NL", "NULL"])
def test_what_names_no_town_says_nothing_of_it(written: str) -> None:
    assert located(Query("Appelgaarde", "70", town=written), "Voorbeeldstad")["precision"] == "adres"


@pytest.mark.parametrize("rest", [", buren", ", overlast", " harde muziek", " HARDE MUZIEK", ", echt vaak"])
def test_words_after_an_address_are_no_town(rest: str) -> None:
    assert located(Query(free_text=f"Appelgaarde 70{rest}"), "Voorbeeldstad")["precision"] == "adres"


def test_a_name_that_is_also_called_so_does_not_hide_the_town_of_that_name() -> None:
    place = located(Query("Appelgaarde", "70", town="Berlikum"), "Berltsum", "Berlikum")
    assert place["found"] == "Appelgaarde 70, Berlikum"


def test_the_file_of_names_knows_each_town_once() -> None:
    assert town_keys("Leeuwarden")[0] in town_keys("Ljouwert")
    assert all(is_dutch_town(name) for name in ("Maastricht", "'s-Gravenhage", "SNITS", "Ter Apel"))
    assert [province_in(name) for name in ("Bergen (L.)", "Bergen nh", "Bergen", "")] == [
        "limburg",
        "noordholland",
        "",
        "",
    ]
