"""The stand: how many places there are now, what is new, what is done about them, and what became quieter.

Everything is counted among what the reader may know of. Reports are counted for who may know of every place
there; anyone else gets the public figures of quarters, as months would tell of reports at places they may not
know of.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from math import isnan

import pandas as pd
import shapely
from sqlalchemy import Connection, select

from hotspots.access.rights import Actor, Right, Visibility, reachable_gebieden
from hotspots.casework.effect import Begun, Effect, read_effects
from hotspots.casework.measures import read_begun, read_measures_in_force
from hotspots.errors import ForbiddenError
from hotspots.model import Status, Trend
from hotspots.publishing.disclosure import ROUND_TO
from hotspots.publishing.month_figures import last_whole_month, may_know_all, read_figures
from hotspots.publishing.public_account import QuarterFigure, read_quarters, year_before
from hotspots.publishing.year.areas import resolve_area
from hotspots.publishing.year.measures import MOST_REPORTS_AT_ONCE
from hotspots.settings import Settings
from hotspots.statistics.monthly_figures import ALL
from hotspots.store.areas import gebieden_of_buurten, load_areas
from hotspots.store.run_tables import runs
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspots, read_ids
from hotspots.tracking.own_areas import OWN, read_own_area
from hotspots.tracking.runs import is_simulated, latest_run
from hotspots.tracking.selection import Selection
from hotspots.wording import count, day, month, number, quarter

WEEKS = 4
"""What came and went is told over so many weeks, and of the last week."""

EFFECT_WEEKS = 26
"""Of measures that began in so many weeks it is told what came after."""

_UNDECIDED = (Status.KANDIDAAT, Status.IN_VERIFICATIE)


class TileName(StrEnum):
    """What a tile is about; in Dutch, as in the API."""

    PLEKKEN = "plekken"
    NIEUW = "nieuw"
    AANPAK = "aanpak"
    RUSTIGER = "rustiger"
    MAATREGELEN = "maatregelen"
    MELDINGEN = "meldingen"


@dataclass(frozen=True)
class Tile:
    """One number with what it is, and a sentence that says what it means."""

    name: TileName
    value: int
    words: str
    sentence: str
    is_about: bool = False  # the number is rounded

    @property
    def figure(self) -> str:
        """The number as it is written."""
        return f"± {number(self.value)}" if self.is_about else number(self.value)


@dataclass(frozen=True)
class Places:
    """The places on the list, and what changed in some weeks."""

    listed: int
    undecided: int
    in_approach: int
    in_aftercare: int
    falling: int  # of those on the list
    quiet: int
    came: int | None  # in WEEKS weeks; None: there was no run so long ago
    came_this_week: int | None
    went: int | None
    went_for_good: int  # of those that went: ended, or closed


@dataclass(frozen=True)
class MeasuresNow:
    """The measures at places that the reader may read the case of."""

    in_force: int
    at_places: int
    begun: int  # in EFFECT_WEEKS weeks
    fewer: int  # of those begun: chance does not explain that there were fewer reports
    more: int
    unsure: int
    has_effects: bool  # whether the last three were computed: with many reports it takes seconds

    @property
    def told(self) -> int:
        """Of how many it can be told what came after."""
        return self.fewer + self.more + self.unsure


@dataclass(frozen=True)
class Stand:
    """The stand of an area for a reader."""

    peildatum: date | None
    area_name: str | None  # None: all that the reader may know of
    is_simulated: bool
    is_exact: bool  # the reader may know of every place here
    places: Places
    measures: MeasuresNow | None  # None: the reader may read no case here
    months: pd.DataFrame | None  # rows of ALL, of one year; None: not told to this reader
    months_until: date | None
    quarters: Sequence[QuarterFigure]  # public ones, for who is not told of months
    by_buurt: Mapping[str, int]  # places on the list, of each buurt that it is about

    @property
    def with_places(self) -> int:
        """In how many buurten there is a place."""
        return sum(number > 0 for number in self.by_buurt.values())

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """The numbers that stand first, each with its sentence."""
        found = (
            self._listed(),
            self._new(),
            self._approach(),
            self._quieter(),
            self._effect(),
            self._reports(),
        )
        return tuple(tile for tile in found if tile is not None)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know to read the numbers well."""
        notes = ["Een plek op de lijst is een signaal, geen oordeel. Mensen besluiten."]
        if not self.is_exact:
            notes.append(
                "Plekken die naar één woning of één melder wijzen, tellen hier niet mee. "
                f"Meldingen zijn per kwartaal geteld, en afgerond op {ROUND_TO}."
            )
        return tuple(notes)

    def _listed(self) -> Tile:
        listed, undecided = self.places.listed, self.places.undecided
        if not listed:
            return Tile(TileName.PLEKKEN, 0, "plekken op de lijst", "Er staat nu geen plek op de lijst.")
        where = f"In {self.with_places} van de {count(len(self.by_buurt), 'buurt', 'buurten')}."
        waiting = (
            f"Over {count(undecided, 'plek', 'plekken')} is nog niet besloten."
            if undecided
            else "Over elke plek is besloten."
        )
        return Tile(TileName.PLEKKEN, listed, _plural(listed, "op de lijst"), f"{where} {waiting}")

    def _new(self) -> Tile | None:
        came, week, went = self.places.came, self.places.came_this_week, self.places.went
        if came is None or went is None:
            return None
        this_week = (
            "" if week is None else f"Deze week {count(week, 'plek', 'plekken') if week else 'geen'}. "
        )
        gone = f"In dezelfde tijd ging{'' if went == 1 else 'en'} er {went or 'geen'} af."
        return Tile(TileName.NIEUW, came, f"nieuw in {WEEKS} weken", f"{this_week}{gone}")

    def _approach(self) -> Tile:
        parts = []
        if self.measures is not None and self.measures.in_force:
            parts.append(
                f"Er {'loopt' if self.measures.in_force == 1 else 'lopen'} "
                f"{count(self.measures.in_force, 'maatregel', 'maatregelen')} "
                f"op {count(self.measures.at_places, 'plek', 'plekken')}."
            )
        elif self.measures is not None:
            parts.append("Er loopt nu geen maatregel.")
        aftercare = self.places.in_aftercare
        if aftercare:
            parts.append(f"{_are(aftercare)} in nazorg: we kijken of het rustig blijft.")
        if not parts:
            parts.append("Geen plek is in nazorg.")
        value = self.places.in_approach
        return Tile(TileName.AANPAK, value, _plural(value, "in aanpak"), " ".join(parts))

    def _quieter(self) -> Tile:
        falling, quiet, gone = self.places.falling, self.places.quiet, self.places.went_for_good
        value = falling + quiet + gone
        parts = [
            words
            for number, words in (
                (falling, f"bij {falling} komen minder meldingen"),
                (quiet, f"{quiet} {'is' if quiet == 1 else 'zijn'} stil"),
                (gone, f"{gone} {'ging' if gone == 1 else 'gingen'} in {WEEKS} weken van de lijst"),
            )
            if number
        ]
        what = ", ".join(parts)
        told = f"{what[:1].upper()}{what[1:]}. " if parts else ""
        sentence = f"{told}Minder meldingen is niet altijd minder overlast."
        return Tile(TileName.RUSTIGER, value, _plural(value, "rustiger"), sentence)

    def _effect(self) -> Tile | None:
        known = self.measures
        if known is None or not known.begun or not known.has_effects:
            return None
        begun = f"In {EFFECT_WEEKS} weken {'begon' if known.begun == 1 else 'begonnen'} er {known.begun}."
        if not known.told:
            told = "Het is nog te vroeg om te zeggen wat er daarna gebeurde."
        else:
            told = (
                f"Bij {known.told} is er een vergelijking: {known.more} keer kwamen er meer meldingen, "
                f"{known.unsure} keer kan het toeval zijn. Minder bewijst niet dat de maatregel hielp."
            )
        words = f"maatregel{'' if known.fewer == 1 else 'en'} met daarna minder meldingen"
        return Tile(TileName.MAATREGELEN, known.fewer, words, f"{begun} {told}")

    def _reports(self) -> Tile | None:
        return self._quarter() if self.months is None else self._month(self.months)

    def _month(self, months: pd.DataFrame) -> Tile | None:
        until = self.months_until
        last = None if until is None else last_whole_month(until)
        if until is None or last is None or last.year != until.year:
            return None
        line = months[months["month"] == last.month].iloc[0]
        before = line["count_last_year"]
        if isnan(before):
            sentence = "Van een jaar eerder is er geen vergelijking."
        else:
            meaning = "is groter dan toeval verklaart" if line["is_change"] else "kan toeval zijn"
            sentence = f"In {month(last)} {last.year - 1} waren het er {int(before)}. Dat verschil {meaning}."
        return Tile(TileName.MELDINGEN, int(line["count"]), f"meldingen in {month(last)}", sentence)

    def _quarter(self) -> Tile | None:
        if not self.quarters or (figure := self.quarters[-1].figure) is None:
            return None
        then = year_before(self.quarters)
        sentence = (
            "Van een jaar eerder is er geen vergelijking."
            if then is None or then.figure is None
            else f"Een jaar eerder waren het er ongeveer {number(then.figure)}."
        )
        words = f"meldingen in het {quarter(self.quarters[-1].first_day)}"
        return Tile(TileName.MELDINGEN, figure, words, sentence, is_about=True)


