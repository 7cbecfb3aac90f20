"""How fast the pages, pictures and reports are: 200 hotspots and 2,000 cells, as a server and in Chromium.

``make bench BENCH=pages`` (``--times 60``): fills a database of each kind, serves it as people do, signs in
as OOV and prints for each page the time of the server (p50, p95), the time of its processor, the most memory
that it had meanwhile, its size over the line, and when it can be used in Chromium: all is drawn and a button
answers. No page is answered from a cache; but what is made of a row is kept with that row, and the counts per
cell until anything is written, so each page is also asked for right after a change (the median). The baseline
is what a notebook does for the same map: it reads the places and cells and draws them by folium as it comes.
``--against ../before`` asks the same of another checkout in the same run, page by page in turn. Then the
first request for ``/v1/openapi.json``, the picture of a map and the weekly report of one area, with the time
of each stage. Aims: p95 30 ms, 300 kB, interactive 1 s, PNG 300 ms, report 3 s.
"""

import argparse
import gzip
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

import folium
import geopandas as gpd
import httpx2
import numpy as np
import pandas as pd
import shapely
from playwright.sync_api import sync_playwright
from sqlalchemy import Connection, func, insert, select

from hotspots.access.accounts import add_user
from hotspots.access.rights import EVERYTHING, Role
from hotspots.access.sessions import sign_in
from hotspots.geography.cells import cell_corners, cells_of
from hotspots.geography.projection import WGS84
from hotspots.publishing.pictures.drawing import draw_picture
from hotspots.publishing.report_files import report_html, report_pdf
from hotspots.publishing.weekly_map import WeeklyMap, build_weekly_map
from hotspots.publishing.weekly_report import AreaReport, build_area_report, team_of
from hotspots.settings import MunicipalitySettings, Settings
from hotspots.store.areas import fill_with_shipped, load_areas
from hotspots.store.case_tables import measures
from hotspots.store.database import Database
from hotspots.store.metadata import write_fact
from hotspots.store.place_tables import areas
from hotspots.store.report_tables import imports, reports
from hotspots.store.run_tables import hotspot_states, hotspots, runs
from hotspots.tracking.hotspots import read_hotspots
from hotspots.tracking.selection import Selection
from tests.benchmarks.faults import Server
from tests.benchmarks.measuring import LAST, add_hotspots, memory_mb, midnight, served, used_s

HOTSPOTS, CELLS, REPORTS, WEEKS = 200, 2_000, 12_000, 26
REASONS = (
    "Herhaald: {count} meldingen op 8 verschillende dagen.",
    "Langdurig: over 90 dagen, in 6 verschillende weken; hooguit 3 kort na elkaar.",
    "Gedeeld: van 5 bekende melders; de grootste deed 26% (hooguit 60% mag).",
)
PAGES = ("/", "/kaart", "/kaart?lagen=hotspots,gebieden,cellen,maatregelen", "/hotspots/HS-2023-042")
PASSWORD = "correct horse battery"  # of this benchmark only
WARMING = 3  # the first requests read templates and files
CHANGES = 15
AIM_MS = 30.0
"""Of p95 of each page."""


def fill(url: str, settings: Settings) -> str:
    """Write hotspots, weeks, reports and a user; give the token of a session."""
    database = Database(url)
    database.upgrade()
    random = np.random.default_rng(7)
    with database.writing() as connection:
        fill_with_shipped(connection, settings)
        codes = list(connection.execute(select(areas.c.buurtcode).order_by(areas.c.buurtcode)).scalars())
        ids = add_hotspots(
            connection,
            count=HOTSPOTS,
            weeks=WEEKS,
            codes=codes,
            statuses=("kandidaat", "in verificatie", "in aanpak", "nazorg"),
            indicaties=("onbepaald", "veiligheid", "leefbaarheid"),
            redenen=REASONS,
            reports=REPORTS,
        )
        _add_measures(connection, ids)
        _add_reports(connection, random, codes, settings)
    now = datetime.now(UTC)
    add_user(
        database,
        name="adviseur",
        full_name="O. Adviseur",
        role=Role.OOV,
        password=PASSWORD,
        created_by="benchmark",
        now=now,
        organisation="OOV",
    )
    token = sign_in(database, settings.sign_in, name="adviseur", password=PASSWORD, now=now)
    database.close()
    return token


def _add_measures(connection: Connection, ids: list[str]) -> None:
    connection.execute(
        insert(measures),
        [
            {
                "hotspot_id": identifier,
                "kind": "gesprek",
                "description": "Een gesprek tussen buren.",
                "owner": "Trajekt",
                "starts_on": LAST - timedelta(days=30),
                "is_withdrawn": False,
                "created_at": midnight(LAST),
                "created_by": "benchmark",
            }
            for number, identifier in enumerate(ids)
            if number % 4 > 1
        ],
    )


