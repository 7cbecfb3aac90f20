"""What was not signalled, for who may see it, and what people put on the list, in every output."""

import csv
import hashlib
import io
from collections.abc import Callable
from typing import Any, get_args

import pytest
import shapely
from sqlalchemy import insert, select, update

from api.rest.not_signalled import RefusedBy
from hotspots.access.rights import Role
from hotspots.publishing.exports import hotspots_csv
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import detections, hotspots, runs
from hotspots.tracking.not_signalled import REASON_NAMES
from tests.api.conftest import THIRD, Filler

NEAR = {
    # how the place is called here: where it lies, kind, reporters, and what keeps it off the list
    "own": ("BU09350000", "gebied", 5, "duur"),
    "own woning": ("BU09350100", "woning", 3, "vals alarm"),
    "own, of one reporter": ("BU09350100", "gebied", 1, "aantal melders"),
    "other": ("BU09350200", "gebied", 4, "omgeving"),
    "other woning": ("BU09350200", "woning", 2, "aantal dagen"),
    "no area": ("", "gebied", 4, "aantal weken"),
}
VISIBLE = {Role.OOV: set(NEAR), Role.GEBIEDSTEAM: {"own", "own woning", "own, of one reporter"}}
PUT = {"reden": "Elke avond groepen op de trap.", "lon": 5.6955, "lat": 50.8492}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the matrix asks PostgreSQL the same."""
    return sqlite_url


@pytest.fixture
def near(database: Database, five_places: Filler) -> dict[str, str]:
    """The keys of places that the last run nearly signalled."""
    keys = {}
    with database.writing() as connection:
        run = connection.execute(select(runs.c.id).where(runs.c.as_of == THIRD)).scalar_one()
        like = dict(
            connection.execute(select(detections).where(detections.c.run_id == run)).mappings().first() or {}
        )
        del like["id"]
        inside = {
            row.buurtcode: shapely.from_wkb(row.geometry).representative_point()
            for row in connection.execute(select(areas.c.buurtcode, areas.c.geometry))
        }
        middles = {code: (point.x, point.y) for code, point in inside.items()}
        for number, (name, (code, soort, reporters, refused)) in enumerate(NEAR.items(), 100):
            lon, lat = middles.get(code, (5.73, 50.88))
            shape = shapely.to_wkb(shapely.Point(lon + number * 1e-7, lat).buffer(0.0003))
            keys[name] = hashlib.sha256(THIRD.isoformat().encode() + shape).hexdigest()[:16]
            own = {"place": number, "signalled": False, "lon": lon, "lat": lat, "geometry": shape}
            own |= {"soort": soort, "reporter_count": reporters, "evidence": {"refusedBy": refused}}
            because = f"Niet gesignaleerd, omdat dit {name} is."
            connection.execute(insert(detections).values(**like | own | {"suppressed_because": because}))
        counts = {"duur": 31, "aantal dagen": 4, "piek": 2}
        connection.execute(update(runs).where(runs.c.id == run).values(refused=counts))
    return keys


def test_the_reasons_of_the_api_are_those_of_the_library() -> None:
    assert get_args(RefusedBy) == REASON_NAMES


@pytest.mark.parametrize("role", VISIBLE, ids=str)
def test_a_team_reads_of_its_own_areas_and_oov_of_all_with_the_reason(
    ask: Callable[..., Any], sessions: Callable[[str], str], near: dict[str, str], role: Role
) -> None:
    token = sessions(role)
    answer = ask(token, "GET", "/niet-gesignaleerd").json()
    wanted = VISIBLE[role]
    assert {place["plek"] for place in answer["plekken"]} == {near[name] for name in wanted}
    assert {place["waarom"] for place in answer["plekken"]} == {
        f"Niet gesignaleerd, omdat dit {name} is." for name in wanted
    }
    nearness = [place["dichtbij"] for place in answer["plekken"]]
    assert nearness == sorted(nearness, reverse=True)
    assert answer["aantalPerReden"] == {NEAR[name][3]: 1 for name in wanted}
    features = ask(token, "GET", "/niet-gesignaleerd", None, {"Accept": "application/geo+json"}).json()
    assert {feature["id"] for feature in features["features"]} == {near[name] for name in wanted}
    assert all(place["naam"] for place in answer["plekken"])


def test_how_many_others_there_are_is_exact_for_oov_and_in_fives_for_a_team(
    ask: Callable[..., Any], sessions: Callable[[str], str], near: dict[str, str]
) -> None:
    exact, told = (
        ask(sessions(role), "GET", "/niet-gesignaleerd").json()["overigePerReden"] for role in VISIBLE
    )
    assert exact == {"duur": 30, "aantal dagen": 3, "piek": 2}
    assert told == {"duur": 30, "aantal dagen": None, "piek": None}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("reden=duur", {"own"}),
        ("buurt=BU09350200", {"other", "other woning"}),
        ("gebied=Wijk+00+Centrum", {"own"}),
        ("reden=duur&buurt=BU09350200", set()),
    ],
)
def test_the_list_is_filtered_by_the_address(
    ask: Callable[..., Any],
    sessions: Callable[[str], str],
    near: dict[str, str],
    query: str,
    names: set[str],
) -> None:
    token = sessions("oov")
    answer = ask(token, "GET", f"/niet-gesignaleerd?{query}").json()
    assert {place["plek"] for place in answer["plekken"]} == {near[name] for name in names}
    page = ask(token, "GET", f"/../niet-gesignaleerd?{query}").text
    assert {name for name, key in near.items() if f"plek-{key}" in page} == names


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"reden": "x"}, "noem één plek"),
        ({"reden": "x", "lon": 5.7}, "horen bij elkaar"),
        ({"reden": "", "adres": "Markt 1"}, "reden"),
        ({"reden": "x", "adres": "Markt 1", "plek": "y"}, "noem één plek"),
        ({"reden": "x", "lon": 5.7, "lat": 50.8, "straalM": -1}, "straalM"),
        ({"reden": "x", "lon": "NaN", "lat": 50.8}, "lon"),
    ],
)
def test_a_nomination_that_names_no_one_place_is_refused_with_the_reason(
    ask: Callable[..., Any], sessions: Callable[[str], str], near: dict[str, str], body: object, said: str
) -> None:
    answer = ask(sessions("oov"), "POST", "/aangedragen", body)
    assert answer.status_code == 400
    assert said in answer.text


def test_a_nominated_place_says_by_whom_in_every_output(
    ask: Callable[..., Any],
    sessions: Callable[[str], str],
    near: dict[str, str],
    database: Database,
    service_settings: Settings,
) -> None:
    token = sessions("gebiedsteam")
    made = ask(token, "POST", "/aangedragen", PUT)
    assert made.status_code == 201
    assert made.headers["etag"] == '"v2"'
    number = made.json()["nummer"]
    place = ask(token, "GET", f"/hotspots/{number}").json()
    assert (place["aangedragenDoor"], place["status"], place["trend"]) == ("politie", "kandidaat", "nieuw")
    said = "Aangedragen door politie: mensen zetten deze plek op de lijst, niet het systeem."
    assert place["redenen"][0] == said
    for path in (f"/../hotspots/{number}", "/../kaart", "/../?zoek=" + number[-3:], "/../rapport?gebied="):
        address = path + ("Wijk+00+Centrum" if path.endswith("gebied=") else "")
        answer = ask(token, "GET", address)
        assert "angedragen door politie" in answer.text, address
    layer = ask(token, "GET", "/../ogc/collections/hotspots/items").json()["features"]
    by_whom = {one["properties"]["nummer"]: one["properties"]["aangedragenDoor"] for one in layer}
    assert {by for found, by in by_whom.items() if found != number} == {None}
    assert by_whom[number] == "politie"
    history = ask(token, "GET", f"/hotspots/{number}/historie").json()["historie"]
    assert [(line["wat"], line["reden"]) for line in history] == [("aandragen", PUT["reden"])]
    # who may not know of few reports finds nothing of it, anywhere
    reader = sessions("lezer")
    for path in ("/hotspots", "/hotspots/feed", "/../ogc/collections/hotspots/items", "/../", "/../kaart"):
        assert number not in ask(reader, "GET", path).text
    assert ask(reader, "GET", f"/hotspots/{number}").status_code == 404
    withdrawn = ask(
        token,
        "PUT",
        f"/hotspots/{number}/aandragen/intrekken",
        {"reden": "Het was één feest."},
        {"If-Match": '"v2"'},
    )
    assert (withdrawn.status_code, withdrawn.json()["status"]) == (200, "gesloten")


def test_the_export_has_a_column_that_says_by_whom() -> None:
    [head, *_] = csv.reader(io.StringIO(hotspots_csv([])), delimiter=";")
    assert {"aangedragenDoor", "steekproef"} <= set(head)


def test_the_form_of_the_page_puts_a_place_on_the_list_or_says_why_not(
    asking: Callable[..., Any], client: Any, sessions: Callable[[str], str], near: dict[str, str]
) -> None:
    ask, token = asking(client), sessions("gebiedsteam")
    form = {"plek": near["own"], "reden": "Wij zien hier elke week overlast."}
    refused = ask(token, "POST", "/niet-gesignaleerd", None, None, form)
    assert refused.status_code == 409  # the place at the market is on the list
    assert "staat al op de lijst" in refused.text
    assert form["reden"] in refused.text
    gone = ask(token, "POST", "/niet-gesignaleerd", None, None, form | {"plek": near["other"]})
    assert gone.status_code == 404
    point = {"lon": "5,6955", "lat": "50,8492", "straalM": "40", "reden": form["reden"]}
    done = ask(token, "POST", "/niet-gesignaleerd", None, None, point)
    assert done.status_code == 200
    assert "De plek staat op de lijst" in done.text
    assert "droeg deze plek aan" in done.text
    outside = ask(token, "POST", "/niet-gesignaleerd", None, None, point | {"lon": "5.6692", "lat": "50.851"})
    assert outside.status_code == 403
    again = ask(token, "POST", "/niet-gesignaleerd", None, None, {"reden": "x"})
    assert again.status_code == 400
    assert "noem één plek" in again.text


def test_the_page_of_a_nominated_place_lets_its_organisation_withdraw_it(
    asking: Callable[..., Any],
    client: Any,
    sessions: Callable[[str], str],
    near: dict[str, str],
    database: Database,
) -> None:
    ask, token = asking(client), sessions("gebiedsteam")
    number = ask(token, "POST", "/v1/aangedragen", PUT).json()["nummer"]
    assert "Niet meer aandragen" in ask(token, "GET", f"/hotspots/{number}").text
    form = {"reden": "Het was één feest.", "versie": "2"}
    done = ask(token, "POST", f"/hotspots/{number}/aandragen/intrekken", None, None, form)
    assert "Uw organisatie draagt deze plek niet meer aan." in done.text
    assert "Niet meer aandragen" not in done.text
    with database.reading() as connection:
        status = select(hotspots.c.status).where(hotspots.c.number == number)
        assert connection.execute(status).scalar_one() == "gesloten"
