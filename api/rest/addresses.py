"""`/v1/adressen/…`: addresses that only a person can locate, and their correction."""

from typing import Annotated, Self

from fastapi import Query, Request, Response
from pydantic import Field, model_validator

from api.http.answers import answer_document
from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.paging import Document
from api.http.sign_in import Now, SignedIn
from api.rest.case_documents import RequestModel, Whole
from api.rest.routes import Routes
from hotspots.geocoding.relocation import fix_as, review_as

router = Routes(tags=["beheer"])

Limit = Annotated[
    int,
    Query(alias="aantal", ge=1, le=200, description="Hoeveel adressen, die met de meeste meldingen eerst"),
]


class AddressCandidate(Document):
    """Een adres dat bedoeld kan zijn."""

    naam: str
    lon: float
    lat: float


class UnclearAddress(Document):
    """Een adres uit meldingen waarvan de plek niet bekend is."""

    sleutel: str = Field(description="Waarmee u het herstelt")
    adres: str = Field(description="Zoals het in de melding staat")
    aantal_meldingen: int
    precisie: str
    waarom_niet_beter: str
    kandidaten: list[AddressCandidate]


class UnclearAddresses(Document):
    """Adressen waarvan de plek niet bekend is."""

    adressen: list[UnclearAddress]


class Correction(RequestModel):
    """Welk adres bedoeld is: in woorden, of als nummer van een kandidaat."""

    sleutel: str = Field(min_length=1, max_length=700)
    adres: str | None = Field(
        default=None, min_length=1, max_length=200, examples=["Vrijthof 12, 6211LE Maastricht"]
    )
    kandidaat: Whole | None = Field(default=None, ge=1, le=100, description="De eerste kandidaat is 1")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.adres is None) == (self.kandidaat is None):
            raise ValueError("geef adres of kandidaat, niet beide")
        return self

    @property
    def meant(self) -> str | int:
        """The address, or the number of the candidate."""
        return self.adres if self.adres is not None else self.kandidaat or 0


class Corrected(Document):
    """Wat een herstel deed."""

    sleutel: str
    aantal_meldingen: int = Field(description="Meldingen die nu een plek hebben")


@router.reads("/adressen/onduidelijk", "getOnduidelijkeAdressen", "Adressen zonder plek", UnclearAddresses)
def get_unclear_addresses(
    request: Request,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    limit: Limit = 50,
) -> Response:
    """Geeft adressen uit meldingen die alleen een mens kan plaatsen; de inzage wordt vastgelegd."""
    items = review_as(database, settings, actor=actor, now=now, limit=limit)
    unclear = {"adressen": [item.as_json() for item in items]}
    return answer_document(request, UnclearAddresses.model_validate(unclear))


@router.post(
    "/adressen/herstel",
    operation_id="postAdresherstel",
    summary="Zeggen welk adres bedoeld is",
    responses={404: {}},
)
def post_correction(
    new: Correction, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> Corrected:
    """Plaatst elke melding met dit adres, ook in latere leveringen; het herstel wordt vastgelegd."""
    count = fix_as(database, settings, actor=actor, key=new.sleutel, meant=new.meant, now=now)
    return Corrected(sleutel=new.sleutel, aantal_meldingen=count)
