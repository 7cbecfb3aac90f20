"""Request and answer types of the API for cases, accounts and tokens."""

from dataclasses import fields as dataclass_fields
from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import AliasPath, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, model_validator
from pydantic.alias_generators import to_camel

from api.http.characters import refuse_unusable
from api.http.paging import Document, Paged
from hotspots.access.machine_tokens import LONGEST_DAYS
from hotspots.access.rights import Actor, Right, Role, Sharing, reachable_gebieden
from hotspots.casework.effect import Counted, Effect, NoOutcome
from hotspots.casework.given_names import MAX_PLACE_NAME
from hotspots.casework.links import MAX_ADDRESS, MAX_REFERENCE, MAX_SYSTEM
from hotspots.casework.measures import Plan
from hotspots.casework.open_cases import OpenRow
from hotspots.casework.steps import Assignment, Outcome
from hotspots.casework.workflow import MeasureKind
from hotspots.model import Indicatie, Soort, Status, Trend

Text = Annotated[str, Field(min_length=1, max_length=4000)]


def _is_number(value: object) -> object:
    if isinstance(value, bool | str):  # Python takes true and "1" for 1
        raise ValueError("moet een geheel getal zijn")  # noqa: TRY004  # a validator's error
    return value


Whole = Annotated[int, BeforeValidator(_is_number)]
ShortText = Annotated[str, Field(min_length=1, max_length=120)]


