"""What the API is told and answers about the cases of hotspots, accounts and tokens, as types."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool
from pydantic.alias_generators import to_camel

from api.http.paging import Paged
from hotspots.access.accounts import Account
from hotspots.access.machine_tokens import ApiToken
from hotspots.access.rights import Right, Role, Sharing
from hotspots.casework.cases import Case
from hotspots.casework.dossier import Comment, Enrichment
from hotspots.casework.effect import Counted, Effect, NoOutcome
from hotspots.casework.history import Event
from hotspots.casework.measures import Measure, Plan
from hotspots.casework.verdicts import Verdict
from hotspots.casework.workflow import MeasureKind
from hotspots.model import Soort, Status

Text = Annotated[str, Field(min_length=1, max_length=4000)]


def _is_number(value: object) -> object:
    if isinstance(value, bool | str):  # Python takes true and "1" for 1
        raise ValueError("moet een geheel getal zijn")  # noqa: TRY004  # a validator's error
    return value


Whole = Annotated[int, BeforeValidator(_is_number)]
ShortText = Annotated[str, Field(min_length=1, max_length=120)]


class RequestModel(BaseModel):
    """What a client sends: camelCase, and a field that does not exist is refused."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, extra="forbid", frozen=True)


class ResponseModel(BaseModel):
    """What a client gets: camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)


class StatusChange(RequestModel):
    """Een stap in het leven van een hotspot."""

    status: Status
    reden: str = Field(default="", max_length=4000, description="Waarom; verplicht bij de meeste stappen")
    tot: date | None = Field(default=None, description="Tot wanneer de nazorg loopt")


class Assignment(RequestModel):
    """Wie het dossier heeft."""

    persoon: ShortText | None = None
    organisatie: ShortText | None = None
    uiterlijk: date | None = Field(default=None, description="Wanneer de volgende stap gezet moet zijn")


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


class MeasurePlan(RequestModel):
    """Een maatregel."""

    soort: MeasureKind
    omschrijving: Text
    eigenaar: ShortText
    begin: date
    einde: date | None = None

    def plan(self) -> Plan:
        """As the library names it."""
        return Plan(self.soort, self.omschrijving, self.eigenaar, self.begin, self.einde)


class MeasureChange(MeasurePlan):
    """Een maatregel zoals die moet worden."""

    ingetrokken: StrictBool = False


class CaseDocument(ResponseModel):
    """Waar een hotspot staat voor wie eraan werkt."""

    id: str
    nummer: str
    versie: int = Field(description="Eén hoger bij elke wijziging; ook de ETag")
    status: Status
    besluit: Status | None = Field(description="Het eindoordeel dat geldt")
    persoon: str | None
    organisatie: str | None
    uiterlijk: date | None = Field(description="Wanneer de volgende stap gezet moet zijn")
    soort: Soort | None
    gebied: str | None

    @classmethod
    def of(cls, case: Case) -> Self:
        """From the library's case."""
        return cls(
            id=case.hotspot_id,
            nummer=case.number,
            versie=case.version,
            status=case.status,
            besluit=case.verdict,
            persoon=case.assigned_to,
            organisatie=case.assigned_organisation,
            uiterlijk=case.due_on,
            soort=case.soort,
            gebied=case.gebied,
        )


class CaseList(Paged):
    """Dossiers."""

    dossiers: list[CaseDocument]


class VerdictDocument(ResponseModel):
    """Een oordeel."""

    organisatie: str
    oordeel: Status
    besluit: bool = Field(description="Of dit het eindoordeel van OOV is")
    reden: str
    tijdstip: datetime
    door: str
    peildatum: date | None

    @classmethod
    def of(cls, row: Verdict) -> Self:
        """From the library."""
        return cls(
            organisatie=row.organisation,
            oordeel=row.verdict,
            besluit=row.is_final,
            reden=row.reason,
            tijdstip=row.given_at,
            door=row.given_by,
            peildatum=row.peildatum,
        )


class VerdictList(Paged):
    """Oordelen, eerste eerst."""

    verificaties: list[VerdictDocument]


class EnrichmentDocument(ResponseModel):
    """Een verrijking."""

    id: int
    organisatie: str
    delen: Sharing
    tekst: str
    vervangt: int | None
    tijdstip: datetime
    door: str

    @classmethod
    def of(cls, row: Enrichment) -> Self:
        """From the library."""
        return cls(
            id=row.id,
            organisatie=row.organisation,
            delen=row.sharing,
            tekst=row.text,
            vervangt=row.replaces_id,
            tijdstip=row.given_at,
            door=row.given_by,
        )


class EnrichmentList(Paged):
    """Verrijkingen die u mag lezen, zonder wat is verbeterd."""

    verrijkingen: list[EnrichmentDocument]


class CommentDocument(ResponseModel):
    """Een opmerking."""

    organisatie: str
    tekst: str
    tijdstip: datetime
    door: str

    @classmethod
    def of(cls, row: Comment) -> Self:
        """From the library."""
        return cls(organisatie=row.organisation, tekst=row.text, tijdstip=row.given_at, door=row.given_by)


