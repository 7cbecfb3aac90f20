"""Units of work: each in a process of its own, done again when that is lost, and gone with who started it."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic, sleep

from hotspots.operations.units import ATTEMPTS, Outcome, Unit, do_apart, do_units

KEPT: list[str] = []
ROOT = Path(__file__).parents[3]


def unit(folder: Path, name: str, *arguments: str) -> Unit:
    """A unit that works in a folder."""
    return Unit(name, folder / f"{name}.toml", folder, arguments)


def keep(arguments: Sequence[str]) -> Outcome:
    """Keep something in memory, as a cache would."""
    KEPT.extend(arguments)
    return Outcome("", {"kept": list(KEPT), "pid": os.getpid(), "settings": os.environ["HOTSPOTS_CONFIG"]})


def die(arguments: Sequence[str]) -> Outcome:
    """Die so often as is asked, and then do it."""
    name, times = arguments
    with Path(name).open("a", encoding="utf-8") as tried:
        tried.write(".")
    if Path(name).stat().st_size <= int(times):
        os.kill(os.getpid(), signal.SIGKILL)
    return Outcome("", {"tried": Path(name).stat().st_size})


def wait_for_ever(arguments: Sequence[str]) -> Outcome:
    """Say who waits."""
    Path(*arguments).write_text(str(os.getpid()), encoding="ascii")
    sleep(60)
    return Outcome("")


def test_nothing_of_one_unit_is_in_the_memory_of_another(tmp_path: Path) -> None:
    units = [unit(tmp_path, name, f"of {name}") for name in ("a", "b", "c")]
    with ThreadPoolExecutor(1) as executor:
        results = {outcome.name: outcome.result for outcome in do_units(units, keep, executor)}
    assert {name: result["kept"] for name, result in results.items()} == {
        name: [f"of {name}"] for name in ("a", "b", "c")
    }
    assert len({result["pid"] for result in results.values()} | {os.getpid()}) == 4
    assert results["b"]["settings"] == str(tmp_path / "b.toml")
    assert not KEPT


def test_a_unit_whose_process_is_killed_is_done_again(tmp_path: Path) -> None:
    outcome = do_apart(unit(tmp_path, "a", "tries", "2"), die)
    assert outcome.problem is None
    assert outcome.result == {"tried": 3}


def test_a_unit_that_kills_its_process_each_time_fails_and_stops_no_other(tmp_path: Path) -> None:
    units = [unit(tmp_path, "bad", "bad", "99"), unit(tmp_path, "good", "good", "0")]
    with ThreadPoolExecutor(2) as executor:
        outcomes = {outcome.name: outcome for outcome in do_units(units, die, executor)}
    assert "was ended 3 times before it was done" in str(outcomes["bad"].problem)
    assert (tmp_path / "bad").stat().st_size == ATTEMPTS
    assert outcomes["good"].problem is None


def test_a_unit_whose_folder_is_not_on_this_machine_says_so(tmp_path: Path) -> None:
    outcome = do_apart(unit(tmp_path / "absent", "a"), keep)
    assert "wanted to work in the folder" in str(outcome.problem)


def test_a_unit_ends_when_who_started_it_is_killed(tmp_path: Path) -> None:
    here = Path(__file__).stem
    code = (
        "from pathlib import Path\n"
        "from hotspots.operations.units import Unit, do_apart\n"
        f"from tests.hotspots.operations.{here} import wait_for_ever\n"
        f"do_apart(Unit('a', Path('a'), Path({str(tmp_path)!r}), ('waits',)), wait_for_ever)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT) as starter:
        waits = tmp_path / "waits"
        _until(lambda: waits.exists() and bool(waits.read_text(encoding="ascii")))
        pid = int(waits.read_text(encoding="ascii"))
        assert _is_alive(pid)
        starter.kill()
        starter.wait()
        _until(lambda: not _is_alive(pid))


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _until(is_so: Callable[[], bool]) -> None:
    end = monotonic() + 20
    while not is_so():
        assert monotonic() < end
        sleep(0.02)
