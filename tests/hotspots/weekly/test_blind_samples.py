"""Blind samples: drawn with the stored chance, told as candidates are, and known only once decided on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from hotspots.access.rights import EVERYTHING, Actor, Role
from hotspots.casework.cases import CaseAccess
from hotspots.casework.misses import read_misses
from hotspots.casework.steps import move
from hotspots.casework.verdict_feedback import read_judged
from hotspots.detection.rules import PlaceFigures
from hotspots.model import Status
from hotspots.publishing.weekly_report import build_area_report, team_of
from hotspots.settings import Settings
from hotspots.settings.sections import CalendarSettings, Event, SamplesSettings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import report_locations, reports
from hotspots.store.run_tables import runs, sample_frames, samples
from hotspots.tracking.history import read_evidence
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import count_signalled, read_hotspots
from hotspots.tracking.not_signalled import reach_of, read_not_signalled
from hotspots.tracking.plain_reasons import plain_reasons
from hotspots.tracking.samples import WAS_SAMPLE
from hotspots.tracking.selection import Selection
from hotspots.weekly.blind_samples import Size, without_samples
from hotspots.weekly.weekly_run import run_week
from tests.hotspots.weekly.test_weekly_run import everything, report_weekly

MARKET, PARK = (5.6915, 50.8492), (5.7389, 50.8637)
FIRST, NOW = date(2023, 4, 30), datetime(2023, 5, 1, 6, tzinfo=UTC)
OOV = Actor("o", "O. Adviseur", Role.OOV, "OOV")
ADMINISTRATOR = Actor("b", "B. Beheerder", Role.BEHEERDER, "gemeente")
FAIR = Event(name="Kermis", first=date(2023, 3, 13), last=date(2023, 3, 19), areas=("BU09350000",))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite; migrations and the matrix ask PostgreSQL."""
    return sqlite_url


@pytest.fixture
def drawing(settings: Settings) -> Settings:
    """Settings by which the market is refused for a fair, and every refused place is drawn."""
    own = {
        "calendar": CalendarSettings(events=(FAIR,)),
        "samples": SamplesSettings(near_share=1.0, min_candidates=0),
    }
    return settings.model_copy(update=own)


@pytest.fixture
def two(database: Database, drawing: Settings) -> Callable[[Settings], None]:
    """Reports at the market and in the park that newly hold the rules; gives what does the run."""
    with database.writing() as connection:
        fill_with_shipped(connection, drawing)
        report_weekly(connection, PARK, first=date(2023, 3, 6), weeks=8, per_week=1)
        report_at_the_fair(connection)

    def run(settings: Settings, as_of: date = FIRST) -> None:
        run_week(database, settings, as_of=as_of, now=NOW + (as_of - FIRST))

    return run


def report_at_the_fair(connection: Connection, first: date = date(2023, 3, 6), weeks: int = 8) -> None:
    ids = report_weekly(connection, MARKET, first=first, weeks=weeks, per_week=1)
    there = reports.update().where(reports.c.id.in_(ids))
    connection.execute(there.values(buurtcode="BU09350000"))


def listed(database: Database, settings: Settings) -> dict[str, Hotspot]:
    """What is on the list, by its buurt."""
    with database.reading() as connection:
        found = read_hotspots(connection, settings, Selection(EVERYTHING, is_listed=True))
    return {str(place.buurtnaam): place for place in found}


def decide(database: Database, settings: Settings, place: Hotspot, verdict: Status) -> None:
    access = CaseAccess(database, settings, OOV, place.nummer, NOW + timedelta(days=1))
    move(access, Status.IN_VERIFICATIE, expected_version=1)
    move(access, verdict, expected_version=2, reason="Zo is besloten.")


def test_without_the_setting_nothing_is_drawn_and_what_was_computed_is_told(
    database: Database, drawing: Settings, two: Callable[..., None]
) -> None:
    off = drawing.model_copy(update={"samples": SamplesSettings()})
    two(off)
    [park] = listed(database, off).values()
    assert park.p_waarde is not None
    assert any(reason.startswith("Geconcentreerd") for reason in park.redenen)
    with database.reading() as connection:
        [near] = read_not_signalled(connection, off, visibility=reach_of(OOV))
        assert near.refused_by == "vals alarm"
        assert connection.execute(select(sample_frames)).all() == []


