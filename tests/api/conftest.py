"""A small database of hotspots, written as a weekly run would, and a client of the service on it."""

import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from threading import Thread
from typing import Any

import pytest
import shapely
import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page
from pydantic import SecretStr
from sqlalchemy import Connection, func, insert, select, update
from starlette.routing import BaseRoute, Mount

from api.http.coordinates import coordinate_systems
from api.main import create_app
from api.rest.openapi import describe
from hotspots.access.accounts import add_user
from hotspots.access.rights import GRANTED, Role
from hotspots.access.sessions import sign_in
from hotspots.settings import DatabaseSettings, PdokSettings, ServiceSettings, Settings, SignInSettings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.attention_tables import attention_places, attention_states
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.report_tables import imports, reports
from hotspots.store.run_tables import hotspots, runs
from hotspots.tracking.follow import LineageRow
from hotspots.weekly.run_store import add_hotspot, save_run
from tests.conftest import MAASTRICHT

FIRST, SECOND, THIRD = date(2023, 11, 19), date(2023, 11, 26), date(2023, 12, 3)
CENTRE = ("BU09350000", 5.6915, 50.8492)
MARIABERG = ("BU09350100", 5.6720, 50.8485)
OTHER_BUURT = ("BU09350200", 5.6692, 50.851)
PASSWORD = "correct horse battery"
NOBODY = "http://127.0.0.1:9/ogc/v1"
"""The address of a service that does not answer."""


@dataclass(frozen=True)
class Seen:
    """One hotspot as it stood after one run."""

    key: int  # which hotspot: the first key seen gets the first number
    trend: str = "aanhoudend"
    soort: str = "gebied"
    indicatie: str = "onbepaald"
    lon: float = 5.6915
    lat: float = 50.8492
    buurtcode: str | None = "BU09350000"
    count: int = 12
    reporters: int | None = 5
    score: float = 3.0
    is_signalled: bool = True
    redenen: tuple[str, ...] = ("12 meldingen op 9 dagen.", "Gemeld door 5 melders.")
    expected: float | None = 2.5
    drugs_share: float | None = None
    subcategories: tuple[str, ...] = ()
    report_days: tuple[date, ...] = ()
    since: date = FIRST  # first signalled
    last_day: date | None = None  # with a report, if not that of the run


@dataclass
class Filler:
    """Writes runs to a database, and remembers the id of each hotspot."""

    database: Database
    settings: Settings
    ids: dict[int, str] = field(default_factory=dict)

    def run(self, as_of: date, seen: list[Seen], lineage: list[tuple[str, int, int]] | None = None) -> None:
        """Write one run."""
        with self.database.writing() as connection:
            for hotspot in seen:
                if hotspot.key not in self.ids:
                    self.ids[hotspot.key] = add_hotspot(
                        connection, as_of, len(self.ids) + 1, self.settings.municipality.code
                    )
            members = {
                place: _add_reports(connection, as_of, place, hotspot) for place, hotspot in enumerate(seen)
            }
            rows = [_detection(as_of, place, hotspot) for place, hotspot in enumerate(seen)]
            states = [
                _state(rows[place], hotspot, self.ids[hotspot.key], as_of)
                for place, hotspot in enumerate(seen)
            ]
            lines = [LineageRow(kind, self.ids[a], self.ids[b]) for kind, a, b in lineage or []]
            save_run(connection, _run(as_of, rows), rows, members, states, lines)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _run(as_of: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "as_of": as_of,
        "window_start": _midnight(as_of - timedelta(weeks=26)),
        "window_end": _midnight(as_of + timedelta(days=1)),
        "started_at": _midnight(as_of),
        "finished_at": _midnight(as_of),
        "version": "test",
        "settings_hash": "",
        "report_count": 100,
        "located_count": 90,
        "signalled_count": len(rows),
        "result_hash": "",
    }


