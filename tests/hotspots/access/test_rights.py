"""Who may do what, and where: roles, rights and the one table that joins them."""

import pytest

from hotspots.access.rights import (
    GRANTED,
    RIGHTS,
    SCOPES,
    WITHOUT_AREA,
    Actor,
    Reach,
    Right,
    Role,
    may,
    reachable_gebieden,
    require,
)
from hotspots.errors import ForbiddenError

OWN, OTHER = "Mariaberg", "Wyck"


def person(role: Role, *granted: Right) -> Actor:
    return Actor("1", "Somebody", role, "politie", frozenset({OWN}), frozenset(granted))


def machine(*scopes: Right, gebieden: frozenset[str] | None = None) -> Actor:
    return Actor("2", "A machine", None, gebieden=gebieden, scopes=frozenset(scopes))


EXPECTED: dict[Role, str] = {
    # per right, in the order of Right: e(verywhere), o(wn areas), - not
    Role.LEZER: "e-----------e--------",
    Role.GEBIEDSTEAM: "ooooooooo-ooo--------",
    Role.OOV: "eeeeeeeeeeeeeee---e-e",
    Role.BEHEERDER: "e------------ee-eeeee",
    Role.PRIVACY: "e---e--------e-e--e--",
}


@pytest.mark.parametrize("role", Role)
def test_each_role_has_exactly_the_rights_that_were_agreed(role: Role) -> None:
    letters = {None: "-", Reach.EVERYWHERE: "e", Reach.OWN_AREAS: "o"}
    assert "".join(letters[RIGHTS[right].get(role)] for right in Right) == EXPECTED[role]


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("role", Role)
def test_a_right_holds_where_the_table_says(role: Role, right: Right) -> None:
    reach = RIGHTS[right].get(role)
    actor = person(role, *GRANTED)
    assert may(actor, right, OWN) is (reach is not None)
    assert may(actor, right, OTHER) is (reach is Reach.EVERYWHERE)
    assert may(actor, right, None) is (reach is Reach.EVERYWHERE)


@pytest.mark.parametrize("right", sorted(GRANTED))
@pytest.mark.parametrize("role", Role)
def test_points_and_texts_are_closed_to_who_was_not_granted_them_by_name(role: Role, right: Right) -> None:
    assert not may(person(role), right, OWN)


def test_a_grant_gives_nothing_that_the_role_does_not_allow() -> None:
    assert not may(person(Role.LEZER, Right.READ_TEXTS), Right.READ_TEXTS, OWN)
    assert not may(person(Role.GEBIEDSTEAM, Right.DECIDE), Right.DECIDE, OWN)


def test_the_areas_of_a_list_are_everywhere_the_own_ones_or_none() -> None:
    assert reachable_gebieden(person(Role.OOV), Right.READ_HOTSPOTS) is None
    assert reachable_gebieden(person(Role.GEBIEDSTEAM), Right.READ_HOTSPOTS) == frozenset({OWN})
    assert reachable_gebieden(person(Role.LEZER), Right.READ_CASES) == frozenset()


def test_a_team_member_without_areas_reaches_nothing() -> None:
    nobody = Actor("1", "Somebody", Role.GEBIEDSTEAM, "politie", None)
    assert reachable_gebieden(nobody, Right.READ_HOTSPOTS) == frozenset()


def test_a_machine_may_what_its_scopes_say_in_the_areas_of_its_token() -> None:
    everywhere, bound = (
        machine(Right.READ_HOTSPOTS),
        machine(Right.READ_HOTSPOTS, gebieden=frozenset({OWN})),
    )
    assert may(everywhere, Right.READ_HOTSPOTS, OTHER)
    assert may(everywhere, Right.READ_HOTSPOTS, None)
    assert not may(everywhere, Right.READ_CASES, OWN)
    assert may(bound, Right.READ_HOTSPOTS, OWN)
    assert not may(bound, Right.READ_HOTSPOTS, OTHER)


@pytest.mark.parametrize("right", [Right.DECIDE, Right.MANAGE_USERS, Right.MANAGE_TOKENS])
def test_a_machine_never_decides_nor_lets_others_in(right: Right) -> None:
    assert right not in SCOPES
    assert not may(machine(right), right, None)


def test_who_may_not_is_refused_with_who_what_and_where() -> None:
    with pytest.raises(ForbiddenError, match=r"'Somebody' \(lezer\) wanted dossiers.lezen in 'Wyck'"):
        require(person(Role.LEZER), Right.READ_CASES, OTHER)
    require(person(Role.OOV), Right.READ_CASES, OTHER)


def test_every_right_is_in_the_table_and_held_by_some_role() -> None:
    assert set(RIGHTS) == set(Right)
    assert all(RIGHTS.values())
    assert set(Right) >= WITHOUT_AREA
