"""The attacker of the tests on years as that of the demo, one for each seed.

``python tests/benchmarks/attacker.py [--seeds 3]``: runs ``tests/api/test_attacker.py`` and prints how often
each attack succeeded, with its rule and without. It fails where one does better than chance, or no better
with its rule taken out.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from time import perf_counter

TEST = Path(__file__).parents[1] / "api" / "test_attacker.py"


def main() -> int:
    """Run the test with its output shown, year after year."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    failed = 0
    for seed in range(1, parser.parse_args().seeds + 1):
        start = perf_counter()
        command = [sys.executable, "-m", "pytest", "--quiet", "-rP", "--show-capture=stdout"]
        command += ["--full-year", f"--seed-of-year={seed}", str(TEST)]
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        lines = ended.stdout.splitlines()
        said = [line for line in lines if "without '" in line or line.startswith(("E  ", "FAILED"))]
        print(f"year {seed}, {perf_counter() - start:.0f} s", *said, sep="\n  ", flush=True)
        failed += bool(ended.returncode)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
