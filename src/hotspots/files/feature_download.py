"""Fetching collections of features (OGC API - Features) into a GeoJSON file that is read as any other."""

import io
import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit, urlunsplit

from hotspots.errors import DownloadError
from hotspots.files.answers import parsed_answer
from hotspots.files.polite_client import Answer, PoliteClient
from hotspots.files.private_files import new_private_file
from hotspots.settings import PdokSettings, require_https

PAGE_SIZE = 1000
MAX_PAGE_BYTES = 200_000_000
MAX_REDIRECTS = 5
USER_AGENT = "hotspots (areas and addresses of a municipality)"
DEGREES = ("http://www.opengis.net/def/crs/OGC/1.3/CRS84", "http://www.opengis.net/def/crs/OGC/0/CRS84h")

Box = tuple[float, float, float, float]
Features = list[dict[str, Any]]


def is_url(text: str) -> bool:
    """Whether a text is the address of a service rather than the path of a file.

    Examples
    --------
    >>> [is_url(text) for text in ("https://example.org/ogc/v1", "HTTP://localhost/x", "a.gpkg", "c:/a.gpkg")]
    [True, True, False, False]
    """
    return urlsplit(text).scheme.lower() in ("http", "https") and "://" in text


@dataclass(frozen=True)
class Wanted:
    """Which part of a collection is wanted.

    Attributes
    ----------
    equal
        Properties with the value that they must have; asked for where the collection can be filtered by
        them, and looked at in every feature that names them.
    box
        West, south, east, north in degrees; asked for where no property of `equal` can be.
    """

    equal: Mapping[str, str] = field(default_factory=dict)
    box: Box | None = None


