"""People give a place a better name: plain, without a house number, and with a line of history."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, update

from hotspots.access.rights import EVERYTHING, Actor, Role
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.given_names import MAX_PLACE_NAME, give_name
from hotspots.casework.history import read_history
from hotspots.errors import ForbiddenError, StaleError, WorkflowError
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses
from hotspots.store.run_tables import hotspots
from hotspots.tracking.hotspots import read_hotspot

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)

Place = Callable[..., str]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite: what is asked of a database here, both are asked elsewhere."""
    return sqlite_url


@pytest.fixture
def opened(database: Database, settings: Settings, placed: Place, team: Actor) -> Callable[..., CaseAccess]:
    """Open the case of a new hotspot; the register has a long street, a street with a number, a short one."""
    with database.writing() as connection:
        for street, count in (("Marktlaan", 10), ("Plein 1992", 10), ("Steeg", 9)):
            for number in range(count):
                values = {"street": street, "house_number": number + 1, "lon": 5.6, "lat": 50.8}
                connection.execute(insert(addresses).values(**values))

    def open_case(soort: str = "gebied") -> CaseAccess:
        hotspot_id = placed(soort=soort)
        with database.writing() as connection:
            connection.execute(update(hotspots).values(place_name="Marktlaan e.o., Binnenstad"))
        return CaseAccess(database, settings, team, hotspot_id, NOW)

    return open_case


def name_of(access: CaseAccess) -> str:
    with access.database.reading() as connection:
        return read_hotspot(connection, access.settings, access.hotspot, visibility=EVERYTHING).naam


def told(access: CaseAccess) -> list[tuple[object, object]]:
    return [(dict(event.before), dict(event.after)) for event in read_history(access)]


def test_a_given_name_takes_the_place_of_the_other_until_it_is_taken_back(
    opened: Callable[..., CaseAccess],
) -> None:
    access = opened()
    assert name_of(access) == "Marktlaan e.o., Binnenstad"
    give_name(access, "  Achter  het Mosae Forum ", expected_version=1)
    assert name_of(access) == "Achter het Mosae Forum"
    give_name(access, " ", expected_version=2)
    assert name_of(access) == "Marktlaan e.o., Binnenstad"
    assert told(access) == [
        ({"naam": None}, {"naam": "Achter het Mosae Forum"}),
        ({"naam": "Achter het Mosae Forum"}, {"naam": None}),
    ]
    assert read_history(access)[0].kind == "naam geven"


@pytest.mark.parametrize(
    "name",
    ["Plein 1992", "bij het plein 1992", "x" * MAX_PLACE_NAME, "Café ’t Pothuiske", "<b>Markt</b>"],
)
def test_a_line_of_plain_text_is_a_name(opened: Callable[..., CaseAccess], name: str) -> None:
    access = opened()
    give_name(access, name, expected_version=1)
    assert name_of(access) == name


def test_a_letter_with_an_accent_is_the_same_however_it_was_typed(opened: Callable[..., CaseAccess]) -> None:
    access = opened()
    give_name(access, "Cafe\u0301", expected_version=1)
    assert name_of(access) == "Caf\u00e9"


@pytest.mark.parametrize(
    "name",
    [
        "Marktlaan 12",
        "Plein 1992 4",
        "Plein 19924",
        "6211 AB",
        "bij nr. ⅻ",
        "huis ٤",
        "x" * (MAX_PLACE_NAME + 1),
        "Markt\u202eplein",
        "Markt\0",
        "\u3164\u3164",
        "Markt" + "\u0301" * 5,
        "…",
        "",
    ],
)
def test_a_house_number_and_what_is_no_plain_text_is_refused(
    opened: Callable[..., CaseAccess], name: str
) -> None:
    access = opened()
    with pytest.raises(WorkflowError):
        give_name(access, name, expected_version=1)
    assert (name_of(access), read_case(access).version) == ("Marktlaan e.o., Binnenstad", 1)


@pytest.mark.parametrize("name", ["marktlaan", "Binnenstad"])
def test_a_dwelling_is_called_by_a_street_or_buurt_that_was_given(
    opened: Callable[..., CaseAccess], name: str
) -> None:
    access = opened("woning")
    give_name(access, name, expected_version=1)
    assert name_of(access) == name
    assert told(access) == [({"naam": None}, {"naam": name})]


@pytest.mark.parametrize("name", ["Het huis van Jansen", "Steeg"])
def test_any_other_name_of_a_dwelling_is_neither_shown_nor_told(
    opened: Callable[..., CaseAccess], name: str
) -> None:
    access = opened("woning")
    give_name(access, name, expected_version=1)
    assert name_of(access) == "Marktlaan e.o., Binnenstad"
    give_name(access, "", expected_version=2)
    assert told(access) == [({"naam": None}, {}), ({}, {"naam": None})]


def test_who_may_not_enrich_or_saw_an_earlier_version_gives_no_name(
    opened: Callable[..., CaseAccess],
) -> None:
    access = opened()
    give_name(access, "Het plein", expected_version=1)
    with pytest.raises(StaleError):
        give_name(access, "De markt", expected_version=1)
    reader = replace(access, actor=Actor("l", "L. Lezer", Role.LEZER, "OOV"))
    with pytest.raises(ForbiddenError):
        give_name(reader, "De markt", expected_version=2)
    assert name_of(access) == "Het plein"
