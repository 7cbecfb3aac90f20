"""The weekly run: what was known then, the same answer again, and identities that last."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Connection, Engine, event, func, insert, select, update

from hotspots.access.rights import EVERYTHING, NO_PERSONS
from hotspots.model import Trend
from hotspots.settings import Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.context import replace_context
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, report_locations, report_versions, reporters, reports
from hotspots.store.run_tables import detections, hotspot_states, hotspots, runs
from hotspots.tracking.history import read_lineage, read_weekly_counts
from hotspots.tracking.hotspots import count_hotspots, read_hotspot, read_hotspots
from hotspots.tracking.runs import read_runs
from hotspots.tracking.selection import Selection
from hotspots.weekly.weekly_run import replay, run_week
from hotspots.weekly.weeks import weeks_between, window_of

NOW = datetime(2024, 1, 1, 6, tzinfo=UTC)
MARKET = (5.6915, 50.8492)
PARK = (5.7389, 50.8637)


def report_weekly(
    connection: Connection,
    place: tuple[float, float],
    *,
    first: date,
    weeks: int,
    per_week: int = 2,
    first_reporter: int = 1,
) -> list[int]:
    """Store reports at and around a place: some a week, on different days, by five reporters in turn."""
    import_id = connection.execute(
        insert(imports)
        .values(source="test", file_name="test", file_sha256="", started_at=NOW)
        .returning(imports.c.id)
    ).scalar_one()
    known = set(connection.execute(select(reporters.c.id)).scalars())
    for reporter in range(first_reporter, first_reporter + 5):
        if reporter not in known:
            connection.execute(insert(reporters).values(id=reporter, hash=f"reporter {reporter}"))
    ids = []
    start = datetime(first.year, first.month, first.day, 20, tzinfo=UTC)
    for number in range(weeks * per_week):
        week, turn = divmod(number, per_week)
        moment = start + timedelta(weeks=week, days=(3 * turn + week) % 6)
        report_id = connection.execute(
            insert(reports)
            .values(
                source="test",
                source_id=f"{place}-{first}-{number}",
                category="drugs",
                is_counted=True,
                reported_at=moment,
                reporter_id=first_reporter + number % 5,
                precision="adres",
                radius_m=10,
                known_from=moment,
                content_hash="",
                first_import_id=import_id,
                last_import_id=import_id,
            )
            .returning(reports.c.id)
        ).scalar_one()
        # about 7 m apart, so that it is a place and no default coordinate
        lon = place[0] + (number % 3) * 1e-4
        connection.execute(
            insert(report_locations).values(report_id=report_id, lon=lon, lat=place[1], located_by="bron")
        )
        ids.append(report_id)
    return ids


def as_of_numbers(connection: Connection, settings: Settings, day: date) -> list[tuple[str, str]]:
    """Number and trend of each hotspot at a peildatum."""
    found = read_hotspots(connection, settings, Selection(EVERYTHING, as_of=day))
    return [(hotspot.nummer, hotspot.trend.value) for hotspot in found]


def everything(database: Database) -> list[Sequence[object]]:
    """All rows that runs write, in a fixed order."""
    with database.reading() as connection:
        return [
            tuple(row)
            for table in (runs, detections, hotspots, hotspot_states)
            for row in connection.execute(select(table).order_by(*table.primary_key.columns))
        ]


@pytest.mark.parametrize(
    ("as_of", "start", "end"),
    [
        (date(2023, 6, 25), "2022-12-25T23:00:00+00:00", "2023-06-25T22:00:00+00:00"),
        (date(2023, 12, 31), "2023-07-02T22:00:00+00:00", "2023-12-31T23:00:00+00:00"),
    ],
    ids=["into summer time", "into winter time"],
)
def test_the_window_is_counted_in_local_days(settings: Settings, as_of: date, start: str, end: str) -> None:
    found = window_of(as_of, settings)
    assert [moment.astimezone(UTC).isoformat() for moment in found] == [start, end]


def test_weekly_runs_are_as_of_sundays() -> None:
    weeks = weeks_between(date(2023, 1, 2), date(2023, 1, 22))
    assert weeks == [date(2023, 1, 8), date(2023, 1, 15), date(2023, 1, 22)]
    assert weeks_between(date(2023, 1, 2), date(2023, 1, 7)) == []


def test_a_city_without_reports_has_no_hotspots(database: Database, settings: Settings) -> None:
    summary = run_week(database, settings, as_of=date(2023, 6, 25), now=NOW)
    assert (summary.report_count, summary.signalled_count, summary.new_count) == (0, 0, 0)
    with database.reading() as connection:
        assert read_hotspots(connection, settings, Selection(EVERYTHING)) == []


def test_lasting_nuisance_is_flagged_with_number_reasons_and_area(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        report_weekly(connection, MARKET, first=date(2023, 3, 6), weeks=12)
    run_week(database, settings, as_of=date(2023, 5, 28), now=NOW)
    with database.reading() as connection:
        [hotspot] = read_hotspots(connection, settings, Selection(EVERYTHING))
        counts = read_weekly_counts(connection, settings, hotspot.nummer)
    assert re.fullmatch(r"HS-2023-\d{3}", hotspot.nummer)
    assert hotspot.aantal_meldingen == 24
    assert hotspot.aantal_melders == 5
    assert hotspot.aantal_weken == 12
    assert hotspot.eerste_melding == date(2023, 3, 6)
    assert hotspot.eerste_signalering == hotspot.laatste_signalering == date(2023, 5, 28)
    assert (hotspot.buurtcode, hotspot.buurtnaam) == ("BU09350000", "Binnenstad")
    assert hotspot.gebied == "Wijk 00 Centrum"
    assert hotspot.trend is Trend.NIEUW
    assert any("24 meldingen" in reason for reason in hotspot.redenen)
    assert counts.sum() == 24
    assert len(counts) == 12


def test_repeating_a_run_changes_no_row(database: Database, settings: Settings) -> None:
    with database.writing() as connection:
        report_weekly(connection, MARKET, first=date(2023, 3, 6), weeks=12)
    run_week(database, settings, as_of=date(2023, 5, 28), now=NOW)
    before = everything(database)
    again = run_week(database, settings, as_of=date(2023, 5, 28), now=NOW + timedelta(days=1))
    assert again.is_unchanged
    assert everything(database) == before


def test_what_lies_beside_places_is_not_read_and_changes_no_row(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        report_weekly(connection, MARKET, first=date(2023, 3, 6), weeks=12)
    run_week(database, settings, as_of=date(2023, 5, 28), now=NOW)
    before = everything(database)
    around = gpd.GeoSeries([shapely.Point(MARKET).buffer(0.01)], crs="EPSG:4326")
    ban = gpd.GeoDataFrame({"kind": ["alcoholverbod"], "name": [""]}, geometry=around)
    with database.writing() as connection:
        replace_context(connection, ban, attribution="")
    asked: list[str] = []

    def note(*given: object) -> None:
        asked.append(str(given[2]))

    event.listen(Engine, "before_cursor_execute", note)
    again = run_week(database, settings, as_of=date(2023, 5, 28), now=NOW + timedelta(days=1))
    event.remove(Engine, "before_cursor_execute", note)
    assert again.is_unchanged
    assert everything(database) == before
    assert asked
    assert not [statement for statement in asked if "context_places" in statement]


def test_replay_gives_for_each_week_what_detect_gave_then(database: Database, settings: Settings) -> None:
    with database.writing() as connection:
        report_weekly(connection, MARKET, first=date(2023, 1, 9), weeks=14)
        report_weekly(connection, PARK, first=date(2023, 3, 6), weeks=12)
    first, last = date(2023, 5, 1), date(2023, 5, 28)
    runs_done = list(replay(database, settings, first=first, last=last, now=NOW))
    assert max(run.signalled_count for run in runs_done) == 2
    replayed = everything(database)
    for as_of in weeks_between(first, last):
        assert run_week(database, settings, as_of=as_of, now=NOW).is_unchanged
    assert everything(database) == replayed


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # replayed on both above
def test_a_hotspot_keeps_its_number_until_it_ends_and_when_it_returns(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        report_weekly(connection, MARKET, first=date(2022, 1, 3), weeks=10)
        report_weekly(connection, MARKET, first=date(2023, 1, 2), weeks=10)
    # a run every fifth week, and those that are looked at: between them nothing else happens
    looked_at = {date(2022, 3, 13), date(2022, 5, 8), date(2022, 12, 25), date(2023, 4, 2)}
    for day in sorted({*weeks_between(date(2022, 1, 3), date(2023, 4, 2))[::5], *looked_at}):
        run_week(database, settings, as_of=day, now=NOW)
    with database.reading() as connection:
        [back] = read_hotspots(connection, settings, Selection(EVERYTHING))
        assert as_of_numbers(connection, settings, date(2022, 3, 13)) == [(back.nummer, "nieuw")]
        assert as_of_numbers(connection, settings, date(2022, 5, 8)) == [(back.nummer, "stil")]
        assert as_of_numbers(connection, settings, date(2022, 12, 25)) == [(back.nummer, "beeindigd")]
    assert back.nummer.startswith("HS-2022-")
    assert back.eerste_melding == date(2022, 1, 3)
    assert back.eerste_signalering < date(2022, 4, 1)
    assert back.laatste_signalering == date(2023, 4, 2)


def test_a_run_of_the_past_gives_nobody_another_number(database: Database, settings: Settings) -> None:
    with database.writing() as connection:
        report_weekly(connection, MARKET, first=date(2023, 3, 6), weeks=12)
        report_weekly(connection, PARK, first=date(2023, 1, 9), weeks=18)
    run_week(database, settings, as_of=date(2023, 6, 4), now=NOW)
    with database.reading() as connection:
        latest = {
            hotspot.id: hotspot.nummer
            for hotspot in read_hotspots(connection, settings, Selection(EVERYTHING))
        }
    assert len(latest) == 2
    run_week(database, settings, as_of=date(2023, 4, 30), now=NOW)
    with database.reading() as connection:
        past = read_hotspots(connection, settings, Selection(EVERYTHING, as_of=date(2023, 4, 30)))
        after = {
            hotspot.id: hotspot for hotspot in read_hotspots(connection, settings, Selection(EVERYTHING))
        }
        assert connection.execute(select(func.count()).select_from(hotspots)).scalar_one() == 2
    assert {hotspot.id for hotspot in past} == set(latest)
    assert {hotspot.id: hotspot.nummer for hotspot in after.values()} == latest
    # the later run follows: it now knows that they were signalled before
    assert {hotspot.eerste_signalering for hotspot in after.values()} == {date(2023, 4, 30)}


def test_two_places_ninety_metres_apart_stay_two_hotspots(database: Database, settings: Settings) -> None:
    near = (MARKET[0] + 0.0013, MARKET[1])  # about 90 m
    with database.writing() as connection:
        report_weekly(connection, MARKET, first=date(2023, 1, 2), weeks=10)
        report_weekly(connection, near, first=date(2023, 1, 2), weeks=10, per_week=3)
    run_week(database, settings, as_of=date(2023, 3, 12), now=NOW)
    with database.reading() as connection:
        assert len(read_hotspots(connection, settings, Selection(EVERYTHING))) == 2
        assert (
            read_lineage(
                connection,
                settings,
                read_hotspots(connection, settings, Selection(EVERYTHING))[0].id,
                visibility=EVERYTHING,
            )
            == []
        )


def change_reports(connection: Connection, ids: Sequence[int], changed_at: datetime, **values: str) -> None:
    """Let reports at the market turn out to be about something else, keeping what was known of them."""
    for report_id in ids:
        row = dict(connection.execute(select(reports).where(reports.c.id == report_id)).mappings().one())
        kept = {
            column.name: row[column.name]
            for column in report_versions.columns
            if column.name in row and column.name != "id"
        }
        connection.execute(
            insert(report_versions).values(
                **kept, report_id=report_id, known_until=changed_at, lon=MARKET[0], lat=MARKET[1]
            )
        )
        changed = reports.update().where(reports.c.id == report_id)
        connection.execute(changed.values(known_from=changed_at, **values))


def test_what_reports_are_about_is_told_as_it_was_known_and_as_unknown_of_runs_before_it_was_counted(
    database: Database, settings: Settings
) -> None:
    days = [date(2023, 5, 21), date(2023, 5, 28), date(2023, 6, 4)]
    with database.writing() as connection:
        ids = report_weekly(connection, MARKET, first=date(2023, 3, 6), weeks=12)
        connection.execute(reports.update().values(subcategory="Dealen"))
        told = {"category": "personen", "subcategory": "Jongeren"}
        change_reports(connection, ids[:6], datetime(2023, 6, 1, tzinfo=UTC), **told)
        change_reports(
            connection, ids[6:10], datetime(2023, 6, 1, tzinfo=UTC), **told | {"subcategory": "Jos"}
        )
    list(replay(database, settings, first=days[0], last=days[-1], now=NOW))
    with database.writing() as connection:
        first = select(runs.c.id).where(runs.c.as_of == days[0]).scalar_subquery()
        before = hotspot_states.update().where(hotspot_states.c.run_id == first)
        connection.execute(before.values(drugs_share=None, subcategories=None))
    with database.reading() as connection:
        shown = [read_hotspots(connection, settings, Selection(EVERYTHING, as_of=day))[0] for day in days]
    assert [(place.aandeel_drugs, str(place.aard), place.subcategorieen) for place in shown] == [
        (None, "onbekend", ()),
        (1.0, "drugs", ("dealen",)),
        (pytest.approx(14 / 24), "gemengd", ("dealen", "jongeren")),
    ]


def test_a_changed_report_counts_as_it_was_known(database: Database, settings: Settings) -> None:
    with database.writing() as connection:
        ids = report_weekly(connection, MARKET, first=date(2023, 3, 6), weeks=12)
        # from June on they turn out to be about something else
        change_reports(connection, ids, datetime(2023, 6, 1, tzinfo=UTC), category="other")
    then = run_week(database, settings, as_of=date(2023, 5, 28), now=NOW)
    later = run_week(database, settings, as_of=date(2023, 6, 4), now=NOW)
    assert (then.report_count, later.report_count) == (24, 0)
    with database.reading() as connection:
        [hotspot] = read_hotspots(connection, settings, Selection(EVERYTHING, as_of=date(2023, 6, 4)))
    assert hotspot.laatste_signalering == date(2023, 5, 28)
    assert "niet meer" in hotspot.redenen[0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the steps are counted in one place
def test_who_may_not_see_reports_is_told_of_a_place_in_steps_of_five_new_reports(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        report_weekly(connection, MARKET, first=date(2023, 3, 6), weeks=20, per_week=2)
    first, last = date(2023, 5, 1), date(2023, 7, 23)
    list(replay(database, settings, first=first, last=last, now=NOW))
    exact, told, days = [], [], []
    for as_of in weeks_between(first, last):
        with database.reading() as connection:
            [place] = read_hotspots(connection, settings, Selection(EVERYTHING, as_of=as_of))
            [shown] = read_hotspots(connection, settings, Selection(NO_PERSONS, as_of=as_of))
            assert (
                read_hotspot(connection, settings, place.id, visibility=NO_PERSONS, as_of=as_of)
                == read_hotspots(connection, settings, Selection(NO_PERSONS, as_of=as_of))[0]
            )
            assert (place.told_on, shown.laatste_signalering) == (None, as_of)
            then = read_hotspot(connection, settings, place.id, visibility=EVERYTHING, as_of=shown.told_on)
            own = {"trend": 0, "laatsteSignalering": 0, "soortZekerheid": None}
            rounded = {"lon": round(then.lon, 4), "lat": round(then.lat, 4)}
            assert shown.properties() | own == then.properties() | rounded | own
            assert shown.soort_zekerheid is None
            assert shown.geometry.equals(then.geometry)
        exact.append(place.aantal_meldingen)
        told.append(shown.aantal_meldingen)
        days.append(shown.told_on)
    assert exact == list(range(exact[0], exact[0] + 2 * len(exact), 2)), "two reports a week"
    assert told == [exact[number - number % 3] for number in range(len(exact))], "six in three weeks"
    assert len(set(days)) == len(set(told))


def test_what_is_asked_again_and_again_tells_who_may_not_see_reports_no_more(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        report_weekly(connection, MARKET, first=date(2023, 3, 6), weeks=12)
    run_week(database, settings, as_of=date(2023, 5, 28), now=NOW)
    with database.reading() as connection:
        [place] = read_hotspots(connection, settings, Selection(EVERYTHING))
        last_day = datetime.combine(place.laatste_melding, time(), settings.municipality.zone)
        found = {
            visibility: [
                hour
                for hour in range(-2, 26)
                if count_hotspots(
                    connection,
                    settings,
                    Selection(visibility, period=(last_day + timedelta(hours=hour), None)),
                )
            ]
            for visibility in (EVERYTHING, NO_PERSONS)
        }
    assert found[EVERYTHING] == list(range(-2, 23)), "to the moment of the last report"
    assert found[NO_PERSONS] == list(range(-2, 24)), "to the end of its day"


def test_a_place_that_ever_pointed_at_persons_is_not_found_in_any_week(
    database: Database, settings: Settings
) -> None:
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        report_weekly(connection, MARKET, first=date(2023, 3, 6), weeks=14)
    weeks = weeks_between(date(2023, 5, 1), date(2023, 6, 11))
    list(replay(database, settings, first=weeks[0], last=weeks[-1], now=NOW))
    with database.writing() as connection:
        [place] = read_hotspots(connection, settings, Selection(NO_PERSONS))
        connection.execute(update(hotspots).values(points_at_persons=True))
    for as_of in (*weeks, None):
        with database.reading() as connection:
            assert read_hotspots(connection, settings, Selection(NO_PERSONS, as_of=as_of)) == []
            assert [
                run.signalled_count for run in read_runs(connection, settings, visibility=NO_PERSONS)
            ] == ([0] * len(weeks))
            [known] = read_hotspots(connection, settings, Selection(EVERYTHING, as_of=as_of))
            assert known.id == place.id
