"""No personal datum of a delivery is found in anything the software writes, shows or tells."""

import gzip
import os
import stat
import zipfile
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from pypdf import PdfReader
from sqlalchemy import select
from starlette.testclient import TestClient

from api.main import create_app
from hotspots.access.accounts import add_user
from hotspots.access.rights import GRANTED, Actor, Role
from hotspots.access.sessions import sign_in
from hotspots.casework.cases import CaseAccess
from hotspots.casework.exact_data import read_texts
from hotspots.evaluation.city import city_of_municipality, write_addresses
from hotspots.settings import Settings, load_settings, shipped
from hotspots.store.areas import fill_with_shipped
from hotspots.store.audit import read_processings
from hotspots.store.database import Database
from hotspots.store.report_tables import imports
from hotspots.store.run_tables import hotspots
from jobs.command import main
from jobs.retention import remove_imported_files

PLANTED = {
    "name of a dealer": "Tabaksblat",
    "name of a reporter": "Quackelbeen",
    "name with particles": "Ooievaarsnest",
    "name in an address": "Zwanenzang",
    "telephone": "06-87654321",
    "telephone with blanks": "06 98 76 54 32",
    "telephone in an address": "0687123456",
    "e-mail": "jan.tabaksblat@voorbeeld.nl",
    "licence plate": "XX-99-YY",
    "BSN": "111222333",
    "IBAN": "NL91ABNA0417164300",
    "date of birth": "12-03-1990",
    "handle": "@tabak_dealt",
    "reporter id": "KLANT-00471101",
}
"""Invented; the BSN and the IBAN are those of examples, and pass their checks, the reporter id none."""

PASSWORD = "a long enough one"
PAGES_OF_ADMINISTRATION = (
    *("imports", "taken", "taken/inbox", "adressen", "adresbestand", "regels", "gebieden", "gebruikers"),
    *("tokens", "geschiedenis", "instellingen", "bronnen", "bewaren"),
)
PAGES_OF_PRIVACY = (
    *("", "/inzage", "/inzage/download", "/verzoeken", "/bewaren", "/bewaren/verwerkingen"),
    *("/bewaren/verwerkingen/download", "/stukken", "/stukken/modelkaart", "/toets", "/stoppen"),
)

TEXTS = [
    "Mijn buurman Jan Tabaksblat dealt, bel 06-87654321.",
    "Groetjes, Mien Quackelbeen (06 98 76 54 32)",
    "Dealer rijdt in XX-99-YY, geboren 12-03-1990, mail jan.tabaksblat@voorbeeld.nl",
    "Zijn bsn is 111222333 en hij liet geld storten op NL91ABNA0417164300",
    "Op insta @tabak_dealt, heet Tabaksblat. Vraag mevrouw Van der Ooievaarsnest.",
]
HEADER = (
    "meldingnummer;meldtijd;hoofdcategorie;subcategorie;omschrijving;straatnaam;huisnummer;huisletter;"
    "huisnummertoevoeging;postcode;woonplaats;rd_x;rd_y;melder"
)


def delivery() -> str:
    """Reports of one place over twelve weeks, others all over the city, and rows that are refused."""
    lines = [HEADER]

    def report(number: int, day: int, x: int, y: int) -> None:
        moment = datetime(2024, 1, 1) + timedelta(days=day, hours=20)  # noqa: DTZ001  # local, as in a file
        who = "KLANT-00471101" if number == 0 else f"KLANT-{number}"
        lines.append(
            f"M-{number};{moment:%Y-%m-%d %H:%M};Overlast drugs;Dealen;{TEXTS[number % 5]};"
            f"bij meneer Zwanenzang 0687123456;{number};;;;Maastricht;{x};{y};{who}"
        )

    for number in range(24):
        report(number, 3 * number + 10, 176500 + number % 5, 317900 + number % 3)
    for number in range(24, 84):
        report(number, number, 175000 + 397 * number % 3000, 316500 + 211 * number % 2900)
    lines += [
        # in every column something that does not belong there, of rows that are kept
        (
            "M-201;2024-03-02 20:00;Overlast drugs;mail jan.tabaksblat@voorbeeld.nl;x;Markt;1;;"
            "fam. Tabaksblat;6211CK;Maastricht, bel 06-87654321;;;a"
        ),
        (
            "M-202;2024-03-02 20:01;Overlast drugs;;x;Markt XX-99-YY;2 bel 06-87654321 na 18u;Jan Tabaksblat;"
            "@tabak_dealt;jan.tabaksblat@voorbeeld.nl;Maastricht;;;b"
        ),
        "M-203;2024-03-02 20:02;Overlast drugs;;x;Markt 3 bsn 111222333;;;;KLANT-00471101;;176500;317900;c",
        "M-204;2024-03-02 20:03;Overlast drugs;;x;;;;;;;KLANT-00471101;111222333;d",
        "M-205;2024-03-02 20:04;Overlast drugs;;x;;;;;;;111222333;111222333;d",
        "Jan Tabaksblat 06-87654321;2024-03-02 20:05;Overlast drugs;;x;;;;;;;176500;317900;e",
    ]
    lines.append(f";2024-03-01 20:00;Overlast drugs;;{TEXTS[0]};;;;;;;;;KLANT-00471101")
    lines.append("M-98;mail jan.tabaksblat@voorbeeld.nl;Overlast drugs;;x;;;;;;;;;KLANT-00471101")
    lines.append(f"{TEXTS[1]};KLANT-00471101;M-97;2024-03-01 20:00")  # in the wrong columns
    lines.append("M-96;06-87654321;Overlast drugs;;x;;;;;111222333;;KLANT-00471101;0687123456;")
    lines.append("M-95;2024-03-01;Overlast drugs;;x;Markt;1;;;6211CK;;121000;487000")  # a column too few
    lines.append("KLANT-00471101;M-94;2024-03-01 20:00;Overlast drugs;;x;;;;;;;;")
    lines.append("06-87654321;;Overlast drugs;;x;;;;;;;;;")
    lines.append("jan.tabaksblat@voorbeeld.nl;;Overlast drugs;;x;;;;;;;;;")
    return "\n".join(lines) + "\n"


