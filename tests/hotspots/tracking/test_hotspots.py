"""Reading hotspots for lists, maps and pages; the story is that of conftest."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
import shapely
from sqlalchemy import Connection, update

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Visibility
from hotspots.errors import NotFoundError
from hotspots.model import Soort, Status, Trend
from hotspots.settings import Settings
from hotspots.settings.sections import AreasSettings
from hotspots.store.run_tables import hotspots
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import (
    count_by_trend,
    count_hotspots,
    find_intersecting,
    read_hotspot,
    read_hotspots,
    read_nearby,
    read_newest,
)
from hotspots.tracking.selection import Selection

FIRST, SECOND, THIRD = date(2024, 3, 3), date(2024, 3, 10), date(2024, 3, 17)


def read(connection: Connection, settings: Settings, selection: Selection, **how: Any) -> str:
    return "".join(spot.id for spot in read_hotspots(connection, settings, selection, **how))


def test_hotspots_are_counted_in_all_and_by_trend_while_they_are_on_the_list(
    told: Connection, story_settings: Settings
) -> None:
    assert count_hotspots(told, story_settings, Selection(EVERYTHING)) == 6
    assert count_hotspots(told, story_settings, Selection(NO_PERSONS, as_of=SECOND)) == 3
    expected = dict.fromkeys(Trend, 0) | {Trend.NIEUW: 2, Trend.AANHOUDEND: 2, Trend.STIL: 1}
    assert count_by_trend(told, story_settings, Selection(EVERYTHING)) == expected
    assert count_by_trend(told, story_settings, Selection(EVERYTHING, status=["kandidaat"])) == (
        expected | {Trend.AANHOUDEND: 1}
    )


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, "cbedaf"),
        ({"limit": 2}, "cb"),
        ({"offset": 2, "limit": 3}, "eda"),
        ({"offset": 4}, "af"),
        ({"sort": ["nummer"]}, "fabdce"),
        ({"sort": ["-nummer"]}, "ecdbaf"),
        ({"sort": ["-nummer"], "limit": 2}, "ec"),
        ({"sort": ["-aantalMeldingen"]}, "cbdafe"),
        ({"sort": ["eersteSignalering", "-score"]}, "abdfce"),
    ],
    ids=repr,
)
def test_a_list_has_its_order_and_its_pages(
    told: Connection, story_settings: Settings, how: dict[str, Any], expected: str
) -> None:
    assert read(told, story_settings, Selection(EVERYTHING), **how) == expected


def test_a_list_of_one_status_can_be_sorted_by_number(told: Connection, story_settings: Settings) -> None:
    candidates = Selection(EVERYTHING, status=["kandidaat"])
    assert read(told, story_settings, candidates, sort=["-nummer"]) == "ecdaf"
    assert read(told, story_settings, candidates) == "cedaf"


def test_a_hotspot_carries_its_names_and_local_days(told: Connection, story_settings: Settings) -> None:
    spot = read_hotspot(told, story_settings, "HS-2024-003", visibility=EVERYTHING)
    assert (spot.id, spot.soort, spot.status) == ("d", Soort.WONING, Status.KANDIDAAT)
    assert (spot.buurtcode, spot.buurtnaam, spot.gebied) == ("BU3", "Buurt 3", "Team Oost")
    assert (spot.eerste_melding, spot.laatste_melding) == (date(2024, 1, 2), date(2024, 3, 1))
    assert spot.geometry.equals(shapely.Point(5.690, 50.851))
    assert read_hotspot(told, story_settings, "f", visibility=EVERYTHING).eerste_melding == date(2023, 6, 1)


def test_a_record_is_made_anew_when_its_row_or_a_setting_is_another(
    told: Connection, story_settings: Settings
) -> None:
    def read_it(settings: Settings) -> Hotspot:
        return read_hotspot(told, settings, "HS-2024-003", visibility=EVERYTHING)

    first = read_it(story_settings)
    assert read_it(story_settings) is first
    without_teams = story_settings.model_copy(update={"areas": AreasSettings()})
    assert (first.gebied, read_it(without_teams).gebied) == ("Team Oost", "Oost")
    with told.begin_nested() as changed:
        told.execute(update(hotspots).where(hotspots.c.number == first.nummer).values(status="gesloten"))
        assert (first.status, read_it(story_settings).status) == (Status.KANDIDAAT, Status.GESLOTEN)
        changed.rollback()


@pytest.mark.parametrize(
    ("as_of", "status", "trend"),
    [
        (SECOND, Status.IN_VERIFICATIE, Trend.AANHOUDEND),
        (date(2024, 3, 16), Status.VEILIGHEID, Trend.AANHOUDEND),
        (None, Status.IN_AANPAK, Trend.AANHOUDEND),
    ],
)
def test_a_hotspot_is_as_it_stood_at_a_day(
    told: Connection, story_settings: Settings, as_of: date | None, status: Status, trend: Trend
) -> None:
    spot = read_hotspot(told, story_settings, "b", visibility=EVERYTHING, as_of=as_of)
    assert (spot.status, spot.trend) == (status, trend)
    [listed] = read_hotspots(told, story_settings, Selection(EVERYTHING, as_of=as_of, ids=["b"]))
    assert listed == spot


def test_what_is_not_there_or_not_for_the_reader_is_not_found(
    told: Connection, story_settings: Settings
) -> None:
    with pytest.raises(NotFoundError, match=r"^there is no hotspot 'HS-2024-009'$"):
        read_hotspot(told, story_settings, "HS-2024-009", visibility=EVERYTHING)
    with pytest.raises(NotFoundError, match=r"^there is no hotspot 'c' at 2024-03-10$"):
        read_hotspot(told, story_settings, "c", visibility=EVERYTHING, as_of=SECOND)
    with pytest.raises(NotFoundError, match=r"^there is no hotspot 'd'$"):
        read_hotspot(told, story_settings, "d", visibility=NO_PERSONS)


def test_what_touches_a_shape_is_given_in_the_order_of_lists(
    told: Connection, story_settings: Settings
) -> None:
    shape = shapely.box(5.689, 50.849, 5.6915, 50.852)
    assert find_intersecting(told, story_settings, Selection(EVERYTHING), shape) == ["b", "d", "a"]
    assert find_intersecting(told, story_settings, Selection(NO_PERSONS), shape) == ["b", "a"]


def test_the_newest_came_on_the_list_last_or_came_back_last(
    told: Connection, story_settings: Settings
) -> None:
    found = read_newest(told, story_settings, Selection(EVERYTHING), limit=9)
    first, second, third = (datetime(2024, 3, day, 5, tzinfo=UTC) for day in (4, 11, 18))
    back = datetime(2024, 3, 15, 9, tzinfo=UTC)
    assert [(new.hotspot.id, new.published, new.updated) for new in found] == [
        ("c", third, third),
        ("e", third, third),
        ("a", first, back),
        ("b", second, second),
        # d came back before the run of 10 March, which is repeated since
        ("d", second, second),
        ("f", second, second),
    ]
    some = read_newest(told, story_settings, Selection(NO_PERSONS), limit=2)
    assert [new.hotspot.id for new in some] == ["c", "a"]


def test_nearby_are_the_others_within_a_distance_nearest_first(
    told: Connection, story_settings: Settings
) -> None:
    spot = read_hotspot(told, story_settings, "a", visibility=EVERYTHING)

    def near(within_m: float, **how: Any) -> list[tuple[str, int]]:
        wanted = {"visibility": EVERYTHING} | how
        pairs = read_nearby(told, story_settings, spot, within_m=within_m, **wanted)
        return [(other.id, round(metres)) for other, metres in pairs]

    assert near(69) == []
    assert near(145) == [("b", 70), ("d", 111), ("c", 141)]
    assert near(145, as_of=SECOND) == [("b", 70), ("d", 111)]
    assert near(145, visibility=NO_PERSONS) == [("b", 70), ("c", 141)]
    assert near(145, visibility=Visibility(frozenset({"Team Oost"}), frozenset())) == [("c", 141)]
    assert near(800)[3:] == [("f", 352), ("e", 704)]
    [(_, exactly)] = read_nearby(told, story_settings, spot, visibility=EVERYTHING, within_m=100)
    assert len(read_nearby(told, story_settings, spot, visibility=EVERYTHING, within_m=exactly)) == 1
