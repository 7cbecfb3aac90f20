"""The account of a year adds up with tables, lists, history and exports, which pandas counts anew."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Connection, Table, delete, insert, select, update

from hotspots.access.rights import EVERYTHING, NO_PERSONS, Actor, Role, Visibility
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.measures import Plan, add_measure, change_measure
from hotspots.casework.steps import move
from hotspots.casework.workflow import MeasureKind
from hotspots.errors import ForbiddenError, NotFoundError
from hotspots.model import Status
from hotspots.publishing.disclosure import Level
from hotspots.publishing.exports import Format, write_hotspots
from hotspots.publishing.year.account import YearAccount, read_year_account
from hotspots.publishing.year.period import Period, read_known_days
from hotspots.publishing.year.places import Decision
from hotspots.settings import Settings
from hotspots.store.case_tables import hotspot_events, measures, nominations
from hotspots.store.database import Database
from hotspots.store.report_tables import imports, removed_report_days, reports
from hotspots.store.run_tables import hotspot_lineage, hotspot_states, hotspots, samples
from hotspots.tracking.follow import LineageRow
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.selection import Selection
from hotspots.weekly.run_store import add_hotspot, hotspot_id_of, save_run
from tests.conftest import MAASTRICHT
from tests.hotspots.conftest import fill_areas
from tests.published_quarters import publish_quarters

YEAR = Period.of_year(2023)
ZONE = "Europe/Amsterdam"
TODAY = date(2024, 3, 1)
OOV = Actor("o", "O. Adviseur", Role.OOV, "OOV")
CENTRE, BELFORT, AMBY = "BU09350000", "BU09350201", "BU09350401"
RUNS = [
    date.fromisoformat(day)
    for day in (
        *("2022-01-02", "2022-05-01", "2022-12-25", "2023-01-01", "2023-03-05"),
        *("2023-06-04", "2023-09-03", "2023-12-31", "2024-02-04"),
    )
]
VERIFY, SAFETY, LIVING = Status.IN_VERIFICATIE, Status.VEILIGHEID, Status.LEEFBAARHEID
NO_HOTSPOT, CLOSED = Status.GEEN_HOTSPOT, Status.GESLOTEN


@dataclass(frozen=True)
class Place:
    """A hotspot of the test: since when, until when it is on the list, and what people did."""

    since: str
    ended: str = "2100-01-01"  # from this run on its trend is beeindigd
    soort: str = "gebied"
    certainty: float = 0.99
    indicatie: str = "leefbaarheid"
    buurtcode: str = CENTRE
    steps: tuple[tuple[str, Status], ...] = ()
    merged_into: str | None = None
    reporters: int = 4


PLACES = {
    "old": Place("2022-05-01"),
    "decided twice": Place(
        "2023-03-05", steps=(("2023-03-20", VERIFY), ("2023-04-03", SAFETY), ("2023-08-01", LIVING))
    ),
    "dwelling, decided again later": Place(
        "2023-03-05",
        soort="woning",
        indicatie="veiligheid",
        steps=(("2023-04-01", VERIFY), ("2023-05-01", LIVING), ("2024-01-01", SAFETY)),
    ),
    "decided after the year": Place(
        "2023-06-04", buurtcode=BELFORT, steps=(("2023-07-01", VERIFY), ("2024-01-10", NO_HOTSPOT))
    ),
    "no hotspot": Place("2023-06-04", steps=(("2023-06-10", VERIFY), ("2023-07-01", NO_HOTSPOT))),
    "merged": Place("2023-06-04", ended="2023-09-03", merged_into="decided twice"),
    "split off": Place(
        "2023-09-03", buurtcode=BELFORT, steps=(("2023-09-10", VERIFY), ("2023-09-20", SAFETY))
    ),
    "nominated": Place("2023-09-03", indicatie="onbepaald", buurtcode=AMBY),
    "sample, undecided": Place("2023-09-03", buurtcode=AMBY),
    "sample, decided": Place("2023-09-03", steps=(("2023-10-01", VERIFY), ("2023-10-20", NO_HOTSPOT))),
    "closed before": Place("2022-05-01", steps=(("2022-11-01", CLOSED),)),
    "closed in the year": Place("2022-05-01", steps=(("2023-04-01", CLOSED),)),
    "found later": Place("2024-02-04"),
    "opened again": Place(
        "2023-09-03",
        indicatie="veiligheid",
        steps=(("2023-09-10", VERIFY), ("2023-09-20", NO_HOTSPOT), ("2023-11-01", VERIFY)),
    ),
    "closed without a decision": Place("2023-06-04", steps=(("2023-08-01", CLOSED),)),
    "quiet": Place("2023-06-04", ended="2023-12-31"),
    "perhaps a dwelling": Place("2023-12-31", soort="woning", certainty=0.6, indicatie="veiligheid"),
    "decided in the last hour": Place(
        "2023-12-31", steps=(("2023-12-31T20:00", VERIFY), ("2023-12-31T22:30", SAFETY))
    ),
    "decided in the first hour": Place(
        "2023-12-31", steps=(("2023-12-31T20:00", VERIFY), ("2023-12-31T23:30", SAFETY))
    ),
}


@dataclass
class City:
    """A database of two years."""

    database: Database
    settings: Settings

    @property
    def ids(self) -> dict[str, str]:
        """The id of each place."""
        years = {name: int(place.since[:4]) for name, place in PLACES.items()}
        return {
            name: hotspot_id_of(MAASTRICHT.code, years[name], number)[1]
            for number, name in enumerate(PLACES, start=1)
        }

    def account(self, period: Period = YEAR, **options: Any) -> YearAccount:
        """What a period came to; for who may know everything, unless told otherwise."""
        chosen: dict[str, Any] = {"visibility": EVERYTHING, "cases": None, "today": TODAY} | options
        with self.database.reading() as connection:
            return read_year_account(connection, self.settings, period=period, **chosen)

    def table(self, table: Table) -> pd.DataFrame:
        """A table of the database as it is."""
        with self.database.reading() as connection:
            return pd.DataFrame(connection.execute(select(table)).mappings().all())


def fill_city(database: Database) -> None:
    """Write two years of runs, reports and what people did."""
    made = City(database, Settings(municipality=MAASTRICHT))
    fill_areas(database)
    with database.writing() as connection:
        for number, place in enumerate(PLACES.values(), start=1):
            add_hotspot(connection, date.fromisoformat(place.since), number, MAASTRICHT.code)
        for as_of in RUNS:
            _save(connection, made, as_of)
        connection.execute(
            insert(nominations).values(
                hotspot_id=made.ids["nominated"],
                organisation="Trajekt",
                geometry=shapely.to_wkb(shapely.Point(5.69, 50.85)),
                is_dwelling=False,
                since=date(2023, 9, 3),
                given_at=datetime(2023, 9, 2, tzinfo=UTC),
            )
        )
        for name in ("sample, undecided", "sample, decided"):
            _sample(connection, made.ids[name])
        _add_reports(connection)
    for name, place in PLACES.items():
        for day, wanted in place.steps:
            access = _access(made, name, day)
            move(access, wanted, expected_version=read_case(access).version, reason="Besproken.")
    _add_measures(made)


@pytest.fixture
def filling() -> Callable[[Database], None]:
    """The two years."""
    return fill_city


@pytest.fixture
def database_url(
    request: pytest.FixtureRequest, template: Callable[..., str], filling: Callable[[Database], None]
) -> Iterator[str]:
    """SQLite, and PostgreSQL where a test asks for both: what is decided after reading is the same."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    with request.getfixturevalue("new_postgresql")(template("postgresql", filling)) as url:
        yield url


