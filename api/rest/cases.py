"""`/v1/hotspots/{id}/…`: the case of a hotspot and what hangs on it; only for who is signed in."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.http.answers import answer_document
from api.http.dependencies import PageParameters, ServiceDatabase, ServiceSettings
from api.http.paging import answer_part
from api.http.sign_in import Now, SignedIn
from api.http.versions import SeenVersion, version_tag
from api.rest.case_documents import (
    Assignment,
    CaseDocument,
    CaseList,
    CommentDocument,
    CommentList,
    EffectDocument,
    EnrichmentDocument,
    EnrichmentList,
    EventDocument,
    History,
    MeasureChange,
    MeasureDocument,
    MeasureList,
    MeasurePlan,
    NewComment,
    NewEnrichment,
    NewVerdict,
    StatusChange,
    VerdictDocument,
    VerdictList,
)
from hotspots.casework.cases import Case, assign, move, read_case, read_due_cases, read_history
from hotspots.casework.dossier import (
    add_measure,
    change_measure,
    comment,
    enrich,
    judge,
    read_comments,
    read_enrichments,
    read_measures,
    read_verdicts,
)
from hotspots.casework.effect import read_effect

router = APIRouter(tags=["dossiers"])

HotspotId = Annotated[
    str,
    Path(alias="id", max_length=60, description="Kenmerk of nummer van de hotspot", examples=["HS-2023-014"]),
]
MeasureId = Annotated[int, Path(alias="maatregel", ge=1, le=2**53, description="Nummer van de maatregel")]


def _answer(case: Case, response: Response) -> CaseDocument:
    response.headers["ETag"] = version_tag(case.version)
    return CaseDocument.of(case)


@router.get(
    "/termijnen", operation_id="getTermijnen", summary="Wat nu gedaan moet zijn", response_model=CaseList
)
def get_due_cases(
    request: Request,
    query: PageParameters,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Geeft de dossiers in uw gebieden waarvan de termijn om is, langst geleden eerst."""
    today = now.astimezone(settings.municipality.zone).date()
    cases = read_due_cases(database, settings, actor=actor, until=today)
    return answer_part(request, query, "dossiers", [CaseDocument.of(case) for case in cases])


@router.get("/hotspots/{id}/dossier", operation_id="getDossier", summary="Waar een hotspot staat")
def get_case(
    hotspot: HotspotId,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    response: Response,
) -> CaseDocument:
    """Geeft status, besluit, toewijzing en termijn; de ETag is nodig om iets te wijzigen."""
    return _answer(read_case(database, settings, actor=actor, hotspot=hotspot), response)


@router.put("/hotspots/{id}/status", operation_id="putStatus", summary="Een stap zetten")
def put_status(
    hotspot: HotspotId,
    change: StatusChange,
    version: SeenVersion,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    response: Response,
) -> CaseDocument:
    """Zet een stap die de werkwijze toelaat."""
    case = move(
        database,
        settings,
        actor=actor,
        hotspot=hotspot,
        wanted=change.status,
        expected_version=version,
        now=now,
        reason=change.reden,
        until=change.tot,
    )
    return _answer(case, response)


@router.put("/hotspots/{id}/toewijzing", operation_id="putToewijzing", summary="Een dossier toewijzen")
def put_assignment(
    hotspot: HotspotId,
    change: Assignment,
    version: SeenVersion,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    response: Response,
) -> CaseDocument:
    """Wijst een dossier toe aan een persoon of organisatie, of aan niemand."""
    case = assign(
        database,
        settings,
        actor=actor,
        hotspot=hotspot,
        expected_version=version,
        now=now,
        person=change.persoon,
        organisation=change.organisatie,
        due_on=change.uiterlijk,
    )
    return _answer(case, response)


