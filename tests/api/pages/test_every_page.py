"""Every page of the service, empty and filled, against WCAG 2.1 A and AA: no page can be forgotten here."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page
from pydantic import SecretStr
from shapely.geometry import box, mapping
from sqlalchemy import func, insert, select, update

from api.main import create_app
from api.pages.help_links import help_of
from hotspots.access.accounts import list_users
from hotspots.access.password_links import make_password_link
from hotspots.access.rights import Actor, Role, Sharing
from hotspots.access.signed_links import load_signing_key
from hotspots.casework.duidingen import Written, write_duiding
from hotspots.casework.meetings import start_meeting
from hotspots.files.uploads import keep_upload
from hotspots.intake.import_reports import import_reports
from hotspots.operations.job_requests import pause_job, request_job
from hotspots.privacy.requests import Asked, note_identity, open_request
from hotspots.publishing.embeds import EmbedKind, add_embed
from hotspots.publishing.events.subscribers import (
    NewSubscription,
    match_settings,
    rotate_secret,
    subscribe,
)
from hotspots.settings import EventSubscription, ServiceSettings, Settings
from hotspots.store.database import Database
from hotspots.store.event_tables import event_subscribers, events
from hotspots.store.operation_tables import job_runs
from hotspots.store.report_tables import imports
from hotspots.store.run_tables import hotspots, public_figures, rule_previews
from hotspots.weekly.rule_changes import ask_rules
from tests.accessibility import violations

pytestmark = pytest.mark.chromium

HEAD = "meldingnummer;meldtijd;hoofdcategorie;omschrijving;straatnaam;huisnummer;woonplaats;rd_x;rd_y;melder"
BORDERS = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"buurtcode": "BU09350000", "buurtnaam": "Binnenstad"},
                "geometry": mapping(box(5.68, 50.84, 5.7, 50.86)),
            }
        ],
    }
)
ADDRESSES = "\n".join(
    [
        "straat,huisnummer,postcode,woonplaats,lat,lon",
        "Markt,1,6211AB,Maastricht,50.85,5.69",
        "Markt,x,6211AB,Maastricht,50.85,5.69",
        "",
    ]
)
DELIVERY = "\n".join(
    [
        HEAD,
        "M1;2023-11-11 21:00;Overlast drugs;Dealen;;;;176500;317500;m1",
        "M2;2023-11-12 21:00;Overlast personen;Geschreeuw;Nergensstraat;4;Maastricht;;;",
        "M3;vorige week;Overlast drugs;Dealen;;;;;;",
    ]
)
NOW = datetime(2023, 12, 4, tzinfo=UTC)

LOOKS = ((1280, "light"), (390, "dark"))
"""On a laptop and on a phone."""

NO_PAGES = {
    # pictures, files and answers for machines
    "/beheer/imports/{import}/geweigerd.csv",
    "/privacy/inzage/download",
    "/privacy/bewaren/verwerkingen/download",
    "/beheer/taken/{job}/{run}/regels",
    "/beheer/geschiedenis/download",
    "/beheer/bronnen/{name}.toml",
    "/beheer/bronnen/{name}/versies/{number}.toml",
    "/download",
    "/triage/download",
    "/niet-gesignaleerd/download",
    "/kaart/download",
    "/jaar/download",
    "/jaar/{jaar}/download",
    "/privacy/toets/download",
    "/privacy/stukken/{stuk}/download",
    "/kaart/plaatje",
    "/rapport/download",
    "/cijfers/download",
    "/hotspots/{number}/download",
    "/hotspots/{number}/weken/download",
    "/hotspots/{number}/meldingen/download",
    "/inbedden/{token}/kaart.{kind}",
    "/inbedden/voorbeeld/kaart.{kind}",
    "/inbedden/voorbeeld/download",
    "/achtergrond/{zoom}/{column}/{row}.json",
    "/achtergrond/beeld/{zoom}/{column}/{row}",
    "/volgen/feed/{token}",
    "/sessie",
    "/.well-known/security.txt",
    "/security.txt",
    "/gezond",
    "/gezond/proces",
    "/metrics",
    "/overleg/{meeting}/stand",
    "/hulp/img/{name}",
    # lead elsewhere
    "/overleg/{meeting}",
    "/aanmelden/elders",
    "/aanmelden/terug",
    "/beheer/gebruikers/aanmelddienst/proef",
    "/beheer/gebruikers/aanmelddienst/proef/terug",
    # only after a password: walked in test_second_step
    "/aanmelden/code",
    "/aanmelden/instellen",
}

FRAMES = {"/inbedden/{token}", "/inbedden/voorbeeld"}
"""What stands in a page of others, without a menu and without a link into the service."""

SAME = {
    *("/uitleg", "/uitleg/zo-komt-een-plek-op-de-lijst", "/problemen", "/v1", "/hulp", "/hulp/aanmelden"),
    *("/aanmelden", "/account", "/account/twee-stappen", "/beheer/instellingen"),
}
"""What is the same page, whatever is in the database: only the filled service shows it."""

STATES: dict[str, tuple[str | None, list[str]]] = {
    # path of the route: role that sees it, and addresses of its states
    "/": ("gebiedsteam", ["/", "/?toon=nieuw", "/?toon=oordeel", "/?zoek=niets", "/?peildatum=2023-11-19"]),
    "/kaart": ("oov", ["/kaart", "/kaart?soort=woning&weergave=status", "/kaart?trend=beeindigd"]),
    "/stand": ("oov", ["/stand", "/stand?scherm=groot"]),
    "/hotspots/{number}": ("gebiedsteam", ["/hotspots/HS-2023-001", "/hotspots/HS-1900-001"]),
    "/hotspots/{number}/meldingen": ("gebiedsteam", ["/hotspots/HS-2023-001/meldingen"]),
    "/hotspots/{number}/reden": ("gebiedsteam", ["/hotspots/HS-2023-001/reden"]),
    "/hotspots/{number}/terugkoppeling": ("oov", ["/hotspots/HS-2023-003/terugkoppeling"]),
    "/duidingen": ("oov", ["/duidingen", "/duidingen?van=2023-01-01&categorie=drugs"]),
    "/duidingen/{duiding_id}": ("oov", ["/duidingen/{duiding}", "/duidingen/niets"]),
    "/volgen": ("oov", ["/volgen", "/volgen?gedaan=feed"]),
    "/triage": ("oov", ["/triage", "/triage?toon=te-laat&sort=-naam", "/triage?zoek=niets"]),
    "/triage/{number}": ("oov", ["/triage/HS-2023-002?sort=naam", "/triage/HS-1900-001"]),
    "/overleg": ("gebiedsteam", ["/overleg", "/overleg?gebied=Wijk+00+Centrum"]),
    "/overleg/{meeting}/{number}": ("gebiedsteam", ["/overleg/{meeting}/HS-2023-002", "/overleg/x/y"]),
    "/overleg/{meeting}/samenvatting": ("gebiedsteam", ["/overleg/{meeting}/samenvatting"]),
    "/rapport": ("oov", ["/rapport", "/rapport?gebied=Wijk+00+Centrum", "/rapport?week=gisteren"]),
    "/niet-gesignaleerd": ("oov", ["/niet-gesignaleerd", "/niet-gesignaleerd?reden=duur&buurt=BU09350000"]),
    "/leren": ("oov", ["/leren"]),
    "/jaar": ("oov", ["/jaar", "/jaar?van=2023-11-01&tot=2023-11-30&gebied=Wijk+00+Centrum", "/jaar?van=x"]),
    "/jaar/{jaar}": ("gebiedsteam", ["/jaar/2023", "/jaar/1950"]),
    "/cijfers": (
        "oov",
        ["/cijfers", "/cijfers?gebied=Wijk+00+Centrum", "/cijfers?jaar=1999", "/cijfers?jaar=x"],
    ),
    "/inbedden/voorbeeld": ("oov", ["/inbedden/voorbeeld", "/inbedden/voorbeeld?soort=stand"]),
    "/inbedden": ("oov", ["/inbedden", "/inbedden?gebied=Wijk+00+Centrum&peildatum=2023-11-19"]),
    "/inbedden/{token}": (
        None,
        [
            *("/inbedden/{embed}", "/inbedden/niets", "/inbedden/{stand}"),
            *("/inbedden/{stand}?scherm=groot", "/inbedden/{jaar}"),
        ],
    ),
    "/nieuw-wachtwoord/{token}": (None, ["/nieuw-wachtwoord/{link}", "/nieuw-wachtwoord/niets"]),
    "/mail-stoppen/{token}": (None, ["/mail-stoppen/x"]),
    "/uitleg": (None, ["/uitleg"]),
    "/v1": (None, ["/v1"]),
    "/problemen": (None, ["/problemen"]),
    "/problemen/{soort}": (None, ["/problemen/intussen-gewijzigd"]),
    "/uitleg/zo-komt-een-plek-op-de-lijst": (None, ["/uitleg/zo-komt-een-plek-op-de-lijst"]),
    "/hulp": ("gebiedsteam", ["/hulp"]),
    "/hulp/aanmelden": (None, ["/hulp/aanmelden"]),
    # the longest of them; all are made by one template
    "/hulp/{pagina}": ("beheerder", ["/hulp/functioneel-beheerder", "/hulp/niets"]),
    "/aanmelden": (None, ["/aanmelden", "/aanmelden?naar=/kaart"]),
    "/account": ("gebiedsteam", ["/account", "/account?gedaan=aan"]),
    "/account/twee-stappen": ("gebiedsteam", ["/account/twee-stappen"]),
    "/beheer": ("beheerder", ["/beheer"]),
    "/beheer/imports": ("beheerder", ["/beheer/imports"]),
    "/beheer/imports/{import}": ("beheerder", ["/beheer/imports/{import}", "/beheer/imports/999"]),
    "/beheer/imports/levering/{token}": ("beheerder", ["/beheer/imports/levering/{upload}"]),
    "/beheer/bronnen": ("beheerder", ["/beheer/bronnen"]),
    "/beheer/bronnen/{name}": ("beheerder", ["/beheer/bronnen/melddesk"]),
    "/beheer/bronnen/nieuw/{token}": ("beheerder", ["/beheer/bronnen/nieuw/{upload}"]),
    "/beheer/taken": ("beheerder", ["/beheer/taken"]),
    "/beheer/taken/{job}": ("beheerder", ["/beheer/taken/inbox"]),
    "/beheer/taken/{job}/{run}": ("beheerder", ["/beheer/taken/inbox/1"]),
    "/beheer/veiligheid": ("beheerder", ["/beheer/veiligheid"]),
    "/beheer/geschiedenis": ("beheerder", ["/beheer/geschiedenis"]),
    "/beheer/gebieden": ("beheerder", ["/beheer/gebieden"]),
    "/beheer/gebieden/samenstellen": ("beheerder", ["/beheer/gebieden/samenstellen"]),
    "/beheer/gebieden/bestand/{token}": ("beheerder", ["/beheer/gebieden/bestand/{borders}"]),
    "/beheer/adresbestand": ("beheerder", ["/beheer/adresbestand"]),
    "/beheer/adresbestand/bestand/{token}": ("beheerder", ["/beheer/adresbestand/bestand/{addresses}"]),
    "/beheer/adressen": ("beheerder", ["/beheer/adressen"]),
    "/beheer/regels": ("beheerder", ["/beheer/regels"]),
    "/beheer/regels/{proef}": ("beheerder", [f"/beheer/regels/{number}" for number in range(1, 4)]),
    "/beheer/regels/voorstellen/{voorstel}": ("beheerder", ["/beheer/regels/voorstellen/1"]),
    "/beheer/instellingen": ("beheerder", ["/beheer/instellingen"]),
    "/beheer/instellingen/{onderdeel}": (
        "beheerder",
        ["/beheer/instellingen/kleuren", "/beheer/instellingen/kaart"],
    ),
    "/beheer/bewaren": ("beheerder", ["/beheer/bewaren"]),
    "/beheer/ondergrond": ("beheerder", ["/beheer/ondergrond"]),
    "/beheer/gebruikers": ("beheerder", ["/beheer/gebruikers"]),
    "/beheer/gebruikers/aanmelddienst": ("beheerder", ["/beheer/gebruikers/aanmelddienst"]),
    "/beheer/gebruikers/{user}": ("beheerder", ["/beheer/gebruikers/{user}"]),
    "/beheer/tokens": ("beheerder", ["/beheer/tokens"]),
    "/beheer/gebeurtenissen": ("beheerder", ["/beheer/gebeurtenissen"]),
    "/beheer/gebeurtenissen/{systeem}": ("beheerder", ["/beheer/gebeurtenissen/{system}"]),
    "/privacy": ("privacy", ["/privacy"]),
    "/privacy/stukken": ("privacy", ["/privacy/stukken"]),
    "/privacy/stukken/{stuk}": ("privacy", ["/privacy/stukken/iama"]),
    "/privacy/toets": ("privacy", ["/privacy/toets"]),
    "/privacy/stoppen": ("privacy", ["/privacy/stoppen"]),
    "/privacy/bewaren": ("privacy", ["/privacy/bewaren"]),
    "/privacy/bewaren/verwerkingen": ("privacy", ["/privacy/bewaren/verwerkingen"]),
    "/privacy/verzoeken": ("privacy", ["/privacy/verzoeken"]),
    "/privacy/verzoeken/{verzoek}": ("privacy", ["/privacy/verzoeken/1"]),
    "/privacy/inzage": ("privacy", ["/privacy/inzage?van=2023-01-01"]),
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: a browser sees the same pages on every database."""
    return sqlite_url


