"""What is unsafe, found in facts that were planted one at a time."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hotspots.operations.certificates import Certificate
from hotspots.operations.safety_checks import SafetyFinding, check_safety, known_codes
from hotspots.operations.safety_facts import DatabaseLink, SafetyFacts, TokenFacts
from hotspots.settings import Settings, with_changes

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
TOKEN = TokenFacts("zaaksysteem", ends_at=NOW + timedelta(days=60), used_at=YESTERDAY)

KEPT = SafetyFacts(
    at=NOW,
    reached_over="https",
    database_link=DatabaseLink("db.example.org", "verify-full"),
    passwords={"[database] url": ("hotspots", "Zg8-jf3kE_2p"), "[mail] password": ("", "")},
    open_to_others={"database": (), "key": ()},
    newest_backup=YESTERDAY,
    last_restore=NOW - timedelta(days=100),
    schema="0034",
    newest_schema="0034",
    python=(3, 11),
    postgresql=15,
    tokens=(TOKEN,),
    map_ends=(NOW + timedelta(days=90),),
    feeds_made=(NOW - timedelta(days=90),),
    is_retention_confirmed=True,
    certificates=(Certificate("https://hotspots.example.nl", NOW + timedelta(days=60)),),
)
KEPT_SETTINGS = with_changes(
    Settings(),
    [
        'service.address="https://hotspots.example.nl"',
        'service.contact_email="beheer@gemeente.example.nl"',
        'service.security_contact="cert@gemeente.example.nl"',
        'jobs.alert_mail=["beheer@gemeente.example.nl"]',
        'mail.host="mail.example.nl"',
        'mail.sender="hotspots@example.nl"',
    ],
)

PLANTED: Mapping[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "database_not_read": ({"database_problem": "no server"}, ()),
    "other_schema": ({"schema": "0031"}, ()),
    "open_reading": ({}, ("sign_in.required=false", "sign_in.open_because='all may know'")),
    "demo_accounts": ({"demo_accounts": ("oov",)}, ()),
    "example_password": ({"passwords": {"[database] url": ("hotspots", "Hotspots")}}, ()),
    "weak_key": ({"weak_keys": ("[privacy] reporter_key",)}, ()),
    "weak_event_secret": ({"weak_event_secrets": ("esb",)}, ()),
    "event_secret_in_settings": ({"event_secrets_in_settings": ("esb",)}, ()),
    "events_without_tls": (
        {},
        ('events.subscriptions=[{name="esb", url="http://esb.local/", secret_file="esb.secret"}]',),
    ),
    "dead_letters": ({"dead_letters": 3}, ()),
    "shared_key": ({"shared_keys": ("[privacy] reporter_key", "[service] signing_key")}, ()),
    "key_beside_data": ({"keys_beside_data": ("var/reporter.key",)}, ()),
    "database_readable": ({"open_to_others": {"database": ("var/hotspots.sqlite",)}}, ()),
    "settings_readable": ({"open_to_others": {"settings": ("hotspots.toml",)}}, ()),
    "key_readable": ({"open_to_others": {"key": ("reporter.key",)}}, ()),
    "backups_readable": ({"open_to_others": {"backups": ("backups",)}}, ()),
    "deliveries_readable": ({"open_to_others": {"deliveries": ("inbox",)}}, ()),
    "reports_readable": ({"open_to_others": {"reports": ("reports",)}}, ()),
    "changeable_by_all": ({"changeable_by_others": ("hotspots.toml",)}, ()),
    "no_https_address": ({}, ("service.address=http://hotspots.example.nl",)),
    "signed_in_without_tls": ({"reached_over": "http"}, ()),
    "listens_everywhere": ({}, ("service.host=0.0.0.0",)),
    "any_proxy": ({}, ('service.proxies=["*"]',)),
    "embed_site_without_tls": ({}, ('service.embed_hosts=["http://www.example.nl"]',)),
    "mail_without_tls": ({}, ("mail.security=none",)),
    "database_without_tls": ({"database_link": DatabaseLink("db.example.org", "prefer")}, ()),
    "no_request_limit": ({}, ("service.requests_per_minute=0",)),
    "administrator_without_second_step": ({"administrators_without_second_step": ("a.beheer",)}, ()),
    "unused_accounts": ({"unused_accounts": ("b.weg",)}, ()),
    "long_sessions": ({}, ("sign_in.session_hours=168",)),
    "token_ended": ({"tokens": (replace(TOKEN, ends_at=NOW),)}, ()),
    "token_ends_soon": ({"tokens": (replace(TOKEN, ends_at=NOW + timedelta(days=14)),)}, ()),
    "token_without_end": ({"tokens": (replace(TOKEN, ends_at=NOW + timedelta(days=400)),)}, ()),
    "token_unused": ({"tokens": (replace(TOKEN, used_at=NOW - timedelta(days=91)),)}, ()),
    "shared_map_without_end": ({"map_ends": (NOW + timedelta(days=400),)}, ()),
    "feed_without_end": ({"feeds_made": (NOW - timedelta(days=400),)}, ()),
    "debugging": ({"debugging": ("SSLKEYLOGFILE",)}, ()),
    "old_python": ({"python": (3, 10)}, ()),
    "old_postgresql": ({"postgresql": 13}, ()),
    "old_packages": ({"old_packages": ("uvicorn 0.1 < 0.38",)}, ()),
    "certificate_ended": ({"certificates": (Certificate("https://x.nl", YESTERDAY),)}, ()),
    "certificate_not_right": ({"certificates": (Certificate("https://x.nl", problem="self-signed"),)}, ()),
    "certificate_ends_soon": (
        {"certificates": (Certificate("https://x.nl", NOW + timedelta(days=3)),)},
        (),
    ),
    "no_backup": ({"newest_backup": NOW - timedelta(days=4)}, ()),
    "backup_not_restored": ({"last_restore": None}, ()),
    "one_person_enough": ({}, ("rules.need_two=false",)),
    "no_alerts": ({}, ("jobs.alert_mail=[]",)),
    "example_contact": ({}, ("service.contact_email=beheer@example.org",)),
    "no_security_contact": ({}, ('service.security_contact=""',)),
    "retention_unconfirmed": ({"is_retention_confirmed": False}, ()),
    "addresses_sent_out": ({}, ("geocoding.online=pdok-locatieserver",)),
    "map_from_elsewhere": ({"basemap": "pdok-grijs"}, ()),
    "accepted_unknown": ({}, ('checks.accepted={ no_tls = "not needed" }',)),
}


def test_a_well_kept_installation_is_silent() -> None:
    assert check_safety(KEPT, KEPT_SETTINGS).unsafe == ()


@pytest.mark.parametrize("code", PLANTED)
def test_what_was_planted_is_found_and_nothing_else(code: str) -> None:
    facts, changes = PLANTED[code]
    report = check_safety(replace(KEPT, **facts), with_changes(KEPT_SETTINGS, changes))
    assert [finding.code for finding in report.unsafe] == [code]
    [told] = report.unsafe
    for said in (told.found, told.why, told.action):
        assert all(re.fullmatch(r"[A-ZÉ0-9][^{}]+", line) for line in (said("en"), said("nl")))


def test_every_finding_was_planted_here() -> None:
    assert set(PLANTED) == set(known_codes())


def test_what_was_accepted_is_told_with_its_reason_and_does_not_count() -> None:
    settings = with_changes(
        KEPT_SETTINGS, ['checks.accepted={ map_from_elsewhere = "our readers know PDOK" }']
    )
    report = check_safety(replace(KEPT, basemap="pdok-grijs", demo_accounts=("oov",)), settings)
    assert [finding.code for finding in report.unsafe] == ["demo_accounts"]
    [accepted] = report.accepted
    assert accepted.as_json()["acceptedBecause"] == "our readers know PDOK"
    # where nothing is found, nothing was accepted
    assert check_safety(KEPT, settings).accepted == ()


def test_only_what_helps_nobody_in_is_told_to_others() -> None:
    told = {code for code in known_codes() if not SafetyFinding(code).helps_an_attacker}
    assert {"no_backup", "no_alerts", "retention_unconfirmed"} <= told
    assert not told & {"open_reading", "weak_key", "old_packages", "administrator_without_second_step"}


@pytest.mark.parametrize(
    ("changed", "settings"),
    [
        pytest.param({"database_link": DatabaseLink("/run/postgresql")}, [], id="a socket needs no TLS"),
        pytest.param({"database_link": DatabaseLink("127.0.0.1")}, [], id="nor does this machine"),
        pytest.param({"reached_over": None}, [], id="nobody signed in yet"),
        pytest.param({"postgresql": None}, [], id="SQLite has no server"),
        pytest.param({"tokens": (replace(TOKEN, used_at=NOW - timedelta(days=91)),)},
                     ["sign_in.unused_days=0"], id="unused counts for nothing where it is off"),
    ],
)  # fmt: skip
def test_what_is_safe_is_not_told(changed: dict[str, Any], settings: list[str]) -> None:
    assert check_safety(replace(KEPT, **changed), with_changes(KEPT_SETTINGS, settings)).unsafe == ()
