"""Who may read a report, in one sentence for its first page."""

from collections.abc import Collection

from sqlalchemy import Connection, select

from hotspots.access.rights import Role
from hotspots.store.case_tables import users
from hotspots.wording import listed

OF_ANYONE = "Voor wie een account heeft. Plekken die naar één woning of één melder wijzen, staan er niet in."
"""Of a report that tells of no dwelling and no case."""


def who_may_read(connection: Connection, gebieden: Collection[str] | None) -> str:
    """Say who may read what is told exactly of these gebieden, None for all.

    It follows the table of rights: who may know of dwellings and read cases there. The organisations of a
    gebiedsteam are those of its accounts.
    """
    if gebieden is None:
        of_team = "Een gebiedsteam krijgt het rapport van het eigen gebied."
        return f"Alleen voor OOV en de privacymedewerker. {of_team}"
    teams = listed([f"het gebiedsteam van {name}{_members(connection, name)}" for name in sorted(gebieden)])
    return f"Alleen voor {teams}, OOV en de privacymedewerker. Geef het niet aan anderen."


def _members(connection: Connection, gebied: str) -> str:
    """The organisations with an account of this gebiedsteam, in brackets."""
    accounts = users.c
    query = select(accounts.organisation, accounts.gebieden).where(
        accounts.role == Role.GEBIEDSTEAM, accounts.is_disabled.is_(False), accounts.organisation != ""
    )
    found = {row.organisation for row in connection.execute(query) if gebied in row.gebieden}
    return f" ({listed(sorted(found))})" if found else ""
