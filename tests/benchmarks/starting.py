"""What it takes to start: processor time and memory of commands, and of the service after its first pages.

``make bench BENCH=starting`` (``--times 5``): fills a database with the simulated years of the demo. Each
command runs so often: the median of its processor time and the most of its memory stand beside those of a
Python that only imports pandas. Then the service starts, gives its first pages, and tells its memory.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx2

HOTSPOTS = Path(sys.executable).with_name("hotspots")
COMMANDS = (("--help",), ("status",), ("users", "list"), ("detect", "--help"))
PAGES = ("/", "/kaart", "/uitleg")


def measure(command: list[str | Path], folder: Path) -> tuple[float, float]:
    """Give the processor time in s and the largest memory in MB of one run of a command."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def measure_service(folder: Path) -> float:
    """Give the memory of the service in MB after its first pages, among them that of a hotspot."""
    with subprocess.Popen(
        [HOTSPOTS, "serve", "--port", "0"], cwd=folder, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stderr is not None
            address = next(
                found[0] for line in process.stderr if (found := re.search(r"http://[\d.:]+", line))
            )
            with httpx2.Client(base_url=address, headers={"Accept": "text/html"}, timeout=60) as client:
                list_page, *_ = (client.get(page).raise_for_status().text for page in PAGES)
                client.get(re.findall(r"/hotspots/HS-[\d-]+", list_page)[0]).raise_for_status()
            memory = re.findall(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process.pid}/status").read_text())
            return int(memory[0]) / 1000
        finally:
            process.terminate()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="How often each command is run.")
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([HOTSPOTS, "demo", "--no-serve"], cwd=folder, check=True, capture_output=True)
        os.environ["HOTSPOTS_CONFIG"] = "var/demo/hotspots.toml"
        baseline = [measure([sys.executable, "-c", "import pandas"], folder) for _ in range(times)]
        usual = statistics.median(seconds for seconds, _ in baseline)
        print(f"{'import pandas':<16} {usual:5.2f} s  {max(memory for _, memory in baseline):4.0f} MB")
        for words in COMMANDS:
            runs = [measure([HOTSPOTS, *words], folder) for _ in range(times)]
            seconds, memory = statistics.median(run[0] for run in runs), max(run[1] for run in runs)
            print(
                f"{' '.join(words):<16} {seconds:5.2f} s  {memory:4.0f} MB  {seconds / usual:.2f} of pandas"
            )
        print(f"service after its first pages: {measure_service(folder):.0f} MB")


if __name__ == "__main__":
    main()
