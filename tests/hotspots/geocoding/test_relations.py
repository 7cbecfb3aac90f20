"""A place opposite, beside, behind or near a house is never that house, wherever the word stands.

::

    Appelgaarde 1..29, 9 achter, 9 to     9010AA
    in some tests also number 7 in streets that are named after how they lie; all in Voorbeeldstad
"""

import doctest
import importlib

import pandas as pd
import pytest

from hotspots.geocoding.locating import QUERY_COLUMNS, Query, lies_near, locate_addresses
from hotspots.geocoding.register import AddressRegister

STREET, POSTCODE, TOWN = "Appelgaarde", "9010AA", "Voorbeeldstad"
NAMED = (
    "Achter de Molens",
    "Naast de Kerk",
    "Overkant",
    "Voor Clarenburg",
    "Langs de Beek",
    "Achterom",
    "Hoek",
    "Bij de Put",
)
WORDS = (
    *("th v", "teg.", "ong.", "opzij van", "verderop", "iets verder dan", "tegenaan", "richting"),
    *("tegenover", "t.o.", "T.O.", "t/o", "t. o.", "TO", "tov", "t.o.v.", "Tegenover", "schuin tegenover"),
    *(
        "overkant",
        "overkant van",
        "aan de overkant van",
        "aan de overzijde van",
        "andere kant",
        "recht tegenover",
    ),
    *(
        "naast",
        "NAAST",
        "naastgelegen",
        "achter",
        "schuin achter",
        "achterkant",
        "achterzijde van",
        "brandgang",
    ),
    *("bij", "nabij", "Nabij", "vlakbij", "vlak bij", "dichtbij", "in de buurt van", "omgeving", "hoek bij"),
    *("voor", "vóór", "langs", "om de hoek bij", "op de hoek van", "rechts van", "ongeveer", "ca.", "stoep"),
    *("ter hoogte van", "ter hoogte v.", "t.h.v.", "thv", "T.H.V", "t/h/v"),
    *("tegnover", "tegenovr", "tegenver", "overkantt", "naaast", "nabj", "acter", "vlkbij"),
)


def rows_of_the_register(*named: str) -> pd.DataFrame:
    """The addresses of the town, and of some streets."""
    houses = [(STREET, number, "", POSTCODE) for number in range(1, 30)]
    houses += [(STREET, 9, suffix, POSTCODE) for suffix in ("achter", "to")]
    houses += [(name, 7, "", f"9012A{letter}") for name, letter in zip(named, "ABCDEFGH", strict=False)]
    table = pd.DataFrame(houses, columns=["street", "house_number", "house_suffix", "postcode"])
    spread = table["street"].factorize()[0] / 100
    return table.assign(
        house_letter="", town=TOWN, lon=5.69 + table["house_number"] / 1e4 + spread, lat=50.85
    )


REGISTER = AddressRegister(rows_of_the_register())
WIDER = AddressRegister(rows_of_the_register(*NAMED))


def located(*queries: Query, register: AddressRegister = REGISTER) -> pd.DataFrame:
    """How addresses are located in the town."""
    return locate_addresses(pd.DataFrame(queries, columns=QUERY_COLUMNS), register)


def written_with(word: str) -> list[Query]:
    """Appelgaarde 7 with a word in every field, before and after what stands there, and in running text."""
    return [
        Query(f"{word} {STREET}", "7", "", "", POSTCODE, TOWN),
        Query(f"{STREET} {word}", "7", "", "", POSTCODE, TOWN),
        Query(f"{STREET} ({word})", "7", "", "", "", TOWN),
        Query(f"{STREET} 7 {word}", "", "", "", POSTCODE, TOWN),
        Query(f"{STREET} {word} 7", "", "", "", POSTCODE, TOWN),
        Query(f"{STREET} {word} nr. 7"),
        Query(f"{word} {STREET.upper()} 7"),
        Query(STREET, f"{word} 7", "", "", POSTCODE, TOWN),
        Query(STREET, f"7 {word}", "", "", POSTCODE, TOWN),
        Query(STREET, f"7 ({word})", "", "", POSTCODE, TOWN),
        Query(STREET, f"7, {word}", "", "", "", TOWN),
        Query(f"{STREET} 7", word, "", "", POSTCODE, TOWN),
        Query(STREET, "7", word, "", POSTCODE, TOWN),
        Query(STREET, "7", "", word, POSTCODE, TOWN),
        Query(STREET, "7", "", f"({word})", POSTCODE, TOWN),
        Query(STREET, "7", "", "", f"{POSTCODE} {word}", TOWN),
        Query(STREET, "7", "", "", f"{word} {POSTCODE}", TOWN),
        Query(STREET, "7", "", "", POSTCODE, f"{TOWN} ({word})"),
        Query("", f"{word} 7", "", "", POSTCODE, TOWN),
        Query(free_text=f"{word} {STREET} 7, {TOWN}"),
        Query(free_text=f"{word}: {STREET} 7"),
        Query(free_text=f"{STREET} 7 ({word}), {POSTCODE} {TOWN}"),
        Query(free_text=f"{STREET} 7, {word}"),
        Query(free_text=f"{STREET} {word} nummer 7, {TOWN}"),
        Query(free_text=f"vechtpartij {word} {STREET} 7 om 22:00 uur"),
    ]


