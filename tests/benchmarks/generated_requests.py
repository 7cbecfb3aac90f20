"""Requests made up from the API's own description, for every operation and every role, by the thousands.

``python tests/benchmarks/generated_requests.py [--cases 60]``: runs
``tests/api/rest/test_generated_requests.py`` with so many right and so many wrong requests per operation and
role, and prints how many were sent and what was answered. It fails on an answer 5xx, on a status, header or
media type that is not described, and on content against its schema.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from time import perf_counter

TEST = Path(__file__).parents[1] / "api" / "rest" / "test_generated_requests.py"


def main() -> int:
    """Run the test with its output shown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=60)
    cases: int = parser.parse_args().cases
    start = perf_counter()
    pytest = [
        sys.executable,
        "-m",
        "pytest",
        "--quiet",
        "-rP",
        "--show-capture=stdout",
        "--numprocesses=auto",
    ]
    command = [*pytest, f"--cases-per-operation={cases}", str(TEST)]
    ended = subprocess.run(command, check=False, capture_output=True, text=True)
    lines = ended.stdout.splitlines()
    if ended.returncode:
        print("\n".join(line for line in lines if not line.startswith("20")))  # without the log of requests
    print("\n".join(line for line in lines if " requests to " in line or " passed" in line))
    print(f"{perf_counter() - start:.0f} s")
    return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
