"""`/v1/cijfers/andere`: figures of others beside our reports, with whole years in columns."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import Field

from api.http.answers import answer_document
from api.http.dependencies import Name, QueryParameters
from api.http.paging import Document
from api.http.sign_in import Now, Reader
from api.rest.duidingen import ScreenedCategory
from api.rest.routes import Routes
from hotspots.publishing.figures.beside import other_figures_beside
from hotspots.wording import YEARS

router = Routes(tags=["rondes"])


class OtherFiguresQuery(QueryParameters):
    """All query parameters of figures of others."""

    jaar: int | None = Field(
        default=None,
        ge=YEARS[1],
        le=YEARS[-2],
        description="Het laatste jaar; zonder: het laatste waarvan iets bekend is",
        examples=[2023],
    )
    aantal_jaren: int = Field(default=5, ge=1, le=20, description="Hoeveel jaren naast elkaar")
    gebied: Name | None = Field(default=None, description="Naam van een gebied")
    buurt: Name | None = Field(default=None, description="Code van een buurt", examples=["BU09350000"])
    categorie: ScreenedCategory | None = Field(
        default=None, description="Van onze meldingen alleen deze; die van anderen staan er altijd"
    )


class YearsRowDocument(Document):
    """Eén onderwerp van één bron."""

    bron: str = Field(validation_alias="source")
    onderwerp: str = Field(validation_alias="category")
    eenheid: str = Field(validation_alias="unit", description="aantal, of aandeel: een deel van 0 tot 1")
    eigen_meldingen: bool = Field(validation_alias="is_ours", description="Of het onze meldingen zijn")
    waarden: list[float | None] = Field(
        validation_alias="values",
        description="Een per jaar; leeg als er geen cijfer is, of als u het niet mag weten",
    )
    verschil: str = Field(
        validation_alias="change",
        description="Van het laatste jaar met het jaar ervoor, zoals ↑ 16 %; leeg als dat niet kan",
    )


class OtherFigures(Document):
    """Onze meldingen naast cijfers van anderen, met jaren in kolommen."""

    jaren: list[int] = Field(validation_alias="years")
    waar: str = Field(validation_alias="where", description="Waarover onze meldingen gaan")
    regels: list[YearsRowDocument] = Field(validation_alias="rows")


@router.reads("/cijfers/andere", "getAndereCijfers", "Onze meldingen naast cijfers van anderen", OtherFigures)
def get_other_figures(
    request: Request, query: Annotated[OtherFiguresQuery, Query()], reader: Reader, now: Now
) -> Response:
    """Geeft per bron en onderwerp de cijfers van hele jaren, met het verschil van het laatste.

    Onze meldingen van een jaar staan erin als dat jaar voorbij is en alle meldingen bekend zijn; wie niet van
    elke plek mag weten, krijgt de openbare cijfers opgeteld. Cijfers van anderen tellen nergens in mee.
    """
    found = other_figures_beside(
        reader.connection,
        reader.settings,
        visibility=reader.visibility,
        today=reader.settings.municipality.local_day(now),
        until=query.jaar,
        count=query.aantal_jaren,
        gebied=query.gebied,
        buurt=query.buurt,
        categorie=query.categorie,
    )
    return answer_document(request, OtherFigures.model_validate(found))
