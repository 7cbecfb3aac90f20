"""Run the subscriber: ``python -m zgw_subscriber subscriber.toml [--port 8040]``."""

import argparse
import logging
from datetime import date
from pathlib import Path

import uvicorn

from zgw_subscriber.config import ConfigError, read_config
from zgw_subscriber.hotspots_api import Hotspots
from zgw_subscriber.memory import Memory
from zgw_subscriber.service import create_app
from zgw_subscriber.subscriber import Subscriber
from zgw_subscriber.zaken import Zaken


def main() -> None:
    """Read the settings, and wait for events on this machine; TLS is for a proxy in front."""
    arguments = argparse.ArgumentParser(prog="zgw_subscriber", description=main.__doc__)
    arguments.add_argument("settings", type=Path)
    arguments.add_argument("--port", type=int, default=8040)
    given = arguments.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        config = read_config(given.settings)
    except ConfigError as error:
        arguments.error(str(error))
    subscriber = Subscriber(config, Hotspots(config), Zaken(config), Memory(config.state), date.today)
    uvicorn.run(create_app(config, subscriber), host="127.0.0.1", port=given.port, access_log=False)


if __name__ == "__main__":
    main()
