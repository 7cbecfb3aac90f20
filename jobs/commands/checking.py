"""`hotspots check`: what is unsafe in this installation, as the page /beheer/veiligheid."""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from hotspots.operations.certificates import Certificate, read_certificate
from hotspots.operations.safety_checks import SafetyFinding, check_safety
from hotspots.operations.safety_facts import read_safety_facts
from hotspots.settings import Settings, settings_file
from jobs.terminal import AsJson, opened, show


def register(app: typer.Typer) -> None:
    """Add the subcommands of this module."""
    app.command("check")(check)


def check(
    connect: Annotated[
        bool,
        typer.Option(
            "--connect", help="Also ask the service's own address and the provider for their certificates."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List what is unsafe in this installation, why it matters and what to do.

    Exits with 1 when something is. What [checks] accepted names with a reason is told, and doesn't count.
    """
    with opened() as (settings, database):
        facts = read_safety_facts(
            database,
            settings,
            settings_path=settings_file(),
            environment=os.environ,
            now=datetime.now(UTC),
            certificates=tuple(_certificates(settings)) if connect else (),
        )
        report = check_safety(facts, settings)
    if as_json:
        show(report.as_json(), as_json)
    else:
        sys.stdout.write(f"{len(report.unsafe)} UNSAFE\n" if report.unsafe else "nothing unsafe was found\n")
        for finding in (*report.unsafe, *report.accepted):
            _tell(finding)
    raise typer.Exit(1 if report.unsafe else 0)


def _tell(finding: SafetyFinding) -> None:
    accepted = finding.accepted_because
    sys.stdout.write(
        f"\n{finding.code}: {finding.found('en')}\n    {finding.why('en')}\n"
        + (f"    {finding.action('en')}\n" if accepted is None else f"    accepted: {accepted}\n")
    )


def _certificates(settings: Settings) -> Iterator[Certificate]:
    for address in dict.fromkeys((settings.service.address, settings.sign_in.issuer)):
        if address.startswith("https://"):
            yield read_certificate(address, timeout_s=settings.checks.timeout_s)
