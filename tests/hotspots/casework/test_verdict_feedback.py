"""Verdicts in the weekly run: held back, back on stronger evidence, and never out of the future."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import insert, select

from hotspots.access.rights import EVERYTHING, Actor, Role
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.history import read_history
from hotspots.casework.steps import move
from hotspots.casework.verdict_feedback import read_judged, read_precision
from hotspots.errors import ForbiddenError
from hotspots.model import Status
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, report_locations, reporters, reports
from hotspots.store.run_tables import hotspot_states, runs
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.selection import Selection
from hotspots.weekly.weekly_run import run_week

MARKET = (5.6915, 50.8492)
FIRST_RUN = date(2023, 5, 28)
MONDAY = datetime(2023, 5, 29, 9, tzinfo=UTC)


def report_on(database: Database, days: Sequence[date]) -> None:
    """Store a report at the market on each of these days, by five reporters in turn."""
    with database.writing() as connection:
        import_id = connection.execute(
            insert(imports)
            .values(source="test", file_name="", file_sha256="", started_at=MONDAY)
            .returning(imports.c.id)
        ).scalar_one()
        if connection.execute(select(reporters)).first() is None:
            connection.execute(
                insert(reporters), [{"id": number, "hash": f"r{number}"} for number in range(1, 6)]
            )
        for number, day in enumerate(days):
            moment = datetime.combine(day, time(20), UTC)
            report_id = connection.execute(
                insert(reports)
                .values(
                    source="test",
                    source_id=f"{day}-{import_id}-{number}",
                    category="drugs",
                    is_counted=True,
                    reported_at=moment,
                    reporter_id=1 + number % 5,
                    precision="adres",
                    radius_m=10,
                    known_from=moment,
                    content_hash="",
                    first_import_id=import_id,
                    last_import_id=import_id,
                )
                .returning(reports.c.id)
            ).scalar_one()
            point = {"lon": MARKET[0] + (number % 3) * 1e-4, "lat": MARKET[1], "located_by": "bron"}
            connection.execute(insert(report_locations).values(report_id=report_id, **point))


def weekly(first: date, weeks: int, per_week: int = 1) -> list[date]:
    """Days, some in each week and on different weekdays."""
    return [
        first + timedelta(weeks=week, days=(3 * turn + week) % 6)
        for week in range(weeks)
        for turn in range(per_week)
    ]


@pytest.fixture
def listed(database: Database, settings: Settings) -> Callable[[date], tuple[Hotspot, bool]]:
    """Do the run of a peildatum, and give the one hotspot as it then stands, and whether it is signalled."""

    def run(as_of: date) -> tuple[Hotspot, bool]:
        run_week(database, settings, as_of=as_of, now=datetime.combine(as_of, time(5), UTC) + timedelta(1))
        with database.reading() as connection:
            [hotspot] = read_hotspots(connection, settings, Selection(EVERYTHING, as_of=as_of))
            query = select(hotspot_states.c.is_signalled).join(runs).where(runs.c.as_of == as_of)
            return hotspot, connection.execute(query).scalar_one()

    return run


@pytest.fixture
def judged(
    database: Database, settings: Settings, oov: Actor, listed: Callable[[date], tuple[Hotspot, bool]]
) -> Callable[[Status], str]:
    """Flag a place with 12 reports in the first run, and move it the morning after; gives its id."""

    def judge(*wanted: Status) -> str:
        with database.writing() as connection:
            fill_with_shipped(connection, settings)
        report_on(database, weekly(date(2023, 3, 6), 12))
        hotspot, is_signalled = listed(FIRST_RUN)
        assert is_signalled
        for version, status in enumerate((Status.IN_VERIFICATIE, *wanted), start=1):
            move(
                CaseAccess(database, settings, oov, hotspot.id, MONDAY),
                status,
                expected_version=version,
                reason="Zo is besloten.",
            )
        return hotspot.id

    return judge


Listed = Callable[[date], tuple[Hotspot, bool]]
Judged = Callable[..., str]


def test_what_was_judged_no_hotspot_is_not_signalled_next_week_and_the_list_says_why(
    judged: Judged, listed: Listed
) -> None:
    judged(Status.GEEN_HOTSPOT)
    hotspot, is_signalled = listed(FIRST_RUN + timedelta(weeks=1))
    assert not is_signalled
    assert hotspot.redenen[0] == (
        "Op 29 mei 2023 beoordeeld als geen hotspot; 12 meldingen op 12 dagen is niet duidelijk meer dan "
        "toen (12 op 12)."
    )
    assert hotspot.laatste_signalering == FIRST_RUN


def test_it_returns_as_a_candidate_on_much_stronger_evidence_and_keeps_saying_why(
    database: Database, settings: Settings, judged: Judged, listed: Listed, oov: Actor
) -> None:
    hotspot_id = judged(Status.GEEN_HOTSPOT)
    report_on(database, weekly(date(2023, 5, 29), 5, per_week=2))
    as_of = FIRST_RUN + timedelta(weeks=5)
    hotspot, is_signalled = listed(as_of)
    assert is_signalled
    why = (
        "Op 29 mei 2023 beoordeeld als geen hotspot, maar sterker dan toen: 22 meldingen op 22 dagen "
        "(toen 12 op 12)."
    )
    assert hotspot.redenen[0] == why
    assert read_case(CaseAccess(database, settings, oov, hotspot_id, MONDAY)).status is Status.KANDIDAAT
    returned = read_history(CaseAccess(database, settings, oov, hotspot_id, MONDAY))[-1]
    assert (returned.kind, returned.reason) == ("terugkeren", why)
    later, is_signalled = listed(as_of + timedelta(weeks=1))
    assert is_signalled
    assert later.redenen[0] == why


def test_a_repeated_run_changes_nothing_and_returns_once(
    database: Database, settings: Settings, judged: Judged, listed: Listed, oov: Actor
) -> None:
    hotspot_id = judged(Status.GEEN_HOTSPOT)
    report_on(database, weekly(date(2023, 5, 29), 5, per_week=2))
    as_of = FIRST_RUN + timedelta(weeks=5)
    first = listed(as_of)
    history = read_history(CaseAccess(database, settings, oov, hotspot_id, MONDAY))
    assert run_week(database, settings, as_of=as_of, now=MONDAY + timedelta(weeks=9)).is_unchanged
    assert listed(as_of) == first
    assert read_history(CaseAccess(database, settings, oov, hotspot_id, MONDAY)) == history


def test_a_run_of_the_past_does_not_know_the_verdict_and_moves_nothing_today(
    database: Database, settings: Settings, judged: Judged, listed: Listed, oov: Actor
) -> None:
    hotspot_id = judged(Status.GEEN_HOTSPOT)
    listed(FIRST_RUN + timedelta(weeks=1))
    hotspot, is_signalled = listed(FIRST_RUN)
    assert is_signalled
    assert "beoordeeld" not in hotspot.redenen[0]
    assert read_case(CaseAccess(database, settings, oov, hotspot_id, MONDAY)).status is Status.GEEN_HOTSPOT


def test_a_closed_hotspot_returns_when_the_pattern_does(
    database: Database, settings: Settings, judged: Judged, listed: Listed, oov: Actor
) -> None:
    hotspot_id = judged(Status.GESLOTEN)
    held, is_signalled = listed(FIRST_RUN + timedelta(weeks=1))
    assert not is_signalled
    assert held.redenen[0] == "Gesloten op 29 mei 2023; sindsdien 0 meldingen op 0 dagen."
    report_on(database, weekly(date(2023, 5, 29), 8))
    hotspot, is_signalled = listed(FIRST_RUN + timedelta(weeks=8))
    assert is_signalled
    assert hotspot.redenen[0] == "Gesloten op 29 mei 2023; sindsdien weer 8 meldingen op 8 dagen."
    assert read_case(CaseAccess(database, settings, oov, hotspot_id, MONDAY)).status is Status.KANDIDAAT


def test_what_is_being_worked_on_stays_on_the_list(judged: Judged, listed: Listed) -> None:
    judged(Status.VEILIGHEID)
    hotspot, is_signalled = listed(FIRST_RUN + timedelta(weeks=1))
    assert is_signalled
    assert "beoordeeld" not in hotspot.redenen[0]


def test_each_hotspot_is_learned_from_once_with_its_last_verdict(
    database: Database, settings: Settings, judged: Judged, oov: Actor
) -> None:
    judged(Status.VEILIGHEID, Status.LEEFBAARHEID)
    with database.reading() as connection:
        [place] = read_judged(connection)
    assert place.verdict is Status.LEEFBAARHEID
    assert (place.figures["reports"], place.figures["buurtcode"]) == (12, "BU09350000")
    assert place.figures["months"] == [3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5]
    table = read_precision(database, settings, actor=oov)
    assert table.iloc[0][["subject", "judged", "confirmed"]].tolist() == ["alles", 1, 1]


def test_learning_is_not_for_everybody(database: Database, settings: Settings) -> None:
    with pytest.raises(ForbiddenError, match=r"wanted leren.lezen"):
        read_precision(database, settings, actor=Actor("l", "L. Lezer", Role.LEZER))
