"""People and programs who report and act while things break, and note what they were told.

Whoever gets no answer sends it again, as docs/api.md asks; under the same key where there is one.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
from temporalio.client import (
    Client,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.service import RPCError

from benchmarks.faults.evidence import Accepted, Done, Told
from benchmarks.faults.installation import MONITOR, MONITORED, Installation
from benchmarks.faults.plan import Door, Errand, Plan
from benchmarks.processes import REPOSITORY
from standfast.encryption.errors import KeyUnavailable
from standfast.incidents.actions import ActionResult
from standfast.incidents.record import IncidentView
from standfast.mail.threading import SOURCE as MAIL
from tests.durability.cases import EVENT, REPORTER, Step

_REPORTERS_OF_SHARED = 3
_ANSWER_WITHIN = 9.0
_AGAIN_AFTER = 0.4
_LOOKS_EVERY = 0.8
_FIRES_FOR = 3.0
"""Seconds between a monitor's alert and its recovery."""

_NO_ANSWER = (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError, RPCError)
"""To an update."""

_UNCLEAR = -1
"""What stands for the status of a request without an answer."""


class Load:
    """Everybody who reports and acts in a run; `told` is what they know."""

    def __init__(self, there: Installation, client: Client, plan: Plan) -> None:
        self.told = Told()
        self.open: dict[str, str] = {}
        self._there = there
        self._client = client
        self._plan = plan
        limits = httpx.Limits(max_connections=100)
        self._http = httpx.AsyncClient(
            base_url=there.api_url, timeout=_ANSWER_WITHIN, limits=limits
        )
        self._desk = {"Authorization": f"Bearer {there.desk}"}
        self._operator = {"Authorization": f"Bearer {there.operator}"}

    async def goes_on(self) -> None:
        """All errands, each until its incident is closed."""
        async with asyncio.TaskGroup() as group:
            for errand in self._plan.errands:
                group.create_task(self._run(errand))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def probe(self, number: int) -> str:
        """Report something until it is taken; its incident. `withdraw` it afterwards."""
        matter = f"probe-{number}"
        body = {"title": f"Wiki crashed {matter}", "service": "wiki", "reporter": REPORTER}
        return await self._report(matter, body)

    async def withdraw(self, incident: str) -> None:
        """Close a probe."""
        while not await self._is_closed(incident):
            body = {"by": REPORTER, "reason": "it was a probe"}
            await self._post(f"/api/incidents/{incident}/withdraw", json=body)
            await asyncio.sleep(_AGAIN_AFTER)

    async def _run(self, errand: Errand) -> None:
        await asyncio.sleep(errand.at)
        matter = f"matter-{errand.number}"
        doors: dict[Door, Callable[[Errand, str], Any]] = {
            Door.API: self._by_api,
            Door.COMMAND: self._by_command,
            Door.MAIL: self._by_mail,
            Door.WEBHOOK: self._by_webhook,
            Door.SHARED: self._by_many,
        }
        incident = await doors[errand.door](errand, matter)
        if incident:
            await self._live_through(incident, errand)

    async def _by_api(self, errand: Errand, matter: str) -> str:
        body = _report_of(errand, matter)
        return await self._report(matter, body, again=errand.again)

    async def _by_command(self, errand: Errand, matter: str) -> str:
        """`standfast report`, whose answer is its exit code; without one nobody reports again."""
        body = _report_of(errand, matter)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "starter.py", "report", "--file", "-", "--json"),
            cwd=REPOSITORY,
            env=self._there.variables,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self.told.sent[matter] += 1
        said, _ = await process.communicate(json.dumps(body).encode())
        if process.returncode:
            self.told.troubles["a command failed"] += 1
            return ""
        answer = json.loads(said)
        (result,) = answer if isinstance(answer, list) else (answer,)
        self.told.accepted.append(Accepted(matter, result["incident_id"]))
        return str(result["incident_id"])

    async def _by_mail(self, errand: Errand, matter: str) -> str:
        title = f"{errand.behaviour.report['title']} {matter}"
        raw = (
            f"From: {REPORTER}\r\nTo: help@crashville.example\r\nSubject: {title}\r\n"
            f"Message-ID: <{self._plan.seed}-{matter}@crashville.example>\r\n\r\n"
            "Nothing opens any more.\r\n"
        ).encode()
        headers = {"Authorization": f"Bearer {self._there.keys[MAIL]}"}
        incident = ""
        self.told.sent[matter] += 1
        for delivery in range(2 if errand.again else 1):
            answer = await self._until_taken(matter, "/intake/email", content=raw, headers=headers)
            named = str(answer.get("incident_id") or "")
            if delivery:
                self.told.tried["same mail again"] += 1
            if named:
                incident = named
                self._note(matter, named, again=delivery > 0)
            else:
                self.told.troubles[f"mail: {answer.get('reason')}"] += 1
        return incident

    async def _by_webhook(self, errand: Errand, matter: str) -> str:
        """An alert fires, and recovers; the incident resolves by that alone."""
        incident = ""
        for status in ("firing", "resolved"):
            body = {
                "key": f"{self._plan.seed}-{matter}",
                "status": status,
                "title": f"App of the database is slow {matter}",
                "service": MONITORED,
            }
            headers = {
                "Authorization": f"Bearer {self._there.keys[MONITOR]}",
                "webhook-id": f"{matter}-{status}",
            }
            if status == "firing":
                self.told.sent[matter] += 1
            for delivery in range(2 if errand.again else 1):
                answer = await self._until_taken(
                    matter, f"/intake/{MONITOR}", json=body, headers=headers
                )
                if delivery:
                    self.told.tried["same webhook again"] += 1
                if status == "firing":
                    (result,) = answer["results"]
                    incident = str(result["incident_id"])
                    self._note(matter, incident, again=delivery > 0)
            if status == "firing":
                await asyncio.sleep(_FIRES_FOR)
        return incident

    async def _by_many(self, errand: Errand, matter: str) -> str:
        async def one(number: int) -> str:
            body = {
                **_report_of(errand, matter),
                "reporter": REPORTER if number == 0 else f"r{number}@crashville.example",
                "dedup_key": f"{self._plan.seed}-{matter}",
            }
            return await self._report(matter, body, again=errand.again)

        found = await asyncio.gather(*(one(number) for number in range(_REPORTERS_OF_SHARED)))
        return found[0]

    async def _report(self, matter: str, body: dict[str, Any], *, again: bool = False) -> str:
        """Report through the API under one key until it is taken; and once more with `again`."""
        self.told.sent[matter] += 1
        key = f"{matter}-{body['reporter']}"
        headers = {**self._desk, "Idempotency-Key": key}
        incident = ""
        for delivery in range(2 if again else 1):
            answer = await self._until_taken(matter, "/api/incidents", json=body, headers=headers)
            incident = str(answer["incident_id"])
            if delivery:
                self.told.tried["same report under its Idempotency-Key again"] += 1
            self._note(matter, incident, again=delivery > 0)
        return incident

    def _note(self, matter: str, incident: str, *, again: bool) -> None:
        """A report was taken. One that was sent again counts once, but must not go elsewhere."""
        report = Accepted(matter, incident)
        if not again or report not in self.told.accepted:
            self.told.accepted.append(report)

    async def _until_taken(self, matter: str, path: str, **request: Any) -> dict[str, Any]:
        while True:
            status, answer = await self._post(path, **request)
            if 200 <= status < 300:
                return answer
            is_alert = path == f"/intake/{MONITOR}"
            if is_alert and (status == _UNCLEAR or status >= 500):
                # It may have opened or joined, and be counted again: docs/api.md says so.
                self.told.sent[matter] += 1
            if status not in (_UNCLEAR, 409, 429) and status < 500:
                raise RuntimeError(f"{path} was refused with {status}: {answer}")
            await asyncio.sleep(_AGAIN_AFTER)

    async def _post(self, path: str, **request: Any) -> tuple[int, dict[str, Any]]:
        request.setdefault("headers", self._operator)
        try:
            answer = await self._http.post(path, **request)
            said: dict[str, Any] = answer.json() if answer.content else {}
        except (httpx.TransportError, ValueError) as away:
            self.told.troubles[type(away).__name__] += 1
            return _UNCLEAR, {}
        if not answer.is_success:
            self.told.troubles[f"HTTP {answer.status_code}"] += 1
        return answer.status_code, said

    async def _live_through(self, incident: str, errand: Errand) -> None:
        """Do the next thing, until it is closed."""
        case, refused = errand.behaviour, 0
        self.open[incident] = errand.door
        while (view := await self._look(incident)) is None or view.status == "open":
            if view:
                self.open[incident] = f"{errand.door}, {case.kind}: {_state(view)}"
            step = case.next_step(view) if view and errand.door is not Door.WEBHOOK else None
            if step:
                refused += await self._act(incident, step, errand, refused)
            await asyncio.sleep(_LOOKS_EVERY)
        del self.open[incident]

    async def _look(self, incident: str) -> IncidentView | None:
        with suppress(httpx.TransportError):
            answer = await self._http.get(f"/api/incidents/{incident}", headers=self._operator)
            if answer.is_success:
                shown = answer.json()
                shown.pop("notes", None)
                return IncidentView.model_validate(shown)
            self.told.troubles[f"HTTP {answer.status_code} of a look"] += 1
        return None

    async def _is_closed(self, incident: str) -> bool:
        view = await self._look(incident)
        return view is not None and view.status == "closed"

    async def _act(self, incident: str, step: Step, errand: Errand, refused: int) -> bool:
        """Send it; whether it was refused. What comes of an unclear one, the next look tells."""
        if errand.by_update:
            done = await self._by_update(incident, step, refused, again=errand.again)
        else:
            done = await self._by_request(incident, step, refused, again=errand.again)
        if done:
            number = int(step.mark.rpartition("-")[2])
            self.told.done.add(Done(incident, EVENT[step.action], number))
        return done is False

    async def _by_request(
        self, incident: str, step: Step, refused: int, *, again: bool
    ) -> bool | None:
        """Through the API under one key, so that it is done once; None without an answer."""
        headers = {**self._operator, "Idempotency-Key": f"{step.mark}-{refused}"}
        path = f"/api/incidents/{incident}/{step.action}"
        for delivery in range(2 if again else 1):
            status, _ = await self._post(path, json=step.payload, headers=headers)
            if not 200 <= status < 300:
                return None if status == _UNCLEAR or status >= 500 else False
            if delivery:
                self.told.tried["same action under its Idempotency-Key again"] += 1
        return True

    async def _by_update(
        self, incident: str, step: Step, refused: int, *, again: bool
    ) -> bool | None:
        """Under one id, so that it is done once; None without an answer."""
        handle = self._client.get_workflow_handle(incident)
        try:
            for delivery in range(2 if again else 1):
                async with asyncio.timeout(_ANSWER_WITHIN):
                    await handle.execute_update(
                        step.action.value,
                        step.payload,
                        id=f"{step.mark}-{refused}",
                        result_type=ActionResult,
                    )
                if delivery:
                    self.told.tried["same update id again"] += 1
        except WorkflowUpdateFailedError:
            return False
        except (*_NO_ANSWER, KeyUnavailable) as away:
            self.told.troubles[f"update: {type(away).__name__}"] += 1
            return None
        return True


def _state(view: IncidentView) -> str:
    """Where an open incident is, what it waits for, and what happened last."""
    waits = "; ".join(one.what for one in view.waiting_for)
    last = " | ".join(f"{entry.event} {entry.detail}" for entry in view.timeline[-4:])
    return f"in {view.stage}, waits for {waits or 'nothing'}; last: {last}"


def _report_of(errand: Errand, matter: str) -> dict[str, Any]:
    """The case's report, about a machine of its own: a runbook waits for no other."""
    report = errand.behaviour.report
    return {
        **report,
        "title": f"{report['title']} {matter}",
        "reporter": REPORTER,
        "labels": {"host": f"m{errand.number}.storyville.example"},
    }
