"""Temporal's web UI in the console: who gets in, who may change something, and how it looks."""

import asyncio
import base64
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from google.protobuf.json_format import MessageToDict
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from standfast.console.temporal_ui.link import PREFIX, temporal_ui
from standfast.console.temporal_ui.pages import MOST_AT_ONCE
from standfast.hosting.connection import connect
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.namespace import register_search_attributes
from standfast.hosting.settings import Settings
from standfast.incidents.confidentiality import ADMINISTRATORS
from standfast.incidents.names import READERS
from standfast.incidents.roles import Role
from standfast.web.server import Server
from tests.console.house import Browser, House, open_house

RUN = "INC-7F3K2QXWM4"
SECRET_RUN = "INC-7F3K2QXWM5"
RUNS = f"{PREFIX}/api/v1/namespaces/default/workflows"
OURS = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Site:
    house: House
    temporal: Client
    settings: Settings


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A console beside an embedded server, on which one workflow waits."""
    place = tmp_path_factory.mktemp("site")
    settings = Settings(data_dir=place, temporal_port=0)
    server = EmbeddedServer(settings)
    await server.start()
    try:
        client = await connect(settings)
        await register_search_attributes(client)
        await client.start_workflow(
            "Any", id=RUN, task_queue="nobody", static_details="**It waits** for nobody"
        )
        async with open_house(place) as house, house.app.router.lifespan_context(house.app):
            yield Site(house, client, settings)
    finally:
        await server.stop()


@asynccontextmanager
async def signed_in(site: Site, role: Role) -> AsyncIterator[Browser]:
    async with site.house.browser() as browser:
        answer = await browser.sign_in(site.house.token(role, role.value).secret)
        assert answer.status_code == 303
        yield browser


async def test_it_is_for_operators(site: Site) -> None:
    async with site.house.browser() as browser:
        for path in (PREFIX, f"{PREFIX}/namespaces/default/workflows", f"{PREFIX}/_app/env.js"):
            assert (await browser.get(path)).headers["location"].startswith("/sign-in?next=")
        assert (await browser.get(RUNS)).status_code == 303
    async with signed_in(site, Role.RESPONDER) as browser:
        for path in (PREFIX, f"{RUNS}/{RUN}", f"{PREFIX}/api/v1/settings"):
            assert (await browser.get(path)).status_code == 403
    async with signed_in(site, Role.OPERATOR) as browser:
        shown = (await browser.get(f"{RUNS}/{RUN}")).json()
        assert shown["workflowExecutionInfo"]["execution"]["workflowId"] == RUN
        assert (await browser.get(f"{PREFIX}/api/v1/settings")).json()["DisableWriteActions"]


async def test_only_administrators_change_something_and_only_from_our_own_page(site: Site) -> None:
    signal = f"{RUNS}/{RUN}/signal/withdraw"
    async with site.house.browser() as browser:
        assert (await browser.http.post(signal, json={}, headers=OURS)).status_code == 303
    async with signed_in(site, Role.OPERATOR) as browser:
        refused = await browser.http.post(signal, json={}, headers=OURS)
        assert (refused.status_code, "administrator" in refused.text) == (403, True)
        for method in ("DELETE", "PUT", "PATCH"):
            assert (await browser.http.request(method, signal, headers=OURS)).status_code == 403
    async with signed_in(site, Role.ADMINISTRATOR) as browser:
        for elsewhere in (
            {},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "http://a.example"},
            {"Origin": "null"},
        ):
            refused = await browser.http.post(signal, json={}, headers=elsewhere)
            assert (refused.status_code, "another site" in refused.text) == (403, True)
        body = {"workflowExecution": {"workflowId": RUN}}
        assert (await browser.http.post(signal, json=body, headers=OURS)).status_code == 200
    history = await site.temporal.get_workflow_handle(RUN).fetch_history()
    signalled = [
        event.workflow_execution_signaled_event_attributes.signal_name
        for event in history.events
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]
    assert signalled == ["withdraw"]


@pytest.mark.parametrize(
    "path",
    [
        f"{RUNS}/x/query/__stack_trace",
        f"{RUNS}/x/query/__temporal_workflow_metadata/../../signal/withdraw",
        f"{RUNS}/x/query/__temporal_workflow_metadata%2F..%2F..%2Fsignal%2Fwithdraw",
        f"{RUNS}/%2e%2E/x/query/__temporal_workflow_metadata",
        f"{RUNS}/x/signal/y/query/__temporal_workflow_metadata",
    ],
)
async def test_an_operator_asks_the_one_query_of_a_run_s_page_and_no_other(
    site: Site, path: str
) -> None:
    async with signed_in(site, Role.OPERATOR) as browser:
        url = httpx.URL(browser.http.base_url, raw_path=path.encode())
        answer = await browser.http.request("POST", url, json={}, headers=OURS)
        assert answer.status_code in (400, 403)


async def test_operators_read_what_is_encrypted_and_nobody_else(site: Site) -> None:
    run = site.temporal.get_workflow_handle(RUN)
    await run.signal("comment", {"by": "ana", "text": "Mr Smith called"})
    async with signed_in(site, Role.OPERATOR) as browser:
        history = (await browser.get(f"{RUNS}/{RUN}/history")).json()
        signals = [
            event.get("workflowExecutionSignaledEventAttributes", {})
            for event in history["history"]["events"]
        ]
        [payloads] = [signal["input"] for signal in signals if signal.get("input")]
        assert "Smith" not in str(payloads)
        settings = (await browser.get(f"{PREFIX}/api/v1/settings")).json()
        decode = f"{settings['Codec']['Endpoint']}/decode"
        assert decode.startswith(site.house.address)
        answer = await browser.http.post(decode, json=payloads, headers=OURS)
        [plain] = answer.json()["payloads"]
        assert base64.b64decode(plain["data"]) == b'{"by":"ana","text":"Mr Smith called"}'
        for elsewhere in ({}, {"Sec-Fetch-Site": "cross-site"}):
            refused = await browser.http.post(decode, json=payloads, headers=elsewhere)
            assert refused.status_code == 403
        wrong: object
        for wrong in ([], {"payloads": 7}, {"payloads": [{"data": 7}]}):
            assert (await browser.http.post(decode, json=wrong, headers=OURS)).status_code == 400
    async with signed_in(site, Role.RESPONDER) as browser:
        assert (await browser.http.post(decode, json=payloads, headers=OURS)).status_code == 403


async def test_what_is_confidential_is_not_decrypted_for_every_operator(site: Site) -> None:
    readers = TypedSearchAttributes([SearchAttributePair(READERS, [ADMINISTRATORS])])
    secret = await site.temporal.start_workflow(
        "Any",
        {"title": "Otto's pay"},
        id=SECRET_RUN,
        task_queue="nobody",
        search_attributes=readers,
    )
    [started] = [event async for event in secret.fetch_history_events()][:1]
    given = started.workflow_execution_started_event_attributes.input
    body = {"payloads": MessageToDict(given)["payloads"]}
    async with signed_in(site, Role.OPERATOR) as browser:
        answer = await browser.http.post(f"{PREFIX}/codec/decode", json=body, headers=OURS)
        [shown] = answer.json()["payloads"]
        assert base64.b64decode(shown["data"]) == b'"this incident is confidential"'


async def test_another_name_for_this_machine_reads_nothing(site: Site) -> None:
    """A page that gives a name of its own to this machine (DNS rebinding)."""
    async with signed_in(site, Role.ADMINISTRATOR) as browser:
        for path in (PREFIX, f"{RUNS}/{RUN}", f"{PREFIX}/api/v1/settings"):
            assert (await browser.get(path, headers={"Host": "a.example"})).status_code == 421


async def test_odd_addresses_are_no_errors_of_ours(site: Site) -> None:
    async with signed_in(site, Role.OPERATOR) as browser:
        for path in (f"{RUNS}/%00", f"{RUNS}/%7f", f"{PREFIX}/_app/%00", f"{PREFIX}/a.%0a%00"):
            answer = await browser.http.get(path)
            assert 400 <= answer.status_code < 500, (path, answer.text)


async def test_who_waits_for_much_at_once_keeps_nobody_waiting(site: Site) -> None:
    running = site.house.app.state.temporal_calls
    async with (
        signed_in(site, Role.OPERATOR) as browser,
        signed_in(site, Role.ADMINISTRATOR) as other,
    ):
        running["operator"] += MOST_AT_ONCE
        refused = await browser.http.get(RUNS)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
        assert (await other.http.get(RUNS)).status_code == 200
        running.clear()
        assert (await browser.http.get(RUNS)).status_code == 200
        assert not running  # what was answered counts no longer


async def test_its_pages_run_no_script_but_their_own(site: Site) -> None:
    async with signed_in(site, Role.OPERATOR) as browser:
        page = await browser.get(f"{PREFIX}/namespaces/default/workflows/{RUN}")
        policy = page.headers["Content-Security-Policy"]
        assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
        assert policy.count("'sha256-") == page.text.count("<script>")
        assert "set-cookie" not in page.headers
        script = re.search(rf'"({PREFIX}/_app/immutable/[^"]+\.js)"', page.text)
        assert script
        file = await browser.get(script[1])
        assert (file.status_code, "javascript" in file.headers["content-type"]) == (200, True)
        assert "immutable" in file.headers["cache-control"]
        assert (await browser.get(f"{PREFIX}/_app/none.js")).status_code == 404


async def test_an_operator_follows_the_link_to_the_run(site: Site, chromium: Chromium) -> None:
    link = temporal_ui(site.settings, RUN, Role.OPERATOR)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = Server(site.house.app)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        context = await chromium.new_context()
        try:
            page = await context.new_page()
            stopped: list[str] = []
            page.on("console", lambda said: stopped.append(said.text))
            await page.goto(here + link)  # nobody is signed in yet
            await page.get_by_label("Token").fill(site.house.token(Role.OPERATOR).secret)
            await page.get_by_role("button", name="Sign in", exact=True).click()
            await expect(page.locator("body")).to_contain_text(RUN)
            await expect(page.locator("body")).to_contain_text("State Transitions")
            await page.get_by_role("tab", name="User Metadata").click()
            words = page.frame_locator("iframe").first.locator("body")
            await expect(words).to_contain_text("It waits for nobody")
            assert page.url.startswith(here + PREFIX)
            assert not [text for text in stopped if "Content Security Policy" in text]
        finally:
            await context.close()
            server.should_exit = True
            await serving


async def test_without_an_embedded_server_the_page_says_where_to_look(house: House) -> None:
    async with house.browser() as browser:
        await browser.sign_in(house.token(Role.OPERATOR).secret)
        answer = await browser.get(PREFIX)
        assert (answer.status_code, "STANDFAST_LINK" in answer.text) == (404, True)
        assert (await browser.get(RUNS)).status_code == 503


async def test_what_reporters_wrote_is_shown_as_text_alone(site: Site) -> None:
    hostile = (
        "**Wiki** <script>alert(1)</script> ![x](http://a.example/x.png) [y](javascript:alert(1))"
    )
    async with site.house.browser() as stranger:
        assert (await stranger.get(f"{PREFIX}/render")).status_code == 303
    async with signed_in(site, Role.OPERATOR) as browser:
        page = await browser.get(f"{PREFIX}/render", params={"content": hostile, "theme": "dark"})
        assert "<strong>Wiki</strong>" in page.text
        for tag in ("<script", "<img", 'href="javascript'):
            assert tag not in page.text
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "script" not in policy
        assert "frame-ancestors 'self'" in policy
