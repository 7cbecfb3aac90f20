"""What the API says of the effect of a measure, and of the trends over the runs."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, insert

from hotspots.store.case_tables import measures
from hotspots.store.report_tables import imports, report_locations, reports

START = date(2023, 9, 3)
TREATED, LIKE_IT, UNLIKE_IT = (5.6915, 50.8492), (5.7050, 50.8600), (5.7200, 50.8400)
AROUND = 0.0015  # degrees of longitude, about 105 metres: outside the outline, within the surroundings


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the library asks each database, and `test_matrix` every route on both."""
    return sqlite_url


@pytest.fixture
def two_runs(fill: Any, seen: Callable[..., Any]) -> Any:
    """Runs of 4 June and 3 December 2023: 001 is treated, 002 is like it, 003 has few reports, 004 is a home.

    005 came up 150 metres from 001 after the measure, 006 was there before it, with reports of before.

    001 lies in the centre and fell from 20 to 5 reports (around it: 4 and 6); 002 went from 18 to 16.
    """
    places = [
        seen(1, lon=TREATED[0], lat=TREATED[1]),
        seen(2, lon=LIKE_IT[0], lat=LIKE_IT[1], buurtcode="BU09350200"),
        seen(3, lon=UNLIKE_IT[0], lat=UNLIKE_IT[1], buurtcode="BU09350200"),
        seen(4, lon=5.66, lat=50.87, soort="woning", buurtcode="BU09350200"),
    ]
    fill.run(date(2023, 6, 4), places)
    beside = seen(5, lon=TREATED[0] + 2 * AROUND, lat=TREATED[1], since=date(2023, 12, 3))
    earlier = seen(
        6, lon=TREATED[0] - 2 * AROUND, lat=TREATED[1], since=date(2023, 12, 3), last_day=date(2023, 11, 1)
    )
    fill.run(date(2023, 12, 3), [*places, beside, earlier])
    around = (TREATED[0] + AROUND, TREATED[1])
    with fill.database.writing() as connection:
        for place, before, after in (
            (TREATED, 20, 5),
            (around, 4, 6),
            (LIKE_IT, 18, 16),
            (UNLIKE_IT, 2, 2),
            ((5.66, 50.87), 20, 20),
        ):
            report(connection, place, START - timedelta(days=30), before)
            report(connection, place, START + timedelta(days=30), after)
        report(connection, TREATED, START - timedelta(days=200), 1)  # known for long enough
    return fill


def report(connection: Connection, place: tuple[float, float], day: date, count: int) -> None:
    """Write reports of one place and day."""
    at = datetime.combine(day, time(20), UTC)
    values = {"source": "effect", "file_name": "", "file_sha256": "", "started_at": at}
    import_id = connection.execute(insert(imports).values(values).returning(imports.c.id)).scalar_one()
    for number in range(count):
        values = {
            "source": "effect",
            "source_id": f"{place} {day} {number}",
            "category": "drugs",
            "is_counted": True,
            "reported_at": at,
            "precision": "adres",
            "known_from": at,
            "content_hash": "",
            "first_import_id": import_id,
            "last_import_id": import_id,
        }
        new_id = connection.execute(insert(reports).values(values).returning(reports.c.id)).scalar_one()
        row = {"report_id": new_id, "lon": place[0], "lat": place[1]}
        connection.execute(insert(report_locations).values(row))


def plan(fill: Any, key: int, start: date, end: date | None = None) -> int:
    """Write a measure."""
    values = {
        "hotspot_id": fill.ids[key],
        "kind": "gesprek",
        "description": "Praten.",
        "owner": "Trajekt",
        "starts_on": start,
        "ends_on": end,
        "is_withdrawn": False,
        "created_at": datetime.combine(start, time(), UTC),
        "created_by": "test",
    }
    with fill.database.writing() as connection:
        query = insert(measures).values(values).returning(measures.c.id)
        return int(connection.execute(query).scalar_one())


def test_the_effect_is_what_changed_beyond_a_place_like_it(
    ask: Callable[..., Any], sessions: Callable[[str], str], two_runs: Any
) -> None:
    measure = plan(two_runs, 1, START)
    answer = ask(sessions("oov"), "GET", f"/hotspots/HS-2023-001/maatregelen/{measure}/effect")
    assert answer.status_code == 200, answer.text
    effect = answer.json()
    assert (effect["voorVanaf"], effect["naVanaf"], effect["naTot"]) == (
        "2023-06-03",
        "2023-09-03",
        "2023-12-04",
    )
    assert effect["behandeld"] == {
        "nummer": "HS-2023-001",
        "plek": {"voor": 20, "na": 5},
        "omgeving": {"voor": 4, "na": 6},
    }
    assert effect["vergelekenMet"]["nummer"] == "HS-2023-002"
    assert effect["vergelekenMet"]["plek"] == {"voor": 18, "na": 16}
    # (5 - 20) - (16 - 18) + (6 - 4) - 0, with the square root of all reports as standard error
    assert effect["verschil"] == -11.0
    assert effect["ondergrens"] == pytest.approx(-11 - 1.96 * 69**0.5, abs=0.01)
    assert effect["bovengrens"] == pytest.approx(-11 + 1.96 * 69**0.5, abs=0.01)
    assert effect["geenUitkomst"] is None
    (came_up,) = effect["kwamOpVlakbij"]
    assert (came_up["nummer"], came_up["eersteMelding"]) == ("HS-2023-005", "2023-09-15")


