"""Every way out, by whoever may be on it: which words of incidents get out; and none after erasing.

All addresses that can be read are walked, by the application's own table of them, and all commands
that read. What is new is walked as well, or the test says what it needs to know.
"""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import product
from typing import NamedTuple

import httpx
import pytest
from pypdf import PdfReader
from temporalio.testing import WorkflowEnvironment

from standfast.api.access import Caller
from standfast.api.search import searcher_of
from standfast.api.visible import unreadable
from standfast.commands.app import run as run_command
from standfast.commands.catalogue import ACT, CATALOGUE
from standfast.erasure.erasing import Eraser
from standfast.erasure.retention import Retention
from standfast.incidents.roles import Role
from standfast.lookup.search import search
from standfast.policy.retention import RetentionRules
from standfast.policy_file.source import PolicySource
from standfast.records import tables
from tests.api.conftest import Api, open_api
from tests.api.test_access import endpoints
from tests.commands.every_command import every_command
from tests.console.conftest import visiting
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import open_desk
from tests.stories.reviewing import REVIEWED
from tests.stories.test_encrypted import RING
from tests.web.marked_incidents import (
    Marked,
    Part,
    closes,
    is_added_to,
    is_learned_from,
    is_made_confidential,
    is_reviewed,
    is_used_in,
    reported,
    words_in,
)
from tests.web.serving import served

QUERIES = {
    "/": ("", "?status=closed", "?status=all"),
    "/api/incidents": ("", "?status=closed", "?status=all"),
    "/api/search": ("", "?q=is:closed", "?q=wiki+crashed"),
    "/search": ("", "?q=is:closed", "?q=wiki+crashed"),
    "/api/articles": ("", "?q=qz*", "?state=retired"),
    "/knowledge": ("", "?q=qz*"),
    "/knowledge/new": ("", "?incident={incident_id}&episode=1"),
    "/bulk": ("?action=tag&incident={incident_id}",),
    "/stats": ("", "?by=service"),
    "/stats.csv": ("", "?people=1"),
}
"""What is asked at an address that takes a question; at others nothing."""

NOT_WALKED = {
    "/sign-in": "how one gets in",
    "/openapi.json": "what everybody can read in the source",
    "/sign-in/oidc": "there is no provider; tests/console/oidc/test_oidc.py",
    "/sign-in/oidc/callback": "the same",
    "/confirm/{token}": "the token is the right: tests/console/confirm/test_confirm.py",
    "/p/{token}": "the token is the right of whoever was paged: tests/console/test_page_link.py",
    "/api/mail/{mail_id}": "mail that was set aside is in no incident, and for every responder",
    "/api/mail/{mail_id}/raw": "the same",
    "/mail/{mail_id}": "the same",
    "/api/silences/{silence_id}": "words of the policy; tests/api/test_visible_confidential.py",
    **{
        f"/temporal{path}": "for operators, with a gate of its own: tests/console/temporal_ui"
        for path in ("", "/{path:path}", "/render", "/api/v1/settings", "/api/v1/{path:path}")
    },
}
"""Addresses that are left out, and why."""


READING = {
    "list": ["--status=all"],
    "search": ["wiki crashed"],
    "show": ["{id}", "--json"],
    "explain": ["{id}"],
    "preview": ["{id}"],
    "watch": ["{closed}"],
    "stats": ["--people"],
    "problems": [],
    "article list": [],
    "article show": ["{article}"],
    "article offer": ["{closed}"],
    "article runbook": ["{article}"],
    "problem show": ["{id}"],
    "review list": [],
    "review show": ["{id}"],
    "review export": ["{id}"],
    "oncall": [],
    "views list": [],
    "channels list": [],
    "contact list": [],
    "intake mail list": [],
    "override list": [],
    "silence list": ["--all"],
}
"""Commands that read through the API, and what is typed after them."""

