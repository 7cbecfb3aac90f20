"""Places that people put on the list: their number, what runs count there, and how they leave it again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Actor, Role
from hotspots.casework.cases import CaseAccess
from hotspots.casework.history import read_history
from hotspots.casework.steps import move
from hotspots.casework.verdict_feedback import read_judged
from hotspots.errors import ForbiddenError, NominationError, NotFoundError, StaleError, WorkflowError
from hotspots.model import Status, Trend
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses
from hotspots.store.run_tables import hotspots, runs
from hotspots.tracking.history import read_weekly_counts
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import count_signalled, read_hotspots
from hotspots.tracking.not_signalled import count_refused, find_not_signalled, reach_of, read_not_signalled
from hotspots.tracking.plain_reasons import plain_reasons
from hotspots.tracking.selection import Selection
from hotspots.weekly.nominating import Seen, nominate, withdraw
from hotspots.weekly.weekly_run import run_week
from tests.hotspots.weekly.test_weekly_run import everything, report_weekly

MARKET = (5.6915, 50.8492)
FIRST, NOW = date(2023, 5, 7), datetime(2023, 5, 10, 9, tzinfo=UTC)
AGENT = Actor("t", "A. Agent", Role.GEBIEDSTEAM, "politie", frozenset({"Wijk 00 Centrum"}))
OOV = Actor("o", "O. Adviseur", Role.OOV, "OOV")
POINT = Seen(point=MARKET)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite; the matrix of the API asks PostgreSQL the same."""
    return sqlite_url


@pytest.fixture
def six(database: Database, settings: Settings) -> Settings:
    """Six reports at the market in three weeks before a run: too few, of too few weeks."""
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        report_weekly(connection, MARKET, first=date(2023, 4, 17), weeks=3)
    run_week(database, settings, as_of=FIRST, now=NOW)
    return settings


def listed(database: Database, settings: Settings, as_of: date | None = None) -> list[Hotspot]:
    with database.reading() as connection:
        return read_hotspots(connection, settings, Selection(EVERYTHING, as_of=as_of, is_listed=True))


def put(database: Database, settings: Settings, actor: Actor = AGENT, seen: Seen = POINT) -> str:
    reason = "Elke avond groepen op de trap."
    return nominate(database, settings, actor=actor, seen=seen, reason=reason, now=NOW).number


def test_a_place_that_people_put_on_the_list_stands_there_at_once_with_number_figures_and_by_whom(
    database: Database, six: Settings
) -> None:
    assert listed(database, six) == []
    number = put(database, six)
    [place] = listed(database, six)
    assert (place.nummer, place.aangedragen_door, place.status) == (number, "politie", Status.KANDIDAAT)
    assert (place.aantal_meldingen, place.aantal_weken, place.trend) == (6, 3, Trend.NIEUW)
    assert (place.buurtnaam, place.gebied) == ("Binnenstad", "Wijk 00 Centrum")
    assert (place.verwacht, place.p_waarde) == (None, None)
    said = "Aangedragen door politie: mensen zetten deze plek op de lijst, niet het systeem."
    assert place.redenen[0] == plain_reasons(place)[0] == said
    assert place.properties()["aangedragenDoor"] == "politie"
    with database.reading() as connection:
        assert count_signalled(connection, six, Selection(EVERYTHING)) == 0
        assert read_weekly_counts(connection, six, number).sum() == 6


def test_its_history_says_who_put_it_there_and_why(database: Database, six: Settings) -> None:
    number = put(database, six)
    [event] = read_history(CaseAccess(database, six, OOV, number, NOW))
    assert (event.kind, event.organisation, event.reason) == (
        "aandragen",
        "politie",
        "Elke avond groepen op de trap.",
    )


def test_every_run_counts_the_reports_near_it_and_repeating_one_changes_no_row(
    database: Database, six: Settings
) -> None:
    number = put(database, six)
    with database.writing() as connection:
        report_weekly(connection, (MARKET[0], MARKET[1] + 1e-4), first=date(2023, 5, 8), weeks=1)
    before = everything(database)
    assert run_week(database, six, as_of=FIRST, now=NOW + timedelta(days=9)).is_unchanged
    assert everything(database) == before
    run_week(database, six, as_of=date(2023, 5, 14), now=NOW + timedelta(days=5))
    [place] = listed(database, six)
    assert (place.nummer, place.aantal_meldingen, place.laatste_signalering) == (number, 8, date(2023, 5, 14))
    assert place.redenen[0].startswith("Aangedragen door politie")
    before = everything(database)
    assert run_week(database, six, as_of=date(2023, 5, 14), now=NOW + timedelta(days=9)).is_unchanged
    assert everything(database) == before