@pytest.fixture
def service_settings(service_settings: Settings, tmp_path: Path) -> Settings:
    """Uploads and the key of links in the test's own folder."""
    own = ServiceSettings(uploads=tmp_path / "uploads", signing_key_file=tmp_path / "key")
    return service_settings.model_copy(update={"service": own})


def test_no_page_is_forgotten(settings: Settings, routes_of: Callable[[FastAPI], set[str]]) -> None:
    found = {route.removeprefix("GET ") for route in routes_of(create_app(settings)) if "GET " in route}
    pages = {path for path in found if not path.startswith(("/v1/", "/ogc"))} - NO_PAGES
    assert set(STATES) == pages


@pytest.fixture
def tokens(sessions: Callable[[str], str]) -> dict[str, str]:
    """A session of each role that sees pages here."""
    return {role: sessions(role) for role in ("gebiedsteam", "oov", "beheerder", "privacy")}


def test_an_empty_service_meets_wcag(browser: Browser, served: str, tokens: dict[str, str]) -> None:
    shared = dict.fromkeys(("embed", "stand", "jaar", "duiding"), "niets")
    shared |= {"borders": "niets", "addresses": "niets", "system": "niets"}
    names = shared | {"link": "x", "upload": "niets", "import": "1", "user": "x", "meeting": "x"}
    states = {path: seen for path, seen in STATES.items() if path not in SAME and _is_there_empty(path)}
    _visit_all(browser, served, tokens, names, states=states, looks=LOOKS[1:])  # the filled one has the other


