"""How often a client may try what only few may, and that nobody else has to wait for it."""

from pathlib import Path

from standfast.api.access import UNKNOWN_TOKENS
from tests.console.house import open_house


async def test_wrong_tokens_have_to_wait_and_right_ones_never_do(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        wrong = {"Authorization": "Bearer sft_wrong"}
        statuses = [
            (await browser.get("/api/incidents/INC-AAAAAAAAAA", headers=wrong)).status_code
            for _ in range(UNKNOWN_TOKENS.most + 5)
        ]
        assert statuses == [401] * UNKNOWN_TOKENS.most + [429] * 5
        right = {"Authorization": f"Bearer {house.token().secret}"}
        answer = await browser.get("/api/incidents/INC-AAAAAAAAAA", headers=right)
        assert answer.status_code not in (401, 403, 429)