def test_a_run_that_signals_it_keeps_its_number_and_says_that_people_put_it_there(
    database: Database, six: Settings
) -> None:
    number = put(database, six)
    with database.writing() as connection:
        report_weekly(connection, (MARKET[0] + 3e-5, MARKET[1]), first=date(2023, 5, 8), weeks=8)
    as_of = date(2023, 7, 2)
    summary = run_week(database, six, as_of=as_of, now=NOW)
    assert (summary.signalled_count, summary.new_count) == (1, 0)
    [place] = listed(database, six)
    assert (place.nummer, place.aangedragen_door, place.aantal_meldingen) == (number, "politie", 22)
    assert place.redenen[0].startswith("Aangedragen door politie")
    assert any(reason.startswith("Geconcentreerd") for reason in place.redenen)
    # and a run of before it was put there doesn't know of it
    assert [spot.nummer for spot in listed(database, six, FIRST - timedelta(days=7))] == []


def test_a_place_without_reports_stays_on_the_list_until_people_are_done_with_it(
    database: Database, six: Settings
) -> None:
    number = put(database, six, OOV, Seen(point=(5.7389, 50.8637)))
    for week in range(1, 20):
        run_week(database, six, as_of=FIRST + timedelta(weeks=week), now=NOW)
    [place] = listed(database, six)
    assert (place.nummer, place.aantal_meldingen, place.trend) == (number, 0, Trend.STIL)
    assert plain_reasons(place)[1:] == ["Er zijn hier nu geen meldingen in de periode waarover is gekeken."]
    access = CaseAccess(database, six, OOV, number, NOW + timedelta(weeks=19))
    move(access, Status.IN_VERIFICATIE, expected_version=2)
    move(access, Status.GEEN_HOTSPOT, expected_version=3, reason="Het was een feest.")
    run_week(database, six, as_of=FIRST + timedelta(weeks=20), now=NOW)
    assert listed(database, six) == []
    with database.reading() as connection:
        assert read_judged(connection) == []  # the system never signalled it


def test_it_is_taken_off_the_list_again_by_its_organisation_or_oov_with_a_reason(
    database: Database, six: Settings
) -> None:
    number = put(database, six)
    stranger = replace(AGENT, id="x", organisation="Trajekt")
    access = CaseAccess(database, six, AGENT, number, NOW)
    with pytest.raises(ForbiddenError, match="wanted to withdraw"):
        withdraw(replace(access, actor=stranger), reason="Niet van ons.")
    with pytest.raises(StaleError):
        withdraw(access, reason="Te vroeg.", expected_version=1)
    case = withdraw(access, reason="Het was één feest.", expected_version=2)
    assert (case.status, case.version) == (Status.GESLOTEN, 3)
    assert [event.kind for event in read_history(access)] == ["aandragen", "aandragen intrekken"]
    assert listed(database, six) == []
    with pytest.raises(NotFoundError, match="by nobody"):
        withdraw(access, reason="Nog eens.")
    # it is followed no more, and comes back only by new reports
    with database.writing() as connection:
        report_weekly(connection, (MARKET[0] + 3e-5, MARKET[1]), first=date(2023, 5, 15), weeks=8)
    for as_of in (date(2023, 5, 14), date(2023, 7, 9)):
        run_week(database, six, as_of=as_of, now=NOW)
    [place] = listed(database, six)
    assert (place.nummer, place.status) == (number, Status.KANDIDAAT)


def test_what_people_decided_on_is_closed_and_not_withdrawn(database: Database, six: Settings) -> None:
    number = put(database, six)
    access = CaseAccess(database, six, OOV, number, NOW)
    move(access, Status.IN_VERIFICATIE, expected_version=2)
    move(access, Status.LEEFBAARHEID, expected_version=3, reason="Bekend.")
    with pytest.raises(WorkflowError, match="close it instead"):
        withdraw(access, reason="Toch niet.")


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Seen(point=(4.9, 52.4)), "buiten de buurten"),
        (Seen(point=MARKET, radius_m=400), "hooguit 250 meter"),
        (Seen(address="Nergensstraat 4"), "niet één adres"),
        (Seen(address="Binnenstad"), "niet één adres"),
    ],
    ids=["elsewhere", "too wide", "no such address", "no address"],
)
def test_what_can_be_no_place_here_is_refused_with_the_reason(
    database: Database, six: Settings, seen: Seen, said: str
) -> None:
    with pytest.raises(NominationError) as error:
        put(database, six, OOV, seen)
    assert said in error.value.dutch
    assert listed(database, six) == []


