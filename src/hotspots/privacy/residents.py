"""What is held of who lives at an address: whether it is or was a listed dwelling, and what that says.

A dwelling points at who lives there, so they may ask. What others reported about it is theirs: how many is
told in steps of five and no text, day or reporter is, as one neighbour could be known by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, func, select

from hotspots.access.access_log import log_access
from hotspots.casework.exact_data import addresses_of_dwelling
from hotspots.errors import SubjectError
from hotspots.geocoding.index import METRES_PER_DEGREE
from hotspots.geocoding.locating import Query, match_one
from hotspots.geocoding.register_store import load_register
from hotspots.intake.reporter_key import load_reporter_key
from hotspots.model import Soort
from hotspots.privacy.erasures import Erasure, add_erasures
from hotspots.privacy.expired_places import dwellings_over, remove_dwellings
from hotspots.privacy.reporters import (
    BY_COMMAND,
    Erased,
    Handling,
    forget_what_was_answered,
    readings_told,
    wiped,
)
from hotspots.settings import Settings
from hotspots.store.case_tables import case_links, comments, enrichments, measures, verdicts
from hotspots.store.database import Database
from hotspots.store.metadata import WIPE_DUE, write_fact
from hotspots.store.report_tables import report_locations
from hotspots.store.run_tables import detection_reports, detections, hotspot_states, hotspots, runs

STEP = 5
"""How many reports of others are told is in steps of so many."""

_TEXTS = (verdicts, enrichments, comments, measures)


@dataclass(frozen=True)
class Residence:
    """An address of the register."""

    words: str
    key: str  # as reports name it
    lon: float
    lat: float

    @property
    def house(self) -> str:
        """Street and number."""
        return self.words.partition(", ")[0]


@dataclass(frozen=True)
class Dwelling:
    """A place on the list, now or before, that is this address."""

    hotspot_id: str
    number: str
    record: dict[str, Any]


def find_residence(connection: Connection, settings: Settings, text: str) -> Residence:
    """Find the one address of the register that is meant.

    Raises
    ------
    SubjectError
        If none is, or more than one.
    """
    register = load_register(connection, settings)
    match = match_one(Query(free_text=text.strip()), register)
    if match.candidates:
        raise SubjectError(
            "wanted one address, found several",
            "Dit kan meer dan één adres zijn. Schrijf ook de postcode op.",
        )
    if not match.is_house or match.address < 0:
        raise SubjectError(
            "wanted an address of the register, found none",
            "Dit adres staat niet in het adresbestand. Schrijf straat, huisnummer en postcode op.",
        )
    key = register.key_of(match.address)
    return Residence(register.index.label(match.address), key, match.lon, match.lat)


def export_resident(
    database: Database, settings: Settings, address: str, *, now: datetime, handling: Handling = BY_COMMAND
) -> dict[str, Any]:
    """Everything kept about who lives at an address, JSON-able; logged as a reading of each dwelling found.

    Raises
    ------
    SubjectError
        As :func:`find_residence`.
    """
    with database.writing() as connection:
        residence = find_residence(connection, settings, address)
        found = dwellings_at(connection, settings, residence)
        for one in found:
            log_access(
                connection,
                actor=handling.actor,
                right=handling.right,
                report_count=0,
                now=now,
                hotspot_id=one.hotspot_id,
                reason=handling.reason,
            )
        named = _count_naming(connection, residence)
        not_listed = _runs_not_listed(connection, residence)
        handling.also(connection, {"woningOpLijst": len(found)})
    return {
        "soort": "bewoner",
        "adres": residence.words,
        "gegevenOp": now.isoformat(),
        "woningOpLijst": [one.record for one in found],
        "rondesBekekenNietOpLijst": [day.isoformat() for day in not_listed],
        "meldingenOverDitAdres": in_steps(named),
        "toelichting": (
            "Wie over uw adres meldde en wat er in die meldingen staat, vertellen wij niet: dat zijn "
            "gegevens van anderen. Daarom staan aantallen in stappen van vijf. Namen van bewoners "
            "kennen wij niet."
        ),
    }


def erase_resident(
    database: Database, settings: Settings, address: str, *, now: datetime, handling: Handling = BY_COMMAND
) -> Erased:
    """Keep of the places at an address that are closed or over only in which buurt they were; logged.

    What is still on the list stays: people decide on it first. What others reported stays until its period.

    Raises
    ------
    SubjectError
        As :func:`find_residence`.
    """
    erased = Erased()
    with database.writing() as connection:
        residence = find_residence(connection, settings, address)
        found = dwellings_at(connection, settings, residence)
        over = {hotspot_id for hotspot_id, _ in dwellings_over(connection, now)}
        gone = sorted(one.hotspot_id for one in found if one.hotspot_id in over)
        today = settings.municipality.local_day(now)
        erased.counts["dwellings"] = remove_dwellings(connection, now, today, now=now, among=gone)
        if gone:
            forget_what_was_answered(connection)
            key = load_reporter_key(connection, settings.privacy)
            write_fact(connection, WIPE_DUE, "yes")
            add_erasures(settings, [Erasure("dwelling", now, key.first.sealed(one)) for one in gone])
        handling.also(connection, erased.counts)
    listed = len(found) - len(gone)
    if listed:
        erased.kept["plekken waar nog aan wordt gewerkt"] = (
            f"{listed}: daarover besluiten eerst mensen; is de plek gesloten of voorbij, dan kan dit opnieuw"
        )
    if gone:
        erased.kept["aantallen"] = (
            "dat er in de buurt een plek op de lijst stond telt mee in de cijfers, zonder adres"
        )
    erased.kept["meldingen van anderen over dit adres"] = (
        f"het adres daarin gaat {settings.retention.location_days} dagen na de melding weg: tot dan moet de "
        "gemeente de overlast kunnen volgen"
    )
    return wiped(database, erased)


def dwellings_at(connection: Connection, settings: Settings, residence: Residence) -> list[Dwelling]:
    """The places of the kind woning, now or before, that are this address; by number."""
    reach = 2 * settings.detection.elsewhere_m / METRES_PER_DEGREE
    states, aside = hotspot_states.c, 2 * reach
    rows = connection.execute(
        select(states.hotspot_id, states.lon, states.lat, hotspots.c.number, runs.c.as_of)
        .join(hotspots, hotspots.c.id == states.hotspot_id)
        .join(runs, runs.c.id == states.run_id)
        .where(
            states.soort == str(Soort.WONING),
            states.lon.between(residence.lon - aside, residence.lon + aside),
            states.lat.between(residence.lat - reach, residence.lat + reach),
            hotspots.c.place_removed_on.is_(None),
        )
        .order_by(runs.c.as_of)
    )
    last = {row.hotspot_id: row for row in rows}
    found = []
    for row in sorted(last.values(), key=lambda row: row.number):
        ids = _reports_of(connection, row.hotspot_id)
        if residence.house in addresses_of_dwelling(connection, settings, ids, row.lon, row.lat):
            found.append(_dwelling(connection, row.hotspot_id, row.number))
    return found


def in_steps(count: int) -> str:
    """How many there are, in steps that hide a single one.

    Examples
    --------
    >>> [in_steps(count) for count in (0, 3, 5, 12)]
    ['geen', 'minder dan 5', '5 tot 10', '10 tot 15']
    """
    if count == 0:
        return "geen"
    low = count // STEP * STEP
    return f"{low} tot {low + STEP}" if low else f"minder dan {STEP}"


def _dwelling(connection: Connection, hotspot_id: str, number: str) -> Dwelling:
    rows = connection.execute(
        select(hotspot_states, runs.c.as_of)
        .join(runs, runs.c.id == hotspot_states.c.run_id)
        .where(hotspot_states.c.hotspot_id == hotspot_id)
        .order_by(runs.c.as_of)
    ).all()
    case = connection.execute(select(hotspots).where(hotspots.c.id == hotspot_id)).one()
    listed = [row.as_of for row in rows if row.is_signalled]
    is_last = bool(rows) and rows[-1].is_signalled
    texts = sum(_count_of(connection, table, hotspot_id) for table in _TEXTS)
    own = select(hotspots.c.id).where(hotspots.c.id == hotspot_id)
    record = {
        "nummer": number,
        "staatNuOpDeLijst": is_last,
        "rondesOpDeLijst": [day.isoformat() for day in listed],
        "status": case.status,
        "oordeelVanDeGemeente": case.verdict,
        "voorstelVanDeSoftware": rows[-1].indicatie,
        "aantalMeldingen": in_steps(max(row.report_count for row in rows)),
        "tekstenVanMedewerkers": texts,
        "zakenInAndereSystemen": _count_of(connection, case_links, hotspot_id),
        "gelezenDoor": readings_told(connection, own),
    }
    return Dwelling(hotspot_id, number, record)


def _count_of(connection: Connection, table: Table, hotspot_id: str) -> int:
    query = select(func.count()).select_from(table).where(table.c.hotspot_id == hotspot_id)
    return int(connection.execute(query).scalar_one())


def _reports_of(connection: Connection, hotspot_id: str) -> Sequence[int]:
    query = (
        select(detection_reports.c.report_id)
        .join(hotspot_states, hotspot_states.c.detection_id == detection_reports.c.detection_id)
        .where(hotspot_states.c.hotspot_id == hotspot_id)
        .distinct()
    )
    return connection.execute(query).scalars().all()


def _count_naming(connection: Connection, residence: Residence) -> int:
    query = select(func.count()).where(report_locations.c.address_key == residence.key)
    return int(connection.execute(query).scalar_one())


def _runs_not_listed(connection: Connection, residence: Residence) -> list[date]:
    """The runs that looked at reports of this address as a dwelling, and did not put it on the list."""
    query = (
        select(runs.c.as_of)
        .join(detections, detections.c.run_id == runs.c.id)
        .join(detection_reports, detection_reports.c.detection_id == detections.c.id)
        .join(report_locations, report_locations.c.report_id == detection_reports.c.report_id)
        .where(
            and_(
                report_locations.c.address_key == residence.key,
                detections.c.soort == str(Soort.WONING),
                ~detections.c.signalled,
            )
        )
        .distinct()
        .order_by(runs.c.as_of)
    )
    return list(connection.execute(query).scalars())
