"""Every page leads to the section of the help that explains it, and each page of the help is led to."""

import re
from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.admin.sections import SECTIONS as ADMIN_SECTIONS
from api.main import create_app
from api.pages.help_document import PAGES, address_of, read_help
from api.pages.help_links import EXPLAINED, help_of, pages_of
from api.pages.navigation import ENTRIES
from api.privacy.sections import SECTIONS as PRIVACY_SECTIONS
from hotspots.access.rights import Actor, Role
from hotspots.settings import Settings
from tests.api.pages.test_every_page import NO_PAGES

LINK = re.compile(r'<a href="([^"]+)"[^>]*>Hulp<span')
WALKED_ELSEWHERE = {"/aanmelden/code", "/aanmelden/instellen", "/overleg/{meeting}"}
"""Pages of `NO_PAGES` that are explained all the same."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """SQLite only: the help is the same on every database."""
    return sqlite_url


def test_every_page_is_explained_in_a_section_that_exists(
    settings: Settings, routes_of: Callable[[FastAPI], set[str]]
) -> None:
    found = {route.removeprefix("GET ") for route in routes_of(create_app(settings)) if "GET " in route}
    pages = {path for path in found if not path.startswith(("/v1/", "/ogc"))} - NO_PAGES | WALKED_ELSEWHERE
    assert {each.path for each in EXPLAINED} == pages
    assert len(EXPLAINED) == len(pages)
    sections = {f"{name}#{anchor}" for name in PAGES for anchor in read_help(name).anchors}
    assert {each.section for each in EXPLAINED} <= sections


def test_every_page_of_the_help_is_led_to_by_a_page_that_it_explains() -> None:
    assert {each.section.partition("#")[0] for each in EXPLAINED} == set(PAGES)


def test_the_help_leads_to_a_page_under_the_right_that_the_menus_ask_for_it() -> None:
    menus = {entry.path: entry.right for entry in ENTRIES}
    menus |= {section.path: section.right for section in (*ADMIN_SECTIONS, *PRIVACY_SECTIONS)}
    told = {each.path: each.right for each in EXPLAINED}
    assert {path: told[path] for path in menus} == menus


@pytest.mark.usefixtures("three_weeks")
def test_pages_errors_and_forms_lead_to_what_explains_them(
    client: TestClient, sessions: Callable[[str], str]
) -> None:
    client.cookies.set("hotspots_sessie", sessions("oov"))
    told = {
        "/": "gebiedsteam#deze-week",
        "/hotspots/HS-2023-001": "gebiedsteam#de-pagina-van-een-plek",
        "/hotspots/HS-1900-001": "gebiedsteam#de-pagina-van-een-plek",
        "/triage/HS-2023-002": "oov#besluiten-over-een-plek",
        "/beheer/taken": "functioneel-beheerder#taken",
        "/privacy/inzage": "privacy-officer#wie-las-wat",  # which OOV may not open
        "/account": "aanmelden#uw-account",
        "/nergens": "index#",
    }
    for path, section in told.items():
        page = client.get(path, headers={"Accept": "text/html"}).text
        assert LINK.findall(page) == [address_of(*section.split("#"))], path
    assert help_of("/hotspots/{number}/oordeel") == help_of("/hotspots/{number}")


def test_the_help_leads_only_to_pages_that_its_reader_may_open() -> None:
    reader = Actor("1", "L. Lezer", Role.LEZER)
    oov = Actor("2", "O. Adviseur", Role.OOV)
    assert [each.path for each in pages_of("oov#triage", oov)] == ["/triage"]
    assert list(pages_of("oov#triage", reader)) == list(pages_of("oov#triage", None)) == []
    assert [each.path for each in pages_of("gebiedsteam#weekkaart", None)] == ["/kaart"]
    # a page of one hotspot has no address of its own
    assert list(pages_of("gebiedsteam#de-pagina-van-een-plek", oov)) == []