@pytest.fixture
def own(database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a municipality in a folder of its own, as a file and in the environment."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hotspots.toml").write_text('[municipality]\nname = "Maastricht"\ncode = "GM0935"\n')
    monkeypatch.setenv("HOTSPOTS_CONFIG", "hotspots.toml")
    monkeypatch.setenv("HOTSPOTS_DATABASE_URL", database_url)
    settings = load_settings()
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
    return settings


@pytest.fixture
def command(
    own: Settings,
    logging_kept: None,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Callable[..., str]:
    """Run a command as its process would; gives all that it told, also in its log."""
    assert own.municipality.name

    def run(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["hotspots", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        told = "".join(capfd.readouterr())
        assert ended.value.code in (0, None), told
        return told

    return run


def opened(path: Path) -> Iterator[bytes]:
    """A file as it is, and what is in it if it is compressed; of a PDF what it says and tells of itself."""
    content = path.read_bytes()
    yield content
    if content.startswith(b"%PDF"):
        document = PdfReader(BytesIO(content))
        yield "\n".join(page.extract_text() for page in document.pages).encode()
        yield repr(document.metadata).encode()
    if content.startswith(b"\x1f\x8b"):
        yield gzip.decompress(content)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield archive.read(name)


def found_in(outputs: dict[str, bytes]) -> set[tuple[str, str]]:
    """Which planted datum stands where, in whatever way it is written."""
    ways = {what: set(written(datum)) for what, datum in PLANTED.items()}
    return {
        (what, where)
        for where, content in outputs.items()
        for lowered in [content.lower()]
        for what, found in ways.items()
        # in small letters it finds what is written in whatever letters
        if any(one in (lowered if one == one.lower() else content) for one in found)
    }


def written(datum: str) -> Iterator[bytes]:
    """A datum as it may be written: plain, in small letters, without signs, in an address, in base 64."""
    plain = datum.encode()
    yield plain
    yield plain.lower()
    yield "".join(character for character in datum.lower() if character.isalnum()).encode()
    yield quote(datum, safe="").lower().encode()
    for before in range(
        3
    ):  # where it begins in its group of three bytes; without the letters that others share
        letters = b64encode(b" " * before + plain)
        yield letters[(0, 2, 3)[before] : len(letters) // 4 * 4 - 4]


def pages_of_people(
    client: TestClient, database: Database, settings: Settings, number: str
) -> dict[str, bytes]:
    """What who may see most is shown: pages, searches, the weekly report and all of the administration."""
    shown = {}
    of_oov = ["/triage/download", "/leren", "/niet-gesignaleerd", "/niet-gesignaleerd/download?vorm=csv"]
    for role in (Role.OOV, Role.BEHEERDER):
        now = datetime.now(UTC)
        add_user(
            database,
            name=role,
            full_name=f"Iemand van {role}",
            role=role,
            password=PASSWORD,
            created_by="test",
            now=now,
            organisation="OOV",
            granted=GRANTED,
        )
        token = sign_in(database, settings.sign_in, name=role, password=PASSWORD, now=now)
        client.cookies.clear()
        client.cookies.set("hotspots_sessie", token)
        own = (
            ("/beheer", *(f"/beheer/{page}" for page in PAGES_OF_ADMINISTRATION))
            if role == Role.BEHEERDER
            else ()
        )
        with database.reading() as connection:
            ids = list(connection.execute(select(imports.c.id)).scalars())
        csrf = {"X-CSRF-Token": client.get("/sessie").json()["csrf"]}
        if not own:
            meeting = client.post("/v1/overleggen", json={}, headers=csrf).json()["id"]
            of_oov += [f"/overleg/{meeting}", f"/overleg/{meeting}/samenvatting"]
        else:
            own += tuple(f"/beheer/imports/{one}{page}" for one in ids for page in ("", "/geweigerd.csv"))
            sent = client.post(
                "/beheer/imports/levering",
                data={"bron": "melddesk"},
                files={"bestand": ("levering.csv", delivery().encode())},
                headers=csrf,
                follow_redirects=False,
            )
            assert sent.status_code == 303
            token = sent.headers["location"].rpartition("/")[2]
            mapping = f"/beheer/bronnen/nieuw/{token}"
            own += (sent.headers["location"], mapping, f"{mapping}?van=melddesk")
        for address in (
            *(
                "/",
                f"/hotspots/{number}",
                "/?zoek=Markt",
                f"/?zoek={number}",
                "/?zoek=6211CK",
                "/?zoek=Tabaksblad",  # a slip: what may be meant is never a name
                "/?zoek=Zwanezang",
                "/kaart?lagen=hotspots,cellen,maatregelen",
                "/achtergrond/14/4225/2745.json",
                "/rapport?week=2024-W12",
                *("/volgen", "/v1/overleggen", "/v1/zaken", "/v1/aandachtsplekken", "/download?vorm=csv"),
            ),
            *(of_oov if role == Role.OOV else ()),
            *own,
        ):
            answer = client.get(address)
            assert answer.status_code == 200, (role, address)
            shown[f"{address} of {role}"] = answer.content
    client.cookies.clear()
    return shown


def answers_to_a_person(
    client: TestClient, database: Database, settings: Settings, folder: Path
) -> dict[str, bytes]:
    """What the privacy officer is shown, and gives to who made a report: as a page, a letter and a file."""
    now = datetime.now(UTC)
    add_user(
        database,
        name=Role.PRIVACY,
        full_name="Iemand van privacy",
        role=Role.PRIVACY,
        password=PASSWORD,
        created_by="test",
        now=now,
        organisation="OOV",
        granted=GRANTED,
    )
    client.cookies.set(
        "hotspots_sessie", sign_in(database, settings.sign_in, name=Role.PRIVACY, password=PASSWORD, now=now)
    )
    csrf = {"X-CSRF-Token": client.get("/sessie").json()["csrf"]}
    received = {"soort": "inzage", "ontvangen": settings.municipality.local_day(now).isoformat()}
    request = client.post("/privacy/verzoeken", data=received, headers=csrf).url.path
    client.post(f"{request}/persoon", data={"hoe": "pas gezien"}, headers=csrf)
    shown: dict[str, bytes] = {}
    for form, kind in (("zoeken", "html"), ("bestand", "docx"), ("bestand", "json")):
        sought = {"op": "meldingnummer", "waarde": "M-0", "vorm": kind}
        answer = client.post(f"{request}/{form}", data=sought, headers=csrf)
        assert answer.status_code == 200, (form, answer.text)
        path = folder / f"{form}.{kind}"
        path.write_bytes(answer.content)
        shown |= {f"{path.name} {part}": content for part, content in enumerate(opened(path))}
    for address in (request, *(f"/privacy{page}" for page in PAGES_OF_PRIVACY)):
        answer = client.get(address)
        assert answer.status_code == 200, address
        shown[f"{address} of privacy"] = answer.content
    client.cookies.clear()
    return shown


def test_a_planted_datum_is_found_however_it_is_written() -> None:
    name = PLANTED["name of a dealer"]
    for text in (
        f"<b>{name}</b>",
        name.upper(),
        "mailto:jan.tabaksblat%40voorbeeld.nl",
        *(b64encode(f"{before}{name} en meer".encode()).decode() for before in ("", "a", "ab")),
        "bel 0687654321",
    ):
        assert found_in({"x": text.encode()}), text
    assert not found_in({"x": b"Tabak en een blad"})


# what is written and shown is cleaned before a database has it: one will do
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_no_planted_datum_is_found_anywhere_but_where_files_lie_as_they_came(
    command: Callable[..., str],
    own: Settings,
    database: Database,
    bytes_of: Callable[[Database], bytes],
    tmp_path: Path,
) -> None:
    told: dict[str, bytes] = {}

    def do(*arguments: str) -> None:
        told[" ".join(arguments)] = command(*arguments).encode()

    raw = tmp_path / "raw"
    raw.mkdir()
    export = raw / "export van jan.tabaksblat@voorbeeld.nl, bel 06-87654321.csv"
    export.write_text(delivery())
    assert found_in({"the delivery": export.read_bytes()}) == {(what, "the delivery") for what in PLANTED}
    rejects = str(tmp_path / "refused.csv")
    city = city_of_municipality(
        shipped("geodata/GM0935_buurten.csv"), np.random.default_rng(7), name="Maastricht"
    )
    write_addresses(city, raw / "addresses.csv")
    do("addresses", "import", str(raw / "addresses.csv"))
    do("reports", "import", str(export), "--source", "melddesk", "--dry-run")
    do("reports", "import", str(export), "--source", "melddesk", "--rejects", rejects)
    do("geocode")
    do("detect", "--as-of", "2024-03-24")
    for kind in ("geojson", "csv", "gpkg"):
        do("export", "hotspots", "--format", kind, "--output", f"out.{kind}")
    for kind in ("html", "svg", "png"):
        do("map", "--output", f"map.{kind}")
    do("report", "--week", "2024-W12", "--output", "report")
    do("statistics", "monthly", "--as-of", "2024-03-24")
    do("privacy", "retention", "--dry-run")
    do("db", "backup", "backup.file")
    inbox = own.jobs.inbox
    inbox.mkdir(parents=True)
    (inbox / "export.csv").write_text(delivery())
    os.utime(inbox / "export.csv", (1_700_000_000, 1_700_000_000))  # long since whole
    headerless = inbox / "headerless.csv"
    headerless.write_text(delivery().partition("\n")[2])
    os.utime(headerless, (1_700_000_000, 1_700_000_000))
    do("schedule", "--once", "inbox")

    with database.reading() as connection:
        always = {"since": datetime(2020, 1, 1, tzinfo=UTC), "until": datetime.now(UTC)}
        processed = Counter(line["name"] for line in read_processings(connection, **always))
    assert processed == {
        "meldingen inlezen": 4,  # one of them a dry run, and one refused as a whole
        "plekken van meldingen bepalen": 1,
        "plekken signaleren": 1,
        "back-up maken": 1,
        "lijst uitvoeren": 3,
        "kaart maken": 3,
        "weekrapport maken": 1,
    }
    with database.reading() as connection:
        number = connection.execute(select(hotspots.c.number)).scalars().first()
    assert number is not None, "there is a hotspot to look at"
    with TestClient(create_app(own)) as client:
        for address in (
            *("/", "/kaart", f"/hotspots/{number}", "/uitleg", "/metrics", "/gezond", "/v1/openapi.json"),
            *(
                "/v1/hotspots",
                f"/v1/hotspots/{number}",
                "/v1/rondes",
                "/v1/hotspots/feed",
                "/ogc/collections",
            ),
            "/ogc/collections/hotspots/items",
        ):
            told[address] = client.get(address).content
        told |= pages_of_people(client, database, own, number)
        told |= answers_to_a_person(client, database, own, raw)
    for path in tmp_path.rglob("*"):
        if path.is_file() and raw not in path.parents and "database.sqlite" not in path.name:
            for part, content in enumerate(opened(path)):
                told[f"{path.relative_to(tmp_path)} {part}"] = content
    told["the database"] = bytes_of(database)
    raw_again = {
        name
        for name in told
        if name.startswith(("var/inbox/", "var/uploads/"))
        and name.endswith(("export.csv 0", "headerless.csv 0", "levering.csv 0"))
    }
    assert len(raw_again) == 3, "what came, what came without a header, and what was sent by a page"
    assert found_in({name: content for name, content in told.items() if name not in raw_again}) == set()
    assert b"[naam]" in told["bestand.json 0"], "who made a report reads it, without whom it names"
    assert b"[naam]" in told["the database"], "the texts are there, without whom they name"
    assert any(".report.json" in name and "/refused/" in name for name in told), (
        "it is told why that one was refused"
    )
    # files lie there as they came, for their owner only and for a short time
    for folder in (inbox / "done", inbox / "refused"):
        assert not folder.exists() or stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(Path(rejects).stat().st_mode) == 0o600
    remove_imported_files(own, now=datetime.now(UTC) + timedelta(days=own.retention.inbox_days + 1))
    left = {
        str(path): path.read_bytes() for path in inbox.rglob("*") if path.is_file() and path.parent != inbox
    }
    assert found_in(left) == set()
    # who has the right by name reads the texts, without whom they name, and that is logged
    oov = Actor("o", "O. Adviseur", Role.OOV, "OOV", granted=GRANTED)
    texts: list[Any] = read_texts(CaseAccess(database, own, oov, number, datetime.now(UTC)))
    assert texts
    assert found_in({"texts": "\n".join(line.text for line in texts).encode()}) == set()
