"""What points at persons, a dwelling or one known reporter, in every output: who may not know finds nothing.

Three hotspots in three buurten: one that all may know of, one of a dwelling, one of one known reporter. Each
has a reason and a name of its own that nothing else says; the last lies a street away from the first. The
reader (lezer) may know of the first only; OOV of all. Beside them are planted an address of the dwelling,
what people call it, the text of reports, and the key of a reporter: these are nowhere but by a right of their
own.
"""

import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
import structlog
from fastapi.testclient import TestClient
from sqlalchemy import insert, select, update

from api.commands.map import write_map
from api.main import create_app
from api.pages.standalone import standalone_page
from hotspots.access.people import read_people
from hotspots.access.rights import Actor, Role, Visibility, visibility_of
from hotspots.access.signed_links import SigningKey
from hotspots.casework.cases import CaseAccess, read_case
from hotspots.casework.steps import triage
from hotspots.model import Status
from hotspots.publishing.background import tiles_over
from hotspots.publishing.cell_counts import read_cell_counts
from hotspots.publishing.exports import Format, write_hotspots
from hotspots.publishing.followed_changes import as_told, read_changes
from hotspots.publishing.mailing import compose
from hotspots.publishing.pictures.drawing import draw_picture
from hotspots.publishing.report_files import write_report
from hotspots.publishing.weekly_map import WeeklyMap, build_weekly_map
from hotspots.publishing.weekly_report import Audience, as_document, build_area_report
from hotspots.settings import ServiceSettings, Settings, SignInSettings
from hotspots.store.attention_tables import attention_places, attention_states
from hotspots.store.background import Kind, Origin, replace_background
from hotspots.store.case_tables import users
from hotspots.store.context import replace_context
from hotspots.store.database import Database
from hotspots.store.place_tables import addresses
from hotspots.store.report_tables import report_texts, reporters, reports
from hotspots.store.run_tables import hotspots, public_figures, runs, samples
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.runs import read_as_of_dates
from hotspots.tracking.samples import WAS_SAMPLE
from hotspots.tracking.selection import Selection
from jobs.commands.export import export_hotspots
from tests.parquet_columns import columns_in

SUNDAY = date(2023, 12, 3)
CENTRE = {"lon": 5.6915, "lat": 50.8492, "buurtcode": "BU09350000"}
LON, LAT = 5.67204, 50.84851
DWELLING = {"lon": LON, "lat": LAT, "buurtcode": "BU09350100"}
ONE_REPORTER = {"lon": 5.69263, "lat": 50.85011, "buurtcode": "BU09350200"}
OPEN, HIDDEN = "HS-2023-001", ("HS-2023-002", "HS-2023-003")
REASONS = {OPEN: "Vogelverschrikker.", "HS-2023-002": "Zolderraam.", "HS-2023-003": "Kelderluik."}

NAMES = {
    OPEN: "Zeepaardplein, Binnenstad",
    "HS-2023-002": "Zeepaardsteeg, Villapark",
    "HS-2023-003": "Hoek Zeepaardhof",
}
SLIPS = ("Zeepaardplin", "Zeepaardsteg", "Hoek Zeepardhof")

ADDRESS, CALLED, KEY = "Plantsteeg 4711", "Huize Plantenbos", "c0ffee" * 10
EXACT = (ADDRESS, CALLED, KEY, "Tabaksblat", "4711")
A_HOUSE = re.compile(r"(?<![\w.])4711(?!\w)")
"""The number of the house; not these digits in a coordinate, a key or the like."""


def exact_in(text: str) -> list[str]:
    """What of the dwelling itself is told in a text."""
    return [exact for exact in EXACT if (A_HOUSE.search(text) if exact == "4711" else exact in text)]


"""What is for rights of their own: the address and name of a dwelling, a reporter, words of a report."""

