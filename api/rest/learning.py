"""`/v1/leren`: what verdicts teach, as the share of signalled places that people confirmed."""

from fastapi import Request, Response
from pydantic import Field

from api.http.dependencies import PageParameters, ServiceDatabase, ServiceSettings
from api.http.paging import Document, Paged, answer_part
from api.http.sign_in import SignedIn
from api.rest.routes import Routes
from hotspots.casework.verdict_feedback import read_precision

router = Routes(tags=["beheer"])


class Precision(Document):
    """Hoe vaak een signalering terecht bleek."""

    onderwerp: str = Field(
        validation_alias="subject", description="alles, regel, buurt, seizoen, bron of soort"
    )
    waarde: str = Field(validation_alias="value")
    beoordeeld: int = Field(validation_alias="judged")
    bevestigd: int = Field(validation_alias="confirmed")
    precisie: float = Field(validation_alias="precision")
    laag: float = Field(validation_alias="low", description="Ondergrens van het 95%-interval")
    hoog: float = Field(validation_alias="high", description="Bovengrens van het 95%-interval")


class Precisions(Paged):
    """Hoe vaak signaleringen terecht bleken."""

    leren: list[Precision]


@router.reads("/leren", "getLeren", "Hoe vaak signaleringen terecht bleken", Precisions)
def get_precision(
    request: Request,
    query: PageParameters,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> Response:
    """Geeft per regel, buurt, seizoen, bron en soort welk deel van de besluiten de signalering bevestigde."""
    table = read_precision(database, settings, actor=actor)
    return answer_part(request, query, "leren", Precision, table.to_dict("records"))
