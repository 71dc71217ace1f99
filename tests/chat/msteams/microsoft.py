"""A little Microsoft on loopback, after the documents of its Bot Connector, sign-in and Graph.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

import functools
import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey
from microsoft_teams.api.activities.message import MessageActivityInput

from tests.chat.kill import Kill
from tests.chat.msteams.messages import APP, CHANNEL, Said, as_graph
from tests.local_server import Handler, LocalServer

TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47"
OTHER_TENANT = "00000000-1111-2222-3333-444444444444"
TEAM = "fe093c55-9c1a-4c4f-8d66-04a1ea3c9d1b"
SECRET = "very~secret"
ISSUER = "https://api.botframework.com"

_MEMBERS = re.compile(r"/v3/conversations/([^/]+)/(?:members/([^/]+)|pagedMembers)")
_ACTIVITIES = re.compile(r"/v3/conversations/([^/]+)/activities(?:/([^/]+))?")
_GRAPH = re.compile(r"/v1.0/teams/([^/]+)/channels/([^/]+)/messages(?:/([^/]+)/replies)?")
_CHANNELS = re.compile(r"/v1.0/teams/([^/]+)/channels(?:/([^/]+)(?:/archive)?)?")


@dataclass
class Trouble:
    """How the next calls that fit go wrong. does: it is done, and only the answer is bad."""

    path: str
    status: int
    times: int = 1
    does: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)


class Microsoft(LocalServer):
    """Knows one bot and one tenant. `members` are those of every channel."""

    def __init__(self) -> None:
        self.said: list[Said] = []
        self.asked: list[tuple[str, str]] = []
        self.members: dict[str, dict[str, Any]] = {}
        self.troubles: list[Trouble] = []
        self.tokens: list[str] = []
        self.good_tokens: set[str] = set()
        self.keys = {"one": key("one")}
        self.endorsements = ["msteams", "webchat"]
        self.graph_refuses = False
        self.kill: Kill | None = None
        self.channels: dict[str, dict[str, Any]] = {}
        self._ids = count(int(time.time() * 1000))
        super().__init__(self._handler())

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def service_url(self) -> str:
        """As activities name it: with the tenant's region behind it."""
        return f"{self.url}/emea/"

    def add(self, name: str, address: str, **more: Any) -> str:
        """A member of the tenant; their id, as activities name them."""
        user = f"29:{name}"
        self.members[user] = {
            "id": user,
            "aadObjectId": f"aad-{name}",
            "name": name.title(),
            "email": address,
            "userPrincipalName": address,
            "tenantId": TENANT,
            "userRole": "user",
        } | more
        return user

    def posts(self, channel: str = CHANNEL) -> list[Said]:
        """Messages of the bot in a channel, without the replies."""
        return [each for each in self.said if each.conversation == channel]

    def replies(self, message: str, channel: str = CHANNEL) -> list[Said]:
        there = f"{channel};messageid={message}"
        return [each for each in self.said if each.conversation == there]

    def told(self, user: str) -> list[str]:
        """What the bot wrote to one person."""
        return [each.text for each in self.said if each.conversation == f"a:{user}"]

    def say(self, conversation: str, message: MessageActivityInput) -> Said:
        """As if the bot had sent it."""
        return self._say(conversation, message.model_dump(by_alias=True, exclude_none=True))

    def write(self, message: str, user: str, text: str) -> Said:
        """A person writes into a thread; Graph shows it, and the activity is the test's to send."""
        said = self._say(f"{CHANNEL};messageid={message}", {"text": text})
        said.by = user
        return said

    def authorization(self, *, signed_by: str = "one", **claims: Any) -> dict[str, str]:
        """The header of a request of the connector; `claims` are laid over its own."""
        now = int(time.time())
        told = {
            "iss": ISSUER,
            "aud": APP,
            "nbf": now - 300,
            "exp": now + 3600,
            "serviceurl": self.service_url,
        } | claims
        token = jwt.encode(
            {"alg": "RS256", "kid": "one" if signed_by == "forger" else signed_by},
            {name: value for name, value in told.items() if value is not None},
            key("two" if signed_by == "forger" else signed_by),
        )
        return {"Authorization": f"Bearer {token}"}

    def activity(self, user: str, **more: Any) -> dict[str, Any]:
        """An activity as Teams sends it, of somebody in the channel."""
        number = next(self._ids)
        return {
            "type": "message",
            "id": str(number),
            "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z",
            "serviceUrl": self.service_url,
            "channelId": "msteams",
            "from": {"id": user, "name": user, "aadObjectId": f"aad-{user[3:]}"},
            "conversation": {
                "isGroup": True,
                "conversationType": "channel",
                "tenantId": TENANT,
                "id": CHANNEL,
            },
            "recipient": {"id": f"28:{APP}", "name": "Standfast"},
            "entities": [{"type": "clientInfo", "locale": "en-GB", "platform": "iOS"}],
            "channelData": {
                "teamsChannelId": CHANNEL,
                "teamsTeamId": "19:team@thread.tacv2",
                "channel": {"id": CHANNEL},
                "team": {"id": "19:team@thread.tacv2"},
                "tenant": {"id": TENANT},
            },
        } | more

    def reply_activity(self, said: Said, **more: Any) -> dict[str, Any]:
        """What the connector tells of a reply that somebody wrote."""
        made = self.activity(said.by, id=said.id, text=said.activity["text"], textFormat="plain")
        made["conversation"]["id"] = said.conversation
        return made | more

    def press(self, said: Said, user: str, label: str, answer: str = "") -> dict[str, Any]:
        """What the connector tells when somebody presses a button of a message."""
        button = next(each for each in said.card["actions"] if each["title"] == label)
        if button["type"] == "Action.ShowCard":
            assert answer, "this button asks something first"
            (field_,), (button,) = button["card"]["body"], button["card"]["actions"]
            button["data"] = button["data"] | {field_["id"]: answer}
        assert button["type"] == "Action.Execute"
        made = self.activity(
            user,
            type="invoke",
            id=f"f:{next(self._ids)}",
            name="adaptiveCard/action",
            replyToId=said.id,
            value={
                "action": {
                    "type": "Action.Execute",
                    "title": label,
                    "verb": button["verb"],
                    "data": button["data"],
                },
                "trigger": "manual",
            },
        )
        made["conversation"]["id"] = f"{said.conversation};messageid={said.id}"
        return made

    def _say(self, conversation: str, activity: dict[str, Any]) -> Said:
        said = Said(str(next(self._ids)), conversation, activity, datetime.now(UTC))
        self.said.append(said)
        return said

    def _answer(
        self, method: str, path: str, query: dict[str, str], body: Any, token: str
    ) -> tuple[int, Any]:
        if method == "GET" and path == "/v1/.well-known/openidconfiguration":
            return 200, {"issuer": ISSUER, "jwks_uri": f"{self.url}/v1/.well-known/keys"}
        if method == "GET" and path == "/v1/.well-known/keys":
            told = [each.as_dict(private=False) for each in self.keys.values()]
            return 200, {"keys": [{**each, "endorsements": self.endorsements} for each in told]}
        if method == "POST" and path == f"/{TENANT}/oauth2/v2.0/token":
            return self._token(body)
        if token not in self.good_tokens:
            return 401, {"error": {"code": "Unauthorized", "message": "Token is not valid"}}
        if path.startswith("/v1.0/"):
            return self._graph(method, path, query, body)
        return self._connector(method, path.removeprefix("/teams"), query, body)

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        if form.get("client_id") != APP or form.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client", "error_description": "AADSTS7000215: secret"}
        assert form["grant_type"] == "client_credentials"
        token = f"token {len(self.tokens) + 1} for {form['scope']}".replace(" ", "-")
        self.tokens.append(token)
        self.good_tokens.add(token)
        return 200, {"token_type": "Bearer", "expires_in": 3599, "access_token": token}

    def _connector(
        self, method: str, path: str, query: dict[str, str], body: Any
    ) -> tuple[int, Any]:
        if method == "POST" and path == "/v3/conversations":
            if not body.get("isGroup"):
                (member,) = body["members"]
                return 201, {"id": f"a:{member['id']}"}
            assert body["tenantId"] == TENANT
            said = self._say(body["channelData"]["channel"]["id"], body["activity"])
            return 201, {"id": f"{said.conversation};messageid={said.id}", "activityId": said.id}
        if found := _MEMBERS.fullmatch(path):
            if found[2] is None:
                return 200, self._page_of_members(query)
            who = unquote(found[2])
            by_id = {each["aadObjectId"]: each for each in self.members.values()} | self.members
            member = by_id.get(who)
            return (200, member) if member else (404, _error("MemberNotFoundInConversation"))
        found = _ACTIVITIES.fullmatch(path)
        assert found, f"{method} {path} is not in the documents"
        conversation, activity = unquote(found[1]), unquote(found[2] or "")
        if method == "POST":
            return 201, {"id": self._say(conversation, body).id}
        known = [each for each in self.said if each.id == activity]
        if not known:
            return 404, _error("ActivityNotFoundInConversation")
        (said,) = known
        if method == "DELETE":
            self.said.remove(said)
            return 200, None
        said.activity, said.edits = body, said.edits + 1
        return 200, {"id": said.id}

    def _page_of_members(self, query: dict[str, str]) -> dict[str, Any]:
        """Two at once, so that there is a next page."""
        everybody = list(self.members.values())
        begin = int(query.get("continuationToken", 0))
        page: dict[str, Any] = {"members": everybody[begin : begin + 2]}
        if begin + 2 < len(everybody):
            page["continuationToken"] = str(begin + 2)
        return page

    def _graph(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if self.graph_refuses:
            return 403, _error("Forbidden", "Missing role permissions on the request")
        if found := _CHANNELS.fullmatch(path):
            assert found[1] == TEAM
            return self._channels(method, unquote(found[2] or ""), query, body)
        found = _GRAPH.fullmatch(path)
        assert found, f"{path} is not in the documents"
        assert found[1] == TEAM
        channel = unquote(found[2])
        said = self.replies(found[3], channel) if found[3] else self.posts(channel)
        most, begin = int(query["$top"]), int(query.get("$skiptoken", 0))
        newest = list(reversed(said))
        page: dict[str, Any] = {"value": [as_graph(each) for each in newest[begin:][:most]]}
        added: dict[str, Any] = {
            "id": "1",
            "messageType": "systemEventMessage",
            "from": None,
            "body": {},
        }
        page["value"].append(added | {"createdDateTime": "2026-01-01T00:00:00Z"})
        if begin + most < len(said):
            more = f"$top={most}&$skiptoken={begin + most}"
            page["@odata.nextLink"] = f"{self.url}{path}?{more}"
        return 200, page

    def _channels(
        self, method: str, channel: str, query: dict[str, str], body: Any
    ) -> tuple[int, Any]:
        if channel:
            known = self.channels.get(channel)
            if known is None:
                return 404, _error("NotFound", "No channel was found")
            if method == "PATCH":
                known |= body
                return 204, None
            if known["isArchived"]:
                return 400, _error("BadRequest", "The channel is already archived")
            known["isArchived"] = True
            return 202, None
        if method == "GET":
            wanted = query["$filter"].removeprefix("displayName eq '").removesuffix("'")
            found = [each for each in self.channels.values() if each["displayName"] == wanted]
            return 200, {"value": found}
        if any(each["displayName"] == body["displayName"] for each in self.channels.values()):
            return 400, _error("BadRequest", "Channel name already existed")
        made = {"id": f"19:{next(self._ids)}@thread.tacv2", "isArchived": False} | body
        self.channels[made["id"]] = made
        return 201, made

    def _handler(microsoft) -> type[Handler]:  # noqa: N805
        class Answering(Handler):
            protocol_version = "HTTP/1.0"

            def _do(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                is_form = "urlencoded" in self.headers.get("Content-Type", "")
                body = _flat(raw.decode()) if is_form else json.loads(raw or b"null")
                microsoft.wait_while_it_hangs()
                microsoft.asked.append((self.command, parts.path))
                kill = microsoft._kill(f"{self.command} {parts.path}", body)
                if kill and kill.when == "before":
                    kill.strike()
                    return
                trouble = microsoft._trouble(f"{self.command} {parts.path}")
                if trouble and not trouble.does:
                    self._tell(trouble.status, trouble.body, trouble.headers)
                    return
                token = self.headers.get("Authorization", "").removeprefix("Bearer ")
                told = microsoft._answer(self.command, parts.path, _flat(parts.query), body, token)
                if kill:
                    kill.strike()
                elif trouble:
                    self._tell(trouble.status, trouble.body, trouble.headers)
                else:
                    self._tell(*told, {})

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815

            def _tell(self, status: int, told: Any, headers: dict[str, str]) -> None:
                body = b"" if told is None else json.dumps(told).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Answering

    def _kill(self, call: str, body: Any) -> Kill | None:
        """What is to die at this call, once."""
        if self.kill is None or not self.kill.is_due_in_teams(call, body):
            return None
        kill, self.kill = self.kill, None
        return kill

    def _trouble(self, asked: str) -> Trouble | None:
        for each in self.troubles:
            if each.times and re.search(each.path, asked):
                each.times -= 1
                return each
        return None


@functools.cache
def key(name: str) -> RSAKey:
    """Made once: that takes a while."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})


def later(seconds: int) -> str:
    """The timestamp of an activity that long from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def _error(code: str, message: str = "") -> dict[str, Any]:
    return {"error": {"code": code, "message": message or code}}


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