def read_stand(
    connection: Connection,
    settings: Settings,
    *,
    visibility: Visibility,
    actor: Actor | None,
    gebied: str | None = None,
) -> Stand:
    """Read the stand of now: of one gebied or own area, or of all that the reader may know of.

    Parameters
    ----------
    actor
        Who reads, for the measures of the cases that they may read; None: nobody who signed in.

    Raises
    ------
    NotFoundError
        If there is no such gebied, or no such area of the reader.
    ForbiddenError
        If the reader may know of no place in the gebied: that there is none would not be true.
    """
    if not resolve_area(connection, settings, visibility, gebied, None).is_known:
        raise ForbiddenError(f"wanted the stand of '{gebied}', where the reader may know of no place")
    peildatum = latest_run(connection)
    chosen = Selection(visibility, gebied=gebied)
    listed = read_hotspots(connection, settings, replace(chosen, is_listed=True)) if peildatum else []
    codes = _codes_of(connection, settings, visibility, gebied)
    wanted = None if gebied is None and visibility.gebieden is None else codes
    all_known = may_know_all(connection, settings, visibility, wanted)
    months, until = None, None
    quarters: Sequence[QuarterFigure] = ()
    if peildatum is not None and all_known:
        months, until = _read_months(connection, settings, peildatum, wanted)
    elif peildatum is not None and not (gebied or "").startswith(OWN):
        quarters = read_quarters(connection, gebied, until=peildatum)
    by_buurt = Counter(spot.buurtcode for spot in listed)
    return Stand(
        peildatum=peildatum,
        area_name=gebied,
        is_simulated=is_simulated(connection),
        is_exact=all_known,
        places=_read_places(connection, settings, chosen, listed, peildatum),
        measures=_read_measures(connection, settings, visibility, actor, listed, gebied, peildatum),
        months=months,
        months_until=until,
        quarters=quarters,
        by_buurt={code: by_buurt.get(code, 0) for code in codes},
    )


