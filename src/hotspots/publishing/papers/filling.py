"""What the papers are filled in with: the settings of this municipality, and figures of its own database.

Figures are those that their reader is told elsewhere: of a year what `/jaar` tells, of verdicts what `/leren`
tells. So a paper may be made with less for one reader than for another; who may know of every place gets all.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, select

from hotspots import __version__
from hotspots.access.rights import RIGHTS, Right, Role, Visibility
from hotspots.casework.verdict_feedback import read_judged
from hotspots.casework.verdict_precision import precision_of
from hotspots.publishing.papers.answers import read_answers
from hotspots.publishing.papers.tree import Filling
from hotspots.publishing.year.account import YearAccount, read_year_account
from hotspots.publishing.year.period import Period, read_known_days
from hotspots.publishing.year.places import Decision
from hotspots.publishing.yearly_check import check_account
from hotspots.settings import Settings
from hotspots.store.case_tables import users
from hotspots.store.confirmed_periods import in_force, read_confirmation
from hotspots.tracking.signalling import stopped_sentence
from hotspots.wording import count, day, number, percentage

ROLES = {
    Role.LEZER: "lezer",
    Role.GEBIEDSTEAM: "gebiedsteam",
    Role.OOV: "OOV",
    Role.BEHEERDER: "beheerder",
    Role.PRIVACY: "privacyfunctionaris",
}
"""How the papers call each role."""

_RIGHTS = {
    "plekken": Right.READ_HOTSPOTS,
    "woningen": Right.READ_DWELLINGS,
    "dossiers": Right.READ_CASES,
    "besluiten": Right.DECIDE,
}
_BY_NAME = {"precieze plekken, op naam": Right.READ_EXACT_POINTS, "teksten, op naam": Right.READ_TEXTS}
_KEPT = {
    "text_days": "teksten van meldingen",
    "location_days": "precieze plekken van meldingen",
    "report_days": "meldingen",
    "undo_days": "hoe meldingen waren voordat een levering ze veranderde",
    "not_signalled_days": "plekken die niet op de lijst kwamen",
    "dwelling_days": "plekken van een woning of van één melder",
    "case_text_days": "teksten en namen in gesloten dossiers",
    "meeting_days": "overleggen",
    "access_log_days": "wie precieze gegevens bekeek",
    "processing_log_days": "wat er is verwerkt",
    "account_days": "geblokkeerde accounts",
    "request_days": "verzoeken van betrokkenen",
    "job_days": "het automatische werk",
    "reject_days": "geweigerde regels",
    "inbox_days": "ingelezen bestanden",
    "weekly_report_days": "weekrapporten als bestand",
    "session_days": "beëindigde sessies",
    "event_days": "berichten aan andere systemen",
    "sent_form_days": "verstuurde formulieren",
}
_SUBJECTS = ("alles", "soort", "regel")


def read_filling(
    connection: Connection, settings: Settings, *, visibility: Visibility, now: datetime
) -> Filling:
    """Read all that the papers are filled in with, for a reader."""
    today = settings.municipality.local_day(now)
    year = read_known_days(connection, settings).last_whole_year(today)
    account = None
    shows: Sequence[str] = ["Er is nog geen jaar om te vergelijken."]
    if year is not None:
        account = read_year_account(
            connection,
            settings,
            period=Period.of_year(year),
            visibility=visibility,
            cases=frozenset(),  # measures stand in no paper
            today=today,
        )
        check = check_account(connection, settings, account)
        shows = [*check.shows, *check.does_not_show]
    precision = precision_of(read_judged(connection, with_persons=visibility.dwellings is None), settings)
    held = in_force(read_confirmation(connection), settings).retention
    detection = settings.detection
    return Filling(
        texts={
            "gemeente": settings.municipality.name or "de gemeente",
            "organisatie": f"Gemeente {settings.municipality.name}".strip(),
            "datum": day(today),
            "versie": __version__,
            "weken": str(detection.look_back_weeks),
            "melders": str(detection.min_reporters),
            "aandeel": percentage(detection.max_reporter_share),
            "meldingen": _reports_sentence(account),
            "besluiten": _decisions_sentence(account),
            "precisie": _precision_sentence(precision),
            "termijnen": _periods_sentence(connection, settings),
            "regels": (
                f"De regels die nu gelden: minstens {detection.min_reports} meldingen op minstens "
                f"{detection.min_days} dagen in {detection.min_weeks} weken, van minstens "
                f"{detection.min_reporters} melders, in de laatste {detection.look_back_weeks} weken. "
                f"Versie van de software: {__version__}."
            ),
            "zoeken": stopped_sentence(connection, settings) or "Het zoeken naar plekken loopt.",
        },
        tables={
            "rollen": _roles(connection),
            "termijnen": (
                ("Wat", "Termijn"),
                [(words, _days(getattr(held, name))) for name, words in _KEPT.items()],
            ),
            "precisie": _precision_table(precision),
        },
        lists={"toets": shows},
        periods={name: _days(days) for name, days in held.model_dump().items()},
        answers=read_answers(connection),
    )


def _days(days: int) -> str:
    return count(days, "dag", "dagen")


def _reports_sentence(account: YearAccount | None) -> str:
    if account is None or account.reports.counted is None:
        return "Van een heel jaar zijn er nog geen cijfers van meldingen."
    begin = "" if account.is_exact else "ongeveer "
    said = (
        f"In {account.period.words} waren er {begin}{count(account.reports.counted, 'melding', 'meldingen')}"
    )
    found = count(account.places.found, "plek", "plekken")
    return f"{said}. Daaruit kwamen {found} nieuw op de lijst."


def _decisions_sentence(account: YearAccount | None) -> str:
    if account is None:
        return "Mensen besloten nog niet over een heel jaar."
    of = account.places.by_decision
    return (
        f"Van de plekken van {account.period.words} besloten mensen: {number(of[Decision.VEILIGHEID])} "
        f"keer veiligheid, {number(of[Decision.LEEFBAARHEID])} keer leefbaarheid, "
        f"{number(of[Decision.GEEN_HOTSPOT])} keer geen hotspot. Over {number(of[Decision.UNDECIDED])} "
        "was aan het einde van dat jaar nog niet besloten."
    )


def _precision_sentence(precision: pd.DataFrame) -> str:
    rows = precision[precision["subject"] == "alles"]
    if rows.empty:
        return "Er zijn nog geen besluiten waarmee te meten is hoe vaak de lijst gelijk had."
    row = rows.iloc[0]
    return (
        f"Van {count(int(row['judged']), 'plek', 'plekken')} met een besluit bevestigden mensen er "
        f"{number(int(row['confirmed']))}: {percentage(row['precision'])} (met 95% zekerheid "
        f"{percentage(row['low'])} tot {percentage(row['high'])})."
    )


def _precision_table(precision: pd.DataFrame) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    head = ("Waarvan", "Beoordeeld", "Bevestigd", "Aandeel", "Marge (95%)")
    rows = []
    for row in precision[precision["subject"].isin(_SUBJECTS)].to_dict("records"):
        name = row["value"] if row["subject"] == row["value"] else f"{row['subject']}: {row['value']}"
        limits = f"{percentage(row['low'])} tot {percentage(row['high'])}"
        share = percentage(row["precision"])
        rows.append((name, str(row["judged"]), str(row["confirmed"]), share, limits))
    return head, rows or [("nog niets", "0", "0", "–", "–")]


def _periods_sentence(connection: Connection, settings: Settings) -> str:
    confirmation = read_confirmation(connection)
    if confirmation is None:
        return "De bewaartermijnen zijn nog niet bevestigd; er wordt niets verwijderd."
    return f"De bewaartermijnen zijn bevestigd op {day(settings.municipality.local_day(confirmation.at))}."


def _roles(connection: Connection) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Each role with how many accounts there are, what it may, and how many have a right by name."""
    people = connection.execute(select(users.c.role, users.c.granted).where(~users.c.is_disabled)).all()
    accounts = Counter(row.role for row in people)
    by_name = Counter((row.role, right) for row in people for right in row.granted or ())
    head = ("Rol", "Accounts", *_RIGHTS, *_BY_NAME)
    rows = []
    for role, name in ROLES.items():
        may = [str(RIGHTS[right].get(role, "nee")) for right in _RIGHTS.values()]
        named = [str(by_name[str(role), str(right)]) for right in _BY_NAME.values()]
        rows.append((name, str(accounts[str(role)]), *may, *named))
    return head, rows
