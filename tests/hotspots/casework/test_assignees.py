"""To whom a case can be given: accounts and organisations that may work on it; what was typed once stays."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from hotspots.access.rights import Actor
from hotspots.casework.assignees import read_assignees, read_case_assignees
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.steps import assign
from hotspots.errors import AssigneeError
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
OWN, OTHER = "BU09350000", "BU09350100"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the choice is made by rights, and the query is the one of all people."""
    return sqlite_url


@pytest.fixture
def access(database: Database, settings: Settings, placed: Callable[..., str], oov: Actor) -> CaseAccess:
    """Access of OOV to a case in the first area."""
    return CaseAccess(database, settings, oov, placed(), NOW)


@pytest.fixture
def people(add_colleague: Callable[..., str], gebied_of_buurt: Callable[[str], str]) -> dict[str, str]:
    """The ids of accounts: of the area and of another one, of OOV, and two that may not work on cases."""
    return {
        "A. Agent": add_colleague("A. Agent", "gebiedsteam", "politie", [gebied_of_buurt(OWN)]),
        "E. Elders": add_colleague("E. Elders", "gebiedsteam", "Trajekt", [gebied_of_buurt(OTHER)]),
        "O. Adviseur": add_colleague("O. Adviseur"),
        "L. Lezer": add_colleague("L. Lezer", "lezer", "gemeente"),
        "P. Privacy": add_colleague("P. Privacy", "privacy", "gemeente"),
    }


def test_the_list_has_who_may_work_on_the_case_and_their_organisations(
    database: Database, access: CaseAccess, people: dict[str, str], gebied_of_buurt: Callable[[str], str]
) -> None:
    within = read_case_assignees(access)
    assert [person.actor.name for person in within.people] == ["A. Agent", "O. Adviseur"]
    assert within.organisations == ["OOV", "politie"]
    with database.reading() as connection:
        everywhere = read_assignees(connection)
    assert everywhere.organisations == ["OOV", "politie", "Trajekt"]
    assert everywhere.partners(gebied_of_buurt(OWN)) == ["politie"]


@pytest.mark.parametrize("how", ["id", "login", "full name", "in other letters"])
def test_an_account_is_meant_by_its_id_or_name(access: CaseAccess, people: dict[str, str], how: str) -> None:
    user_id = people["A. Agent"]
    written = {"id": user_id, "login": "a.-agent", "full name": "A. Agent", "in other letters": " a. AGENT "}
    case = assign(access, expected_version=1, person=written[how], organisation="POLITIE")
    assert (case.assigned_to, case.assigned_user_id) == ("A. Agent", user_id)
    assert case.assigned_organisation == "politie"


@pytest.mark.parametrize("name", ["E. Elders", "L. Lezer", "P. Privacy", "Iemand anders"])
def test_who_may_not_work_on_it_is_no_choice_and_nothing_changes(
    access: CaseAccess, people: dict[str, str], name: str
) -> None:
    for person in {name, people.get(name, name)}:
        with pytest.raises(AssigneeError, match=f"found '{person}': choose one of the list"):
            assign(access, expected_version=1, person=person)
    assert read_case(access).version == 1


def test_of_two_with_one_name_the_id_says_who(
    access: CaseAccess, people: dict[str, str], add_colleague: Callable[..., str]
) -> None:
    second = add_colleague("A. AGENT", login="another")
    with pytest.raises(AssigneeError, match="more than one has this name: give the id"):
        assign(access, expected_version=1, person="A. Agent")
    assert assign(access, expected_version=1, person=second).assigned_user_id == second


@pytest.mark.parametrize("organisation", ["Trajekt", "gemeente", "Handhaving"])
def test_an_organisation_without_an_account_that_may_work_on_it_is_no_choice(
    access: CaseAccess, people: dict[str, str], organisation: str
) -> None:
    with pytest.raises(AssigneeError, match="wanted for HS-2024-001 an organisation with an account"):
        assign(access, expected_version=1, organisation=organisation)


def test_what_was_typed_once_stays_with_the_case_until_another_is_chosen(
    database: Database, access: CaseAccess, people: dict[str, str]
) -> None:
    typed = {"assigned_to": "Jan van de balie", "assigned_organisation": "Stadsbeheer"}
    with database.writing() as connection:
        connection.execute(update(hotspots).values(typed))
    kept = assign(
        access,
        expected_version=1,
        person="Jan van de balie",
        organisation="Stadsbeheer",
        due_on=date(2024, 4, 1),
    )
    assert (kept.assigned_to, kept.assigned_user_id) == ("Jan van de balie", None)
    assert (kept.assigned_organisation, kept.due_on) == ("Stadsbeheer", date(2024, 4, 1))
    other = assign(access, expected_version=2, person=people["A. Agent"])
    assert (other.assigned_to, other.assigned_organisation) == ("A. Agent", None)
    assert assign(access, expected_version=3).assigned_user_id is None
