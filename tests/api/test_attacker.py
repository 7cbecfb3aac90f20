"""An attacker with every output of a year finds no dwelling, and no square or hour of a report.

A small year is simulated and run week by week, and after each run two people read: a lezer, and someone of a
gebiedsteam in whose area no dwelling lies. Afterwards they read all weeks again. The attacks are those that
worked once. Each is tried on what people are told, where it must not do better than chance, and with its rule
taken out, where it must succeed: otherwise it would prove nothing.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from pydantic import SecretStr
from scipy.stats import binomtest
from sqlalchemy import delete, func, select, update

from api.main import create_app
from hotspots.access.accounts import add_user
from hotspots.access.rights import Actor, Role, Visibility
from hotspots.access.sessions import sign_in
from hotspots.access.signed_links import load_signing_key
from hotspots.detection.outline import coarsened
from hotspots.evaluation.city import city_of_municipality
from hotspots.evaluation.simulation import simulate_year, write_melddesk
from hotspots.evaluation.year_plan import YearPlan
from hotspots.geography.cells import cell_polygon, cells_of
from hotspots.geography.projection import Projection
from hotspots.intake.import_reports import import_reports
from hotspots.intake.known_reports import load_reports
from hotspots.publishing import told_cells
from hotspots.publishing.embeds import EmbedKind, add_embed
from hotspots.settings import (
    DatabaseSettings,
    MunicipalitySettings,
    PrivacySettings,
    ServiceSettings,
    Settings,
)
from hotspots.store.areas import fill_with_shipped
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.report_tables import report_locations, reports
from hotspots.store.run_tables import (
    detection_reports,
    hotspot_lineage,
    hotspot_states,
    hotspots,
    runs,
)
from hotspots.store.run_tables import told_cells as told_cells_table
from hotspots.weekly.weekly_run import run_week
from hotspots.weekly.weeks import weeks_between

ROOT = Path(__file__).parents[2]
NOW = datetime(2024, 1, 8, 6, tzinfo=UTC)
PASSWORD = "zonnebloem kruiwagen 38 paraplu"
KEY = "a key for tests only, never for real reporters"
CHANCE = 0.001
"""How seldom chance would do so well, for the attacker to have found something."""

SMALL = YearPlan(
    report_count=500,
    hotspot_count=8,
    dwelling_count=3,
    liveability_count=3,
    near_pair_count=0,
    burst_count=0,
    single_reporter_count=1,
    event_count=0,
    faded_count=0,
    almost_count=0,
    default_geocode_count=0,
    other_category_share=0,
    coarse_share=0,
    dirty_share=0,
)
FIRST = date(2023, 5, 1)
"""From when a small year has runs: with less than four months of reports there is little to compare."""
WEEKDAYS = ("ma", "di", "wo", "do", "vr", "za", "zo")

Week = Mapping[str, Any]


@dataclass
class Reader:
    """Someone with a session, who keeps what the service answers."""

    client: TestClient
    token: str

    def get(self, path: str, accept: str = "application/json") -> str:
        """The text of an answer; empty if it is not there."""
        self.client.cookies.clear()
        if self.token:
            self.client.cookies.set("hotspots_sessie", self.token)
        answer = self.client.get(path, headers={"accept": accept})
        assert answer.status_code in (200, 404), (path, answer.status_code, answer.text[:300])
        return answer.text if answer.status_code == 200 else ""

    def week(self, as_of: date) -> Week:
        """The lists of one week: hotspots by number, cells by id, and the run."""
        listed = json.loads(
            self.get(f"/v1/hotspots?peildatum={as_of}&paginaGrootte=100", "application/geo+json")
        )
        cells = json.loads(self.get(f"/ogc/collections/cellen/items?peildatum={as_of}&limit=1000"))
        return {
            "hotspots": {
                feature["properties"]["nummer"]: feature["properties"] | {"outline": feature["geometry"]}
                for feature in listed["features"]
            },
            "cells": {feature["id"]: feature["properties"] for feature in cells["features"]},
            "run": json.loads(self.get(f"/v1/rondes/{as_of}")),
        }

    def hours(self, number: str, as_of: date) -> dict[tuple[str, str], int]:
        """The table of hours on the page of a hotspot, by its row and column."""
        page = self.get(f"/hotspots/{number}?peildatum={as_of}", "text/html")
        table = re.search(r'class="uurtabel">(.*?)</table>', page, re.DOTALL)
        if table is None:
            return {}
        columns = re.findall(r'<th scope="col">([^<]+)</th>', table[1])[1:]
        rows = re.findall(r'<th scope="row">([^<]+)</th>(.*?)</tr>', table[1], re.DOTALL)
        return {
            (name, column): int(value) if value.isdigit() else ("weinig", "soms", "vaak").index(value)
            for name, cells in rows
            for column, value in zip(columns, re.findall(r"<td>([^<]*)</td>", cells), strict=True)
        }


@dataclass
class World:
    """A year in a database, who reads it, and the truth about it."""

    path: Path
    settings: Settings
    weeks: list[date]
    tokens: dict[str, str]
    embeds: tuple[str, ...]  # addresses of public maps
    live: dict[str, dict[date, Week]] = field(default_factory=dict)

    @cached_property
    def database(self) -> Database:
        """The database."""
        return Database(self.settings.database.url)

    def copy(self, folder: Path) -> "World":
        """The same year in a database of its own, to change something in it."""
        path = folder / "copy.sqlite"
        shutil.copyfile(self.path, path)
        return World(path, _with_database(self.settings, path), self.weeks, self.tokens, self.embeds)

    def reader(self, client: TestClient, role: str = "lezer") -> Reader:
        """Someone of a role."""
        return Reader(client, self.tokens[role])

    def hidden(self) -> dict[str, Any]:
        """The hotspots that point at persons, with where they are, by number."""
        query = (
            select(
                hotspots.c.number,
                hotspot_states.c.lon,
                hotspot_states.c.lat,
                hotspot_states.c.first_signalled,
            )
            .join(hotspots, hotspots.c.id == hotspot_states.c.hotspot_id)
            .where(hotspots.c.points_at_persons)
        )
        with self.database.reading() as connection:
            return {row.number: row for row in connection.execute(query)}

    @cached_property
    def members(self) -> dict[tuple[str, date], frozenset[int]]:
        """The reports of each hotspot after each run, whoever is told of them."""
        found: dict[tuple[str, date], set[int]] = {}
        query = (
            select(hotspots.c.number, runs.c.as_of, detection_reports.c.report_id)
            .join(hotspot_states, hotspot_states.c.hotspot_id == hotspots.c.id)
            .join(runs, runs.c.id == hotspot_states.c.run_id)
            .join(detection_reports, detection_reports.c.detection_id == hotspot_states.c.detection_id)
        )
        with self.database.reading() as connection:
            for number, as_of, report_id in connection.execute(query):
                found.setdefault((number, as_of), set()).add(report_id)
        return {key: frozenset(ids) for key, ids in found.items()}

    @cached_property
    def truth(self) -> dict[int, tuple[tuple[float, float], tuple[str, int]]]:
        """Of each report its square of 25 m, and its weekday and hour."""
        query = select(
            reports.c.id, reports.c.reported_at, report_locations.c.lon, report_locations.c.lat
        ).join(report_locations, report_locations.c.report_id == reports.c.id)
        with self.database.reading() as connection:
            rows = [row for row in connection.execute(query) if row.lon is not None]
        squares = self.squares([row.lon for row in rows], [row.lat for row in rows])
        local = [row.reported_at.astimezone(self.settings.municipality.zone) for row in rows]
        return {
            row.id: (square, (WEEKDAYS[moment.weekday()], moment.hour))
            for row, square, moment in zip(rows, squares, local, strict=True)
        }

    def metres(self, lon: list[float], lat: list[float]) -> np.ndarray[Any, Any]:
        """Points in metres."""
        return np.column_stack(Projection(self.settings.municipality.crs).to_metres(lon, lat))

    def squares(self, lon: list[float], lat: list[float]) -> list[tuple[float, float]]:
        """The middle of the square in which each point lies."""
        return [square_of(point) for point in self.metres(lon, lat)]


def square_of(point: Any) -> tuple[float, float]:
    x, y = coarsened(np.asarray(point, dtype=float), grid_m=25.0).tolist()
    return x, y


def _with_database(settings: Settings, path: Path) -> Settings:
    return settings.model_copy(update={"database": DatabaseSettings(url=f"sqlite:///{path}")})


def is_better_than(chance: float, hits: int, tries: int) -> bool:
    """Whether so many hits of so many tries are more than this chance explains."""
    return tries > 0 and bool(binomtest(hits, tries, min(1.0, chance), "greater").pvalue < CHANCE)


def _share_maps(database: Database, settings: Settings, weeks: Sequence[date]) -> Iterator[str]:
    adviser, key = Actor("o", "O. Adviseur", Role.OOV, "OOV"), load_signing_key(settings.service)
    for as_of in weeks:
        embed = add_embed(
            database, settings, actor=adviser, gebied=None, peildatum=as_of, days=9, now=datetime.now(UTC)
        )
        yield f"/inbedden/{embed.token(key)}"
    for soort, jaar in ((EmbedKind.STAND, None), (EmbedKind.JAAR, 2023)):
        embed = add_embed(
            database,
            settings,
            actor=adviser,
            gebied=None,
            peildatum=None,
            days=9,
            now=datetime.now(UTC),
            soort=soort,
            jaar=jaar,
        )
        yield f"/inbedden/{embed.token(key)}"


@pytest.fixture(scope="module")
def world(
    request: pytest.FixtureRequest, migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> World:
    """The year, run week by week, with what both readers were told after each run."""
    folder = tmp_path_factory.mktemp("year")
    path = folder / "year.sqlite"
    shutil.copyfile(migrated_sqlite, path)
    settings = Settings(
        municipality=MunicipalitySettings(name="Maastricht", code="GM0935"),
        privacy=PrivacySettings(reporter_key=SecretStr(KEY)),
        database=DatabaseSettings(url=f"sqlite:///{path}"),
        service=ServiceSettings(signing_key=SecretStr(KEY), requests_per_minute=10**6),
    )
    rng = np.random.default_rng(request.config.getoption("--seed-of-year"))
    city = city_of_municipality(
        ROOT / "geodata" / "GM0935_buurten.csv", rng, name="Maastricht", crs=settings.municipality.crs
    )
    is_full = request.config.getoption("--full-year")
    plan, first = (YearPlan(), date(2023, 1, 1)) if is_full else (SMALL, FIRST)
    year = simulate_year(city, year=2023, rng=rng, plan=plan)
    write_melddesk(year, folder / "export.csv")
    database = Database(settings.database.url)
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        wijken = sorted(set(connection.execute(select(areas.c.wijknaam)).scalars()))
    import_reports(
        database, settings, folder / "export.csv", "melddesk", now=NOW, rejects_path=folder / "rejects.csv"
    )
    tokens = {}
    for who, gebieden in ((Role.LEZER, []), (Role.GEBIEDSTEAM, wijken[:1]), (Role.OOV, [])):
        add_user(
            database,
            name=str(who),
            full_name=f"Iemand van {who}",
            role=who,
            password=PASSWORD,
            created_by="test",
            now=datetime.now(UTC),
            organisation="politie",
            gebieden=gebieden,
        )
        tokens[str(who)] = sign_in(
            database, settings.sign_in, name=str(who), password=PASSWORD, now=datetime.now(UTC)
        )
    weeks = weeks_between(first, date(2023, 12, 31))
    world = World(path, settings, weeks, tokens, tuple(_share_maps(database, settings, weeks[24::20])))
    with TestClient(create_app(settings)) as client:
        for as_of in world.weeks:
            run_week(database, settings, as_of=as_of, now=NOW)
            for role in ("lezer", "gebiedsteam"):
                world.live.setdefault(role, {})[as_of] = world.reader(client, role).week(as_of)
    database.close()
    return world


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Take a rule out: nobody is told in steps, or cells not of quarters, or with reports of dwellings."""

    def take_out(rule: str) -> None:
        if rule == "steps":
            monkeypatch.setattr(Visibility, "sees_reports_everywhere", property(lambda _: True))
        elif rule == "quarters":
            monkeypatch.setattr(Visibility, "sees_reports", lambda _self, _gebied: True)
        elif rule == "cells without persons":
            monkeypatch.setattr(told_cells, "_reports_of_persons", lambda _: set())
            monkeypatch.setattr(told_cells, "REPEATED", 10**6)
            monkeypatch.setattr(told_cells, "is_told", lambda here: len(here) >= 5)
        else:
            raise ValueError(rule)

    return take_out