@pytest.mark.usefixtures("three_weeks")
def test_a_filled_service_meets_wcag(
    browser: Browser,
    served: str,
    tokens: dict[str, str],
    database: Database,
    service_settings: Settings,
    tmp_path: Path,
) -> None:
    names = _fill(database, service_settings, tmp_path)
    _visit_all(browser, served, tokens, names)


def _is_there_empty(path: str) -> bool:
    """Whether an empty service has a page at all: of what bears a number or a name it has jobs only."""
    return "{" not in path or path == "/beheer/taken/{job}"


def _visit_all(
    browser: Browser,
    served: str,
    tokens: dict[str, str],
    names: dict[str, str],
    states: Mapping[str, tuple[str | None, list[str]]] = STATES,
    looks: Sequence[tuple[int, str]] = LOOKS,
) -> None:
    """Visit each page as who sees it, first in one look and then in the other, by turns.

    Its further states have the same template, and are visited in one look each, by turns too.
    """
    problems: list[str] = []
    page = browser.new_page(reduced_motion="reduce", base_url=served)
    for path, (role, addresses) in states.items():
        page.context.clear_cookies()
        if role:
            cookie = {"name": "hotspots_sessie", "value": tokens[role], "url": served}
            page.context.add_cookies([cookie])  # type: ignore[list-item]  # as Playwright has it
        for number, address in enumerate(addresses):
            filled = re.sub(r"\{(\w+)\}", lambda found: names[found[1]], address)
            problems += _wrong(
                page, filled, looks[:1] if number else looks, None if path in FRAMES else help_of(path)
            )
            looks = looks[::-1]
    page.context.close()
    assert problems == []


