"""How long a typed client takes to generate, and whether the example program fits it by the strictest types.

``make bench BENCH=python_client``, after ``make client-generator``. The tests run the program; its types are
checked only here, as that takes longer than a test may.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

from api.main import create_api
from api.rest.openapi import description_of
from hotspots.settings import Settings

EXAMPLE = Path("docs/examples/python_client").resolve()
GENERATOR = Path("var/client-generator").resolve()


def main() -> int:
    """Generate it, and check the program against it; 1 if it does not fit."""
    api = create_api(Settings())
    api.state.settings = Settings()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "openapi.json").write_bytes(description_of(api).body)
        generate = ("-m", "openapi_python_client", "generate", "--path", "openapi.json", "--meta", "none")
        options = ("--config", str(EXAMPLE / "config.yaml"), "--output-path", "hotspots_client")
        began = perf_counter()
        subprocess.run(
            [sys.executable, *generate, *options],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(GENERATOR)},
            check=True,
        )
        print(f"generated in {perf_counter() - began:.1f} s")
        began = perf_counter()
        ended = subprocess.run(
            [sys.executable, "-m", "mypy", "--config-file=", "--strict", str(EXAMPLE / "example.py")],
            cwd=folder,
            env=os.environ | {"MYPYPATH": str(folder)},
            check=False,
        )
        print(f"checked in {perf_counter() - began:.1f} s")
        return ended.returncode


if __name__ == "__main__":
    sys.exit(main())