@pytest.fixture
def opened() -> Iterator[Callable[[World], TestClient]]:
    """Open the service on a year."""
    clients: list[TestClient] = []

    def start(world: World) -> TestClient:
        client = TestClient(create_app(world.settings))
        client.__enter__()
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.__exit__(None, None, None)


def tell_cells_anew(world: World) -> None:
    """Write the cells of every quarter as the runs that told them would have."""
    zone = world.settings.municipality.zone
    with world.database.writing() as connection:
        table = told_cells_table.c
        quarters = connection.execute(select(table.first_day, table.last_day, table.as_of).distinct()).all()
        connection.execute(delete(told_cells_table))
        for row in quarters:
            found = load_reports(
                connection,
                window_start=datetime.combine(row.first_day, time(), zone),
                window_end=datetime.combine(row.last_day + timedelta(days=1), time(), zone),
                known_at=datetime.combine(row.as_of + timedelta(days=1), time(), zone),
            )
            told_cells.tell_cells(connection, world.settings, found, **row._mapping)


# -- where dwellings are --


@pytest.mark.parametrize("role", ["lezer", "gebiedsteam"])
def test_what_was_told_of_a_week_is_still_told_of_it_at_the_end_of_the_year(
    world: World, opened: Callable[[World], TestClient], role: str
) -> None:
    reader = world.reader(opened(world), role)
    for as_of in world.weeks[8::10]:
        then, now = world.live[role][as_of], reader.week(as_of)
        assert now["cells"] == then["cells"], as_of
        assert now["run"] == then["run"], as_of
        assert list(now["hotspots"]) == list(then["hotspots"]), as_of
        assert len(now["hotspots"]) >= now["run"]["aantalGesignaleerd"]