def _detection(as_of: date, place: int, hotspot: Seen) -> dict[str, Any]:
    return {
        "place": place,
        "signalled": hotspot.is_signalled,
        "suppressed_because": None,
        "soort": hotspot.soort,
        "soort_certainty": 0.99,
        "indicatie": hotspot.indicatie,
        "indicatie_certainty": 0.5,
        "lon": hotspot.lon,
        "lat": hotspot.lat,
        "geometry": shapely.to_wkb(shapely.Point(hotspot.lon, hotspot.lat).buffer(0.0005, quad_segs=4)),
        "report_count": hotspot.count,
        "day_count": 9,
        "week_count": 7,
        "reporter_count": hotspot.reporters,
        "duration_days": 80,
        "first_report": _midnight((hotspot.last_day or as_of) - timedelta(days=80))
        + timedelta(hours=23, minutes=30),
        "last_report": _midnight(hotspot.last_day or as_of) + timedelta(hours=12),
        "expected": hotspot.expected,
        "p_value": None if hotspot.expected is None else 0.0004,
        "recurrence_interval_days": None if hotspot.expected is None else 2500.0,
        "score": hotspot.score,
        "drugs_share": hotspot.drugs_share,
        "subcategories": list(hotspot.subcategories) or None,
        "redenen": list(hotspot.redenen),
        "evidence": {"meldingen": hotspot.count},
    }


def _state(row: dict[str, Any], hotspot: Seen, hotspot_id: str, as_of: date) -> dict[str, Any]:
    own = ("place", "signalled", "suppressed_because", "soort_certainty", "indicatie_certainty", "evidence")
    copied = {name: value for name, value in row.items() if name not in own}
    return copied | {
        "place": row["place"],
        "hotspot_id": hotspot_id,
        "is_signalled": hotspot.is_signalled,
        "trend": hotspot.trend,
        "first_signalled": min(as_of, hotspot.since),
        "last_signalled": (hotspot.last_day or as_of) if hotspot.is_signalled else FIRST,
        "merged_into": None,
        "buurtcode": hotspot.buurtcode,
    }


def _add_reports(connection: Connection, as_of: date, place: int, hotspot: Seen) -> list[int]:
    if not hotspot.report_days:
        return []
    import_id = connection.execute(
        insert(imports)
        .values(source="test", file_name="test", file_sha256="", started_at=_midnight(as_of))
        .returning(imports.c.id)
    ).scalar_one()
    ids = []
    for number, day in enumerate(hotspot.report_days):
        values = {
            "source": "test",
            "source_id": f"{as_of} {place} {number}",
            "category": "drugs",
            "is_counted": True,
            "reported_at": _midnight(day) + timedelta(hours=20),
            "precision": "adres",
            "known_from": _midnight(day),
            "content_hash": "",
            "first_import_id": import_id,
            "last_import_id": import_id,
        }
        ids.append(connection.execute(insert(reports).values(values).returning(reports.c.id)).scalar_one())
    return ids


