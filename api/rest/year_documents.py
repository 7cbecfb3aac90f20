"""What a year or any period came to, as the API tells it."""

from collections.abc import Mapping
from datetime import date

from pydantic import Field

from api.http.paging import Document, Link, Paged
from hotspots.casework.workflow import MeasureKind
from hotspots.model import Indicatie
from hotspots.publishing.year.account import YearAccount
from hotspots.publishing.year.areas import AreaLine
from hotspots.publishing.year.before import Change
from hotspots.publishing.year.measures import Measures, TakenMeasure
from hotspots.publishing.year.places import Decision, Places
from hotspots.publishing.year.reports import Screened
from hotspots.publishing.year.times import Times
from hotspots.statistics.monthly_figures import RateRatio


class YearLinks(Document):
    """Verwijzing naar een jaar of periode."""

    self: Link


class ReportsDocument(Document):
    """De meldingen die zijn bekeken."""

    bekeken: int | None = Field(
        validation_alias="counted",
        description="In de cijfers; wie daar niet van alles mag weten, krijgt de openbare cijfers, of niets",
    )
    personen: int | None = Field(description="Daarvan over personen")
    drugs: int | None = Field(description="Daarvan over drugs")
    binnengekomen: int | None = Field(validation_alias="received", description="Ook wat is vervallen")
    vervallen: int | None = Field(
        validation_alias="cancelled", description="Bij de bron, of alleen de hoofdmelding van andere"
    )
    geplaatst: int | None = Field(
        validation_alias="placed", description="Zo precies dat zij bij een plek kunnen horen"
    )
    grof: int | None = Field(validation_alias="coarse", description="Alleen straat of buurt bekend")
    zonder_plaats: int | None = Field(validation_alias="unplaced", description="Plaats niet bekend")
    verwijderd: int | None = Field(
        validation_alias="removed", description="Verwijderd na de bewaartermijn; tellen nog mee"
    )
    geweigerd: int | None = Field(
        validation_alias="refused",
        description="Geweigerde rijen in de bestanden waarmee deze meldingen kwamen; leeg van een gebied",
    )


class DecisionsDocument(Document):
    """Wat mensen besloten, aan het eind van de periode."""

    veiligheid: int
    leefbaarheid: int
    geen_hotspot: int
    nog_niet_besloten: int

    @classmethod
    def of(cls, counts: Mapping[Decision, int]) -> "DecisionsDocument":
        """From the library's counts."""
        return cls(
            veiligheid=counts[Decision.VEILIGHEID],
            leefbaarheid=counts[Decision.LEEFBAARHEID],
            geen_hotspot=counts[Decision.GEEN_HOTSPOT],
            nog_niet_besloten=counts[Decision.UNDECIDED],
        )


class SuggestionsDocument(Document):
    """Wat de software voorstelde; dat is geen besluit."""

    veiligheid: int
    leefbaarheid: int
    onbepaald: int

    @classmethod
    def of(cls, counts: Mapping[Indicatie, int]) -> "SuggestionsDocument":
        """From the library's counts."""
        return cls(**{indicatie.value: counts[indicatie] for indicatie in Indicatie})


class PlacesDocument(Document):
    """De plekken die in de periode voor het eerst op de lijst kwamen."""

    nieuw: int
    ooit_op_de_lijst: int = Field(description="Na een ronde in de periode op de lijst, ook wat er al stond")
    besluit: DecisionsDocument
    later_besloten: DecisionsDocument = Field(
        description="Van wat nog niet was besloten: wat mensen na de periode besloten"
    )
    voorstel_software: SuggestionsDocument
    aangedragen: int = Field(description="Door mensen op de lijst gezet")
    steekproeven: int = Field(description="Als steekproef op de lijst gezet, en al over besloten")
    gesloten_zonder_besluit: int
    beeindigd_zonder_besluit: int
    opgegaan: int | None = Field(description="Later opgegaan in een andere plek; leeg: niet voor u")
    afgesplitst: int | None = Field(description="Afgesplitst van een andere plek; leeg: niet voor u")
    woningen: int | None = Field(description="Zeker een woning; leeg: niet voor u")
    mogelijke_woningen: int | None = Field(description="Misschien een woning; leeg: niet voor u")

    @classmethod
    def of(cls, places: Places) -> "PlacesDocument":
        """From the library's places."""
        dwellings = places.dwellings
        return cls(
            nieuw=places.found,
            ooit_op_de_lijst=places.on_list,
            besluit=DecisionsDocument.of(places.by_decision),
            later_besloten=DecisionsDocument.of(places.decided_later),
            voorstel_software=SuggestionsDocument.of(places.suggested),
            aangedragen=places.nominated,
            steekproeven=places.samples,
            gesloten_zonder_besluit=places.closed_undecided,
            beeindigd_zonder_besluit=places.ended_undecided,
            opgegaan=places.merged,
            afgesplitst=places.split,
            woningen=None if dwellings is None else dwellings.sure,
            mogelijke_woningen=None if dwellings is None else dwellings.possible,
        )


