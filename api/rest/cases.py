"""`/v1/hotspots/{id}/…`: the case of a hotspot with all that belongs to it; only for signed-in actors."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Path, Request, Response

from api.http.answers import answer_document
from api.http.dependencies import (
    OpenCaseParameters,
    PageParameters,
    ReadConnection,
    ServiceDatabase,
    ServiceSettings,
)
from api.http.paging import Collection, answer_collection, answer_part
from api.http.sign_in import Now, SignedIn
from api.http.tables import columns_of
from api.http.versions import SeenVersion, version_tag
from api.rest.case_access import SignedInCase
from api.rest.case_documents import (
    AssignedDocument,
    AssignedList,
    AssigneeDocument,
    AssigneeList,
    AssignmentFields,
    CaseDocument,
    CaseList,
    CommentDocument,
    CommentList,
    DossierDocument,
    EffectDocument,
    EnrichmentDocument,
    EnrichmentList,
    EventDocument,
    History,
    LinkDocument,
    LinkList,
    ManyAssignments,
    MeasureChange,
    MeasureDocument,
    MeasureList,
    MeasurePlan,
    NewComment,
    NewEnrichment,
    NewLink,
    NewVerdict,
    OpenCaseDocument,
    OpenCaseList,
    PlaceName,
    StatusChange,
    Triage,
    VerdictDocument,
    VerdictList,
    WordBackDocument,
)
from api.rest.routes import Routes
from hotspots.access.rights import Right, require_somewhere, visibility_of
from hotspots.casework.assignees import read_assignees
from hotspots.casework.cases import Case, read_case, read_due_cases
from hotspots.casework.dossier import (
    comment,
    enrich,
    read_comments,
    read_enrichments,
    withdraw_comment,
)
from hotspots.casework.effect import read_effect
from hotspots.casework.given_names import give_name
from hotspots.casework.history import read_history
from hotspots.casework.links import add_link, read_links, remove_link
from hotspots.casework.measures import add_measure, change_measure, read_measures
from hotspots.casework.open_cases import read_open_cases
from hotspots.casework.steps import NOT_ASSIGNED, assign, assign_many, move, triage
from hotspots.casework.verdicts import judge, read_verdicts
from hotspots.casework.word_back import read_word_back
from hotspots.tracking.hotspots import read_hotspot

router = Routes(tags=["dossiers"])

CommentId = Annotated[int, Path(alias="opmerking", ge=1, le=2**53, description="Nummer van de opmerking")]
LinkId = Annotated[str, Path(alias="koppeling", max_length=60, description="Kenmerk van de koppeling")]
MeasureId = Annotated[int, Path(alias="maatregel", ge=1, le=2**53, description="Nummer van de maatregel")]


def _answer(case: Case, response: Response) -> CaseDocument:
    response.headers["ETag"] = version_tag(case.version)
    return CaseDocument.model_validate(case)


@router.reads("/termijnen", "getTermijnen", "Wat nu gedaan moet zijn", CaseList)
def get_due_cases(
    request: Request,
    query: PageParameters,
    actor: SignedIn,
    database: ServiceDatabase,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Geeft de dossiers in uw gebieden waarvan de termijn om is, langst geleden eerst."""
    today = settings.municipality.local_day(now)
    cases = read_due_cases(database, settings, actor=actor, until=today)
    return answer_part(request, query, "dossiers", CaseDocument, cases)


@router.reads("/zaken", "getZaken", "Open zaken", OpenCaseList)
def get_open_cases(
    request: Request,
    query: OpenCaseParameters,
    actor: SignedIn,
    connection: ReadConnection,
    settings: ServiceSettings,
    now: Now,
) -> Response:
    """Geeft de open dossiers die u mag lezen: bij wie ze zijn, wat partners vinden en wanneer iets moet.

    Open is wat niet is afgerond, en op de lijst staat of door iemand is opgepakt.
    """
    today = settings.municipality.local_day(now)
    selection = query.selection(visibility_of(actor))
    rows = query.chosen(read_open_cases(connection, settings, selection, actor=actor, today=today))

    def read(offset: int, limit: int) -> list[dict[str, Any]]:
        part = rows[offset : offset + limit]
        return [OpenCaseDocument.of(row).model_dump(mode="json", by_alias=True) for row in part]

    collection = Collection("zaken", len(rows), read, columns_of(OpenCaseDocument))
    return answer_collection(request, query, collection)


@router.patch("/zaken", operation_id="patchZaken", summary="Meer zaken tegelijk toewijzen")
def patch_open_cases(
    change: ManyAssignments, actor: SignedIn, database: ServiceDatabase, settings: ServiceSettings, now: Now
) -> AssignedList:
    """Wijst zaken toe aan een account of organisatie, of aan niemand; zegt van elke zaak hoe dat ging."""
    require_somewhere(actor, Right.ASSIGN)
    chosen = [(seen.id, seen.versie) for seen in change.zaken]
    done = assign_many(database, settings, chosen, change.wanted(), actor=actor, now=now)
    return AssignedList(resultaten=[AssignedDocument.model_validate(one) for one in done])