@pytest.fixture(scope="session", autouse=True)
def descriptions_kept() -> Iterator[None]:
    """Derive the OpenAPI description once of the same routes and settings, which takes half a second."""
    kept: dict[tuple[Any, ...], tuple[list[BaseRoute], dict[str, Any]]] = {}

    def describe_once(app: FastAPI, *, path: str) -> dict[str, Any]:
        routes = [route for route in app.routes if getattr(route, "include_in_schema", True)]
        systems = coordinate_systems(app.state.settings)
        key = (path, *map(id, routes), *(app.contact or {}).items(), *systems)
        if key not in kept:
            kept[key] = (routes, describe(app, path=path))  # with the routes, whose ids no other may get
        return kept[key][1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.rest.openapi.describe", describe_once)
        yield


@pytest.fixture
def service_settings(settings: Settings, database_url: str) -> Settings:
    """The settings of Maastricht, with the test's own database, open to anyone as the demo is."""
    own = {
        "database": DatabaseSettings(url=database_url),
        "sign_in": SignInSettings(required=False),
        "service": ServiceSettings(signing_key=SecretStr("a key of tests only, never for a real link")),
        "pdok": PdokSettings(areas=NOBODY, addresses=NOBODY, attempts=1, timeout_s=1),
    }
    return settings.model_copy(update=own)


def _write_three_weeks(fill: Filler) -> None:
    centre = Seen(1, report_days=(date(2023, 11, 1), date(2023, 11, 2), date(2023, 11, 15)))
    home = Seen(
        2,
        trend="nieuw",
        soort="woning",
        indicatie="leefbaarheid",
        lon=5.672,
        lat=50.8485,
        buurtcode="BU09350100",
        count=9,
        reporters=None,
        score=1.5,
        expected=None,
        drugs_share=1 / 9,
    )
    edge = Seen(
        3,
        trend="toenemend",
        indicatie="veiligheid",
        lon=5.72,
        lat=50.86,
        buurtcode=None,
        count=30,
        score=8.25,
        drugs_share=0.7,
        subcategories=("dealen", "gebruik"),
    )
    fill.run(FIRST, [centre])
    fill.run(SECOND, [centre, home, edge])
    quiet = Seen(
        1, trend="stil", is_signalled=False, redenen=("Sinds 26-11-2023 niet meer.", "12 meldingen.")
    )
    fill.run(
        THIRD,
        [home, edge, quiet, Seen(4, trend="nieuw", lon=5.721, buurtcode=None, score=1.0)],
        lineage=[("split", 3, 4)],
    )


def _write_new_places(fill: Filler) -> None:
    places = [Seen(1), Seen(2, since=SECOND), Seen(3, since=THIRD, buurtcode=MARIABERG[0])]
    for number, as_of in enumerate((FIRST, SECOND, THIRD), start=1):
        fill.run(as_of, places[:number])


def _write_one_that_stayed(fill: Filler) -> None:
    for as_of in (SECOND, THIRD):
        fill.run(as_of, [Seen(1, last_day=FIRST), Seen(2)])


def _write_five_places(fill: Filler) -> None:
    elsewhere: dict[str, Any] = {"lon": OTHER_BUURT[1], "lat": OTHER_BUURT[2], "buurtcode": OTHER_BUURT[0]}
    home: dict[str, Any] = {"lon": MARIABERG[1], "lat": MARIABERG[2], "buurtcode": MARIABERG[0]}
    places = [
        Seen(1, report_days=(date(2023, 11, 1), date(2023, 11, 15))),
        Seen(2, soort="woning", **home),
        Seen(3, trend="toenemend", **elsewhere),
        Seen(4, soort="woning", trend="nieuw", **elsewhere),
        Seen(5, lon=5.72, lat=50.86, buurtcode=None),
    ]
    then = [*places, Seen(6), Seen(7, soort="woning", **elsewhere)]
    fill.run(FIRST, then, lineage=[("split", 1, 6)])
    fill.run(SECOND, then)
    fill.run(THIRD, [*places, Seen(6, soort="woning", **elsewhere), Seen(7)])
    with fill.database.writing() as connection:
        connection.execute(update(hotspots).values(due_on=THIRD))


def _filling(write: Callable[[Filler], None] | None) -> Callable[[Database], None]:
    settings = Settings(municipality=MAASTRICHT)

    def fill(database: Database) -> None:
        with database.writing() as connection:
            fill_with_shipped(connection, settings)
        if write is not None:
            write(Filler(database, settings))

    return fill


FILLINGS = {
    "three_weeks": _filling(_write_three_weeks),
    "new_places": _filling(_write_new_places),
    "one_that_stayed": _filling(_write_one_that_stayed),
    "five_places": _filling(_write_five_places),
    "fill": _filling(None),
}


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Callable[[Database], None] | None:
    """What the database of a test begins with: the runs of one of these fixtures, or only the areas."""
    return next((filling for name, filling in FILLINGS.items() if name in request.fixturenames), None)


@pytest.fixture
def fill(database: Database, service_settings: Settings) -> Filler:
    """Writes runs; the database has the areas of Maastricht, and what `filling` wrote."""
    with database.reading() as connection:
        assert connection.execute(select(func.count()).select_from(areas)).scalar_one()
        query = select(hotspots.c.sequence, hotspots.c.id)
        ids = {row.sequence: row.id for row in connection.execute(query)}
    return Filler(database, service_settings, ids)


@pytest.fixture
def seen() -> type[Seen]:
    """One hotspot as it stood after one run."""
    return Seen


@pytest.fixture
def see(fill: Filler) -> Callable[..., None]:
    """Write a run with one hotspot: ``see(as_of, redenen=("…",), …)``; a dictionary for each other one."""

    def write(as_of: date, *others: dict[str, Any], **values: Any) -> None:
        fill.run(as_of, [Seen(1, **values), *(Seen(key, **other) for key, other in enumerate(others, 2))])

    return write


@pytest.fixture
def three_weeks(fill: Filler) -> Filler:
    """Three weekly runs of 2023; of 001 and 004 it is not known what their reports are about.

    19 November: HS-2023-001 (gebied, centre, aanhoudend). 26 November: also HS-2023-002 (woning, Mariaberg,
    nieuw) and HS-2023-003 (gebied, no buurt, drugs: veiligheid, toenemend). 3 December, the last: 001 is
    quiet; 002 and 003 are still signalled, 003 with the higher score, and 004 split off from 003.
    """
    return fill


@pytest.fixture
def with_attention(three_weeks: Filler) -> Filler:
    """An attention place in the last run."""
    with three_weeks.database.writing() as connection:
        run = connection.execute(select(runs).order_by(runs.c.as_of.desc()).limit(1)).one()
        number = {"id": "6d0f7c5e", "number": "HS-2023-702", "year": 2023, "sequence": 702}
        connection.execute(insert(attention_places).values(**number))
        connection.execute(
            insert(attention_states).values(
                run_id=run.id,
                attention_id="6d0f7c5e",
                first_shown=run.as_of - timedelta(days=7),
                place_name="Volksplein e.o., Mariaberg",
                soort="gebied",
                soort_certainty=0.9,
                lon=5.6726,
                lat=50.8449,
                geometry=shapely.to_wkb(shapely.box(5.672, 50.844, 5.673, 50.845)),
                buurtcode="BU09350000",
                report_count=5,
                recent_count=5,
                day_count=5,
                week_count=3,
                reporter_count=4,
                first_report=run.window_end - timedelta(days=20),
                last_report=run.window_end - timedelta(days=2),
                expected=0.4,
                not_yet="Niet gesignaleerd, omdat er 5 meldingen zijn.",
                chance=0.4,
                became_count=40,
                looked_at_count=100,
                is_own=True,
            )
        )
    return three_weeks


@pytest.fixture
def new_places(fill: Filler) -> dict[int, str]:
    """The ids of three hotspots that came one after the other: two in the centre, the third in Villapark."""
    return fill.ids


@pytest.fixture
def one_that_stayed(fill: Filler) -> None:
    """Two hotspots in two runs: the first without a report in the last week, the second with one."""


@pytest.fixture
def five_places(fill: Filler) -> Filler:
    """Three weekly runs with a hotspot of each kind where rights differ.

    001 gebied and 002 woning in the areas of the gebiedsteam, 003 gebied and 004 woning in another area, 005
    gebied in no area. 006, split off from 001, was a gebied of the team and is now a woning elsewhere; 007
    went the other way. The term of each is over.
    """
    return fill


@pytest.fixture
def client(service_settings: Settings) -> Iterator[TestClient]:
    """A client of the service; what goes wrong in the service is an answer, not an exception."""
    with TestClient(create_app(service_settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def own_gebieden(database: Database, fill: Filler) -> list[str]:  # writes the areas
    """The default areas of the centre and of Mariaberg: those of the gebiedsteam."""
    with database.reading() as connection:
        query = select(areas.c.wijknaam).where(areas.c.buurtcode.in_([CENTRE[0], MARIABERG[0]]))
        return sorted(set(connection.execute(query).scalars()))


@pytest.fixture
def sessions(database: Database, settings: Settings, own_gebieden: list[str]) -> Callable[[str], str]:
    """Make a user of a role, the gebiedsteam with two own areas, and sign in; gives the session's token."""

    def enter(role: str) -> str:
        is_team = role == Role.GEBIEDSTEAM
        now = datetime.now(UTC)
        add_user(
            database,
            name=role,
            full_name=f"Iemand van {role}",
            role=Role(role),
            password=PASSWORD,
            created_by="test",
            now=now,
            organisation="politie" if is_team else "OOV",
            gebieden=own_gebieden if is_team else [],
            granted=GRANTED,
        )
        return sign_in(database, settings.sign_in, name=role, password=PASSWORD, now=now)

    return enter


@pytest.fixture
def asking() -> Callable[[TestClient], Callable[..., Any]]:
    """Make what sends requests in a session, or in none (None), with all that a page of ours would add."""

    def make(client: TestClient) -> Callable[..., Any]:
        csrf: dict[str, str] = {}

        def send(
            token: str | None,
            method: str,
            path: str,
            body: object = None,
            headers: dict[str, str] | None = None,
            form: dict[str, str] | None = None,
        ) -> Any:
            client.cookies.clear()
            own = {}
            if token is not None:
                client.cookies.set("hotspots_sessie", token)
            if token is not None and method != "GET":
                if token not in csrf:
                    csrf[token] = client.get("/sessie").json()["csrf"]
                own["X-CSRF-Token"] = csrf[token]
            if method == "PUT":
                own["If-Match"] = '"v1"'
            return client.request(method, path, json=body, data=form, headers=own | (headers or {}))

        return send

    return make


@pytest.fixture
def ask(client: TestClient, asking: Callable[[TestClient], Callable[..., Any]]) -> Callable[..., Any]:
    """Send a request to a path below `/v1`."""
    send = asking(client)
    return lambda token, method, path, *more: send(token, method, f"/v1{path}", *more)


@pytest.fixture
def closed(service_settings: Settings) -> Iterator[TestClient]:
    """A client of a service for which everybody must sign in."""
    required = service_settings.model_copy(update={"sign_in": SignInSettings()})
    with TestClient(create_app(required), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def buurt_name(database: Database) -> Callable[[str], str]:
    """Give the name of a buurt by its code."""

    def find(code: str) -> str:
        with database.reading() as connection:
            query = select(areas.c.buurtnaam).where(areas.c.buurtcode == code)
            return str(connection.execute(query).scalar_one())

    return find


@pytest.fixture
def serve() -> Callable[[Settings], AbstractContextManager[str]]:
    """Serve the service on loopback, as people reach it; a context that gives its address."""

    @contextmanager
    def start(settings: Settings) -> Iterator[str]:
        config = uvicorn.Config(create_app(settings), port=0, log_level="warning", lifespan="on")
        server = uvicorn.Server(config)
        # listens at once: early requests wait, none is refused
        listener = socket.create_server(("127.0.0.1", 0))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()

    return start


@pytest.fixture
def served(
    service_settings: Settings, serve: Callable[[Settings], AbstractContextManager[str]]
) -> Iterator[str]:
    """The address of the service, served on loopback as people reach it."""
    with serve(service_settings) as address:
        yield address


@pytest.fixture
def page(browser: Browser, served: str) -> Iterator[Page]:
    """A page of a laptop that asks only our own origin, and fails the test on any error in it.

    `check` looks at it as on a phone too.
    """
    context = browser.new_context(
        viewport={"width": 1280, "height": 844}, reduced_motion="reduce", base_url=served
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if "Security" in message.text else None)
    page.on(
        "request",
        lambda asked: problems.append(asked.url) if not asked.url.startswith((served, "data:")) else None,
    )
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def routes_of() -> Callable[[FastAPI], set[str]]:
    """Give every route of an app, also of the apps mounted in it, as method and path."""

    def walk(routes: list[Any], prefix: str) -> Iterator[str]:
        for route in routes:
            included = getattr(route, "original_router", None)
            if included is not None:
                yield from walk(included.routes, prefix + route.include_context.prefix)
            elif isinstance(route, Mount):
                inside = route.routes
                yield from (
                    walk(list(inside), prefix + route.path) if inside else [f"MOUNT {prefix}{route.path}"]
                )
            else:
                yield from (f"{method} {prefix}{route.path}" for method in route.methods - {"HEAD"})

    return lambda app: set(walk(list(app.routes), ""))