READER = visibility_of(Actor("r", "L. Lezer", Role.LEZER))
ADVISER = visibility_of(Actor("o", "O. Adviseur", Role.OOV))
DECIDER = Actor("d", "D. Besluit", Role.OOV, "OOV")


@dataclass(frozen=True)
class World:
    """The three hotspots and what shows them."""

    database: Database
    settings: Settings
    folder: Path
    client: TestClient
    enter: Callable[[str], str]
    ids: dict[str, str]

    def hotspots(self, visibility: Visibility) -> list[Any]:
        """Those that a reader may know of."""
        with self.database.reading() as connection:
            return list(read_hotspots(connection, self.settings, Selection(visibility)))

    def map(self, visibility: Visibility) -> WeeklyMap:
        """The weekly map of a reader."""
        with self.database.reading() as connection:
            hotspots = read_hotspots(connection, self.settings, Selection(visibility))
            return build_weekly_map(connection, self.settings, hotspots, peildatum=SUNDAY)

    def told(self, visibility: Visibility, path: str, **headers: str) -> str:
        """What the service answers to a reader."""
        role = "lezer" if visibility == READER else "oov"
        self.client.cookies.set("hotspots_sessie", self.enter(role))
        answer = self.client.get(path, headers=headers)
        if answer.status_code != 404:
            return answer.text
        # that it is not there is told in the same words as of what never was
        asked = re.search(r"HS-\d{4}-\d{3}|[0-9a-f-]{36}", path)
        return answer.text.replace(asked[0], "") if asked else answer.text


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database will do: what is read is compared on both by the tests of the store."""
    return sqlite_url


@pytest.fixture
def world(
    see: Callable[..., None],
    database: Database,
    service_settings: Settings,
    sessions: Callable[[str], str],
    tmp_path: Path,
) -> Iterator[World]:
    """The three hotspots of the last week, and a service for which everybody must sign in."""
    days = tuple(date(2023, 11, day) for day in range(1, 13))
    see(
        SUNDAY,
        {
            **DWELLING,
            "soort": "woning",
            "redenen": (REASONS[HIDDEN[0]],),
            "report_days": days,
            "since": SUNDAY,
        },
        {
            **ONE_REPORTER,
            "reporters": 1,
            "redenen": (REASONS[HIDDEN[1]],),
            "report_days": days,
            "since": SUNDAY,
        },
        **CENTRE,
        redenen=(REASONS[OPEN],),
        report_days=days,
        since=SUNDAY,
    )
    settings = service_settings.model_copy(
        update={
            "sign_in": SignInSettings(required=True),
            "service": ServiceSettings(signing_key_file=tmp_path / "signing.key"),
        }
    )
    with database.reading() as connection:
        ids = {
            hotspot.nummer: hotspot.id
            for hotspot in read_hotspots(connection, settings, Selection(Visibility()))
        }
    assert set(ids) == set(REASONS)
    enter = cache(sessions)
    _plant(database)

    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield World(database, settings, tmp_path, client, enter, ids)


def _plant(database: Database) -> None:
    """Give the hotspots their names, and write what is nobody's but by right, and what all maps show."""
    street = shapely.LineString([(5.66, 50.8485), (5.70, 50.8495)])
    with database.writing() as connection:
        for number, name in NAMES.items():
            named = update(hotspots).where(hotspots.c.number == number)
            connection.execute(named.values(place_name=name, told_name=name))
        house = update(hotspots).where(hotspots.c.number == HIDDEN[0])
        connection.execute(house.values(given_name=CALLED, is_general_name=False))
        connection.execute(insert(addresses).values(street="Plantsteeg", house_number=4711, lon=LON, lat=LAT))
        reporter = insert(reporters).values(hash=KEY).returning(reporters.c.id)
        reporter_id = connection.execute(reporter).scalar_one()
        ids = connection.execute(select(reports.c.id)).scalars().all()
        connection.execute(insert(report_texts), [{"report_id": one, "text": "Tabaksblat."} for one in ids])
        theirs = reports.c.source_id.like(f"{SUNDAY} 2 %")
        connection.execute(update(reports).where(theirs).values(reporter_id=reporter_id))
        rows = {"kind": [Kind.STREET], "name": ["Achterlangs"], "size_m": [3000.0]}
        replace_background(
            connection, Origin.REGISTER, gpd.GeoDataFrame(rows, geometry=[street], crs="EPSG:4326")
        )
        school = gpd.GeoDataFrame(
            {"kind": ["school"], "name": ["Basisschool Egelantier"]},
            geometry=gpd.points_from_xy([LON + 0.001], [LAT + 0.0003]),
            crs="EPSG:4326",
        )
        replace_context(connection, school, attribution="Gemeente")