def _codes_of(
    connection: Connection, settings: Settings, visibility: Visibility, gebied: str | None
) -> list[str]:
    """The buurten of a gebied, that an own area touches, or of which the reader may know of places."""
    if gebied is not None and gebied.startswith(OWN):
        own = read_own_area(connection, visibility.reader_id, gebied)
        areas = load_areas(connection, settings.areas.gebieden)
        return [] if own is None else list(areas["buurtcode"][shapely.intersects(areas.geometry, own[1])])
    reach = visibility.gebieden
    return [
        code
        for code, own in sorted(gebieden_of_buurten(connection, settings.areas.gebieden).items())
        if (gebied is None or own == gebied) and (reach is None or own in reach)
    ]


def _read_places(
    connection: Connection,
    settings: Settings,
    chosen: Selection,
    listed: Sequence[Hotspot],
    peildatum: date | None,
) -> Places:
    def listed_before(weeks: int) -> set[str] | None:
        as_of = None if peildatum is None else latest_run(connection, peildatum - timedelta(weeks=weeks))
        if as_of is None:
            return None
        return set(read_ids(connection, settings, replace(chosen, as_of=as_of, is_listed=True)))

    now = {spot.id for spot in listed}
    before, week_before = listed_before(WEEKS), listed_before(1)
    gone = sorted((before or set()) - now)
    left = read_hotspots(connection, settings, replace(chosen, ids=gone)) if gone else []
    status = Counter(spot.status for spot in listed)
    trend = Counter(spot.trend for spot in listed)
    return Places(
        listed=len(listed),
        undecided=sum(status[each] for each in _UNDECIDED),
        in_approach=status[Status.IN_AANPAK],
        in_aftercare=status[Status.NAZORG],
        falling=trend[Trend.AFNEMEND],
        quiet=trend[Trend.STIL],
        came=None if before is None else len(now - before),
        came_this_week=None if week_before is None else len(now - week_before),
        went=None if before is None else len(gone),
        went_for_good=sum(spot.trend is Trend.BEEINDIGD or spot.status is Status.GESLOTEN for spot in left),
    )


