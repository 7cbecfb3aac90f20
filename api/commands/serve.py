"""`hotspots serve`: the pages and the API."""

import gc
import socket
import sys
from ipaddress import ip_address
from typing import Annotated

import typer
import uvicorn

from api.main import create_app
from api.rest.openapi import description_of
from hotspots.access.accounts import has_demo_users
from hotspots.access.signed_links import require_signing_key
from hotspots.errors import AccountError, SettingsError, StoreError
from hotspots.files.private_files import remove_left_behind
from hotspots.intake.reporter_key import require_reporter_key
from hotspots.operations.logs import start_logging
from hotspots.settings import Settings, load_settings
from hotspots.store.database import Database
from hotspots.tracking.runs import has_real_reports

Host = Annotated[str | None, typer.Option(help="Address to listen on; by default [service] host.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on; by default [service] port.")
]


def register(app: typer.Typer) -> None:
    """Add the subcommand of this module."""
    app.command("serve")(serve)


def serve(host: Host = None, port: Port = None) -> None:
    """Serve the pages and the API until stopped with Ctrl+C."""
    remove_left_behind()
    settings = load_settings()
    address = host or settings.service.host
    refuse_unsafe(settings, address)
    require_reporter_key(settings.privacy)
    require_signing_key(settings.service)
    start_logging(settings.log)
    app = create_app(settings)
    app.state.live_settings.refresh()
    description_of(app.state.api)  # who asks for it first would wait for it
    config = uvicorn.Config(
        app,
        host=address,
        port=settings.service.port if port is None else port,
        server_header=False,
        access_log=False,  # our own log has no addresses, which name hotspots
        log_config=None,
        forwarded_allow_ips=list(settings.service.proxies),
    )
    try:
        listener = socket.create_server((config.host, config.port))
        # an answer is two writes: the second would wait until the first is acknowledged, up to 40 ms
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        raise StoreError(
            f"can't listen on {config.host}:{config.port} ({error.strerror}): stop what does, or give --port"
        ) from None
    # startup objects stay alive: a full garbage collection over them would halt a request for 200 ms
    gc.collect()
    gc.freeze()
    # a page makes some thousand objects: to look for lost ones after every 700 takes a tenth of its time
    gc.set_threshold(10_000)
    with listener:
        sys.stderr.write(f"serving on http://{config.host}:{listener.getsockname()[1]}, stop with Ctrl+C\n")
        uvicorn.Server(config).run(sockets=[listener])


def refuse_unsafe(settings: Settings, address: str) -> None:
    """Refuse to serve what may not be seen there: accounts of the demo elsewhere, real reports to anyone.

    Raises
    ------
    AccountError
        If accounts whose passwords were shown could be used from elsewhere.
    SettingsError
        If signing in is not required and no reason is given, unless all is simulated and on this machine.
    """
    has_shown_passwords, is_real = _look_at(settings)
    if has_shown_passwords and not is_loopback(address):
        raise AccountError(
            f"wanted to listen on this machine only, found '{address}': this database has the accounts of "
            "'hotspots demo', whose passwords were shown; use a database of your own"
        )
    if settings.sign_in.required:
        return
    reason = settings.sign_in.open_because.strip()
    if not reason and (is_real or not is_loopback(address)):
        raise SettingsError(
            "wanted [sign_in] required = true, found false: whoever reaches the service, also through a "
            "proxy, would read all lists and maps; make accounts with 'hotspots users add', or say in "
            "[sign_in] open_because why anyone may read them"
        )
    if reason:
        sys.stderr.write(f"hotspots: whoever reaches {address} reads all lists and maps, because: {reason}\n")


def is_loopback(host: str) -> bool:
    """Whether a service on this address can be reached from this machine only.

    Examples
    --------
    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::", "10.0.0.8", "")]
    [True, True, True, False, False, False, False]
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _look_at(settings: Settings) -> tuple[bool, bool]:
    """Whether the database has accounts whose passwords were shown, and whether it may have real reports."""
    database = Database(settings.database.url)
    try:
        with database.reading() as connection:
            return has_demo_users(connection), has_real_reports(connection)
    except StoreError:  # the service also starts without a database, which may come later
        return False, True
    finally:
        database.close()
