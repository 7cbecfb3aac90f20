"""An agent of the tests, and how they sign in."""

from datetime import UTC, datetime
from typing import Any

from hotspots.access.accounts import add_user
from hotspots.access.rights import Right, Role
from hotspots.access.sessions import sign_in
from hotspots.settings import SignInSettings
from hotspots.store.database import Database

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
SETTINGS = SignInSettings()
PASSWORD = "correct horse battery"


def add_agent(database: Database, **changes: Any) -> str:
    """Add a member of a gebiedsteam; gives the id."""
    values: dict[str, Any] = {
        "name": "Agent",
        "full_name": "A. Agent",
        "role": Role.GEBIEDSTEAM,
        "password": PASSWORD,
        "created_by": "test",
        "now": NOW,
        "organisation": "politie",
        "gebieden": ["Mariaberg"],
        "granted": [Right.READ_TEXTS],
    }
    return add_user(database, **(values | changes))


def enter(database: Database, password: str = PASSWORD, **changes: Any) -> str:
    """Sign the agent in; gives the token."""
    values: dict[str, Any] = {"settings": SETTINGS, "name": "agent", "password": password, "now": NOW}
    return sign_in(database, **(values | changes))
