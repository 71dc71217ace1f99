"""A request of a runbook, against real servers on loopback."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta

import pytest

from standfast.incidents.resolution import StepOutcome
from standfast.policy.runbooks import HttpCall
from standfast.runbooks.request import OUTPUT_LIMIT, send_request
from standfast.runbooks.work_result import CheckResult, WorkResult
from tests.http_sink import HttpSink
from tests.patience import PATIENCE

LONG = timedelta(seconds=20)
KEY = "INC-7F3K2QXWM4:1:runbook:1:step-1"


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink


async def make(
    call: HttpCall,
    within: timedelta = LONG,
    hosts: tuple[str, ...] = ("127.0.0.1",),
    secrets: Mapping[str, str] | None = None,
) -> WorkResult:
    return await send_request(call, within=within, hosts=hosts, key=KEY, secrets=secrets or {})


async def test_it_is_sent_as_the_policy_says_with_its_key(sink: HttpSink) -> None:
    call = HttpCall(
        method="PUT",
        url=f"http://{sink.address}/units/shop?key=1",
        headers={"Authorization": "secret:API", "Content-Type": "application/json"},
        body='{"name": "größe"}',
    )
    result = await make(call, secrets={"secret:API": "Bearer hunter2"})

    assert (result.outcome, result.as_check) == (StepOutcome.SUCCEEDED, CheckResult.PASSED)
    assert result.words == "succeeded: answered 200 OK"
    (received,) = sink.requests
    assert (received.method, received.path) == ("PUT", "/units/shop?key=1")
    assert received.headers["authorization"] == "Bearer hunter2"
    assert received.json == {"name": "größe"}
    assert received.key == KEY
    assert "hunter2" not in repr(result)


async def test_a_key_that_the_policy_gives_is_sent_instead(sink: HttpSink) -> None:
    await make(HttpCall(url=f"http://{sink.address}/", headers={"idempotency-key": "own"}))
    assert [received.key for received in sink.requests] == ["own"]


@pytest.mark.parametrize(
    ("status", "expect", "succeeds", "as_check"),
    [
        (204, (), True, CheckResult.PASSED),
        (202, (200, 202), True, CheckResult.PASSED),
        (404, (404,), True, CheckResult.PASSED),  # what must be gone is gone
        (200, (404,), False, CheckResult.FAILED),
        (404, (), False, CheckResult.FAILED),
        (409, (), False, CheckResult.FAILED),
        (401, (), False, CheckResult.INCONCLUSIVE),
        (403, (), False, CheckResult.INCONCLUSIVE),
        (429, (), False, CheckResult.INCONCLUSIVE),
        (302, (), False, CheckResult.INCONCLUSIVE),
        (500, (), False, CheckResult.INCONCLUSIVE),
        (503, (), False, CheckResult.INCONCLUSIVE),
        (599, (), False, CheckResult.INCONCLUSIVE),
    ],
)
async def test_what_an_answer_means(
    sink: HttpSink, status: int, expect: tuple[int, ...], succeeds: bool, as_check: CheckResult
) -> None:
    sink.status = status
    sink.headers = {"Location": f"http://{sink.address}/elsewhere"} if status == 302 else {}
    result = await make(HttpCall(method="GET", url=f"http://{sink.address}/", expect=expect))

    assert (result.succeeded, result.as_check, result.started) == (succeeds, as_check, True)
    assert f"answered {status}" in result.words
    assert len(sink.requests) == 1, "no redirect is followed, nothing is sent twice"


async def test_without_an_answer_in_time_nothing_is_known(sink: HttpSink) -> None:
    sink.hang()
    result = await make(HttpCall(url=f"http://{sink.address}/"), within=timedelta(seconds=0.5))
    sink.release()

    assert result.outcome is StepOutcome.TIMED_OUT
    assert (result.as_check, result.started) == (CheckResult.INCONCLUSIVE, True)
    assert result.words.startswith("was not answered within")


async def test_nothing_was_sent_where_nobody_listens() -> None:
    with closing(socket.socket()) as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        result = await make(HttpCall(url=f"http://{address}/"))

    assert (result.outcome, result.as_check) == (StepOutcome.FAILED, CheckResult.INCONCLUSIVE)
    assert not result.started
    assert result.words == "could not be sent: Connection refused"


@pytest.mark.parametrize("hosts", [(), ("api.example",), ("10.0.0.0/8",)])
async def test_a_host_off_the_list_is_not_reached(sink: HttpSink, hosts: tuple[str, ...]) -> None:
    result = await make(HttpCall(url=f"http://{sink.address}/"), hosts=hosts)

    assert not result.started
    assert "not on the policy's list of hosts" in result.words
    assert sink.requests == []


@pytest.mark.parametrize("secret", ["a\r\nX-Injected: 1", "a\nb", "a\0b", "a\x7f"])
async def test_a_secret_that_would_end_its_header_is_not_sent(sink: HttpSink, secret: str) -> None:
    call = HttpCall(url=f"http://{sink.address}/", headers={"X-Token": "secret:T"})
    result = await make(call, secrets={"secret:T": secret})

    assert not result.started
    assert result.words == "could not be sent: the header X-Token would hold what no header may"
    assert sink.requests == []


class Server:
    """Answers one connection with these bytes, and hangs up, or keeps the line."""

    def __init__(self, answer: bytes, *, hang_up: bool = True) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._answer, self._hang_up = answer, hang_up
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}/"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(self._answer)
            if not self._hang_up:
                self._over.wait(PATIENCE)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._listening.close()


async def test_of_a_long_answer_the_beginning_is_kept() -> None:
    length = 10 * OUTPUT_LIMIT
    head = f"HTTP/1.1 500 Oops\r\nContent-Length: {length}\r\n\r\n".encode()
    with Server(head + b"\x1b[2J" + b"x" * (length - 4)) as server:
        result = await make(HttpCall(url=server.url))

    assert result.words == "failed: answered 500 Internal Server Error"
    assert result.output.startswith("[2Jxxx")
    assert result.output.endswith("\n… the rest left out …")
    assert len(result.output) < OUTPUT_LIMIT + 50


async def test_what_it_was_answered_counts_though_the_rest_never_comes() -> None:
    with Server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal", hang_up=False) as server:
        result = await make(HttpCall(url=server.url), within=timedelta(seconds=1))
    assert result.succeeded

    with Server(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal") as server:
        result = await make(HttpCall(url=server.url))
    assert result.succeeded


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 200"])
async def test_an_answer_that_is_none(answer: bytes) -> None:
    with Server(answer) as server:
        result = await make(HttpCall(url=server.url))

    assert (result.outcome, result.as_check, result.started) == (
        StepOutcome.FAILED,
        CheckResult.INCONCLUSIVE,
        True,
    )
    assert result.words.startswith("was not answered: ")


async def test_a_cancellation_ends_it_at_once(sink: HttpSink) -> None:
    sink.hang()
    running = asyncio.create_task(make(HttpCall(url=f"http://{sink.address}/")))
    await asyncio.to_thread(sink.wait_for, 1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    sink.release()
