"""List hotspots, read one, judge it once and meet a problem, by a client made from the OpenAPI document."""

import os
from collections.abc import Iterator
from typing import TypeVar
from uuid import uuid4

from hotspots_client import AuthenticatedClient
from hotspots_client.api.dossiers import post_verificatie
from hotspots_client.api.hotspots import get_hotspot, get_hotspots
from hotspots_client.models import Hotspot, NewVerdict, Problem, Status

Answer = TypeVar("Answer")


class RefusedError(Exception):
    """The service said no, and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.title}: {problem.detail} See {problem.type_}")
        self.problem = problem


def given(answer: Answer | Problem | None) -> Answer:
    """What was asked; an answer that tells of a problem is an error."""
    if isinstance(answer, Problem):
        raise RefusedError(answer)
    if answer is None:
        raise TypeError("wanted an answer that the description tells of, found another")
    return answer


def listed(client: AuthenticatedClient) -> Iterator[Hotspot]:
    """Every hotspot on the list, page by page."""
    number, pages = 1, 1
    while number <= pages:
        asked = get_hotspots.sync(client=client, op_de_lijst=True, pagina=number, pagina_grootte=2)
        page = given(asked)
        yield from page.hotspots
        number, pages = number + 1, page.totaal_paginas


def main() -> None:
    """Do all of it, at the service and with the token of the environment."""
    client = AuthenticatedClient(
        base_url=f"{os.environ['SERVICE']}/v1", token=os.environ["TOKEN"], raise_on_unexpected_status=True
    )
    numbers = [str(hotspot.nummer) for hotspot in listed(client)]
    print("listed", *numbers)

    first = given(get_hotspot.sync(numbers[0], client=client))
    print("read", first.nummer, first.trend, first.aantal_meldingen)

    # sent twice with one key, as after an answer that never came: it is given once
    verdict, key = NewVerdict(oordeel=Status.LEEFBAARHEID, reden="Voetballende jongeren."), str(uuid4())
    for _ in range(2):
        answer = post_verificatie.sync(numbers[0], client=client, body=verdict, idempotency_key=key)
        case = given(answer)
        print("judged", case.nummer, case.status, "version", case.versie)

    try:
        given(get_hotspot.sync("HS-1900-001", client=client))
    except RefusedError as refused:
        print("refused", refused.problem.status, refused)


if __name__ == "__main__":
    main()
