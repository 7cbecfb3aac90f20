"""The weekly reports by job: files and mails each once, also after a failure, on a real mail server."""

import re
import smtplib
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from hotspots.access.accounts import add_user
from hotspots.access.rights import Actor, Role
from hotspots.access.signed_links import load_signing_key
from hotspots.errors import AccountError, MailError, NotFoundError, StoreError
from hotspots.publishing.mailing import compose
from hotspots.publishing.subscriptions import (
    DIGEST_WEEKS,
    Subscription,
    begin_mail,
    due_mails,
    end_mail,
    set_own_subscription,
    subscribe,
    unsubscribe,
    unsubscribe_by_link,
)
from hotspots.settings import JobsSettings, MailSettings, ServiceSettings, Settings
from hotspots.store.areas import fill_with_shipped
from hotspots.store.case_tables import mails, subscriptions, users
from hotspots.store.database import Database
from hotspots.store.place_tables import areas
from hotspots.store.run_tables import runs
from hotspots.tracking.signalling import stop_signalling
from jobs.reports import report_weekly
from tests.mailbox import Mailbox

NOW = datetime(2023, 12, 4, 7, tzinfo=UTC)
SUNDAY = date(2023, 12, 3)
CENTRE = "WK093500"
ADDRESS = "https://hotspots.example.org"
PASSWORD = "correct horse battery"


@pytest.fixture
def ready(database: Database, settings: Settings, tmp_path: Path, mail_port: int) -> Settings:
    """A week without hotspots, three accounts, and settings for files and mail in the test's own folder.

    Two gebieden, the centre and all else: each has files of its own, and most tests are about mail.
    """
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        wijken = set(connection.execute(select(areas.c.wijkcode)).scalars())
    teams = {"Wijk 00 Centrum": (CENTRE,), "Elders": tuple(sorted(wijken - {CENTRE}))}
    put_run(database, SUNDAY)
    for name, role, gebieden in (
        ("agent", Role.GEBIEDSTEAM, ["Wijk 00 Centrum"]),
        ("adviseur", Role.OOV, []),
        ("lezer", Role.LEZER, []),
    ):
        add_user(
            database,
            name=name,
            full_name=name,
            role=role,
            password=PASSWORD,
            created_by="test",
            now=NOW,
            organisation="politie",
            gebieden=gebieden,
        )
    return settings.model_copy(
        update={
            "areas": settings.areas.model_copy(update={"gebieden": teams}),
            "jobs": JobsSettings(reports=tmp_path / "reports"),
            "service": ServiceSettings(address=ADDRESS, signing_key_file=tmp_path / "signing.key"),
            "mail": MailSettings(host="127.0.0.1", port=mail_port, security="none", sender="h@example.org"),
        }
    )


@pytest.fixture
def written(ready: Settings) -> Settings:
    """The same, with the reports of the week written before: only mails are left to be sent."""
    folder = ready.jobs.reports / "2023-W48"
    folder.mkdir(parents=True)
    for name in ("gemeente-gm0935", "wijk-00-centrum", "elders"):
        (folder / f"weekrapport-2023-W48-{name}.gpkg").touch()
    return ready


def put_run(database: Database, as_of: date) -> None:
    """Store a run that found nothing."""
    values = {
        "as_of": as_of,
        "window_start": NOW - timedelta(weeks=26),
        "window_end": NOW,
        "started_at": NOW,
        "finished_at": NOW,
        "version": "test",
        "settings_hash": "",
        "report_count": 0,
        "located_count": 0,
        "signalled_count": 0,
        "result_hash": "",
    }
    with database.writing() as connection:
        connection.execute(insert(runs).values(values))


def run(database: Database, settings: Settings, now: datetime = NOW) -> dict[str, int]:
    return dict(report_weekly(database, settings, clock=lambda: now, heartbeat=lambda: None))


def link_in(mail: EmailMessage) -> str:
    return str(mail["List-Unsubscribe"]).strip("<>").rsplit("/", 1)[1]