on_both = pytest.mark.parametrize(
    "database_url",
    ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)],
    indirect=True,
)


@pytest.fixture
def city(database: Database, settings: Settings) -> City:
    """A database of two years."""
    return City(database, settings)


def _access(city: City, name: str, day: str) -> CaseAccess:
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return CaseAccess(city.database, city.settings, OOV, city.ids[name], moment)


def _save(connection: Connection, city: City, as_of: date) -> None:
    seen = {name: place for name, place in PLACES.items() if date.fromisoformat(place.since) <= as_of}
    states = []
    for name, place in seen.items():
        since, ended = date.fromisoformat(place.since), date.fromisoformat(place.ended)
        is_ended = as_of >= ended
        states.append(
            {
                "hotspot_id": city.ids[name],
                "is_signalled": not is_ended,
                "trend": "beeindigd" if is_ended else "aanhoudend",
                "merged_into": city.ids[place.merged_into] if is_ended and place.merged_into else None,
                "first_report": datetime.combine(since, time(20), UTC) - timedelta(days=60 + len(name)),
                "last_report": datetime.combine(min(as_of, ended), time(12), UTC),
                "first_signalled": since,
                "last_signalled": min(as_of, ended),
                "soort": place.soort,
                "soort_certainty": place.certainty,
                "indicatie": place.indicatie,
                "buurtcode": place.buurtcode,
                "reporter_count": place.reporters,
                "lon": 5.69,
                "lat": 50.85,
                "geometry": shapely.to_wkb(shapely.Point(5.69, 50.85).buffer(0.0003, quad_segs=2)),
                "report_count": 12,
                "day_count": 9,
                "week_count": 7,
                "duration_days": 80,
                "score": 3.0,
                "redenen": ["Twaalf meldingen."],
            }
        )
    lines = []
    if as_of == date(2023, 9, 3):
        ids = city.ids
        lines = [
            LineageRow("merge", ids["merged"], ids["decided twice"]),
            LineageRow("split", ids["decided twice"], ids["split off"]),
        ]
    moment = datetime.combine(as_of, time(22), UTC)
    run = {
        "as_of": as_of,
        **dict.fromkeys(("window_start", "window_end", "started_at", "finished_at"), moment),
        "version": "0",
        "settings_hash": "",
        **dict.fromkeys(("report_count", "located_count", "signalled_count"), len(states)),
        "result_hash": str(as_of),
    }
    save_run(connection, run, [], {}, states, lines)


