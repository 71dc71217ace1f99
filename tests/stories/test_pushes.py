"""A page arrives by ntfy, is answered by its button, and the others hear it in its place."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from temporalio.testing import WorkflowEnvironment

from standfast.hosting.links import message_links
from standfast.hosting.settings import Settings
from standfast.incidents.via import Via
from standfast.policy_file.source import PolicySource
from standfast.records.delivery import Progress
from tests.api.conftest import HERE, Api, open_api
from tests.http_sink import HttpSink
from tests.notification.ntfy_server import NtfyServer
from tests.stories.company import write_policy
from tests.stories.desk import open_desk, until

PAIR = ("ana", "ben")


@pytest.fixture
async def api(env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path) -> AsyncIterator[Api]:
    """The service desk, whose pages have links, and its API."""
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    links = message_links(Settings(data_dir=tmp_path, public_url=HERE), "")
    async with (
        open_desk(env, policy, sink, tmp_path, links=links) as desk,
        open_api(desk, public_url=HERE) as api,
    ):
        yield api


async def press(api: Api, button: dict[str, Any]) -> httpx.Response:
    """As the app does that shows the button."""
    return await api.http.request(
        button["method"], button["url"], headers=button["headers"], content=button["body"]
    )


async def test_one_answers_by_the_button_and_the_other_s_page_says_so(api: Api) -> None:
    desk = api.desk
    with NtfyServer() as ntfy:
        urls = {who: {"channels": {"phone": f"ntfy://{ntfy.address}/{who}"}} for who in PAIR}
        desk.amend(people=urls, paging={"P4": [{"page": "tier"}]})
        ticket = await desk.report("Wiki crashed", service="wiki")
        await ticket.told("page_sent", times=2)
        pages = {page["topic"]: page for page in ntfy.came}
        assert pages.keys() == set(PAIR)
        acknowledge = pages["ana"]["actions"][0]
        assert acknowledge["label"] == "Acknowledge"
        assert acknowledge["url"] not in pages["ana"]["message"], "the button is enough"

        answered = await press(api, acknowledge)
        assert answered.status_code == 200
        [entry] = await ticket.entries("acknowledged")
        assert (entry.actor, entry.via) == ("ana", Via.PUSH)
        assert (await press(api, acknowledge)).status_code == 200, "twice does no harm"
        late = await press(api, pages["ben"]["actions"][0])
        assert (late.status_code, "ana has it" in late.text) == (409, True)

        await ticket.told("told")
        shown = [each for each in ntfy.shown.values() if each["topic"] == "ben"]
        assert len(shown) == 1
        assert "ana has it" in f"{shown[0]['title']} {shown[0]['message']}", shown
        assert "actions" not in shown[0]

        async def answered_by() -> set[str]:
            events = desk.records.deliveries.of_incident(ticket.id)
            return {each.recipient for each in events if each.state is Progress.ANSWERED}

        assert await until("the ledger has the answer", answered_by) == {"ana"}


async def test_of_several_channels_the_push_is_what_is_answered_and_replaced(api: Api) -> None:
    desk = api.desk
    with NtfyServer() as ntfy:
        both = {
            who: {
                "channels": {
                    "push": f"ntfy://{ntfy.address}/{who}",
                    "mail": f"json://{desk.sink.address}/{who}",
                }
            }
            for who in PAIR
        }
        steps = [{"page": "tier", "through": name} for name in ("push", "mail")]
        desk.amend(people=both, paging={"P4": steps})
        ticket = await desk.report("Wiki crashed", service="wiki")
        await ticket.told("page_sent", times=4)
        pages = {page["topic"]: page for page in ntfy.came}
        assert (await press(api, pages["ana"]["actions"][0])).status_code == 200

        await ticket.told("told")
        [shown] = [each for each in ntfy.shown.values() if each["topic"] == "ben"]
        assert "ana has it" in shown["title"]
        mails = [each for each in desk.sink.taken if each.path.rstrip("/") == "/ben"]
        assert len(mails) == 1, "the page; the news is told once"

        async def answered() -> list[tuple[str, str]]:
            events = desk.records.deliveries.of_incident(ticket.id)
            return [(e.recipient, e.channel) for e in events if e.state is Progress.ANSWERED]

        assert await until("the ledger has the answer", answered) == [("ana", "push")]
