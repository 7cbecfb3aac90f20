"""Doing an event: look what holds now, open the zaak unless it is there, and write back where it is."""

import logging
from collections.abc import Callable
from datetime import date

from zgw_subscriber.config import Config
from zgw_subscriber.hotspots_api import Hotspots
from zgw_subscriber.memory import Memory
from zgw_subscriber.webhooks import Event
from zgw_subscriber.zaken import Zaken

DECIDED = "hotspot-besloten"
"""The only type that this subscriber does something for; it takes the others, and leaves them."""

log = logging.getLogger("zgw_subscriber")


class Subscriber:
    """Does events, one at a time, in the order in which hotspots sends those of one place.

    An event only says that there is something to read. So one that comes late, after a later one of the same
    place, does no harm: what holds now decides. An event is done when its zaak is open and linked. Before
    that nothing is remembered: who dies halfway is sent the event again, and finds the zaak by its number.
    """

    def __init__(
        self, config: Config, hotspots: Hotspots, zaken: Zaken, memory: Memory, today: Callable[[], date]
    ) -> None:
        self._config, self._hotspots, self._zaken = config, hotspots, zaken
        self._memory, self._today = memory, today

    def do(self, event: Event) -> None:
        """Do an event that was not done before.

        Raises
        ------
        NotNowError, WrongError
            If it is not done; nothing of it is remembered.
        """
        if event.type != DECIDED or event.hotspot_id is None or event.number is None:
            return
        if self._memory.knows(event.id):
            log.info("%s was done before", event.id)
            return
        status = self._hotspots.status_of(event.hotspot_id)
        if status in self._config.decisions:
            page = self._hotspots.page_of(event.number)
            zaak = self._zaken.open_once(event.hotspot_id, event.number, page, self._today())
            url = self._config.zaak_page.format(identificatie=zaak.identificatie, uuid=zaak.uuid)
            self._hotspots.link(event.hotspot_id, reference=zaak.identificatie, url=url, event_id=event.id)
            log.info("%s: zaak %s", event.number, zaak.identificatie)
        self._memory.keep(event.id)