@dataclass
class FeatureService:
    """An OGC API - Features service, of which collections are fetched.

    Parameters
    ----------
    address
        Of the service (``…/ogc/v1``), of a collection (``…/collections/buurten``), or of its items.
    monotonic, sleep
        The clock and how to wait; others in tests.

    Raises
    ------
    DownloadError
        If others could listen in on the way to the address.
    """

    address: str
    settings: PdokSettings
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _bytes_left: int = field(default=0, repr=False)
    _until: float = field(default=0.0, repr=False)

    def __post_init__(self) -> None:
        try:
            require_https(self.address)
        except ValueError as error:
            raise DownloadError(f"{error}: features are fetched by https, or from this machine") from None
        parts = urlsplit(urldefrag(self.address).url)
        base, _, rest = parts.path.partition("/collections")
        self.base = urlunsplit((parts.scheme, parts.netloc, base.rstrip("/"), "", ""))
        self.collection = rest.strip("/").partition("/")[0]
        left_out = ("f", "limit", "cursor", "offset", "crs", "bbox-crs")
        self._query = [pair for pair in parse_qsl(parts.query) if pair[0] not in left_out]
        self._origin = (parts.scheme, parts.netloc)
        self._until = self.monotonic() + self.settings.max_minutes * 60
        self._bytes_left = self.settings.max_mb * 1_000_000
        self._client = PoliteClient(
            name=parts.netloc,
            timeout_s=self.settings.timeout_s,
            attempts=self.settings.attempts,
            max_per_second=self.settings.max_per_second,
            max_reply_bytes=MAX_PAGE_BYTES,
            user_agent=USER_AGENT,
            error=DownloadError,
            accept="application/geo+json, application/json",
            retries_silence=True,
            monotonic=self.monotonic,
            sleep=self.sleep,
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def collections(self) -> list[str]:
        """The names of its collections.

        Raises
        ------
        DownloadError
            If it does not tell.
        """
        found = self._document(f"{self.base}/collections", [("f", "json")]).get("collections")
        if not isinstance(found, list):
            raise DownloadError(f"{self.base}: wanted a service of OGC API - Features, found no collections")
        return [str(one.get("id", "")) for one in found if isinstance(one, dict)]

    def download(
        self,
        collections: Sequence[str],
        path: Path,
        wanted: Wanted,
        *,
        on_progress: Callable[[int], None] = lambda _: None,
    ) -> int:
        """Write the wanted features of collections to one GeoJSON file; gives how many there are.

        Raises
        ------
        DownloadError
            If a collection is absent, or does not come whole.
        """
        count = 0
        with new_private_file(path) as new:
            file = io.TextIOWrapper(new.file, encoding="utf-8", newline="")
            file.write('{"type": "FeatureCollection", "features": [')
            for name in collections:
                for features in self._pages(name, wanted):
                    count += _write(file, features, wanted, is_first=count == 0)
                    on_progress(count)
            file.write("\n]}\n")
            file.detach()  # writes what waits, and leaves the file open
        return count

    def _pages(self, name: str, wanted: Wanted) -> Iterator[Features]:
        items = f"{self.base}/collections/{name}/items"
        url, parameters = items, [*self._query, *self._filter(name, wanted)]
        parameters += [("f", "json"), ("limit", str(PAGE_SIZE))]
        seen, read, matched = set[str](), 0, None
        while url:
            if url in seen:
                raise DownloadError(f"{items}: wanted pages that end, found one that links back to '{url}'")
            seen.add(url)
            page = self._document(url, parameters)
            features = _features(page, url)
            read += len(features)
            matched = page.get("numberMatched", matched)
            yield features
            link = next((one for one in page.get("links") or () if one.get("rel") == "next"), None)
            url, parameters = (urljoin(url, link["href"]), []) if link else ("", [])
            if url:
                self._refuse_other_host(url)
        if isinstance(matched, int) and matched != read:
            raise DownloadError(f"{items}: wanted {matched} features, found {read}: try again later")

    def _filter(self, name: str, wanted: Wanted) -> list[tuple[str, str]]:
        """How the service is asked for a part; empty when it is asked for everything."""
        queryable = self._queryables(name)
        asked = {key for key, _ in self._query}
        equal = [pair for pair in wanted.equal.items() if pair[0] in queryable and pair[0] not in asked]
        if equal or wanted.box is None or "bbox" in asked:
            return equal
        return [("bbox", ",".join(f"{number:.6f}" for number in wanted.box))]

    def _queryables(self, name: str) -> Collection[str]:
        """By which properties a collection can be filtered."""
        try:
            answer = self._ask(f"{self.base}/collections/{name}/queryables", [("f", "json")])
        except DownloadError:  # a service need not have them
            return {}
        document = _parsed(answer) if answer.status == 200 else None
        properties = document.get("properties") if isinstance(document, dict) else None
        return properties if isinstance(properties, dict) else {}

    def _document(self, url: str, parameters: Sequence[tuple[str, str]]) -> dict[str, Any]:
        answer = self._ask(url, parameters, is_whole=lambda answer: isinstance(_parsed(answer), dict))
        if answer.status != 200:
            raise DownloadError(f"{url}: wanted an answer, found status {answer.status}")
        document = _parsed(answer)
        if not isinstance(document, dict):
            start = " ".join(answer.body[:60].decode("utf-8", "replace").split())
            raise DownloadError(f"{url}: wanted JSON, found '{start}' ({len(answer.body)} bytes)")
        crs = answer.headers.get("content-crs", "").strip("<>")
        if crs and crs not in DEGREES:
            raise DownloadError(f"{url}: wanted lon/lat degrees (CRS84), found {crs}")
        return document

    def _ask(
        self,
        url: str,
        parameters: Sequence[tuple[str, str]],
        *,
        is_whole: Callable[[Answer], bool] = lambda _: True,
    ) -> Answer:
        for _ in range(MAX_REDIRECTS):
            if self.monotonic() > self._until:
                raise DownloadError(f"{url}: wanted all within {self.settings.max_minutes:g} minutes")
            answer = self._client.ask(url, parameters, is_whole=is_whole)
            self._bytes_left -= len(answer.body)
            if self._bytes_left < 0:
                raise DownloadError(
                    f"{url}: wanted at most {self.settings.max_mb} MB, found more: is it of one municipality?"
                )
            location = answer.headers.get("location", "")
            if not (300 <= answer.status < 400 and location):
                return answer
            url, parameters = urljoin(url, location), []
            self._refuse_other_host(url)
        raise DownloadError(f"{url}: wanted an answer, found {MAX_REDIRECTS} redirects")

    def _refuse_other_host(self, url: str) -> None:
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) != self._origin:
            raise DownloadError(
                f"{self.base}: wanted all from {self._origin[1]}, found a link to {parts.scheme}://{parts.netloc}"
            )


def _parsed(answer: Answer) -> object:
    try:
        return parsed_answer(answer.body)
    except ValueError:
        return None


def _features(page: Mapping[str, Any], url: str) -> Features:
    features = page.get("features")
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise DownloadError(f"{url}: wanted GeoJSON features, found {', '.join(list(page)[:5]) or 'nothing'}")
    returned = page.get("numberReturned", len(features))
    if returned != len(features):
        raise DownloadError(f"{url}: wanted {returned} features on a page, found {len(features)}")
    return features


def _write(file: TextIO, features: Features, wanted: Wanted, *, is_first: bool) -> int:
    count = 0
    for one in features:
        properties = one.get("properties") or {}
        if all(str(properties.get(name, value)) == value for name, value in wanted.equal.items()):
            file.write("\n" if is_first and not count else ",\n")
            file.write(json.dumps(one, ensure_ascii=False))
            count += 1
    return count
