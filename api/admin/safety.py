"""`/beheer/veiligheid`: what is unsafe in this installation, as `hotspots check` tells it."""

import os

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.admin.sections import AdminRequest, Asked
from hotspots.access.rights import Right, may
from hotspots.operations.safety_checks import SafetyReport, check_safety
from hotspots.operations.safety_facts import read_safety_facts
from hotspots.settings import settings_file

PATH = "/beheer/veiligheid"

router = APIRouter(prefix=PATH, include_in_schema=False)


@router.get("")
def get_safety(asked: Asked) -> HTMLResponse:
    """Show what is unsafe; what would help somebody to get in only to who looks after the installation."""
    asked.require(Right.READ_OPERATIONS)
    report = read_safety(asked)
    is_told_all = may(asked.actor, Right.READ_SAFETY, None)
    unsafe = [one for one in report.unsafe if is_told_all or not one.helps_an_attacker]
    accepted = [one for one in report.accepted if is_told_all or not one.helps_an_attacker]
    return asked.page(
        "safety.html",
        section=PATH,
        title="Veiligheid",
        unsafe=unsafe,
        accepted=accepted,
        is_told_all=is_told_all,
    )


def read_safety(asked: AdminRequest) -> SafetyReport:
    """What is unsafe at this moment; nothing elsewhere is asked."""
    facts = read_safety_facts(
        asked.database,
        asked.settings,
        settings_path=settings_file(),
        environment=os.environ,
        now=asked.now,
    )
    return check_safety(facts, asked.settings)
