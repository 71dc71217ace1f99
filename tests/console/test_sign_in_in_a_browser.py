"""Signing in and out in Chromium, which sends along what no test would think of."""

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from standfast.incidents.roles import Role
from standfast.records.people import Subject
from standfast.web.server import Server
from tests.console.house import open_house
from tests.console.provider import CLIENT, SECRET, Provider


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
async def test_by_token_by_provider_and_out_again(
    tmp_path: Path, chromium: Browser, scripts: bool
) -> None:
    with Provider() as provider, socket.create_server(("127.0.0.1", 0)) as listener:
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
        settings: dict[str, Any] = {
            "public_url": here,
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SECRET,
            "oidc_roles": "sre=operator",
        }
        context = await chromium.new_context(java_script_enabled=scripts)
        async with open_house(tmp_path, **settings) as house:
            server = Server(house.app)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                page = await context.new_page()
                await page.goto(f"{here}/inside")
                await page.get_by_label("Token").fill("sft_wrong")
                await page.get_by_role("button", name="Sign in", exact=True).click()
                await expect(page.get_by_role("alert")).to_contain_text("This token is not known")
                await page.get_by_label("Token").fill(house.token(Role.RESPONDER).secret)
                await page.get_by_role("button", name="Sign in", exact=True).click()
                await expect(page.locator("body")).to_contain_text("ana is a responder")

                await page.goto(f"{here}/report")
                await page.get_by_role("button", name="Sign out").click()
                await page.goto(f"{here}/inside")
                await page.get_by_role("link", name="Sign in with your account").click()
                await expect(page.get_by_role("alert")).to_contain_text("a token has it")
                who = Subject(issuer=provider.issuer, subject="248289761001")
                house.records.people.bind("ana", who, datetime.now(UTC))
                await page.goto(f"{here}/inside")
                await page.get_by_role("link", name="Sign in with your account").click()
                await expect(page.locator("body")).to_contain_text("ana is a operator")
            finally:
                await context.close()
                server.should_exit = True
                await serving
