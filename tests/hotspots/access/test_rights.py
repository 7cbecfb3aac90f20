"""Who may do what, and where: roles, rights and the one table that joins them."""

import pytest

from hotspots.access.rights import (
    EVERYTHING,
    GRANTED,
    NO_PERSONS,
    RIGHTS,
    SCOPES,
    WITHOUT_AREA,
    Actor,
    Reach,
    Right,
    Role,
    Sharing,
    Visibility,
    may,
    may_read_shared,
    reachable_gebieden,
    require,
    touches_persons,
    visibility_of,
)
from hotspots.errors import ForbiddenError
from hotspots.model import Soort

OWN, OTHER = "Mariaberg", "Wyck"


def person(role: Role, *granted: Right) -> Actor:
    return Actor("1", "Somebody", role, "politie", frozenset({OWN}), frozenset(granted))


def machine(*scopes: Right, gebieden: frozenset[str] | None = None) -> Actor:
    return Actor("2", "A machine", None, gebieden=gebieden, scopes=frozenset(scopes))


EXPECTED: dict[Role, str] = {
    # per right, in the order of Right: e(verywhere), o(wn areas), - not
    Role.LEZER: "e---------------e-------------------",
    Role.GEBIEDSTEAM: "oooooooooo-oooooo-------------------",
    Role.OOV: "eeeeeeeeeeeeeeeeeee---e-ee----e--e--",
    Role.BEHEERDER: "e----------------ee-eeeeeeeeeeee-eee",
    Role.PRIVACY: "e---e------------e-e--e------eeee-e-",
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


def test_a_machine_is_who_has_no_role() -> None:
    assert machine().is_machine
    assert not person(Role.LEZER).is_machine


@pytest.mark.parametrize(
    ("soort", "reporters", "expected"),
    [
        (Soort.WONING, 9, True),
        (Soort.WONING, None, True),
        (Soort.GEBIED, 0, True),
        (Soort.GEBIED, 1, True),
        (Soort.GEBIED, 2, False),
        (Soort.GEBIED, None, False),
        (None, None, False),
        (None, 1, True),
    ],
)
def test_a_dwelling_and_a_place_of_one_known_reporter_point_at_persons(
    soort: Soort | None, reporters: int | None, expected: bool
) -> None:
    assert touches_persons(soort, reporters) is expected


HERE = frozenset({OWN})


@pytest.mark.parametrize(
    ("visibility", "is_everything", "is_nothing"),
    [
        (EVERYTHING, True, False),
        (NO_PERSONS, False, False),
        (Visibility(gebieden=frozenset()), False, False),
        (Visibility(HERE, frozenset()), False, False),
        (Visibility(frozenset(), HERE), False, False),
        (Visibility(frozenset(), frozenset()), False, True),
    ],
    ids=["all", "no persons", "only what points at persons", "own places", "own dwellings", "nothing"],
)
def test_what_is_visible_is_everything_something_or_nothing(
    visibility: Visibility, is_everything: bool, is_nothing: bool
) -> None:
    assert visibility.is_everything is is_everything
    assert visibility.is_nothing is is_nothing


def test_places_and_what_points_at_persons_are_each_shown_in_their_own_areas() -> None:
    visibility = Visibility(frozenset({OWN, OTHER}), HERE)
    assert visibility.shows(Soort.GEBIED, OTHER, reporters=2)
    assert not visibility.shows(Soort.GEBIED, OTHER, reporters=1)
    assert not visibility.shows(Soort.WONING, OTHER)
    assert visibility.shows(Soort.WONING, OWN)
    assert not visibility.shows(Soort.GEBIED, None)
    assert NO_PERSONS.shows(Soort.GEBIED, None)
    assert not NO_PERSONS.shows(Soort.WONING, OWN)


@pytest.mark.parametrize(
    ("actor", "expected"),
    [
        (person(Role.LEZER), NO_PERSONS),
        (person(Role.GEBIEDSTEAM), Visibility(HERE, HERE)),
        (person(Role.OOV), EVERYTHING),
        (person(Role.BEHEERDER), NO_PERSONS),
        (person(Role.PRIVACY), EVERYTHING),
        (machine(), Visibility(frozenset(), frozenset())),
        (machine(Right.READ_HOTSPOTS, gebieden=HERE), Visibility(HERE, frozenset())),
        (machine(Right.READ_DWELLINGS, gebieden=HERE), Visibility(frozenset(), HERE)),
        (machine(Right.READ_CASES, gebieden=HERE), Visibility(HERE, HERE)),
        (machine(Right.READ_CASES), EVERYTHING),
    ],
)
def test_one_may_know_of_what_one_may_read_as_a_hotspot_or_as_a_case(
    actor: Actor, expected: Visibility
) -> None:
    assert visibility_of(actor) == expected


@pytest.mark.parametrize(
    ("sharing", "readers"),
    [
        (Sharing.OWN, set()),
        (Sharing.OOV, {Role.OOV}),
        (Sharing.TEAM, {Role.OOV, Role.GEBIEDSTEAM}),
        (Sharing.EVERYONE, set(Role)),
    ],
)
def test_what_a_partner_shares_is_read_by_the_roles_of_its_class_and_by_the_partner(
    sharing: Sharing, readers: set[Role]
) -> None:
    assert {role for role in Role if may_read_shared(person(role), sharing, "Trajekt")} == readers
    assert all(may_read_shared(person(role), sharing, "politie") for role in Role)
    # who has no organisation is not of the one without a name
    assert may_read_shared(machine(), sharing, "") is (sharing is Sharing.EVERYONE)


def test_a_refusal_names_the_place_only_for_a_right_about_places() -> None:
    with pytest.raises(ForbiddenError, match=r"'A machine' \(machine\) wanted gebruikers.beheren: not"):
        require(machine(), Right.MANAGE_USERS, None)
    with pytest.raises(ForbiddenError, match=r"wanted dossiers.lezen in 'no area': not"):
        require(machine(), Right.READ_CASES, None)