def _sample(connection: Connection, hotspot_id: str) -> None:
    row = {"as_of": date(2023, 9, 3), "stratum": "near", "refused_by": "duur", "buurtcode": AMBY}
    connection.execute(insert(samples).values(hotspot_id=hotspot_id, probability=0.5, **row))


def _add_reports(connection: Connection) -> None:
    random = np.random.default_rng(5)
    moment = datetime(2021, 12, 20, tzinfo=UTC)
    ids = [
        connection.execute(
            insert(imports)
            .values(
                source="test", file_name=name, file_sha256="", started_at=moment, rejected=rejected, read=0
            )
            .returning(imports.c.id)
        ).scalar_one()
        for name, rejected in (("2022.csv", 2), ("2023.csv", 5), ("2024.csv", 9))
    ]
    starts = datetime(2021, 12, 28, 12, tzinfo=UTC)
    days = np.sort(random.uniform(0, 790, 600))
    moments = [starts + timedelta(days=float(day)) for day in days]
    # the year ends at midnight there, an hour before it does in UTC
    edges = ("2022-12-31T22:59:59", "2022-12-31T23:00", "2023-12-31T22:59:59", "2023-12-31T23:00")
    moments += [datetime.fromisoformat(edge).replace(tzinfo=UTC) for edge in edges]
    precisions = ["adres", "huisnummer", "kruising", "postcode", "straat", "buurt", "geen"]
    rows = []
    for number, moment in enumerate(moments):
        is_late = bool(random.random() < 0.3)
        precision = str(random.choice(precisions, p=[0.6, 0.1, 0.1, 0.05, 0.05, 0.05, 0.05]))
        rows.append(
            {
                "source": "test",
                "source_id": str(number),
                "category": str(random.choice(["personen", "drugs", "other"], p=[0.6, 0.3, 0.1])),
                "is_counted": bool(random.random() < 0.95),
                "reported_at": moment + timedelta(days=2) if is_late else moment,
                "occurred_at": moment if is_late else None,
                "precision": precision,
                "buurtcode": None
                if precision == "geen"
                else str(random.choice([CENTRE, BELFORT, AMBY], p=[0.7, 0.28, 0.02])),
                "known_from": moment,
                "content_hash": "",
                "first_import_id": ids[moment.year - 2022 if moment.year > 2021 else 0],
                "last_import_id": ids[2],
            }
        )
    connection.execute(insert(reports), rows)
    removed = [
        {"noon": datetime(2022, 1, 5, 11, tzinfo=UTC), "category": "drugs", "buurtcode": CENTRE},
        {"noon": datetime(2023, 1, 5, 11, tzinfo=UTC), "category": "drugs", "buurtcode": CENTRE},
        {"noon": datetime(2023, 1, 6, 11, tzinfo=UTC), "category": "personen", "buurtcode": ""},
    ]
    connection.execute(
        insert(removed_report_days), [row | {"report_count": 3 + at} for at, row in enumerate(removed)]
    )