def page(path: str, **headers: str) -> Callable[[World, Visibility], str]:
    """An answer of the service; ``{number}`` is asked of every hotspot."""

    def read(world: World, visibility: Visibility) -> str:
        paths = [path.format(number=number, id=world.ids[number]) for number in world.ids]
        return "\n".join(world.told(visibility, each, **headers) for each in dict.fromkeys(paths))

    return read


def workbook(path: str) -> Callable[[World, Visibility], str]:
    """What stands in a workbook, also on its second sheet and in what it says of itself."""

    def read(world: World, visibility: Visibility) -> str:
        world.told(visibility, path)  # signs in
        with zipfile.ZipFile(io.BytesIO(world.client.get(path).content)) as parts:
            return "\n".join(parts.read(name).decode() for name in parts.namelist())

    return read


def exported(kind: Format) -> Callable[[World, Visibility], str]:
    """What is in an export, for a GeoPackage and GeoParquet in its table."""

    def read(world: World, visibility: Visibility) -> str:
        path = world.folder / f"out-{visibility == READER}.{kind}"
        write_hotspots(world.hotspots(visibility), path, kind)
        if kind is Format.PARQUET:
            return repr(columns_in(path))
        if kind is not Format.GPKG:
            return path.read_text(encoding="utf-8")
        connection = sqlite3.connect(path)
        rows = [list(map(repr, row)) for row in connection.execute("SELECT * FROM hotspots")]
        connection.close()
        return json.dumps(rows) + path.read_bytes().decode("latin-1")

    return read


def weekly_report(suffix: str) -> Callable[[World, Visibility], str]:
    """One file of the weekly report."""

    def read(world: World, visibility: Visibility) -> str:
        with world.database.reading() as connection:
            report = build_area_report(
                connection, world.settings, peildatum=SUNDAY, area=None, audience=Audience(visibility)
            )
        if suffix == ".pdf":  # what it is set from: its own letters are numbers of glyphs
            return json.dumps(as_document(report)) + draw_picture(report.map, "svg").decode()
        paths = write_report(report, world.folder / f"report-{visibility == READER}", "x")
        path = next(path for path in paths if path.suffix == suffix)
        return path.read_bytes().decode("utf-8", errors="replace")

    return read


def stands_alone(world: World, visibility: Visibility) -> str:
    with world.database.reading() as connection:
        return standalone_page(
            connection, world.settings, read_as_of_dates(connection), visibility=visibility
        )


def mail(world: World, _sight: Visibility) -> str:
    return compose(
        subscription_id="1" * 32,
        address="lezer@example.org",
        peildatum=SUNDAY,
        gebieden=None,
        service="https://hotspots.example.org",
        sender="h@example.org",
        key=SigningKey(b"k" * 32),
        now=datetime(2023, 12, 4, tzinfo=UTC),
    ).as_string()


