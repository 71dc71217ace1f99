"""A real Prometheus for the tests, beside a small service whose numbers they choose."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.patience import PATIENCE
from tests.ports import free_ports
from tests.probes.site import a_site

PROGRAM = "prometheus"

METRICS = """\
# TYPE shop_orders_ratio gauge
shop_orders_ratio{till="1"} 0.995
shop_orders_ratio{till="2"} 0.97
shop_orders_ratio{till="3"} 0.999
# TYPE shop_queue gauge
shop_queue 12
shop_never NaN
shop_limit +Inf
"""

CONFIGURATION = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: shop
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
  - job_name: gone
    static_configs: [{{targets: ["127.0.0.1:1"]}}]
"""


async def _answers(url: str, query: str) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{url}/api/v1/query", params={"query": query})
        return bool(answer.status_code == 200 and answer.json()["data"]["result"])
    except httpx.TransportError:
        return False


@pytest.fixture(scope="session")
async def prometheus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The URL of a Prometheus that has scraped `METRICS`, and found the job `gone` away."""
    program = shutil.which(PROGRAM)
    if program is None:
        words = f"there is no program {PROGRAM!r} (Debian: apt-get install prometheus)"
        if os.environ.get("STANDFAST_TEST_STRICT") == "1":
            pytest.fail(words)
        pytest.skip(words)
    directory = tmp_path_factory.mktemp("prometheus")
    async with a_site() as shop:
        shop.pages["/metrics"] = ("200 OK", "Content-Type: text/plain\r\n", METRICS.encode())
        (directory / "prometheus.yml").write_text(CONFIGURATION.format(port=shop.port))
        url, process = await _started(program, directory)
        try:
            yield url
        finally:
            process.terminate()
            await asyncio.wait_for(process.wait(), PATIENCE)


async def _started(program: str, directory: Path) -> tuple[str, asyncio.subprocess.Process]:
    """A running one that has looked at both targets; on another port where one was taken."""
    log = directory / "log"
    for _ in range(5):
        port = free_ports()
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                program,
                f"--config.file={directory / 'prometheus.yml'}",
                f"--storage.tsdb.path={directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        url = f"http://127.0.0.1:{port}"
        async with asyncio.timeout(PATIENCE):
            while process.returncode is None:
                if await _answers(url, "shop_limit and on() (up{job='gone'} == 0)"):
                    return url, process
                await asyncio.sleep(0.1)
        if "address already in use" not in log.read_text():
            break
    pytest.fail(f"Prometheus ended: {log.read_text()}")
