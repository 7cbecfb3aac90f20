"""What is unsafe in an installation: pure checks of facts that were read before (:mod:`.safety_facts`).

Each finding says what was found, why it matters and what to do, in English for the command and in Dutch for
the page; the words stand in `safety_words.toml`.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from hotspots.operations.safety_facts import SafetyFacts, TokenFacts
from hotspots.settings import Settings, is_private_way
from hotspots.wording import number

Language = Literal["en", "nl"]

PYTHON_ENDS: Mapping[tuple[int, int], date] = {
    (3, 11): date(2027, 10, 31),
    (3, 12): date(2028, 10, 31),
    (3, 13): date(2029, 10, 31),
    (3, 14): date(2030, 10, 31),
}
"""Until when a version gets repairs: https://devguide.python.org/versions."""

POSTGRESQL_ENDS: Mapping[int, date] = {
    13: date(2025, 11, 13),
    14: date(2026, 11, 12),
    15: date(2027, 11, 11),
    16: date(2028, 11, 9),
    17: date(2029, 11, 8),
    18: date(2030, 11, 14),
}
"""Until when a version gets repairs, none before these: https://www.postgresql.org/support/versioning."""

EXAMPLE_PASSWORDS = frozenset(
    {
        "admin",
        "change-me",
        "changeme",
        "geheim",
        "hotspots",
        "password",
        "postgres",
        "secret",
        "test",
        "wachtwoord",
        "welkom",
    }
)
"""What examples write where a password goes; also the name of the account itself."""

_ENCRYPTED = frozenset({"require", "verify-ca", "verify-full"})
_SHOWN = 5


@dataclass(frozen=True)
class SafetyFinding:
    """Something unsafe, by a fixed name."""

    code: str
    details: Mapping[str, str] = field(default_factory=dict)
    accepted_because: str | None = None

    @property
    def helps_an_attacker(self) -> bool:
        """Whether only those who look after the installation are told."""
        return not _words()[self.code].get("is_for_all", False)

    def found(self, language: Language) -> str:
        """What was found, in one sentence or two."""
        return self._written(language, "found")

    def why(self, language: Language) -> str:
        """Why it matters."""
        return self._written(language, "why")

    def action(self, language: Language) -> str:
        """What to do."""
        return self._written(language, "do")

    def as_json(self) -> dict[str, str]:
        """As the command gives it."""
        told = {
            "code": self.code,
            "found": self.found("en"),
            "why": self.why("en"),
            "action": self.action("en"),
        }
        return told | ({} if self.accepted_because is None else {"acceptedBecause": self.accepted_because})

    def _written(self, language: Language, what: str) -> str:
        return str(_words()[self.code][language][what]).format(**self.details)


@dataclass(frozen=True)
class SafetyReport:
    """What is unsafe, and what of it was accepted with a reason."""

    unsafe: tuple[SafetyFinding, ...]
    accepted: tuple[SafetyFinding, ...]

    def as_json(self) -> dict[str, object]:
        """As the command gives it."""
        return {
            "isSafe": not self.unsafe,
            "unsafe": [finding.as_json() for finding in self.unsafe],
            "accepted": [finding.as_json() for finding in self.accepted],
        }


def known_codes() -> tuple[str, ...]:
    """The names of all that can be found, in the order in which it is told."""
    return tuple(_words())


def check_safety(facts: SafetyFacts, settings: Settings) -> SafetyReport:
    """Give what is unsafe, in the order of the words; what is accepted apart."""
    order = list(known_codes())
    reasons = settings.checks.accepted
    found = sorted(_all(facts, settings), key=lambda finding: order.index(finding.code))
    return SafetyReport(
        tuple(finding for finding in found if finding.code not in reasons),
        tuple(
            SafetyFinding(finding.code, finding.details, reasons[finding.code])
            for finding in found
            if finding.code in reasons
        ),
    )


@cache
def _words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    return tomllib.loads(Path(__file__).with_name("safety_words.toml").read_text(encoding="utf-8"))


def _all(facts: SafetyFacts, settings: Settings) -> Iterator[SafetyFinding]:
    yield from _about_reach(facts, settings)
    yield from _about_secrets(facts)
    yield from _about_files(facts)
    yield from _about_backups(facts, settings)
    yield from _about_versions(facts)
    yield from _about_access(facts, settings)
    yield from _about_what_goes_out(facts, settings)
    yield from _about_certificates(facts, settings)
    unknown = sorted(set(settings.checks.accepted) - set(known_codes()))
    if unknown:
        yield _finding("accepted_unknown", codes=_listed(unknown))


