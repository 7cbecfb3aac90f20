"""Events that are made from the history of cases and from the runs: each once, and none is lost."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from hotspots.access.rights import Actor
from hotspots.casework.cases import CaseAccess, OpenCase, load_locked, record_change
from hotspots.casework.measures import Plan, add_measure
from hotspots.casework.steps import move
from hotspots.casework.verdicts import judge
from hotspots.casework.workflow import TRANSITIONS, MeasureKind
from hotspots.model import EventType, Status
from hotspots.publishing.events.deriving import is_anything_new, kind_of_change
from hotspots.publishing.events.subscribers import NewSubscription, match_settings
from hotspots.settings import EventSubscription
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspot_states, hotspots, runs
from tests.event_telling import EVERY, NOW, Telling

OTHERS = NewSubscription("kaart", "")
"""A system that may know of nothing that points at persons, nor read cases."""


def work_on(telling: Telling, hotspot: str, oov: Actor) -> None:
    """Verify a place, judge it, decide on it, take a measure, and close it."""

    def access() -> CaseAccess:
        return CaseAccess(telling.database, telling.settings, oov, hotspot, telling.now)

    steps: list[Callable[[], Any]] = [
        lambda: move(access(), Status.IN_VERIFICATIE, expected_version=1),
        lambda: judge(access(), Status.VEILIGHEID, reason="Er wordt gedeald."),
        lambda: move(access(), Status.VEILIGHEID, expected_version=3, reason="Wij gaan erover."),
        lambda: add_measure(access(), Plan(MeasureKind.TOEZICHT, "Elke avond", "politie", date(2024, 3, 5))),
        lambda: move(access(), Status.GESLOTEN, expected_version=5, reason="Het is er stil."),
    ]
    for step in steps:
        telling.pass_time(minutes=1)
        step()


ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@ON_SQLITE
@pytest.mark.parametrize(
    ("subscription", "wanted"),
    [
        pytest.param(
            EVERY,
            [EventType.CHANGED, EventType.JUDGED, EventType.DECIDED, EventType.MEASURE, EventType.CLOSED],
            id="who reads cases",
        ),
        pytest.param(OTHERS, [EventType.CHANGED, EventType.DECIDED, EventType.CLOSED], id="others"),
        pytest.param(replace(OTHERS, types=[EventType.CLOSED]), [EventType.CLOSED], id="of one type"),
    ],
)
def test_each_change_of_a_case_is_told_once_and_in_order(
    telling: Telling,
    spots: list[str],
    oov: Actor,
    subscription: NewSubscription,
    wanted: list[EventType],
) -> None:
    telling.subscribe(subscription)
    work_on(telling, spots[0], oov)
    assert (telling.make(), telling.make()) == (len(wanted), 0)
    assert telling.told() == wanted
    assert {row.hotspot_id for row in telling.rows()} == {spots[0]}


@ON_SQLITE
def test_the_changes_of_a_place_are_in_order_where_the_clock_went_back(
    telling: Telling, spots: list[str], oov: Actor
) -> None:
    telling.subscribe()
    for hours, kind in ((0, "verrijken"), (-3, "oordelen"), (-1, "maatregel toevoegen")):
        with telling.database.writing() as connection:
            case = load_locked(connection, telling.settings, spots[0])
            at = NOW + timedelta(hours=hours)
            record_change(OpenCase(connection, telling.settings, oov, at, case), kind)
    telling.make()
    assert telling.told() == [EventType.CHANGED, EventType.JUDGED, EventType.MEASURE]


@ON_SQLITE
def test_another_change_after_a_restore_has_another_id_and_the_same_one_its_own(
    telling: Telling, spots: list[str], oov: Actor, tmp_path: Path
) -> None:
    telling.subscribe()
    ids = []
    for name, seconds in (("before", 0), ("restored", 0), ("worked on since", 1)):
        with telling.database.reading() as connection, closing(sqlite3.connect(tmp_path / name)) as copy:
            kept: Any = connection.connection.driver_connection
            kept.backup(copy)
        with closing(Database(f"sqlite:///{tmp_path / name}")) as database:
            with database.writing() as connection:
                case = load_locked(connection, telling.settings, spots[0])
                at = NOW + timedelta(seconds=seconds)
                record_change(OpenCase(connection, telling.settings, oov, at, case), "oordelen")
            made = replace(telling, database=database)
            made.make()
            ids += [row.event_id for row in made.rows()]
    assert [ids.index(one) for one in ids] == [0, 0, 2]


def test_a_step_is_told_to_all_and_what_is_written_to_who_reads_cases() -> None:
    told = {step.name: kind_of_change(step.name, reads_cases=False) for step in TRANSITIONS}
    assert None not in told.values()
    for kind in ("oordelen", "verrijken", "opmerking plaatsen", "toewijzen", "maatregel intrekken"):
        assert kind_of_change(kind, reads_cases=False) is None
        assert kind_of_change(kind, reads_cases=True) is not None


@ON_SQLITE
def test_a_subscriber_begins_with_what_is_there_and_hears_of_the_next_run(
    telling: Telling, placed: Callable[..., str]
) -> None:
    known = placed()
    telling.subscribe()
    assert telling.make() == 0
    new = placed()
    telling.run_with_all()
    assert telling.make() == 2
    assert [(row.type, row.hotspot_id) for row in telling.rows()] == [
        (EventType.SIGNALLED, new),
        (EventType.LIST_READY, None),
    ]
    assert known not in {row.hotspot_id for row in telling.rows()}
    with telling.database.reading() as connection:
        assert not is_anything_new(connection)


@ON_SQLITE
def test_a_run_that_is_done_again_tells_what_is_otherwise_in_it(telling: Telling, spots: list[str]) -> None:
    telling.subscribe()
    with telling.database.writing() as connection:
        last = connection.execute(select(runs.c.id).order_by(runs.c.as_of.desc()).limit(1)).scalar_one()
        connection.execute(update(runs).where(runs.c.id == last).values(result_hash="other"))
        chosen = (hotspot_states.c.run_id == last, hotspot_states.c.hotspot_id == spots[1])
        connection.execute(update(hotspot_states).where(*chosen).values(trend="toenemend"))
    telling.make()
    assert [(row.type, row.hotspot_id) for row in telling.rows()] == [
        (EventType.CHANGED, spots[1]),
        (EventType.LIST_READY, None),
    ]


@ON_SQLITE
def test_a_place_that_ended_before_it_may_be_known_is_no_new_one(telling: Telling, spots: list[str]) -> None:
    def show(*, is_hidden: bool) -> None:
        with telling.database.writing() as connection:
            connection.execute(update(hotspots).values(points_at_persons=is_hidden))
            connection.execute(update(hotspots).where(hotspots.c.id == spots[0]).values(status="gesloten"))
            connection.execute(update(runs).values(result_hash=f"hidden {is_hidden}"))

    show(is_hidden=True)
    telling.subscribe(OTHERS)
    show(is_hidden=False)
    telling.make()
    found = {row.hotspot_id: row.type for row in telling.rows()}
    assert found == {spots[0]: EventType.CHANGED, spots[1]: EventType.SIGNALLED, None: EventType.LIST_READY}


@ON_SQLITE
def test_of_a_dwelling_or_another_area_only_who_may_know_hears(
    telling: Telling, placed: Callable[..., str], gebied_of_buurt: Callable[[str], str], oov: Actor
) -> None:
    home = placed(soort="woning")
    telling.run_with_all()
    with telling.database.writing() as connection:
        connection.execute(update(hotspots).where(hotspots.c.id == home).values(points_at_persons=True))
    elsewhere = gebied_of_buurt("BU09350200")
    changed: dict[str, dict[str, Any]] = {
        "all": {"reads_dwellings": True},
        "no dwellings": {},
        "elsewhere": {"reads_dwellings": True, "gebieden": [elsewhere]},
    }
    for name, changes in changed.items():
        telling.subscribe(replace(OTHERS, name=name, **changes))
    move(
        CaseAccess(telling.database, telling.settings, oov, home, NOW),
        Status.IN_VERIFICATIE,
        expected_version=1,
    )
    telling.make()
    with telling.database.reading() as connection:
        assert not is_anything_new(connection)
    names = {row.subscriber_id for row in telling.rows()}
    assert len(names) == len(telling.rows()) == 1


@ON_SQLITE
def test_a_system_that_may_know_of_more_hears_of_that_from_then_on(
    telling: Telling, placed: Callable[..., str]
) -> None:
    home = placed(soort="woning")
    with telling.database.writing() as connection:
        connection.execute(update(hotspots).where(hotspots.c.id == home).values(points_at_persons=True))
    one = EventSubscription(name="esb", url=telling.receiver.url, secret=SecretStr("s" * 40))
    for is_told in (False, True):
        subscriptions = (one.model_copy(update={"dwellings": is_told}),)
        settings = telling.settings.events.model_copy(update={"subscriptions": subscriptions})
        telling.settings = telling.settings.model_copy(update={"events": settings})
        with telling.database.writing() as connection:
            match_settings(connection, telling.settings, now=NOW)
    placed()
    telling.run_with_all()
    telling.make()
    assert home not in {row.hotspot_id for row in telling.rows()}
    assert telling.told() == [EventType.SIGNALLED, EventType.LIST_READY]


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
def test_a_change_that_is_kept_after_a_later_one_was_told_is_told_too(
    telling: Telling, spots: list[str], oov: Actor
) -> None:
    """Rows are numbered before their transaction ends: a cursor on the numbers would pass over the first."""
    telling.subscribe()
    with telling.database.writing() as connection:
        case = load_locked(connection, telling.settings, spots[0])
        record_change(OpenCase(connection, telling.settings, oov, NOW, case), "verrijken")
        access = CaseAccess(telling.database, telling.settings, oov, spots[1], NOW)
        move(access, Status.IN_VERIFICATIE, expected_version=1)
        assert telling.make() == 1
    with ThreadPoolExecutor() as makers:
        assert sorted(made.result() for made in [makers.submit(telling.make) for _ in range(3)]) == [0, 0, 1]
    assert [row.hotspot_id for row in telling.rows()] == [spots[1], spots[0]]