OUTPUTS: dict[str, Callable[[World, Visibility], str]] = {
    "the list of the API": page("/v1/hotspots"),
    "the list as GeoJSON": page("/v1/hotspots", accept="application/geo+json"),
    "one hotspot by number": page("/v1/hotspots/{number}"),
    "one hotspot by id": page("/v1/hotspots/{id}"),
    "its weeks": page("/v1/hotspots/{id}/weken"),
    "its case": page("/v1/hotspots/{id}/dossier"),
    "the layer of OGC API - Features": page("/ogc/collections/hotspots/items"),
    "one feature of that layer": page("/ogc/collections/hotspots/items/{id}"),
    "the Atom feed": page("/v1/hotspots/feed"),
    "the runs": page("/v1/rondes"),
    "the page of this week": page("/", accept="text/html"),
    "a search for a part of a name": page("/?zoek=Zeepaard", accept="text/html"),
    "what a slip may mean": lambda world, visibility: "\n".join(
        page(f"/?zoek={slip}", accept="text/html")(world, visibility) for slip in SLIPS
    ),
    "the trends": page("/v1/trends"),
    "the stand": page("/v1/stand"),
    "the page of the stand": page("/stand", accept="text/html"),
    "what has to be done": page("/v1/termijnen"),
    "the open cases": page("/v1/zaken"),
    "the table of open cases": page("/triage", accept="text/html"),
    "the page to decide on a case": page("/triage/{number}", accept="text/html"),
    "the page of one hotspot": page("/hotspots/{number}", accept="text/html"),
    "the weekly map, with all layers": page("/kaart?lagen=hotspots,cellen,maatregelen", accept="text/html"),
    "the list of the API as CSV": page("/v1/hotspots", accept="text/csv"),
    "the week as CSV": page("/download?vorm=csv"),
    "the map as GeoJSON": page("/kaart/download?vorm=geojson"),
    "the map as a workbook": workbook("/kaart/download?vorm=xlsx"),
    "the picture of a year": page("/kaart/plaatje?periode=2023&vorm=svg"),
    "one hotspot as CSV": page("/hotspots/{number}/download?vorm=csv"),
    "the places of the weekly report as CSV": page("/rapport/download?week=2023-W48&vorm=csv"),
    "the open cases as CSV": page("/triage/download?vorm=csv"),
    "the year as CSV": page("/jaar/2023/download?vorm=csv"),
    "the year as a workbook": workbook("/jaar/2023/download?vorm=xlsx"),
    "the page of the weekly report": page("/rapport?week=2023-W48", accept="text/html"),
    "the export as CSV": exported(Format.CSV),
    "the export as GeoJSON": exported(Format.GEOJSON),
    "the export as GeoPackage": exported(Format.GPKG),
    "the export as GeoParquet": exported(Format.PARQUET),
    "the map that stands alone": stands_alone,
    "the weekly report as HTML": weekly_report(".html"),
    "the weekly report as PDF": weekly_report(".pdf"),
    "the weekly report as CSV": weekly_report(".csv"),
    "the metrics": page("/metrics"),
    "the health check": page("/gezond"),
    "the mail of the week": mail,
}

NAMES_NOBODY = {
    "the metrics",
    "the health check",
    "the mail of the week",
    "the runs",
    "the year as CSV",
    "the year as a workbook",
    "the trends",
    "the stand",
    "the page of the stand",
    "what has to be done",
}
"""Outputs that name no hotspot, whoever reads."""


def traces(world: World, number: str) -> list[str]:
    """Whatever would give a hotspot away: number, id, reason, name, and its point as written anywhere."""
    place = dict(zip(REASONS, (CENTRE, DWELLING, ONE_REPORTER), strict=True))[number]
    point = (f"{place['lon']:.5f}"[:7], f"{place['lat']:.5f}"[:8])
    near = ["m van Basisschool Egelantier"] if number == HIDDEN[0] else []
    return [number, world.ids[number], REASONS[number], NAMES[number].partition(",")[0], *point, *near]


OF_CASES = {
    "its case",
    "the open cases",
    "the open cases as CSV",
    "the table of open cases",
    "the page to decide on a case",
}
"""Outputs for who may read cases or decide on them only."""