class RequestModel(BaseModel):
    """A request body in camelCase; unknown fields are refused."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        return refuse_unusable(value)


class StatusChange(RequestModel):
    """Een stap in het leven van een hotspot."""

    status: Status
    reden: str = Field(default="", max_length=4000, description="Waarom; verplicht bij de meeste stappen")
    tot: date | None = Field(default=None, description="Tot wanneer de nazorg loopt")


class AssignmentFields(RequestModel):
    """Wie het dossier heeft; een account of organisatie uit `/v1/toewijsbaar`, of niemand."""

    persoon: ShortText | None = Field(
        default=None, description="Kenmerk van een account, of de naam als maar één account zo heet"
    )
    organisatie: ShortText | None = Field(default=None, description="Naam van een organisatie")
    uiterlijk: date | None = Field(default=None, description="Wanneer de volgende stap gezet moet zijn")

    def wanted(self) -> Assignment:
        """The assignment as a type of the library."""
        return Assignment(self.persoon, self.organisatie, self.uiterlijk)


class SeenCase(RequestModel):
    """Een dossier zoals het is gelezen."""

    id: ShortText = Field(description="Kenmerk of nummer van de hotspot", examples=["HS-2023-014"])
    versie: Whole = Field(ge=1, le=2**31, description="Versie zoals die is gelezen")


class ManyAssignments(AssignmentFields):
    """Meer dossiers tegelijk voor dezelfde persoon of organisatie."""

    zaken: list[SeenCase] = Field(min_length=1, max_length=500)


class Triage(AssignmentFields):
    """Een besluit over een kandidaat, en wie het dossier krijgt; zonder persoon en organisatie blijft dat."""

    besluit: Status = Field(description="in verificatie, veiligheid, leefbaarheid of geen hotspot")
    reden: str = Field(default="", max_length=4000, description="Waarom; verplicht bij een besluit")


class PlaceName(RequestModel):
    """Hoe een plek heet."""

    naam: str | None = Field(
        max_length=MAX_PLACE_NAME,
        description="Zonder huisnummer; null neemt de gegeven naam terug",
    )


class NewVerdict(RequestModel):
    """Het oordeel van een partner."""

    oordeel: Status = Field(description="veiligheid, leefbaarheid of geen hotspot")
    reden: Text


class NewEnrichment(RequestModel):
    """Wat een partner weet van een plek."""

    tekst: Text
    delen: Sharing = Field(description="Wie het mag lezen")
    vervangt: Whole | None = Field(default=None, ge=1, le=2**53, description="Nummer van wat dit verbetert")


class NewComment(RequestModel):
    """Een opmerking over de behandeling."""

    tekst: Text


class NewLink(RequestModel):
    """Waar een hotspot in een ander systeem staat."""

    systeem: str = Field(
        min_length=1, max_length=MAX_SYSTEM, description="Naam van het systeem", examples=["Zaaksysteem"]
    )
    kenmerk: str = Field(
        min_length=1,
        max_length=MAX_REFERENCE,
        description="Kenmerk of nummer van de zaak in dat systeem",
        examples=["HS-2023-014"],
    )
    url: str = Field(
        min_length=1,
        max_length=MAX_ADDRESS,
        description="Adres van de zaak: https, zonder naam, wachtwoord of sleutel",
        examples=["https://zaken.example.org/zaak/7c0d5a3e"],
    )


class MeasurePlan(RequestModel):
    """Een maatregel."""

    soort: MeasureKind
    omschrijving: Text
    eigenaar: ShortText
    begin: date
    einde: date | None = None

    def plan(self) -> Plan:
        """The plan as a type of the library."""
        return Plan(self.soort, self.omschrijving, self.eigenaar, self.begin, self.einde)


class MeasureChange(MeasurePlan):
    """Een maatregel zoals die moet worden."""

    ingetrokken: StrictBool = False


class CaseDocument(Document):
    """Waar een hotspot staat voor wie eraan werkt."""

    id: str = Field(validation_alias="hotspot_id")
    nummer: str = Field(validation_alias="number")
    versie: int = Field(validation_alias="version", description="Eén hoger bij elke wijziging; ook de ETag")
    status: Status
    besluit: Status | None = Field(validation_alias="verdict", description="Het eindoordeel dat geldt")
    persoon: str | None = Field(
        validation_alias="assigned_to", description="Wie het heeft, zoals die toen heette"
    )
    persoon_id: str | None = Field(
        validation_alias="assigned_user_id",
        description="Kenmerk van het account; leeg bij een naam die vroeger is getypt",
    )
    organisatie: str | None = Field(validation_alias="assigned_organisation")
    uiterlijk: date | None = Field(
        validation_alias="due_on", description="Wanneer de volgende stap gezet moet zijn"
    )
    soort: Soort | None
    gebied: str | None


class LinkDocument(Document):
    """Een zaak in een ander systeem."""

    id: str
    systeem: str = Field(validation_alias="system")
    kenmerk: str = Field(validation_alias="reference", description="Kenmerk of nummer in dat systeem")
    url: str
    tijdstip: datetime = Field(validation_alias="given_at")
    door: str = Field(validation_alias="given_by")
    organisatie: str = Field(validation_alias="organisation")


class LinkList(Paged):
    """Zaken in andere systemen, eerste eerst."""

    koppelingen: list[LinkDocument]


class DossierDocument(CaseDocument):
    """Waar een hotspot staat, en waar zij in andere systemen staat."""

    koppelingen: list[LinkDocument] = Field(validation_alias="links")


class CaseList(Paged):
    """Dossiers."""

    dossiers: list[CaseDocument]


class GivenVerdict(Document):
    """Wat een partner vindt."""

    organisatie: str
    oordeel: Status


class OpenCaseDocument(Document):
    """Een open zaak: een regel van de tabel voor triage."""

    id: str = Field(validation_alias="hotspot_id")
    nummer: str = Field(validation_alias="number")
    naam: str = Field(validation_alias="name")
    versie: int = Field(validation_alias="version", description="Nodig om de zaak te wijzigen")
    soort: Soort
    indicatie: Indicatie
    trend: Trend
    status: Status
    besluit: Status | None = Field(validation_alias="verdict")
    gebied: str | None
    eerste_signalering: date = Field(validation_alias="first_signalled")
    leeftijd_dagen: int = Field(validation_alias="age_days", description="Dagen sinds de eerste signalering")
    uiterlijk: date | None = Field(validation_alias="due_on")
    te_laat: bool = Field(validation_alias="is_overdue", description="Of de termijn om is")
    persoon: str | None = Field(validation_alias="assigned_to")
    persoon_id: str | None = Field(validation_alias="assigned_user_id")
    organisatie: str | None = Field(validation_alias="assigned_organisation")
    vrije_tekst: bool = Field(
        validation_alias="is_typed", description="Of het is toegewezen aan een naam die geen account heeft"
    )
    aan_mij: bool = Field(validation_alias="is_mine", description="Of u of uw organisatie het heeft")
    oordelen: list[GivenVerdict] = Field(description="Van partners, sinds het dossier open is")
    wacht_op: list[str] = Field(
        validation_alias="waits_for", description="Partners van wie nog een oordeel komt"
    )
    aantal_meldingen: int = Field(validation_alias="report_count")
    score: float

    @classmethod
    def of(cls, row: OpenRow) -> Self:
        """From a row of the library."""
        verdicts = [GivenVerdict(organisatie=who, oordeel=what) for who, what in row.verdicts.items()]
        fields = {field.name: getattr(row, field.name) for field in dataclass_fields(row)}
        return cls.model_validate(fields | {"oordelen": verdicts})


class OpenCaseList(Paged):
    """Open zaken."""

    zaken: list[OpenCaseDocument]


class ReportNumberDocument(Document):
    """Het nummer van een melding bij haar bron."""

    nummer: str = Field(validation_alias="number")
    bron: str = Field(validation_alias="source")
    gemeld_op: date = Field(validation_alias="day")


class WordBackDocument(Document):
    """Wat het meldpunt nodig heeft om wie meldde te laten weten wat er gebeurt."""

    nummer: str = Field(validation_alias="number")
    tekst: str = Field(validation_alias="text", description="Voorstel, zonder gegevens van personen")
    meldingen: list[ReportNumberDocument] = Field(validation_alias="reports")
    zonder_nummer: int = Field(
        validation_alias="nameless_count", description="Meldingen waarvan het nummer niet meer bekend is"
    )


class AssignedDocument(Document):
    """Hoe het toewijzen van een zaak ging."""

    zaak: str = Field(validation_alias="hotspot", description="Kenmerk of nummer zoals u het stuurde")
    uitkomst: Outcome = Field(validation_alias="outcome")
    dossier: CaseDocument | None = Field(validation_alias="case", description="Leeg als het niet is gelukt")


class AssignedList(Document):
    """Hoe het toewijzen ging; wat een ander intussen wijzigde, is niet overschreven."""

    resultaten: list[AssignedDocument]


class AssigneeDocument(Document):
    """Iemand aan wie u een dossier kunt geven."""

    id: str
    naam: str
    organisatie: str
    gebieden: list[str] | None = Field(description="Waar; leeg: overal")

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """From who may work on cases."""
        reach = reachable_gebieden(actor, Right.MOVE)
        gebieden = None if reach is None else sorted(reach)
        return cls(id=actor.id, naam=actor.name, organisatie=actor.organisation, gebieden=gebieden)


class AssigneeList(Document):
    """Aan wie u dossiers kunt geven."""

    personen: list[AssigneeDocument]
    organisaties: list[str]


class VerdictDocument(Document):
    """Een oordeel."""

    organisatie: str = Field(validation_alias="organisation")
    oordeel: Status = Field(validation_alias="verdict")
    besluit: bool = Field(validation_alias="is_final", description="Of dit het eindoordeel van OOV is")
    reden: str = Field(validation_alias="reason")
    tijdstip: datetime = Field(validation_alias="given_at")
    door: str = Field(validation_alias="given_by")
    peildatum: date | None


class VerdictList(Paged):
    """Oordelen, eerste eerst."""

    verificaties: list[VerdictDocument]


class EnrichmentDocument(Document):
    """Een verrijking."""

    id: int | None = Field(description="Leeg voor wie geen dossiers mag lezen")
    organisatie: str = Field(validation_alias="organisation")
    delen: Sharing = Field(validation_alias="sharing")
    tekst: str = Field(validation_alias="text")
    vervangt: int | None = Field(validation_alias="replaces_id")
    tijdstip: datetime = Field(validation_alias="given_at")
    door: str = Field(validation_alias="given_by")


class EnrichmentList(Paged):
    """Verrijkingen die u mag lezen, zonder wat is verbeterd."""

    verrijkingen: list[EnrichmentDocument]


class CommentDocument(Document):
    """Een opmerking."""

    id: int
    organisatie: str = Field(validation_alias="organisation")
    tekst: str | None = Field(validation_alias="text", description="Leeg: ingetrokken door wie haar schreef")
    ingetrokken: bool = Field(validation_alias="is_withdrawn")
    tijdstip: datetime = Field(validation_alias="given_at")
    door: str = Field(validation_alias="given_by")


class CommentList(Paged):
    """Opmerkingen, eerste eerst."""

    opmerkingen: list[CommentDocument]


class MeasureDocument(Document):
    """Een maatregel zoals die nu is."""

    id: int
    soort: MeasureKind = Field(validation_alias=AliasPath("plan", "kind"))
    omschrijving: str = Field(validation_alias=AliasPath("plan", "description"))
    eigenaar: str = Field(validation_alias=AliasPath("plan", "owner"))
    begin: date = Field(validation_alias=AliasPath("plan", "starts_on"))
    einde: date | None = Field(validation_alias=AliasPath("plan", "ends_on"))
    ingetrokken: bool = Field(validation_alias="is_withdrawn")


class MeasureList(Paged):
    """Maatregelen, ook de ingetrokken."""

    maatregelen: list[MeasureDocument]


class BeforeAndAfter(Document):
    """Aantallen meldingen."""

    voor: int
    na: int

    @classmethod
    def of(cls, pair: tuple[int, int]) -> Self:
        """From the library's pair."""
        return cls(voor=pair[0], na=pair[1])


