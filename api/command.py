"""The subcommands that the service brings: `serve` and `map`."""

from typing import Annotated

import typer

from hotspots.settings import load_settings

Host = Annotated[str | None, typer.Option(help="Address to listen on; by default [service] host.")]
Port = Annotated[
    int | None, typer.Option(min=0, max=65535, help="Port to listen on; by default [service] port.")
]


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("serve")(serve)


def serve(host: Host = None, port: Port = None) -> None:
    """Serve the pages and the API until stopped with Ctrl+C."""
    import uvicorn  # the web server is needed by this one command only

    from api.main import create_app

    settings = load_settings()
    uvicorn.run(
        create_app(settings),
        host=host or settings.service.host,
        port=settings.service.port if port is None else port,
        server_header=False,
        date_header=True,
        log_level="warning",
    )
