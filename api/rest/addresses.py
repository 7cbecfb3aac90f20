"""`/v1/adressen/…`: addresses that only a person can locate, and their correction."""

from typing import Annotated, Self

from fastapi import Query, Request, Response
from pydantic import Field, model_validator

from api.http.answers import answer_document
from api.http.dependencies import ServiceDatabase, ServiceSettings
from api.http.negotiation import CSV, JSON, chosen_type
from api.http.paging import Document, answer_list
from api.http.sign_in import Now, SignedIn
from api.rest.case_documents import RequestModel, Whole
from api.rest.routes import Routes
from hotspots.access.rights import Right, require
from hotspots.geocoding.reviewing import Meant, NoPlace, Point, answer_as, review_as, take_back_as
from hotspots.geocoding.suggestions import suggest
from hotspots.intake.scrubbing import scrub_address

router = Routes(tags=["beheer"])

Limit = Annotated[
    int,
    Query(alias="aantal", ge=1, le=200, description="Hoeveel adressen, die met de meeste meldingen eerst"),
]

Typed = Annotated[
    str,
    Query(alias="q", max_length=200, description="Het begin van een naam of adres: minstens twee letters"),
]
SUGGESTED = 10


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


class GivenPoint(RequestModel):
    """Een punt op de kaart, en hoe ver eromheen de plek kan liggen."""

    lon: float = Field(ge=-180, le=180, examples=[5.6879])
    lat: float = Field(ge=-90, le=90, examples=[50.8485])
    straal_m: float = Field(ge=1, le=1000, examples=[50], description="In meters")


class Correction(RequestModel):
    """Wat bedoeld is: in woorden, een kandidaat of een punt; of waarom niemand het kan plaatsen."""

    sleutel: str = Field(min_length=1, max_length=700)
    adres: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        examples=["Vrijthof 12, 6211LE Maastricht"],
        description="Een adres, of een plek zoals de suggesties haar noemen",
    )
    kandidaat: Whole | None = Field(default=None, ge=1, le=100, description="De eerste kandidaat is 1")
    punt: GivenPoint | None = None
    reden: NoPlace | None = Field(default=None, description="Waarom niemand dit kan plaatsen")

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if sum(given is not None for given in (self.adres, self.kandidaat, self.punt, self.reden)) != 1:
            raise ValueError("geef één van adres, kandidaat, punt en reden")
        return self

    @property
    def meant(self) -> Meant:
        """What is meant, as the library takes it."""
        if self.punt is not None:
            return Point(self.punt.lon, self.punt.lat, self.punt.straal_m)
        return self.reden or self.adres or self.kandidaat or 0


class TakenBack(RequestModel):
    """Van welk adres een antwoord wordt ingetrokken."""

    sleutel: str = Field(min_length=1, max_length=700)


class AddressSuggestion(Document):
    """Wat bedoeld kan zijn."""

    naam: str = Field(description="Zo kunt u het in `adres` geven")
    soort: str
    lon: float
    lat: float
    straal_m: float


class AddressSuggestions(Document):
    """Wat bedoeld kan zijn met het begin van een naam of adres."""

    suggesties: list[AddressSuggestion]


class Corrected(Document):
    """Wat een herstel deed."""

    sleutel: str
    aantal_meldingen: int = Field(description="Meldingen waarvoor het geldt")


@router.reads(
    "/adressen/onduidelijk",
    "getOnduidelijkeAdressen",
    "Adressen zonder plek",
    UnclearAddresses,
    is_table=True,
)
def get_unclear_addresses(
    request: Request,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    limit: Limit = 50,
) -> Response:
    """Geeft adressen uit meldingen die alleen een mens kan plaatsen; de inzage wordt vastgelegd."""
    taken_as = "csv" if chosen_type(request, (JSON, CSV)) == CSV else None
    items = review_as(database, settings, actor=actor, now=now, limit=limit, taken_as=taken_as)
    unclear = {"adressen": [item.as_json(scrub_address) for item in items]}
    content = UnclearAddresses.model_validate(unclear).model_dump(mode="json", by_alias=True)
    return answer_list(request, content, "adressen", UnclearAddress)


@router.reads("/adressen/zoeken", "getAdressuggesties", "Zoeken naar een adres of plek", AddressSuggestions)
def get_suggestions(
    request: Request, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, query: Typed = ""
) -> Response:
    """Geeft adressen, straten, buurten en plekken met een naam waarvan dit het begin kan zijn."""
    require(actor, Right.REVIEW_ADDRESSES, None)
    with database.reading() as connection:
        found = suggest(connection, settings, query, limit=SUGGESTED)
    suggestions = [
        AddressSuggestion(
            naam=one.name,
            soort=one.kind,
            lon=round(one.lon, 6),
            lat=round(one.lat, 6),
            straal_m=round(one.radius_m),
        )
        for one in found
    ]
    return answer_document(request, AddressSuggestions(suggesties=suggestions))


@router.post(
    "/adressen/herstel",
    operation_id="postAdresherstel",
    summary="Zeggen welk adres bedoeld is",
    responses={404: {}},
)
def post_correction(
    new: Correction, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> Corrected:
    """Geldt voor elke melding met dit adres of een dat net zo geschreven is, ook later; wordt vastgelegd."""
    count = answer_as(database, settings, actor=actor, key=new.sleutel, meant=new.meant, now=now)
    return Corrected(sleutel=new.sleutel, aantal_meldingen=count)


@router.post(
    "/adressen/ongedaan",
    operation_id="postAdresOngedaan",
    summary="Een antwoord intrekken",
    responses={404: {}},
)
def post_taking_back(
    new: TakenBack, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> Corrected:
    """Trekt in wat over een adres is gezegd: de meldingen liggen weer waar het register zegt, of nergens."""
    count = take_back_as(database, settings, actor=actor, key=new.sleutel, now=now)
    return Corrected(sleutel=new.sleutel, aantal_meldingen=count)
