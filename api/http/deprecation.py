"""Deprecation of parts of the API: marked once, beside the route, and told to whoever still asks for them.

Answers of the route then have `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and links to the policy and to
the successor; in the OpenAPI description it is `deprecated`. The policy: `docs/api.md`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl

from starlette.types import Scope

Handler = TypeVar("Handler", bound=Callable[..., Any])

NOTICE = timedelta(days=365)
"""How long what is deprecated works on as it did, at least."""

POLICY_PATH = "/v1#verouderd"
"""Where people read what is deprecated, and until when it stays."""


@dataclass(frozen=True)
class Deprecation:
    """That a route is deprecated, or only some of its parameters or fields.

    Parameters
    ----------
    since, ends
        The day from which it should not be used any more, and the day on which it may be gone.
    successor
        The path of what comes in its place.
    parameters, fields
        Names of query parameters, and of fields of the answer: only these are deprecated.
    """

    since: date
    ends: date
    successor: str | None = None
    parameters: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a shorter notice than was promised."""
        if self.ends - self.since < NOTICE:
            raise ValueError(
                f"wanted {NOTICE.days} days or more between {self.since} and the end, found {self.ends}"
            )

    @property
    def is_whole(self) -> bool:
        """Whether the route itself is deprecated."""
        return not (self.parameters or self.fields)

    def as_json(self) -> dict[str, Any]:
        """What the description of the API says of it."""
        return {
            "sinds": self.since.isoformat(),
            "tot": self.ends.isoformat(),
            "inPlaatsDaarvan": self.successor,
            "parameters": sorted(self.parameters),
            "velden": sorted(self.fields),
        }

    def headers(self) -> Mapping[str, str]:
        """The headers of answers; the links go after those that an answer has already."""
        links = [f'<{POLICY_PATH}>; rel="deprecation"; type="text/html"', f'<{POLICY_PATH}>; rel="sunset"']
        if self.successor is not None:
            links.append(f'<{self.successor}>; rel="successor-version"')
        return {
            "Deprecation": f"@{int(_midnight(self.since).timestamp())}",
            "Sunset": format_datetime(_midnight(self.ends), usegmt=True),
            "Link": ", ".join(links),
        }


def deprecated(mark: Deprecation) -> Callable[[Handler], Handler]:
    """Mark a route as deprecated: this decorator goes below the one that adds the route."""

    def marked(handler: Handler) -> Handler:
        handler.__deprecation__ = mark  # type: ignore[attr-defined]  # functions take attributes
        return handler

    return marked


def deprecation_of(handler: object) -> Deprecation | None:
    """The mark of a route, if it has one."""
    mark: Deprecation | None = getattr(handler, "__deprecation__", None)
    return mark


def deprecation_headers(scope: Scope) -> Mapping[str, str]:
    """The headers for the answer to a routed request; none if nothing of the route is deprecated.

    Deprecated parameters are told only to who sends one of them.
    """
    mark = deprecation_of(scope.get("endpoint"))
    if mark is None:
        return {}
    asked = {name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)}
    return mark.headers() if mark.is_whole or mark.fields or mark.parameters & asked else {}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
