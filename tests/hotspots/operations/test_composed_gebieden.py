"""Gebieden are composed from buurten and wijken: what one gets another loses, unseen by nobody."""

from datetime import UTC, datetime

import pytest

from hotspots.access.accounts import add_user
from hotspots.access.admin_changes import Kind, read_changes
from hotspots.access.rights import Actor, Role
from hotspots.errors import ComposingError
from hotspots.operations import composed_gebieden
from hotspots.operations.composed_gebieden import Gebieden, Wanted, compose_gebied, version_of
from hotspots.settings import Settings
from hotspots.settings.sections import AreasSettings
from hotspots.store.areas import fill_with_shipped, names_of_gebieden
from hotspots.store.database import Database
from hotspots.store.stored_settings import effective_settings

NOW = datetime(2024, 1, 2, tzinfo=UTC)
ADMIN = Actor("b", "B. Beheerder", Role.BEHEERDER)
BINNENSTAD, JEKERKWARTIER = "BU09350000", "BU09350001"
CENTRE, WEST = "WK093500", "WK093502"


@pytest.fixture
def own(database: Database, settings: Settings) -> Settings:
    """Settings of a database with the areas of Maastricht."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    return settings


def compose(database: Database, own: Settings, wanted: Wanted, *, accept: bool = False) -> Gebieden:
    return compose_gebied(database, own, wanted, by=ADMIN, now=NOW, accept_changes=accept)


def names(database: Database, own: Settings) -> list[str]:
    """The gebieden as all that asks for them finds them."""
    gebieden = effective_settings(database, own).areas.gebieden
    with database.reading() as connection:
        return names_of_gebieden(connection, gebieden)


def test_what_a_gebied_gets_another_loses_and_all_of_it_is_in_the_history(
    database: Database, own: Settings
) -> None:
    assert compose(database, own, Wanted("Team West", [WEST, BINNENSTAD])) == {
        "Team West": [BINNENSTAD, WEST]
    }
    assert {"Team West", "Wijk 00 Centrum"} < set(names(database, own))
    assert "Wijk 02 Buitenwijk West" not in names(database, own)
    # a wijk as a whole takes its buurten with it
    after = compose(database, own, Wanted("  Team  Midden ", [CENTRE, JEKERKWARTIER]))
    assert after == {"Team West": [WEST], "Team Midden": [CENTRE]}
    renamed = compose(database, own, Wanted("Team Hart", [CENTRE], formerly="Team Midden"))
    assert renamed == {"Team West": [WEST], "Team Hart": [CENTRE]}
    assert compose(database, own, Wanted("Team West", [], formerly="Team West")) == {"Team Hart": [CENTRE]}
    assert compose(database, own, Wanted("Team Hart", [], formerly="Team Hart")) == {}
    assert effective_settings(database, own) == own
    with database.reading() as connection:
        changes = read_changes(connection, kind=Kind.AREAS)
    assert [(change.actor, change.about) for change in changes][-1] == (ADMIN.name, "gebied Team West")
    assert changes[0].before == {"Team Hart": [CENTRE]}
    assert changes[0].after == {}


def test_what_can_not_be_is_refused_in_dutch_and_changes_nothing(database: Database, own: Settings) -> None:
    compose(database, own, Wanted("Team West", [WEST]))
    for wanted, dutch in (
        (Wanted("", [CENTRE]), "Geef het gebied een naam."),
        (Wanted("x" * 61, [CENTRE]), "hoogstens 60 letters"),
        (Wanted("BU09350101", [CENTRE]), "en geen code"),
        (Wanted("Team Zuid", []), "minstens één buurt of wijk"),
        (Wanted("Team Zuid", ["BU99999999"]), "is er niet meer"),
        (Wanted("Team West", [CENTRE]), "Er is al een gebied Team West"),
        (Wanted("Wijk 01 Buitenwijk Zuidwest", [CENTRE]), "Een wijk heet al"),
        (Wanted("Team Oost", [CENTRE], formerly="Team Noord"), "Dit gebied is er niet meer"),
        (Wanted("Team Zuid", [CENTRE], version="anders"), "Iemand anders heeft de gebieden gewijzigd"),
    ):
        with pytest.raises(ComposingError) as raised:
            compose(database, own, wanted)
        assert dutch in raised.value.dutch
    seen = version_of({"Team West": (WEST,)})
    assert set(compose(database, own, Wanted("Team Zuid", [CENTRE], version=seen))) == {
        "Team West",
        "Team Zuid",
    }


def test_a_gebied_that_an_account_names_goes_only_when_that_is_accepted(
    database: Database, own: Settings
) -> None:
    compose(database, own, Wanted("Team West", [WEST]))
    add_user(
        database,
        name="team",
        full_name="T. Team",
        role=Role.GEBIEDSTEAM,
        password="een heel lang wachtwoord",
        created_by="test",
        now=NOW,
        organisation="politie",
        gebieden=["Team West"],
    )
    for wanted in (
        Wanted("Team Anders", [WEST], formerly="Team West"),
        Wanted("Team West", [], formerly="Team West"),
        Wanted("Team Anders", [WEST]),
    ):
        with pytest.raises(ComposingError, match="name gebieden that would be gone: Team West") as raised:
            compose(database, own, wanted)
        assert raised.value.is_acceptable
        assert "gebruiker T. Team" in raised.value.dutch
    assert compose(database, own, wanted, accept=True) == {"Team Anders": [WEST]}


def test_what_the_file_or_the_environment_sets_is_changed_there(
    database: Database, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_here = own.model_copy(update={"areas": AreasSettings(gebieden={"Team West": (WEST,)})})
    with pytest.raises(ComposingError, match="the settings file or environment sets"):
        compose(database, set_here, Wanted("Team Zuid", [CENTRE]))


def test_what_fails_halfway_is_undone(
    database: Database, own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(composed_gebieden, "record_change", die)
    with pytest.raises(KeyboardInterrupt):
        compose(database, own, Wanted("Team West", [WEST]))
    assert effective_settings(database, own) == own
