"""`/beheer/geschiedenis`: who changed what of the installation, from what to what, and why."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from pydantic import Field, model_validator
from sqlalchemy import Connection

from api.admin.rule_words import RULES
from api.admin.sections import AdminRequest, Asked
from api.admin.setting_words import SECTIONS as SETTINGS
from api.http.dependencies import Page, QueryParameters, ReadConnection
from api.http.periods import Day
from api.pages.downloads import Taker, answer_table
from api.pages.week_and_map import without_empty
from hotspots.access.access_changes import who
from hotspots.access.admin_changes import AdminChange, read_changes
from hotspots.access.admin_changes import Kind as Subject
from hotspots.access.rights import Right, may
from hotspots.files.written_tables import Written
from hotspots.operations.job_words import NAMES
from hotspots.publishing.taken_along import Kind
from hotspots.wording import day, number

PATH = "/beheer/geschiedenis"

router = APIRouter(prefix=PATH, include_in_schema=False)

_LABELS: Mapping[str, str] = {
    **{f"detection.{name}": rule.label for group in RULES for name, rule in group.rules.items()},
    **{key: words.label for section in SETTINGS.values() for key, words in section.settings.items()},
    "sha256": "kenmerk van het bestand",
}
"""What settings and other parts of a change are called."""

_COLUMNS = ("moment", "wie", "soort", "waarvan", "eerst", "daarna", "waarom")


class Choice(QueryParameters):
    """Which changes are shown."""

    soort: Subject | None = Field(default=None)
    van: Day | None = Field(default=None)
    tot: Day | None = Field(default=None)

    _drop_empty = model_validator(mode="before")(without_empty)

    @property
    def is_chosen(self) -> bool:
        """Whether anything is left out."""
        return any(value is not None for value in (self.soort, self.van, self.tot))

    def address(self, path: str, **more: object) -> str:
        """A link to the same choice, to be followed by the value of its last parameter."""
        values = {"soort": self.soort, "van": self.van, "tot": self.tot, **more}
        return (
            f"{path}?{urlencode({name: str(value) for name, value in values.items() if value is not None})}"
        )


class ShownChoice(Choice, Page):
    """Which changes are shown, on which page."""


class TakenChoice(Choice):
    """Which changes are taken along, as what."""

    vorm: Kind = Kind.CSV


@router.get("")
def get_changes(
    asked: Asked, choice: Annotated[ShownChoice, Query()], connection: ReadConnection
) -> HTMLResponse:
    """Show what was changed, the last change first."""
    asked.require(Right.READ_OPERATIONS)
    found = _read(asked, connection, choice, offset=choice.offset, limit=choice.pagina_grootte + 1)
    return asked.page(
        "changes.html",
        section=PATH,
        title="Geschiedenis",
        changes=found[: choice.pagina_grootte],
        choice=choice,
        kinds=[kind for kind in Subject if kind not in _hidden_from(asked)],
        newer=choice.address(PATH, pagina=choice.pagina - 1) if choice.pagina > 1 else "",
        older=choice.address(PATH, pagina=choice.pagina + 1) if len(found) > choice.pagina_grootte else "",
        download=choice.address(f"{PATH}/download", vorm=""),
        subject_of=subject_of,
        told=in_words,
    )


@router.get("/download")
def get_changes_file(
    asked: Asked, choice: Annotated[TakenChoice, Query()], taking: Taker, connection: ReadConnection
) -> Response:
    """Give what was changed as a file."""
    asked.require(Right.READ_OPERATIONS)
    zone = asked.settings.municipality.zone
    rows = [
        (
            f"{change.at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            who(change.actor),
            change.kind,
            subject_of(change),
            "; ".join(in_words(change.before)),
            "; ".join(in_words(change.after)),
            change.reason or "",
        )
        for change in _read(asked, connection, choice)
    ]
    period = f"van {day(choice.van) if choice.van else 'het begin'} tot en met "
    period += day(choice.tot) if choice.tot else "nu"
    notes = [
        ("Wat", "Geschiedenis van het beheer"),
        ("Soort", str(choice.soort or "alles")),
        ("Periode", period),
    ]
    return answer_table(
        taking, choice.vorm, Written("geschiedenis", _COLUMNS, rows), stem="geschiedenis-beheer", notes=notes
    )


def subject_of(change: AdminChange) -> str:
    """What was changed, in words."""
    if change.kind == Subject.JOB:
        return NAMES.get(change.about, change.about)
    if change.kind == Subject.PAPER:
        return "een antwoord in de stukken"
    return _LABELS.get(change.about, change.about)


def in_words(values: Any) -> list[str]:
    """What something was or is, line by line.

    Examples
    --------
    >>> in_words({"gepauzeerd": True, "detection.min_reports": 8, "gebieden": ["Noord", "Zuid"]})
    ['gepauzeerd: ja', 'Minste aantal meldingen: 8', 'gebieden: Noord, Zuid']
    """
    if values is None:
        return []
    if not isinstance(values, Mapping):
        return [_value(values)]
    return [f"{_LABELS.get(name, name)}: {_value(value)}" for name, value in values.items()]


def _hidden_from(asked: AdminRequest) -> tuple[Subject, ...]:
    """What this reader is not told: that a person asked what is kept about them."""
    return () if may(asked.actor, Right.HANDLE_REQUESTS, None) else (Subject.REQUEST,)


def _value(value: Any) -> str:
    if value is None:
        return "niets"
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, int):
        return number(value)
    if isinstance(value, float):
        return f"{value:g}".replace(".", ",")
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {_value(inner)}" for name, inner in value.items()) or "niets"
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value)) or "niets"
    return str(value)


def _read(
    asked: AdminRequest,
    connection: Connection,
    choice: Choice,
    *,
    offset: int = 0,
    limit: int | None = None,
) -> list[AdminChange]:
    midnight = asked.settings.municipality.midnight
    return read_changes(
        connection,
        kind=choice.soort,
        without=_hidden_from(asked),
        since=None if choice.van is None else midnight(choice.van),
        until=None if choice.tot is None else midnight(choice.tot + timedelta(days=1)),
        offset=offset,
        limit=limit,
    )