@router.get("/toewijsbaar", operation_id="getToewijsbaar", summary="Aan wie u dossiers kunt geven")
def get_assignees(actor: SignedIn, connection: ReadConnection) -> AssigneeList:
    """Geeft de accounts die aan dossiers in uw gebieden mogen werken, en hun organisaties."""
    require_somewhere(actor, Right.ASSIGN)
    known = read_assignees(connection).reached_by(actor)
    return AssigneeList(
        personen=[AssigneeDocument.of(person.actor) for person in known.people],
        organisaties=known.organisations,
    )


@router.get("/hotspots/{id}/dossier", operation_id="getDossier", summary="Waar een hotspot staat")
def get_case(access: SignedInCase, response: Response) -> DossierDocument:
    """Geeft status, besluit, toewijzing, termijn en zaken elders; de ETag is nodig om iets te wijzigen."""
    with access.database.reading() as connection:
        own = replace(access, connection=connection)
        case, links = read_case(own), read_links(own)
    response.headers["ETag"] = version_tag(case.version)
    return DossierDocument.model_validate(vars(case) | {"links": links})


@router.put("/hotspots/{id}/status", operation_id="putStatus", summary="Een stap zetten")
def put_status(
    access: SignedInCase, change: StatusChange, version: SeenVersion, response: Response
) -> CaseDocument:
    """Zet een stap die de werkwijze toelaat."""
    case = move(access, change.status, expected_version=version, reason=change.reden, until=change.tot)
    return _answer(case, response)


@router.put("/hotspots/{id}/besluit", operation_id="putBesluit", summary="Over een kandidaat besluiten")
def put_triage(access: SignedInCase, new: Triage, version: SeenVersion, response: Response) -> CaseDocument:
    """Zet de stappen naar een besluit, of begint te verifiëren, en wijst het dossier toe: alles of niets."""
    assignment = new.wanted()
    case = triage(
        access,
        new.besluit,
        expected_version=version,
        reason=new.reden,
        assignment=None if assignment == NOT_ASSIGNED else assignment,
    )
    return _answer(case, response)


@router.put("/hotspots/{id}/toewijzing", operation_id="putToewijzing", summary="Een dossier toewijzen")
def put_assignment(
    access: SignedInCase, change: AssignmentFields, version: SeenVersion, response: Response
) -> CaseDocument:
    """Wijst een dossier toe aan een account of organisatie, of aan niemand."""
    case = assign(
        access,
        expected_version=version,
        person=change.persoon,
        organisation=change.organisatie,
        due_on=change.uiterlijk,
    )
    return _answer(case, response)


@router.put("/hotspots/{id}/naam", operation_id="putNaam", summary="Een plek een betere naam geven")
def put_name(
    access: SignedInCase, change: PlaceName, version: SeenVersion, response: Response
) -> CaseDocument:
    """Geeft een plek de naam waarmee u haar kent, zonder huisnummer, of neemt die terug.

    De naam van een woning staat alleen bij wie exacte punten mag zien, tenzij het die van een straat of buurt
    is.
    """
    return _answer(give_name(access, change.naam or "", expected_version=version), response)


@router.get(
    "/hotspots/{id}/terugkoppeling",
    operation_id="getTerugkoppeling",
    summary="Antwoord aan melders",
    responses={409: {"description": "Kan nu niet"}},
)
def get_word_back(access: SignedInCase) -> WordBackDocument:
    """Geeft de nummers van de meldingen en een tekst voor het meldpunt; wie het las, wordt vastgelegd.

    Van een plek waaraan wordt gewerkt. Er wordt niets gestuurd.
    """
    with access.database.reading() as connection:
        visibility = visibility_of(access.actor)
        hotspot = read_hotspot(connection, access.settings, access.hotspot, visibility=visibility)
    return WordBackDocument.model_validate(read_word_back(access, hotspot))


@router.reads("/hotspots/{id}/verificaties", "getVerificaties", "Oordelen van partners", VerdictList)
def get_verdicts(request: Request, access: SignedInCase, query: PageParameters) -> Response:
    """Geeft alle oordelen en besluiten, eerste eerst."""
    return answer_part(request, query, "verificaties", VerdictDocument, read_verdicts(access))


@router.adds("/hotspots/{id}/verificaties", "postVerificatie", "Een oordeel geven")
def post_verdict(access: SignedInCase, new: NewVerdict, response: Response) -> CaseDocument:
    """Geeft het oordeel van uw organisatie; een later oordeel komt in de plaats van een eerder."""
    return _answer(judge(access, new.oordeel, reason=new.reden), response)


@router.reads("/hotspots/{id}/verrijkingen", "getVerrijkingen", "Wat partners weten", EnrichmentList)
def get_enrichments(request: Request, access: SignedInCase, query: PageParameters) -> Response:
    """Geeft wat partners met u delen."""
    return answer_part(request, query, "verrijkingen", EnrichmentDocument, read_enrichments(access))