def _add_measures(city: City) -> None:
    for name, kind, day in (
        ("decided twice", MeasureKind.GESPREK, date(2023, 4, 20)),
        ("decided twice", MeasureKind.TOEZICHT, date(2023, 10, 1)),
        ("split off", MeasureKind.GESPREK, date(2023, 12, 31)),
        ("split off", MeasureKind.INRICHTING, date(2024, 1, 1)),
        ("dwelling, decided again later", MeasureKind.GESPREK, date(2023, 6, 1)),
    ):
        plan = Plan(kind, "Praten.", "Trajekt", day)
        access = _access(city, name, "2024-02-01")
        measure, case = add_measure(access, plan)
        if kind is MeasureKind.TOEZICHT:
            change_measure(access, measure, plan, expected_version=case.version, is_withdrawn=True)


def _days(moments: "pd.Series[Any]") -> "pd.Series[Any]":
    return pd.to_datetime(moments, utc=True).dt.tz_convert(ZONE).dt.date


def _in_year(days: "pd.Series[Any]", year: int = 2023) -> "pd.Series[bool]":
    return days.map(lambda day: day.year == year)


@on_both
def test_the_reports_add_up_with_the_tables(city: City) -> None:
    account = city.account()
    table = city.table(reports)
    table["day"] = _days(table["occurred_at"].fillna(table["reported_at"]))
    table = table[table["category"].isin(["personen", "drugs"])]
    removed = city.table(removed_report_days).assign(day=lambda rows: _days(rows["noon"]))
    for period, total in ((2023, account.reports.counted), (2022, account.reports_before.before)):
        counted = table[_in_year(table["day"], period) & table["is_counted"].astype(bool)]
        gone = removed[_in_year(removed["day"], period)]
        assert total == len(counted) + gone["report_count"].sum()
    of_year = table[_in_year(table["day"])]
    counted = of_year[of_year["is_counted"].astype(bool)]
    gone = removed[_in_year(removed["day"])]
    told = account.reports
    assert told.received == len(of_year) + 9
    assert told.cancelled == len(of_year) - len(counted)
    assert told.removed == 9
    for category in ("personen", "drugs"):
        of_removed = gone.loc[gone["category"] == category, "report_count"].sum()
        assert getattr(told, category) == (counted["category"] == category).sum() + of_removed
    assert told.placed == counted["precision"].isin(["adres", "huisnummer", "kruising"]).sum()
    assert told.unplaced == (counted["precision"] == "geen").sum()
    assert told.coarse == counted["precision"].isin(["postcode", "straat", "buurt"]).sum()
    assert told.refused == 7  # of the files of 2022, in which the first hour of 2023 came, and of 2023
    per_buurt = counted["buurtcode"].fillna("").value_counts()
    for line in account.buurten:
        of_removed = gone.loc[gone["buurtcode"] == line.code, "report_count"].sum()
        assert line.reports == per_buurt.get(line.code, 0) + of_removed
    assert sum(line.reports or 0 for line in account.gebieden) == told.counted