def test_who_may_not_know_finds_no_trace_of_a_dwelling_or_of_one_reporter(world: World) -> None:
    for output in OUTPUTS:
        check_traces(world, output)


def check_traces(world: World, output: str) -> None:
    """See that an output tells its reader nothing of what is hidden, and the adviser all of it."""
    text, of_adviser = (OUTPUTS[output](world, visibility) for visibility in (READER, ADVISER))
    for number in HIDDEN:
        assert [trace for trace in traces(world, number) if trace in text] == [], (output, number)
    assert exact_in(text) == [], output
    # who may know of them and see exact points finds these on the page of the dwelling only
    by_right = {CALLED} if output == "the page of one hotspot" else set()
    assert set(exact_in(of_adviser)) == by_right, output
    if output in NAMES_NOBODY:
        return
    if output not in OF_CASES:  # of which a reader may know nothing at all
        assert any(trace in text for trace in traces(world, OPEN)), (output, "what may be known")
    for number in REASONS:
        assert any(trace in of_adviser for trace in traces(world, number)), (output, number)


ATTENTION = "HS-2023-702"
"""An attention place at the dwelling."""


@pytest.fixture
def met(world: World, asking: Callable[..., Any]) -> Callable[[str], dict[str, str]]:
    """An attention place, a meeting, and decisions on places that two people follow.

    It gives what somebody of a role is told of these, by where.
    """
    now, ask = datetime.now(UTC), asking(world.client)
    with world.database.writing() as connection:
        run = connection.execute(select(runs)).one()
        numbered = {"number": ATTENTION, "year": 2023, "sequence": 702}
        connection.execute(insert(attention_places).values(id="aandacht-702", **numbered))
        figures = ("report_count", "recent_count", "day_count", "week_count", "reporter_count")
        values = DWELLING | dict.fromkeys(figures, 5) | {"first_report": now, "last_report": now}
        shape = shapely.to_wkb(shapely.Point(LON, LAT).buffer(0.0002))
        values |= {"soort": "woning", "soort_certainty": 0.6, "first_shown": SUNDAY, "not_yet": "Nog niet."}
        values |= {"place_name": "Zeepaardwal", "geometry": shape, "chance": 0.4, "is_own": True}
        values |= {"became_count": 4, "looked_at_count": 10, "run_id": run.id, "attention_id": "aandacht-702"}
        connection.execute(insert(attention_states).values(values))
    follow = {"soort": "buurten", "naam": "Alles", "buurten": [CENTRE["buurtcode"], DWELLING["buurtcode"]]}
    around = {"soort": "straal", "lon": LON, "lat": LAT, "straalM": 20_000}
    feeds = {}
    for role in ("lezer", "oov"):
        for body in (follow, around):
            assert ask(world.enter(role), "POST", "/v1/volgen", body).status_code == 201
        page = ask(world.enter(role), "POST", "/volgen/feed", None, None, {"doe": "maken"}).text
        (feeds[role],) = re.findall(r"/volgen/feed/[\w.-]+(?=\")", page)
    meeting = ask(world.enter("oov"), "POST", "/v1/overleggen", {}).json()["id"]
    for number in REASONS:
        access = CaseAccess(world.database, world.settings, DECIDER, number, datetime.now(UTC))
        triage(access, Status.VEILIGHEID, expected_version=read_case(access).version, reason="Besluit.")

    def read(role: str) -> dict[str, str]:
        paths = (
            *("/v1/overleggen", f"/v1/overleggen/{meeting}", f"/overleg/{meeting}/samenvatting"),
            *("/v1/aandachtsplekken", "/", "/kaart", "/v1/volgen/veranderingen", "/volgen", feeds[role]),
        )
        told = {path: ask(world.enter(role), "GET", path).text for path in paths}
        table = ask(world.enter(role), "GET", "/v1/aandachtsplekken", None, {"Accept": "text/csv"})
        with world.database.reading() as connection:
            (user,) = connection.execute(select(users.c.id).where(users.c.name == role)).scalars()
            (reader,) = [person.actor for person in read_people(connection, [user])]
            since = {"since": now - timedelta(hours=1), "until": now + timedelta(hours=1)}
            changes = read_changes(connection, world.settings, reader, **since)
        return told | {"the table": table.text, "the mail": repr(as_told(changes))}

    return read


