"""Views through the API: named, listed by whom they are shared with, removed."""

from pathlib import Path

from standfast.incidents.roles import Role
from tests.console.house import House, open_house


async def test_a_view_is_named_shared_and_removed(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as anybody:
        http = anybody.http
        ana, ben = headers(house, "ana"), headers(house, "ben")
        omar = headers(house, "omar", Role.OPERATOR)
        body = {"name": "Zoo", "query": "service:zoo", "team": "service-desk"}
        first = await http.put("/api/views", json=body, headers=ana)
        again = await http.put("/api/views", json=body, headers=ana)
        assert (first.status_code, first.json()) == (200, again.json())
        assert first.json()["owner"] == "ana"

        [shared] = (await http.get("/api/views", headers=ben)).json()
        assert shared == first.json()
        assert (await http.get("/api/views", headers=omar)).json() == []
        of_ana = await http.get("/api/views", params={"by": "ana"}, headers=omar)
        assert of_ana.json() == [shared]
        assert (await http.get("/api/views?by=ana", headers=ben)).status_code == 403

        for wrong, says in (
            ({"name": "Zoo", "query": "servise:zoo"}, "query: "),
            ({"name": "Zoo", "team": "data"}, "team: ana is not in the team data"),
            ({"name": "x" * 61}, "at most 60"),
            ({"query": "zoo"}, "name: is missing"),
        ):
            refused = await http.put("/api/views", json=wrong, headers=ana)
            assert (refused.status_code, says in refused.text) == (422, True), refused.text
        assert (await http.delete("/api/views?name=zoo", headers=ben)).status_code == 404
        everybody = {"shared": "true"}
        assert (await http.get("/api/views", params=everybody, headers=ben)).status_code == 403
        assert (await http.get("/api/views", params=everybody, headers=omar)).json() == [shared]
        removed = await http.delete("/api/views?name=ZOO", headers=ana)
        assert removed.json() == shared
        assert (await http.delete("/api/views?name=zoo", headers=ana)).status_code == 404
        await http.put("/api/views", json=body | {"by": "ana"}, headers=omar)
        told = [
            (each.kind, each.by, each.behalf, each.origin, each.subject, each.detail)
            for each in house.records.audit.newest(9)
            if each.kind.startswith("view_")
        ]
        here, with_desk = "127.0.0.1", "with service-desk"
        assert told == [
            ("view_shared", "omar", "ana", here, "Zoo", with_desk),
            ("view_removed", "ana", "", here, "Zoo", f"it was shared {with_desk}"),
            *[("view_shared", "ana", "", here, "Zoo", with_desk)] * 2,
        ]


def headers(house: House, name: str, role: Role = Role.RESPONDER) -> dict[str, str]:
    return {"Authorization": f"Bearer {house.token(role, name).secret}"}
