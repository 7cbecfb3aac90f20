"""The links and totals of a page of a collection."""

from collections.abc import Mapping
from math import ceil
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.datastructures import URL

from api.dependencies import Page


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


class Paged(BaseModel):
    """A page of a collection: what it has besides its members."""

    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True)

    pagina: int = Field(description="Welke pagina dit is, vanaf 1", examples=[1])
    pagina_grootte: int = Field(description="Hoeveel er op een pagina staan", examples=[50])
    totaal_aantal: int = Field(description="Hoeveel er in totaal zijn", examples=[16])
    totaal_paginas: int = Field(description="Hoeveel pagina's er zijn", examples=[1])
    links: PageLinks = Field(alias="_links")


def page_links(url: URL, page: Page, total: int) -> dict[str, str]:
    """Addresses of this page, the first, the previous, the next and the last, relative to the host."""
    last = max(1, ceil(total / page.pagina_grootte))
    numbers = {"self": page.pagina, "first": 1}
    if page.pagina > 1:
        numbers["prev"] = min(page.pagina - 1, last)
    if page.pagina < last:
        numbers["next"] = page.pagina + 1
    numbers["last"] = last
    return {name: _with_page(url, number) for name, number in numbers.items()}


def paged(links: Mapping[str, str], page: Page, total: int) -> dict[str, object]:
    """The fields of a page besides its members, JSON-able."""
    return {
        "pagina": page.pagina,
        "paginaGrootte": page.pagina_grootte,
        "totaalAantal": total,
        "totaalPaginas": max(1, ceil(total / page.pagina_grootte)),
        "_links": {name: {"href": href} for name, href in links.items()},
    }


def link_header(links: Mapping[str, str]) -> str:
    """The same links as a Link header (RFC 8288)."""
    return ", ".join(f'<{href}>; rel="{name}"' for name, href in links.items())


def _with_page(url: URL, number: int) -> str:
    kept = [pair for pair in parse_qsl(url.query, keep_blank_values=True) if pair[0] != "pagina"]
    return f"{url.path}?{urlencode([*kept, ('pagina', str(number))])}"