class MedianDocument(Document):
    """Hoe lang iets duurde."""

    dagen: float | None = Field(validation_alias="days", description="Mediaan; leeg als er geen zijn")
    aantal: int = Field(validation_alias="number", description="Van hoeveel plekken")


class TimesDocument(Document):
    """Hoe lang het duurde, in dagen."""

    tot_lijst: MedianDocument = Field(
        validation_alias="to_list", description="Van de eerste melding tot op de lijst"
    )
    tot_besluit: MedianDocument = Field(
        validation_alias="to_verdict",
        description="Van de lijst tot het eerste besluit, dat in de periode viel",
    )
    tot_maatregel: MedianDocument = Field(
        validation_alias="to_measure",
        description="Van de lijst tot de eerste maatregel, die in de periode begon",
    )


class KindDocument(Document):
    """Hoe vaak een soort maatregel begon."""

    soort: MeasureKind
    aantal: int


class DifferenceDocument(Document):
    """Verschil in meldingen, met het 95%-interval; minder dan 0 is minder meldingen."""

    verschil: float
    laag: float
    hoog: float


class TakenMeasureDocument(Document):
    """Een maatregel die in de periode begon."""

    hotspot: str = Field(description="Nummer")
    maatregel: int
    soort: MeasureKind
    begin: date
    effect: DifferenceDocument | None = Field(
        description="Leeg als dat niet te zeggen is, of niet is gevraagd"
    )
    geen_effect_omdat: str | None

    @classmethod
    def of(cls, row: TakenMeasure) -> "TakenMeasureDocument":
        """From the library's measure."""
        outcome = None if row.effect is None else row.effect.outcome
        missing = None if row.effect is None else row.effect.missing
        return cls(
            hotspot=row.number,
            maatregel=row.id,
            soort=row.kind,
            begin=row.starts_on,
            effect=None if outcome is None else _difference(outcome.difference, outcome.lower, outcome.upper),
            geen_effect_omdat=None if missing is None else str(missing),
        )


class MeasuresDocument(Document):
    """De maatregelen die in de periode begonnen."""

    begonnen: int
    plekken: int = Field(description="Bij hoeveel hotspots")
    per_soort: list[KindDocument]
    effect_berekend: bool = Field(description="Of is berekend wat zij deden; vraag erom met effect=true")
    duidelijk_minder: int
    duidelijk_meer: int
    onzeker: int
    samen: DifferenceDocument | None = Field(
        description="Van de eerste maatregel bij elke plek waarvan dat te zeggen is"
    )
    maatregelen: list[TakenMeasureDocument]

    @classmethod
    def of(cls, measures: Measures) -> "MeasuresDocument":
        """From the library's measures."""
        pooled = measures.pooled
        return cls(
            begonnen=measures.taken,
            plekken=measures.place_count,
            per_soort=[KindDocument(soort=kind, aantal=number) for kind, number in measures.by_kind.items()],
            effect_berekend=measures.has_effects,
            duidelijk_minder=measures.helped,
            duidelijk_meer=measures.worsened,
            onzeker=measures.unsure,
            samen=None if pooled is None else _difference(pooled.difference, pooled.lower, pooled.upper),
            maatregelen=[TakenMeasureDocument.of(row) for row in measures.rows],
        )


class RatioDocument(Document):
    """De verhouding tot een jaar eerder, met het exacte 95%-interval."""

    verhouding: float | None = Field(description="1 is evenveel; leeg als er een jaar eerder geen waren")
    laag: float
    hoog: float | None = Field(description="Leeg als er geen bovengrens is")
    meer_dan_toeval: bool

    @classmethod
    def of(cls, ratio: RateRatio | None) -> "RatioDocument | None":
        """From the library's ratio; None if there is nothing to compare."""
        if ratio is None or ratio.ratio != ratio.ratio:
            return None
        value, high = (
            None if each == float("inf") else round(each, 4) for each in (ratio.ratio, ratio.upper)
        )
        return cls(verhouding=value, laag=round(ratio.lower, 4), hoog=high, meer_dan_toeval=ratio.is_change)


class YearBeforeDocument(Document):
    """Dezelfde dagen een jaar eerder."""

    aantal: int | None = Field(description="Leeg als dat niet bekend is, of niet voor u")
    verhouding: RatioDocument | None
    niet_te_vergelijken_omdat: str | None

    @classmethod
    def of(cls, change: Change) -> "YearBeforeDocument":
        """From the library's comparison."""
        return cls(
            aantal=change.before,
            verhouding=RatioDocument.of(change.ratio),
            niet_te_vergelijken_omdat=change.why_not or None,
        )


