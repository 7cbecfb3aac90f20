"""A place is signalled, or one rule, its surroundings or one false alarm keeps it off the list.

The place of these tests has 12 reports in as many weeks by four people, and 6 more on the days of two crowds,
of which others report all around; who looks at how many places decides what is a wonder.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from math import log1p

import numpy as np
import pandas as pd
import pytest

from hotspots.detection.address_density import AddressDensity
from hotspots.detection.assessment import Assessed, assess
from hotspots.detection.concentration import SurroundingsIndex
from hotspots.detection.explanations import ONCE_EACH
from hotspots.detection.places import Assessment, DetectionContext, Members, describe_places
from hotspots.settings import CalendarSettings, DetectionSettings, Event, Settings

AS_OF = date(2023, 12, 31)
KEEP_ALL = {"near_share": 0.0}

CROWDS = (28, 77)
"""How many days ago there was a crowd."""


def reports_at(days_ago: Iterable[float], spots: Iterable[tuple[float, float]], first: int) -> pd.DataFrame:
    """Reports by one new person each, numbered from `first` on."""
    rows = []
    for number, (ago, (x, y)) in enumerate(zip(days_ago, spots, strict=True), start=first):
        moment = pd.Timestamp(AS_OF, tz="UTC") + pd.Timedelta(hours=12) - pd.Timedelta(days=ago)
        day = moment.tz_localize(None).normalize()
        when = {"moment": moment, "day": day, "week": day - pd.Timedelta(days=day.day_of_week)}
        who = {"report_id": number, "reporter_id": float(number), "address_key": None, "buurtcode": "BU1"}
        rows.append(
            when
            | who
            | {"x": x, "y": y, "has_hour": True, "is_night": False, "is_duplicate": False, "place": 0}
        )
    return pd.DataFrame(rows).astype({"moment": "datetime64[us, UTC]"})


def own(weekly: int = 12) -> pd.DataFrame:
    """The reports of the place."""
    days = [3 + 7.0 * week for week in range(weekly)] + [
        ago + part for ago in CROWDS for part in (0, 0.1, 0.2)
    ]
    table = reports_at(days, [(8 * np.cos(n), 8 * np.sin(n)) for n in range(len(days))], 1)
    return table.assign(reporter_id=[1.0 + n % 4 for n in range(weekly)] + [n + 10.0 for n in range(6)])


def around() -> pd.DataFrame:
    """What others report in the crowds, 100 to 200 metres away, and now and then in the rest of town."""
    crowd = [(ago + part / 24, part) for ago in CROWDS for part in range(12)]
    near = [((100 + 8 * part) * np.cos(part), (100 + 8 * part) * np.sin(part)) for _, part in crowd]
    far = [(600 * np.cos(n), 600 * np.sin(n)) for n in range(30)]
    return reports_at([ago for ago, _ in crowd] + [5.5 * n for n in range(30)], near + far, 100)


def context(place: pd.DataFrame, *, looks: int = 1, settings: Settings | None = None) -> DetectionContext:
    everything = pd.concat([place, around()])
    chosen = settings or Settings()
    nobody = AddressDensity.of(np.zeros((0, 2)))
    return DetectionContext(
        AS_OF,
        chosen,
        SurroundingsIndex(everything[["x", "y"]].to_numpy(), nobody, chosen.detection),
        everything["report_id"].to_numpy(),
        everything["moment"].to_numpy(dtype="datetime64[s]"),
        looks,
        {"BU1": "WK1"},
    )


def no_text(_ids: Iterable[int]) -> Mapping[int, str]:
    return {}


def only(parts: list[Assessed]) -> Assessment:
    """What came of the one place there is."""
    ((_, assessment),) = [pair for part in parts for pair in part.closely]
    return assessment


def assessed(place: pd.DataFrame, among: DetectionContext) -> Assessment:
    return only(assess(describe_places(Members.of(place), among), no_text, among))


def looks_for(assessment: Assessment, count: int, p_value: float) -> int:
    """How many looks give so many reports this chance."""
    return round(log1p(-p_value) / log1p(-assessment.compared.chance(count)))


def test_a_place_that_holds_without_its_crowds_is_signalled() -> None:
    place = own()
    found = assessed(place, context(place))
    assert found.suppressed_because is None
    assert found.signalled
    assert not found.is_only_crowded


def test_a_place_is_off_the_list_when_only_its_crowds_make_it_a_wonder() -> None:
    place = own()
    once = assessed(place, context(place))
    looks = looks_for(once, 12, p_value=0.06)  # by people who come back: 0.05 is enough
    assert looks > 1
    many = assessed(place, context(place, looks=looks))
    assert many.p_value <= 0.02
    assert many.suppressed_because is not None
    assert (
        "omdat 6 van de 18 meldingen vallen op dagen waarop er in de hele omgeving" in many.suppressed_because
    )
    fewer = assessed(place, context(place, looks=looks_for(once, 12, p_value=0.04)))
    assert fewer.signalled


def busy_days(reporters: list[float]) -> pd.DataFrame:
    """Six reports in three days and six in as many other weeks, by these people."""
    days = [40, 40.1, 41, 41.1, 42, 42.1, 5, 12, 19, 61, 68, 82]
    table = reports_at(days, [(8 * np.cos(n), 8 * np.sin(n)) for n in range(len(days))], 1)
    return table.assign(reporter_id=reporters)


def test_a_place_to_which_people_come_back_after_weeks_is_no_peak() -> None:
    nothing_remains = Settings(detection=DetectionSettings(max_rest_p=1e-15, max_episode_rest_p=1e-15))
    once_each = [float(n) for n in range(12)]
    late = busy_days([*once_each[:10], 6.0, 7.0])  # after 56 and 70 days
    soon = busy_days([*once_each[:7], 6.0, *once_each[8:]])  # after 7 days
    back, not_back = (assessed(table, context(table, settings=nothing_remains)) for table in (late, soon))
    assert back.signalled
    assert not_back.suppressed_because is not None
    assert "in een korte tijd" in not_back.suppressed_because


def test_more_is_asked_of_a_place_where_everybody_reports_once() -> None:
    place = busy_days([float(n) for n in range(12)])
    asked = Settings(detection=DetectionSettings().model_copy(update={"passing_share": 0.1}))
    looks = looks_for(assessed(place, context(place)), 12, p_value=0.001)
    assert assessed(place, context(place, looks=looks)).suppressed_because is None
    among = context(place, looks=looks, settings=asked)
    once_each = assessed(place, among)
    assert once_each.p_value == pytest.approx(0.001, rel=0.2)
    assert once_each.suppressed_because is not None
    assert once_each.suppressed_because.endswith(ONCE_EACH)
    again = busy_days([float(n) for n in range(7)] + [6.0, *(float(n) for n in range(8, 11)), 10.0])
    assert ONCE_EACH not in (assessed(again, among).suppressed_because or "")


def test_a_place_that_keeps_no_rule_without_its_crowds_is_off_the_list() -> None:
    place = own(weekly=7)
    found = assessed(place, context(place))
    assert found.suppressed_because is not None
    assert "omdat 6 van de 13 meldingen vallen op dagen" in found.suppressed_because


def test_more_than_chance_gives_is_asked_of_what_is_there_not_of_what_is_written() -> None:
    asked: list[int] = []

    def texts(ids: Iterable[int]) -> Mapping[int, str]:
        asked.extend(ids)
        return {}

    place = own()
    once = assessed(place, context(place))
    looks = looks_for(once, 18, p_value=0.5)
    among = context(place, looks=looks)
    (crowded,) = assess(describe_places(Members.of(place), among), texts, among)
    assert crowded.is_only_crowded.all()
    assert not crowded.is_signalled.any()
    assert asked == []
    among = context(place)
    assess(describe_places(Members.of(place), among), texts, among)
    assert sorted(asked) == place["report_id"].tolist()


@pytest.mark.parametrize(
    ("change", "is_crowded"),
    [({"max_radius_m": 7.0}, True), ({"max_radius_m": 9.0}, False), ({"min_ratio": 1e6}, True)],
    ids=["too wide", "just not too wide", "too few times what is expected"],
)
def test_a_place_is_narrow_and_many_times_what_is_expected(
    change: dict[str, float], is_crowded: bool
) -> None:
    place = own()
    rules = DetectionSettings().model_copy(update=change | KEEP_ALL)
    found = assessed(place, context(place, settings=Settings(detection=rules)))
    assert found.is_only_crowded is is_crowded
    assert found.signalled is not is_crowded


@pytest.mark.parametrize(
    ("areas", "weekly", "is_signalled"),
    [((), 12, True), ((), 7, False), (("BU1",), 7, False), (("WK1",), 7, False), (("WK2",), 7, True)],
    ids=["holds without it", "does not", "in its buurt", "in its wijk", "elsewhere"],
)
def test_the_days_of_an_event_count_where_it_is(
    areas: tuple[str, ...], weekly: int, is_signalled: bool
) -> None:
    place = own(weekly)
    rules = DetectionSettings().model_copy(update={"max_crowd_p": 0.0})  # nothing is a crowd
    events = [
        Event(name=f"feest {ago}", first=day - timedelta(days=1), last=day, areas=areas)
        for ago in CROWDS
        for day in (AS_OF - timedelta(days=ago),)
    ]
    settings = Settings(detection=rules, calendar=CalendarSettings(events=tuple(events)))
    found = assessed(place, context(place, settings=settings))
    assert found.signalled is is_signalled
    if not is_signalled:
        assert found.suppressed_because is not None
        assert "omdat 6 van de 13 meldingen op dagen van een" in found.suppressed_because
        assert "(feest 28, feest 77)" in found.suppressed_because


def test_a_place_that_fails_a_rule_is_told_so_whatever_lies_around_it() -> None:
    place = own().iloc[:7]
    settings = Settings(detection=DetectionSettings().model_copy(update=KEEP_ALL))
    found = assessed(place, replace(context(place, settings=settings), looks=10**9))
    assert found.suppressed_because == (
        "Niet gesignaleerd, omdat het aantal meldingen te klein is: 7, nodig zijn er 8."
    )
    assert not found.is_only_crowded


def test_without_places_there_is_nothing_to_assess() -> None:
    among = context(own())
    nothing = describe_places(Members.of(own()), among).take(np.zeros(0, dtype=np.int64))
    assert assess(nothing, no_text, among) == []
