"""The yearly check: how buurten differ in what is signalled, verified and rejected, and what that shows.

What is signalled are the places that the software put on the list in the year for the first time; those that
people put there, and blind samples, are not. Verified and rejected are what people had decided on these when
the year was over. They are set against reports, against inhabitants, and rejected also against what was
judged, by :mod:`hotspots.statistics.area_differences`. A reader who may not know of every place gets the
counts that the page of the year tells, and no comparison.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection

from hotspots.access.rights import Visibility
from hotspots.files.written_tables import Written
from hotspots.publishing.year.account import YearAccount, read_year_account
from hotspots.publishing.year.period import Period
from hotspots.publishing.year.places import Decision, FoundPlace
from hotspots.publishing.year.reports import NO_BUURT
from hotspots.settings import Settings
from hotspots.statistics.area_differences import (
    AreaDifferences,
    AreaRate,
    rate_differences,
    share_differences,
)
from hotspots.store.areas import load_areas
from hotspots.wording import count, listed, number, percentage

CONFIRMED = (Decision.VEILIGHEID, Decision.LEEFBAARHEID)


class Subject(StrEnum):
    """What is compared; Dutch, as every output names it."""

    REPORTED = "meldingen per 1.000 inwoners"
    SIGNALLED_BY_REPORTS = "op de lijst per 100 meldingen"
    SIGNALLED_BY_PEOPLE = "op de lijst per 1.000 inwoners"
    VERIFIED_BY_REPORTS = "bevestigd per 100 meldingen"
    VERIFIED_BY_PEOPLE = "bevestigd per 1.000 inwoners"
    REJECTED_BY_REPORTS = "afgewezen per 100 meldingen"
    REJECTED_BY_PEOPLE = "afgewezen per 1.000 inwoners"
    REJECTED_OF_JUDGED = "afgewezen van wat is beoordeeld"


@dataclass(frozen=True)
class BuurtCounts:
    """What a year came to in one buurt; None is what the reader is not told, or nobody knows."""

    code: str
    name: str
    gebied: str
    inhabitants: int | None
    reports: int | None
    signalled: int
    verified: int
    rejected: int

    @property
    def undecided(self) -> int:
        """How many places nobody decided on."""
        return self.signalled - self.verified - self.rejected


@dataclass(frozen=True)
class YearlyCheck:
    """The check of one year.

    Attributes
    ----------
    until, is_over
        The last day that is known, and whether that is all of the year.
    is_exact
        Whether the reader may know of every place; else nothing is compared.
    buurten
        By gebied and name; last, if there is any, what lies in no known buurt, which is not compared.
    measures
        What was compared, by subject.
    shows, does_not_show
        Plain sentences.
    """

    year: int
    until: date
    is_over: bool
    is_exact: bool
    buurten: Sequence[BuurtCounts]
    measures: Mapping[Subject, AreaDifferences]
    shows: Sequence[str]
    does_not_show: Sequence[str]


def read_yearly_check(
    connection: Connection, settings: Settings, *, year: int, visibility: Visibility, today: date
) -> YearlyCheck:
    """Read and compare what a calendar year came to per buurt, as far as a reader may know."""
    account = read_year_account(
        connection,
        settings,
        period=Period.of_year(year),
        visibility=visibility,
        cases=frozenset(),  # measures are not compared
        today=today,
    )
    return check_account(connection, settings, account)


def check_account(connection: Connection, settings: Settings, account: YearAccount) -> YearlyCheck:
    """Compare what a calendar year came to per buurt, for the reader of its account."""
    year = account.period.first.year
    areas = load_areas(connection, settings.areas.gebieden)
    people = {
        str(code): int(inhabitants)
        for code, inhabitants in zip(areas["buurtcode"], areas["inhabitants"], strict=True)
        if inhabitants == inhabitants and inhabitants is not None
    }
    ours = [place for place in account.places.rows if not (place.is_nominated or place.is_sample)]
    signalled = _per_buurt(ours, lambda _: True)
    verified = _per_buurt(ours, lambda place: place.decision in CONFIRMED)
    rejected = _per_buurt(ours, lambda place: place.decision is Decision.GEEN_HOTSPOT)
    known = {line.code for line in account.buurten} - {NO_BUURT}

    def counts(code: str, of: Counter[str]) -> int:
        if code != NO_BUURT:
            return of[code]
        return sum(some for buurt, some in of.items() if buurt not in known)

    buurten = [
        BuurtCounts(
            code=line.code,
            name=line.name,
            gebied=line.gebied,
            inhabitants=people.get(line.code),
            reports=line.reports,
            signalled=counts(line.code, signalled),
            verified=counts(line.code, verified),
            rejected=counts(line.code, rejected),
        )
        for line in account.buurten
    ]
    measures = compare_buurten(buurten) if account.is_exact else {}
    return YearlyCheck(
        year=year,
        until=account.until,
        is_over=account.is_over,
        is_exact=account.is_exact,
        buurten=buurten,
        measures=measures,
        shows=_shows(buurten, measures, year) if account.is_exact else (),
        does_not_show=_does_not_show(buurten, is_exact=account.is_exact),
    )


def compare_buurten(buurten: Sequence[BuurtCounts]) -> dict[Subject, AreaDifferences]:
    """Compare the buurten on each subject; where reports or inhabitants are unknown a buurt is left out."""
    own = [buurt for buurt in buurten if buurt.code != NO_BUURT]

    def of(read: Callable[[BuurtCounts], int]) -> dict[str, int]:
        return {buurt.code: read(buurt) for buurt in own}

    reports = {buurt.code: (buurt.reports or 0) / 100 for buurt in own}
    people = {buurt.code: (buurt.inhabitants or 0) / 1000 for buurt in own}
    signalled, verified = of(lambda buurt: buurt.signalled), of(lambda buurt: buurt.verified)
    rejected = of(lambda buurt: buurt.rejected)
    judged = of(lambda buurt: buurt.verified + buurt.rejected)
    return {
        Subject.REPORTED: rate_differences(of(lambda buurt: buurt.reports or 0), people),
        Subject.SIGNALLED_BY_REPORTS: rate_differences(signalled, reports),
        Subject.SIGNALLED_BY_PEOPLE: rate_differences(signalled, people),
        Subject.VERIFIED_BY_REPORTS: rate_differences(verified, reports),
        Subject.VERIFIED_BY_PEOPLE: rate_differences(verified, people),
        Subject.REJECTED_BY_REPORTS: rate_differences(rejected, reports),
        Subject.REJECTED_BY_PEOPLE: rate_differences(rejected, people),
        Subject.REJECTED_OF_JUDGED: share_differences(rejected, judged),
    }


def check_table(check: YearlyCheck) -> Written:
    """Give the check as one table, a row per buurt: counts, and each rate with its limits."""
    columns = ["buurtcode", "buurt", "gebied", "inwoners", "meldingen", "opDeLijst", "bevestigd", "afgewezen"]
    columns.append("nogNietBesloten")
    parts = ("", " ondergrens", " bovengrens", " valt op")
    columns += [f"{subject}{part}" for subject in check.measures for part in parts]
    rows: list[list[object]] = []
    for buurt in check.buurten:
        row: list[object] = [buurt.code or None, buurt.name, buurt.gebied, buurt.inhabitants, buurt.reports]
        row += [buurt.signalled, buurt.verified, buurt.rejected, buurt.undecided]
        for found in check.measures.values():
            row += _cells(found.areas.get(buurt.code))
        rows.append(row)
    return Written("jaarlijkse toets", columns, rows)


def check_notes(check: YearlyCheck) -> list[tuple[str, str]]:
    """What is said of the table on the second sheet of a workbook."""
    return [
        ("Jaar", str(check.year)),
        *(("Wat dit laat zien", sentence) for sentence in check.shows),
        *(("Wat dit niet laat zien", sentence) for sentence in check.does_not_show),
        *(("Hoe er is gerekend", sentence) for sentence in METHOD),
    ]


METHOD = (
    (
        "Op de lijst telt wat de software in dit jaar voor het eerst op de lijst zette. Wat mensen zelf "
        "aandroegen telt niet mee."
    ),
    "Bevestigd en afgewezen is wat mensen aan het einde van het jaar daarover hadden besloten.",
    (
        "De marges van aantallen zijn die van Garwood (Poisson, exact), die van aandelen die van Clopper en "
        "Pearson. Zij gelden met 95% zekerheid."
    ),
    (
        "Elke buurt is vergeleken met alle andere buurten samen, met een exacte toets. Wie naar veel "
        "buurten kijkt, ziet er altijd wel een die toevallig afwijkt. Daarom is per vergelijking het niveau "
        "gedeeld door het aantal buurten (Bonferroni): als er geen verschil is, valt in 19 van de 20 "
        "gevallen geen enkele buurt op."
    ),
    (
        "Of alle buurten samen meer verschillen dan toeval, is getoetst door de aantallen 9.999 keer opnieuw "
        "te verdelen."
    ),
)
"""How it was computed, for who reads the figures."""


def _per_buurt(places: Sequence[FoundPlace], is_meant: Callable[[FoundPlace], bool]) -> Counter[str]:
    return Counter(place.buurtcode or NO_BUURT for place in places if is_meant(place))


def _cells(area: AreaRate | None) -> list[object]:
    if area is None:
        return [None, None, None, None]
    word = "" if not area.stands_out else "hoger" if area.is_higher else "lager"
    return [round(area.value, 4), round(area.low, 4), round(area.high, 4), word]


def _shows(
    buurten: Sequence[BuurtCounts], measures: Mapping[Subject, AreaDifferences], year: int
) -> list[str]:
    names = {buurt.code: buurt.name for buurt in buurten}
    signalled = sum(buurt.signalled for buurt in buurten)
    verified, rejected = (sum(getattr(buurt, name) for buurt in buurten) for name in ("verified", "rejected"))
    reports = sum(buurt.reports or 0 for buurt in buurten)
    told = [
        (
            f"In {year} kwamen er {count(reports, 'melding', 'meldingen')}, en zette de software "
            f"{count(signalled, 'plek', 'plekken')} op de lijst. Mensen bevestigden er {number(verified)} en "
            f"wezen er {number(rejected)} af. Over {number(signalled - verified - rejected)} was nog niet "
            "besloten."
        )
    ]
    for subject, found in measures.items():
        told += _about(subject, found, names)
    if not any(found.that_stand_out for found in measures.values()):
        told.append("Geen enkele buurt valt op, als rekening wordt gehouden met het aantal buurten.")
    return told


def _about(subject: Subject, found: AreaDifferences, names: Mapping[str, str]) -> list[str]:
    told = []
    if found.p is not None and found.p <= LEVEL:
        chance = "minder dan 0,1%" if found.p < SMALLEST else percentage(found.p, 1)
        told.append(
            f"{_first_upper(subject)}: de buurten verschillen samen meer dan toeval verklaart (kans "
            f"{chance})."
        )
    for is_higher, word in ((True, "hoger"), (False, "lager")):
        out = [names[area.code] for area in found.that_stand_out if area.is_higher is is_higher]
        if out:
            told.append(f"{_first_upper(subject)}: {word} dan elders in {listed(out)}.")
    return told


def _does_not_show(buurten: Sequence[BuurtCounts], *, is_exact: bool) -> list[str]:
    told = []
    if not is_exact:
        told.append(
            "U ziet alleen plekken en cijfers die u mag weten, zonder woningen en afgerond. Daarom "
            "wordt er niets vergeleken. De privacyfunctionaris ziet de hele toets."
        )
    judged = sum(buurt.verified + buurt.rejected for buurt in buurten)
    if is_exact and judged < FEW:
        told.append(
            f"Er {'is' if judged == 1 else 'zijn'} {count(judged, 'plek', 'plekken')} beoordeeld. Met zo "
            "weinig kan er een verschil tussen buurten zijn dat deze toets niet ziet."
        )
    unknown = sum(buurt.inhabitants is None for buurt in buurten if buurt.code != NO_BUURT)
    if unknown:
        told.append(
            f"Van {count(unknown, 'buurt', 'buurten')} is het aantal inwoners niet bekend: die staan "
            "niet in de vergelijking met inwoners."
        )
    return [
        *told,
        "Een verschil zegt niet waarom het er is. Er kan echt meer overlast zijn, of er wordt vaker gemeld.",
        (
            "Meldingen zijn niet hetzelfde als overlast. Waar mensen niet melden, ziet de software niets. "
            "Dat ziet deze toets ook niet."
        ),
        "De toets gaat over buurten, niet over groepen mensen. De software weet niet wie er woont.",
        "Meldingen over één nacht of van één melder hangen samen. Dan zijn de marges te smal.",
    ]


LEVEL = 0.05
SMALLEST = 0.001
FEW = 100
"""With fewer verdicts a difference of a factor two is easily missed."""


def _first_upper(subject: Subject) -> str:
    return f"{subject[0].upper()}{subject[1:]}"