class CountedPlace(Document):
    """Meldingen van een plek en in haar omgeving."""

    nummer: str
    plek: BeforeAndAfter
    omgeving: BeforeAndAfter = Field(description="Binnen 200 meter, zonder de plek zelf")

    @classmethod
    def of(cls, counted: Counted) -> Self:
        """From the library's counts."""
        return cls(
            nummer=counted.number,
            plek=BeforeAndAfter.of(counted.place),
            omgeving=BeforeAndAfter.of(counted.around),
        )


class CameUpDocument(Document):
    """Een plek die vlakbij op de lijst kwam na het begin van een maatregel."""

    nummer: str = Field(validation_alias="number")
    afstand_m: int = Field(validation_alias="distance_m", description="Meters tot deze hotspot, afgerond")
    eerste_melding: date = Field(validation_alias="first_report")


class EffectDocument(Document):
    """Wat een maatregel deed, voor zover meldingen dat zeggen."""

    maatregel: int
    voor_vanaf: date = Field(description="Eerste dag van de periode ervoor")
    na_vanaf: date = Field(description="Begin van de maatregel")
    na_tot: date = Field(description="Eerste dag na de periode erna; beide perioden zijn even lang")
    behandeld: CountedPlace
    vergeleken_met: CountedPlace | None = Field(description="Een gelijkende plek zonder maatregel")
    verschil: float | None = Field(
        description="Meldingen minder (onder 0) of meer dan op de gelijkende plek, met de omgeving erbij"
    )
    ondergrens: float | None = Field(description="Ondergrens van het 95%-interval")
    bovengrens: float | None = Field(description="Bovengrens van het 95%-interval")
    p_waarde: float | None = Field(description="Kans op zo'n verschil door toeval, tweezijdig")
    geen_uitkomst: NoOutcome | None = Field(description="Waarom er geen uitkomst is")
    kwam_op_vlakbij: list[CameUpDocument] = Field(
        description=(
            "Plekken die vlakbij op de lijst kwamen nadat de maatregel begon, als hier minder meldingen "
            "zijn: een vraag of de overlast daarheen ging, geen bewijs"
        )
    )

    @classmethod
    def of(cls, effect: Effect) -> Self:
        """From the library's effect."""
        outcome = effect.outcome
        return cls(
            maatregel=effect.measure_id,
            voor_vanaf=effect.before,
            na_vanaf=effect.start,
            na_tot=effect.end,
            behandeld=CountedPlace.of(effect.treated),
            vergeleken_met=None if effect.control is None else CountedPlace.of(effect.control),
            verschil=None if outcome is None else outcome.difference,
            ondergrens=None if outcome is None else outcome.lower,
            bovengrens=None if outcome is None else outcome.upper,
            p_waarde=None if outcome is None else outcome.p,
            geen_uitkomst=effect.missing,
            kwam_op_vlakbij=[
                CameUpDocument(
                    nummer=place.number,
                    afstand_m=round(place.distance_m),
                    eerste_melding=place.first_report,
                )
                for place in effect.came_up
            ],
        )