def test_a_sample_stands_among_candidates_and_is_told_as_they_are(
    database: Database, drawing: Settings, two: Callable[..., None]
) -> None:
    two(drawing)
    shown = listed(database, drawing)
    sample = shown.pop("Binnenstad")
    [candidate] = shown.values()
    own = {"id", "nummer", "naam", "lon", "lat", "buurtcode", "buurtnaam", "gebied"}
    assert sample.model_dump(exclude=own) == candidate.model_dump(exclude=own | {"geometry"})
    assert plain_reasons(sample) == plain_reasons(candidate)
    with database.reading() as connection:
        told = [read_evidence(connection, place.id) for place in (sample, candidate)]
        assert told[0].keys() == told[1].keys()
        assert told[0]["figures"] == told[1]["figures"]
        assert "surroundings" not in told[0]
        assert count_signalled(connection, drawing, Selection(EVERYTHING)) == 2
        assert read_not_signalled(connection, drawing, visibility=reach_of(OOV)) == []
        run = connection.execute(select(runs.c.signalled_count, runs.c.refused)).one()
        assert (run.signalled_count, run.refused) == (2, {})
        [drawn] = connection.execute(select(samples)).all()
    assert (drawn.hotspot_id, drawn.probability, drawn.refused_by) == (sample.id, 1.0, "vals alarm")


def test_repeating_the_run_draws_the_same_and_changes_no_row(
    database: Database, drawing: Settings, two: Callable[..., None]
) -> None:
    two(drawing)
    before = everything(database)
    assert run_week(database, drawing, as_of=FIRST, now=NOW + timedelta(days=1)).is_unchanged
    assert everything(database) == before


def test_a_sample_stays_on_the_list_from_week_to_week_as_a_candidate_does(
    database: Database, drawing: Settings, two: Callable[..., None]
) -> None:
    two(drawing)
    number = listed(database, drawing)["Binnenstad"].nummer
    for week in range(1, 12):
        two(drawing, FIRST + timedelta(weeks=week))
        shown = listed(database, drawing)
        sample = shown.pop("Binnenstad")
        [candidate] = shown.values()
        assert sample.nummer == number
        assert (sample.trend, sample.laatste_signalering, plain_reasons(sample)) == (
            candidate.trend,
            candidate.laatste_signalering,
            plain_reasons(candidate),
        )
    with database.reading() as connection:
        assert len(connection.execute(select(samples)).all()) == 1


def test_what_leaves_the_house_tells_of_nothing_undecided_while_samples_are_drawn(
    database: Database, drawing: Settings, two: Callable[..., None]
) -> None:
    two(drawing)
    with database.reading() as connection:
        report = build_area_report(
            connection, drawing, peildatum=FIRST, area="Wijk 00 Centrum", audience=team_of("Wijk 00 Centrum")
        )
    assert report.hotspots == []
    assert "Plekken waarover nog niet is besloten, staan niet in dit rapport." in report.summary


def test_after_the_decision_it_is_told_and_counts_as_a_miss_and_never_as_signalled(
    database: Database, drawing: Settings, two: Callable[..., None]
) -> None:
    two(drawing)
    waits = read_misses(database, drawing, actor=ADMINISTRATOR)
    assert (waits.waiting, waits.misses[0].missed) == (1, None)
    assert read_misses(database, drawing, actor=OOV).waiting is None
    for place in listed(database, drawing).values():
        decide(database, drawing, place, Status.LEEFBAARHEID)
    sample = listed(database, drawing)["Binnenstad"]
    assert sample.steekproef
    assert sample.redenen[0] == WAS_SAMPLE
    assert WAS_SAMPLE in plain_reasons(sample)
    assert not any(place.steekproef for place in listed(database, drawing).values() if place != sample)
    with database.reading() as connection:
        assert len(read_judged(connection)) == 1
    [whole, *_] = read_misses(database, drawing, actor=ADMINISTRATOR).misses
    assert (whole.subject, whole.refused, whole.judged, whole.confirmed) == ("alles", 1, 1, 1)
    assert whole.found is not None
    assert whole.found.value == 0.5
    # OOV reads it later, when it tells of no week that people still judge
    assert read_misses(database, drawing, actor=OOV).misses == []
    # and it is followed on, under its number, also when its reports no longer hold the rules
    for week in range(1, 14):
        two(drawing, FIRST + timedelta(weeks=week))
    after = listed(database, drawing)["Binnenstad"]
    assert (after.nummer, after.steekproef) == (sample.nummer, True)
    assert read_misses(database, drawing, actor=OOV).misses != []


def test_a_sample_that_is_no_hotspot_leaves_the_list_and_is_never_drawn_again(
    database: Database, drawing: Settings, two: Callable[..., None]
) -> None:
    two(drawing)
    decide(database, drawing, listed(database, drawing)["Binnenstad"], Status.GEEN_HOTSPOT)
    with database.writing() as connection:
        report_at_the_fair(connection, first=date(2023, 5, 1), weeks=2)
    for week in (1, 2):
        two(drawing, FIRST + timedelta(weeks=week))
    assert "Binnenstad" not in listed(database, drawing)
    with database.reading() as connection:
        assert len(connection.execute(select(samples)).all()) == 1


