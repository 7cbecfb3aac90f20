"""The subcommands that the service brings to `hotspots`."""

from collections.abc import Callable


def register(announce: Callable[[str, str, str], None]) -> None:
    """Announce each subcommand: its name, its module, and the first line of its help."""
    announce("map", "api.commands.map", "Write the weekly map to a file.")
    announce("serve", "api.commands.serve", "Serve the pages and the API until stopped with Ctrl+C.")