def _about_reach(facts: SafetyFacts, settings: Settings) -> Iterator[SafetyFinding]:
    """Who can reach it, and listen in."""
    service = settings.service
    if not settings.sign_in.required:
        yield _finding("open_reading", reason=settings.sign_in.open_because.strip() or "–")
    if not service.address.startswith("https://"):
        yield _finding("no_https_address", address=service.address or "–")
    if facts.reached_over == "http":
        yield _finding("signed_in_without_tls")
    if not is_this_machine(service.host):
        yield _finding("listens_everywhere", host=service.host)
    everyone = [proxy for proxy in service.proxies if proxy == "*" or proxy.endswith("/0")]
    if everyone:
        yield _finding("any_proxy", proxies=_listed(everyone))
    plain = [site for site in service.embed_hosts if not site.startswith("https://")]
    if plain:
        yield _finding("embed_site_without_tls", sites=_listed(plain))
    overheard = [one.name for one in settings.events.subscriptions if not is_private_way(one.url)]
    if overheard:
        yield _finding("events_without_tls", names=_listed(overheard))
    mail = settings.mail
    if mail.host and mail.security == "none" and not is_this_machine(mail.host):
        yield _finding("mail_without_tls", host=mail.host)
    link = facts.database_link
    if link.host and not is_this_machine(link.host) and link.ssl_mode not in _ENCRYPTED:
        yield _finding("database_without_tls", host=link.host, mode=link.ssl_mode or "prefer")
    if not service.requests_per_minute:
        yield _finding("no_request_limit")


def _about_secrets(facts: SafetyFacts) -> Iterator[SafetyFinding]:
    """Accounts, passwords and keys that others know or can find."""
    if facts.demo_accounts:
        yield _finding("demo_accounts", names=_listed(facts.demo_accounts))
    examples = [
        name
        for name, (account, password) in facts.passwords.items()
        if password and password.casefold() in EXAMPLE_PASSWORDS | {account.casefold()}
    ]
    if examples:
        yield _finding("example_password", names=_listed(examples))
    if facts.weak_keys:
        yield _finding("weak_key", names=_listed(facts.weak_keys))
    if facts.weak_event_secrets:
        yield _finding("weak_event_secret", names=_listed(facts.weak_event_secrets))
    if facts.event_secrets_in_settings:
        yield _finding("event_secret_in_settings", names=_listed(facts.event_secrets_in_settings))
    if facts.shared_keys:
        yield _finding("shared_key", names=_listed(facts.shared_keys))
    if facts.keys_beside_data:
        yield _finding("key_beside_data", paths=_listed(facts.keys_beside_data))
    if facts.debugging:
        yield _finding("debugging", names=_listed(facts.debugging))


def _about_files(facts: SafetyFacts) -> Iterator[SafetyFinding]:
    for kind, paths in facts.open_to_others.items():
        if paths:
            yield _finding(f"{kind}_readable", paths=_listed(paths))
    if facts.changeable_by_others:
        yield _finding("changeable_by_all", paths=_listed(facts.changeable_by_others))


def _about_backups(facts: SafetyFacts, settings: Settings) -> Iterator[SafetyFinding]:
    checks = settings.checks
    if facts.database_problem or facts.schema is None:
        return  # nothing that a backup could be made of
    newest, tried = facts.newest_backup, facts.last_restore
    if newest is None or facts.at - newest > timedelta(days=checks.backup_days):
        yield _finding("no_backup", days=str(checks.backup_days), folder=str(settings.jobs.backups))
    if tried is None or facts.at - tried > timedelta(days=checks.restore_days):
        yield _finding("backup_not_restored", days=str(checks.restore_days))


def _about_versions(facts: SafetyFacts) -> Iterator[SafetyFinding]:
    today = facts.at.date()
    if facts.database_problem:
        yield _finding("database_not_read", problem=facts.database_problem)
    elif facts.schema != facts.newest_schema:
        yield _finding("other_schema", found=facts.schema or "–", wanted=facts.newest_schema)
    ends = PYTHON_ENDS.get(facts.python)
    if facts.python < min(PYTHON_ENDS) or (ends is not None and ends < today):
        yield _finding("old_python", version=".".join(map(str, facts.python)))
    server = facts.postgresql
    ends = None if server is None else POSTGRESQL_ENDS.get(server)
    if server is not None and (server < min(POSTGRESQL_ENDS) or (ends is not None and ends < today)):
        yield _finding("old_postgresql", version=str(server))
    if facts.old_packages:
        yield _finding("old_packages", names=_listed(facts.old_packages))


