"""A phone with the console installed: pushes, the button on them, and what is stored on it."""

import json
from datetime import UTC, datetime
from typing import Any

from playwright.async_api import Browser, Route, Worker, expect

from standfast.hosting.links import page_links
from standfast.hosting.push_key import push_key
from standfast.incidents.roles import Role
from tests.api.conftest import open_api
from tests.console.conftest import Console, Reader, reading, served
from tests.console.looking import nothing_serious
from tests.http_sink import HttpSink
from tests.notification.push_browser import PushBrowser
from tests.stories.desk import Desk, until

SUBSCRIBE = """({endpoint, public_key, auth}) => {
  const bytes = (text) => Uint8Array.from(
    atob(text.replaceAll("-", "+").replaceAll("_", "/")), (it) => it.charCodeAt(0)).buffer;
  const subscription = {
    endpoint,
    getKey: (name) => bytes(name === "auth" ? auth : public_key),
    unsubscribe: async () => true,
  };
  Notification.requestPermission = async () => "granted";
  PushManager.prototype.subscribe = async () => subscription;
  PushManager.prototype.getSubscription = async () => subscription;
}"""
"""What the push service of the browser's maker does, which cannot be reached from a test."""


async def test_a_push_is_answered_by_its_button_and_replaced_by_what_comes_later(
    desk: Desk, chromium: Browser
) -> None:
    with HttpSink(201) as service:
        origin = f"http://{service.address}"
        async with (
            open_api(desk, push_services=origin) as api,
            served(api) as console,
            reading(
                chromium, console, Role.RESPONDER, "ana", width=360, service_workers=True
            ) as ana,
        ):
            phone = PushBrowser(origin, push_key(api.backend.settings))
            await adds(ana, phone)
            [push] = service.wait_for(1)
            assert phone.opens(push)["title"] == "Standfast: a test"

            ticket = await desk.report("Wiki crashed", service="wiki")
            await ticket.reaches_resolve()
            links = page_links(api.backend.settings)
            link = f"/p/{links.token(ticket.id, 1, 'ana', datetime.now(UTC))}"
            page = {"title": "P1: wiki", "body": "all of it", "tag": "wiki", "stays": True}
            page |= {"opens": link, "answers": link}
            worker = await delivers(ana, page)
            assert await shown(worker) == [("P1: wiki", "all of it", ["acknowledge"])]
            # Tapped twice: the second one hears what the first one did.
            await taps(worker, "acknowledge")
            [(_, first, buttons)] = await shown(worker, "wiki", "all of it")
            assert (first, buttons) == ("You have it: paging has stopped.", [])
            acknowledged = await ticket.told("acknowledged")
            assert (acknowledged[0].actor, len(acknowledged)) == ("ana", 1)
            await delivers(ana, page)
            await taps(worker, "acknowledge")
            [(_, again, _)] = await shown(worker, "wiki", "all of it")
            assert "You have it already" in again
            # What comes later takes the same place.
            news = {"title": "ana has it", "body": "40 s ago", "tag": "wiki", "quiet": True}
            await delivers(ana, news)
            assert await shown(worker) == [("ana has it", "40 s ago", [])]

            # Forged, and to somebody else's server: nothing is sent there, and it is said.
            await delivers(ana, page | {"answers": f"{origin}/p/x", "tag": "forged"})
            await taps(worker, "acknowledge", "forged")
            [(_, words, _)] = await shown(worker, "forged", "all of it")
            assert words == "It is not acknowledged. Tap to see it."
            assert len(service.requests) == 1