def _add_reports(
    connection: Connection, random: np.random.Generator, codes: list[str], settings: Settings
) -> None:
    import_id = connection.execute(
        insert(imports)
        .values(source="benchmark", file_name="benchmark", file_sha256="", started_at=midnight(LAST))
        .returning(imports.c.id)
    ).scalar_one()
    found = cells_of(
        random.uniform(5.65, 5.75, 40_000),
        random.uniform(50.82, 50.89, 40_000),
        resolution=settings.cells.resolution,
    )
    cells = random.permutation(np.unique(found))[:CELLS]
    if len(cells) < CELLS:
        raise SystemExit(f"wanted {CELLS} cells, found {len(cells)}: take a larger area")
    chosen = np.concatenate([np.arange(CELLS), random.zipf(1.6, REPORTS - CELLS) % CELLS])
    connection.execute(
        insert(reports),
        [
            {
                "source": "benchmark",
                "source_id": str(number),
                "category": "drugs",
                "is_counted": True,
                "reported_at": midnight(LAST - timedelta(days=int(number % 180))),
                "precision": "adres",
                "cell": int(cells[cell]),
                "buurtcode": codes[int(cell) % len(codes)],
                "known_from": midnight(LAST),
                "content_hash": "",
                "first_import_id": import_id,
                "last_import_id": import_id,
            }
            for number, cell in enumerate(chosen)
        ],
    )