PATHS = (
    "/v1/hotspots?peildatum={week}&sort=nummer",
    "/v1/hotspots?peildatum={week}&sort=-aantalMeldingen&paginaGrootte=2&pagina=2",
    "/v1/hotspots?gewijzigdSinds=2023-06-01T00:00:00Z",
    "/v1/hotspots?peildatum={week}&sort=laatsteMelding",
    "/v1/hotspots/feed",
    "/v1/rondes",
    "/v1/trends",
    "/ogc/collections/hotspots/items?peildatum={week}&datetime=2023-05-01/..",
    "/ogc/collections/cellen/items?peildatum={week}&limit=1000",
    "/ogc/collections",
    "/cijfers",
    "/v1/cijfers?jaar=2023",
    "/v1/cijfers/andere?jaar=2023",
    "/cijfers?jaar=2023&categorie=drugs",
    "/cijfers/download?onderdeel=kwartalen&jaar=2023&vorm=csv",
    "/jaar/2023",
    "/jaar/2023/download?vorm=csv",
    "/jaar?van=2023-01-01&tot={week}",
    "/v1/jaren",
    "/v1/jaren/2023",
    "/v1/jaren?van={week}&tot=2023-12-30",
    "/duidingen",
    "/v1/duidingen",
    "/rapport",
    "/rapport?week=2023-W40",
    "/?peildatum={week}",
    "/?zoek=straat",
    "/kaart?peildatum={week}&lagen=hotspots,gebieden,cellen,maatregelen",
    "/kaart/download?peildatum={week}&vorm=csv",
    "/stand",
    "/stand?gebied=Wijk 00 Centrum",
    "/v1/stand",
    "/metrics",
)
HIDDEN_PATHS = (
    "/v1/hotspots/{number}",
    "/v1/hotspots/{number}/weken",
    "/hotspots/{number}",
    "/hotspots/{number}/download",
)


