"""Articles through the API: what is asked, what is refused, and what reporters get."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from standfast.incidents.roles import Role
from tests.console.house import House, open_house
from tests.console.test_article_pages import ONE, SECRET, TWO, OnRecord, fill, small

Answer = tuple[int, Any]


class Api:
    """Calls as somebody with a token."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, **query: Any) -> Answer:
        answer = await self.http.get(f"/api{path}", params=query)
        return answer.status_code, answer.json()

    async def post(self, path: str, **body: Any) -> Answer:
        answer = await self.http.post(f"/api{path}", json=body)
        return answer.status_code, answer.json()


@asynccontextmanager
async def somebody(house: House, role: Role, name: str) -> AsyncIterator[Api]:
    async with house.browser() as browser:
        secret = house.token(role, name).secret
        browser.http.headers["Authorization"] = f"Bearer {secret}"
        yield Api(browser.http)


async def test_articles_through_the_api(tmp_path: Path) -> None:
    async with (
        open_house(tmp_path, policy=small(tmp_path), knows=OnRecord(tmp_path)) as house,
        somebody(house, Role.RESPONDER, "ana") as ana,
        somebody(house, Role.REPORTER, "mia") as mia,
    ):
        fill(house)
        code, offered = await ana.get(f"/incidents/{ONE}/articles")
        assert (code, offered["articles"]) == (200, [])
        assert offered["offered"]["fix"] == "Renewed it"
        assert (await ana.get(f"/incidents/{SECRET}/articles"))[0] == 404

        code, draft = await ana.post("/articles", incident_id=ONE, for_reporters=True)
        article = draft["article_id"]
        assert (code, draft["state"], draft["written_by"]) == (201, "draft", "ana")
        assert draft["rate"] == {"worked": 1, "of": 1}
        code, told = await ana.post("/articles", incident_id=ONE, by="ben")
        assert (code, "cannot act for ben" in told["detail"]) == (403, True)
        assert (await ana.post("/articles", title=""))[0] == 422
        assert (await ana.post("/articles", titel="x"))[1]["detail"] == (
            "titel: there is no such field; did you mean title?"
        )

        code, edited = await ana.post(f"/articles/{article}/edit", fix="certbot", version=1)
        assert (code, edited["version"], edited["text"]["fix"]) == (200, 2, "certbot")
        code, told = await ana.post(f"/articles/{article}/edit", fix="x", version=1)
        assert (code, "since version 1" in told["detail"]) == (409, True)
        assert (await ana.post(f"/articles/{article}/publish", version=7))[0] == 404
        assert (await ana.post(f"/articles/{article}/publish", version=10**40))[0] == 422
        assert (await mia.get(f"/articles/{article}"))[0] == 404
        assert (await ana.post(f"/articles/{article}/publish"))[1]["published"] == 2

        used = await ana.post(f"/articles/{article.lower()}/use", incident_id=TWO)
        assert used[1]["rate"] == {"worked": 2, "of": 2}
        undone = await ana.post(f"/articles/{article}/use", incident_id=TWO, undo=True)
        assert undone[1]["rate"] == {"worked": 1, "of": 1}
        assert (await ana.post(f"/articles/{article}/use", incident_id=TWO, undo=True))[0] == 409
        assert (await ana.post(f"/articles/{article}/use", incident_id=SECRET))[0] == 404

        code, hers = await mia.get("/articles", q="certbot")
        [one] = hers["articles"]
        assert (one["article_id"], one["text"]["fix"]) == (article, "certbot")
        for name in ("written_by", "incident_id", "team", "reviewed_by"):
            assert one[name] == "", name
        assert (one["rate"], one["text"]["cause"]) == ({"worked": 0, "of": 0}, "")
        code, hers = await mia.get(f"/articles/{article}")
        assert (hers["versions"], hers["uses"], hers["written_at"]) == ([], [], None)

        for key in ("one", "one", "two"):
            mia.http.headers["Idempotency-Key"] = key
            code, hers = await mia.post(f"/articles/{article}/helped")
            assert (code, hers["helped"], hers["uses"]) == (200, 0, [])  # how often is for others
        assert (await ana.get(f"/articles/{article}"))[1]["helped"] == 2
        assert (await mia.post("/articles/KB-AAAAAA/helped"))[0] == 404

        code, page = await ana.get("/articles", limit=1)
        assert (len(page["articles"]), page["next"]) == (1, None)
        await ana.post("/articles", title="Another")
        code, page = await ana.get("/articles", limit=1)
        assert page["articles"][0]["text"]["title"] == "Another"
        code, rest = await ana.get("/articles", limit=1, page=page["next"])
        assert [each["article_id"] for each in rest["articles"]] == [article]
        assert (await ana.get("/articles", q="x", page=page["next"]))[0] == 422
        code, retired = await ana.post(f"/articles/{article}/retire", reason="Over")
        assert (retired["state"], retired["retired_because"]) == ("retired", "Over")
        assert (await mia.get("/articles"))[1]["articles"] == []
        assert (await ana.get("/articles/KB-1"))[0] == 404
