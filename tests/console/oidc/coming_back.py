"""From the sign-in page to the provider and back, as a browser goes."""

from typing import Any

import httpx

from tests.console.house import HERE, Browser
from tests.console.provider import CLIENT, SECRET, Provider


def settings_of(provider: Provider, **more: Any) -> dict[str, Any]:
    return {
        "public_url": HERE,
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_roles": "sre=operator, helpdesk=responder",
    } | more


async def go_to_provider(browser: Browser, back: str = "/inside") -> str:
    """From the page to the provider and back: the address that the provider sends to."""
    page = await browser.get("/sign-in", params={"next": back})
    assert "Sign in with your account" in page.text
    pending = await browser.get("/sign-in/oidc", params={"next": back})
    assert pending.status_code == 303, pending.text
    async with httpx.AsyncClient() as http:
        sent_back = await http.get(pending.headers["Location"])
    address: str = sent_back.headers["Location"]
    return address


async def come_back(browser: Browser, back: str = "/inside") -> httpx.Response:
    return await browser.get(await go_to_provider(browser, back))
