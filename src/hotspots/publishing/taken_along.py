"""What leaves the house as a file: its kind, what is said of it, and the log where persons are in it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, select

from hotspots.access.access_log import log_access
from hotspots.access.rights import Actor, Right, Visibility, touches_persons
from hotspots.settings import MunicipalitySettings
from hotspots.store.audit import add_line
from hotspots.store.database import Database
from hotspots.store.run_tables import hotspots as hotspot_table
from hotspots.tracking.hotspot import Hotspot
from hotspots.wording import day, listed

NOBODY = Actor("", "niet aangemeld", None)
"""Who takes a file along where reading is open to everyone."""


class Kind(StrEnum):
    """The kinds of files that can be taken along from a page, as its address names them."""

    CSV = "csv"
    XLSX = "xlsx"
    GEOJSON = "geojson"
    GPKG = "gpkg"
    PARQUET = "parquet"
    PNG = "png"
    SVG = "svg"


PICTURES = (Kind.PNG, Kind.SVG)
"""The kinds that are a picture of a map."""


@dataclass
class Passing:
    """Hotspots on their way into a file, and how many reports those have that point at persons."""

    ever_persons: frozenset[str]
    found: dict[str | None, int] = field(default_factory=dict)

    @classmethod
    def on(cls, connection: Connection) -> "Passing":
        """Begin, with which hotspots pointed at persons in any run."""
        query = select(hotspot_table.c.id).where(hotspot_table.c.points_at_persons)
        return cls(frozenset(connection.execute(query).scalars()))

    def through(self, hotspots: Iterable[Hotspot]) -> Iterator[Hotspot]:
        """Give the same hotspots."""
        for hotspot in hotspots:
            if hotspot.id in self.ever_persons or touches_persons(hotspot.soort, hotspot.aantal_melders):
                self.found[hotspot.id] = hotspot.aantal_meldingen
            yield hotspot


def log_taken(
    database: Database,
    *,
    actor: Actor | None,
    persons: Mapping[str | None, int],
    kind: str,
    now: datetime,
) -> None:
    """Record that a file with hotspots leaves the house, before it is given.

    Parameters
    ----------
    persons
        Of the hotspots in it that point at persons: how many reports each has, by its id; None for places
        that are no hotspots. Each gets a line in the access log.
    """
    with database.writing() as connection:
        for hotspot_id, report_count in sorted(persons.items(), key=lambda one: one[0] or ""):
            log_access(
                connection,
                actor=actor or NOBODY,
                right=Right.READ_DWELLINGS,
                report_count=report_count,
                now=now,
                hotspot_id=hotspot_id,
                taken_as=str(kind),
            )
        add_line(connection, "kaart maken" if kind in PICTURES else "lijst uitvoeren", now=now)


def notes_on(
    *,
    what: str,
    choice: str,
    state: str,
    actor: Actor | None,
    visibility: Visibility,
    municipality: MunicipalitySettings,
    now: datetime,
    is_simulated: bool,
    stopped: str = "",
) -> list[tuple[str, str]]:
    """Say of a file what it holds, of which day, by which choice, made by whom, and by which rights.

    Parameters
    ----------
    what
        Title of the page.
    choice
        The filter of the page in words.
    state
        Of which day it is.
    stopped
        That signalling is stopped, in a sentence; empty while it runs.
    """
    made = now.astimezone(municipality.zone)
    who = (actor or NOBODY).name + (f" ({actor.organisation})" if actor and actor.organisation else "")
    notes = [
        ("Wat", what),
        ("Stand", state),
        ("Keuze", choice),
        ("Gemaakt op", f"{day(made.date())}, {made:%H:%M}"),
        ("Gemaakt door", who),
        ("Rechten", rights_in_words(visibility)),
        ("Let op", "Een plek op de lijst is een signaal, geen oordeel. Deel niet meer dan nodig is."),
    ]
    if stopped:
        notes.append(("Zoeken", stopped))
    if is_simulated:
        notes.append(("Gegevens", "Gesimuleerd: deze meldingen en hotspots zijn verzonnen, als voorbeeld."))
    return notes


def rights_in_words(visibility: Visibility) -> str:
    """Which places are in a file for a reader, and how those are told.

    Examples
    --------
    >>> rights_in_words(Visibility(frozenset({"Wyck"}), frozenset()))[:47]
    'Plekken in Wyck. Woningen en plekken met één me'
    """
    where = _where(visibility.gebieden)
    if visibility.is_everything:
        return f"Alle plekken in {where}, ook woningen en plekken met één melder."
    if visibility.sees_reports_everywhere:
        return f"Plekken in {where}, ook woningen en plekken met één melder."
    if visibility.dwellings:
        left_out = f"staan er alleen in van {_where(visibility.dwellings)}"
        exact = f" in andere gebieden dan {_where(visibility.dwellings)}"
    else:
        left_out, exact = "staan er niet in", ""
    return (
        f"Plekken in {where}. Woningen en plekken met één melder {left_out}. De cijfers{exact} veranderen "
        "pas als er vijf meldingen bij zijn gekomen: zo is niet te zien wie wanneer meldde."
    )


def _where(gebieden: frozenset[str] | None) -> str:
    if gebieden is None:
        return "alle gebieden"
    return listed(sorted(gebieden)) if gebieden else "geen gebied"
