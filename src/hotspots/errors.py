"""Every error this package raises on purpose, as one tree.

::

    HotspotsError
    ├── DutchError                   an error that pages tell too, in Dutch
    │   ├── SourceError              reports can't be read
    │   │   ├── MappingError         the mapping file of a source is wrong
    │   │   ├── UnreadableFileError  the file is empty, truncated or of another kind than announced
    │   │   └── UndoError            an import can't be undone
    │   ├── AreasError               a boundary file lacks areas or columns
    │   ├── ComposingError           a gebied can't be composed like that
    │   ├── AddressesError           an address file lacks columns or addresses
    │   ├── ChoiceError              there is no such area or year to tell the figures of
    │   ├── FollowError              what somebody wants to follow can't be found, or is no area
    │   ├── JobError                 a job can't be asked for, paused or resumed like that
    │   ├── SubjectError             it can't be told who or what a person means by what they gave
    │   ├── EventsError              a system can't be told what happens like that
    │   ├── SignallingError          signalling can't be stopped, or started again, like that
    │   └── PaperError               a paper, or an answer to its questions, can't be made like that
    ├── SettingsError                a setting is missing, unknown or out of range
    ├── BackgroundError              what maps draw beside the hotspots can't be read
    ├── DownloadError                features can't be fetched, or don't come whole
    ├── GeocodingError               an online geocoder is down, slow or answers nonsense
    ├── TableError                   a table lacks a column, or a column has another type than declared
    ├── StoreError                   the database can't be used
    │   ├── SchemaError              the database is absent, older or newer than this version
    │   └── LockedError              another process holds the lock on this work
    ├── FiguresError                 a table of other figures lacks columns or figures
    ├── StatisticError               a statistic can't be computed from these figures
    ├── WorkflowError                a hotspot can't go there from where it is, or something needed is lacking
    │   ├── StaleError               someone else changed it in the meantime
    │   ├── PlaceNameError           a place can't be called that
    │   ├── AssigneeError            a case can't be given to them: nobody is meant who may work on it
    │   └── WrittenError             what a person wrote can't be taken like that
    │       ├── NominationError      a place can't be put on the list like that
    │       ├── DuidingError         what lies behind figures can't be written like that
    │       └── LinkError            a case elsewhere can't be linked like that
    ├── AccountError                 an account or token can't be made or changed like that
    ├── SignInError                  who asks is not known: wrong password, or a token that does not hold
    │   ├── LockedOutError           too many wrong passwords; wait
    │   ├── WrongCodeError           the code of the second step is none of this account, or too old
    │   └── SecondStepError          the password is right, and a second step must follow
    ├── BusyError                    too much is asked at once; come back later
    ├── SentBeforeError              this was sent before, and is done once
    ├── ClusterError                 the machines that were asked to work can't be reached
    ├── MailError                    a mail can't be sent
    │   └── AddressRefusedError      nor later: there is no such mailbox
    ├── ForbiddenError               who asks is known, but may not do this here
    ├── ReasonWantedError            exact data are read here only by who says why
    ├── NotFoundError                what was asked for does not exist
    ├── StoppedError                 signalling is stopped, so no run is done
    ├── RemovedError                 what was asked for was removed after its period
    └── ExpiredError                 what was shared was shared for a time, which is over

A message says what was wanted, what was found (quoted) and what to do. The command line prints it as one line
and ends with 1; the service translates the class to an HTTP status in one table.
"""

from enum import Enum, auto


class HotspotsError(Exception):
    """Base of all errors that a user can act on."""


class DutchError(HotspotsError):
    """An error that pages tell too, in Dutch.

    Parameters
    ----------
    dutch
        The same for a page: sentences, without the name of a file.
    """

    def __init__(self, message: str, dutch: str) -> None:
        super().__init__(message)
        self.dutch = dutch


class SettingsError(HotspotsError):
    """A setting is missing, unknown or out of range."""


