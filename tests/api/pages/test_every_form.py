"""Every form of every page: typed in a session that ended it is there again, sent twice it is done once."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, delete, event, func, select, update

from api.http.kept_forms import NEVER_KEPT
from hotspots.access.accounts import list_users
from hotspots.access.rights import Actor, Role
from hotspots.access.sessions import sign_in
from hotspots.access.signed_links import SigningKey
from hotspots.privacy.requests import Asked, note_identity, open_request
from hotspots.publishing.events.subscribers import NewSubscription, subscribe
from hotspots.settings import Settings, SignInSettings
from hotspots.store.case_tables import kept_forms, sessions
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots
from hotspots.store.tables import metadata

PASSWORD = "correct horse battery"
MARK = "Dit typte ik <zelf> & 'zo'."
PLACE = "/hotspots/HS-2023-001"

PAGES = {
    "gebiedsteam": [PLACE, "/account", "/account/twee-stappen", "/volgen", "/niet-gesignaleerd", "/overleg"],
    "oov": [
        "/duidingen",
        "/inbedden",
        "/triage?sort=naam",
        "/niet-gesignaleerd",
        "/hotspots/HS-2023-003/terugkoppeling",
        "/triage/HS-2023-001?sort=nummer",
        "/overleg",
        "/overleg/{meeting}/HS-2023-005",
        "/overleg/{meeting}/samenvatting",
    ],
    "beheerder": [
        "/beheer/gebruikers",
        "/beheer/gebruikers/{user}",
        "/beheer/tokens",
        "/beheer/gebeurtenissen",
        "/beheer/gebeurtenissen/{system}",
        "/beheer/regels",
        "/beheer/bewaren",
        "/beheer/ondergrond",
        "/privacy/stoppen",
        "/privacy/stukken/modelkaart",
        "/beheer/gebieden/samenstellen",
        "/beheer/taken/inbox",
        "/beheer/instellingen/kleuren",
    ],
    "privacy": [
        "/beheer/bewaren",
        "/privacy/verzoeken",
        "/privacy/verzoeken/{new}",
        "/privacy/verzoeken/{known}",
        "/privacy/stoppen",
        "/privacy/stukken/modelkaart",
    ],
}
"""The pages with forms, and who sends them."""

NOT_SENT_TWICE = (
    "/afmelden",
    "/account/wachtwoord",
    "/account/sessies",
    "/account/twee-stappen",
    "/beheer/regels",
)
"""Forms that end the session, want a password, or start a process."""

CHOSEN = {"date": "2024-03-01", "color": "#103010", "email": "naam@example.org"}
"""What is filled in where no text can be."""

LOOKING = "/zoeken"
"""The form that looks up a person: each time is a step of its own, also when nothing is found."""

CLOSING = "/antwoord"
"""The form after which the others of its page are there no more."""

pytestmark = pytest.mark.usefixtures("five_places")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: what is kept and claimed is tested on both elsewhere."""
    return sqlite_url


@dataclass(frozen=True)
class Sent:
    """A form as a browser would send it, with a text typed in each field that takes one."""

    page: str
    action: str
    fields: dict[str, list[str]]
    typed: list[str]  # names of the fields with the text
    kind: str  # the names of its hidden fields and its button: which form it is


def forms_of(text: str, page: str) -> Iterator[Sent]:
    for form in re.findall(r'<form(?=[^>]*method="post").*?</form>', text, re.DOTALL):
        action = unescape(re.findall(r'<form[^>]* action="([^"]*)"', form)[0])
        if "multipart" in form.split(">")[0]:
            continue
        fields: dict[str, list[str]] = {}
        typed: list[str] = []
        radios = set()
        for tag in re.findall(r"<input[^>]*>", form):
            given = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
            kind, name = given.get("type", "text"), given.get("name", "")
            if kind == "hidden":
                fields.setdefault(name, []).append(unescape(given.get("value", "")))
            elif kind == "radio" and name not in radios and " disabled" not in tag:
                radios.add(name)
                fields[name] = [unescape(given["value"])]
            elif kind == "text" and "pattern" not in given:
                fields[name] = [MARK]
                typed.extend({name} - NEVER_KEPT)  # these are never kept
            elif kind in CHOSEN:
                fields[name] = [CHOSEN[kind]]
        for name in re.findall(r'<textarea[^>]* name="(\w+)"', form):
            fields[name] = [MARK]
            typed.append(name)
        for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL):
            values = re.findall(r'<option value="([^"]*)"', options)
            fields[name] = [unescape(values[-1])] if values else []
        buttons = re.findall(r'<button[^>]* name="(\w+)" value="([^"]*)"', form)
        if buttons:
            fields[buttons[0][0]] = [buttons[0][1]]
        hidden = sorted(name for name in fields if name not in typed)
        yield Sent(page, action, fields, typed, f"{hidden}")