def test_a_meeting_what_one_follows_and_attention_places_tell_nothing_of_persons(
    world: World, met: Callable[[str], dict[str, str]]
) -> None:
    of_reader, of_adviser = met("lezer"), met("oov")
    attention = (ATTENTION, "aandacht-702", "Zeepaardwal")
    for output, text in of_reader.items():
        found = [trace for number in HIDDEN for trace in traces(world, number) if trace in text]
        assert found + [trace for trace in attention if trace in text] + exact_in(text) == [], output
    told = {number: [output for output in of_adviser if number in of_adviser[output]] for number in REASONS}
    outputs = [output for output in of_adviser if "aandacht" not in output and output != "the table"]
    assert told == dict.fromkeys(REASONS, outputs)
    for output in ("/v1/aandachtsplekken", "the table", "/", "/kaart"):
        assert ATTENTION in of_adviser[output], output
    for output in ("/v1/volgen/veranderingen", "the mail"):
        assert OPEN in of_reader[output], "what may be known is there"
    assert [name for name in NAMES.values() if name.partition(",")[0] in of_adviser["the mail"]] == [
        NAMES[OPEN]
    ]


@pytest.mark.usefixtures("met")
def test_what_is_learnt_counts_no_place_of_which_its_reader_may_not_know(world: World) -> None:
    of_others = {"woning", *(DWELLING["buurtcode"], ONE_REPORTER["buurtcode"])}
    for role, judged in (("beheerder", 1), ("oov", 3)):
        world.client.cookies.set("hotspots_sessie", world.enter(role))
        table = world.client.get("/v1/leren?paginaGrootte=200").json()["leren"]
        assert [line["beoordeeld"] for line in table if line["onderwerp"] == "alles"] == [judged]
        assert (of_others & {line["waarde"] for line in table} == set()) == (role == "beheerder")
        page = world.client.get("/leren").text
        assert ("Woningen en plekken met één melder tellen hier niet mee" in page) == (role == "beheerder")


@pytest.mark.usefixtures("met")
@pytest.mark.parametrize(
    ("page", "document"),
    [
        ("/jaar/2023", "/v1/jaren/2023"),
        ("/jaar?van=2023-11-01&tot=2023-12-31", "/v1/jaren?van=2023-11-01&tot=2023-12-31"),
    ],
    ids=["a year", "a period"],
)
def test_the_account_of_a_year_counts_no_place_of_which_its_reader_may_not_know(
    world: World, page: str, document: str
) -> None:
    for role, found in (("lezer", 1), ("beheerder", 1), ("oov", 3)):
        world.client.cookies.set("hotspots_sessie", world.enter(role))
        answer = world.client.get(document).json()
        told = answer.get("periode") or answer
        assert (told["plekken"]["nieuw"], told["plekken"]["ooitOpDeLijst"]) == (found, found)
        assert told["plekken"]["besluit"]["nogNietBesloten"] == found, "people decide later than that"
        assert told["isExact"] == (role == "oov")
        assert told["plekken"]["woningen"] == (1 if role == "oov" else None)
        assert (told["duur"] is None) == (told["aanpak"] is None) == (role != "oov")
        at = {line["code"] for line in told["buurten"] if line["nieuw"]}
        assert (DWELLING["buurtcode"] in at) == (role == "oov")
        if role != "oov":
            text = world.client.get(page).text + str(answer)
            assert [trace for number in HIDDEN for trace in traces(world, number) if trace in text] == []
            assert exact_in(text) == []


