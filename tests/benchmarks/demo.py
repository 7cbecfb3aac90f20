"""How long the demo takes, what it finds of what was planted, and whether each page has something to show.

``make bench BENCH=demo`` (``--today 2024-01-01`` for another day). Fails when a planted place with a story is
not found, when something is found that was not planted, or when a group of the week has no hotspot.
"""

import argparse
import json
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from api.pages.week_groups import Group, grouped
from hotspots.access.rights import EVERYTHING
from hotspots.casework.tasks import read_tasks
from hotspots.evaluation.simulated_casework import people_of
from hotspots.evaluation.stories import load_stories
from hotspots.settings import load_settings
from hotspots.store.database import Database
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.selection import Selection

COMMAND = Path(sys.executable).parent / "hotspots"


def groups_of(folder: Path, today: date) -> list[Group]:
    """The groups of the week, as OOV sees them."""
    settings = load_settings(folder / "var" / "demo" / "hotspots.toml", {})
    database = Database(f"sqlite:///{folder}/var/demo/hotspots.sqlite")
    oov = people_of(database).oov
    with database.reading() as connection:
        spots = read_hotspots(connection, settings, Selection(EVERYTHING))
        tasks = read_tasks(connection, actor=oov, hotspots=spots, today=today)
    database.close()
    return grouped(spots, tasks, oov)


def main() -> int:
    """Run the demo once and print what came of it; 1 if it shows too little."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--today", help="Day on which the demo stands; by default today.")
    today = parser.parse_args().today
    with tempfile.TemporaryDirectory() as name:
        command = [COMMAND, "demo", "--no-serve", "--json", *(("--today", today) if today else ())]
        begun = time.perf_counter()
        ended = subprocess.run(command, cwd=name, check=True, capture_output=True, text=True)
        seconds = time.perf_counter() - begun
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        day = date.fromisoformat(today) if today else datetime.now(UTC).date()
        groups = groups_of(Path(name), day)
    figures = json.loads(ended.stdout)
    print(
        f"{seconds:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of one core, {used.ru_maxrss / 1000:.0f} MB"
    )
    print(
        ", ".join(f"{what} {figures[what]}" for what in ("planted", "found", "false", "acts", "weeklyRuns"))
    )
    faults = ["found what was not planted"] if figures["false"] else []
    for group in groups:
        print(f"{group.title:<24} {len(group.hotspots)}")
        faults += [] if group.hotspots else [f"nothing in '{group.title}'"]
    shown = re.findall(r"^  HS-\d{4}-\d+ +(.+)$", ended.stderr, re.MULTILINE)
    for story in load_stories().stories:
        faults += [] if any(line.startswith(story.name) for line in shown) else [f"no '{story.name}'"]
    print("\n".join(faults))
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