@on_both
def test_the_places_add_up_with_the_export_the_lists_and_the_history(city: City, tmp_path: Path) -> None:
    account = city.account()
    selection = Selection(EVERYTHING, as_of=YEAR.last)
    listed: set[str] = set()
    with city.database.reading() as connection:
        write_hotspots(
            read_hotspots(connection, city.settings, selection), tmp_path / "export.csv", Format.CSV
        )
        for as_of in RUNS:
            if as_of.year == 2023:
                on_list = replace(selection, as_of=as_of, is_listed=True)
                listed |= {spot.id for spot in read_hotspots(connection, city.settings, on_list)}
    export = pd.read_csv(tmp_path / "export.csv", sep=";", parse_dates=["eersteSignalering"])
    found = export[export["eersteSignalering"].dt.year == 2023].set_index("id")
    places = account.places
    assert set(places.found_ids) == set(found.index)
    assert places.on_list == len(listed)
    assert {name for name in PLACES if city.ids[name] in listed}.isdisjoint({"closed before", "found later"})
    assert places.dwellings is not None
    assert places.dwellings.sure == (found["soortOordeel"] == "woning").sum() == 1
    assert places.dwellings.possible == (found["soortOordeel"] == "mogelijk woning").sum() == 1
    assert {said.value: n for said, n in places.suggested.items() if n} == (
        found["indicatie"].value_counts().to_dict()
    )
    assert places.nominated == found["aangedragenDoor"].notna().sum() == 1
    assert places.samples == (found["steekproef"] == "ja").sum() == 1

    events = city.table(hotspot_events).assign(day=lambda rows: _days(rows["at"]))
    before = events[events["day"].map(lambda day: day <= YEAR.last)].sort_values("version")
    verdicts = before.groupby("hotspot_id").tail(1).set_index("hotspot_id")["verdict"]
    decided = verdicts.reindex(found.index).fillna("nog niet besloten").value_counts().to_dict()
    assert {decision.value: number for decision, number in places.by_decision.items()} == decided
    assert decided == {"veiligheid": 2, "leefbaarheid": 2, "geen hotspot": 2, "nog niet besloten": 9}
    cross = pd.crosstab(verdicts.reindex(found.index).fillna("nog niet besloten"), found["indicatie"])
    for (decision, said), number in places.cross.items():
        assert number == (cross.loc[decision.value, said.value] if said.value in cross else 0)

    # what people decided since, of what was undecided then
    now = city.table(hotspots).set_index("id")["verdict"].reindex(found.index)
    later = now[verdicts.reindex(found.index).isna()].fillna("nog niet besloten").value_counts().to_dict()
    assert {decision.value: n for decision, n in places.decided_later.items() if n} == later
    assert later == {"geen hotspot": 1, "veiligheid": 1, "nog niet besloten": 7}
    assert any("besloten mensen nog over 2 plekken" in note for note in account.notes)

    lineage = city.table(hotspot_lineage)
    assert places.merged == found.index.isin(lineage.loc[lineage["kind"] == "merge", "from_id"]).sum() == 1
    assert places.split == found.index.isin(lineage.loc[lineage["kind"] == "split", "to_id"]).sum() == 1
    assert (places.closed_undecided, places.ended_undecided) == (1, 2)
    for line in account.buurten:
        of_buurt = found[found["buurtcode"].fillna("") == line.code]
        assert line.found == len(of_buurt)
        assert line.dwellings == (of_buurt["soort"] == "woning").sum()
    assert sum(line.found for line in account.gebieden) == places.found
    assert account.places_before.before == 3