def _wrong(
    page: Page, address: str, looks: Sequence[tuple[int, str]], explained: str | None
) -> Iterator[str]:
    """Open a page in one look, and turn it to the others."""
    for number, (width, scheme) in enumerate(looks):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two
        if not number:
            page.goto(address)
            # a wall screen hides the menu, and this with it
            links = page.get_by_role("link", name="Hulp bij deze pagina", include_hidden=True)
            led = links.evaluate_all("all => all.map(link => link.getAttribute('href'))")
            if led != ([explained] if explained else []):
                yield f"{address} leads to help {led}, and is explained at {explained}"
        yield from (f"{address} at {width}: {each}" for each in violations(page))


def _fill(database: Database, settings: Settings, folder: Path) -> dict[str, str]:
    """An import with a refused row and an unclear address, a delivery, jobs, previews and a shared map."""
    file = folder / "levering.csv"
    file.write_text(DELIVERY, encoding="utf-8")
    import_reports(database, settings, file, "melddesk", now=NOW)
    people = {account.name: account for account in list_users(database)}
    upload, borders, addresses = (
        keep_upload(
            settings.service.uploads,
            content.encode(),
            file_name=name,
            source=source,
            owner=people["beheerder"].id,
            now=datetime.now(UTC),
        ).token
        for name, source, content in (
            ("levering.csv", "melddesk", DELIVERY),
            ("grenzen.geojson", "gebieden", BORDERS),
            ("bag.csv", "adressen", ADDRESSES),
        )
    )
    asked = {"asked_at": NOW, "asked_by": "B. Beheerder", "changes": ["detection.min_reports=6"]}
    period = {
        "first": date(2023, 11, 20),
        "last": date(2023, 12, 3),
        "total": 2,
        "beat_at": datetime.now(UTC),
    }
    with database.writing() as connection:  # of which there is something to tell who reported it
        worked_on = update(hotspots).where(hotspots.c.number == "HS-2023-003")
        connection.execute(worked_on.values(status="in aanpak"))
    with database.writing() as connection:
        administrator = Actor(people["beheerder"].id, "B. Beheerder", Role.BEHEERDER)
        request_job(connection, job="inbox", by=administrator, at=NOW, reason="Te laat geleverd")
        pause_job(connection, job="backup", by=administrator, at=NOW, reason="Andere schijf")
        connection.execute(
            insert(job_runs),
            [
                {"job": "inbox", "counts": {}, "started_at": NOW - timedelta(hours=1), "finished_at": NOW}
                | {"outcome": outcome, "message": message}
                for outcome, message in (("failed", "disk full"), ("done", None))
            ],
        )
        quarter = {"first_day": date(2023, 7, 1), "last_day": date(2023, 9, 30), "as_of": date(2023, 10, 15)}
        rows = [("gemeente", "", 60), ("gebied", "Wijk 00 Centrum", 45), ("buurt", "BU09350000", 40)]
        connection.execute(
            insert(public_figures),
            [quarter | {"level": level, "code": code, "figure": figure} for level, code, figure in rows],
        )
        import_id = connection.execute(select(func.max(imports.c.id))).scalar_one()
        connection.execute(
            insert(rule_previews),
            [
                asked | period | {"done": 1, "outcome": None, "message": None},
                asked | period | {"done": 1, "outcome": "failed", "message": "no room"},
                asked | period | {"done": 2, "outcome": "done", "message": None},
            ],
        )
    officer = Actor("p", "P. Officer", Role.PRIVACY)
    with database.writing() as connection:
        asked_on = {"received_on": NOW.date(), "today": NOW.date(), "now": NOW, "by": officer}
        number = open_request(connection, kind=Asked.ERASURE, reference="Z-1", **asked_on).id  # type: ignore[arg-type]
        note_identity(connection, number, "paspoort aan de balie", by=officer, now=NOW)
    actor = Actor(people["oov"].id, "O. Adviseur", Role.OOV, "OOV")
    fewer = {"detection.min_reports": 6}
    ask_rules(database, settings, by=actor, rules=fewer, reason="Te laat.", now=NOW, preview_id=3)
    now = datetime.now(UTC)
    key = load_signing_key(settings.service)
    shared = {
        soort.value: add_embed(
            database,
            settings,
            actor=actor,
            gebied=None,
            peildatum=None,
            days=30,
            now=now,
            soort=soort,
            jaar=2023 if soort is EmbedKind.JAAR else None,
        ).token(key)
        for soort in EmbedKind
    }
    team = people["gebiedsteam"]
    member = Actor(team.id, team.full_name, team.role, team.organisation, frozenset(team.gebieden))
    written = Written("Kermis.", date(2023, 5, 1), date(2023, 5, 31), Sharing.TEAM, gebied="Wijk 00 Centrum")
    return {
        "duiding": write_duiding(database, settings, written, actor=member, now=now).id,
        "meeting": start_meeting(database, settings, actor=member, now=now),
        "link": make_password_link(database, key, name="gebiedsteam", by=None, now=now)[0],
        "embed": shared["kaart"],
        "stand": shared["stand"],
        "jaar": shared["jaar"],
        "upload": upload,
        "borders": borders,
        "addresses": addresses,
        "import": str(import_id),
        "user": people["gebiedsteam"].id,
        "system": _with_events(database, settings, now),
    }


