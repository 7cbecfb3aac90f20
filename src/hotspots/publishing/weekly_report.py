"""The weekly report of an area: new places, figures, and who is asked to do what.

The report is text and tables; :mod:`hotspots.publishing.report_files` lays them out. Its content depends on
the audience: a gebiedsteam reads about its own areas, with what partners share with the team.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pandas as pd
from sqlalchemy import Connection, select

from hotspots.access.rights import Sharing, Visibility
from hotspots.casework.duidingen import read_duidingen
from hotspots.errors import NotFoundError
from hotspots.model import Trend
from hotspots.publishing.chart_drawings import Drawing, months_drawing
from hotspots.publishing.chart_files import standalone
from hotspots.publishing.month_figures import (
    ReportTable,
    last_whole_month,
    may_know_all,
    month_notes,
    month_sentence,
    months_table,
    quarter_notes,
    quarters_table,
    read_figures,
)
from hotspots.publishing.public_figures import PublicFigures
from hotspots.publishing.report_asks import Ask, asks_of
from hotspots.publishing.report_blocks import Block, SharedReason, describe_new
from hotspots.publishing.report_readers import OF_ANYONE, who_may_read
from hotspots.publishing.weekly_map import WeeklyMap, build_weekly_map, name_of
from hotspots.settings import Settings
from hotspots.statistics.monthly_figures import ALL
from hotspots.store.areas import gebieden_of_buurten, load_areas, names_of_gebieden
from hotspots.store.case_tables import enrichments
from hotspots.tracking.attention_places import read_attention_places
from hotspots.tracking.hotspot import Hotspot
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.listed import is_new
from hotspots.tracking.runs import latest_run
from hotspots.tracking.samples import are_drawn, statuses_that_leave
from hotspots.tracking.selection import Selection, buurten_of
from hotspots.tracking.signalling import WHAT_IT_MEANS
from hotspots.wording import (
    AARDEN,
    INDICATIES,
    SOORTOORDELEN,
    TRENDS,
    count,
    day,
    listed,
    number,
    percentage,
    short_day,
    week,
    week_code,
)

MOST_BLOCKS = 6
"""Further new hotspots are only in the table, to keep the report within four pages."""

_OF_THE_PAST = "Dit is een rapport van een eerdere week; wat er nu gevraagd wordt, staat er niet in."
_DECIDED_ONLY = "Plekken waarover nog niet is besloten, staan niet in dit rapport."
_HOW_COMPUTED = (
    "Op de pagina van een plek staat onder ‘Hoe is dit berekend?’ met welke cijfers zij op de lijst kwam."
)


@dataclass(frozen=True)
class Audience:
    """The readers of a report."""

    visibility: Visibility  # the hotspots they may know of
    sharing: frozenset[Sharing] = frozenset({Sharing.TEAM, Sharing.EVERYONE})  # the enrichments they may read
    sees_cases: bool = True  # whether they may know who is asked to do what


def team_of(gebied: str) -> Audience:
    """The gebiedsteam of an area."""
    return Audience(Visibility(gebieden=frozenset({gebied}), dwellings=frozenset({gebied})))


@dataclass(frozen=True)
class AreaReport:
    """The report of one area and week, as text."""

    area: str
    peildatum: date
    is_simulated: bool
    summary: Sequence[str]
    map: WeeklyMap
    hotspots: Sequence[Hotspot]
    places: ReportTable
    shared: Sequence[SharedReason]
    blocks: Sequence[Block]
    more: str  # a sentence on new hotspots without a block
    months: ReportTable
    month_notes: Sequence[str]
    duidingen: Sequence[str]  # what partners wrote behind these figures, as far as the audience may read it
    asks: Sequence[Ask]
    readers: str  # who may read it
    attention: ReportTable  # places that may become a hotspot
    attention_note: str
    chart: Drawing | None  # of the months, where counts are exact
    gebied: str | None = None  # if it is of one
    service: str | None = None  # address of the service its links lead to; empty: of the page; None: no links

    @property
    def title(self) -> str:
        """The title."""
        return f"Weekrapport {self.area}"

    @property
    def subtitle(self) -> str:
        """The week in words."""
        monday = self.peildatum - timedelta(days=self.peildatum.weekday())
        return f"{week(self.peildatum).capitalize()}: {day(monday)} tot en met {day(self.peildatum)}"

    @property
    def caution(self) -> str:
        """The caution to readers."""
        signal = "Een plek op de lijst is een signaal uit meldingen, geen oordeel: mensen besluiten."
        return f"{self.readers} {signal}"

    @property
    def map_text(self) -> str:
        """The content of the map in words."""
        if not self.hotspots:
            return f"Kaart van {self.area} zonder hotspots."
        places = [f"{place.label}, {TRENDS[place.trend]}" for place in self.hotspots]
        return f"Kaart van {self.area} met {count(len(places), 'hotspot', 'hotspots')}: {'; '.join(places)}."


def build_area_report(
    connection: Connection, settings: Settings, *, peildatum: date, area: str | None, audience: Audience
) -> AreaReport:
    """Read the data and write the report of an area for the week that ends on a peildatum.

    The area is the code of a buurt or wijk, the name of a gebied, or None for the whole municipality.

    Raises
    ------
    NotFoundError
        If there was no run in that week, or the area does not exist.
    """
    latest = latest_run(connection, peildatum)
    if latest is None or latest < peildatum - timedelta(days=6):
        last = f"; the last run before it is of {latest}" if latest else ""
        raise NotFoundError(f"there was no run in {week_code(peildatum)}{last}: run 'hotspots detect' for it")
    known = names_of_gebieden(connection, settings.areas.gebieden)
    # a gebied may be called as the code of another area: its team reads about itself only
    is_gebied = area in known
    codes = None if area is None else buurten_of(connection, settings, area, also_codes=not is_gebied)
    if codes == []:
        raise NotFoundError(f"there is no area '{area}'; gebieden are {', '.join(known) or 'not imported'}")
    places, earlier = (
        _listed_in(connection, settings, audience.visibility, of_day, area, is_gebied)
        for of_day in (latest, latest - timedelta(days=7))
    )
    areas = load_areas(connection, settings.areas.gebieden)
    shown = build_weekly_map(
        connection,
        settings,
        places,
        peildatum=latest,
        area_name=area if area is None or is_gebied else name_of(areas, area),
        areas=areas,
        for_picture=True,
        codes=codes,
    )
    name = shown.area_name or settings.municipality.name or "de hele gemeente"
    new = sorted(
        filter(is_new, places),
        key=lambda place: (place.eerste_signalering, place.score),
        reverse=True,
    )
    is_exact = may_know_all(connection, settings, audience.visibility, codes)
    until = latest if is_exact else last_whole_month(latest)
    figures, months, notes = _figures(connection, settings, until, area, codes, is_exact=is_exact)
    is_last = latest == latest_run(connection)
    knowledge = _knowledge(connection, [place.id for place in new], audience.sharing) if is_last else {}
    asks = asks_of(connection, places, latest) if is_last and audience.sees_cases else []
    shared, blocks = describe_new(new[:MOST_BLOCKS], knowledge)
    attention, attention_note = _attention(connection, settings, audience.visibility, latest, codes)
    summary = [
        shown.stopped and f"{shown.stopped} {WHAT_IT_MEANS}",
        *_changes(places, earlier, name, latest),
        "" if figures is None else month_sentence(figures, until),
        "" if is_last else _OF_THE_PAST,
        _DECIDED_ONLY if are_drawn(connection, settings) else "",
    ]
    return AreaReport(
        area=name,
        peildatum=latest,
        is_simulated=shown.is_simulated,
        summary=[sentence for sentence in summary if sentence],
        map=shown,
        hotspots=places,
        places=_places_table(places),
        shared=shared,
        blocks=blocks,
        more=_more(new[MOST_BLOCKS:]),
        months=months,
        month_notes=notes,
        duidingen=_duidingen(connection, settings, audience, until, codes) if is_last else [],
        asks=asks,
        readers=_readers(connection, settings, codes, is_exact),
        attention=attention,
        attention_note=attention_note,
        chart=None
        if figures is None
        else months_drawing(figures[figures["category"] == ALL], year=until.year),
        gebied=area if is_gebied else None,
        service=settings.service.address or None,
    )


def _figures(
    connection: Connection,
    settings: Settings,
    until: date,
    area: str | None,
    codes: Sequence[str] | None,
    *,
    is_exact: bool,
) -> tuple[pd.DataFrame | None, ReportTable, list[str]]:
    """The months with their table and notes; of who may not know all only the table of public quarters."""
    if is_exact:
        figures, known_since = read_figures(connection, settings, until, codes)
        return figures, months_table(figures, until), month_notes(figures, until, known_since)

    def of_area(quarter: PublicFigures) -> int | None:
        if area is None:
            return quarter.whole
        return quarter.gebieden.get(area) if area in quarter.gebieden else quarter.buurten.get(area)

    return None, quarters_table(connection, until, of_area), quarter_notes()


def _duidingen(
    connection: Connection,
    settings: Settings,
    audience: Audience,
    until: date,
    codes: Sequence[str] | None,
) -> list[str]:
    """What partners wrote behind the figures of this year."""
    found = read_duidingen(
        connection,
        settings,
        visibility=audience.visibility,
        reader=audience.sharing,
        van=date(until.year, 1, 1),
        tot=until,
        codes=codes,
    )
    return [f"{duiding.heading}: {duiding.text} ({duiding.organisation})" for duiding in found]


def _readers(connection: Connection, settings: Settings, codes: Sequence[str] | None, is_exact: bool) -> str:
    """Who may read a report about these buurten."""
    if not is_exact:
        return OF_ANYONE
    gebied_of = gebieden_of_buurten(connection, settings.areas.gebieden)
    return who_may_read(connection, None if codes is None else {gebied_of[code] for code in codes})


def _attention(
    connection: Connection,
    settings: Settings,
    visibility: Visibility,
    as_of: date,
    codes: Sequence[str] | None,
) -> tuple[ReportTable, str]:
    """The attention places in these buurten that the audience may know of, and what their figures mean."""
    places = [
        place
        for place in read_attention_places(connection, settings, visibility=visibility, as_of=as_of)
        if codes is None or place.buurtcode in codes
    ]
    within = count(settings.attention.within_weeks, "week", "weken")
    note = (
        f"Het deel zegt hoeveel van zulke plekken binnen {within} een hotspot werden, met de grenzen ervan."
    )
    if not all(place.eigen_verleden for place in places):
        note += " Dat is gemeten in nagebootste jaren."
    table = ReportTable(
        "Plekken die een hotspot kunnen worden, de waarschijnlijkste eerst",
        ("Plek", "Nummer", "Meldingen", "Melders", "Weken", "Deel"),
        [
            (
                place.naam,
                place.nummer,
                number(place.aantal_meldingen),
                "–" if place.aantal_melders is None else number(place.aantal_melders),
                number(place.aantal_weken),
                " ".join(
                    (
                        percentage(place.aandeel),
                        f"({percentage(place.aandeel_van)} tot {percentage(place.aandeel_tot)})",
                    )
                ),
            )
            for place in places
        ],
    )
    return table, note


def _listed_in(
    connection: Connection,
    settings: Settings,
    visibility: Visibility,
    peildatum: date,
    area: str | None,
    is_gebied: bool,
) -> list[Hotspot]:
    selection = Selection(
        visibility,
        as_of=peildatum,
        gebied=area if is_gebied else None,
        area=None if is_gebied else area,
        is_listed=True,
        status=statuses_that_leave(connection, settings),
    )
    return read_hotspots(connection, settings, selection)


def _listed(places: Sequence[Hotspot]) -> str:
    names = [place.label for place in places[:6]]
    if len(places) > len(names):
        names.append(f"nog {len(places) - len(names)} andere")
    return listed(names)


def _changes(places: Sequence[Hotspot], earlier: Sequence[Hotspot], name: str, latest: date) -> list[str]:
    before, when = len(earlier), week(latest)
    if not places:
        gone = f" Vorige week waren er {before}." if before else ""
        return [f"In {when} zijn er in {name} geen plekken met herhaalde overlast op de lijst.{gone}"]
    than = "evenveel als vorige week" if len(places) == before else f"vorige week waren het er {before}"
    is_or_are = "is" if len(places) == 1 else "zijn"
    plural = count(len(places), "plek", "plekken")
    sentences = [f"In {when} {is_or_are} in {name} {plural} met herhaalde overlast op de lijst; {than}."]
    known = {place.id for place in earlier}
    for words, chosen in (
        ("Erbij", [place for place in places if place.id not in known]),
        ("Meer meldingen dan eerst", [place for place in places if place.trend is Trend.TOENEMEND]),
        ("Stil geworden", [place for place in places if place.trend is Trend.STIL]),
    ):
        if chosen:
            sentences.append(f"{words}: {_listed(chosen)}.")
    return sentences


def _places_table(places: Sequence[Hotspot]) -> ReportTable:
    return ReportTable(
        "Hotspots op de lijst, de duidelijkste eerst",
        ("Plek", "Nummer", "Soort", "Over", "Trend", "Indicatie", "Meldingen", "Dagen", "Laatste", "Status"),
        [
            (
                _name_in_table(place),
                place.nummer,
                SOORTOORDELEN[place.soort_oordeel],
                AARDEN[place.aard],
                TRENDS[place.trend],
                INDICATIES[place.indicatie],
                number(place.aantal_meldingen),
                number(place.aantal_dagen),
                short_day(place.laatste_melding),
                place.status.value,
            )
            for place in places
        ],
    )


def _name_in_table(place: Hotspot) -> str:
    by = place.aangedragen_door
    return place.naam if by is None else f"{place.naam} (aangedragen door {by})"


def _more(places: Sequence[Hotspot]) -> str:
    return f"Ook nieuw: {_listed(places)}. Zie de tabel." if places else ""


def _knowledge(
    connection: Connection, ids: Sequence[str], sharing: frozenset[Sharing]
) -> dict[str, list[str]]:
    """The enrichments by partners in these sharing classes, without corrected ones."""
    table = enrichments.c
    replaced = select(table.replaces_id).where(table.replaces_id.is_not(None))
    query = (
        select(table.hotspot_id, table.organisation, table.text)
        .where(
            table.hotspot_id.in_(list(ids)),
            table.sharing.in_([str(kind) for kind in sharing]),
            table.id.not_in(replaced),
        )
        .order_by(table.given_at, table.id)
    )
    texts_of: dict[str, list[str]] = {}
    for row in connection.execute(query):
        texts_of.setdefault(row.hotspot_id, []).append(f"{row.organisation}: {row.text}")
    return texts_of


def links_of(report: AreaReport) -> dict[str, str]:
    """The address of each hotspot of a report, by its number; empty without an address of the service."""
    if report.service is None:
        return {}
    return {place.nummer: f"{report.service}/hotspots/{quote(place.nummer)}" for place in report.hotspots}


def _ways_on(report: AreaReport) -> list[dict[str, str]]:
    """Links from a report to what stands beside it in the service."""
    if report.service is None:
        return []
    of_area = {"gebied": report.gebied} if report.gebied else {}
    day_and_area = urlencode({"peildatum": report.peildatum.isoformat()} | of_area)
    this = urlencode({"week": week_code(report.peildatum)} | of_area)
    return [
        {"words": words, "address": f"{report.service}{path}"}
        for words, path in (
            ("Lijst van deze week", f"/?{day_and_area}"),
            ("Weekkaart", f"/kaart?{day_and_area}"),
            ("Dit rapport op het scherm", f"/rapport?{this}"),
            ("Dit rapport als PDF", f"/rapport?{this}&vorm=pdf"),
            ("Hulp bij deze pagina", "/hulp/rapporten#weekrapport"),
        )
    ]


def _chart(drawing: Drawing | None) -> dict[str, str] | None:
    if drawing is None:
        return None
    return {"svg": standalone(drawing.svg), "words": f"{drawing.title}. {drawing.description}"}


def as_document(report: AreaReport) -> dict[str, Any]:
    """The report as plain texts and lists, for the templates."""
    return {
        "title": report.title,
        "subtitle": report.subtitle,
        "caution": report.caution,
        "simulated": report.is_simulated,
        "summary": list(report.summary),
        "mapText": report.map_text,
        "source": f"{report.map.source}.",
        "places": asdict(report.places),
        "shared": [asdict(reason) for reason in report.shared],
        "blocks": [asdict(block) for block in report.blocks],
        "computed": _HOW_COMPUTED,
        "more": report.more,
        "chart": _chart(report.chart),
        "months": asdict(report.months),
        "monthNotes": list(report.month_notes),
        "duidingen": list(report.duidingen),
        "asks": [asdict(ask) for ask in report.asks],
        "attention": asdict(report.attention),
        "attentionNote": report.attention_note,
        "links": links_of(report),
        "waysOn": _ways_on(report),
        "footer": f"{report.title}, {week(report.peildatum)}",
    }
