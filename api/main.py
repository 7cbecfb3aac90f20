"""The whole service, put together."""

from asyncio import Semaphore
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache, partial

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.datastructures import State
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from api.admin import address_register as admin_address_register
from api.admin import addresses as admin_addresses
from api.admin import areas as admin_areas
from api.admin import background as admin_background
from api.admin import changes as admin_changes
from api.admin import events as admin_events
from api.admin import imports as admin_imports
from api.admin import jobs as admin_jobs
from api.admin import overview as admin_overview
from api.admin import retention as admin_retention
from api.admin import rule_changes as admin_rule_changes
from api.admin import rules as admin_rules
from api.admin import safety as admin_safety
from api.admin import settings as admin_settings
from api.admin import sign_in_trial as admin_sign_in_trial
from api.admin import sources as admin_sources
from api.admin import tokens as admin_tokens
from api.admin import users as admin_users
from api.admin.imports import UPLOAD_PATH
from api.http import health
from api.http.characters import CharactersMiddleware
from api.http.dependencies import refuse_repeated
from api.http.errors import install_error_handlers
from api.http.headers import HeadersMiddleware
from api.http.health_metrics import HealthCollector
from api.http.limits import BodyMiddleware, RateLimiter
from api.http.live_settings import LiveSettings, LiveSettingsMiddleware
from api.http.methods import MethodsMiddleware
from api.http.metrics import Metrics, MetricsMiddleware
from api.http.provider import Provider
from api.http.request_log import RequestLogMiddleware
from api.http.response_cache import ResponseCache, answer_again, install_response_cache
from api.http.security_text import router as security_text
from api.http.sent_files import max_upload_bytes
from api.http.sent_once import SentOnceMiddleware
from api.http.sign_in import find_visibility, limit_address
from api.ogc import features as ogc
from api.pages import (
    account_page,
    api_page,
    background,
    case_downloads,
    downloads,
    duiding_page,
    embeds,
    explanation,
    figures_page,
    follow_page,
    help_page,
    hotspot_page,
    meeting_page,
    own_second_step,
    password_links,
    pictures,
    place_reports,
    problem_pages,
    reading_reason,
    reports,
    second_step,
    sessions,
    stand_page,
    triage_page,
    word_back_page,
    year_downloads,
    year_page,
)
from api.pages import learning as learning_page
from api.pages import not_signalled as not_signalled_page
from api.pages import week_and_map as pages
from api.pages.assets import mount_assets
from api.pages.kept_figures import KeptFigures
from api.pages.rendering import render_error
from api.privacy import keeping as privacy_keeping
from api.privacy import overview as privacy_overview
from api.privacy import papers as privacy_papers
from api.privacy import readings as privacy_readings
from api.privacy import requests as privacy_requests
from api.privacy import stopping as privacy_stopping
from api.privacy import yearly_check as privacy_yearly_check
from api.rest import (
    access,
    accounts,
    addresses,
    areas,
    attention,
    cases,
    duidingen,
    figures,
    following,
    hotspots,
    learning,
    meetings,
    not_signalled,
    other_figures,
    runs,
    signalling,
    stand,
    years,
)
from api.rest.openapi import API_PATH, description_of
from hotspots.access.signed_links import load_signing_key
from hotspots.settings import Settings
from hotspots.store.change_mark import ChangeMark
from hotspots.store.database import CONNECTIONS, Database


class Service(FastAPI):
    """The service; its middleware also covers the answer to an unexpected error."""

    def build_middleware_stack(self) -> ASGIApp:
        """Wrap our own middleware around FastAPI's outermost layer, which answers unexpected errors."""
        with_headers = HeadersMiddleware(
            CharactersMiddleware(
                BodyMiddleware(
                    SentOnceMiddleware(
                        super().build_middleware_stack(),
                        database=self.state.database,
                        signing_key=self.state.signing_key,
                    ),
                    larger=dict.fromkeys(
                        (UPLOAD_PATH, admin_areas.UPLOAD_PATH, admin_address_register.UPLOAD_PATH),
                        max_upload_bytes(self.state.settings),
                    ),
                )
            ),
        )
        # compression is safe: the secret in a page and the length of the page differ each time
        # and a little less of it spares a page some milliseconds, for a tenth more over the line
        compressed = GZipMiddleware(with_headers, minimum_size=1000, compresslevel=3)
        with_methods = MethodsMiddleware(compressed, routes=lambda: self.routes)
        with_settings = LiveSettingsMiddleware(with_methods, live=self.state.live_settings)
        return RequestLogMiddleware(MetricsMiddleware(with_settings, metrics=self.state.metrics))


def create_app(settings: Settings) -> FastAPI:
    """Build the service: pages for people at ``/``, the API at ``/v1``."""
    app = Service(openapi_url=None, redirect_slashes=False, lifespan=_close_database_at_end)
    api = create_api(settings)
    database = Database(settings.database.url)
    metrics = Metrics()
    metrics.registry.register(HealthCollector(database, lambda: app.state.settings))
    shared = {
        "clock": partial(datetime.now, UTC),
        "provider": Provider(settings.sign_in) if settings.sign_in.issuer else None,
        "settings": settings,
        "api": api,
        "database": database,
        "metrics": metrics,
        "limiter": RateLimiter(settings.service.requests_per_minute),
        "pictures": embeds.PictureCache(),
        "signing_key": cache(partial(load_signing_key, settings.service)),  # made when a link first needs it
        "turns": Semaphore(CONNECTIONS),
        "response_cache": ResponseCache(ChangeMark(database)),
        "kept_figures": KeptFigures(),
    }
    for part in (app, api):
        part.state = State(dict(shared))
        install_error_handlers(part, error_page=render_error)
        install_response_cache(part)
    live = LiveSettings(
        settings, database, [app.state, api.state], app.state.response_cache.change_mark.renew
    )
    for part in (app, api):
        part.state.live_settings = live
    # first, as it is requested most: routes are tried in order
    app.mount(API_PATH, api)
    app.router.routes.extend(_routes())
    mount_assets(app)
    return app