NOT_READING = {
    "acts": "report|views save|views remove|problem link|problem unlink|problem name|channels test|"
    "intake mail open|override add|override swap|override end|contact add|contact verify|"
    "contact code|contact test|contact remove|contact rules|silence add|silence end|review ask|"
    "review write|review assign|review action|review close|review reopen|article write|"
    "article edit|article publish|article retire|article use|article helped",
    "as `search`, with what somebody has named": "views search",
    "raw words of a mail, or a silence: as their addresses": "intake mail show|silence show",
    "on the server's machine, which has everything": "run|doctor|repair|erase|backup|restore|demo|"
    "replay-check|build list|build make-current|build off|build move|policy check|intake test|"
    "intake table|intake stale|runbook list|runbook run|audit list|audit verify|audit export|"
    "token create|token list|token rotate|token revoke|session list|session end|person list|"
    "person bind|person release",
}
"""All other commands, by why they are not tried."""


class Scene(NamedTuple):
    """`plain`, `secret` and `later` have closed. `secret` and `open` are confidential, and rita's.

    later: was made confidential when all was done and told of it.
    again: the next episode of `secret`, which is not confidential.
    """

    api: Api
    plain: Marked
    secret: Marked
    later: Marked
    open: Marked
    again: Marked

    @property
    def incidents(self) -> tuple[Marked, ...]:
        return self.plain, self.secret, self.later, self.open, self.again


class Walker(NamedTuple):
    """Somebody who tries every way out; `may` says which words they may find there."""

    name: str
    role: Role

    def may(self, scene: Scene) -> set[str]:
        found: set[str] = set()
        for marked in scene.incidents:
            works_on_it = self.role.may(Role.RESPONDER) and (
                not marked.confidential or self.name == "ana"
            )
            if works_on_it:
                found |= marked.words
            elif marked.reporter == self.name:
                found |= marked.of(Part.REPORTERS)
        return found


ANA = Walker("ana", Role.RESPONDER)
RITA, RALF = Walker("rita", Role.REPORTER), Walker("ralf", Role.REPORTER)
DORA = Walker("dora", Role.OPERATOR)
"""Of another team: she finds all that every responder finds."""

RITA_AT_WORK = Walker("rita", Role.RESPONDER)
"""Also to who works with incidents, what only their report leads to is shown as to its reporter."""

WALKERS = (ANA, RITA, RALF, DORA)