class SourceError(DutchError):
    """Reports can't be read."""

    def __init__(self, message: str, dutch: str = "Deze bron kan niet gelezen worden.") -> None:
        super().__init__(message, dutch)


class MappingError(SourceError):
    """The mapping file of a source is wrong."""

    def __init__(
        self,
        message: str,
        dutch: str = "De instelling van deze bron klopt niet. Vraag de beheerder van het systeem.",
    ) -> None:
        super().__init__(message, dutch)


class UnreadableFileError(SourceError):
    """The file is empty, truncated or of another kind than announced."""

    def __init__(self, message: str, dutch: str) -> None:
        super().__init__(message, dutch)


class UndoError(SourceError):
    """An import can't be undone."""


class AreasError(DutchError):
    """A boundary file lacks areas or columns."""

    def __init__(
        self, message: str, dutch: str = "In dit bestand staan geen grenzen van buurten die te lezen zijn."
    ) -> None:
        super().__init__(message, dutch)


class BackgroundError(HotspotsError):
    """A file or collection to draw under or beside the hotspots can't be read."""


class ComposingError(DutchError):
    """A gebied can't be composed like that.

    Parameters
    ----------
    is_acceptable
        Whether a person can accept what would harm.
    """

    def __init__(self, message: str, dutch: str, *, is_acceptable: bool = False) -> None:
        super().__init__(message, dutch)
        self.is_acceptable = is_acceptable


class AddressesError(DutchError):
    """An address file lacks columns or addresses."""

    def __init__(
        self, message: str, dutch: str = "In dit bestand staan geen adressen die te lezen zijn."
    ) -> None:
        super().__init__(message, dutch)


class DownloadError(HotspotsError):
    """Features can't be fetched from a service, or don't come whole."""


class GeocodingError(HotspotsError):
    """An online geocoder is down, slow or answers nonsense."""


class TableError(HotspotsError):
    """A table lacks a column, or a column has another type than declared."""


class StoreError(HotspotsError):
    """The database can't be used."""


class SchemaError(StoreError):
    """The database is absent, or made by an older or newer version."""


class LockedError(StoreError):
    """Another process holds the lock on this work."""


class FiguresError(HotspotsError):
    """A table of other figures lacks columns or figures."""


class StatisticError(HotspotsError):
    """A statistic can't be computed from these figures: too few, or out of range."""


class WorkflowError(HotspotsError):
    """A hotspot can't go there from where it is, or something needed for it is lacking."""


class StaleError(WorkflowError):
    """Someone else changed it in the meantime."""


class PlaceNameError(WorkflowError):
    """A place can't be called that: it is no plain text, has a number, or is its name already."""


class AssigneeError(WorkflowError):
    """A case can't be given to them: no account or organisation is meant that may work on it."""


class WrittenError(WorkflowError):
    """What a person wrote can't be taken like that.

    Parameters
    ----------
    dutch
        The same for a page: a sentence.
    """

    def __init__(self, message: str, dutch: str) -> None:
        super().__init__(message)
        self.dutch = dutch


class NominationError(WrittenError):
    """A place can't be put on the list like that."""


class DuidingError(WrittenError):
    """What lies behind figures can't be written like that: its period, place or category is none."""


class LinkError(WrittenError):
    """A case in another system can't be linked like that: its address is unsafe, or it is linked already."""


class ChoiceError(DutchError):
    """There is no such area or year to tell the figures of.

    Parameters
    ----------
    parameter
        What was chosen: ``gebied``, ``buurt`` or ``jaar``.
    dutch
        The same for a page: how a sentence about that goes on.
    """

    def __init__(self, message: str, parameter: str, dutch: str) -> None:
        super().__init__(message, dutch)
        self.parameter = parameter


class FollowError(DutchError):
    """What somebody wants to follow can't be found, or is no area."""