@pytest.mark.parametrize(
    ("key", "start", "end", "expected"),
    [
        pytest.param(1, date(2023, 11, 20), None, "te kort", id="began just now"),
        pytest.param(1, START, date(2023, 9, 10), "te kort", id="ended after a week"),
        pytest.param(1, date(2024, 6, 1), None, "te kort", id="has not begun"),
        pytest.param(4, START, None, "geen vergelijkbare plek", id="no other dwelling"),
        pytest.param(3, START, None, "te weinig meldingen", id="few reports"),
    ],
)
def test_without_enough_to_go_on_there_is_no_outcome_but_why(
    ask: Callable[..., Any],
    sessions: Callable[[str], str],
    two_runs: Any,
    key: int,
    start: date,
    end: date | None,
    expected: str,
) -> None:
    measure = plan(two_runs, key, start, end)
    effect = ask(sessions("oov"), "GET", f"/hotspots/HS-2023-00{key}/maatregelen/{measure}/effect").json()
    assert effect["geenUitkomst"] == expected
    assert effect["verschil"] is effect["pWaarde"] is None
    assert effect["naTot"] >= effect["naVanaf"] >= effect["voorVanaf"]


def test_a_place_with_a_measure_of_its_own_is_no_control(
    ask: Callable[..., Any], sessions: Callable[[str], str], two_runs: Any
) -> None:
    measure = plan(two_runs, 1, START)
    plan(two_runs, 2, START)
    effect = ask(sessions("oov"), "GET", f"/hotspots/HS-2023-001/maatregelen/{measure}/effect").json()
    assert (effect["vergelekenMet"], effect["geenUitkomst"]) == (None, "geen vergelijkbare plek")


def test_a_gebiedsteam_compares_with_places_that_it_may_know_of_only(
    ask: Callable[..., Any], sessions: Callable[[str], str], two_runs: Any
) -> None:
    measure = plan(two_runs, 1, START)
    answer = ask(sessions("gebiedsteam"), "GET", f"/hotspots/HS-2023-001/maatregelen/{measure}/effect")
    assert answer.status_code == 200
    assert answer.json()["geenUitkomst"] == "geen vergelijkbare plek"
    assert "HS-2023-002" not in answer.text


def test_the_measure_must_be_of_that_hotspot(
    ask: Callable[..., Any], sessions: Callable[[str], str], two_runs: Any
) -> None:
    measure = plan(two_runs, 1, START)
    oov = sessions("oov")
    assert ask(oov, "GET", f"/hotspots/HS-2023-002/maatregelen/{measure}/effect").status_code == 404
    assert ask(oov, "GET", f"/hotspots/HS-2023-001/maatregelen/{measure + 1}/effect").status_code == 404


@pytest.mark.usefixtures("three_weeks")
def test_trends_count_the_signalled_places_of_each_run(client: TestClient) -> None:
    page = client.get("/v1/trends?paginaGrootte=2").json()
    assert (page["totaalAantal"], page["totaalPaginas"]) == (3, 2)
    last, earlier = page["trends"]
    assert (last["peildatum"], earlier["peildatum"]) == ("2023-12-03", "2023-11-26")
    none = dict.fromkeys(
        ("nieuw", "toenemend", "aanhoudend", "afnemend", "wisselend", "stil", "beeindigd"), 0
    )
    assert last["aantalPerTrend"] == none | {
        "nieuw": 2,
        "toenemend": 1,
        "stil": 1,
    }  # of which one is not signalled
    assert last["aantalGesignaleerd"] == 3
    homes = client.get("/v1/trends?soort=woning").json()["trends"]
    assert [run["aantalGesignaleerd"] for run in homes] == [1, 1, 0]
    area = client.get("/v1/trends?buurt=BU09350000").json()["trends"]
    assert [run["aantalPerTrend"]["aanhoudend"] for run in area] == [0, 1, 1]
    assert client.get("/v1/trends?paginaGrootte=105").status_code == 400


@pytest.mark.usefixtures("five_places")
def test_trends_count_what_the_reader_may_know_of_only(
    ask: Callable[..., Any], sessions: Callable[[str], str]
) -> None:
    for role, expected in (("oov", 7), ("lezer", 3), ("gebiedsteam", 3)):
        last = ask(sessions(role), "GET", "/trends").json()["trends"][0]
        assert last["aantalGesignaleerd"] == expected, role