class AreaDocument(Document):
    """Een gebied of buurt in de periode."""

    code: str = Field(description="Code van de buurt, of naam van het gebied; leeg: buurt onbekend")
    naam: str
    gebied: str
    meldingen: int | None
    meldingen_jaar_eerder: int | None
    verhouding: RatioDocument | None
    nieuw: int
    nieuw_jaar_eerder: int | None
    besluit: DecisionsDocument
    voorstel_software: SuggestionsDocument
    woningen: int | None = Field(description="Zeker of misschien een woning; leeg: niet voor u")
    maatregelen: int | None

    @classmethod
    def of(cls, line: AreaLine) -> "AreaDocument":
        """From the library's line."""
        return cls(
            code=line.code,
            naam=line.name,
            gebied=line.gebied,
            meldingen=line.reports,
            meldingen_jaar_eerder=line.reports_before,
            verhouding=RatioDocument.of(line.ratio),
            nieuw=line.found,
            nieuw_jaar_eerder=line.found_before,
            besluit=DecisionsDocument.of(line.by_decision),
            voorstel_software=SuggestionsDocument.of(line.suggested),
            woningen=line.dwellings,
            maatregelen=line.measures,
        )


class YearDocument(Document):
    """Wat een jaar of een andere periode opleverde."""

    van: date = Field(description="Eerste dag", examples=["2023-01-01"])
    tot: date = Field(description="Laatste dag, die ook meetelt", examples=["2023-12-31"])
    jaar: int | None = Field(description="Als het een kalenderjaar is", examples=[2023])
    bekend_tot: date = Field(description="Laatste dag die bekend is")
    is_om: bool = Field(description="Of de hele periode bekend is")
    gebied: str | None = Field(description="Waarover het gaat, in woorden; leeg: de hele gemeente")
    is_exact: bool = Field(description="Of u daar van alle plekken mag weten; zo niet, dan is het afgerond")
    zin: str = Field(description="Een zin voor het plan")
    meldingen: ReportsDocument
    meldingen_jaar_eerder: YearBeforeDocument
    plekken: PlacesDocument
    plekken_jaar_eerder: YearBeforeDocument
    duur: TimesDocument | None = Field(description="Leeg: niet voor u")
    aanpak: MeasuresDocument | None = Field(description="Leeg: niet voor u")
    gebieden: list[AreaDocument]
    buurten: list[AreaDocument]
    opmerkingen: list[str] = Field(description="Wat een lezer moet weten")
    links: YearLinks = Field(alias="_links")

    @classmethod
    def of(cls, account: YearAccount, href: str) -> "YearDocument":
        """From the library's account."""
        return cls(
            van=account.period.first,
            tot=account.period.last,
            jaar=account.period.year,
            bekend_tot=account.until,
            is_om=account.is_over,
            gebied=account.area_name,
            is_exact=account.is_exact,
            zin=account.sentence,
            meldingen=_reports(account.reports),
            meldingen_jaar_eerder=YearBeforeDocument.of(account.reports_before),
            plekken=PlacesDocument.of(account.places),
            plekken_jaar_eerder=YearBeforeDocument.of(account.places_before),
            duur=None if account.times is None else _times(account.times),
            aanpak=None if account.measures is None else MeasuresDocument.of(account.measures),
            gebieden=[AreaDocument.of(line) for line in account.gebieden],
            buurten=[AreaDocument.of(line) for line in account.buurten],
            opmerkingen=list(account.notes),
            _links=YearLinks(self=Link(href=href)),
        )


class YearEntry(Document):
    """Een jaar waarvan er cijfers zijn."""

    jaar: int = Field(examples=[2023])
    is_om: bool = Field(description="Of het hele jaar bekend is")
    links: YearLinks = Field(alias="_links")


class YearsPage(Paged):
    """De jaren waarvan er cijfers zijn; met `van` en `tot` ook wat die periode opleverde."""

    jaren: list[YearEntry]
    periode: YearDocument | None = Field(description="Van de dagen van `van` tot en met `tot`; anders leeg")


def _difference(difference: float, lower: float, upper: float) -> DifferenceDocument:
    return DifferenceDocument(verschil=round(difference, 2), laag=round(lower, 2), hoog=round(upper, 2))


def _reports(reports: Screened) -> ReportsDocument:
    return ReportsDocument.model_validate(reports)


def _times(times: Times) -> TimesDocument:
    return TimesDocument.model_validate(times)