@cache
def _routes() -> Sequence[BaseRoute]:
    """The routes of the pages, made once: looking through what each depends on takes longer than all else."""
    routes = APIRouter()
    routes.include_router(pages.router, dependencies=[Depends(find_visibility)])
    routes.include_router(stand_page.router, dependencies=[Depends(find_visibility)])
    routes.include_router(background.router, dependencies=[Depends(find_visibility)])
    routes.include_router(ogc.router, dependencies=[Depends(find_visibility), Depends(answer_again)])
    routes.include_router(api_page.router)
    routes.include_router(problem_pages.router)
    routes.include_router(downloads.router)
    routes.include_router(year_downloads.router)  # before the page, which has a year there
    routes.include_router(pictures.router)
    routes.include_router(place_reports.router)
    for own in (embeds.router, embeds.public, reports.router, reports.public, follow_page.public):
        routes.include_router(own)
    routes.include_router(case_downloads.router)  # before what has a number there
    # a form identifies its sender in a field
    for with_forms in (
        hotspot_page,
        meeting_page,
        not_signalled_page,
        duiding_page,
        triage_page,
        word_back_page,
        reading_reason,
        follow_page,
        sessions,
        second_step,
        account_page,
        own_second_step,
        password_links,
    ):
        routes.include_router(with_forms.router)
    routes.include_router(learning_page.router)
    routes.include_router(year_page.router)
    routes.include_router(figures_page.router)
    for managing in (
        admin_overview,
        admin_jobs,
        admin_changes,
        admin_safety,
        admin_imports,
        admin_sources,
        admin_addresses,
        admin_areas,
        admin_address_register,
        admin_rule_changes,  # before the previews, which have a number there
        admin_rules,
        admin_settings,
        admin_retention,
        admin_background,
        admin_sign_in_trial,  # before what has a user there
        admin_users,
        admin_tokens,
        admin_events,
        privacy_overview,
        privacy_papers,
        privacy_stopping,
        privacy_readings,
        privacy_yearly_check,
        privacy_requests,
        privacy_keeping,
    ):
        routes.include_router(managing.router)
    routes.include_router(health.router)
    routes.include_router(security_text)
    routes.include_router(explanation.router)
    routes.include_router(help_page.router)
    return routes.routes


def create_api(settings: Settings) -> FastAPI:
    """Build the part below ``/v1``, with its OpenAPI description."""
    api = FastAPI(
        title="Hotspots",
        description=(
            "Plekken met herhaalde, aanhoudende overlast: gevonden in meldingen en gevolgd in de tijd. "
            "De software stelt voor, mensen besluiten."
        ),
        contact={
            "name": settings.service.contact_name,
            "email": settings.service.contact_email,
            "url": settings.service.contact_url,
        },
        license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
        openapi_tags=[
            {"name": "hotspots", "description": "Gesignaleerde en gevolgde plekken"},
            {"name": "gebieden", "description": "Buurten, en de gebieden van de gebiedsteams"},
            {"name": "rondes", "description": "De wekelijkse rondes"},
            {"name": "jaren", "description": "Wat een jaar of een andere periode opleverde"},
            {
                "name": "niet-gesignaleerd",
                "description": "Wat net niet op de lijst kwam; na aanmelden",
            },
            {"name": "dossiers", "description": "Verificatie, besluit en aanpak; alleen na aanmelden"},
            {"name": "beheer", "description": "Gebruikers, tokens en inzage; alleen na aanmelden"},
        ],
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(refuse_repeated)],
    )
    api.router.routes.extend(_resources())

    @api.get("/openapi.json", include_in_schema=False, dependencies=[Depends(limit_address)])
    def get_description(request: Request) -> Response:
        """Give the OpenAPI description of the API; everyone may read it, from any site."""
        return description_of(api).response(request)

    return api


@cache
def _resources() -> Sequence[BaseRoute]:
    """The routes of the API, made once, too."""
    routes, once = APIRouter(), Depends(refuse_repeated)
    for resource in (hotspots, attention, areas, runs, signalling, figures):
        routes.include_router(
            resource.router, dependencies=[once, Depends(find_visibility), Depends(answer_again)]
        )
    # what they tell of measures is by the cases that one may read, so it is not answered again to others
    for resource in (stand, years):
        routes.include_router(resource.router, dependencies=[once, Depends(find_visibility)])
    for resource in (
        cases,
        duidingen,
        following,
        not_signalled,
        addresses,
        access,
        learning,
        accounts,
        meetings,
        other_figures,
    ):
        routes.include_router(resource.router, dependencies=[once])
    return routes.routes


@asynccontextmanager
async def _close_database_at_end(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.response_cache.change_mark.close()
    app.state.database.close()