async def test_only_the_shell_is_stored_and_signing_out_removes_it(
    console: Console, chromium: Browser
) -> None:
    ticket = await console.desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    async with reading(
        chromium, console, Role.RESPONDER, "ana", width=360, service_workers=True
    ) as ana:
        await ana.opens("/my-pages")
        await nothing_serious(ana.page)
        await ana.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await ana.opens("/devices")
        await nothing_serious(ana.page)
        assert await ana.is_as_wide_as_the_window()
        await ana.opens(f"/incidents/{ticket.id}")
        await ana.page.get_by_role("button", name="Acknowledge", exact=True).click()
        await expect(ana.page.get_by_role("status")).to_contain_text("assigned to you")
        stored = await ana.page.evaluate(STORED)
        assert "/offline" in stored
        assert all(path == "/offline" or path.startswith("/static/") for path in stored)
        complaints = list(ana.complaints)
        assert complaints == []
        await ana.context.set_offline(True)
        await ana.opens(f"/incidents/{ticket.id}")
        await expect(ana.page.get_by_role("heading", level=1)).to_have_text(
            "Standfast cannot be reached"
        )
        await nothing_serious(ana.page)
        assert "Wiki" not in await ana.page.content()
        await ana.context.set_offline(False)
        await ana.context.grant_permissions(["notifications"], origin=ana.address)
        await ana.opens("/my-pages")
        await delivers(ana, {"title": "P1: wiki", "body": "crashed", "tag": "wiki"})
        worker = ana.context.service_workers[0]
        still_shown: list[int] = []

        async def signing_out(route: Route) -> None:
            shown = "self.registration.getNotifications().then((all) => all.length)"
            still_shown.append(await worker.evaluate(shown))
            await route.continue_()

        await ana.page.route("**/sign-out", signing_out)
        await ana.page.get_by_role("button", name="Sign out").click()
        await ana.page.wait_for_url(lambda url: "/sign-in" in url)
        assert still_shown == [0], "nothing of an incident stays on the lock screen"
        assert await ana.page.evaluate(STORED) == []
        workers = "navigator.serviceWorker.getRegistrations().then((found) => found.length)"
        assert await ana.page.evaluate(workers) == 0


STORED = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) found.push(new URL(request.url).pathname);
  }
  return found;
}"""


async def adds(reader: Reader, phone: PushBrowser) -> None:
    """Add this browser by the page for it, and send it a test."""
    endpoint, public_key, auth, _ = phone.subscription
    given = {"endpoint": endpoint, "public_key": public_key, "auth": auth}
    await reader.context.grant_permissions(["notifications"], origin=reader.address)
    await reader.context.add_init_script(f"({SUBSCRIBE})({json.dumps(given)})")
    await reader.opens("/devices")
    await reader.page.get_by_role("button", name="Get pages on this device").click()
    await expect(reader.page.get_by_text("This device gets pages.", exact=True)).to_be_visible()
    await reader.page.get_by_role("button", name="Send a test").click()
    await expect(reader.page.get_by_text("it is on its way to the device")).to_be_visible()
    assert reader.complaints == []


async def delivers(reader: Reader, told: dict[str, Any]) -> Worker:
    """What the push service would: give the service worker a message."""
    await reader.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    worker = reader.context.service_workers[0]
    await worker.evaluate(
        """(text) => self.dispatchEvent(new PushEvent("push", { data: text }))""",
        json.dumps(told),
    )

    async def is_shown() -> bool:
        listed = await worker.evaluate(
            """(tag) => self.registration.getNotifications({ tag }).then((all) =>
              all.map((it) => it.body))""",
            told["tag"],
        )
        return bool(listed == [told["body"]])

    await until(f"{told['title']} is shown", is_shown)
    return worker


async def taps(worker: Worker, action: str, tag: str = "wiki") -> None:
    """Tap on a button of a notification."""
    await worker.evaluate(
        """async ({ action, tag }) => {
          const [notification] = await self.registration.getNotifications({ tag });
          self.dispatchEvent(new NotificationEvent("notificationclick", { notification, action }));
        }""",
        {"action": action, "tag": tag},
    )


async def shown(
    worker: Worker, tag: str = "", not_yet: str = ""
) -> list[tuple[str, str, list[str]]]:
    """The notifications: title, text and buttons; once that of this tag says something else."""

    async def found() -> list[tuple[str, str, list[str]]] | None:
        listed = await worker.evaluate(
            """(tag) => self.registration.getNotifications(tag ? { tag } : {}).then((all) =>
              all.map((it) => [it.title, it.body, it.actions.map((each) => each.action)]))""",
            tag,
        )
        told = [(title, body, actions) for title, body, actions in listed]
        return told if told and all(body != not_yet for _, body, _ in told) else None

    return await until("a notification is shown", found)
