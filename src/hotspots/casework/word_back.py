"""Word back to who reported a place: the numbers of their reports, and a text for the report desk to send.

Nothing is sent from here. The text tells what is done and since when; of a place that may point at a person
only its buurt, and of a measure that may do so only that there is one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from hotspots.access.rights import Right
from hotspots.casework.cases import Case, CaseAccess, OpenCase, require_status, rows_of
from hotspots.casework.exact_data import log_reading
from hotspots.casework.workflow import MeasureKind
from hotspots.intake.reporter_key import ERASED, HASHED_ID
from hotspots.model import Soort, Status
from hotspots.store.case_tables import measures
from hotspots.store.report_tables import reports
from hotspots.tracking.hotspot import Hotspot
from hotspots.wording import day

ANSWERABLE = (Status.IN_AANPAK, Status.NAZORG)
"""Where a hotspot stands when there is something to tell who reported it."""

TOLD_MEASURES: Mapping[MeasureKind, str] = {
    MeasureKind.GESPREK: "gesprekken met de mensen die het aangaat",
    MeasureKind.BUURTBEMIDDELING: "hulp bij gesprekken tussen buren",
    MeasureKind.JONGERENWERK: "jongerenwerkers op straat",
    MeasureKind.TOEZICHT: "extra toezicht op straat",
    MeasureKind.CAMERATOEZICHT: "toezicht met camera's",
    MeasureKind.INRICHTING: "een andere inrichting van de plek",
}
"""What a measure is called to everyone; any other is about somebody."""

ABOUT_SOMEBODY = "een maatregel waarover wij niet meer mogen vertellen"


@dataclass(frozen=True)
class ReportNumber:
    """The number of a report at its source."""

    source: str
    number: str
    day: date  # local, on which it was made


@dataclass(frozen=True)
class WordBack:
    """What the report desk needs to answer who reported a place."""

    number: str
    text: str
    reports: Sequence[ReportNumber]
    nameless_count: int  # reports without a number to answer to: erased, or kept as a hash


def read_word_back(access: CaseAccess, hotspot: Hotspot, *, taken_as: str | None = None) -> WordBack:
    """Read the numbers of the reports of a place, and write the text; every reading is logged.

    Parameters
    ----------
    hotspot
        The place as everyone who may know of it reads it.
    taken_as
        Kind of the file in which it leaves the house, for the log.

    Raises
    ------
    NotFoundError, ForbiddenError
        If there is no such hotspot for this actor, or the actor may not read its reports.
    WorkflowError
        If nothing is done about it yet.
    """
    with access.changing(Right.READ_TEXTS) as opened:
        case = opened.case
        require_status(case, ANSWERABLE, "answers to reporters")
        ids = log_reading(opened, Right.READ_TEXTS, taken_as=taken_as)
        query = select(reports.c.source, reports.c.source_id, reports.c.reported_at).where(
            reports.c.id.in_(ids)
        )
        rows = opened.connection.execute(query.order_by(reports.c.reported_at, reports.c.id)).all()
        local_day = access.settings.municipality.local_day
        named = [row for row in rows if not row.source_id.startswith((ERASED, HASHED_ID))]
        return WordBack(
            number=case.number,
            text=_text(opened, case, hotspot),
            reports=[ReportNumber(row.source, row.source_id, local_day(row.reported_at)) for row in named],
            nameless_count=len(rows) - len(named),
        )


def _text(opened: OpenCase, case: Case, hotspot: Hotspot) -> str:
    name, settings = opened.settings.municipality.name, opened.settings
    is_of_somebody = case.points_at_persons or case.soort is Soort.WONING
    where = hotspot.buurtnaam if is_of_somebody else hotspot.naam
    today = settings.municipality.local_day(opened.now)
    told = [
        _line(MeasureKind(row.kind), row.starts_on, row.ends_on, today, is_of_somebody=is_of_somebody)
        for row in rows_of(measures, opened)
        if not row.is_withdrawn
    ]
    lines = [
        "Beste bewoner,",
        "",
        f"U meldde overlast{f' bij {where}' if where else ''}. Dank u wel.",
        "Door uw melding weten wij wat er speelt.",
        "",
        "Dit doen wij eraan:",
        *dict.fromkeys(told),
        "",
        "Blijft de overlast, of wordt het erger? Meld het dan opnieuw. Zo weten wij of het helpt.",
        "",
        "Met vriendelijke groet,",
        f"Gemeente {name}" if name else "De gemeente",
    ]
    return "\n".join(lines)


def _line(kind: MeasureKind, starts: date, ends: date | None, today: date, *, is_of_somebody: bool) -> str:
    what = ABOUT_SOMEBODY if is_of_somebody else TOLD_MEASURES.get(kind, ABOUT_SOMEBODY)
    when = f"{'sinds' if starts <= today else 'vanaf'} {day(starts)}"
    return f"- {what}, {when}" + (f" tot en met {day(ends)}" if ends else "")
