"""People at work on simulated hotspots: in order, dated then, by their own accounts."""

from collections.abc import Callable
from datetime import datetime, time, timedelta

import geopandas as gpd
import pandas as pd
import pytest

from hotspots.access.accounts import add_demo_users
from hotspots.access.machine_tokens import list_tokens
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.history import read_history
from hotspots.casework.measures import read_measures
from hotspots.casework.verdicts import read_verdicts
from hotspots.evaluation.city import RD, Circle, City
from hotspots.evaluation.simulated_casework import (
    People,
    SimulatedCasework,
    people_of,
    share_and_subscribe,
)
from hotspots.evaluation.simulation import SimulatedYear
from hotspots.evaluation.staged_years import StagedYears
from hotspots.evaluation.stories import Story, load_stories
from hotspots.evaluation.year_plan import YearPlan
from hotspots.geography.projection import Projection
from hotspots.model import Status
from hotspots.publishing.embeds import read_embeds
from hotspots.publishing.subscriptions import read_own_subscription
from hotspots.settings import Settings
from hotspots.store.database import Database
from tests.hotspots.conftest import AS_OF

LON, LAT = 5.69, 50.85  # of every placed hotspot
LAST = AS_OF + timedelta(days=21)
BEFORE = datetime.combine(AS_OF - timedelta(days=400), datetime.min.time()).astimezone()


def story(name: str) -> Story:
    [found] = [one for one in load_stories().stories if one.name == name]
    return found


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only, as the demo is; the acts themselves are tested on each database."""
    return sqlite_url


@pytest.fixture
def staged() -> StagedYears:
    """Years with one planted place, where hotspots are placed; without a story."""
    x, y = Projection(RD).to_metres([LON], [LAT])
    city = City("Stad", RD, pd.DataFrame(), gpd.GeoDataFrame(), Circle(0, 0, 1))
    start = AS_OF - timedelta(days=50)
    planted = {"place": [0], "kind": ["hotspot"], "x": [x[0] + 20], "y": [y[0]], "start": [start]}
    first = LAST - timedelta(days=727)
    years = SimulatedYear(city, first, LAST, YearPlan(), pd.DataFrame(), pd.DataFrame(planted))
    return StagedYears(years, {}, "")


@pytest.fixture
def people(database: Database, placed: Callable[..., str], gebied_of_buurt: Callable[[str], str]) -> People:
    """The accounts of the demo; the gebiedsteam and the wijkagent in the area of the hotspot."""
    placed()
    own = [gebied_of_buurt("BU09350000")]
    add_demo_users(database, gebieden=own, now=BEFORE, all_gebieden=own)
    return people_of(database)


def worked_on(
    database: Database, settings: Settings, people: People, staged: StagedYears, weeks: int
) -> SimulatedCasework:
    casework = SimulatedCasework(database, settings, people, staged, datetime.now().astimezone())
    for week in range(weeks):
        casework.after_run(AS_OF + timedelta(weeks=week))
    return casework


def test_a_story_is_told_by_acts_that_are_dated_then(
    database: Database, settings: Settings, people: People, staged: StagedYears
) -> None:
    staged.stories[0] = story("nieuw, wacht op OOV")
    casework = worked_on(database, settings, people, staged, weeks=3)
    assert list(casework.seen.values()) == ["nieuw, wacht op OOV"]
    [hotspot] = casework.seen
    now = datetime.now().astimezone()
    access = CaseAccess(database, settings, people.oov, hotspot, now)
    assert read_case(access).status is Status.IN_VERIFICATIE
    events = read_history(access)
    assert [(event.kind, event.organisation) for event in events] == [
        ("verifiëren", "politie"),
        ("verrijken", "politie"),
        ("oordelen", "politie"),
        ("oordelen", "gebiedsteam"),
    ]
    moments = [event.at for event in events]
    assert moments == sorted(moments)
    days = [settings.municipality.local_day(moment) for moment in moments]
    wanted = [LAST - timedelta(days=ago) for ago in (13, 12, 10, 9)]
    assert all(
        day in (on, on + timedelta(1), on + timedelta(2)) for day, on in zip(days, wanted, strict=True)
    )
    assert all(day.weekday() < 5 for day in days)
    assert [verdict.peildatum for verdict in read_verdicts(access)] == [AS_OF, AS_OF]


def test_reading_texts_and_points_is_in_the_log_of_access(
    database: Database, settings: Settings, people: People, staged: StagedYears
) -> None:
    staged.stories[0] = story("nieuw, wacht op OOV")
    worked_on(database, settings, people, staged, weeks=3)
    with database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT actor, right_used FROM access_log ORDER BY id").all()
    assert [tuple(row) for row in rows] == [
        ("Demo wijkagent", "punten.lezen"),
        ("Demo wijkagent", "teksten.lezen"),
    ]


def test_any_other_place_gets_a_course_that_ends_when_it_is_quiet(
    database: Database, settings: Settings, people: People, staged: StagedYears
) -> None:
    casework = worked_on(database, settings, people, staged, weeks=40)
    [(hotspot, told)] = casework.seen.items()
    assert told == ""
    access = CaseAccess(database, settings, people.team, hotspot, datetime.now().astimezone())
    case = read_case(access)
    assert (case.status, case.verdict) == (Status.NAZORG, Status.LEEFBAARHEID)
    [measure] = read_measures(access)
    assert measure.created_by == "Demo gebiedsteam"  # it leads where the verdict is leefbaarheid
    assert measure.plan.starts_on > AS_OF


def test_maps_are_shared_and_a_token_and_a_subscription_made(
    database: Database, settings: Settings, people: People, gebied_of_buurt: Callable[[str], str]
) -> None:
    now = datetime.now().astimezone()
    gebied = gebied_of_buurt("BU09350000")
    share_and_subscribe(database, settings, people, gebied=gebied, now=now)
    with database.reading() as connection:
        embeds = read_embeds(connection, actor=people.oov)
        subscription = read_own_subscription(connection, actor=people.team)
    assert {embed.gebied for embed in embeds} == {None, gebied}
    assert not any(embed.is_over(now) for embed in embeds)
    assert subscription is not None
    [token] = list_tokens(database)
    assert token.expires_at > now


def test_nothing_is_done_after_now(
    database: Database, settings: Settings, people: People, staged: StagedYears
) -> None:
    staged.stories[0] = story("nieuw, wacht op OOV")
    now = datetime.combine(LAST - timedelta(days=11), time(12), settings.municipality.zone)
    casework = SimulatedCasework(database, settings, people, staged, now)
    for week in range(3):
        casework.after_run(AS_OF + timedelta(weeks=week))
    access = CaseAccess(database, settings, people.oov, next(iter(casework.seen)), now)
    assert [event.kind for event in read_history(access)] == ["verifiëren", "verrijken"]