@on_both
def test_measures_and_times_add_up_with_the_history(city: City) -> None:
    account = city.account()
    states = city.table(hotspot_states).drop_duplicates("hotspot_id", keep="last").set_index("hotspot_id")
    listed_on = states["first_signalled"]
    table = city.table(measures)
    kept = table[~table["is_withdrawn"].astype(bool)]
    taken = kept[_in_year(kept["starts_on"])]
    assert account.measures is not None
    assert account.measures.taken == len(taken) == 3
    assert account.measures.place_count == taken["hotspot_id"].nunique()
    by_kind = {kind.value: number for kind, number in account.measures.by_kind.items()}
    assert by_kind == taken["kind"].value_counts().to_dict() == {"gesprek": 3}

    def median(days: "pd.Series[Any]") -> tuple[float, int]:
        waited = (pd.to_datetime(days) - pd.to_datetime(listed_on.reindex(days.index))).dt.days
        return float(waited.clip(lower=0).median()), len(days)

    events = city.table(hotspot_events).assign(day=lambda rows: _days(rows["at"]))
    first = events[events["verdict"].notna()].sort_values("version").groupby("hotspot_id")["day"].first()
    first_measure = kept.groupby("hotspot_id")["starts_on"].min()
    times = account.times
    assert times is not None
    assert (times.to_verdict.days, times.to_verdict.number) == median(first[_in_year(first)])
    assert (times.to_measure.days, times.to_measure.number) == median(first_measure[_in_year(first_measure)])
    found = states[_in_year(states["first_signalled"])]
    waits = pd.to_datetime(found["first_signalled"]) - pd.to_datetime(_days(found["first_report"]))
    assert (times.to_list.days, times.to_list.number) == (float(waits.dt.days.median()), len(found))


def test_halves_of_a_year_add_up_to_the_year(city: City) -> None:
    whole = city.account()
    halves = [
        city.account(Period(date(2023, 1, 1), date(2023, 6, 30))),
        city.account(Period(date(2023, 7, 1), date(2023, 12, 31))),
    ]
    assert sum(half.reports.counted or 0 for half in halves) == whole.reports.counted
    assert sum(half.places.found for half in halves) == whole.places.found
    assert sum(half.measures.taken for half in halves if half.measures) == 3
    # what was decided in the second half was not yet decided in the first
    assert halves[0].places.by_decision[Decision.LEEFBAARHEID] == 1
    assert halves[0].places.by_decision[Decision.VEILIGHEID] == 1


def test_the_longest_period_has_all_and_nothing_to_be_compared_with(city: City) -> None:
    account = city.account(Period(date(1900, 1, 1), date(2198, 12, 31)))
    years = [city.account(Period.of_year(year)).reports.counted or 0 for year in (2021, 2022, 2023, 2024)]
    assert account.reports.counted == sum(years) > 0
    assert account.reports_before.before is None


def test_an_undecided_sample_changes_nothing_that_is_told(city: City) -> None:
    readers: list[dict[str, Any]] = [{}, {"visibility": NO_PERSONS, "cases": frozenset()}]
    for options in readers:
        drawn = city.account(**options)
        with city.database.writing() as connection:
            connection.execute(delete(samples).where(samples.c.hotspot_id == city.ids["sample, undecided"]))
        assert repr(city.account(**options)) == repr(drawn)
        with city.database.writing() as connection:
            _sample(connection, city.ids["sample, undecided"])


