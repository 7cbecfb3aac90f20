"""Dependencies of routes: the settings, a connection to read from, and validated query parameters."""

from asyncio import Semaphore
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, get_origin

from fastapi import Depends, Query, Request
from fastapi.concurrency import contextmanager_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel
from sqlalchemy import Connection

from api.http.coordinates import CRS84, box_in_degrees, parse_box, transform_to
from hotspots.access.rights import Visibility
from hotspots.casework.open_cases import CASE_ORDERS, CaseView, OpenRow, in_order, is_in_view, is_named
from hotspots.casework.place_reports import NEWEST_FIRST, SORTS
from hotspots.model import Aard, Indicatie, Soort, Status, Trend
from hotspots.settings import Settings
from hotspots.store.database import Database
from hotspots.tracking.hotspot import PROPERTY_NAMES
from hotspots.tracking.selection import SORTABLE, Selection

MAX_PAGE_SIZE = 500
Name = Annotated[str, Field(min_length=1, max_length=120)]


async def get_settings(request: Request) -> Settings:
    """The settings that hold at this request (:mod:`api.http.live_settings`)."""
    settings: Settings = request.app.state.settings
    return settings


async def get_database(request: Request) -> Database:
    """The database of the service."""
    database: Database = request.app.state.database
    return database


async def get_connection(
    request: Request, database: Annotated[Database, Depends(get_database)]
) -> AsyncIterator[Connection]:
    """A connection for this request; all its reads see the same moment.

    Waiting for a free connection is done here and not in a thread: if all threads were waiting, requests that
    have a connection could not proceed.
    """
    turns: Semaphore = request.app.state.turns
    async with turns, contextmanager_in_threadpool(database.reading()) as connection:
        yield connection


ServiceSettings = Annotated[Settings, Depends(get_settings)]
ServiceDatabase = Annotated[Database, Depends(get_database)]
# returned before the answer is sent, so that a slow client holds no connection
ReadConnection = Annotated[Connection, Depends(get_connection, scope="function")]


