"""The account of a year as a document: sentences, tables and pictures, for every file that is made of it.

It tells what the page of the year tells its reader, from the same account, and nothing more.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from hotspots.access.rights import Actor, Sharing, Visibility
from hotspots.casework.duidingen import read_duidingen
from hotspots.model import Indicatie
from hotspots.publishing.chart_drawings import months_drawing
from hotspots.publishing.chart_files import standalone
from hotspots.publishing.figures.beside import FiguresBeside, other_figures_beside
from hotspots.publishing.month_figures import ReportTable, read_figures
from hotspots.publishing.report_readers import OF_ANYONE, who_may_read
from hotspots.publishing.year.account import YearAccount
from hotspots.publishing.year.areas import AreaLine
from hotspots.publishing.year.map import draw_year_map
from hotspots.publishing.year.places import Decision
from hotspots.publishing.year.words import (
    change_sentence,
    change_words,
    days_words,
    pooled_sentences,
    suggestion_sentence,
)
from hotspots.settings import Settings
from hotspots.statistics.monthly_figures import ALL
from hotspots.store.areas import load_areas
from hotspots.tracking.runs import is_simulated
from hotspots.tracking.signalling import stopped_sentence
from hotspots.wording import INDICATIES, count, number

Cells = tuple[str, ...]

_CAUTION = "Een plek op de lijst is een signaal uit meldingen, geen oordeel: mensen besluiten."
_COUNTED = (
    "Een plek is nieuw als die in deze periode voor het eerst op de lijst kwam.",
    "Het besluit is dat van de laatste dag van de periode. Wat mensen later besloten, telt hier niet mee.",
    "Wat de software voorstelt, is geen besluit. Een voorstel telt nergens als hotspot.",
    "Een jaar eerder: dezelfde dagen van het jaar ervoor. De marge geldt met 95% zekerheid.",
    "Een maatregel telt mee als die in deze periode begon en niet is ingetrokken.",
)
_MEDIAN = "Bij de helft van de plekken duurde het korter, bij de andere helft langer."
_WHEN = (
    "Een besluit of maatregel telt in de periode waarin die viel, ook als de plek eerder op de lijst kwam."
)


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG by itself, and what it shows in words."""

    svg: str
    title: str
    words: str
    caption: str = ""  # its title, if that is not in the drawing