class CommentList(Paged):
    """Opmerkingen, eerste eerst."""

    opmerkingen: list[CommentDocument]


class MeasureDocument(ResponseModel):
    """Een maatregel zoals die nu is."""

    id: int
    soort: MeasureKind
    omschrijving: str
    eigenaar: str
    begin: date
    einde: date | None
    ingetrokken: bool

    @classmethod
    def of(cls, row: Measure) -> Self:
        """From the library."""
        return cls(
            id=row.id,
            soort=row.plan.kind,
            omschrijving=row.plan.description,
            eigenaar=row.plan.owner,
            begin=row.plan.starts_on,
            einde=row.plan.ends_on,
            ingetrokken=row.is_withdrawn,
        )


class MeasureList(Paged):
    """Maatregelen, ook de ingetrokken."""

    maatregelen: list[MeasureDocument]


class BeforeAndAfter(ResponseModel):
    """Aantallen meldingen."""

    voor: int
    na: int

    @classmethod
    def of(cls, pair: tuple[int, int]) -> Self:
        """From the library's pair."""
        return cls(voor=pair[0], na=pair[1])


class CountedPlace(ResponseModel):
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


class EffectDocument(ResponseModel):
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

    @classmethod
    def of(cls, effect: Effect) -> Self:
        """From the library's effect."""
        found = effect.outcome
        return cls(
            maatregel=effect.measure_id,
            voor_vanaf=effect.before,
            na_vanaf=effect.start,
            na_tot=effect.end,
            behandeld=CountedPlace.of(effect.treated),
            vergeleken_met=None if effect.control is None else CountedPlace.of(effect.control),
            verschil=None if found is None else found.difference,
            ondergrens=None if found is None else found.lower,
            bovengrens=None if found is None else found.upper,
            p_waarde=None if found is None else found.p,
            geen_uitkomst=effect.missing,
        )


class EventDocument(ResponseModel):
    """Een wijziging."""

    versie: int
    tijdstip: datetime
    door: str
    organisatie: str
    wat: str
    status: Status
    was: dict[str, Any]
    werd: dict[str, Any]
    reden: str | None

    @classmethod
    def of(cls, row: Event) -> Self:
        """From the library."""
        return cls(
            versie=row.version,
            tijdstip=row.at,
            door=row.actor,
            organisatie=row.organisation,
            wat=row.kind,
            status=row.status,
            was=dict(row.before),
            werd=dict(row.after),
            reden=row.reason,
        )


class History(Paged):
    """Elke wijziging van een hotspot, eerste eerst."""

    historie: list[EventDocument]


class NewToken(RequestModel):
    """Een token voor een systeem."""

    naam: ShortText
    rechten: list[Right] = Field(min_length=1, max_length=len(Right))
    gebieden: list[ShortText] | None = Field(default=None, max_length=200, description="Leeg: alle gebieden")
    organisatie: str = Field(default="", max_length=120)
    dagen: Whole | None = Field(default=None, ge=1, le=366, description="Hoe lang het geldt")


class TokenDocument(ResponseModel):
    """Een token, zonder het geheim."""

    id: str
    naam: str
    rechten: list[Right]
    gebieden: list[str] | None
    organisatie: str
    gemaakt: datetime
    verloopt: datetime
    ingetrokken: datetime | None
    gebruikt: datetime | None

    @classmethod
    def of(cls, row: ApiToken) -> Self:
        """From the library's token."""
        return cls(
            id=row.id,
            naam=row.name,
            rechten=list(row.scopes),
            gebieden=None if row.gebieden is None else list(row.gebieden),
            organisatie=row.organisation,
            gemaakt=row.created_at,
            verloopt=row.expires_at,
            ingetrokken=row.revoked_at,
            gebruikt=row.used_at,
        )


class MadeToken(ResponseModel):
    """Een nieuw token; het geheim is alleen nu te zien."""

    id: str
    token: str
    verloopt: datetime


class TokenList(Paged):
    """Tokens van systemen, laatste eerst."""

    tokens: list[TokenDocument]


class UserDocument(ResponseModel):
    """Iemand die zich mag aanmelden."""

    naam: str
    volledige_naam: str
    rol: Role
    organisatie: str
    gebieden: list[str]
    rechten_op_naam: list[Right]
    geblokkeerd: bool
    laatst_aangemeld: datetime | None

    @classmethod
    def of(cls, row: Account) -> Self:
        """From the library's account."""
        return cls(
            naam=row.name,
            volledige_naam=row.full_name,
            rol=row.role,
            organisatie=row.organisation,
            gebieden=list(row.gebieden),
            rechten_op_naam=list(row.granted),
            geblokkeerd=row.is_disabled,
            laatst_aangemeld=row.signed_in_at,
        )


class UserList(Paged):
    """Wie zich mag aanmelden, op naam."""

    gebruikers: list[UserDocument]


class Blocking(RequestModel):
    """Of iemand is geblokkeerd."""

    geblokkeerd: StrictBool