def test_no_answer_is_another_one_while_a_place_is_a_blind_sample(world: World) -> None:
    paths = (
        *("/v1/hotspots", f"/v1/hotspots/{OPEN}", f"/v1/hotspots/{OPEN}/onderbouwing", "/v1/hotspots/feed"),
        *(
            f"/v1/hotspots/{OPEN}/dossier",
            f"/v1/hotspots/{OPEN}/historie",
            "/v1/zaken",
            "/v1/niet-gesignaleerd",
        ),
        *("/v1/rondes", "/v1/trends", "/download?vorm=csv", "/triage/download?vorm=csv"),
        *("/v1/jaren/2023", "/v1/jaren?van=2023-11-01&tot=2023-12-31"),
    )

    def told() -> dict[tuple[str, str], str]:
        return {
            (path, str(sight.dwellings)): re.sub(r'"requestId":"\w+"', "", world.told(sight, path))
            for path in paths
            for sight in (READER, ADVISER)
        }

    before = told()
    drawn = {"as_of": SUNDAY, "stratum": "near", "refused_by": "omgeving", "probability": 0.5}
    with world.database.writing() as connection:
        connection.execute(insert(samples).values(hotspot_id=world.ids[OPEN], **drawn, buurtcode=""))
    assert told() == before
    access = CaseAccess(world.database, world.settings, DECIDER, OPEN, datetime.now(UTC))
    triage(access, Status.VEILIGHEID, expected_version=1, reason="Toch.")
    assert WAS_SAMPLE in world.told(READER, f"/v1/hotspots/{OPEN}"), "then it is told"


def test_pieces_of_the_background_are_the_same_for_everyone(world: World) -> None:
    told = {}
    for zoom in (14, 17):
        (tile,) = tiles_over((LON, LAT, LON, LAT), (zoom, zoom), most=1)
        path = "/achtergrond/{}/{}/{}.json".format(*tile)
        told[zoom], of_adviser = (world.told(visibility, path) for visibility in (READER, ADVISER))
        assert told[zoom] == of_adviser
        for number in REASONS:
            assert [trace for trace in traces(world, number) if trace in told[zoom]] == []
    assert "Achterlangs" in told[14]
    assert "4711" in told[17], "every house of the register, whether or not there is anything"


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_picture_is_to_the_last_byte_the_one_without_the_others(world: World, kind: str) -> None:
    with world.database.reading() as connection:
        alone = [hotspot for hotspot in world.hotspots(ADVISER) if hotspot.nummer == OPEN]
        shown = build_weekly_map(connection, world.settings, alone, peildatum=SUNDAY)
    drawn = draw_picture(world.map(READER), kind)
    assert drawn == draw_picture(shown, kind)
    assert drawn != draw_picture(world.map(ADVISER), kind)


def test_a_shared_map_marks_no_buurt_for_a_dwelling_or_one_reporter(world: World) -> None:
    quarter = {"first_day": date(2023, 7, 1), "last_day": date(2023, 9, 30), "as_of": date(2023, 10, 15)}
    rows = [
        quarter | {"level": "buurt", "code": place["buurtcode"], "figure": 40}
        for place in (CENTRE, DWELLING, ONE_REPORTER)
    ]
    with world.database.writing() as connection:
        connection.execute(insert(public_figures), rows)
    world.client.cookies.set("hotspots_sessie", world.enter("oov"))
    form = world.client.get("/inbedden").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', form)
    assert csrf is not None
    made = world.client.post("/inbedden", data={"csrf": csrf[1], "gebied": ""}).text
    [address] = set(re.findall(r"(/inbedden/[\w.-]{60,})\"", made))
    world.client.cookies.clear()
    for suffix in ("", "/kaart.svg"):
        text = world.client.get(address + suffix).text
        for number in REASONS:
            assert [trace for trace in traces(world, number)[:3] if trace in text] == []
    page = world.client.get(address).text
    marked = [row for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if "<td>ja" in row]
    assert len(marked) == 1, "the buurt of the hotspot that all may know of"


