"""`/v1/stand`: how it stands now, as `/stand` shows it."""

from datetime import date
from math import isnan
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel, Field

from api.http.answers import answer_document
from api.http.dependencies import Name, QueryParameters
from api.http.paging import Document, Link
from api.http.sign_in import Reader, find_actor
from api.rest.routes import Routes
from hotspots.access.rights import Actor
from hotspots.publishing.stand import Stand, TileName, read_stand
from hotspots.store.areas import load_areas

router = Routes(tags=["hotspots"])


class StandParameters(QueryParameters):
    """Of which area."""

    gebied: Name | None = Field(default=None, description="Naam van een gebied, of een eigen gebied")


class StandFigure(Document):
    """Eén getal van de stand, met wat het betekent."""

    onderwerp: TileName
    aantal: int
    woorden: str = Field(description="Wat er is geteld")
    zin: str = Field(description="Wat het getal betekent")
    afgerond: bool = Field(description="Of het op vijf is afgerond")


class StandPlaces(Document):
    """Plekken op de lijst, en wat er in vier weken veranderde."""

    op_de_lijst: int = Field(validation_alias="listed")
    nog_niet_besloten: int = Field(validation_alias="undecided")
    in_aanpak: int = Field(validation_alias="in_approach")
    in_nazorg: int = Field(validation_alias="in_aftercare")
    minder_meldingen: int = Field(validation_alias="falling")
    stil: int = Field(validation_alias="quiet")
    nieuw_in_vier_weken: int | None = Field(
        validation_alias="came", description="Leeg als er zo lang geleden geen ronde was"
    )
    nieuw_deze_week: int | None = Field(validation_alias="came_this_week")
    van_de_lijst: int | None = Field(
        validation_alias="went", description="In vier weken; leeg als er zo lang geleden geen ronde was"
    )
    waarvan_beeindigd: int = Field(validation_alias="went_for_good", description="Beëindigd of gesloten")


class StandMeasures(Document):
    """Maatregelen op plekken waarvan u het dossier mag lezen."""

    lopend: int = Field(validation_alias="in_force")
    op_plekken: int = Field(validation_alias="at_places")
    begonnen: int = Field(validation_alias="begun", description="In een half jaar")
    daarna_minder: int = Field(validation_alias="fewer", description="Minder meldingen dan toeval verklaart")
    daarna_meer: int = Field(validation_alias="more")
    onzeker: int = Field(validation_alias="unsure", description="Het verschil kan toeval zijn")
    vergeleken: bool = Field(
        validation_alias="has_effects",
        description="Of is gerekend wat er daarna gebeurde: niet bij veel meldingen",
    )


class StandMonth(Document):
    """De meldingen van een maand."""

    maand: str = Field(examples=["2023-11"])
    aantal: int
    aantal_vorig_jaar: int | None = Field(description="Leeg als het niet bekend is")


class StandQuarter(Document):
    """De meldingen van een kwartaal, zoals iedereen ze mag weten."""

    eerste_dag: date = Field(validation_alias="first_day")
    ongeveer: int | None = Field(
        validation_alias="figure", description="Afgerond op vijf; leeg als het niet wordt getoond"
    )


class StandBuurt(Document):
    """De plekken op de lijst in een buurt."""

    buurtcode: str
    buurtnaam: str
    plekken: int


class StandLinks(BaseModel):
    """Verwijzingen vanuit de stand."""

    self: Link
    hotspots: Link


class StandDocument(Document):
    """Hoe het er nu voor staat."""

    peildatum: date | None = Field(description="Van de laatste ronde; leeg als er nog geen was")
    gebied: str | None
    volledig: bool = Field(
        description="Of alles meetelt; zo niet, dan zonder woningen en met meldingen afgerond op vijf"
    )
    cijfers: list[StandFigure]
    plekken: StandPlaces
    maatregelen: StandMeasures | None = Field(description="Leeg als u hier geen dossier mag lezen")
    maanden: list[StandMonth] | None = Field(
        description="Leeg voor wie niet van elke plek mag weten; dan zijn er kwartalen"
    )
    kwartalen: list[StandQuarter]
    buurten: list[StandBuurt]
    links: StandLinks = Field(alias="_links")


@router.reads("/stand", "getStand", "Hoe het er nu voor staat", StandDocument)
def get_stand(
    request: Request,
    query: Annotated[StandParameters, Query()],
    reader: Reader,
    actor: Annotated[Actor | None, Depends(find_actor)],
) -> Response:
    """Geeft hoeveel plekken er nu zijn, wat er nieuw is, wat er gebeurt en wat rustiger werd."""
    connection, settings, visibility = reader
    stand = read_stand(connection, settings, visibility=visibility, actor=actor, gebied=query.gebied)
    areas = load_areas(connection, settings.areas.gebieden)
    names = dict(zip(areas["buurtcode"], areas["buurtnaam"], strict=True))
    return answer_document(request, _document(stand, names, request))


def _document(stand: Stand, names: dict[str, str], request: Request) -> StandDocument:
    query = f"?{request.url.query}" if request.url.query else ""
    return StandDocument(
        peildatum=stand.peildatum,
        gebied=stand.area_name,
        volledig=stand.is_exact,
        cijfers=[
            StandFigure(
                onderwerp=tile.name,
                aantal=tile.value,
                woorden=tile.words,
                zin=tile.sentence,
                afgerond=tile.is_about,
            )
            for tile in stand.tiles
        ],
        plekken=StandPlaces.model_validate(stand.places),
        maatregelen=None if stand.measures is None else StandMeasures.model_validate(stand.measures),
        maanden=_months(stand),
        kwartalen=[StandQuarter.model_validate(each) for each in stand.quarters],
        buurten=[
            StandBuurt(buurtcode=code, buurtnaam=names[code], plekken=number)
            for code, number in stand.by_buurt.items()
        ],
        _links=StandLinks(
            self=Link(href=f"/v1/stand{query}"), hotspots=Link(href="/v1/hotspots?opDeLijst=true")
        ),
    )


def _months(stand: Stand) -> list[StandMonth] | None:
    if stand.months is None or stand.months_until is None:
        return None
    rows: list[dict[Any, Any]] = stand.months[stand.months["month"] > 0].to_dict("records")
    return [
        StandMonth(
            maand=f"{stand.months_until.year}-{row['month']:02}",
            aantal=int(row["count"]),
            aantal_vorig_jaar=None if isnan(row["count_last_year"]) else int(row["count_last_year"]),
        )
        for row in rows
    ]
