"""Links of a case to where the same matter is kept in other systems, such as a case system.

A link leads to a person's screen there, so it is an https address without anything that opens a door. Each
is one transaction and one new version of the hotspot, with a row of history.
"""

import re
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

from sqlalchemy import delete, insert

from hotspots.access.rights import Right
from hotspots.casework.cases import CaseAccess, checked_text, record_change, rows_of, signed
from hotspots.errors import LinkError, NotFoundError
from hotspots.store.case_tables import case_links
from hotspots.store.records import as_record

LINKING, UNLINKING = "koppelen", "ontkoppelen"
"""The changes that add and remove a link, in the history."""

MAX_SYSTEM, MAX_REFERENCE, MAX_ADDRESS = 60, 120, 1000
"""The longest name of a system, number of a case there, and address, in characters."""

MOST_LINKS = 50
"""How many links one case has at most."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_SAFE = re.compile(
    rf"https://{_LABEL}(?:\.{_LABEL})*(?::\d{{1,5}})?(?:[/?#][A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]*)?"
)
"""RFC 3986, with a name or IPv4 address of the server, and nobody's name before it."""

_PARAMETER = re.compile(r"[?&;#/]([^?&;#/=]*)=")
"""The name of a parameter in a query, in a fragment, or in a part of the path, as ``;jsessionid=…``."""

_SECRET = re.compile(
    r"(?:(?:^|[._\[-])(?i:key|sleutel|sig)|(?:^|[._\[-]|(?<=[a-z])(?=[A-Z]))(?i:pass(?:word|wd)?|wachtwoord|secret"
    r"|geheim|token|jwt|api[_-]?key|signature|auth|authorization|credentials?|(?:j|php)?sess(?:ion)?[_-]?(?:id)?|sid))"
    r"\]?$"
)
"""Names of parameters that open a door for whoever has the address."""


@dataclass(frozen=True)
class Link:
    """A case in another system about a hotspot."""

    id: str
    system: str
    reference: str
    url: str
    given_at: datetime
    given_by: str
    organisation: str


def add_link(access: CaseAccess, *, system: str, reference: str, url: str) -> tuple[Link, bool]:
    """Link a case in another system; gives the link, and whether it is new: the same one stays one.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :meth:`~hotspots.casework.cases.CaseAccess.changing`.
    LinkError
        If its address is unsafe, another address is linked for that case, or there are many already.
    WorkflowError
        If a name or number is empty or too long.
    """
    with access.changing(Right.LINK) as opened:
        wanted = {
            "system": checked_text(system, "system", limit=MAX_SYSTEM),
            "reference": checked_text(reference, "reference", limit=MAX_REFERENCE),
            "url": checked_address(url),
        }
        known = [as_record(Link, row) for row in rows_of(case_links, opened)]
        for link in known:
            if (link.system, link.reference) == (wanted["system"], wanted["reference"]):
                if link.url == wanted["url"]:
                    return link, False
                raise LinkError(
                    f"{opened.case.number} has '{link.reference}' of '{link.system}' at another address: "
                    "remove that link first",
                    "Dit nummer is al gekoppeld, met een ander adres. Haal die koppeling eerst weg.",
                )
        if len(known) >= MOST_LINKS:
            raise LinkError(
                f"wanted at most {MOST_LINKS} links of {opened.case.number}, found as many: remove one first",
                f"Deze plek heeft al {MOST_LINKS} koppelingen. Haal er eerst een weg.",
            )
        row = {"id": str(uuid4()), **wanted, **signed(opened), "organisation": access.actor.organisation}
        opened.connection.execute(insert(case_links).values(hotspot_id=opened.case.hotspot_id, **row))
        link = Link(**{field.name: row[field.name] for field in fields(Link)})
        record_change(opened, LINKING, after=_told(link))
    return link, True


def remove_link(access: CaseAccess, link_id: str) -> None:
    """Remove a link; the history keeps what it was.

    Raises
    ------
    NotFoundError, ForbiddenError
        As :meth:`~hotspots.casework.cases.CaseAccess.changing`; also if this case has no such link.
    """
    with access.changing(Right.LINK) as opened:
        found = next((row for row in rows_of(case_links, opened) if row.id == link_id), None)
        if found is None:
            raise NotFoundError(f"{opened.case.number} has no link '{link_id}'")
        opened.connection.execute(delete(case_links).where(case_links.c.id == link_id))
        record_change(opened, UNLINKING, before=_told(as_record(Link, found)))


def read_links(access: CaseAccess) -> list[Link]:
    """Read the links of a case, oldest first; raises as :func:`hotspots.casework.cases.read_case`."""
    with access.reading(Right.READ_CASES) as opened:
        links = [as_record(Link, row) for row in rows_of(case_links, opened)]
    return sorted(links, key=lambda link: (link.given_at, link.system, link.reference))


def checked_address(url: str) -> str:
    """Give an address back that people can follow safely.

    Raises
    ------
    LinkError
        If it is not https, holds a name, password or key, or is no address.

    Examples
    --------
    >>> checked_address("https://zaken.example.org/zaak/7?tab=stukken")
    'https://zaken.example.org/zaak/7?tab=stukken'
    """
    if len(url) > MAX_ADDRESS:
        raise LinkError(
            f"wanted an address of at most {MAX_ADDRESS} characters, found {len(url)}",
            f"Het adres mag hoogstens {MAX_ADDRESS} tekens lang zijn.",
        )
    if not url.startswith("https://"):
        raise LinkError(
            f"wanted an address that begins with 'https://', found '{url[:12]}'",
            "Het adres moet beginnen met https://.",
        )
    authority = re.split(r"[/?#\\]", url.removeprefix("https://"), maxsplit=1)[0]
    is_one = bool(_SAFE.fullmatch(url)) and _is_port(authority.rpartition(":")[2])
    names = _PARAMETER.findall(unquote(url)) if is_one else []
    if "@" in authority or any(_SECRET.search(name) for name in names):
        raise LinkError(
            "wanted an address without a name, password or key in it, found one",
            "In het adres mag geen naam, wachtwoord of sleutel staan: wie het dossier leest, ziet het.",
        )
    if not is_one:
        raise LinkError(
            "wanted the address of a page, with only the signs that RFC 3986 allows, found another",
            "Dit is geen adres van een pagina. Neem het over uit de adresbalk, zonder spaties.",
        )
    return url


def _is_port(text: str) -> bool:
    return not text.isdecimal() or 0 < int(text) < 65536


def _told(link: Link) -> dict[str, Any]:
    """What the history keeps of a link; Dutch, as the API gives it."""
    return {"koppeling": link.id, "systeem": link.system, "kenmerk": link.reference, "url": link.url}