class EventDocument(Document):
    """Een wijziging."""

    versie: int = Field(validation_alias="version")
    tijdstip: datetime = Field(validation_alias="at")
    door: str = Field(validation_alias="actor")
    organisatie: str = Field(validation_alias="organisation")
    wat: str = Field(validation_alias="kind")
    status: Status
    was: dict[str, Any] = Field(validation_alias="before")
    werd: dict[str, Any] = Field(validation_alias="after")
    reden: str | None = Field(validation_alias="reason")


class History(Paged):
    """Elke wijziging van een hotspot, eerste eerst."""

    historie: list[EventDocument]


class NewToken(RequestModel):
    """Een token voor een systeem."""

    naam: ShortText
    rechten: list[Right] = Field(min_length=1, max_length=len(Right))
    gebieden: list[ShortText] | None = Field(default=None, max_length=200, description="Leeg: alle gebieden")
    organisatie: str = Field(default="", max_length=120)
    dagen: Whole | None = Field(default=None, ge=1, le=LONGEST_DAYS, description="Hoe lang het geldt")


class TokenDocument(Document):
    """Een token, zonder het geheim."""

    id: str
    naam: str = Field(validation_alias="name")
    rechten: list[Right] = Field(validation_alias="scopes")
    gebieden: list[str] | None
    organisatie: str = Field(validation_alias="organisation")
    gemaakt: datetime = Field(validation_alias="created_at")
    verloopt: datetime = Field(validation_alias="expires_at")
    ingetrokken: datetime | None = Field(validation_alias="revoked_at")
    gebruikt: datetime | None = Field(validation_alias="used_at")