class JobError(DutchError):
    """A job can't be asked for, paused or resumed like that."""


class AccountProblem(Enum):
    """What is wrong with an account or token, for whoever says it in another language."""

    NAME_TAKEN = auto()
    NAME_UNUSUAL = auto()
    SECOND_PERSON = auto()
    PASSWORDS_DIFFER = auto()
    NAME_LENGTH = auto()
    PASSWORD_LENGTH = auto()
    PASSWORD_TOO_EASY = auto()
    TEAM_INCOMPLETE = auto()
    ROLE_UNKNOWN = auto()
    SCOPES_UNKNOWN = auto()
    TERM_TOO_LONG = auto()
    OWN_ACCOUNT = auto()
    NOT_LOCAL = auto()
    STEP_OBLIGATORY = auto()
    STEP_ABSENT = auto()
    OTHER = auto()


class AccountError(HotspotsError):
    """An account or token can't be made or changed like that."""

    def __init__(self, message: str, problem: AccountProblem = AccountProblem.OTHER) -> None:
        super().__init__(message)
        self.problem = problem


class SignInError(HotspotsError):
    """Who asks is not known: a wrong name or password, or a token that does not hold."""


class LockedOutError(SignInError):
    """Too many wrong passwords: wait before trying again.

    Parameters
    ----------
    wait_s
        How long, in seconds.
    """

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many wrong passwords for this name: wait {wait_s} seconds")
        self.wait_s = wait_s


class WrongCodeError(SignInError):
    """The code of the second step is none of this account, is too old, or was used."""


class SecondStepError(SignInError):
    """The password is right, and a second step must follow before anybody is signed in.

    Parameters
    ----------
    user_id, password_hash
        Whose password it was, and the hash of it.
    is_set_up
        Whether the account has a second step; else it must set one up now.
    """

    def __init__(self, user_id: str, password_hash: str, *, is_set_up: bool) -> None:
        super().__init__("wanted the code of the second step with this password, found none")
        self.user_id = user_id
        self.password_hash = password_hash
        self.is_set_up = is_set_up


class SubjectError(DutchError):
    """It can't be told who or what a person means by what they gave."""


class BusyError(HotspotsError):
    """Too much is asked at once.

    Parameters
    ----------
    wait_s
        When to come back, in seconds.
    """

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many are signing in at once: come back in {wait_s} seconds")
        self.wait_s = wait_s


class SentBeforeError(HotspotsError):
    """This was sent before: what it asks is done once, and the first answer counts."""


class ClusterError(HotspotsError):
    """The machines that were asked to do work can't be reached, or are none."""


class ForbiddenError(HotspotsError):
    """Who asks is known, but may not do this here."""


class StoppedError(HotspotsError):
    """Signalling is stopped, so no run is done."""


class EventsError(DutchError):
    """A system can't be told what happens like that."""


class SignallingError(DutchError):
    """Signalling can't be stopped, or started again, like that."""


class ReasonWantedError(HotspotsError):
    """Exact data are read here only by who says why.

    Parameters
    ----------
    number
        Of the place.
    """

    def __init__(self, number: str) -> None:
        super().__init__(f"wanted the reason for reading the exact data of {number}, found none given lately")
        self.number = number


class PaperError(DutchError):
    """A paper, or an answer to its questions, can't be made like that."""

    def __init__(self, message: str, dutch: str = "Dit stuk kan zo niet worden gemaakt.") -> None:
        super().__init__(message, dutch)


class RemovedError(HotspotsError):
    """What was asked for was removed after its period."""


class NotFoundError(HotspotsError):
    """What was asked for does not exist."""


class ExpiredError(HotspotsError):
    """What was shared was shared for a time that is over, or was ended."""


class MailError(HotspotsError):
    """A mail can't be sent: the server is away, or refuses it."""


class AddressRefusedError(MailError):
    """A mail can't be sent, nor later: the server knows no such mailbox."""