def test_a_place_is_put_on_the_list_once_and_only_in_the_own_areas(database: Database, six: Settings) -> None:
    number = put(database, six)
    with pytest.raises(NominationError) as error:
        put(database, six, OOV, Seen(point=(MARKET[0] + 1e-4, MARKET[1])))
    assert number in error.value.dutch
    elsewhere = replace(AGENT, gebieden=frozenset({"Wijk 01 Buitenwijk West"}))
    for actor in (elsewhere, Actor("l", "L. Lezer", Role.LEZER, "gemeente")):
        with pytest.raises(ForbiddenError):
            put(database, six, actor, Seen(point=(5.6960, 50.8500)))


def test_before_the_first_run_nothing_can_be_put_on_the_list(database: Database, settings: Settings) -> None:
    with pytest.raises(NominationError, match="no run"):
        put(database, settings)


def test_a_dwelling_and_what_has_few_reports_is_for_who_may_know_of_dwellings(
    database: Database, six: Settings
) -> None:
    with database.writing() as connection:
        row = {"street": "Markt", "house_number": 12, "town": "Maastricht"}
        point = {"lon": MARKET[0] + 0.004, "lat": MARKET[1]}
        connection.execute(addresses.insert().values(**row, **point))
    put(database, six, AGENT, Seen(address="Markt 12", is_dwelling=True))
    put(database, six)
    with database.reading() as connection:
        dwelling, market = sorted(
            read_hotspots(connection, six, Selection(EVERYTHING)), key=lambda one: one.aantal_meldingen
        )
        assert (str(dwelling.soort), dwelling.aantal_meldingen) == ("woning", 0)
        assert "12" not in dwelling.naam
        assert read_hotspots(connection, six, Selection(NO_PERSONS)) == [
            replace_told(market, connection.execute(select(runs.c.as_of)).scalar_one())
        ]


def replace_told(hotspot: Hotspot, day: date) -> Hotspot:
    """The same place as it is told in steps."""
    centre = {"lon": round(hotspot.lon, 4), "lat": round(hotspot.lat, 4)}
    return hotspot.model_copy(update=centre | {"told_on": day, "soort_zekerheid": None})


def test_a_place_that_was_nearly_signalled_says_why_not_and_can_be_put_on_the_list(
    database: Database, six: Settings
) -> None:
    with database.writing() as connection:
        report_weekly(connection, (MARKET[0], MARKET[1] + 1e-4), first=date(2023, 4, 3), weeks=2)
    run_week(database, six, as_of=FIRST, now=NOW)
    with database.reading() as connection:
        [near] = read_not_signalled(connection, six, visibility=reach_of(AGENT))
        counts = count_refused(connection, visibility=reach_of(OOV), near=[near])
    assert near.because == "Niet gesignaleerd, omdat de overlast te kort duurt: 33 dagen, nodig zijn er 42."
    assert (near.refused_by, near.buurtnaam) == ("duur", "Binnenstad")
    assert near.nearness == pytest.approx(33 / 42, abs=0.001)
    assert (counts.near, counts.others) == ({"duur": 1}, {})
    number = put(database, six, AGENT, Seen(key=near.key))
    [place] = listed(database, six)
    assert (place.nummer, place.aantal_meldingen) == (number, 10)
    with database.reading() as connection:
        elsewhere = reach_of(replace(AGENT, gebieden=frozenset({"Wijk 01 Buitenwijk West"})))
        assert read_not_signalled(connection, six, visibility=elsewhere) == []
        with pytest.raises(NotFoundError):
            find_not_signalled(connection, six, near.key, visibility=elsewhere)


@pytest.mark.parametrize("role", [Role.LEZER, Role.BEHEERDER, Role.PRIVACY])
def test_who_may_not_know_of_dwellings_reads_of_no_place_that_was_not_signalled(role: Role) -> None:
    with pytest.raises(ForbiddenError):
        reach_of(Actor("x", "X", role, "gemeente"))


def numbers_of(database: Database) -> Sequence[str]:
    with database.reading() as connection:
        return connection.execute(select(hotspots.c.number)).scalars().all()


def test_numbers_of_places_without_reports_differ(database: Database, six: Settings) -> None:
    for step in range(3):
        put(database, six, OOV, Seen(point=(5.7300 + 0.004 * step, 50.8637)))
    assert len(set(numbers_of(database))) == 3