class MadeToken(Document):
    """Een nieuw token; het geheim is alleen nu te zien."""

    id: str
    token: str
    verloopt: datetime


class MadeLink(Document):
    """Een link om een nieuw wachtwoord te kiezen; alleen nu te zien."""

    link: str
    verloopt: datetime


class TokenList(Paged):
    """Tokens van systemen, laatste eerst."""

    tokens: list[TokenDocument]


class UserDocument(Document):
    """Iemand die zich mag aanmelden."""

    naam: str = Field(validation_alias="name")
    volledige_naam: str = Field(validation_alias="full_name")
    rol: Role = Field(validation_alias="role")
    organisatie: str = Field(validation_alias="organisation")
    gebieden: list[str]
    rechten_op_naam: list[Right] = Field(validation_alias="granted")
    geblokkeerd: bool = Field(validation_alias="is_disabled")
    laatst_aangemeld: datetime | None = Field(validation_alias="signed_in_at")
    uitgenodigd_tot: datetime | None = Field(
        validation_alias="invited_until", description="Er is nog geen wachtwoord gekozen"
    )
    twee_stappen: bool = Field(
        validation_alias="has_second_step", description="Geeft na het wachtwoord een code van een app"
    )


class UserList(Paged):
    """Wie zich mag aanmelden, op naam."""

    gebruikers: list[UserDocument]


class Blocking(RequestModel):
    """Of iemand is geblokkeerd."""

    geblokkeerd: StrictBool
