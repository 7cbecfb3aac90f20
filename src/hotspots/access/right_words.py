"""Roles and rights in plain Dutch: what somebody may, where, and what not."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hotspots.access.rights import GRANTED, RIGHTS, WITHOUT_AREA, Actor, Right, Role, reachable_gebieden

_WORDS = Path(__file__).with_suffix(".toml")


@dataclass(frozen=True)
class RightInWords:
    """One right, as somebody has it or not."""

    words: str  # such as "ziet de plekken op de lijst"
    is_held: bool
    where: str  # such as "in Centrum en Wyck"; empty where the right is not held, or is about no place
    can_be_given: bool  # not held, and the role makes it possible by name


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(_WORDS.read_text(encoding="utf-8"))


def role_in_words(role: Role) -> str:
    """Say what a role is for.

    Examples
    --------
    >>> role_in_words(Role.LEZER)
    'Leest de lijst, de kaart en de rapporten, zonder plekken die op personen wijzen.'
    """
    return _words()["roles"][role]


def right_in_words(right: Right) -> str:
    """Say what a right is, after "mag" or "mag niet".

    Examples
    --------
    >>> right_in_words(Right.MANAGE_USERS)
    'accounts maken, wijzigen en blokkeren'
    """
    return _words()["rights"][right]


def right_in_english(right: Right) -> str:
    """Say in English what a right is, after "may".

    Examples
    --------
    >>> right_in_english(Right.MANAGE_USERS)
    'make, change and block accounts'
    """
    return _words()["english"][right]


def short_right(name: str) -> str:
    """Say in a few words what a right of a list or log is; its name, if there is no such right any more.

    Examples
    --------
    >>> short_right("punten.lezen"), short_right("vroeger.iets")
    ('zien op welk adres een melding precies is', 'vroeger.iets')
    """
    return _words()["rights"].get(name, name).partition(";")[0]


def rights_in_words(actor: Actor) -> list[RightInWords]:
    """Say of each right whether somebody has it, and where; in the order of the rights."""
    told = []
    for right in Right:
        reach = reachable_gebieden(actor, right)
        is_held = reach is None or bool(reach)
        where = "" if not is_held or right in WITHOUT_AREA else _where(reach)
        possible = right in GRANTED and not is_held and actor.role in RIGHTS[right]
        told.append(RightInWords(right_in_words(right), is_held, where, possible))
    return told


def _where(gebieden: frozenset[str] | None) -> str:
    if gebieden is None:
        return "overal"
    *others, last = sorted(gebieden)
    return f"in {', '.join(others)} en {last}" if others else f"in {last}"