@on_both
def test_who_may_not_know_of_dwellings_gets_nothing_from_which_one_follows(city: City) -> None:
    told = city.account(visibility=NO_PERSONS, cases=frozenset())
    assert not told.is_exact
    assert set(told.places.found_ids).isdisjoint(
        city.ids[name] for name in ("dwelling, decided again later", "perhaps a dwelling")
    )
    assert (told.places.dwellings, told.places.merged, told.places.split) == (None, None, None)
    assert (told.times, told.measures) == (None, None)
    assert "woning" not in told.sentence
    lines = [*told.gebieden, *told.buurten]
    figures = [told.reports.counted, told.reports_before.before]
    figures += [figure for line in lines for figure in (line.reports, line.reports_before)]
    assert not any(figures)  # nothing was published
    assert all((line.ratio, line.dwellings, line.measures) == (None, None, None) for line in lines)
    assert (told.reports.personen, told.reports.received, told.reports.refused) == (None, None, None)


def test_a_year_is_told_as_the_sum_of_what_was_published_of_its_quarters(city: City) -> None:
    with city.database.writing() as connection:
        publish_quarters(
            connection,
            2023,
            {
                (Level.GEMEENTE, ""): [10, 15, 20, 5],
                (Level.BUURT, CENTRE): [5, 5, 10, 5],
                (Level.BUURT, AMBY): [5, 5, None, 5],
            },
        )
        publish_quarters(connection, 2022, {(Level.GEMEENTE, ""): [10, 15, 20]})
    told = city.account(visibility=NO_PERSONS, cases=frozenset())
    assert (told.reports.counted, told.reports_before.before) == (50, None)
    figures = {line.code: line.reports for line in told.buurten}
    assert (figures.pop(CENTRE), set(figures.values())) == (25, {None})
    with city.database.writing() as connection:  # whatever came late or was removed since
        connection.execute(update(reports).values(is_counted=False))
    again = city.account(visibility=NO_PERSONS, cases=frozenset())
    assert (again.reports, [line.reports for line in again.buurten]) == (
        told.reports,
        [line.reports for line in told.buurten],
    )


@pytest.mark.parametrize(
    "period",
    [Period(date(2023, 1, 1), date(2023, 12, 30)), Period(date(2023, 1, 1), date(2023, 1, 31))],
    ids=["a day less than a year", "a month"],
)
def test_periods_that_could_be_subtracted_are_told_without_reports(city: City, period: Period) -> None:
    told = city.account(period, visibility=NO_PERSONS, cases=frozenset())
    lines = [*told.gebieden, *told.buurten]
    assert told.reports.counted is told.reports_before.before is None
    assert all(line.reports is line.reports_before is None for line in lines)


def test_what_is_told_of_a_year_is_the_same_however_it_is_asked_for(city: City) -> None:
    gebied = next(line.gebied for line in city.account().buurten if line.code == CENTRE)
    with city.database.writing() as connection:
        areas = [(Level.GEMEENTE, ""), (Level.GEBIED, gebied), (Level.BUURT, CENTRE), (Level.BUURT, AMBY)]
        publish_quarters(connection, 2023, {each: [5, 5, 10 * n, 5] for n, each in enumerate(areas, 1)})
    whole = city.account(visibility=NO_PERSONS, cases=frozenset())
    for line in whole.buurten:
        if line.code:
            one = city.account(visibility=NO_PERSONS, cases=frozenset(), buurt=line.code)
            assert one.reports.counted == line.reports
    for line in whole.gebieden:
        if line.code:
            one = city.account(visibility=NO_PERSONS, cases=frozenset(), gebied=line.code)
            assert one.reports.counted == line.reports


def test_a_team_reads_exactly_about_its_own_areas_and_of_no_other(city: City) -> None:
    whole = city.account()
    gebied = next(line.gebied for line in whole.buurten if line.code == CENTRE)
    own = Visibility(gebieden=frozenset({gebied}), dwellings=frozenset({gebied}))
    team: dict[str, Any] = {"visibility": own, "cases": frozenset({gebied})}
    told = city.account(**team)
    wanted = next(line for line in whole.gebieden if line.code == gebied)
    assert told.is_exact
    assert told.area_name == gebied
    assert (told.reports.counted, told.places.found) == (wanted.reports, wanted.found)
    assert told.places.dwellings is not None
    assert told.measures is not None
    assert told.measures.taken == wanted.measures
    other = next(line.gebied for line in whole.buurten if line.code == AMBY)
    with pytest.raises(ForbiddenError):
        city.account(**team, gebied=other)
    with pytest.raises(ForbiddenError):
        city.account(**team, buurt=AMBY)
    dwellings_only = city.account(visibility=Visibility(frozenset(), None), cases=frozenset())
    assert dwellings_only.area_name is None
    assert not dwellings_only.is_exact