def everything_told(world: World, client: TestClient, role: str) -> dict[str, str]:
    """What a role gets at every path, in a few weeks."""
    reader = world.reader(client, role)
    paths = [path.format(week=as_of) for path in (*PATHS, *world.embeds) for as_of in world.weeks[24::20]]
    answers = {}
    for path in dict.fromkeys(paths):
        text = reader.get(path, "text/html" if path.startswith(("/?", "/kaart", "/stand")) else "*/*")
        if path == "/metrics":
            counts = ("hotspots_hotspots{", "hotspots_candidates")
            text = "\n".join(line for line in text.splitlines() if line.startswith(counts))
        # what is drawn anew for each answer tells nothing
        answers[path] = re.sub(r'nonce="[^"]*"|name="csrf" value="[^"]*"|<!-- [0-9a-f]* -->', "", text)
    return answers


def without_the_hidden(world: World, folder: Path) -> World:
    """The same year as if what points at persons had never been there: neither hotspots nor their reports."""
    copy = world.copy(folder)
    of_hidden = select(hotspots.c.id).where(hotspots.c.points_at_persons)
    theirs = select(detection_reports.c.report_id).join(
        hotspot_states, hotspot_states.c.detection_id == detection_reports.c.detection_id
    )
    with copy.database.writing() as connection:
        ids = list(connection.execute(of_hidden).scalars())
        report_ids = list(connection.execute(theirs.where(hotspot_states.c.hotspot_id.in_(ids))).scalars())
        connection.execute(update(reports).where(reports.c.id.in_(report_ids)).values(is_counted=False))
        found = select(hotspot_states.c.run_id, func.count().label("n")).where(
            hotspot_states.c.hotspot_id.in_(ids), hotspot_states.c.is_signalled
        )
        for run_id, count in connection.execute(found.group_by(hotspot_states.c.run_id)).all():
            fewer = runs.c.signalled_count - count
            connection.execute(update(runs).where(runs.c.id == run_id).values(signalled_count=fewer))
        for column in (hotspot_lineage.c.from_id, hotspot_lineage.c.to_id, hotspot_states.c.hotspot_id):
            connection.execute(delete(column.table).where(column.in_(ids)))
        connection.execute(delete(hotspots).where(hotspots.c.id.in_(ids)))
    tell_cells_anew(copy)
    return copy


