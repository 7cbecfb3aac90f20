"""Who may sign in now, as actors."""

from collections.abc import Callable

from sqlalchemy import update

from hotspots.access.people import Person, read_people
from hotspots.access.rights import LETTING_IN, Actor, Role
from hotspots.store.case_tables import users
from hotspots.store.database import Database


def test_who_is_blocked_or_waits_to_be_let_in_is_not_among_the_people(
    database: Database, add_colleague: Callable[..., str]
) -> None:
    kept = add_colleague("B. Bos", "gebiedsteam", "Trajekt", ["Mariaberg"])
    blocked, held = add_colleague("A. Blocked"), add_colleague("C. Held")
    with database.writing() as connection:
        connection.execute(update(users).where(users.c.id == blocked).values(is_disabled=True))
        connection.execute(update(users).where(users.c.id == held).values(asked=[str(LETTING_IN)]))
    with database.reading() as connection:
        found = read_people(connection)
        assert read_people(connection, [blocked, held]) == []
    actor = Actor(kept, "B. Bos", Role.GEBIEDSTEAM, "Trajekt", frozenset({"Mariaberg"}))
    assert found == [Person("b.-bos", actor)]
