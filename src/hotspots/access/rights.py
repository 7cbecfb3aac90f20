"""Who may do what, and where: roles, rights and the one table that joins them.

A person has one role, works for one organisation, and may be bound to areas (gebieden). A machine has no role
but scopes. A right is held everywhere, in the own areas, or not at all; what touches persons (exact points,
texts) is besides granted to a person by name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hotspots.errors import ForbiddenError
from hotspots.model import Soort


class Role(StrEnum):
    """What a person does with the software; Dutch, as every output names it."""

    LEZER = "lezer"
    GEBIEDSTEAM = "gebiedsteam"
    OOV = "oov"
    BEHEERDER = "beheerder"
    PRIVACY = "privacy"


class Right(StrEnum):
    """Something that one may or may not do; the value is how tokens and logs name it."""

    READ_HOTSPOTS = "hotspots.lezen"
    READ_DWELLINGS = "woningen.lezen"
    READ_EXACT_POINTS = "punten.lezen"
    READ_TEXTS = "teksten.lezen"
    READ_CASES = "dossiers.lezen"
    COMMENT = "opmerkingen.schrijven"
    ENRICH = "verrijkingen.schrijven"
    INTERPRET = "duiding.schrijven"
    JUDGE = "oordelen.schrijven"
    MOVE = "status.wijzigen"
    DECIDE = "besluiten.schrijven"
    PLAN = "maatregelen.schrijven"
    ASSIGN = "toewijzing.wijzigen"
    LINK = "koppelingen.schrijven"
    READ_UNSIGNALLED = "niet-gesignaleerd.lezen"
    NOMINATE = "plekken.aandragen"
    SHARE_MAPS = "kaarten.delen"
    READ_LEARNING = "leren.lezen"
    REVIEW_ADDRESSES = "adressen.herstellen"
    READ_ACCESS_LOG = "inzage.lezen"
    MANAGE_USERS = "gebruikers.beheren"
    MANAGE_TOKENS = "tokens.beheren"
    READ_OPERATIONS = "beheer.lezen"
    IMPORT_REPORTS = "meldingen.importeren"
    TRY_RULES = "regels.proberen"
    CHANGE_RULES = "regels.wijzigen"
    CHANGE_SETTINGS = "instellingen.wijzigen"
    CHOOSE_BACKGROUND = "ondergrond.kiezen"
    MANAGE_AREAS = "gebieden.beheren"
    CONFIRM_RETENTION = "bewaartermijnen.bevestigen"
    STOP_SIGNALLING = "signalering.stoppen"
    ANSWER_PAPERS = "stukken.invullen"
    HANDLE_REQUESTS = "verzoeken.behandelen"
    RUN_JOBS = "taken.uitvoeren"
    READ_SAFETY = "veiligheid.lezen"
    MANAGE_EVENTS = "gebeurtenissen.beheren"


class Reach(StrEnum):
    """Where a role holds a right."""

    EVERYWHERE = "overal"
    OWN_AREAS = "eigen gebieden"


_EVERYWHERE, _OWN = Reach.EVERYWHERE, Reach.OWN_AREAS

RIGHTS: Mapping[Right, Mapping[Role, Reach]] = {
    Right.READ_HOTSPOTS: {
        Role.LEZER: _EVERYWHERE,
        Role.GEBIEDSTEAM: _OWN,
        Role.OOV: _EVERYWHERE,
        Role.BEHEERDER: _EVERYWHERE,
        Role.PRIVACY: _EVERYWHERE,
    },
    # a hotspot of one dwelling points at who lives there
    Right.READ_DWELLINGS: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    Right.READ_EXACT_POINTS: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    Right.READ_TEXTS: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    Right.READ_CASES: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE, Role.PRIVACY: _EVERYWHERE},
    Right.COMMENT: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    Right.ENRICH: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    Right.INTERPRET: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    Right.JUDGE: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    Right.MOVE: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    Right.DECIDE: {Role.OOV: _EVERYWHERE},
    Right.PLAN: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    Right.ASSIGN: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    # that a case about it is kept in another system, and where
    Right.LINK: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    # places with few reports, which may be of one person: only where one may know of dwellings, too
    Right.READ_UNSIGNALLED: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    Right.NOMINATE: {Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    # maps for everyone, of figures that are made fit for that
    Right.SHARE_MAPS: {Role.LEZER: _EVERYWHERE, Role.GEBIEDSTEAM: _OWN, Role.OOV: _EVERYWHERE},
    Right.READ_LEARNING: {Role.OOV: _EVERYWHERE, Role.BEHEERDER: _EVERYWHERE, Role.PRIVACY: _EVERYWHERE},
    # what reporters wrote as an address, of whatever place
    Right.REVIEW_ADDRESSES: {Role.OOV: _EVERYWHERE, Role.BEHEERDER: _EVERYWHERE},
    Right.READ_ACCESS_LOG: {Role.PRIVACY: _EVERYWHERE},
    Right.MANAGE_USERS: {Role.BEHEERDER: _EVERYWHERE},
    Right.MANAGE_TOKENS: {Role.BEHEERDER: _EVERYWHERE},
    # runs, imports, refused rows by number and reason, jobs: no place, text or person
    Right.READ_OPERATIONS: {Role.OOV: _EVERYWHERE, Role.BEHEERDER: _EVERYWHERE, Role.PRIVACY: _EVERYWHERE},
    Right.IMPORT_REPORTS: {Role.BEHEERDER: _EVERYWHERE},
    # changes no rule; which places one sees in the outcome is for the rights to read hotspots and dwellings
    Right.TRY_RULES: {Role.OOV: _EVERYWHERE, Role.BEHEERDER: _EVERYWHERE},
    # which places are signalled from the next run on; with a second person, unless a setting says otherwise
    Right.CHANGE_RULES: {Role.OOV: _EVERYWHERE, Role.BEHEERDER: _EVERYWHERE},
    Right.CHANGE_SETTINGS: {Role.BEHEERDER: _EVERYWHERE},
    # what maps show under the hotspots; one choice tells another organisation where people look
    Right.CHOOSE_BACKGROUND: {Role.BEHEERDER: _EVERYWHERE},
    # buurten, gebieden and the address register: where reports lie, and who sees them
    Right.MANAGE_AREAS: {Role.BEHEERDER: _EVERYWHERE},
    # from then on what is past its period is removed
    Right.CONFIRM_RETENTION: {Role.BEHEERDER: _EVERYWHERE, Role.PRIVACY: _EVERYWHERE},
    # one is enough to stop it; starting again takes two
    Right.STOP_SIGNALLING: {
        Role.OOV: _EVERYWHERE,
        Role.BEHEERDER: _EVERYWHERE,
        Role.PRIVACY: _EVERYWHERE,
    },
    # what the municipality decided itself, in its own words
    Right.ANSWER_PAPERS: {Role.BEHEERDER: _EVERYWHERE, Role.PRIVACY: _EVERYWHERE},
    # what is held of one person, as a reporter or who lives at an address; and erasing it
    Right.HANDLE_REQUESTS: {Role.PRIVACY: _EVERYWHERE},
    # the round now instead of on Monday, and whether a job is done at all
    Right.RUN_JOBS: {Role.OOV: _EVERYWHERE, Role.BEHEERDER: _EVERYWHERE},
    # what would help somebody to get in
    Right.READ_SAFETY: {Role.BEHEERDER: _EVERYWHERE, Role.PRIVACY: _EVERYWHERE},
    # which other systems are told what happens, and where they are
    Right.MANAGE_EVENTS: {Role.BEHEERDER: _EVERYWHERE},
}
"""The one table of rights; who is not named does not have the right."""

GRANTED: frozenset[Right] = frozenset({Right.READ_EXACT_POINTS, Right.READ_TEXTS})
"""Rights that a role only makes possible: they are granted to a person by name, and every use is logged."""

_BY_ROLE: frozenset[Right] = frozenset(
    {
        Right.READ_DWELLINGS,
        Right.READ_CASES,
        Right.READ_ACCESS_LOG,
        Right.MANAGE_USERS,
        Right.HANDLE_REQUESTS,
    }
)
"""Rights of a role that reach persons, or let others do so."""

LETTING_IN = Right.READ_HOTSPOTS
"""What waits for a second person when an account as a whole does, whatever its role: after a restore."""

_MANAGING: frozenset[Right] = frozenset(
    {
        Right.REVIEW_ADDRESSES,
        Right.MANAGE_USERS,
        Right.MANAGE_TOKENS,
        Right.READ_OPERATIONS,
        Right.IMPORT_REPORTS,
        Right.TRY_RULES,
        Right.CHANGE_RULES,
        Right.CHANGE_SETTINGS,
        Right.CHOOSE_BACKGROUND,
        Right.MANAGE_AREAS,
        Right.CONFIRM_RETENTION,
        Right.STOP_SIGNALLING,
        Right.ANSWER_PAPERS,
        Right.HANDLE_REQUESTS,
        Right.RUN_JOBS,
        Right.READ_SAFETY,
        Right.MANAGE_EVENTS,
    }
)
WITHOUT_AREA: frozenset[Right] = _MANAGING | {Right.READ_LEARNING, Right.READ_ACCESS_LOG}
"""Rights that are not about a place."""

SCOPES: frozenset[Right] = frozenset(RIGHTS) - _MANAGING - {Right.DECIDE, Right.SHARE_MAPS}
"""What a machine can be given: never to decide, correct or publish, which people do, nor to let others in."""


def two_person_rights(role: Role) -> frozenset[Right]:
    """What an administrator gives with this role only together with a second person.

    Examples
    --------
    >>> sorted(two_person_rights(Role.BEHEERDER)), sorted(two_person_rights(Role.LEZER))
    ([<Right.MANAGE_USERS: 'gebruikers.beheren'>], [])
    """
    return frozenset(right for right in _BY_ROLE if role in RIGHTS[right])


def is_held(asked: Iterable[str] | None) -> bool:
    """Whether an account is let in only after a second person confirms what its role may."""
    return any(right not in GRANTED for right in asked or ())


class Sharing(StrEnum):
    """With whom a partner shares what it knows: what weighs more is for fewer."""

    OWN = "eigen organisatie"
    OOV = "oov"
    TEAM = "gebiedsteam"
    EVERYONE = "iedereen"


SHARED_WITH: Mapping[Sharing, frozenset[Role]] = {
    Sharing.OWN: frozenset(),
    Sharing.OOV: frozenset({Role.OOV}),
    Sharing.TEAM: frozenset({Role.OOV, Role.GEBIEDSTEAM}),
    Sharing.EVERYONE: frozenset(Role),
}
"""Which roles read an enrichment or duiding of each class, besides the organisation that gave it."""


@dataclass(frozen=True)
class Actor:
    """Who asks: a person with a role, or a machine with scopes."""

    id: str  # what the history and the logs keep, also when a name changes
    name: str  # how people are shown who did it
    role: Role | None  # None: a machine
    organisation: str = ""  # such as ``politie``: in its name verdicts and enrichments are given
    gebieden: frozenset[str] | None = frozenset()  # the own areas by name; None for a machine: all
    granted: frozenset[Right] = frozenset()  # of :data:`GRANTED`, given to this person
    scopes: frozenset[Right] = frozenset()  # all that a machine may

    @property
    def is_machine(self) -> bool:
        """Whether this is a machine with a token of its own."""
        return self.role is None


def may(actor: Actor, right: Right, gebied: str | None) -> bool:
    """Whether someone may do something in an area; None: in no known area, or the right is about no place.

    Examples
    --------
    >>> agent = Actor("1", "A. Agent", Role.GEBIEDSTEAM, "politie", frozenset({"Mariaberg"}))
    >>> may(agent, Right.JUDGE, "Mariaberg"), may(agent, Right.JUDGE, "Wyck"), may(agent, Right.JUDGE, None)
    (True, False, False)
    """
    reachable = reachable_gebieden(actor, right)
    return reachable is None or gebied in reachable


def reachable_gebieden(actor: Actor | None, right: Right) -> frozenset[str] | None:
    """The areas in which someone has a right: None for everywhere, empty for nowhere.

    Who did not sign in, without an actor, has it nowhere.

    Examples
    --------
    >>> reachable_gebieden(Actor("1", "O. Adviseur", Role.OOV), Right.DECIDE) is None
    True
    >>> reachable_gebieden(Actor("2", "L. Lezer", Role.LEZER), Right.DECIDE)
    frozenset()
    """
    if actor is None:
        return frozenset()
    if actor.role is None:
        if right not in actor.scopes & SCOPES:
            return frozenset()
        return None if right in WITHOUT_AREA else actor.gebieden
    reach = RIGHTS[right].get(actor.role)
    if reach is None or (right in GRANTED and right not in actor.granted):
        return frozenset()
    return None if reach is Reach.EVERYWHERE else actor.gebieden or frozenset()


def touches_persons(soort: Soort | None, reporters: int | None) -> bool:
    """Whether a hotspot points at persons: who lives in one dwelling, or the one known reporter."""
    return soort is Soort.WONING or (reporters is not None and reporters <= 1)


@dataclass(frozen=True)
class Visibility:
    """Which hotspots someone may know of: for anyone else a hotspot does not exist.

    Two sets of areas, None for everywhere: for places, and for what points at persons, such as dwellings
    (:func:`touches_persons`).
    """

    gebieden: frozenset[str] | None = None
    dwellings: frozenset[str] | None = None
    reader_id: str | None = field(default=None, compare=False, repr=False)
    """Whose it is, for areas of their own: two with the same rights know of the same places."""

    @property
    def is_everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.gebieden is None and self.dwellings is None

    @property
    def is_nothing(self) -> bool:
        """Whether everything is hidden."""
        return not any(areas is None or areas for areas in (self.gebieden, self.dwellings))

    @property
    def sees_reports_everywhere(self) -> bool:
        """Whether nothing is told in steps: one may know of dwellings wherever one knows of places."""
        if self.dwellings is None or self.gebieden is None:
            return self.dwellings is None
        return self.gebieden <= self.dwellings

    def sees_reports(self, gebied: str | None) -> bool:
        """Whether the places of an area are told exactly, and not in steps that hide one report.

        Examples
        --------
        >>> Visibility(dwellings=frozenset({"Mariaberg"})).sees_reports("Mariaberg")
        True
        """
        return self.dwellings is None or gebied in self.dwellings

    def shows(self, soort: Soort | None, gebied: str | None, reporters: int | None = None) -> bool:
        """Whether one may know of a hotspot of this kind in this area, with so many known reporters.

        Examples
        --------
        >>> visibility = Visibility(gebieden=frozenset({"Mariaberg"}), dwellings=frozenset())
        >>> visibility.shows(Soort.GEBIED, "Mariaberg"), visibility.shows(Soort.WONING, "Mariaberg")
        (True, False)
        >>> visibility.shows(Soort.GEBIED, "Mariaberg", reporters=1)
        False
        """
        reachable = self.dwellings if touches_persons(soort, reporters) else self.gebieden
        return reachable is None or gebied in reachable


EVERYTHING = Visibility()
"""Of who runs the software, and of everybody while signing in is not required."""

NO_PERSONS = Visibility(dwellings=frozenset())
"""Of what is made for others to read: all places, but none that points at persons."""


def visibility_of(actor: Actor) -> Visibility:
    """Which hotspots someone may know of: by the right to read hotspots or dwellings, or else cases.

    Examples
    --------
    >>> visibility_of(Actor("1", "L. Lezer", Role.LEZER))
    Visibility(gebieden=None, dwellings=frozenset())
    """
    by_case = reachable_gebieden(actor, Right.READ_CASES)
    return Visibility(
        gebieden=_either(reachable_gebieden(actor, Right.READ_HOTSPOTS), by_case),
        dwellings=_either(reachable_gebieden(actor, Right.READ_DWELLINGS), by_case),
        reader_id=actor.id,
    )


def _either(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    return None if first is None or second is None else first | second


def may_read_shared(actor: Actor, sharing: Sharing, organisation: str) -> bool:
    """Whether someone may read an enrichment or duiding of a class and an organisation, wherever it is of.

    A machine reads what is for everyone and what its own organisation gave.

    Examples
    --------
    >>> agent = Actor("1", "A. Agent", Role.GEBIEDSTEAM, "politie")
    >>> may_read_shared(agent, Sharing.OWN, "politie"), may_read_shared(agent, Sharing.OWN, "Trajekt")
    (True, False)
    """
    if sharing is Sharing.EVERYONE or (actor.organisation and actor.organisation == organisation):
        return True
    return actor.role in SHARED_WITH[sharing]


def require(actor: Actor, right: Right, gebied: str | None) -> None:
    """Refuse who may not.

    Raises
    ------
    ForbiddenError
        If the actor does not have the right at this place.
    """
    if not may(actor, right, gebied):
        where = "" if right in WITHOUT_AREA else f" in '{gebied or 'no area'}'"
        raise ForbiddenError(
            f"'{actor.name}' ({actor.role or 'machine'}) wanted {right}{where}: not among the rights given"
        )


def require_somewhere(actor: Actor, right: Right) -> None:
    """Refuse who has a right nowhere.

    Raises
    ------
    ForbiddenError
        If there is no area in which the actor has it.
    """
    if reachable_gebieden(actor, right) == frozenset():
        raise ForbiddenError(f"'{actor.name}' ({actor.role or 'machine'}) wanted {right}, and has it nowhere")