def test_a_year_without_its_dwellings_gives_the_same_to_the_last_byte(
    world: World, opened: Callable[[World], TestClient], tmp_path: Path
) -> None:
    client, other = opened(world), opened(without_the_hidden(world, tmp_path))
    for role in ("lezer", "gebiedsteam"):
        with_them, without_them = (
            everything_told(here, there, role) for here, there in ((world, client), (world, other))
        )
        assert [path for path in with_them if with_them[path] != without_them[path]] == [], role
        reader = world.reader(client, role)
        assert {reader.get(path.format(number=n)) for n in world.hidden() for path in HIDDEN_PATHS} == {""}
    feeds = {world.reader(here, "oov").get("/v1/hotspots/feed") for here in (client, other)}
    assert len(feeds) == 2, "who may know of them sees the difference"


def gaps(year: Mapping[date, Week]) -> list[tuple[date, date]]:
    """Between which weeks something hidden was found: the attack on numbers, where they count up."""
    first_seen = {n: as_of for as_of, week in reversed(list(year.items())) for n in week["hotspots"]}
    found = sorted((int(number.split("-")[2]), as_of) for number, as_of in first_seen.items())
    if found[-1][0] > 10 * len(found) or [as_of for _, as_of in found] != sorted(as_of for _, as_of in found):
        return []
    pairs = zip([(0, min(year)), *found], found, strict=False)
    return [(earlier, later) for (a, earlier), (b, later) in pairs for _ in range(b - a - 1)]


