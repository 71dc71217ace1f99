"""The OpenAPI document is made beside all else."""

import asyncio

from fastapi import FastAPI

from standfast.web.openapi import OpenApi


async def test_others_have_their_turn_while_it_is_made() -> None:
    app = FastAPI(openapi_url=None)
    for number in range(30):
        app.add_api_route(f"/{number}", lambda: None)
    openapi = OpenApi(app)
    asked = asyncio.gather(openapi.answer(), openapi.answer())
    turns = 0
    while not asked.done():
        turns += 1
        await asyncio.sleep(0)
    first, second = asked.result()
    assert turns > 5
    assert first.body == second.body
    assert b'"/29"' in first.body