@pytest.mark.parametrize("change", ["dwelling", "one reporter", "unknown reporters"])
def test_a_dwelling_or_a_place_of_one_reporter_is_never_drawn(
    database: Database, drawing: Settings, change: str
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, drawing)
        report_at_the_fair(connection)
        if change == "dwelling":
            there = {"lon": MARKET[0], "lat": MARKET[1], "address_key": "markt|1"}
            connection.execute(report_locations.update().values(there))
        else:
            connection.execute(reports.update().values(reporter_id=1 if change == "one reporter" else None))
    run_week(database, drawing, as_of=FIRST, now=NOW)
    assert listed(database, drawing) == {}
    with database.reading() as connection:
        assert connection.execute(select(samples)).all() == []


def test_what_held_the_rules_a_week_before_is_no_news_and_is_not_drawn(
    database: Database, drawing: Settings, two: Callable[..., None]
) -> None:
    two(drawing.model_copy(update={"samples": SamplesSettings()}))
    two(drawing, FIRST + timedelta(weeks=1))
    assert "Binnenstad" not in listed(database, drawing)


@pytest.fixture
def grown(database: Database, drawing: Settings) -> Settings:
    """A candidate that was new with ten reports, beside a refused market that grows from eight to nine."""
    long = FAIR.model_copy(update={"last": date(2023, 4, 2)})
    own = {
        "calendar": CalendarSettings(events=(long,)),
        "samples": SamplesSettings(near_share=1.0, wider_share=1.0, min_candidates=1),
    }
    on = drawing.model_copy(update=own)
    with database.writing() as connection:
        fill_with_shipped(connection, on)
        report_weekly(connection, PARK, first=date(2023, 2, 20), weeks=10, per_week=1)
        report_at_the_fair(connection)
        report_at_the_fair(connection, first=date(2023, 5, 1), weeks=3)
    for as_of in (date(2023, 2, 12), FIRST, FIRST + timedelta(weeks=1)):
        run_week(database, on, as_of=as_of, now=NOW)
    return on


def test_a_refused_place_is_drawn_in_the_week_in_which_it_grows_to_what_a_candidate_was(
    database: Database, grown: Settings
) -> None:
    assert "Binnenstad" not in listed(database, grown)
    with database.reading() as connection:
        [frame] = connection.execute(select(sample_frames)).all()
        assert (frame.as_of, frame.place_count) == (FIRST + timedelta(weeks=1), 0)
    run_week(database, grown, as_of=FIRST + timedelta(weeks=2), now=NOW)
    shown = listed(database, grown)
    assert shown["Binnenstad"].aantal_meldingen == 10
    before = everything(database)
    run_week(database, grown, as_of=FIRST + timedelta(weeks=2), now=NOW)
    assert everything(database) == before


def test_before_enough_candidates_came_none_is_drawn(
    database: Database, drawing: Settings, two: Callable[..., None]
) -> None:
    two(drawing.model_copy(update={"samples": SamplesSettings(near_share=1.0)}))
    assert "Binnenstad" not in listed(database, drawing)


def test_detection_knows_of_no_sample_that_people_did_not_confirm(
    database: Database, drawing: Settings, two: Callable[..., None]
) -> None:
    two(drawing)
    after = FIRST + timedelta(weeks=1)
    sample = listed(database, drawing)["Binnenstad"]

    def known() -> set[str]:
        with database.reading() as connection:
            return {state.hotspot_id for state in without_samples(connection, drawing, after)}

    assert len(known()) == 1
    assert sample.id not in known()
    decide(database, drawing, sample, Status.LEEFBAARHEID)
    assert sample.id in known()


FIGURES = PlaceFigures(10, 0, 9, 7, 90, 10, 5, 0.2, 2, date(2023, 1, 1), date(2023, 4, 1))


@pytest.mark.parametrize(
    ("size", "before", "is_drawn"),
    [
        pytest.param(Size(10, 9, 90, 0.5), None, True, id="it grew to just that"),
        pytest.param(Size(11, 9, 90, 0.5), None, False, id="it has too few reports"),
        pytest.param(Size(10, 10, 90, 0.5), None, False, id="it has too few days"),
        pytest.param(Size(10, 9, 76, 0.5), None, True, id="it took as much longer as it may"),
        pytest.param(Size(10, 9, 75, 0.5), None, False, id="it took longer"),
        pytest.param(Size(10, 9, 90, 0.45), None, True, id="it has as many more reporters as it may"),
        pytest.param(Size(10, 9, 90, 0.44), None, False, id="it has more reporters"),
        pytest.param(Size(10, 9, 90, 0.5), FIGURES, False, id="it had that size before"),
        pytest.param(Size(10, 9), replace(FIGURES, report_count=9), True, id="it was smaller before"),
    ],
)
def test_a_place_is_drawn_when_it_grew_to_a_size_and_is_like_it(
    size: Size, before: PlaceFigures | None, is_drawn: bool
) -> None:
    assert size.is_reached(FIGURES, before, SamplesSettings()) == is_drawn