def test_numbers_do_not_tell_when_a_dwelling_was_found(
    world: World, opened: Callable[[World], TestClient], tmp_path: Path
) -> None:
    assert gaps(world.live["lezer"]) == []
    copy = world.copy(tmp_path)  # the rule taken out: numbers in the order of finding
    with copy.database.writing() as connection:
        order = hotspot_states.c.first_signalled
        found_on = select(hotspot_states.c.hotspot_id, order).distinct().order_by(order)
        rows = connection.execute(found_on).all()
        pointing = select(hotspots.c.id).where(hotspots.c.points_at_persons)
        ids, hidden = [row.hotspot_id for row in rows], set(connection.execute(pointing).scalars())
        for prefix in ("XX", "HS"):  # numbers are unique at all times
            for sequence, hotspot_id in enumerate(ids, 1):
                values = {"sequence": 5000 + sequence, "number": f"{prefix}-2023-{sequence:03d}"}
                connection.execute(update(hotspots).where(hotspots.c.id == hotspot_id).values(**values))
    reader = copy.reader(opened(copy))
    year = {as_of: reader.week(as_of) for as_of in copy.weeks[::4]}
    found = gaps(year)
    # after the last one that is told there is no gap
    last = max(row.first_signalled for row in rows if row.hotspot_id not in hidden)
    between = [row for row in world.hidden().values() if row.first_signalled < last]
    assert len(found) == len(between) > 0
    for row in between:
        assert any(earlier - timedelta(28) <= row.first_signalled <= later for earlier, later in found)


def suspected_cells(year: Mapping[date, Week], count: int) -> list[str]:
    """The cells with the most reports that no hotspot on the lists explains: the attack on cells."""
    outlines = [
        shapely.from_geojson(json.dumps(row["outline"]))
        for week in year.values()
        for row in week["hotspots"].values()
    ]
    known = shapely.union_all(outlines)
    most: Counter[str] = Counter()
    for week in year.values():
        for cell in week["cells"].values():
            most[cell["cel"]] = max(most[cell["cel"]], cell["aantalMeldingen"] or 0)
    unexplained = [
        cell for cell, _ in most.most_common() if not cell_polygon(int(cell, 16)).intersects(known)
    ]
    return unexplained[:count]


@pytest.mark.parametrize("rule", ["", "quarters", "cells without persons"])
def test_cells_do_not_tell_where_a_dwelling_is(
    world: World,
    opened: Callable[[World], TestClient],
    without: Callable[[str], None],
    tmp_path: Path,
    rule: str,
) -> None:
    year: Mapping[date, Week] = world.live["lezer"]
    if rule:
        without(rule)
        copy = world.copy(tmp_path)
        if rule != "quarters":
            tell_cells_anew(copy)
        reader = copy.reader(opened(copy))
        year = {as_of: reader.week(as_of) for as_of in copy.weeks[7::8]}
    hidden = world.hidden().values()
    resolution = world.settings.cells.resolution
    true = {
        f"{cell:x}"
        for cell in cells_of([r.lon for r in hidden], [r.lat for r in hidden], resolution=resolution)
    }
    with world.database.reading() as connection:
        reported = set(
            connection.execute(select(reports.c.cell).where(reports.c.cell.is_not(None))).scalars()
        )
    guessed = suspected_cells(year, 2 * len(true))
    hits = len(true & set(guessed))
    print(f"cells, without '{rule}': {hits} of {len(true)} dwellings in {len(guessed)} guesses")
    assert is_better_than(len(true) / len(reported), hits, len(guessed)) is bool(rule)


# -- where and when single reports were made --


def test_a_box_and_an_order_tell_no_more_of_a_place_than_its_list(
    world: World, opened: Callable[[World], TestClient]
) -> None:
    reader, week = world.reader(opened(world)), world.weeks[-1]
    listed = list(world.live["lezer"][week]["hotspots"].values())
    for row in listed:
        box = ",".join(f"{row[name] + by:.7f}" for by in (-1e-7, 1e-7) for name in ("lon", "lat"))
        found = json.loads(reader.get(f"/v1/hotspots?peildatum={week}&bbox={box}"))["hotspots"]
        assert row["nummer"] in [one["nummer"] for one in found]
    path = f"/v1/hotspots?peildatum={week}&paginaGrootte=100&sort=laatsteMelding"
    by_last = json.loads(reader.get(path))["hotspots"]
    # of one day those stand first that stand first elsewhere
    assert [row["nummer"] for row in by_last] == [
        row["nummer"] for row in sorted(listed, key=lambda row: row["laatsteMelding"])
    ]