class QueryParameters(BaseModel):
    """Query parameters in camelCase; unknown ones are refused."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, extra="forbid", frozen=True)


def refuse_repeated(request: Request) -> None:
    """Refuse repeated query parameters that take one value, as it is unclear which of them counts.

    Raises
    ------
    RequestValidationError
        With all repeated parameters.
    """
    counts = Counter(name for name, _ in request.query_params.multi_items())
    repeated = {name for name, count in counts.items() if count > 1}
    problem = {"type": "value_error", "ctx": {"error": "mag maar een keer voorkomen"}}
    lists = _names_of_lists(QueryParameters) if repeated else set()
    errors = [problem | {"loc": ("query", name)} for name in counts if name in repeated - lists]
    if errors:
        raise RequestValidationError(errors)


def _names_of_lists(model: type[BaseModel]) -> set[str]:
    """The parameters that take several values, of a model and of all its subclasses."""
    fields = model.model_fields.items()
    own = {each.alias or name for name, each in fields if get_origin(each.annotation) is list}
    return own.union(*(_names_of_lists(made) for made in model.__subclasses__()))


class AsOf(QueryParameters):
    """The peildatum."""

    peildatum: date | None = Field(
        default=None,
        description="Zoals het was na de laatste ronde op of voor deze dag; zonder: na de laatste ronde",
        examples=["2023-12-31"],
    )


class PlaceFilters(QueryParameters):
    """Filters on hotspots in any week; values of one parameter are alternatives."""

    soort: list[Soort] = Field(default_factory=list, description="Alleen van deze soort")
    indicatie: list[Indicatie] = Field(default_factory=list, description="Alleen met deze indicatie")
    aard: list[Aard] = Field(
        default_factory=list, description="Alleen waar de meldingen hier vooral over gaan"
    )
    buurt: Name | None = Field(default=None, description="Code van een buurt", examples=["BU09350000"])
    gebied: Name | None = Field(default=None, description="Naam van een gebied")

    def selection(self, visibility: Visibility, peildatum: date | None = None) -> Selection:
        """The selection for a reader."""
        return Selection(
            visibility,
            as_of=peildatum,
            soort=self.soort,
            indicatie=self.indicatie,
            aard=self.aard,
            buurt=self.buurt,
            gebied=self.gebied,
        )


class Filters(PlaceFilters, AsOf):
    """Filters on hotspots in one week."""

    status: list[Status] = Field(default_factory=list, description="Alleen met deze status")
    trend: list[Trend] = Field(default_factory=list, description="Alleen met deze trend")
    op_de_lijst: bool = Field(
        default=False, description="Alleen wat op de lijst staat: niet beëindigd of afgerond"
    )
    bbox: str | None = Field(
        default=None,
        max_length=200,
        description="Alleen met het midden hierin: west,zuid,oost,noord in graden (WGS 84)",
        examples=["5.68,50.84,5.71,50.86"],
    )

    @field_validator("bbox")
    @classmethod
    def _is_box(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None:
            is_degrees = info.data.get("bbox_crs", CRS84) == CRS84
            (parse_bbox if is_degrees else parse_box)(value)
        return value

    def selection(self, visibility: Visibility, peildatum: date | None = None) -> Selection:
        """The selection for a reader, as of the day asked for unless another is given."""
        selection = super().selection(visibility, peildatum or self.peildatum)
        return replace(
            selection, status=self.status, trend=self.trend, bbox=self.box, is_listed=self.op_de_lijst
        )

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """The box in degrees."""
        return None if self.bbox is None else parse_bbox(self.bbox)


class OpenCaseFilters(PlaceFilters):
    """Filters on open cases, and their order."""

    status: list[Status] = Field(default_factory=list, description="Alleen met deze status")
    trend: list[Trend] = Field(default_factory=list, description="Alleen met deze trend")
    toon: CaseView | None = Field(
        default=None,
        description=(
            "Alleen wat u of uw organisatie heeft, waarvan de termijn om is, wat wacht op een partner, of "
            "wat niemand heeft"
        ),
    )
    zoek: Name | None = Field(
        default=None, description="Alleen met dit in het nummer, de naam of bij wie het is"
    )
    sort: str | None = Field(
        default=None,
        max_length=200,
        description=(
            "Volgorde: velden met komma's ertussen, met - ervoor van hoog naar laag; zonder: op score. "
            f"Kan op {', '.join(CASE_ORDERS)}"
        ),
        examples=["uiterlijk,-aantalMeldingen"],
    )

    @field_validator("sort")
    @classmethod
    def _is_sortable(cls, value: str | None) -> str | None:
        if value is not None:
            _known(",".join(key.removeprefix("-") for key in value.split(",")), tuple(CASE_ORDERS))
        return value

    def selection(self, visibility: Visibility, peildatum: date | None = None) -> Selection:
        """The selection for a reader."""
        selection = super().selection(visibility, peildatum)
        return replace(selection, status=self.status, trend=self.trend)

    def chosen(self, rows: Sequence[OpenRow]) -> list[OpenRow]:
        """Those of the open cases of the selection that are asked for, in the order that is."""
        return [row for row in self.of_any_view(rows) if self.toon is None or is_in_view(row, self.toon)]

    def of_any_view(self, rows: Sequence[OpenRow]) -> list[OpenRow]:
        """The same in any view."""
        named = [row for row in rows if self.zoek is None or is_named(row, self.zoek)]
        return in_order(named, self.sort.split(",") if self.sort else [])


class Coordinates(QueryParameters):
    """The coordinates of features in the answer."""

    crs: str = Field(
        default=CRS84,
        max_length=120,
        description="Coördinaten van de vormen in GeoJSON: die van het antwoord staan in Content-Crs",
    )


class BoxCoordinates(Coordinates):
    """The coordinates of features in the answer, and of the box in the request."""

    bbox_crs: str = Field(default=CRS84, max_length=120, description="Coördinaten van bbox")


class Page(QueryParameters):
    """The page of a collection."""

    pagina: int = Field(default=1, ge=1, le=1_000_000, description="Welke pagina, vanaf 1")
    pagina_grootte: int = Field(
        default=50, ge=1, le=MAX_PAGE_SIZE, description="Hoeveel per pagina", examples=[50]
    )

    @property
    def offset(self) -> int:
        """The number of members before this page."""
        return (self.pagina - 1) * self.pagina_grootte


class ReportQuery(Page):
    """All query parameters of the reports of a hotspot."""

    sort: str = Field(
        default=NEWEST_FIRST,
        max_length=40,
        description=f"Volgorde, met - ervoor van hoog naar laag. Kan op {', '.join(SORTS)}",
        examples=[NEWEST_FIRST],
    )

    @field_validator("sort")
    @classmethod
    def _is_sortable(cls, value: str) -> str:
        _known(value.removeprefix("-"), SORTS)
        return value


class TrendQuery(PlaceFilters, Page):
    """All query parameters of the trends."""

    pagina_grootte: int = Field(
        default=26, ge=1, le=104, description="Hoeveel rondes per pagina", examples=[26]
    )


class Fields(QueryParameters):
    """The selection of fields."""

    fields: str | None = Field(
        default=None,
        max_length=500,
        description="Alleen deze velden, met komma's ertussen; zonder: alle",
        examples=["nummer,trend,aantalMeldingen"],
    )

    @field_validator("fields")
    @classmethod
    def _are_fields(cls, value: str | None) -> str | None:
        return value if value is None else _known(value, PROPERTY_NAMES)

    @property
    def names(self) -> tuple[str, ...]:
        """The chosen fields, in the order of the contract."""
        chosen = PROPERTY_NAMES if self.fields is None else self.fields.split(",")
        return tuple(name for name in PROPERTY_NAMES if name in chosen)


class FeedQuery(QueryParameters):
    """All query parameters of the feed."""

    gebied: Name | None = Field(default=None, description="Naam van een gebied")
    buurt: Name | None = Field(default=None, description="Code van een buurt", examples=["BU09350000"])


class HotspotQuery(Filters, Fields, Page, BoxCoordinates):
    """All query parameters of the collection of hotspots."""

    bbox: str | None = Field(
        default=None,
        max_length=200,
        description="Alleen met het midden hierin: west,zuid,oost,noord in de coördinaten van bboxCrs",
        examples=["5.68,50.84,5.71,50.86"],
    )

    sort: str | None = Field(
        default=None,
        max_length=200,
        description=(
            "Volgorde: velden met komma's ertussen, met - ervoor van hoog naar laag; zonder: eerst wat is "
            f"gesignaleerd, op score. Kan op {', '.join(SORTABLE)}"
        ),
        examples=["-aantalMeldingen,nummer"],
    )
    gewijzigd_sinds: AwareDatetime | None = Field(
        default=None,
        description=(
            "Alleen wat na dit tijdstip nieuw is of anders werd, door een ronde of door wat mensen deden"
        ),
        examples=["2023-12-31T06:30:00Z"],
    )

    @field_validator("sort")
    @classmethod
    def _is_sortable(cls, value: str | None) -> str | None:
        if value is not None:
            _known(",".join(key.removeprefix("-") for key in value.split(",")), tuple(SORTABLE))
        return value

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """The box, if it is in degrees."""
        return super().box if self.bbox_crs == CRS84 else None

    def chosen(self, settings: Settings, visibility: Visibility) -> Selection:
        """The selection for a reader.

        Raises
        ------
        RequestValidationError
            If the coordinate system of the box is not offered.
        """
        selection = replace(self.selection(visibility), changed_since=self.gewijzigd_sinds)
        transform_to(settings, self.bbox_crs, parameter="bboxCrs")  # refuses systems that are not offered
        if self.bbox is None or self.bbox_crs == CRS84:
            return selection
        shape = box_in_degrees(settings, parse_box(self.bbox), self.bbox_crs, parameter="bboxCrs")
        return replace(selection, inside=shape)

    @property
    def sort_keys(self) -> list[str]:
        """The sort keys."""
        return self.sort.split(",") if self.sort else []


class OpenCaseQuery(OpenCaseFilters, Page):
    """All query parameters of the open cases."""


class HotspotDocumentQuery(AsOf, Fields, Coordinates):
    """All query parameters of one hotspot."""


class BuurtQuery(Page, Coordinates):
    """All query parameters of the buurten."""


BuurtParameters = Annotated[BuurtQuery, Query()]
HotspotParameters = Annotated[HotspotQuery, Query()]
HotspotDocumentParameters = Annotated[HotspotDocumentQuery, Query()]
FeedParameters = Annotated[FeedQuery, Query()]
AsOfParameter = Annotated[AsOf, Query()]
ReportParameters = Annotated[ReportQuery, Query()]
TrendParameters = Annotated[TrendQuery, Query()]
OpenCaseParameters = Annotated[OpenCaseQuery, Query()]
PageParameters = Annotated[Page, Query()]


def _known(text: str, names: Sequence[str]) -> str:
    unknown = [name for name in text.split(",") if name not in names]
    if unknown:
        raise ValueError(f"kent '{unknown[0]}' niet, wel {', '.join(names)}")
    return text


def parse_bbox(text: str) -> tuple[float, float, float, float]:
    """Parse west, south, east, north from a text such as ``5.68,50.84,5.71,50.86``.

    Raises
    ------
    ValueError
        With what is wrong, in Dutch.
    """
    wanted = "moet west,zuid,oost,noord in graden zijn, zoals 5.68,50.84,5.71,50.86"
    try:
        west, south, east, north = parse_box(text)
    except ValueError:
        raise ValueError(wanted) from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError(wanted)
    return west, south, east, north