class Transactions:
    """What each transaction wrote that was stored: the names of its tables."""

    BESIDE = frozenset({"sessions", "sent_forms", "kept_forms", "access_log", "reading_reasons"})
    """What tells who asks and reads, and is written apart from what is done."""

    def __init__(self, engine: Engine) -> None:
        self._open: dict[int, set[str]] = {}
        self._stored: list[set[str]] = []
        event.listen(engine, "before_cursor_execute", self._write)
        event.listen(engine, "commit", self._store)
        event.listen(engine, "rollback", self._undo)

    def taken(self) -> list[set[str]]:
        """The transactions since this was asked before."""
        stored, self._stored = self._stored, []
        return stored

    def _write(self, connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        for name in re.findall(r"^(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)", statement):
            if name not in self.BESIDE:
                self._open.setdefault(id(connection), set()).add(name)

    def _store(self, connection: Connection) -> None:
        if (written := self._open.pop(id(connection), None)) is not None:
            self._stored.append(written)

    def _undo(self, connection: Connection) -> None:
        self._open.pop(id(connection), None)


@pytest.fixture
def enter(client: TestClient, database: Database, sessions: Callable[[str], str]) -> Callable[[str], None]:
    """Sign in as a role, anew each time."""
    known: set[str] = set()
    sessions("lezer")  # whom an administrator changes

    def be(role: str) -> None:
        client.cookies.clear()
        if role not in known:
            known.add(role)
            client.cookies.set("hotspots_sessie", sessions(role))
            return
        now = datetime.now(UTC)
        token = sign_in(database, SignInSettings(), name=role, password=PASSWORD, now=now)
        client.cookies.set("hotspots_sessie", token)

    return be


@pytest.fixture
def meeting(client: TestClient, database: Database, enter: Callable[[str], None]) -> str:
    """The id of a meeting of OOV; of place 003 something is done about it."""
    with database.writing() as connection:
        connection.execute(
            update(hotspots).where(hotspots.c.number == "HS-2023-003").values(status="in aanpak")
        )
    enter("oov")
    sent = next(
        each for each in forms_of(client.get("/overleg").text, "/overleg") if each.action == "/overleg"
    )
    begun = client.post(sent.action, data=sent.fields, follow_redirects=False)
    return str(begun.headers["location"]).rsplit("/", 1)[-1]


def pages_of(role: str, database: Database, meeting: str) -> list[str]:
    """The pages with forms of a role; of two requests it is known of one who asks."""
    user = next(account.id for account in list_users(database) if account.name == "lezer")
    new = known = 0
    system = ""
    if role == "beheerder":
        wanted = NewSubscription("zaaksysteem", "https://127.0.0.1:9/")  # where nobody answers
        key = SigningKey(b"k" * 32)
        system, _ = subscribe(database, Settings(), key, subscription=wanted, by=None, now=datetime.now(UTC))
    if role == "privacy":
        by, now = Actor("p", "P. Functionaris", Role.PRIVACY), datetime.now(UTC)
        today = now.date()
        with database.writing() as connection:
            new, known = (
                open_request(
                    connection,
                    kind=Asked.ERASURE,
                    received_on=today,
                    reference="",
                    by=by,
                    now=now,
                    today=today,
                ).id
                for _ in range(2)
            )
            note_identity(connection, known, "pas gezien", by=by, now=now)
    known_names = {"user": user, "meeting": meeting, "new": new, "known": known, "system": system}
    return [page.format(**known_names) for page in PAGES[role]]


@pytest.mark.parametrize("role", list(PAGES))
def test_what_is_typed_in_any_form_is_there_after_signing_in(
    client: TestClient, database: Database, enter: Callable[[str], None], meeting: str, role: str
) -> None:
    enter(role)
    wrong, seen = [], 0
    for page in pages_of(role, database, meeting):
        forms = list(forms_of(client.get(page).text, page))
        assert len(forms) > 1, page  # that to sign out stands on every page
        for sent in forms:
            if not sent.typed:
                continue
            seen += 1
            with database.writing() as connection:
                connection.execute(delete(sessions))
                connection.execute(delete(kept_forms))
            asked = client.post(sent.action, data=sent.fields, follow_redirects=False)
            name = {"naam": role, "wachtwoord": PASSWORD, "naar": page}
            shown = client.post("/aanmelden", data=name).text
            if asked.status_code != 303 or not _has_it(shown, sent):
                wrong.append((page, sent.action, sent.typed, asked.status_code))
    assert wrong == []
    assert seen >= 2


def _has_it(shown: str, sent: Sent) -> bool:
    """Whether a form to this address has the text in each of these fields."""
    for again in re.findall(r'<form(?=[^>]*method="post").*?</form>', shown, re.DOTALL):
        if f'action="{sent.action}"' not in again:
            continue
        values = [
            unescape(text) for text in re.findall(r"<textarea[^>]*>\n?(.*?)</textarea>", again, re.DOTALL)
        ] + [unescape(text) for text in re.findall(r'<input[^>]* value="([^"]*)"', again)]
        if values.count(MARK) == len(sent.typed):
            return True
    return False


@pytest.mark.parametrize("role", list(PAGES))
def test_any_form_is_undone_if_broken_off_and_done_in_one_transaction_and_once_if_sent_twice(
    client: TestClient, database: Database, enter: Callable[[str], None], meeting: str, role: str
) -> None:
    enter(role)
    wrong: list[tuple[object, ...]] = []
    seen = 0
    stopped, transactions = 0, Transactions(served_by(client))
    for page in pages_of(role, database, meeting):
        there = [form.action for form in forms_of(client.get(page).text, page)]
        # from the last: what is done may take a form away, and those after it move up
        for number in sorted(range(len(there)), key=lambda each: (there[each].endswith(CLOSING), -each)):
            forms = list(forms_of(client.get(page).text, page))  # as it is now, with tokens of now
            if number >= len(forms) or forms[number].action.startswith(NOT_SENT_TWICE):
                continue
            sent = forms[number]
            if sent.action.endswith(LOOKING):
                continue
            undone = contents_of(database)
            with broken_off(served_by(client)) as broken:
                first = client.post(sent.action, data=sent.fields, follow_redirects=False)
            if broken and (first.status_code != 500 or contents_of(database) != undone):
                wrong.append((page, sent.action, "half", first.status_code))
            stopped += len(broken)
            transactions.taken()
            first = client.post(sent.action, data=sent.fields, follow_redirects=False)
            done = transactions.taken()
            if len(done) > 1 or (broken and not done):
                wrong.append((page, sent.action, done))
            before = rows_of(database)
            second = client.post(sent.action, data=sent.fields, follow_redirects=False)
            seen += 1
            told = [(each.status_code, each.headers.get("location")) for each in (first, second)]
            if told[0] != told[1] or rows_of(database) != before:
                wrong.append((page, sent.action, told))
    assert wrong == []
    assert seen >= 3
    assert stopped >= 2


def served_by(client: TestClient) -> Engine:
    """The database as the service has it open."""
    engine: Engine = client.app.state.database.engine  # type: ignore[attr-defined]
    return engine


HISTORIES = ("hotspot_events", "access_changes", "admin_changes")


@contextmanager
def broken_off(engine: Engine) -> Iterator[list[str]]:
    """Break off what is done, when its line in a history is written; gives where it was."""
    broken: list[str] = []

    def stop(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(tuple(f"INSERT INTO {name} " for name in HISTORIES)):
            broken.append(statement)
            raise RuntimeError("the machine is gone")

    event.listen(engine, "after_cursor_execute", stop)
    try:
        yield broken
    finally:
        event.remove(engine, "after_cursor_execute", stop)


def contents_of(database: Database) -> dict[str, list[Any]]:
    """All rows of what forms change; when a session was last used and what was read is no part of that."""
    with database.reading() as connection:
        return {
            table.name: list(connection.execute(select(table)))
            for table in metadata.sorted_tables
            if table.name not in Transactions.BESIDE - {"sent_forms"} | {"areas", "processing_log"}
        }


def rows_of(database: Database) -> dict[str, Any]:
    """How many rows each table has."""
    with database.reading() as connection:
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