@pytest.fixture(scope="module")
async def scene(
    env: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    """Of the applications' team, in which are ana and others, but not dora."""
    place = tmp_path_factory.mktemp("ways-out")
    with HttpSink() as sink:
        policy = PolicySource(write_policy(place / "policy.yaml", sink.address, place))
        async with (
            # Encrypted as in service: incidents of others are on this server too, and are listed.
            open_desk(env, policy, sink, place, ring=RING) as desk,
            open_api(desk, policy=policy.path) as api,
        ):
            desk.amend(**REVIEWED)
            plain = await reported(api, "plain", "ralf", confidential=False)
            secret = await reported(api, "secret", "rita", confidential=True, key="crash")
            later = await reported(api, "later", "ralf", confidential=False)
            for each in (plain, secret, later):
                await closes(each)
                await is_added_to(api, each)
                await is_reviewed(api, each)
                await is_learned_from(api, each, published=each is not plain)
            await is_used_in(api, secret, plain)
            await is_used_in(api, later, plain)
            open_ = await reported(api, "open", "rita", confidential=True)
            of_problem = f"/api/problems/{secret.ticket.id}"
            for where, body in (
                (f"{of_problem}/link", {"to": plain.ticket.id}),
                (f"{of_problem}/link", {"to": later.ticket.id}),
                # It is of what is confidential, too.
                (f"{of_problem}/name", {"title": secret.ours("problem")}),
            ):
                done = await api.post(where, body, Role.RESPONDER, name="ana")
                assert done.status_code == 200, done.text
            again = await reported(api, "again", "ralf", confidential=False, key="crash")
            assert again.ticket.id == secret.ticket.id
            await is_made_confidential(api, later)
            api.app.state.leaving.set()  # so that a stream ends
            yield Scene(api, plain, secret, later, open_, again)


def ways_out(scene: Scene) -> Iterator[tuple[str, str]]:
    """Each address that can be read, and the path in the table that it is of."""
    for method, path in endpoints(scene.api.app):
        if method == "GET" and path not in NOT_WALKED:
            for query in QUERIES.get(path, ("",)):
                yield from ((path, where) for where in sorted(addresses(path + query, scene)))
            if "{incident_id}" in path:
                earlier = addresses(path + "?episode=1", scene)
                yield from ((path, where) for where in earlier if scene.secret.ticket.id in where)


def addresses(path: str, scene: Scene) -> set[str]:
    """The path with what there is in place of its parameters."""

    def filled(**values: str) -> str:
        return re.sub(r"{(\w+)}", lambda name: values[name[1]], path)

    try:
        if path.startswith("/static/"):
            return {filled(name="console.css")}
        return {
            filled(
                incident_id=each.ticket.id,
                problem_id=each.ticket.id,
                article_id=each.article,
                name=name,
            )
            for each in scene.incidents
            for name in each.files
            if each.article or "{article_id}" not in path
        }
    except KeyError as unknown:
        pytest.fail(f"{path}: what is {unknown}? Add it here, or say why it is not walked")


def what_is_read(answer: httpx.Response) -> str:
    """The text of an answer; of a PDF that of its pages."""
    if answer.headers.get("content-type") != "application/pdf":
        return answer.text
    document = PdfReader(io.BytesIO(answer.content))
    pages = "\n".join(page.extract_text() for page in document.pages)
    return f"{document.metadata} {pages}"


async def walk(scene: Scene, walker: Walker, may: set[str], under: str = "/") -> set[str]:
    """Try every way out under a path; those that were open. No word comes out but those they may
    read, and each of them does.
    """
    known = {each.ticket.id for each in scene.incidents if each.words & may}
    unknown = {each.ticket.id for each in scene.incidents} - known
    told: set[str] = set()
    opened: set[str] = set()
    async with visiting(scene.api, walker.role, walker.name) as visitor:
        token = scene.api.token(walker.role, walker.name)
        visitor.http.headers["Authorization"] = f"Bearer {token}"
        for path, where in ways_out(scene):
            if not path.startswith(under):
                continue
            answer = await visitor.http.get(where)
            found = words_in(f"{answer.headers} {what_is_read(answer)}")
            assert found <= may, f"{walker.name} reads {found - may} at {where}"
            named = {each for each in unknown if each in answer.text and each not in where}
            assert not named, f"{walker.name} hears of {named} at {where}"
            assert answer.status_code < 500, (where, answer.text)
            if any(each in where for each in unknown):
                assert answer.status_code in (303, 403, 404), (where, answer.status_code)
            told |= found
            if answer.status_code == 200:
                opened.add(path)
    assert told == may, f"{walker.name} finds no way to {may - told}"
    return opened


@pytest.mark.parametrize("walker", WALKERS, ids=lambda walker: walker.name)
async def test_nothing_gets_out_to_whom_it_is_not_for(scene: Scene, walker: Walker) -> None:
    opened = await walk(scene, walker, walker.may(scene))
    if walker == ANA:
        shut = {path for path, _ in ways_out(scene)} - opened
        assert not shut, f"nobody tried what comes out of {shut}: put something there to read"


async def test_who_works_with_incidents_and_reported_one_sees_it_as_its_reporter(
    scene: Scene,
) -> None:
    await walk(scene, RITA_AT_WORK, RITA_AT_WORK.may(scene), under="/api/")


async def test_no_word_finds_what_it_is_hidden_in(scene: Scene) -> None:
    """Whoever searches for what they may not read finds nothing, so nobody can guess it."""
    everything = set().union(*(each.words for each in scene.incidents))
    for walker in (RITA, RALF, DORA, RITA_AT_WORK):
        searcher = searcher_of(Caller(walker.name, walker.role), scene.api.backend)
        for word in sorted(everything - walker.may(scene)):
            page = await search(scene.api.desk.records, word, searcher, 10)
            assert page.incidents == (), f"{walker.name} finds something by {word}"


def test_no_message_says_what_is_not_for_whom_it_goes_to(scene: Scene) -> None:
    of_rita_s = scene.secret.words | scene.open.words
    for sent in scene.api.desk.sink.taken:
        found = words_in(f"{sent.path} {sent.json}")
        if sent.path.strip("/") == "reporter":
            assert not found & {
                word for each in scene.incidents for word in each.of(Part.RESPONDERS)
            }
        else:
            assert not found & of_rita_s, f"{found} goes to {sent.path}"


def test_every_command_is_tried_or_it_is_said_why_not() -> None:
    acting = {listed.name for listed in CATALOGUE if listed.panel == ACT}
    others = {name for names in NOT_READING.values() for name in names.split("|")}
    assert set(every_command()) == acting | others | set(READING)


async def test_no_command_says_what_is_not_for_whoever_types_it(
    scene: Scene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(scene.api) as (_, address):
        monkeypatch.setenv("STANDFAST_URL", address)
        monkeypatch.setenv("COLUMNS", "400")  # a table cuts no word short
        for walker, (command, typed) in product((RITA, DORA), READING.items()):
            monkeypatch.setenv("STANDFAST_TOKEN", scene.api.token(walker.role, walker.name))
            # To watch an open one has no end.
            ids = {
                "id": scene.secret.ticket.id,
                "closed": scene.plain.ticket.id,
                "article": scene.secret.article,
            }
            words = [*command.split(), *(word.format(**ids) for word in typed)]
            code = await asyncio.to_thread(run_command, words)
            said = "".join(capsys.readouterr())
            found = words_in(said)
            print(walker.name, words, code, len(found), said[:80] if code else "")
            assert found <= walker.may(scene), f"{walker.name} is told {found} by {words}"


async def test_what_somebody_may_not_know_of_is_answered_as_what_is_not_there(scene: Scene) -> None:
    """At every address and by every method, so that no answer tells that there is something."""
    different = []
    for walker in (RALF, DORA, Walker("dan", Role.RESPONDER)):
        for method, path, body in requests_about(scene):
            # An incident that is all hidden; and an earlier episode of one that they may know.
            alike = [
                ((scene.open.ticket.id, "1"), ("INC-ZZZZZZZZZZ", "1")),
                ((scene.secret.ticket.id, "1"), (scene.secret.ticket.id, "7")),
            ]
            if walker == DORA:
                alike.append(((scene.later.ticket.id, "1"), ("INC-ZZZZZZZZZZ", "1")))
            for there, not_there in alike:
                if there[0] == not_there[0] and "{episode}" not in path + body:
                    continue
                told = [
                    await answer_about(scene, walker, method, path, body, *each)
                    for each in (there, not_there)
                ]
                if told[0] != told[1]:
                    different.append((walker.name, method, path, body, *told))
    assert not different, "\n".join(map(str, different))


async def test_temporal_s_ui_decrypts_nothing_of_what_is_hidden(scene: Scene) -> None:
    """A run there is of an incident, whichever of its episodes is hidden."""
    ids = {each.ticket.id for each in scene.incidents}
    for walker, hidden in ((DORA, ids - {scene.plain.ticket.id}), (ANA, set())):
        caller = Caller(walker.name, walker.role)
        assert await unreadable(caller, scene.api.backend, ids) == hidden


async def test_a_review_of_an_episode_that_is_hidden_is_not_heard_of(scene: Scene) -> None:
    known = scene.again.ticket.id  # its first episode is hidden, and has a review
    answer = await scene.api.get(f"/api/incidents/{known}/review", Role.OPERATOR, name="dora")
    assert answer.status_code == 404
    assert answer.json()["detail"] == f"{known}, episode 2, has no review"


def requests_about(scene: Scene) -> Iterator[tuple[str, str, str]]:
    """Each request of the API that names an incident, in its address or in its body: its method,
    its path with what is asked, and its body.
    """
    bodies = {
        (method.upper(), path): described["requestBody"]["content"]["application/json"]
        for path, methods in scene.api.app.openapi()["paths"].items()
        for method, described in methods.items()
        if "application/json" in described.get("requestBody", {}).get("content", {})
    }
    for method, path in endpoints(scene.api.app):
        if path.startswith(("/api/incidents/{", "/api/problems/{")):
            content = bodies.get((method, path), {})
            body = json.dumps(content["examples"]["example"]["value"]) if content else ""
            yield method, path, body
            if method == "GET" or "/review" in path:
                yield method, path + "?episode={episode}", body
    plain, it = scene.plain.ticket.id, "{incident_id}"
    for path, fields in (
        (f"/api/incidents/{scene.again.ticket.id}/link", {"to": it, "relation": "related"}),
        (f"/api/incidents/{scene.again.ticket.id}/merge", {"into": it, "reason": "x"}),
        (f"/api/problems/{plain}/link", {"to": it}),
        (f"/api/problems/{plain}/unlink", {"to": it}),
        ("/api/articles", {"incident_id": it}),
        ("/api/articles", {"incident_id": it, "episode": "{episode}"}),
        (f"/api/articles/{scene.plain.article}/use", {"incident_id": it}),
        (
            f"/api/articles/{scene.plain.article}/use",
            {"incident_id": it, "episode": "{episode}"},
        ),
        ("/api/bulk", {"action": "comment", "incidents": [it], "fields": {"text": "x"}}),
        (
            "/api/bulk",
            {"action": "tag", "incidents": [it + ":{episode}"], "fields": {"tag": "x"}},
        ),
        ("/api/bulk", {"action": "acknowledge", "incidents": [it], "fields": {}}),
    ):
        yield "POST", path, json.dumps(fields)


async def answer_about(
    scene: Scene,
    walker: Walker,
    method: str,
    path: str,
    body: str,
    incident_id: str,
    episode: str,
) -> tuple[int, str]:
    """What is answered, without what was asked for."""
    values = {
        "incident_id": incident_id,
        "episode": episode,
        "name": scene.open.files[0],
        "section": "impact",
    }

    def filled(text: str) -> str:
        text = text.replace('"{episode}"', episode)
        return re.sub(r"{(\w+)}", lambda name: values[name[1]], text)

    answer = await scene.api.call(
        method,
        filled(path),
        walker.role,
        name=walker.name,
        content=filled(body),
        headers={"Content-Type": "application/json"} if body else {},
    )
    said = answer.text.replace(incident_id, "it")
    return answer.status_code, re.sub(rf"(episode |it:){episode}\b", r"\1N", said)


async def test_by_team_nothing_gets_out_to_another_team(scene: Scene) -> None:
    scene.api.desk.amend(access={"responders_see": "own_team"})
    await walk(scene, Walker("dan", Role.RESPONDER), set())


def places(scene: Scene) -> set[str]:
    """The tables, also of the full text, and the files that have a word of an incident."""
    desk, found = scene.api.desk, set()
    with desk.records._database.reading() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'")
        there = set(names.scalars())
        assert there > set(tables.metadata.tables)
        for name in there:
            rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"')
            if any(words_in(str(tuple(row))) for row in rows):
                found.add(name)
    for file in desk.place.rglob("*"):
        if file.is_file() and words_in(file.read_bytes().decode("latin-1")):
            found.add(file.name)
    return found


async def test_after_retention_nothing_is_left_anywhere(scene: Scene) -> None:
    for each in (scene.open, scene.again):
        await each.ticket.act("withdraw", by=each.reporter)
        await each.ticket.closes()
    desk, records = scene.api.desk, scene.api.desk.records
    assert places(scene) >= {"incidents", "indexed_incidents", "record_additions", "records.db-wal"}
    eraser = Eraser(desk.client, records, desk.place / "attachments", timedelta())
    rules = RetentionRules().model_copy(update={"records": timedelta(microseconds=1)})
    policy = desk.policy.current().model_copy(update={"retention": rules})
    removed = await Retention(lambda: policy, records, eraser, None).purge()
    assert removed == "retention removed 4 incidents"
    records.erasing.tidy()
    assert places(scene) == set()
    await walk(scene, Walker("root", Role.ADMINISTRATOR), set())
