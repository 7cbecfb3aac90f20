"""Names to sign in with: none with hidden signs, and none that is taken for another's."""

import pytest

from hotspots.access.accounts import list_users
from hotspots.errors import AccountError
from hotspots.store.database import Database
from tests.hotspots.access.agents import add_agent, enter

ALIKE = {
    "a Cyrillic letter": "\u043eov",
    "a Greek letter": "o\u03bfv",
    "a nought": "0ov",
    "wide letters": "\uff4f\uff4f\uff56",
    "a dot between": "o.ov",
    "a blank between": "oo v",
    "an accent": "o\u00f6v",
    "capitals": "OOV",
    "a bold letter": "\U0001d428ov",
}
HIDDEN = {
    "a zero-width space": "oo\u200bv",
    "a right-to-left mark": "oov\u202e",
    "a soft hyphen": "o\u00adov",
    "a control character": "oo\x00v",
    "a lone surrogate": "oov\ud800",
    "two blanks": "anna  b",
}


@pytest.mark.parametrize("name", (ALIKE | HIDDEN).values(), ids=ALIKE | HIDDEN)
def test_nobody_gets_a_name_that_is_taken_for_anothers(database: Database, name: str) -> None:
    add_agent(database, name="oov")
    with pytest.raises(AccountError):
        add_agent(database, name=name)
    assert [account.name for account in list_users(database)] == ["oov"]


@pytest.mark.parametrize(
    ("first", "second"), [("jansen1", "jansenl"), ("arnold", "amold"), ("vvim", "wim"), ("iris", "1ris")]
)
def test_letters_that_look_alike_make_no_other_name(database: Database, first: str, second: str) -> None:
    add_agent(database, name=first)
    with pytest.raises(AccountError, match=f"there is an account '{first}' already"):
        add_agent(database, name=second)


def test_names_in_daily_use_are_taken(database: Database) -> None:
    names = ["jan", "josé", "a.de-vries@example.org", "piet jansen", "zoë", "agent7", "agent8"]
    for name in names:
        add_agent(database, name=name)
    assert enter(database, name="JOSE\u0301")  # written with a loose accent
    assert [account.name for account in list_users(database)] == sorted(names)


@pytest.mark.parametrize("name", ["a\x00", "\x00", "oov\ud800", "a\nb", "a\x1b[0m", "\x7f"], ids=ascii)
def test_a_name_that_no_database_takes_is_refused_at_the_door_too(database: Database, name: str) -> None:
    add_agent(database, name="oov")
    with pytest.raises(AccountError):
        enter(database, name=name)