# files are the same to both; mails are tried on both below
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_each_gebied_gets_its_files_and_each_person_one_mail_however_often_it_runs(
    database: Database, settings: Settings, ready: Settings, mailbox: Mailbox
) -> None:
    wijken = ready.model_copy(update={"areas": settings.areas})
    subscribe(database, name="agent", address="agent@example.org", now=NOW)
    subscribe(database, name="adviseur", address="adviseur@example.org", now=NOW)
    assert run(database, wijken) == {"reports": 8, "mails": 2, "refusedMails": 0}
    assert run(database, wijken) == {"reports": 0, "mails": 0, "refusedMails": 0}
    folder = ready.jobs.reports / "2023-W48"
    assert len(list(folder.glob("*.pdf"))) == len(list(folder.glob("*.html"))) == 8
    by_address = {str(mail["To"]): mail for mail in mailbox.received}
    assert set(by_address) == {"agent@example.org", "adviseur@example.org"}
    own = by_address["agent@example.org"].get_content()
    assert f"{ADDRESS}/rapport?week=2023-W48&gebied=Wijk%2000%20Centrum" in own
    assert (
        f"De hele gemeente: {ADDRESS}/rapport?week=2023-W48"
        in by_address["adviseur@example.org"].get_content()
    )


UNMAILABLE = (
    "team..maria@example.org",
    ".a@x.org",
    "a(b@x.org",
    "a@x..org",
    "a@x.org:25",
    "a@",
    "",
    "a b@x.org",
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the database decides nothing here
@pytest.mark.parametrize("address", UNMAILABLE)
def test_an_address_that_no_server_takes_stops_no_other_mail(
    database: Database, written: Settings, mailbox: Mailbox, address: str
) -> None:
    subscribe(database, name="agent", address="agent@example.org", now=NOW)
    subscribe(database, name="adviseur", address="adviseur@example.org", now=NOW)
    with database.writing() as connection:  # as an earlier version took it
        connection.execute(
            update(subscriptions)
            .where(subscriptions.c.address == "agent@example.org")
            .values(address=address, id="00000000-0000-0000-0000-000000000000")
        )
    assert run(database, written) == {"reports": 0, "mails": 1, "refusedMails": 1}
    assert [str(mail["To"]) for mail in mailbox.received] == ["adviseur@example.org"]
    assert run(database, written)["refusedMails"] == 0


def test_a_server_that_hangs_up_after_one_mail_gets_the_others_by_another_call(
    database: Database, written: Settings, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(database, name="agent", address="agent@example.org", now=NOW)
    subscribe(database, name="adviseur", address="adviseur@example.org", now=NOW)
    send = smtplib.SMTP.send_message
    calls: list[str] = []

    def hang_up_first(server: smtplib.SMTP, mail: EmailMessage, *more: object) -> object:
        calls.append(str(mail["To"]))
        if len(calls) == 1:
            server.close()
            raise smtplib.SMTPServerDisconnected("gone")
        return send(server, mail)

    monkeypatch.setattr(smtplib.SMTP, "send_message", hang_up_first)
    with pytest.raises(MailError, match="1 of 2 mails could not be sent"):
        run(database, written)
    assert len(calls) == 2
    assert [str(mail["To"]) for mail in mailbox.received] == calls[1:]


def test_a_mail_holds_links_and_a_way_out_and_nothing_of_the_report(
    database: Database, written: Settings, mailbox: Mailbox
) -> None:
    subscribe(database, name="agent", address="agent@example.org", now=NOW)
    run(database, written)
    (mail,) = mailbox.received
    text = mail.get_content()
    assert "HS-" not in text
    assert "melding" not in text
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert str(mail["List-Unsubscribe"]).startswith(f"<{ADDRESS}/mail-stoppen/")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.walk()] == ["text/plain"]


def test_the_link_of_a_mail_ends_it_and_no_other_link_does(
    database: Database, written: Settings, mailbox: Mailbox
) -> None:
    subscribe(database, name="agent", address="agent@example.org", now=NOW)
    run(database, written)
    key, token = load_signing_key(written.service), link_in(mailbox.received[0])
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), token.split(".")[0], "x"):
        with pytest.raises(NotFoundError):
            unsubscribe_by_link(database, key, wrong, now=NOW)
    unsubscribe_by_link(database, key, token, now=NOW)
    unsubscribe_by_link(database, key, token, now=NOW)  # a second click is no error
    with database.writing() as connection:
        connection.execute(mails.delete())
    assert run(database, written)["mails"] == 0


def test_a_mail_that_fails_is_tried_again_and_not_for_ever(
    database: Database, written: Settings, mailbox: Mailbox
) -> None:
    subscribe(database, name="agent", address="agent@example.org", now=NOW)
    mailbox.is_busy = True
    for _ in range(written.mail.attempts - 1):
        with pytest.raises(MailError, match="1 of 1 mails could not be sent"):
            run(database, written)
    assert run(database, written) == {"reports": 0, "mails": 0, "refusedMails": 1}
    mailbox.is_busy = False
    assert run(database, written) == {"reports": 0, "mails": 0, "refusedMails": 0}