@router.get(
    "/hotspots/{id}/verificaties",
    operation_id="getVerificaties",
    summary="Oordelen van partners",
    response_model=VerdictList,
)
def get_verdicts(
    request: Request,
    hotspot: HotspotId,
    query: PageParameters,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> Response:
    """Geeft alle oordelen en besluiten, eerste eerst."""
    found = read_verdicts(database, settings, actor=actor, hotspot=hotspot)
    return answer_part(request, query, "verificaties", [VerdictDocument.of(row) for row in found])


@router.post(
    "/hotspots/{id}/verificaties",
    operation_id="postVerificatie",
    summary="Een oordeel geven",
    status_code=201,
)
def post_verdict(
    hotspot: HotspotId,
    new: NewVerdict,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    response: Response,
) -> CaseDocument:
    """Geeft het oordeel van uw organisatie; een later oordeel komt in de plaats van een eerder."""
    case = judge(
        database,
        settings,
        actor=actor,
        hotspot=hotspot,
        verdict=new.oordeel,
        reason=new.reden,
        now=now,
    )
    return _answer(case, response)


@router.get(
    "/hotspots/{id}/verrijkingen",
    operation_id="getVerrijkingen",
    summary="Wat partners weten",
    response_model=EnrichmentList,
)
def get_enrichments(
    request: Request,
    hotspot: HotspotId,
    query: PageParameters,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> Response:
    """Geeft wat partners met u delen."""
    found = read_enrichments(database, settings, actor=actor, hotspot=hotspot)
    return answer_part(request, query, "verrijkingen", [EnrichmentDocument.of(row) for row in found])


@router.post(
    "/hotspots/{id}/verrijkingen",
    operation_id="postVerrijking",
    summary="Toevoegen wat u weet",
    status_code=201,
)
def post_enrichment(
    hotspot: HotspotId,
    new: NewEnrichment,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    response: Response,
) -> CaseDocument:
    """Voegt toe wat uw organisatie weet, of verbetert wat zij eerder zei."""
    case = enrich(
        database,
        settings,
        actor=actor,
        hotspot=hotspot,
        text=new.tekst,
        sharing=new.delen,
        replaces_id=new.vervangt,
        now=now,
    )
    return _answer(case, response)


@router.get(
    "/hotspots/{id}/opmerkingen",
    operation_id="getOpmerkingen",
    summary="Opmerkingen",
    response_model=CommentList,
)
def get_comments(
    request: Request,
    hotspot: HotspotId,
    query: PageParameters,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> Response:
    """Geeft de opmerkingen over de behandeling."""
    found = read_comments(database, settings, actor=actor, hotspot=hotspot)
    return answer_part(request, query, "opmerkingen", [CommentDocument.of(row) for row in found])


@router.post(
    "/hotspots/{id}/opmerkingen",
    operation_id="postOpmerking",
    summary="Een opmerking plaatsen",
    status_code=201,
)
def post_comment(
    hotspot: HotspotId,
    new: NewComment,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    response: Response,
) -> CaseDocument:
    """Plaatst een opmerking over de behandeling."""
    case = comment(database, settings, actor=actor, hotspot=hotspot, text=new.tekst, now=now)
    return _answer(case, response)


@router.get(
    "/hotspots/{id}/maatregelen",
    operation_id="getMaatregelen",
    summary="Maatregelen",
    response_model=MeasureList,
)
def get_measures(
    request: Request,
    hotspot: HotspotId,
    query: PageParameters,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> Response:
    """Geeft de maatregelen, ook de ingetrokken."""
    found = read_measures(database, settings, actor=actor, hotspot=hotspot)
    return answer_part(request, query, "maatregelen", [MeasureDocument.of(row) for row in found])


@router.post(
    "/hotspots/{id}/maatregelen",
    operation_id="postMaatregel",
    summary="Een maatregel toevoegen",
    status_code=201,
)
def post_measure(
    hotspot: HotspotId,
    new: MeasurePlan,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    response: Response,
) -> CaseDocument:
    """Voegt een maatregel toe aan een hotspot waarover is besloten."""
    _, case = add_measure(database, settings, actor=actor, hotspot=hotspot, plan=new.plan(), now=now)
    return _answer(case, response)


@router.get(
    "/hotspots/{id}/maatregelen/{maatregel}/effect",
    operation_id="getEffect",
    summary="Wat een maatregel deed",
    response_model=EffectDocument,
)
def get_effect(
    request: Request,
    hotspot: HotspotId,
    measure_id: MeasureId,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> Response:
    """Vergelijkt de meldingen voor en na het begin van een maatregel met die van een gelijkende plek.

    Met alleen meldingen die precies op de kaart staan, tot de laatste peildatum, over ten hoogste een half
    jaar. Minder meldingen is nog niet minder overlast.
    """
    found = read_effect(database, settings, actor=actor, hotspot=hotspot, measure_id=measure_id)
    return answer_document(request, EffectDocument.of(found))


@router.put(
    "/hotspots/{id}/maatregelen/{maatregel}",
    operation_id="putMaatregel",
    summary="Een maatregel wijzigen of intrekken",
)
def put_measure(
    hotspot: HotspotId,
    measure_id: MeasureId,
    change: MeasureChange,
    version: SeenVersion,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
    response: Response,
) -> CaseDocument:
    """Wijzigt een maatregel; wat die was, blijft in de historie."""
    case = change_measure(
        database,
        settings,
        actor=actor,
        hotspot=hotspot,
        measure_id=measure_id,
        plan=change.plan(),
        expected_version=version,
        now=now,
        is_withdrawn=change.ingetrokken,
    )
    return _answer(case, response)


@router.get(
    "/hotspots/{id}/historie", operation_id="getHistorie", summary="Elke wijziging", response_model=History
)
def get_history(
    request: Request,
    hotspot: HotspotId,
    query: PageParameters,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
) -> Response:
    """Geeft wie wat wanneer wijzigde, wat het was en werd."""
    found = read_history(database, settings, actor=actor, hotspot=hotspot)
    return answer_part(request, query, "historie", [EventDocument.of(row) for row in found])
