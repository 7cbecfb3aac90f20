"""`/v1/duidingen`: what partners say lies behind figures."""

from datetime import date, datetime
from typing import Annotated, Literal, Self

from fastapi import Path, Query, Request, Response
from pydantic import Field, model_validator

from api.http.dependencies import Name, Page, PageParameters, ReadConnection, ServiceDatabase, ServiceSettings
from api.http.paging import Document, Paged, answer_part
from api.http.sign_in import Now, ReaderVisibility, SignedIn
from api.http.versions import SeenVersion, version_tag
from api.rest.case_documents import RequestModel, ShortText, Text
from api.rest.routes import Routes
from hotspots.access.rights import Sharing
from hotspots.casework.duidingen import (
    Duiding,
    Written,
    correct_duiding,
    read_duiding,
    read_duiding_history,
    read_duidingen,
    withdraw_duiding,
    write_duiding,
)

router = Routes(tags=["dossiers"])

DuidingId = Annotated[str, Path(alias="id", max_length=60, description="Kenmerk van de duiding")]

ScreenedCategory = Literal["personen", "drugs"]
"""The categories of the figures."""


class DuidingQuery(Page):
    """All query parameters of duidingen."""

    van: date | None = Field(default=None, description="Alleen over cijfers van deze dag of later")
    tot: date | None = Field(default=None, description="Alleen over cijfers tot en met deze dag")
    gebied: Name | None = Field(
        default=None, description="Alleen wat over dit gebied gaat, over een deel ervan of over alles"
    )
    buurt: Name | None = Field(
        default=None, description="Code van een buurt; ook wat over meer dan die buurt gaat"
    )
    categorie: ScreenedCategory | None = Field(
        default=None, description="Alleen wat over deze categorie gaat, of over alle"
    )


class DuidingDocument(Document):
    """Wat achter cijfers ligt."""

    id: str
    versie: int = Field(validation_alias="version", description="Eén hoger bij elke wijziging; ook de ETag")
    tekst: str = Field(validation_alias="text")
    van: date = Field(validation_alias="first")
    tot: date = Field(validation_alias="last", description="De laatste dag die meetelt")
    gebied: str | None = Field(description="Leeg: een buurt, of de hele gemeente")
    buurtcode: str | None
    buurtnaam: str | None
    categorie: str | None = Field(validation_alias="category", description="Leeg: alle")
    delen: Sharing = Field(validation_alias="sharing", description="Wie het mag lezen")
    organisatie: str = Field(validation_alias="organisation")
    tijdstip: datetime = Field(validation_alias="given_at")
    door: str = Field(validation_alias="given_by")


class DuidingList(Paged):
    """Duidingen die u mag lezen; de laatste periode eerst."""

    duidingen: list[DuidingDocument]


class DuidingVersionDocument(DuidingDocument):
    """Zoals een duiding was of is."""

    ingetrokken: bool = Field(validation_alias="is_withdrawn")


class DuidingHistory(Paged):
    """De versies van een duiding, eerste eerst."""

    versies: list[DuidingVersionDocument]


class NewDuiding(RequestModel):
    """Wat achter cijfers ligt: van een gebied, een buurt of de hele gemeente."""

    tekst: Text
    van: date = Field(description="Eerste dag van de cijfers")
    tot: date = Field(description="Laatste dag van de cijfers; telt mee")
    delen: Sharing = Field(description="Wie het mag lezen")
    gebied: ShortText | None = Field(default=None, description="Naam van een gebied")
    buurt: ShortText | None = Field(default=None, description="Code van een buurt")
    categorie: ScreenedCategory | None = Field(default=None, description="Leeg: alle")

    @model_validator(mode="after")
    def _is_of_one_place_and_time(self) -> Self:
        if self.tot < self.van:
            raise ValueError("de periode eindigt voordat zij begint")
        if self.gebied is not None and self.buurt is not None:
            raise ValueError("kies een gebied of een buurt, niet allebei")
        return self

    def written(self) -> Written:
        """The same for the library."""
        return Written(self.tekst, self.van, self.tot, self.delen, self.gebied, self.buurt, self.categorie)


def _answer(duiding: Duiding, response: Response) -> DuidingDocument:
    response.headers["ETag"] = version_tag(duiding.version)
    return DuidingDocument.model_validate(duiding)


@router.reads("/duidingen", "getDuidingen", "Wat achter cijfers ligt", DuidingList)
def get_duidingen(
    request: Request,
    query: Annotated[DuidingQuery, Query()],
    actor: SignedIn,
    visibility: ReaderVisibility,
    connection: ReadConnection,
    settings: ServiceSettings,
) -> Response:
    """Geeft wat partners met u delen over deze cijfers, zonder wat is ingetrokken."""
    found = read_duidingen(
        connection,
        settings,
        visibility=visibility,
        reader=actor,
        van=query.van,
        tot=query.tot,
        gebied=query.gebied,
        buurt=query.buurt,
        categorie=query.categorie,
    )
    return answer_part(request, query, "duidingen", DuidingDocument, found)


@router.adds("/duidingen", "postDuiding", "Een duiding schrijven")
def post_duiding(
    new: NewDuiding,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    response: Response,
) -> DuidingDocument:
    """Schrijft namens uw organisatie wat achter cijfers ligt; over de hele gemeente alleen OOV."""
    return _answer(write_duiding(database, settings, new.written(), actor=actor, now=now), response)


@router.get("/duidingen/{id}", operation_id="getDuiding", summary="Een duiding")
def get_duiding(
    duiding_id: DuidingId,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    response: Response,
) -> DuidingDocument:
    """Geeft één duiding; de ETag is nodig om haar te wijzigen."""
    return _answer(read_duiding(database, settings, duiding_id, actor=actor), response)


@router.put("/duidingen/{id}", operation_id="putDuiding", summary="Een duiding verbeteren")
def put_duiding(
    duiding_id: DuidingId,
    change: NewDuiding,
    version: SeenVersion,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    response: Response,
) -> DuidingDocument:
    """Verbetert een duiding van uw organisatie; wat zij was, blijft in haar historie."""
    changed = correct_duiding(
        database,
        settings,
        duiding_id,
        change.written(),
        actor=actor,
        expected_version=version,
        now=now,
    )
    return _answer(changed, response)


@router.delete(
    "/duidingen/{id}", operation_id="deleteDuiding", summary="Een duiding intrekken", status_code=204
)
def delete_duiding(
    duiding_id: DuidingId,
    version: SeenVersion,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Trekt een duiding van uw organisatie in: niemand ziet haar nog, haar historie blijft."""
    withdraw_duiding(database, settings, duiding_id, actor=actor, expected_version=version, now=now)
    return Response(status_code=204)


@router.reads("/duidingen/{id}/historie", "getDuidingHistorie", "Hoe een duiding was", DuidingHistory)
def get_duiding_history(
    request: Request,
    duiding_id: DuidingId,
    query: PageParameters,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> Response:
    """Geeft de versies van een duiding, ook van een die is ingetrokken, voor wie dossiers mag lezen."""
    versions = read_duiding_history(database, settings, duiding_id, actor=actor)
    return answer_part(request, query, "versies", DuidingVersionDocument, versions)
