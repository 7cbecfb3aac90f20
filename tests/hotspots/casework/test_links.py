"""Links of a case to other systems: who writes them, which addresses are safe, and what the history keeps."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hotspots.access.rights import Actor, Right, Role
from hotspots.casework import links
from hotspots.casework.cases import CaseAccess
from hotspots.casework.history import read_history
from hotspots.casework.links import (
    add_link,
    checked_address,
    read_links,
    remove_link,
)
from hotspots.errors import ForbiddenError, LinkError, NotFoundError, WorkflowError
from hotspots.settings import Settings
from hotspots.store.database import Database

NOW = datetime(2024, 3, 4, 9, tzinfo=UTC)
URL = "https://zaken.example.org/zaak/7"
MACHINE = Actor(
    "m", "Zaaksysteem", None, "gemeente", None, scopes=frozenset({Right.READ_HOTSPOTS, Right.LINK})
)


# on both databases by the API: tests/api/rest/test_cases.py
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def opened(database: Database, settings: Settings, placed: Callable[..., str]) -> CaseAccess:
    """The case of one hotspot, for a machine that may link and read hotspots, and nothing else."""
    return CaseAccess(database, settings, MACHINE, placed(), NOW)


@ON_SQLITE
def test_a_link_is_read_by_who_reads_cases_and_stands_in_the_history_also_once_removed(
    opened: CaseAccess, oov: Actor
) -> None:
    link, is_new = add_link(opened, system=" Zaken ", reference="Z-7", url=URL)
    reading = replace(opened, actor=oov)
    assert is_new
    assert read_links(reading) == [link]
    assert (link.system, link.reference, link.url, link.given_at) == ("Zaken", "Z-7", URL, NOW)
    assert (link.given_by, link.organisation) == ("Zaaksysteem", "gemeente")
    with pytest.raises(ForbiddenError):
        read_links(opened)
    with pytest.raises(NotFoundError, match="has no link 'x'"):
        remove_link(opened, "x")
    remove_link(opened, link.id)
    assert read_links(reading) == []
    told = {"koppeling": link.id, "systeem": "Zaken", "kenmerk": "Z-7", "url": URL}
    assert [(event.kind, event.before, event.after) for event in read_history(reading)] == [
        ("koppelen", {}, told),
        ("ontkoppelen", told, {}),
    ]


@ON_SQLITE
def test_the_same_link_again_changes_nothing_and_another_address_is_refused(
    opened: CaseAccess, oov: Actor
) -> None:
    first, _ = add_link(opened, system="Zaken", reference="Z-7", url=URL)
    assert add_link(opened, system="Zaken", reference="Z-7", url=URL) == (first, False)
    with pytest.raises(LinkError, match="remove that link first"):
        add_link(opened, system="Zaken", reference="Z-7", url=f"{URL}0")
    add_link(opened, system="Zorg", reference="Z-7", url=URL)
    reading = replace(opened, actor=oov)
    assert [link.system for link in read_links(reading)] == ["Zaken", "Zorg"]
    assert len(read_history(reading)) == 2


@ON_SQLITE
def test_a_case_has_not_more_links_than_people_can_read(
    opened: CaseAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "MOST_LINKS", 2)
    for number in range(2):
        add_link(opened, system="Zaken", reference=f"Z-{number}", url=URL)
    with pytest.raises(LinkError, match="at most 2 links"):
        add_link(opened, system="Zaken", reference="Z-50", url=URL)


@ON_SQLITE
@pytest.mark.parametrize(
    "actor",
    [
        Actor("l", "L. Lezer", Role.LEZER),
        Actor("p", "P. Officer", Role.PRIVACY),
        replace(MACHINE, scopes=frozenset({Right.READ_HOTSPOTS, Right.READ_CASES, Right.COMMENT})),
    ],
    ids=["a reader", "the privacy officer", "a machine with other rights"],
)
def test_who_may_not_link_writes_and_removes_none(opened: CaseAccess, actor: Actor) -> None:
    link, _ = add_link(opened, system="Zaken", reference="Z-7", url=URL)
    other = replace(opened, actor=actor)
    with pytest.raises(ForbiddenError):
        add_link(other, system="Zaken", reference="Z-8", url=URL)
    with pytest.raises(ForbiddenError):
        remove_link(other, link.id)


@ON_SQLITE
def test_a_dwelling_does_not_exist_for_a_machine_that_may_not_know_of_it(
    opened: CaseAccess, placed: Callable[..., str]
) -> None:
    dwelling = replace(opened, hotspot=placed(soort="woning"))
    with pytest.raises(NotFoundError):
        add_link(dwelling, system="Zaken", reference="Z-7", url=URL)


@ON_SQLITE
@pytest.mark.parametrize(
    ("system", "reference"), [(" ", "Z-7"), ("Zaken", ""), ("Z" * 61, "Z-7"), ("Zaken", "7" * 121)]
)
def test_a_link_has_a_system_and_a_number(opened: CaseAccess, system: str, reference: str) -> None:
    with pytest.raises(WorkflowError, match="wanted as"):
        add_link(opened, system=system, reference=reference, url=URL)


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "https://zaken.example.org",
        "https://zaken.example.org:8443/a/b?zoek=Z-7&tab=stukken#notities",
        "https://10.0.0.7/zaak/%C3%A9",
        "https://zaken.example.org/#/zaken/7",
        "https://zaken.example.org/?code_gebied=3&issueKey=ZAAK-7",
    ],
)
def test_an_address_of_a_page_is_kept_as_it_was_given(url: str) -> None:
    assert checked_address(url) == url


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://zaken.example.org/7", "begins with 'https://'"),
        ("javascript:alert(1)", "begins with 'https://'"),
        (" https://zaken.example.org", "begins with 'https://'"),
        ("//zaken.example.org/7", "begins with 'https://'"),
        ("", "begins with 'https://'"),
        ("https://jan:geheim@zaken.example.org/7", "without a name, password or key"),
        ("https://jan@zaken.example.org", "without a name, password or key"),
        ("https://zaken.example.org\\@kwaad.example/7", "signs that RFC 3986 allows"),
        ("https://zaken.example.org/7?token=abc", "without a name, password or key"),
        ("https://zaken.example.org/7?a=1&access_token=abc", "without a name, password or key"),
        ("https://zaken.example.org/7?X-Amz-Signature=abc", "without a name, password or key"),
        ("https://zaken.example.org/7?apiKey=", "without a name, password or key"),
        ("https://zaken.example.org/#/zaak?wachtwoord=x", "without a name, password or key"),
        ("https://zaken.example.org/#access_token=x", "without a name, password or key"),
        ("https://zaken.example.org/7;jsessionid=x", "without a name, password or key"),
        ("https://zaken.example.org/?a=1;authToken=x", "without a name, password or key"),
        ("https://zaken.example.org/?user%5Btoken%5D=x", "without a name, password or key"),
        ("https://zaken.example.org:0/7", "signs that RFC 3986 allows"),
        ("https://zaken.example.org:65536/7", "signs that RFC 3986 allows"),
        ("https://", "signs that RFC 3986 allows"),
        ("https:///zaak/7", "signs that RFC 3986 allows"),
        ("https://zaken.example.org/zaak 7", "signs that RFC 3986 allows"),
        ("https://zaken.example.org/7\n", "signs that RFC 3986 allows"),
        ('https://zaken.example.org/7"onclick="x', "signs that RFC 3986 allows"),
        ("https://zaken.example.org/<script>", "signs that RFC 3986 allows"),
        ("https://zaкen.example.org/7", "signs that RFC 3986 allows"),
        ("https://-zaken.example.org/7", "signs that RFC 3986 allows"),
        ("https://zaken.example.org:port/7", "signs that RFC 3986 allows"),
        (f"https://zaken.example.org/{'7' * 975}", "at most 1000 characters"),
    ],
)
def test_an_unsafe_address_is_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(LinkError, match=why) as caught:
        checked_address(url)
    assert caught.value.dutch.endswith(".")