@pytest.mark.parametrize("name", ["kaart.html", "hotspots.csv", "hotspots.geojson", "hotspots.gpkg"])
def test_a_file_for_others_is_made_without_them(
    world: World, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", world.settings.database.url)
    path = world.folder / name
    write: Callable[..., None] = write_map
    if path.stem != "kaart":
        write = partial(export_hotspots, kind=Format(path.suffix[1:]))
    for without, expected in ((True, [OPEN]), (False, list(REASONS))):
        write(path, without_dwellings=without)
        text = path.read_bytes().decode("utf-8", errors="replace")
        assert exact_in(text) == []
        assert [n for n in REASONS if any(trace in text for trace in traces(world, n))] == expected


def test_the_log_names_no_hotspot(world: World) -> None:
    with structlog.testing.capture_logs() as lines:
        for number in REASONS:
            world.told(ADVISER, f"/v1/hotspots/{number}")
            world.told(ADVISER, f"/hotspots/{number}", accept="text/html")
    assert lines
    for number in REASONS:
        assert [trace for trace in traces(world, number) if trace in json.dumps(lines, default=str)] == []


def test_a_cell_tells_no_small_number_nor_where_a_hidden_hotspot_is(world: World) -> None:
    with world.database.writing() as connection:
        rows = [{"hash": f"{number:064d}"} for number in range(3)]
        connection.execute(insert(reporters), rows)
        ids = connection.execute(select(reporters.c.id)).scalars().all()
        for place, spot in enumerate((CENTRE, DWELLING, ONE_REPORTER)):
            for number in range(12):
                who = ids[0] if spot is ONE_REPORTER else ids[number % 3]
                here = reports.c.source_id == f"{SUNDAY} {place} {number}"
                values = {"cell": place + 1, "buurtcode": spot["buurtcode"], "reporter_id": who}
                connection.execute(update(reports).where(here).values(values))
    told = {}
    for visibility in (READER, ADVISER):
        with world.database.reading() as connection:
            found = read_cell_counts(connection, world.settings, visibility=visibility, peildatum=SUNDAY)
        told[visibility] = {cell.cell: cell.report_count for cell in found}
    # a reader gets quarters that were told, and nothing of this window: not even which cells have reports
    assert told == {READER: {}, ADVISER: {1: 12, 2: 12, 3: 12}}
    with world.database.writing() as connection:
        few = reports.c.source_id.in_([f"{SUNDAY} 1 {number}" for number in range(8)])
        connection.execute(update(reports).where(few).values(cell=1))
    with world.database.reading() as connection:
        found = read_cell_counts(connection, world.settings, visibility=ADVISER, peildatum=SUNDAY)
    assert {(cell.cell, cell.buurtcode): cell.report_count for cell in found} == {
        (1, CENTRE["buurtcode"]): 12,
        (1, DWELLING["buurtcode"]): 8,
        (2, DWELLING["buurtcode"]): None,
        (3, ONE_REPORTER["buurtcode"]): 12,
    }
    assert [cell.cell for cell in found] == [1, 3, 1, 2]


def test_small_numbers_have_one_threshold_that_every_output_uses() -> None:
    root = Path(__file__).parents[2]
    sources = [
        path
        for folder in ("src/hotspots", "api", "jobs")
        for path in (root / folder).rglob("*")
        if path.suffix in {".py", ".html", ".js", ".typ", ".txt"} and path.name != "disclosure.py"
    ]
    own = re.compile(
        r"&lt;\s*5\b|[\"'`>]<\s*5\b|(?:minder|fewer) (?:dan|than) 5 |[Mm]inder dan vijf|MIN_TOLD|MIN_SHOWN"
        r"|(?:report_count|aantal_meldingen|aantal_melders|reporter_count|count)\s*(?:<|>=)\s*5\b"
    )
    found = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in sources
        for line in path.read_text(encoding="utf-8").splitlines()
        if own.search(line)
    ]
    assert found == []
