"""The subcommands of `hotspots`, one module per group; each gives `register(app)`."""

from collections.abc import Callable

import typer

Commands = dict[str, Callable[..., None]]

_SUBCOMMANDS = {
    "demo": (
        "demo",
        "Simulate two years of reports in Maastricht until last week, run the whole chain, and serve it.",
    ),
    "setup": ("setup", "Set up a municipality: its areas, its addresses and a settings file."),
    "db": ("database", "Create, migrate, copy, back up and check the database."),
    "areas": ("areas", "The boundaries: buurten, and through them wijken and gebieden."),
    "background": ("background", "What maps show under the hotspots: roads, water, green, buildings."),
    "context": ("context", "What maps show beside the hotspots: alcohol bans, cameras, schools."),
    "addresses": ("addresses", "The address register of the municipality."),
    "geocode": (
        "addresses",
        "Locate reports that have no usable location yet, and review what only a person can locate.",
    ),
    "reports": ("reports", "The reports of the municipality."),
    "sources": ("sources", "The mappings by which files of reports are read."),
    "detect": ("detection", "Do one weekly run: flag candidate hotspots and follow the known ones."),
    "replay": ("detection", "Do every weekly run in a period, each as it would have been then."),
    "evaluate": (
        "evaluation",
        "How good is detection? On simulated years with a known truth, on real events, by other rules.",
    ),
    "figures": ("figures", "Figures of others, such as police registrations, to set beside the reports."),
    "check": ("checking", "List what is unsafe in this installation, why it matters and what to do."),
    "fleet": ("fleet", "The same for many municipalities at a time, on this machine or on a cluster."),
    "events": ("events", "Other systems that are told what happens, and what they did not take."),
    "export": ("export", "Write hotspots to a file for other software."),
    "changes": (
        "changes",
        "Tell who changed what of the installation: from what to what and why, the last change first.",
    ),
    "jobs": ("jobs", "How each job stands; ask for one to be done now, pause it and resume it."),
    "papers": ("papers", "The papers that account for the software, filled in, and the yearly check."),
    "privacy": ("privacy", "What is kept, for how long, and the rights of one person."),
    "report": (
        "report",
        "Write the report of a week, or what a year or any period came to.",
    ),
    "rules": ("rules", "Other rules for what is signalled: asked for by one person, confirmed by another."),
    "schedule": (
        "scheduling",
        "Do the unattended work: imports, the weekly run, and what is done every night.",
    ),
    "stop": (
        "signalling",
        "Stop signalling: no new places, no changes; what is on the list stays readable.",
    ),
    "resume": ("signalling", "Start signalling again after it was stopped; a second person confirms."),
    "settings": ("settings", "What holds and where it is set, and changing what people change."),
    "statistics": (
        "statistics",
        "What reports say over time: alarms, months, repeats, cells, clusters, the effect of a measure.",
    ),
    "status": ("status", "Tell whether last week's run was fine: what needs action first, then the figures."),
    "users": ("users", "Accounts of people, and tokens of machines."),
}


def register(announce: Callable[[str, str, str], None]) -> None:
    """Announce each subcommand: its name, its module, and the first line of its help."""
    for name, (_, summary) in _SUBCOMMANDS.items():
        announce(name, module_of(name), summary)


def module_of(name: str) -> str:
    """The module of a subcommand."""
    return f"{__name__}.{_SUBCOMMANDS[name][0]}"


def add_group(app: typer.Typer, name: str, **commands: Callable[..., None]) -> None:
    """Add a group of subcommands, each by the word that calls it; the help of the group is its summary."""
    group = typer.Typer(no_args_is_help=True, help=_SUBCOMMANDS[name][1])
    group.callback()(lambda: None)  # makes it a group even with one subcommand
    for word, command in commands.items():
        group.command(word.strip("_").replace("_", "-"))(command)
    app.add_typer(group, name=name)