@router.adds("/hotspots/{id}/verrijkingen", "postVerrijking", "Toevoegen wat u weet")
def post_enrichment(access: SignedInCase, new: NewEnrichment, response: Response) -> CaseDocument:
    """Voegt toe wat uw organisatie weet, of verbetert wat zij eerder zei."""
    return _answer(enrich(access, new.tekst, sharing=new.delen, replaces_id=new.vervangt), response)


@router.reads("/hotspots/{id}/opmerkingen", "getOpmerkingen", "Opmerkingen", CommentList)
def get_comments(request: Request, access: SignedInCase, query: PageParameters) -> Response:
    """Geeft de opmerkingen over de behandeling."""
    return answer_part(request, query, "opmerkingen", CommentDocument, read_comments(access))


@router.adds("/hotspots/{id}/opmerkingen", "postOpmerking", "Een opmerking plaatsen")
def post_comment(access: SignedInCase, new: NewComment, response: Response) -> CaseDocument:
    """Plaatst een opmerking over de behandeling."""
    return _answer(comment(access, new.tekst), response)


@router.delete(
    "/hotspots/{id}/opmerkingen/{opmerking}",
    operation_id="deleteOpmerking",
    summary="Een eigen opmerking intrekken",
    status_code=204,
)
def delete_comment(access: SignedInCase, comment_id: CommentId) -> Response:
    """Trekt een opmerking in die u zelf schreef; de historie bewaart dat zij er was."""
    withdraw_comment(access, comment_id)
    return Response(status_code=204)


@router.reads("/hotspots/{id}/koppelingen", "getKoppelingen", "Waar zij in andere systemen staat", LinkList)
def get_links(request: Request, access: SignedInCase, query: PageParameters) -> Response:
    """Geeft de zaken in andere systemen die bij deze hotspot horen."""
    return answer_part(request, query, "koppelingen", LinkDocument, read_links(access))


@router.adds("/hotspots/{id}/koppelingen", "postKoppeling", "Een zaak in een ander systeem koppelen")
def post_link(access: SignedInCase, new: NewLink) -> LinkDocument:
    """Koppelt een zaak in een ander systeem. Staat zij er al, dan gebeurt er niets.

    Het adres begint met https:// en heeft geen naam, wachtwoord of sleutel: iedereen die het dossier leest,
    ziet het.
    """
    link, _ = add_link(access, system=new.systeem, reference=new.kenmerk, url=new.url)
    return LinkDocument.model_validate(link)


@router.delete(
    "/hotspots/{id}/koppelingen/{koppeling}",
    operation_id="deleteKoppeling",
    summary="Een koppeling weghalen",
    status_code=204,
)
def delete_link(access: SignedInCase, link_id: LinkId) -> Response:
    """Haalt een koppeling weg; de historie bewaart welke het was."""
    remove_link(access, link_id)
    return Response(status_code=204)


@router.reads("/hotspots/{id}/maatregelen", "getMaatregelen", "Maatregelen", MeasureList)
def get_measures(request: Request, access: SignedInCase, query: PageParameters) -> Response:
    """Geeft de maatregelen, ook de ingetrokken."""
    return answer_part(request, query, "maatregelen", MeasureDocument, read_measures(access))


@router.adds("/hotspots/{id}/maatregelen", "postMaatregel", "Een maatregel toevoegen")
def post_measure(access: SignedInCase, new: MeasurePlan, response: Response) -> CaseDocument:
    """Voegt een maatregel toe aan een hotspot waarover is besloten."""
    _, case = add_measure(access, new.plan())
    return _answer(case, response)


@router.reads(
    "/hotspots/{id}/maatregelen/{maatregel}/effect", "getEffect", "Wat een maatregel deed", EffectDocument
)
def get_effect(request: Request, access: SignedInCase, measure_id: MeasureId) -> Response:
    """Vergelijkt de meldingen voor en na het begin van een maatregel met die van een gelijkende plek.

    Met alleen meldingen die precies op de kaart staan, tot de laatste peildatum, over ten hoogste een half
    jaar. Minder meldingen is nog niet minder overlast.
    """
    return answer_document(request, EffectDocument.of(read_effect(access, measure_id)))


@router.put(
    "/hotspots/{id}/maatregelen/{maatregel}",
    operation_id="putMaatregel",
    summary="Een maatregel wijzigen of intrekken",
)
def put_measure(
    access: SignedInCase,
    measure_id: MeasureId,
    change: MeasureChange,
    version: SeenVersion,
    response: Response,
) -> CaseDocument:
    """Wijzigt een maatregel; wat die was, blijft in de historie."""
    case = change_measure(
        access, measure_id, change.plan(), expected_version=version, is_withdrawn=change.ingetrokken
    )
    return _answer(case, response)


@router.reads("/hotspots/{id}/historie", "getHistorie", "Elke wijziging", History)
def get_history(request: Request, access: SignedInCase, query: PageParameters) -> Response:
    """Geeft wie wat wanneer wijzigde, wat het was en werd."""
    return answer_part(request, query, "historie", EventDocument, read_history(access))
