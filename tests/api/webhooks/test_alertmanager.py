"""A real Prometheus with a rule that fires, by a real Alertmanager or straight to us."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from standfast.incidents.flowchart import Box
from standfast.policy_file.shipped import SHIPPED_POLICY
from tests.api.webhooks.api_process import ApiProcess, an_api
from tests.patience import PATIENCE
from tests.ports import free_ports
from tests.probes.site import Site, a_site
from tests.stories.desk import Desk, Ticket, until

pytestmark = pytest.mark.long

PROMETHEUS, ALERTMANAGER = "prometheus", "prometheus-alertmanager"

RULES = """\
groups:
  - name: shop
    interval: 1s
    rules:
      - alert: {alert}
        expr: shop_up == 0
        labels: {{severity: critical, service: wiki}}
        annotations: {{summary: "{alert}: the wiki app on {{{{ $labels.instance }}}} crashed"}}
"""

SCRAPING = """\
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: [{rules}]
scrape_configs:
  - {{job_name: shop, static_configs: [{{targets: ["127.0.0.1:{shop}"]}}]}}
alerting:
  alertmanagers:
    - static_configs: [{{targets: ["{target}"]}}]
      authorization: {{credentials: "{key}"}}
"""

ROUTING = """\
route:
  receiver: standfast
  group_by: [alertname]
  group_wait: 1s
  group_interval: 1s
  repeat_interval: 5s
receivers:
  - name: standfast
    webhook_configs:
      - url: {api}/intake/alertmanager
        send_resolved: true
        http_config: {{authorization: {{credentials: "{key}"}}}}
"""


def _program(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        words = f"there is no program {name!r} (Debian: apt-get install {name})"
        if os.environ.get("STANDFAST_TEST_STRICT") == "1":
            pytest.fail(words)
        pytest.skip(words)
    return program


@contextmanager
def _running(log: Path, *command: str) -> Iterator[None]:
    """A program, until the block ends."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        yield
        assert process.poll() is None, log.read_text()[-2000:]
    finally:
        process.terminate()
        process.wait(PATIENCE)


class Shop:
    """What is watched: it is up or down, as the story wants."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self.port = site.port
        self.goes(up=True)

    def goes(self, *, up: bool) -> None:
        page = f"# TYPE shop_up gauge\nshop_up {int(up)}\n".encode()
        self._site.pages["/metrics"] = ("200 OK", "Content-Type: text/plain\r\n", page)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with a_site() as site:
        yield Shop(site)


@pytest.fixture
async def process(desk: Desk) -> AsyncIterator[ApiProcess]:
    for name in (PROMETHEUS, ALERTMANAGER):
        _program(name)
    desk.amend(extends=str(Path(SHIPPED_POLICY).parent / "sources.yaml"))
    with an_api(desk) as process:
        yield process


@contextmanager
def prometheus(place: Path, shop: Shop, alert: str, target: str, key: str) -> Iterator[None]:
    """Watches the shop, and sends what fires to `target`."""
    rules = place / "rules.yml"
    rules.write_text(RULES.format(alert=alert))
    configuration = place / "prometheus.yml"
    configuration.write_text(SCRAPING.format(rules=rules, shop=shop.port, target=target, key=key))
    with _running(
        place / "prometheus.log",
        _program(PROMETHEUS),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={place / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{free_ports()}",
        # A firing alert is sent again after so long; the default is a minute.
        "--rules.alert.resend-delay=1s",
    ):
        yield


@contextmanager
def alertmanager(place: Path, process: ApiProcess) -> Iterator[str]:
    """Takes alerts at the address it gives, and passes groups of them on to us."""
    configuration = place / "alertmanager.yml"
    key = process.source_key("alertmanager")
    configuration.write_text(ROUTING.format(api=process.address, key=key))
    address = f"127.0.0.1:{free_ports()}"
    with _running(
        place / "alertmanager.log",
        _program(ALERTMANAGER),
        f"--config.file={configuration}",
        f"--storage.path={place / 'alertmanager'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ):
        yield address


async def _opened(desk: Desk, alert: str) -> Ticket:
    """The incident of that alert, once there is one."""

    async def found() -> Ticket | None:
        query = f"TaskQueue = '{desk.task_queue}'"
        async for run in desk.client.list_workflows(query):
            if alert in str((await run.memo()).get("title")):
                return desk.ticket(run.id)
        return None

    return await until(f"{alert} opens an incident", found)


@pytest.mark.parametrize("by", ["alertmanager", "prometheus"])
async def test_what_fires_opens_what_resolves_counts(
    desk: Desk, process: ApiProcess, shop: Shop, by: str
) -> None:
    alert = f"ShopDownBy{by.title()}"
    with ExitStack() as programs:
        if by == "alertmanager":
            target = programs.enter_context(alertmanager(desk.place, process))
            key = "unused"
        else:
            target = process.address.removeprefix("http://")
            key = process.source_key("alertmanager")
        programs.enter_context(prometheus(desk.place, shop, alert, target, key))
        shop.goes(up=False)
        ticket = await _opened(desk, alert)
        view = await ticket.reaches_resolve()
        assert view.report.service == "wiki"
        assert view.report.labels["severity"] == "critical"
        await ticket.told("reported_again")
        shop.goes(up=True)
        await ticket.told("recovered")
        assert (await ticket.view()).stage is Box.RESOLVE
        await asyncio.to_thread(process.stop)
