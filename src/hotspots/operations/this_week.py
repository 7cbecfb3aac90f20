"""The week at a glance: what came in since the last round, what was refused of it, what waits for people."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from hotspots.access.rights import Actor, Right, Role
from hotspots.operations.health_figures import HealthFigures, ImportFigures
from hotspots.store.case_tables import users
from hotspots.store.operation_tables import rule_changes
from hotspots.store.records import select_as
from hotspots.store.report_tables import imports
from hotspots.tracking.samples import count_waiting


@dataclass(frozen=True)
class CameIn:
    """What came in of one source."""

    source: str
    imports: tuple[ImportFigures, ...]  # the last first

    def total(self, name: str) -> int:
        """The sum of one of the counts of its imports."""
        return sum(getattr(line, name) for line in self.imports)

    @property
    def with_refused(self) -> tuple[ImportFigures, ...]:
        """The imports of which rows were refused."""
        return tuple(line for line in self.imports if line.rejected)

    @property
    def misread(self) -> tuple[tuple[ImportFigures, int], ...]:
        """The imports of which something was read otherwise than it stands there, with how often."""
        counted = ((line, sum(line.notes.values())) for line in self.imports)
        return tuple((line, times) for line, times in counted if times)


@dataclass(frozen=True)
class Waiting:
    """Something that waits for a person; where it is done, and what one needs to do it."""

    count: int
    one: str
    more: str
    link: str
    right: Right


@dataclass(frozen=True)
class Step:
    """One step of setting up an installation."""

    name: str
    link: str
    right: Right
    is_done: bool


def read_came_in(connection: Connection, since: datetime | None) -> list[CameIn]:
    """What was imported since a moment, or ever, by source."""
    query = select_as(ImportFigures, imports).order_by(imports.c.id.desc())
    if since is not None:
        query = query.where(imports.c.started_at >= since)
    found: dict[str, list[ImportFigures]] = {}
    for row in connection.execute(query):
        line = ImportFigures(*row)
        found.setdefault(line.source, []).append(line)
    return [CameIn(source, tuple(lines)) for source, lines in sorted(found.items())]


def read_waiting(
    connection: Connection, figures: HealthFigures, *, actor: Actor, unclear: int
) -> list[Waiting]:
    """What waits, without what is nought; of samples only for who never verifies.

    Parameters
    ----------
    unclear
        How many addresses only a person can locate.
    """
    asked = connection.execute(select(users.c.asked)).scalars()
    proposed = select(func.count()).select_from(rule_changes).where(rule_changes.c.outcome.is_(None))
    waiting = [
        Waiting(
            unclear,
            "adres dat alleen iemand kan plaatsen",
            "adressen die alleen iemand kan plaatsen",
            "/beheer/adressen",
            Right.REVIEW_ADDRESSES,
        ),
        Waiting(
            count_waiting(connection) if actor.role is Role.BEHEERDER else 0,
            "steekproef zonder besluit",
            "steekproeven zonder besluit",
            "/leren",
            Right.READ_LEARNING,
        ),
        Waiting(
            len(figures.alerts),
            "waarschuwing van de afgelopen week",
            "waarschuwingen van de afgelopen week",
            "/beheer#waarschuwingen",
            Right.READ_OPERATIONS,
        ),
        Waiting(
            sum(bool(rights) for rights in asked),  # none is null, by JSON or by SQL
            "gebruiker met rechten die op een tweede persoon wachten",
            "gebruikers met rechten die op een tweede persoon wachten",
            "/beheer/gebruikers",
            Right.MANAGE_USERS,
        ),
        Waiting(
            int(connection.execute(proposed).scalar_one()),
            "voorstel voor andere regels dat op een tweede persoon wacht",
            "voorstellen voor andere regels die op een tweede persoon wachten",
            "/beheer/regels",
            Right.TRY_RULES,
        ),
    ]
    return [one for one in waiting if one.count]


def first_steps(figures: HealthFigures) -> list[Step]:
    """The steps from an empty installation to a first list; none when all are done, or of made-up reports."""
    first, last_run = figures.first_import, figures.last_run
    has_delivery = first is not None
    has_list = first is not None and last_run is not None and last_run.finished_at >= first
    steps = [
        Step(
            "Lees de grenzen van de buurten in",
            "/beheer/gebieden",
            Right.READ_OPERATIONS,
            bool(figures.areas.count and not figures.areas.approximate_count),
        ),
        Step(
            "Lees het adressenbestand in",
            "/beheer/adresbestand",
            Right.MANAGE_AREAS,
            bool(figures.address_count),
        ),
        Step(
            "Kies hoe de levering van uw bron wordt gelezen",
            "/beheer/bronnen",
            Right.IMPORT_REPORTS,
            has_delivery,
        ),
        Step("Lees de eerste levering in", "/beheer/imports", Right.IMPORT_REPORTS, has_delivery),
        Step(
            "Bevestig de bewaartermijnen",
            "/beheer/bewaren",
            Right.READ_OPERATIONS,
            figures.is_retention_confirmed,
        ),
        Step("Doe de eerste ronde", "/beheer/taken/weekly", Right.READ_OPERATIONS, has_list),
    ]
    return [] if figures.is_simulated or all(step.is_done for step in steps) else steps