@dataclass(frozen=True)
class Change:
    """What is told of a hotspot changed: as it was told before and now, and the reports that truly came."""

    number: str
    since: date
    as_of: date
    before: Mapping[str, Any]
    now: Mapping[str, Any]
    came: frozenset[int]


def changes(world: World, year: Mapping[date, Week]) -> Iterator[Change]:
    """Each change of what is told, week by week."""
    last: dict[str, date] = {}
    for as_of, week in year.items():
        for number, now in week["hotspots"].items():
            since = last.setdefault(number, as_of)
            before = year[since]["hotspots"][number]
            if any(before[name] != now[name] for name in COUNTED):
                last[number] = as_of
                came = world.members[number, as_of] - world.members[number, since]
                yield Change(number, since, as_of, before, now, came)


COUNTED = ("aantalMeldingen", "lon", "lat", "laatsteMelding", "aantalDagen")


def guessed_square(world: World, change: Change) -> tuple[float, float]:
    """Where what came lies: by count and centre, else where the outline grew, else the mean of what came."""
    a, b = change.before["aantalMeldingen"], change.now["aantalMeldingen"]
    old, new = (world.metres([row["lon"]], [row["lat"]])[0] for row in (change.before, change.now))
    mean = (b * new - a * old) / (b - a) if b > a else new
    if b == a + 1 and np.abs(mean - np.array(square_of(mean))).max() < 1:
        return square_of(mean)
    now, before = (shapely.from_geojson(json.dumps(row["outline"])) for row in (change.now, change.before))
    grown = now.difference(before)
    if not grown.is_empty and grown.area > 1e-9:
        return square_of(world.metres([grown.centroid.x], [grown.centroid.y])[0])
    return square_of(mean)


PARTS = {"nacht": range(6), "ochtend": range(6, 12), "middag": range(12, 18), "avond": range(18, 24)}


def holds(cell: tuple[str, str], moment: tuple[str, int]) -> bool:
    """Whether a cell of the chart of hours is that of a weekday and hour."""
    (row, column), (day, hour) = cell, moment
    if column.isdigit():
        return row == day and int(column) == hour
    return (row == "weekend") is (day in WEEKDAYS[5:]) and hour in PARTS[column.split()[0]]


@pytest.mark.parametrize("rule", ["", "steps"])
def test_weeks_compared_do_not_tell_the_square_or_the_hour_of_a_report(
    world: World, opened: Callable[[World], TestClient], without: Callable[[str], None], rule: str
) -> None:
    reader = world.reader(opened(world))
    year: Mapping[date, Week] = world.live["lezer"]
    if rule:
        without(rule)
        year = {as_of: reader.week(as_of) for as_of in world.weeks[8:]}
    found = list(changes(world, year))
    watched = {number for number, _ in Counter(change.number for change in found).most_common(3)}
    squares, hours, middles, usual = Counter[bool](), Counter[bool](), Counter[bool](), Counter[bool]()
    for change in found:
        guess = guessed_square(world, change)
        middle = square_of(world.metres([change.now["lon"]], [change.now["lat"]])[0])
        squares.update(world.truth[report][0] == guess for report in change.came)
        middles.update(world.truth[report][0] == middle for report in change.came)
        if change.number in watched:
            before, now = (reader.hours(change.number, day) for day in (change.since, change.as_of))
            grown = max(now, key=lambda cell: (now[cell] - before.get(cell, 0), now[cell]))
            most = max(now, key=lambda cell: now[cell])
            hours.update(holds(grown, world.truth[report][1]) for report in change.came)
            usual.update(holds(most, world.truth[report][1]) for report in change.came)
    for what, hits, chance in (("squares", squares, middles), ("hours", hours, usual)):
        tries, by_chance = hits.total(), max(chance[True] / hits.total(), 0.05)
        print(f"{what}, without '{rule}': {hits[True]} of {tries}; without comparing {chance[True]}")
        assert tries > 25
        assert is_better_than(by_chance, hits[True], tries) is bool(rule), what