def _about_access(facts: SafetyFacts, settings: Settings) -> Iterator[SafetyFinding]:
    checks, at = settings.checks, facts.at
    if facts.administrators_without_second_step:
        names = _listed(facts.administrators_without_second_step)
        yield _finding("administrator_without_second_step", names=names)
    if facts.unused_accounts:
        yield _finding(
            "unused_accounts", names=_listed(facts.unused_accounts), days=str(settings.sign_in.unused_days)
        )
    if settings.sign_in.session_hours > checks.longest_session_hours:
        yield _finding("long_sessions", hours=str(settings.sign_in.session_hours))
    soon, longest = timedelta(days=checks.ends_soon_days), timedelta(days=checks.longest_days)
    ended = [token for token in facts.tokens if token.ends_at <= at]
    yield from _tokens("token_ended", ended)
    yield from _tokens("token_ends_soon", (one for one in facts.tokens if at < one.ends_at <= at + soon))
    yield from _tokens("token_without_end", (one for one in facts.tokens if one.ends_at > at + longest))
    unused = timedelta(days=settings.sign_in.unused_days)
    if unused:
        idle = (one for one in facts.tokens if one.ends_at > at and one.used_at < at - unused)
        yield from _tokens("token_unused", idle)
    if maps := sum(ends > at + longest for ends in facts.map_ends):
        yield _finding("shared_map_without_end", count=number(maps))
    if feeds := sum(made < at - longest for made in facts.feeds_made):
        yield _finding("feed_without_end", count=number(feeds), days=str(checks.longest_days))
    alone = [
        name
        for name, needs_two in (
            ("[rules] need_two", settings.rules.need_two),
            ("[signalling] second_person_resumes", settings.signalling.second_person_resumes),
        )
        if not needs_two
    ]
    if alone:
        yield _finding("one_person_enough", names=_listed(alone))


def _about_what_goes_out(facts: SafetyFacts, settings: Settings) -> Iterator[SafetyFinding]:
    """Whom it tells what, and whether it tells anyone when something is wrong."""
    if settings.geocoding.online != "none":
        yield _finding("addresses_sent_out", service=settings.geocoding.online)
    if facts.basemap not in {"own", "none"}:
        yield _finding("map_from_elsewhere", name=facts.basemap)
    if not (settings.jobs.alert_command or settings.jobs.alert_mail):
        yield _finding("no_alerts")
    if settings.service.contact_email.endswith("@example.org"):
        yield _finding("example_contact", address=settings.service.contact_email)
    if not settings.service.security_contact:
        yield _finding("no_security_contact")
    if facts.is_retention_confirmed is False:
        yield _finding("retention_unconfirmed")
    if facts.dead_letters:
        yield _finding("dead_letters", count=number(facts.dead_letters))


def _about_certificates(facts: SafetyFacts, settings: Settings) -> Iterator[SafetyFinding]:
    for certificate in facts.certificates:
        address, ends = certificate.address, certificate.ends_at
        if certificate.has_ended or (ends is not None and ends <= facts.at):
            yield _finding("certificate_ended", address=address)
        elif certificate.problem:
            yield _finding("certificate_not_right", address=address, problem=certificate.problem)
        elif ends is not None and ends <= facts.at + timedelta(days=settings.checks.ends_soon_days):
            yield _finding("certificate_ends_soon", address=address, day=f"{ends:%Y-%m-%d}")


def _tokens(code: str, tokens: Iterable[TokenFacts]) -> Iterator[SafetyFinding]:
    names = [token.name for token in tokens]
    if names:
        yield _finding(code, names=_listed(names))


def is_this_machine(host: str) -> bool:
    """Whether only this machine reaches a host, or is reached by listening on it.

    Examples
    --------
    >>> [is_this_machine(host) for host in ("127.0.0.1", "localhost", "/run/postgresql", "0.0.0.0", "db")]
    [True, True, True, False, False]
    """
    if host == "localhost" or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _listed(names: Iterable[str]) -> str:
    """The first names, and how many more there are."""
    first = list(names)
    more = f" (+ {len(first) - _SHOWN})" if len(first) > _SHOWN else ""
    return ", ".join(first[:_SHOWN]) + more


def _finding(code: str, **details: str) -> SafetyFinding:
    return SafetyFinding(code, details)