def _read_measures(
    connection: Connection,
    settings: Settings,
    visibility: Visibility,
    actor: Actor | None,
    listed: Sequence[Hotspot],
    gebied: str | None,
    peildatum: date | None,
) -> MeasuresNow | None:
    """The measures of cases that the reader may read; None where they may read none."""
    reach = reachable_gebieden(actor, Right.READ_CASES)
    if peildatum is None or (reach is not None and not reach):
        return None
    in_force = read_measures_in_force(connection, actor=actor, hotspots=listed, on=peildatum)
    known = {
        spot.id
        for spot in read_hotspots(connection, settings, Selection(visibility, gebied=gebied))
        if reach is None or spot.gebied in reach
    }
    first = peildatum - timedelta(weeks=EFFECT_WEEKS) + timedelta(days=1)
    rows = read_begun(connection, first=first, last=peildatum)
    begun = [
        Begun(row.id, row.hotspot_id, row.starts_on, row.ends_on) for row in rows if row.hotspot_id in known
    ]
    reports = connection.execute(select(runs.c.report_count).where(runs.c.as_of == peildatum)).scalar()
    has_effects = (reports or 0) <= MOST_REPORTS_AT_ONCE
    effects = read_effects(connection, settings, begun if has_effects else [], visibility=visibility)
    fewer, more, unsure = _outcomes(effects)
    return MeasuresNow(
        in_force=sum(map(len, in_force.values())),
        at_places=len(in_force),
        begun=len(begun),
        fewer=fewer,
        more=more,
        unsure=unsure,
        has_effects=has_effects,
    )


def _outcomes(effects: Sequence[Effect]) -> tuple[int, int, int]:
    """How many have fewer reports, how many more, and of how many the difference may be chance."""
    outcomes = [effect.outcome for effect in effects if effect.outcome is not None]
    fewer = sum(outcome.upper < 0 for outcome in outcomes)
    more = sum(outcome.lower > 0 for outcome in outcomes)
    return fewer, more, len(outcomes) - fewer - more


def _read_months(
    connection: Connection, settings: Settings, peildatum: date, codes: Sequence[str] | None
) -> tuple[pd.DataFrame, date]:
    """The months of the year so far; in January those of the year before, as one month says nothing yet."""
    until = date(peildatum.year - 1, 12, 31) if peildatum.month == 1 else peildatum
    figures, _ = read_figures(connection, settings, until, codes)
    return figures[figures["category"] == ALL].reset_index(drop=True), until


def _plural(value: int, what: str) -> str:
    return f"{'plek' if value == 1 else 'plekken'} {what}"


def _are(value: int) -> str:
    return f"{count(value, 'plek', 'plekken')} {'is' if value == 1 else 'zijn'}"


def heading(stand: Stand) -> str:
    """Of which day the stand is."""
    return "Er is nog geen ronde geweest" if stand.peildatum is None else f"Stand van {day(stand.peildatum)}"