def measure_server(
    client: httpx2.Client, process_id: int, url: str, path: str, times: int
) -> dict[str, float]:
    """Ask for a page again and again; seconds of the server and its processor, and bytes over the line."""
    seconds = []
    used = 0.0
    Path(f"/proc/{process_id}/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    for number in range(times + WARMING):
        if number == WARMING:
            used = used_s(process_id)
        start = perf_counter()
        with client.stream("GET", path) as answer:
            raw = b"".join(answer.iter_raw())
        seconds.append(perf_counter() - start)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answers {answer.status_code}")
    used = used_s(process_id) - used
    p50, p95 = np.percentile(seconds[WARMING:], [50, 95]) * 1000
    return {
        "p50Ms": round(float(p50), 1),
        "p95Ms": round(float(p95), 1),
        "aimMs": AIM_MS,
        "changedMs": round(float(np.median(list(after_changes(client, url, path, CHANGES)))) * 1000, 1),
        "processorMs": round(used / times * 1000, 1),
        "peakMb": round(memory_mb("VmHWM", process_id)),
        "kB": round(len(raw) / 1000, 1),
        "kBUncompressed": round(len(gzip.decompress(raw)) / 1000, 1),
    }


def after_changes(client: httpx2.Client, url: str, path: str, times: int) -> Iterator[float]:
    """Seconds of a page when something was written after it was last asked for."""
    database = Database(url)
    for number in range(times):
        with database.writing() as connection:
            write_fact(connection, "benchmark", str(number))
        start = perf_counter()
        client.get(path).raise_for_status()
        yield perf_counter() - start
    database.close()


def measure_notebook(url: str, times: int) -> float:
    """Milliseconds of a core for the same places and cells on a map as an analyst draws it; the median."""
    database = Database(url)
    spent = []
    for _ in range(times):
        start = process_time()
        with database.reading() as connection:
            places = pd.read_sql(
                select(hotspots.c.number, hotspot_states)
                .join_from(hotspot_states, hotspots, hotspots.c.id == hotspot_states.c.hotspot_id)
                .join(runs, runs.c.id == hotspot_states.c.run_id)
                .where(runs.c.as_of == LAST),
                connection,
            )
            counted = select(reports.c.cell, func.count().label("count")).group_by(reports.c.cell)
            cells = pd.read_sql(counted, connection)
        drawn = folium.Map([50.85, 5.69], zoom_start=13, tiles=None)
        corners = [shapely.Polygon(cell_corners(cell)) for cell in cells["cell"]]
        of_cells = gpd.GeoDataFrame(cells[["count"]], geometry=corners, crs=WGS84)
        shapes = shapely.from_wkb(places["geometry"].to_numpy(dtype=object))
        of_places = gpd.GeoDataFrame(places[["number", "trend", "report_count"]], geometry=shapes, crs=WGS84)
        folium.GeoJson(of_cells, tooltip=folium.GeoJsonTooltip(["count"])).add_to(drawn)
        folium.GeoJson(of_places, popup=folium.GeoJsonPopup(["number", "trend", "report_count"])).add_to(
            drawn
        )
        drawn.get_root().render()
        spent.append(process_time() - start)
    database.close()
    return float(np.median(spent)) * 1000


def measure_browser(base: str, token: str, times: int) -> dict[str, dict[str, float]]:
    """How long Chromium takes until a page is drawn and answers, with an empty cache; ms, the median."""
    found: dict[str, dict[str, float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for path in PAGES:
            shown = []
            for _ in range(times):
                context = browser.new_context(viewport={"width": 1280, "height": 900})
                context.add_cookies([{"name": "hotspots_sessie", "value": token, "url": base}])
                page = context.new_page()
                page.goto(base + path, wait_until="load")
                # after the load all scripts have run; two frames later it stands on the screen
                shown.append(
                    page.evaluate(
                        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame("
                        "() => done(performance.now()))))"
                    )
                )
                context.close()
            found[path] = {"interactiveMs": round(float(np.median(shown)))}
        browser.close()
    return found


def measure_files(url: str, settings: Settings, times: int) -> dict[str, dict[str, float]]:
    """How long each stage of a picture and of the report of one area takes, in ms; the median."""
    database = Database(url)
    with database.reading() as connection:
        gebied = min(load_areas(connection, settings.areas.gebieden)["gebied"])
    picture: dict[str, list[float]] = {}
    written: dict[str, list[float]] = {}
    for _ in range(times):
        with database.reading() as connection:
            with timed(picture, "read"):
                shown = _read_map(connection, settings)
            with timed(written, "read and count"):
                report = _read_report(connection, settings, gebied)
        with timed(picture, "PNG"):
            draw_picture(shown, "png")
        with timed(written, "map"):
            drawn = draw_picture(report.map, "svg")
        with timed(written, "HTML"):
            report_html(report, drawn)
        with timed(written, "PDF"):
            report_pdf(report, drawn)
    database.close()
    return {
        what: {stage: round(float(np.median(spent))) for stage, spent in stages.items()}
        for what, stages in (("picture", picture), ("report", written))
    }


@contextmanager
def timed(stages: dict[str, list[float]], stage: str) -> Iterator[None]:
    """Add how many milliseconds what is done within took."""
    start = perf_counter()
    yield
    stages.setdefault(stage, []).append((perf_counter() - start) * 1000)


def _read_map(connection: Connection, settings: Settings) -> WeeklyMap:
    hotspots_of_week = read_hotspots(connection, settings, Selection(EVERYTHING, as_of=LAST))
    return build_weekly_map(connection, settings, hotspots_of_week, peildatum=LAST)


def _read_report(connection: Connection, settings: Settings, gebied: str) -> AreaReport:
    return build_area_report(connection, settings, peildatum=LAST, area=gebied, audience=team_of(gebied))


def serve_and_measure(
    folder: Path, url: str, token: str, times: int, commands: dict[str, Path | None]
) -> dict[str, dict[str, float]]:
    """The figures of each page, of the service of each command in turn; those of the browser of the last."""
    configuration = folder / "hotspots.toml"
    configuration.write_text(
        '[municipality]\nname = "Maastricht"\ncode = "GM0935"\n'
        "[service]\nport = 0\nrequests_per_minute = 0\n",
        encoding="utf-8",
    )
    variables = {"HOTSPOTS_CONFIG": str(configuration), "HOTSPOTS_DATABASE_URL": url}
    results: dict[str, dict[str, float]] = {}
    with ExitStack() as opened:
        services: dict[str, tuple[httpx2.Client, int]] = {}
        for name, command in commands.items():
            own = folder / f"service{len(services)}"
            own.mkdir()
            base, process = opened.enter_context(served(own, variables, hotspots=command))
            cookies = {"hotspots_sessie": token}
            client = opened.enter_context(httpx2.Client(base_url=base, cookies=cookies, timeout=60))
            services[name] = client, process.pid
            start = perf_counter()
            client.get("/v1/openapi.json").raise_for_status()
            results[f"/v1/openapi.json{name}"] = {"firstMs": round((perf_counter() - start) * 1000, 1)}
        for path in PAGES:
            for name, (client, process_id) in services.items():
                results[f"{path}{name}"] = measure_server(client, process_id, url, path, times)
        for path, figures in measure_browser(base, token, 5).items():
            results[path] |= figures
    return results


def main() -> None:
    """Fill, serve, measure, print one line per page, picture and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    parser.add_argument("--against", type=Path, help="Another checkout, with its .venv.")
    asked = parser.parse_args()
    commands: dict[str, Path | None] = {"": None}
    if asked.against is not None:
        commands = {" (before)": asked.against.absolute() / ".venv/bin/hotspots"} | commands
    settings = Settings(municipality=MunicipalitySettings(name="Maastricht", code="GM0935"))
    results: dict[str, dict[str, float]] = {}
    files: dict[str, dict[str, float]] = {}
    for kind in asked.databases:
        with tempfile.TemporaryDirectory() as folder, _database(kind, Path(folder)) as url:
            token = fill(url, settings)
            found = serve_and_measure(Path(folder), url, token, asked.times, commands)
            notebook = measure_notebook(url, 5)
            for figures in found.values():
                if "processorMs" in figures:
                    figures["ofNotebook"] = round(figures["processorMs"] / notebook, 3)
            results[f"{kind} a notebook's map"] = {"processorMs": round(notebook, 1)}
            results |= {f"{kind} {path}": figures for path, figures in found.items()}
            files = files or measure_files(url, settings, 5)  # the service is down: nothing else is at work
    for path, figures in results.items():
        told = "  ".join(f"{name} {value:g}" for name, value in figures.items())
        print(f"{path:<75} {told}")
    for what, stages in files.items():
        told = ", ".join(f"{stage} {spent:.0f}" for stage, spent in stages.items())
        print(f"{what:<75} {sum(stages.values()):.0f} ms ({told})")
    print(json.dumps(results | files))


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/benchmark.sqlite"
        return
    server = Server()
    server.do("CREATE DATABASE pages")
    try:
        yield server.url("pages")
    finally:
        server.close()


if __name__ == "__main__":
    main()