def test_an_address_that_does_not_exist_keeps_nobody_elses_mail_back(
    database: Database, written: Settings, mailbox: Mailbox
) -> None:
    for name, address in (("lezer", "gone@refused.example"), ("agent", "agent@example.org")):
        subscribe(database, name=name, address=address, now=NOW)
    assert run(database, written) == {"reports": 0, "mails": 1, "refusedMails": 1}
    assert run(database, written) == {"reports": 0, "mails": 0, "refusedMails": 0}
    with database.reading() as connection:
        problems = set(connection.execute(select(mails.c.problem)).scalars())
    assert problems == {None, "the mail server refused the address (code 550)"}
    assert [str(mail["To"]) for mail in mailbox.received] == ["agent@example.org"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # files are the same to both
def test_what_a_killed_run_left_is_removed_and_a_name_that_ends_alike_is_no_report(
    database: Database, ready: Settings
) -> None:
    folder = ready.jobs.reports / "2023-W48"
    (folder / ".weekrapport-half").mkdir(parents=True)
    (folder / ".weekrapport-half" / "half.gpkg").touch()
    (folder / "weekrapport-2023-W48-nieuw-wijk-00-centrum.gpkg").touch()
    assert run(database, ready)["reports"] == 3
    assert not list(folder.glob(".*"))


HARD_TO_CALL = {
    "Maastricht": ("WK093500",),
    "Team Noord/West": ("WK093501",),
    "Team Noord-West": ("WK093502", "WK093503"),
    "Gemeente GM0935": ("WK093504",),
    "x" * 400: ("WK093505", "WK093506", "WK093507"),
}


class TestNames:
    """Gebieden of which earlier two got one file, or none."""

    @pytest.fixture
    def database_url(self, sqlite_url: str) -> str:
        """One kind: files are the same to both."""
        return sqlite_url

    @pytest.fixture
    def hard_to_call(self, ready: Settings) -> Settings:
        """Settings with gebieden of which earlier two got one file, or none."""
        return ready.model_copy(update={"areas": ready.areas.model_copy(update={"gebieden": HARD_TO_CALL})})

    def test_each_gebied_has_a_file_of_its_own_whatever_it_is_called(
        self, database: Database, hard_to_call: Settings
    ) -> None:
        assert run(database, hard_to_call)["reports"] == 1 + len(HARD_TO_CALL)
        pages = list((hard_to_call.jobs.reports / "2023-W48").glob("*.html"))
        titles = [re.findall("<h1>(.*?)</h1>", page.read_text(encoding="utf-8")) for page in pages]
        assert sorted(map(str, titles)) == sorted(
            f"['Weekrapport {name}']" for name in ("Maastricht", *HARD_TO_CALL)
        )
        assert "weekrapport-2023-W48-gemeente-gm0935.html" in {page.name for page in pages}
        assert run(database, hard_to_call)["reports"] == 0

    def test_a_report_that_cant_be_written_fails_the_job_by_name_and_keeps_back_no_other_and_no_mail(
        self, database: Database, hard_to_call: Settings, mailbox: Mailbox
    ) -> None:
        subscribe(database, name="adviseur", address="adviseur@example.org", now=NOW)
        in_the_way = hard_to_call.jobs.reports / "2023-W48" / "weekrapport-2023-W48-maastricht.html"
        in_the_way.mkdir(parents=True)
        with pytest.raises(
            StoreError, match=r"1 weekly report\(s\) could not be written: 'Maastricht' \(can't write"
        ):
            run(database, hard_to_call)
        assert len(list(in_the_way.parent.glob("*.gpkg"))) == len(HARD_TO_CALL)
        assert len(mailbox.received) == 1
        in_the_way.rmdir()
        assert run(database, hard_to_call)["reports"] == 1


def test_who_wants_one_mail_about_four_weeks_gets_the_next_after_four(
    database: Database, ready: Settings
) -> None:
    with database.reading() as connection:
        agent_id = connection.execute(select(users.c.id).where(users.c.name == "agent")).scalar_one()
    agent = Actor(agent_id, "A. Agent", Role.GEBIEDSTEAM, "politie", frozenset({"Wijk 00 Centrum"}))
    set_own_subscription(
        database, actor=agent, wanted=Subscription("agent@example.org", None, DIGEST_WEEKS), now=NOW
    )
    with database.writing() as connection:
        (mail,) = due_mails(connection, SUNDAY, attempts=3)
        begin_mail(connection, mail, SUNDAY, now=NOW)
        end_mail(connection, mail, SUNDAY, now=NOW, problem=None, is_over=False)
        due = [len(due_mails(connection, SUNDAY + timedelta(weeks=n), attempts=3)) for n in range(1, 5)]
    assert due == [0, 0, 0, 1]
    composed = compose(
        subscription_id="0" * 32,
        address=mail.address,
        peildatum=SUNDAY,
        gebieden=mail.gebieden,
        service=ADDRESS,
        sender="a@example.org",
        key=load_signing_key(ready.service),
        now=NOW,
        weeks=mail.weeks,
    ).get_content()
    assert "De weekrapporten tot en met week 48 van 2023 staan klaar" in composed
    assert [f"week=2023-W{number}&" in composed for number in (44, 45, 46, 47, 48)] == [False, *[True] * 4]


def test_reports_wait_for_the_run_of_last_week(database: Database, ready: Settings) -> None:
    with pytest.raises(NotFoundError, match="the run of 2023-12-10 is not done yet"):
        run(database, ready, NOW + timedelta(weeks=1))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_run_by_hand_of_a_later_day_is_not_that_of_last_week(
    database: Database, ready: Settings, mailbox: Mailbox
) -> None:
    subscribe(database, name="agent", address="agent@example.org", now=NOW)
    put_run(database, SUNDAY + timedelta(days=1))
    assert run(database, ready) == {"reports": 3, "mails": 1, "refusedMails": 0}
    assert [folder.name for folder in ready.jobs.reports.iterdir()] == ["2023-W48"]
    assert "week=2023-W48" in mailbox.received[0].get_content()
    put_run(database, SUNDAY + timedelta(days=8))
    with pytest.raises(NotFoundError, match="the run of 2023-12-10 is not done yet"):
        run(database, ready, NOW + timedelta(weeks=1))


def test_a_server_that_is_away_fails_the_job_and_costs_no_attempt(
    database: Database, written: Settings, mailbox: Mailbox, mail_port: int
) -> None:
    subscribe(database, name="agent", address="agent@example.org", now=NOW)
    away = written.mail.model_copy(update={"port": 1, "password": "s3cret"})
    with pytest.raises(MailError, match=r"'127.0.0.1:1' can't be reached") as raised:
        run(database, written.model_copy(update={"mail": away}))
    assert "s3cret" not in str(raised.value)
    assert run(database, written)["mails"] == 1


def test_a_server_without_tls_and_no_mail_settings_get_nothing(
    database: Database, written: Settings, mailbox: Mailbox
) -> None:
    subscribe(database, name="agent", address="agent@example.org", now=NOW)
    without = written.model_copy(update={"mail": MailSettings()})
    assert run(database, without)["mails"] == 0
    secure = written.model_copy(update={"mail": written.mail.model_copy(update={"security": "starttls"})})
    with pytest.raises(MailError, match="does not let us in"):
        run(database, secure)
    assert mailbox.received == []


def test_who_gets_no_mail_and_what_is_no_address_is_told(database: Database, ready: Settings) -> None:
    with pytest.raises(AccountError, match="wanted a mail address"):
        subscribe(database, name="agent", address="agent@example.org\nBcc: x@example.org", now=NOW)
    with pytest.raises(NotFoundError, match="there is no account 'niemand'"):
        subscribe(database, name="niemand", address="agent@example.org", now=NOW)
    with pytest.raises(NotFoundError, match="gets no mail"):
        unsubscribe(database, name="agent", now=NOW)


def test_while_signalling_is_stopped_each_person_is_told_so_in_the_place_of_a_report(
    database: Database, ready: Settings, mailbox: Mailbox
) -> None:
    subscribe(database, name="adviseur", address="adviseur@example.org", now=NOW)
    stop_signalling(database, by=Actor("1", "P. Functionaris", Role.PRIVACY), at=NOW, reason="Geheim.")
    monday = NOW + timedelta(weeks=1)  # of the week before it there is no run
    assert run(database, ready, monday) == {"reports": 0, "mails": 1, "refusedMails": 0}
    assert run(database, ready, monday) == {"reports": 0, "mails": 0, "refusedMails": 0}
    (mail,) = mailbox.received
    assert mail["Subject"] == "Geen weekrapport overlast, week 49 van 2023"
    text = mail.get_content()
    assert "Het zoeken naar plekken is gestopt sinds 4 december 2023." in text
    assert f"{ADDRESS}/" in text.split()
    assert "Geheim" not in text