def test_who_may_not_read_cases_gets_no_measures(city: City) -> None:
    assert city.account(cases=frozenset()).measures is None


def test_a_plan_begins_no_measure(city: City) -> None:
    then = city.account(today=date(2023, 12, 30))
    assert then.measures is not None
    assert then.measures.taken == 2


def test_the_sentence_is_ready_for_the_plan(city: City) -> None:
    told = city.account()
    assert told.sentence == (
        f"In 2023 zijn {told.reports.counted} meldingen bekeken. Dat gaf 4 hotspots: 2 veiligheid en 2 "
        "leefbaarheid; 1 daarvan is een woning. Daarnaast kwamen 11 plekken op de lijst. Bij 2 besloten "
        "mensen: geen hotspot. Over 9 is niet besloten."
    )
    spring = city.account(Period(date(2023, 3, 1), date(2023, 3, 31)), gebied=None, buurt=CENTRE)
    assert spring.sentence.startswith("Van 1 maart 2023 tot en met 31 maart 2023 in Binnenstad ")
    assert spring.sentence.endswith("Dat gaf 2 plekken op de lijst. Over 2 is niet besloten.")


def test_a_year_that_goes_on_is_compared_with_as_many_days(city: City) -> None:
    told = city.account(Period.of_year(2024), today=date(2024, 2, 20))
    assert not told.is_over
    assert told.until < date(2024, 3, 1)
    table = city.table(reports)
    table["day"] = _days(table["occurred_at"].fillna(table["reported_at"]))
    same = table["day"].map(lambda day: date(2023, 1, 1) <= day <= told.until.replace(year=2023))
    chosen = same & table["is_counted"].astype(bool) & table["category"].isin(["personen", "drugs"])
    assert told.reports_before.before == chosen.sum() + 9
    assert "nog niet om" in told.notes[0]


def test_the_years_are_those_with_reports_or_runs(city: City) -> None:
    with city.database.reading() as connection:
        known = read_known_days(connection, city.settings)
    assert known.years == [2024, 2023, 2022, 2021]
    assert known.last_whole_year(TODAY) == 2023
    assert known.last_whole_year(date(2023, 12, 30)) == 2023  # of which everything is known by then


@pytest.mark.parametrize(
    "where",
    [{"gebied": "Nergens"}, {"buurt": "BU00000000"}, {"gebied": "eigen:niets"}],
    ids=["gebied", "buurt", "own area"],
)
def test_an_area_that_does_not_exist_is_refused(city: City, where: dict[str, Any]) -> None:
    with pytest.raises(NotFoundError):
        city.account(**where)


def test_nothing_at_all_is_told_as_nothing(
    template: Callable[..., str], settings: Settings, tmp_path: Path
) -> None:
    shutil.copyfile(template("sqlite", None), tmp_path / "empty.sqlite")
    empty = City(Database(f"sqlite:///{tmp_path}/empty.sqlite"), settings)
    told = empty.account()
    assert (told.reports.counted, told.places.found, told.places.on_list) == (0, 0, 0)
    assert told.reports_before.before is told.places_before.before is None
    assert told.sentence == "In 2023 zijn 0 meldingen bekeken. Dat gaf geen nieuwe plekken op de lijst."
    with empty.database.reading() as connection:
        known = read_known_days(connection, settings)
    assert (known.years, known.last_whole_year(TODAY)) == ([], None)
    empty.database.close()