@pytest.mark.parametrize("word", WORDS)
def test_a_place_near_a_house_is_never_that_house(word: str) -> None:
    queries = written_with(word)
    places = located(*queries)
    told = dict(zip(queries, zip(places["precision"], places["address_key"], strict=True), strict=True))
    assert {query: what for query, what in told.items() if what != ("huisnummer", "")} == {}
    assert places["radius_m"].between(25, 50).all()
    assert places["found"].str.contains("Appelgaarde 7").all()
    assert places["why_not_better"].str.fullmatch(r"ligt (?:nabij|t\.o\.|t\.h\.v\.) dit adres").all()


@pytest.mark.parametrize(
    "query",
    [
        Query(free_text=f"parkeerplaats achter {STREET} 7"),
        Query(f"parkeerplaats achter {STREET}", "7"),
        Query(f"{STREET} tegenover de supermarkt", "7"),
        Query(free_text=f"{STREET} 7 tegenover de supermarkt"),
        Query(free_text=f"{STREET} 7 aan de overkant van de weg"),
        Query(free_text=f"tegenover de woning aan de {STREET} 7"),
        Query(free_text=f"op de stoep voor {STREET} 7"),
        Query(free_text=f"achter de school, {STREET} 7"),
        Query(free_text="tegenover Appelgarde 7"),
        Query("tegenover Appelgarde", "7"),
        Query("tegenover de Appelgaarde", "7"),
        Query(free_text="Appelgarde 7 tegenover"),
        Query(STREET, "7", "", "", POSTCODE, TOWN, f"tegenover {STREET} 7"),
        Query(STREET, "t.o.7"),
        Query(STREET, "7t.o."),
        Query(STREET, "7-to"),
        Query(STREET, "+/- 7"),
        Query(STREET, "over 7"),
        Query(STREET, "7 parkeerplaats"),
        Query(f"t.o.{STREET} 7"),
        Query(free_text="9010AA t.h.v. 7"),
        Query("", "7", "", "", POSTCODE, f"t.o. {TOWN}"),
    ],
)
def test_nor_in_other_words(query: Query) -> None:
    place = located(query).iloc[0]
    assert (place["precision"], place["address_key"]) == ("huisnummer", "")
    assert 25 <= place["radius_m"] <= 50


@pytest.mark.parametrize("name", NAMED)
def test_a_street_that_is_named_after_how_it_lies_keeps_its_houses(name: str) -> None:
    queries = (
        Query(name, "7", town=TOWN),
        Query(name, "nr. 7"),
        Query(f"{name} 7"),
        Query(free_text=f"{name} 7, {TOWN}"),
        Query(free_text=f"{name.upper()} 7"),
    )
    places = located(*queries, register=WIDER)
    assert places["found"].str.startswith(f"{name} 7").all()
    assert set(places["precision"]) == {"adres"}
    near = (Query(f"t.o. {name}", "7"), Query(name, "7 t.o."), Query(f"{name} t.o.", "7"))
    assert set(located(*near, register=WIDER)["precision"]) == {"huisnummer"}
    assert [lies_near(query, WIDER) for query in (*queries[:2], *near)] == [False] * 2 + [True] * 3


@pytest.mark.parametrize("suffix", ["achter", "to"])
def test_a_suffix_of_the_register_is_a_suffix(suffix: str) -> None:
    places = located(
        Query(STREET, f"9 {suffix}"),
        Query(STREET, f"9-{suffix}"),
        Query(STREET, "9", "", suffix, POSTCODE, TOWN),
        Query(f"{STREET} 9 {suffix}"),
        Query(free_text=f"{STREET} 9 {suffix}"),
    )
    assert set(places["found"]) == {f"Appelgaarde 9-{suffix.upper()}, 9010AA Voorbeeldstad"}


@pytest.mark.parametrize(
    "query",
    [
        Query(free_text=f"Overlast bij bewoners, {STREET} 7"),
        Query(free_text=f"{STREET} 7 voor de derde keer"),
        Query(free_text=f"al lang overlast {STREET} 7"),
        Query(STREET, "nr. 7"),
        Query(STREET, "huisnummer 7"),
        Query(STREET, "7 begane grond"),
        Query(STREET, "7", town="Hoek van Holland", postcode=POSTCODE),
    ],
)
def test_other_words_leave_the_house_as_it_is(query: Query) -> None:
    assert located(query)["found"].iloc[0] == "Appelgaarde 7, 9010AA Voorbeeldstad"


@pytest.mark.parametrize("text", ["tussen 5 en 7", "tussen nr 5 en 7", "tussen nummers 5 en 7"])
def test_between_two_houses_is_neither(text: str) -> None:
    places = located(Query(STREET, text), Query(f"{STREET} {text}"), Query(free_text=f"{STREET} {text}"))
    assert set(places["precision"]) == {"huisnummer"}
    assert set(places["address_key"]) == {""}


@pytest.mark.parametrize("name", ["relations", "town_names"])
def test_the_examples_in_the_documentation_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"hotspots.geocoding.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
