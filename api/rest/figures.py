"""`/v1/cijfers`: what the reports of a year come to, as the page shows it."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import pandas as pd
from fastapi import Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from sqlalchemy import Connection

from api.http.answers import answer_document
from api.http.dependencies import Name, QueryParameters
from api.http.paging import Document, Link
from api.http.sign_in import Reader
from api.rest.routes import Routes
from hotspots.access.rights import Visibility
from hotspots.errors import ChoiceError
from hotspots.model import Category
from hotspots.publishing.figures.choice import Choice
from hotspots.publishing.figures.of_year import Figures
from hotspots.publishing.figures.reading import read_figures_of
from hotspots.settings import Settings
from hotspots.wording import YEARS

router = Routes(tags=["rondes"])


class FiguresQuery(QueryParameters):
    """Of which place, category and year figures are."""

    gebied: Name | None = Field(default=None, description="Naam van een gebied")
    buurt: Name | None = Field(default=None, description="Code van een buurt", examples=["BU09350000"])
    categorie: Literal["personen", "drugs"] | None = Field(
        default=None, description="Alleen meldingen hierover; zonder: samen, en de maanden ook apart"
    )
    jaar: int | None = Field(
        default=None, ge=YEARS[0], le=YEARS[-1], description="Zonder: het laatste jaar", examples=[2023]
    )

    @property
    def choice(self) -> Choice:
        """What the library is asked."""
        category = None if self.categorie is None else Category(self.categorie)
        return Choice(self.gebied, self.buurt, category, self.jaar)

    def address(self, path: str, **changed: object) -> str:
        """The address of a page with this choice and these changes."""
        values = self.model_dump(mode="json") | changed
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{path}?{query}" if query else path


class MonthFigure(Document):
    """Meldingen in een maand, naast die van vorig jaar."""

    categorie: str = Field(description="personen, drugs of alle")
    maand: int = Field(description="1 tot en met 12; 0 is het jaar tot nu")
    aantal: int | None
    aantal_vorig_jaar: int | None = Field(description="In dezelfde dagen")
    toeval_vanaf: int | None = Field(description="Zo weinig kan toeval zijn, als er niets veranderde")
    toeval_tot_en_met: int | None = Field(description="Zo veel kan toeval zijn, als er niets veranderde")
    groter_dan_toeval: bool | None


class WeekFigure(Document):
    """Meldingen in een week."""

    tot_en_met: date
    aantal: int
    grens: float | None = Field(description="Daarboven is het een alarm; uit de zeven weken ervoor")
    alarm: bool


class BuurtAlarm(Document):
    """Een buurt met meer meldingen in de laatste week dan daar gewoon is."""

    buurtcode: str
    buurtnaam: str
    categorie: str
    aantal: int
    gewoon: float = Field(description="Hoeveel er te verwachten waren")


class AreaFigure(Document):
    """Meldingen in een gebied of buurt."""

    code: str = Field(description="Code van de buurt, of naam van het gebied")
    naam: str
    aantal: int | None
    aantal_vorig_jaar: int | None
    groter_dan_toeval: bool | None
    inwoners: int | None
    per_duizend_inwoners: float | None = Field(
        description="In dezelfde periode; leeg bij te weinig of onbekende inwoners"
    )
    per_duizend_laag: float | None = Field(description="Ondergrens van het 95%-interval")
    per_duizend_hoog: float | None = Field(description="Bovengrens van het 95%-interval")


class StreetFigure(Document):
    """Een straat met veel meldingen."""

    straat: str
    aantal: int


class QuarterFigure(Document):
    """Openbare cijfers van een kwartaal, afgerond."""

    kwartaal: str = Field(description="eerste, tweede, derde of vierde")
    aantal: int | None
    aantal_vorig_jaar: int | None


class ConcentrationFigure(Document):
    """Hoe weinig plekken de meeste meldingen hebben."""

    plekken: int = Field(description="Vakken van de kaart waarin ooit een melding was")
    aandeel_van_drukste_vijfde: float = Field(
        description="Welk deel van de meldingen de drukste 20% van de plekken heeft"
    )
    door_het_lot: float = Field(description="Hetzelfde als het lot de meldingen verdeelde")
    plekken_met_vier_vijfde: float = Field(description="Welk deel van de plekken 80% van de meldingen heeft")
    gini: float = Field(description="Algemene Gini-coëfficiënt (Bernasco en Steenbeek, 2017)")


class FiguresLinks(Document):
    """Verwijzingen vanuit de cijfers."""

    self: Link
    pagina: Link = Field(description="De pagina met grafieken, ook als plaatje en tabel")


class FiguresDocument(Document):
    """Wat de meldingen van een jaar opleveren; een lege lijst wordt u niet verteld, of er is niets."""

    plaats: str
    jaar: int
    tot_en_met: date | None = Field(description="Laatste dag die meetelt; leeg als er niets is")
    exact: bool = Field(description="Zonder: alleen de openbare cijfers, afgerond en per heel kwartaal")
    maanden: list[MonthFigure]
    kwartalen: list[QuarterFigure] = Field(description="Alleen waar de cijfers zijn afgerond")
    weken: list[WeekFigure]
    alarmen: list[BuurtAlarm]
    gebieden: list[AreaFigure]
    buurten: list[AreaFigure]
    uren: list[list[int]] = Field(description="Zeven rijen vanaf maandag, met 24 uren")
    straten: list[StreetFigure] = Field(description="Alleen voor wie ook woningen mag zien")
    verdeling: ConcentrationFigure | None
    opmerkingen: list[str]
    links: FiguresLinks = Field(alias="_links")


def read_chosen(
    connection: Connection, settings: Settings, visibility: Visibility, query: FiguresQuery
) -> Figures:
    """Read the figures of a choice.

    Raises
    ------
    RequestValidationError
        If there is no such area.
    """
    try:
        return read_figures_of(connection, settings, visibility, query.choice)
    except ChoiceError as error:
        value = getattr(query, error.parameter)
        problem = {
            "type": "value_error",
            "loc": ("query", error.parameter),
            "ctx": {"error": error.dutch},
            "input": value,
        }
        raise RequestValidationError([problem]) from None


@router.reads("/cijfers", "getCijfers", "Cijfers van een jaar", FiguresDocument)
def get_figures(request: Request, query: Annotated[FiguresQuery, Query()], reader: Reader) -> Response:
    """Geeft per maand, week, gebied, buurt, uur en straat hoeveel meldingen er waren, naast vorig jaar."""
    connection, settings, visibility = reader
    figures = read_chosen(connection, settings, visibility, query)
    scope = figures.scope
    return answer_document(
        request,
        FiguresDocument(
            plaats=scope.place,
            jaar=scope.year,
            tot_en_met=None if scope.is_empty else scope.until,
            exact=scope.is_exact,
            maanden=[_month(row) for row in _rows(_months(figures))],
            kwartalen=[
                QuarterFigure(kwartaal=row[0], aantal=_whole(row[1]), aantal_vorig_jaar=_whole(row[2]))
                for row in _tuples(figures.quarters)
            ],
            weken=[
                WeekFigure(
                    tot_en_met=row["week_end"],
                    aantal=row["count"],
                    grens=_known(row["bound"], 1),
                    alarm=row["is_alarm"],
                )
                for row in _rows(figures.weeks)
            ],
            alarmen=[
                BuurtAlarm(
                    buurtcode=row["buurtcode"],
                    buurtnaam=row["name"],
                    categorie=row["category"],
                    aantal=row["observed"],
                    gewoon=round(row["expected"], 2),
                )
                for row in _rows(figures.alarms)
            ],
            gebieden=[_area(row) for row in _rows(figures.gebieden)],
            buurten=[_area(row) for row in _rows(figures.buurten)],
            uren=[] if figures.hours is None else figures.hours.to_numpy().tolist(),
            straten=[StreetFigure(straat=row["name"], aantal=row["count"]) for row in _rows(figures.streets)],
            verdeling=_concentration(figures),
            opmerkingen=list(figures.notes),
            _links=FiguresLinks(
                self=Link(href=query.address("/v1/cijfers")), pagina=Link(href=query.address("/cijfers"))
            ),
        ),
    )


def _months(figures: Figures) -> pd.DataFrame | None:
    months = figures.months
    return None if months is None else months[months["category"].isin(figures.categories)]


def _month(row: Mapping[str, Any]) -> MonthFigure:
    then = _whole(row["count_last_year"])
    return MonthFigure(
        categorie=row["category"],
        maand=row["month"],
        aantal=_whole(row["count"]),
        aantal_vorig_jaar=then,
        toeval_vanaf=_whole(row["least_by_chance"]),
        toeval_tot_en_met=_whole(row["most_by_chance"]),
        groter_dan_toeval=None if then is None else row["is_change"],
    )


def _area(row: Mapping[str, Any]) -> AreaFigure:
    return AreaFigure(
        code=row["code"],
        naam=row["name"],
        aantal=_whole(row["count"]),
        aantal_vorig_jaar=_whole(row["count_last_year"]),
        groter_dan_toeval=row["is_change"],
        inwoners=_whole(row["inhabitants"]),
        per_duizend_inwoners=_known(row["rate"], 2),
        per_duizend_laag=_known(row["rate_low"], 2),
        per_duizend_hoog=_known(row["rate_high"], 2),
    )


def _concentration(figures: Figures) -> ConcentrationFigure | None:
    found = figures.concentration
    if found is None:
        return None
    return ConcentrationFigure(
        plekken=found.places,
        aandeel_van_drukste_vijfde=round(found.share_of_reports(0.2), 4),
        door_het_lot=round(found.share_of_reports(0.2, by_chance=True), 4),
        plekken_met_vier_vijfde=round(found.share_of_places(0.8), 4),
        gini=round(found.gini, 4),
    )


def _rows(table: pd.DataFrame | None) -> list[dict[str, Any]]:
    if table is None:
        return []
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _tuples(table: pd.DataFrame | None) -> list[tuple[Any, ...]]:
    return [] if table is None else list(table.itertuples(index=False, name=None))


def _whole(value: float) -> int | None:
    return None if value != value else int(value)


def _known(value: float, digits: int) -> float | None:
    return None if value != value else round(float(value), digits)
