"""`/v1/leren`: what verdicts teach: which signalled places people confirmed, and what was missed."""

from typing import Any

from fastapi import Request, Response
from pydantic import Field

from api.http.dependencies import PageParameters, ServiceDatabase, ServiceSettings
from api.http.paging import Document, Paged, answer_part
from api.http.sign_in import SignedIn
from api.rest.routes import Routes
from hotspots.casework.misses import Misses, read_misses
from hotspots.casework.verdict_feedback import read_precision
from hotspots.statistics.sampled_shares import Estimate

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


class Missed(Document):
    """Hoeveel er werd gemist, geschat uit steekproeven."""

    onderwerp: str = Field(description="alles, reden, buurt of seizoen")
    waarde: str
    niet_gesignaleerd: int = Field(
        description="Plekken die zo groot werden als een kandidaat en toch afvielen"
    )
    beoordeeld: int = Field(description="Daarvan als steekproef beoordeeld")
    bevestigd: int = Field(description="Daarvan een hotspot")
    gemist: float | None = Field(description="Deel van wat niet is gesignaleerd dat een hotspot is")
    gemist_laag: float | None = Field(description="Ondergrens van het 95%-interval")
    gemist_hoog: float | None = Field(description="Bovengrens van het 95%-interval")
    gevonden: float | None = Field(description="Deel van alle hotspots dat is gesignaleerd")
    gevonden_laag: float | None = Field(description="Ondergrens van het 95%-interval")
    gevonden_hoog: float | None = Field(description="Bovengrens van het 95%-interval")

    @classmethod
    def of(cls, misses: Misses) -> "Missed":
        """From the library's figures."""
        missed, found = _bounds(misses.missed), _bounds(misses.found)
        return cls(
            onderwerp=misses.subject,
            waarde=misses.value,
            niet_gesignaleerd=misses.refused,
            beoordeeld=misses.judged,
            bevestigd=misses.confirmed,
            gemist=missed[0],
            gemist_laag=missed[1],
            gemist_hoog=missed[2],
            gevonden=found[0],
            gevonden_laag=found[1],
            gevonden_hoog=found[2],
        )


class Goals(Document):
    """Waar de gemeente naar streeft; leeg zonder doel."""

    precisie: float | None
    gevonden: float | None


class Precisions(Paged):
    """Hoe vaak signaleringen terecht bleken, en wat er werd gemist."""

    leren: list[Precision]
    gemist: list[Missed] = Field(description="Uit steekproeven; leeg zolang die er niet zijn")
    doelen: Goals
    wachtende_steekproeven: int | None = Field(
        description="Hoeveel steekproeven nog niet zijn beoordeeld; alleen voor de beheerder"
    )


@router.reads("/leren", "getLeren", "Hoe vaak signaleringen terecht bleken", Precisions)
def get_precision(
    request: Request,
    query: PageParameters,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> Response:
    """Geeft welk deel van de besluiten de signalering bevestigde, en wat er naar schatting is gemist."""
    table = read_precision(database, settings, actor=actor)
    learned = read_misses(database, settings, actor=actor)
    goals = Goals(
        precisie=settings.samples.goal_precision or None, gevonden=settings.samples.goal_found or None
    )
    more: dict[str, Any] = {
        "gemist": [Missed.of(each).model_dump(mode="json", by_alias=True) for each in learned.misses],
        "doelen": goals.model_dump(mode="json", by_alias=True),
        "wachtendeSteekproeven": learned.waiting,
    }
    return answer_part(request, query, "leren", Precision, table.to_dict("records"), more=more)


def _bounds(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    if estimate is None:
        return None, None, None
    return round(estimate.value, 4), round(estimate.low, 4), round(estimate.high, 4)
