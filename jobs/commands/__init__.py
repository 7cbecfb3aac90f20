"""The subcommands of `hotspots`, one module per group; each gives `register(app)`."""

from collections.abc import Callable

_SUBCOMMANDS = {
    "demo": (
        "jobs.commands.demo",
        "Simulate a year of reports in Maastricht, run the whole chain, and serve the result.",
    ),
    "db": ("jobs.commands.database", "Create, migrate, copy, back up and check the database."),
    "areas": ("jobs.commands.areas", "The boundaries: buurten, and through them wijken and gebieden."),
    "addresses": ("jobs.commands.addresses", "The address register of the municipality."),
    "geocode": (
        "jobs.commands.addresses",
        "Locate reports that have no usable location yet, and review what only a person can locate.",
    ),
    "reports": ("jobs.commands.reports", "The reports of the municipality."),
    "detect": (
        "jobs.commands.detection",
        "Do one weekly run: flag candidate hotspots and follow the known ones.",
    ),
    "replay": (
        "jobs.commands.detection",
        "Do every weekly run in a period, each as it would have been then.",
    ),
    "evaluate": (
        "jobs.commands.evaluation",
        "How good is detection? On simulated years with a known truth, on real events, by other rules.",
    ),
    "export": ("jobs.commands.export", "Write hotspots to a file for other software."),
    "privacy": ("jobs.commands.privacy", "What is kept, for how long, and the rights of one person."),
    "report": (
        "jobs.commands.report",
        "Write the weekly report of an area: HTML and PDF, with its hotspots as CSV and GeoPackage.",
    ),
    "schedule": (
        "jobs.commands.scheduling",
        "Do the unattended work: imports, the weekly run, and what is done every night.",
    ),
    "statistics": (
        "jobs.commands.statistics",
        "What reports say over time: alarms, months, near repeats, cells, the effect of a measure.",
    ),
    "status": (
        "jobs.commands.status",
        "Tell whether last week's run was fine: what needs action first, then the figures.",
    ),
    "users": ("jobs.commands.users", "Accounts of people, and tokens of machines."),
}


def register(announce: Callable[[str, str, str], None]) -> None:
    """Announce each subcommand: its name, its module, and the first line of its help."""
    for name, (module, summary) in _SUBCOMMANDS.items():
        announce(name, module, summary)
