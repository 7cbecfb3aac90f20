"""Who may know of which hotspot, as a condition of the database; the story is that of conftest."""

import pytest
from sqlalchemy import Connection, select

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Visibility
from hotspots.settings import Settings
from hotspots.store.run_tables import hotspot_states
from hotspots.tracking.visibility import is_visible, touches_persons

LAST = hotspot_states.c.run_id == 1


def test_a_dwelling_and_a_place_of_one_known_reporter_point_at_persons(told: Connection) -> None:
    query = select(hotspot_states.c.hotspot_id).where(LAST, touches_persons())
    assert set(told.execute(query).scalars()) == {"d", "e"}


@pytest.mark.parametrize(
    ("visibility", "expected"),
    [
        (EVERYTHING, "abcdef"),
        (NO_PERSONS, "abcf"),
        (Visibility(frozenset({"Centrum"}), frozenset({"Centrum"})), "abef"),
        (Visibility(frozenset({"Team Oost"}), frozenset({"Team Oost"})), "cd"),
        (Visibility(frozenset({"Oost"}), frozenset({"Oost"})), ""),
        (Visibility(frozenset(), None), "de"),
        (Visibility(frozenset(), frozenset()), ""),
    ],
)
def test_one_sees_places_and_what_points_at_persons_each_in_its_areas(
    told: Connection, story_settings: Settings, visibility: Visibility, expected: str
) -> None:
    condition = is_visible(told, story_settings, visibility)
    query = select(hotspot_states.c.hotspot_id).where(LAST, condition)
    assert sorted(told.execute(query).scalars()) == list(expected)