@dataclass(frozen=True)
class Section:
    """A part with a heading: sentences, pictures, tables, and what a reader should know of them."""

    heading: str
    sentences: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    tables: Sequence[ReportTable] = ()
    notes: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing stands below the heading."""
        return not (self.sentences or self.pictures or self.tables or self.notes)


@dataclass(frozen=True)
class YearDocument:
    """What a period came to, as a document."""

    title: str
    caution: str
    is_simulated: bool
    until: date
    sections: Sequence[Section]

    @property
    def simulated(self) -> str:
        """That the data are made up; empty if they are not."""
        if not self.is_simulated:
            return ""
        return "Gesimuleerde gegevens. Deze meldingen en hotspots zijn verzonnen, als voorbeeld."


def build_year_document(
    connection: Connection, settings: Settings, account: YearAccount, *, more: Iterable[Section] = ()
) -> YearDocument:
    """Write an account down as a document, for the reader that the account is for.

    Parameters
    ----------
    more
        Sections to put after those of the whole and before those per area.
    """
    where = account.area_name or settings.municipality.name
    begin = "Jaarcijfers" if account.period.year else "Cijfers van"
    sections = (
        _in_short(account),
        _reports(connection, settings, account),
        _places(account),
        _times(account),
        _measures(account),
        Section("Hoe is er geteld?", sentences=_COUNTED),
        *more,
        _map(connection, settings, account),
        _areas("Per gebied", "Gebied", account.gebieden, account),
        _areas("Per buurt", "Buurt", account.buurten, account),
    )
    return YearDocument(
        title=f"{begin} {account.period.words}{f', {where}' if where else ''}",
        caution=" ".join(
            filter(None, (stopped_sentence(connection, settings), _readers(connection, account), _CAUTION))
        ),
        is_simulated=is_simulated(connection),
        until=account.until,
        sections=[section for section in sections if not section.is_empty],
    )


def read_year_extras(
    connection: Connection,
    settings: Settings,
    account: YearAccount,
    *,
    visibility: Visibility,
    reader: Actor | frozenset[Sharing] | None,
    today: date,
    gebied: str | None = None,
    buurt: str | None = None,
) -> list[Section]:
    """Read what partners say lies behind the figures, and figures of others, for `more` of the document.

    Parameters
    ----------
    reader
        Who reads, or the sharing classes that its readers may read.
    gebied, buurt
        What the account is about.
    """
    beside = other_figures_beside(
        connection,
        settings,
        visibility=visibility,
        today=today,
        until=account.period.last.year,
        gebied=gebied,
        buurt=buurt,
        is_beside=True,
    )
    duidingen = read_duidingen(
        connection,
        settings,
        visibility=visibility,
        reader=reader,
        van=account.period.first,
        tot=account.period.last,
        gebied=gebied,
        buurt=buurt,
    )
    told = [f"{each.heading}: {each.text} ({each.organisation})" for each in duidingen]
    return [
        Section("Duiding: wat partners erbij zeggen", sentences=told),
        _beside(beside),
    ]


def _beside(figures: FiguresBeside) -> Section:
    """Years in columns, as in the safety plan, where others have figures; as on the page of the year."""
    if not figures.has_others:
        return Section(figures.title)
    table = ReportTable(
        f"Cijfers per jaar, {figures.where}; de laatste kolom vergelijkt met het jaar ervoor",
        ("Bron en onderwerp", *map(str, figures.years), "Verschil"),
        [(f"{row.source}: {row.category}", *row.cells, row.change) for row in figures.rows],
    )
    drawn = figures.drawing
    picture = Picture(standalone(drawn.svg), drawn.title, drawn.description, drawn.title)
    return Section(figures.title, pictures=[picture], tables=[table], notes=figures.notes)


def _readers(connection: Connection, account: YearAccount) -> str:
    """Who may read it."""
    if not account.is_exact:
        return OF_ANYONE
    is_whole = account.codes is None and account.area_name is None
    return who_may_read(connection, None if is_whole else {line.gebied for line in account.gebieden})


def _in_short(account: YearAccount) -> Section:
    suggestion = suggestion_sentence(account.places)
    return Section(
        "In een paar zinnen",
        sentences=[sentence for sentence in (account.sentence, suggestion) if sentence],
        notes=account.notes,
    )


def _reports(connection: Connection, settings: Settings, account: YearAccount) -> Section:
    reports = account.reports
    if reports.counted is None:
        return Section("Meldingen", sentences=["Het aantal meldingen staat hier niet bij."])
    lines: list[tuple[str, int | None]] = [("Bekeken meldingen", reports.counted)]
    if account.is_exact:
        lines += [
            ("Over personen", reports.personen),
            ("Over drugs", reports.drugs),
            ("Binnengekomen", reports.received),
            ("Vervallen bij de bron, of alleen de hoofdmelding van andere", reports.cancelled),
            ("Op een adres of kruising", reports.placed),
            ("Alleen straat of buurt bekend", reports.coarse),
            ("Plaats niet bekend", reports.unplaced),
            ("Verwijderd na de bewaartermijn; tellen nog mee", reports.removed or None),
            ("Geweigerde rijen in de bestanden", reports.refused),
        ]
    return Section(
        "Meldingen",
        sentences=_sentence(change_sentence(account.reports_before)),
        pictures=_months(connection, settings, account),
        tables=[_pairs("Meldingen, en hoe zij zijn geteld", ("Meldingen", "Aantal"), lines)],
    )


def _months(connection: Connection, settings: Settings, account: YearAccount) -> list[Picture]:
    """The months beside those of the year before, for who may read exact counts of a whole year."""
    is_own_area = account.codes is None and account.area_name is not None
    if not account.is_exact or account.period.year is None or is_own_area:
        return []
    figures, _ = read_figures(connection, settings, account.until, account.codes)
    drawing = months_drawing(
        figures[figures["category"] == ALL], year=account.period.year, subject="Meldingen", name="maanden"
    )
    return [Picture(standalone(drawing.svg), drawing.title, drawing.description, drawing.title)]


def _places(account: YearAccount) -> Section:
    places = account.places
    decisions = ReportTable(
        "Wat mensen besloten over de nieuwe plekken, en wat de software voorstelde",
        ("Besluit van mensen", "Aantal", *(f"Voorstel: {INDICATIES[said]}" for said in Indicatie)),
        [
            *(
                (
                    decision.value.capitalize(),
                    number(places.by_decision[decision]),
                    *(number(places.cross[decision, said]) for said in Indicatie),
                )
                for decision in Decision
            ),
            ("Samen", number(places.found), *(number(places.suggested[said]) for said in Indicatie)),
        ],
    )
    lines: list[tuple[str, int | None]] = [
        ("Ooit op de lijst in deze periode, ook wat er al stond", places.on_list),
        ("Door mensen aangedragen", places.nominated or None),
        ("Was een steekproef, al over besloten", places.samples or None),
        ("Afgesplitst van een andere plek", places.split or None),
        ("Later opgegaan in een andere plek", places.merged or None),
        ("Gesloten zonder besluit", places.closed_undecided or None),
        ("Zonder besluit van de lijst: het werd er stil", places.ended_undecided or None),
    ]
    if places.dwellings is not None:
        lines += [("Woning", places.dwellings.sure), ("Mogelijk woning", places.dwellings.possible)]
    return Section(
        "Nieuwe plekken op de lijst",
        sentences=_sentence(change_sentence(account.places_before)),
        tables=[decisions, _pairs("Meer over deze plekken", ("Plekken", "Aantal"), lines)],
    )


def _times(account: YearAccount) -> Section:
    times = account.times
    if times is None:
        return Section("Hoe lang het duurde")
    rows = [
        (words, days_words(waited), number(waited.number))
        for words, waited in (
            ("Eerste melding tot op de lijst", times.to_list),
            ("Op de lijst tot het besluit", times.to_verdict),
            ("Op de lijst tot de eerste maatregel", times.to_measure),
        )
    ]
    return Section(
        "Hoe lang het duurde",
        tables=[
            ReportTable(
                "Hoe lang het duurde: het midden van alle plekken", ("Van", "Midden", "Plekken"), rows
            )
        ],
        notes=[_MEDIAN, _WHEN],
    )


def _measures(account: YearAccount) -> Section:
    measures = account.measures
    if measures is None:
        return Section("Aanpak")
    if not measures.taken:
        return Section("Aanpak", sentences=["In deze periode begon geen maatregel."])
    began = "begon" if measures.taken == 1 else "begonnen"
    taken = count(measures.taken, "maatregel", "maatregelen")
    return Section(
        "Aanpak",
        sentences=[
            f"Er {began} {taken} bij {count(measures.place_count, 'plek', 'plekken')}.",
            *(pooled_sentences(measures) if measures.has_effects else []),
        ],
        tables=[
            _pairs(
                "Maatregelen die begonnen",
                ("Soort", "Aantal"),
                [(kind.value.capitalize(), number_of) for kind, number_of in measures.by_kind.items()],
            )
        ],
    )


def _map(connection: Connection, settings: Settings, account: YearAccount) -> Section:
    drawn = draw_year_map(account, load_areas(connection, settings.areas.gebieden))
    if drawn is None:
        return Section("Kaart per buurt")
    words = "; ".join(f"{name}: {figure}" for name, figure in drawn.rows)
    return Section(
        "Kaart per buurt", pictures=[Picture(drawn.as_file(), drawn.title, f"{drawn.title}. {words}.")]
    )


def _areas(heading: str, kind: str, lines: Sequence[AreaLine], account: YearAccount) -> Section:
    """A table of areas; nothing of one, which says the same as the whole."""
    if len(lines) < 2:
        return Section(heading)
    return Section(
        heading,
        tables=[_areas_table(f"Meldingen en plekken {heading.lower()}", kind, lines, account)],
        notes=_notes_on_areas(lines, account),
    )


def _areas_table(caption: str, kind: str, lines: Sequence[AreaLine], account: YearAccount) -> ReportTable:
    has_before = any(line.reports_before is not None for line in lines)
    has_places_before = account.places_before.before is not None
    columns: list[tuple[str, Sequence[str]]] = [
        (kind, [line.name for line in lines]),
        ("Meldingen", [_told(line.reports) for line in lines]),
    ]
    if has_before:
        columns.append(("Jaar eerder", [_told(line.reports_before) for line in lines]))
        if account.is_exact:
            columns.append(
                (
                    "Verschil",
                    [change_words(line.ratio).replace(" *", "\N{NO-BREAK SPACE}*") for line in lines],
                )
            )
    columns.append(("Nieuwe plekken", [number(line.found) for line in lines]))
    if has_places_before:
        columns.append(("Jaar eerder", [_told(line.found_before) for line in lines]))
    columns += [
        (decision.value.capitalize(), [number(line.by_decision[decision]) for line in lines])
        for decision in Decision
    ]
    if account.is_exact:
        columns.append(("Woningen (ook mogelijk)", [_told(line.dwellings) for line in lines]))
    if account.measures is not None:
        columns.append(("Maatregelen", [_told(line.measures) for line in lines]))
    heads, cells = zip(*columns, strict=True)
    return ReportTable(caption, heads, list(zip(*cells, strict=True)))


def _notes_on_areas(lines: Sequence[AreaLine], account: YearAccount) -> list[str]:
    if not account.is_exact:
        return ["– staat er niet bij: het aantal is te klein, of er volgt een klein aantal uit."]
    has_change = any(line.ratio is not None and line.ratio.is_change for line in lines)
    return ["* groter dan toeval verklaart (95% zekerheid)."] if has_change else []


def _pairs(caption: str, head: Cells, lines: Iterable[tuple[str, int | None]]) -> ReportTable:
    return ReportTable(caption, head, [(name, number(value)) for name, value in lines if value is not None])


def _told(value: int | None) -> str:
    return "–" if value is None else number(value)


def _sentence(text: str) -> list[str]:
    return [text] if text else []