def _with_events(database: Database, settings: Settings, now: datetime) -> str:
    """A system of which messages arrived, wait and did not arrive, and one that the server sets; its id."""
    key, url = load_signing_key(settings.service), "https://zaken.example.org/berichten"
    wanted = NewSubscription("Zaaksysteem", url, gebieden=["Wijk 00 Centrum"])
    system, _ = subscribe(database, settings, key, subscription=wanted, by=None, now=now)
    rotate_secret(database, key, subscriber_id=system, by=None, now=now)
    other = EventSubscription(
        name="Ander systeem", url=url, secret=SecretStr("whsec_" + "c2VjcmV0" * 4), enabled=False
    )
    events_set = settings.events.model_copy(update={"subscriptions": (other,)})
    with database.writing() as connection:
        match_settings(connection, settings.model_copy(update={"events": events_set}), now=now)
        places = connection.execute(select(hotspots.c.id).order_by(hotspots.c.number)).scalars().all()
        told = {"subscriber_id": system, "at": now, "made_at": now, "due_at": now, "attempts": 3}
        states = [("sent", None), ("waiting", "status 503"), ("waiting", None), ("dead", "status 500")]
        connection.execute(
            insert(events),
            [
                told
                | {"event_id": f"{state} {number}", "state": state, "problem": problem}
                | {"type": "hotspot-besloten", "hotspot_id": place, "ended_at": now}
                for number, (state, problem) in enumerate(states)
                for place in places[number : number + 1]
            ],
        )
        failing = {"failing_since": now, "problem": "status 503", "rests_until": now + timedelta(hours=1)}
        connection.execute(update(event_subscribers).where(event_subscribers.c.id == system).values(failing))
    return system
