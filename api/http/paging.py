"""The links and totals of a page of a collection."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.datastructures import URL

from api.http.answers import answer
from api.http.dependencies import Page
from api.http.negotiation import CSV, GEOJSON, JSON, chosen_type
from api.http.tables import answer_table, columns_of


class Link(BaseModel):
    """Een verwijzing."""

    href: str = Field(description="Adres", examples=["/v1/hotspots?pagina=2"])


class PageLinks(BaseModel):
    """Verwijzingen naar deze en andere pagina's; wat er niet is ontbreekt."""

    self: Link
    first: Link
    prev: Link | None = None
    next: Link | None = None
    last: Link


class Document(BaseModel):
    """An answer document: fields in camelCase, filled from attributes with the library's names."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, from_attributes=True)


class Paged(Document):
    """A page of a collection, apart from its members."""

    pagina: int = Field(description="Welke pagina dit is, vanaf 1", examples=[1])
    pagina_grootte: int = Field(description="Hoeveel er op een pagina staan", examples=[50])
    totaal_aantal: int = Field(description="Hoeveel er in totaal zijn", examples=[16])
    totaal_paginas: int = Field(description="Hoeveel pagina's er zijn", examples=[1])
    links: PageLinks = Field(alias="_links")


class WhileStopped(Document):
    """What a list of places says only while signalling is stopped."""

    signalering_gestopt_sinds: datetime | None = Field(
        default=None,
        description="Staat er alleen als het zoeken is gestopt: aan deze lijst verandert niets vanzelf",
        examples=["2024-01-15T09:30:00Z"],
    )


@dataclass(frozen=True)
class Collection:
    """A collection to answer with: what it is called, its size, and how some of its members are read.

    Parameters
    ----------
    read
        Gives the members (JSON-able) from an offset on, at most so many.
    columns
        Those of the collection as CSV.
    """

    name: str
    total: int
    read: Callable[[int, int], Sequence[Mapping[str, Any]]]
    columns: Sequence[str]


def answer_collection(
    request: Request,
    page: Page,
    collection: Collection,
    *,
    media_type: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """Answer with one page of a collection: members, totals and links, also as a header.

    As CSV it is only the members, and all of them unless a page is asked for.

    Parameters
    ----------
    media_type
        As chosen already, where there are more kinds than JSON and CSV.
    more
        Other fields of the document, JSON-able.

    Raises
    ------
    HTTPException
        406 if the client accepts neither.
    """
    kind = media_type or chosen_type(request, (JSON, CSV))
    links = _page_links(request.url, page, collection.total)
    if kind == CSV:
        is_page = not {"pagina", "paginaGrootte"}.isdisjoint(request.query_params)
        first = page.offset if is_page else 0
        left = max(collection.total - first, 0)
        return answer_table(
            request,
            collection.name,
            collection.columns,
            collection.read,
            first=first,
            count=min(left, page.pagina_grootte) if is_page else left,
            headers={"Link": _link_header(links)} if is_page else {},
        )
    content = {
        collection.name: collection.read(page.offset, page.pagina_grootte),
        "pagina": page.pagina,
        "paginaGrootte": page.pagina_grootte,
        "totaalAantal": collection.total,
        "totaalPaginas": max(1, ceil(collection.total / page.pagina_grootte)),
        **(more or {}),
        "_links": {relation: {"href": href} for relation, href in links.items()},
    }
    return answer(request, content, headers={"Link": _link_header(links)})


def answer_features(
    request: Request,
    page: Page,
    features: Sequence[Mapping[str, Any]],
    total: int,
    *,
    crs: str,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """Answer with one page of a collection as GeoJSON, in the coordinates of a system (its URI).

    `more` are other fields of the document, JSON-able.
    """
    links = _page_links(request.url, page, total)
    content = {
        "type": "FeatureCollection",
        "features": features,
        "numberMatched": total,
        "numberReturned": len(features),
        **(more or {}),
        "links": [{"rel": rel, "href": href, "type": GEOJSON} for rel, href in links.items()],
    }
    headers = {"Link": _link_header(links), "Content-Crs": f"<{crs}>"}
    return answer(request, content, media_type=GEOJSON, headers=headers)


def answer_part(
    request: Request,
    page: Page,
    name: str,
    document: type[Document],
    rows: Sequence[object],
    *,
    more: Mapping[str, Any] | None = None,
) -> Response:
    """Answer with one page out of all rows of a collection; see :func:`answer_collection`."""
    collection = Collection(
        name,
        len(rows),
        lambda offset, limit: dump_all(document, rows[offset : offset + limit]),
        columns_of(document),
    )
    return answer_collection(request, page, collection, more=more)


def answer_list(
    request: Request, content: Mapping[str, Any], name: str, document: type[Document]
) -> Response:
    """Answer with a list that has no pages, or as CSV with its members alone.

    Parameters
    ----------
    content
        The whole answer, JSON-able, with its members under `name`.
    document
        The type of a member.

    Raises
    ------
    HTTPException
        406 if the client accepts neither.
    """
    if chosen_type(request, (JSON, CSV)) == JSON:
        return answer(request, content)
    members: Sequence[Mapping[str, Any]] = content[name]
    return answer_table(
        request,
        name,
        columns_of(document),
        lambda offset, limit: members[offset : offset + limit],
        first=0,
        count=len(members),
        headers={},
    )


def dump_all(document: type[Document], rows: Sequence[object]) -> list[dict[str, Any]]:
    """Convert rows of the library to JSON-able documents of one type."""
    return [document.model_validate(row).model_dump(mode="json", by_alias=True) for row in rows]


def _link_header(links: Mapping[str, str]) -> str:
    """The links as a header (RFC 8288)."""
    return ", ".join(f'<{href}>; rel="{name}"' for name, href in links.items())


def _page_links(url: URL, page: Page, total: int) -> dict[str, str]:
    last = max(1, ceil(total / page.pagina_grootte))
    numbers = {"self": page.pagina, "first": 1}
    if page.pagina > 1:
        numbers["prev"] = min(page.pagina - 1, last)
    if page.pagina < last:
        numbers["next"] = page.pagina + 1
    numbers["last"] = last
    return {name: _with_page(url, number) for name, number in numbers.items()}


def _with_page(url: URL, number: int) -> str:
    kept = [pair for pair in parse_qsl(url.query, keep_blank_values=True) if pair[0] != "pagina"]
    return f"{url.path}?{urlencode([*kept, ('pagina', str(number))])}"
