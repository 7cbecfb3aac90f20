"""`hotspots serve`: the pages and the API."""

import gc
import socket
import sys
from ipaddress import ip_address
from typing import Annotated

import typer
import uvicorn

from api.main import create_app
from hotspots.access.accounts import has_demo_users
from hotspots.errors import AccountError, StoreError
from hotspots.operations.logs import start_logging
from hotspots.settings import Settings, load_settings
from hotspots.store.database import Database

Host = Annotated[str | None, typer.Option(help="Address to listen on; by default [service] host.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on; by default [service] port.")
]


def register(app: typer.Typer) -> None:
    """Add the subcommand of this module."""
    app.command("serve")(serve)


def serve(host: Host = None, port: Port = None) -> None:
    """Serve the pages and the API until stopped with Ctrl+C."""
    settings = load_settings()
    address = host or settings.service.host
    if not is_loopback(address) and _has_demo_users(settings):
        raise AccountError(
            f"wanted to listen on this machine only, found '{address}': this database has the accounts of "
            "'hotspots demo', whose passwords were shown; use a database of your own"
        )
    if not is_loopback(address) and not settings.sign_in.required:
        sys.stderr.write(
            f"hotspots: whoever reaches {address} reads all lists and maps: set [sign_in] required\n"
        )
    start_logging(settings.log)
    config = uvicorn.Config(
        create_app(settings),
        host=address,
        port=settings.service.port if port is None else port,
        server_header=False,
        access_log=False,  # our own log has no addresses, which name hotspots
        log_config=None,
        forwarded_allow_ips=list(settings.service.proxies),
    )
    try:
        listener = socket.create_server((config.host, config.port))
    except OSError as error:
        raise StoreError(
            f"can't listen on {config.host}:{config.port} ({error.strerror}): stop what does, or give --port"
        ) from None
    # startup objects stay alive: a full garbage collection over them would halt a request for 200 ms
    gc.collect()
    gc.freeze()
    with listener:
        sys.stderr.write(f"serving on http://{config.host}:{listener.getsockname()[1]}, stop with Ctrl+C\n")
        uvicorn.Server(config).run(sockets=[listener])


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


def _has_demo_users(settings: Settings) -> bool:
    database = Database(settings.database.url)
    try:
        with database.reading() as connection:
            return has_demo_users(connection)
    except StoreError:  # the service also starts without a database, and then has no users
        return False
    finally:
        database.close()
