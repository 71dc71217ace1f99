"""Messages share connections, and nothing else."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import requests

from standfast.notification.connections import KeptConnections
from standfast.notification.kinds.apprise import get_ready, try_to_send
from standfast.notification.outgoing_message import outgoing
from standfast.outgoing.circuit_breaker import SendResult
from tests.local_server import Handler, LocalServer
from tests.notification.office import numbered


class Phone(LocalServer):
    """Keeps connections open, unless told to hang up, and gives each client a cookie."""

    def __init__(self) -> None:
        self.hang_up = False
        self.answers = 1_000_000
        """So many requests are answered yet; then one is taken and its connection closed."""
        self.came: list[tuple[int, dict[str, str]]] = []
        """The client's port, which stands for a connection, and the headers."""
        super().__init__(self._handler())

    @property
    def connections(self) -> int:
        return len({port for port, _ in self.came})

    @property
    def keys(self) -> list[str]:
        return [headers["idempotency-key"] for _, headers in self.came]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        phone = self

        class Keeper(Handler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:  # noqa: N802 - as the base class calls it
                self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                phone.came.append((self.client_address[1], headers))
                phone.answers -= 1
                if phone.answers < 0:
                    phone.answers = 1_000_000
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.send_header("Set-Cookie", "who=ann")
                self.end_headers()
                self.close_connection = phone.hang_up

        return Keeper


@pytest.fixture
def phone() -> Iterator[Phone]:
    get_ready()
    with Phone() as phone:
        yield phone


def in_a_new_thread(*calls: Any) -> list[SendResult]:
    """Send messages from a thread that has no connections yet, and closes its own at its end."""
    results: list[SendResult] = []

    def run() -> None:
        results.extend(call() for call in calls)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return results


def test_messages_to_one_service_share_a_connection_and_no_more(phone: Phone) -> None:
    url = f"json://ann:word@{phone.address}/in?+X-Team=night"
    plain = f"xml://{phone.address}/in"
    sent = in_a_new_thread(
        lambda: try_to_send(url, outgoing(numbered(1))),
        lambda: try_to_send(url, outgoing(numbered(2))),
        lambda: try_to_send(plain, outgoing(numbered(3))),
    )
    assert sent == [SendResult()] * 3
    assert phone.connections == 1
    assert phone.keys == [numbered(number).key for number in (1, 2, 3)]
    headers = [headers for _, headers in phone.came]
    assert [each.get("x-team") for each in headers] == ["night", "night", None]
    assert [bool(each.get("authorization")) for each in headers] == [True, True, False]
    assert not any("cookie" in each for each in headers)


def test_a_connection_that_was_closed_meanwhile_loses_no_message(phone: Phone) -> None:
    phone.hang_up = True
    url = f"json://{phone.address}"
    calls = [
        lambda number=number: try_to_send(url, outgoing(numbered(number))) for number in range(20)
    ]
    assert in_a_new_thread(*calls) == [SendResult()] * 20
    assert sorted({*phone.keys}) == sorted(numbered(number).key for number in range(20))


def test_what_went_unanswered_through_a_used_connection_is_sent_once_more(phone: Phone) -> None:
    url = f"json://{phone.address}"

    def then_none() -> SendResult:
        phone.answers = 0
        return try_to_send(url, outgoing(numbered(2)))

    assert (
        in_a_new_thread(lambda: try_to_send(url, outgoing(numbered(1))), then_none)
        == [SendResult()] * 2
    )
    assert phone.keys == [numbered(number).key for number in (1, 2, 2)]
    assert phone.connections == 2


def test_through_a_new_connection_it_is_not(phone: Phone) -> None:
    phone.answers = 0
    [tried] = in_a_new_thread(lambda: try_to_send(f"json://{phone.address}", outgoing(numbered(1))))
    assert tried.problem == "could not be reached, or did not answer"
    assert len(phone.keys) == 1


def test_an_idle_connection_is_not_used_again(phone: Phone) -> None:
    session = requests.Session()
    session.mount("http://", KeptConnections(idle_for=0))
    for number in range(3):
        headers = {"Idempotency-Key": str(number)}
        session.post(f"http://{phone.address}", headers=headers, timeout=10).raise_for_status()
    session.close()
    assert phone.connections == 3


def test_a_connection_is_idle_although_another_is_not(phone: Phone) -> None:
    now = 1_000.0
    session = requests.Session()
    session.mount("http://", KeptConnections(idle_for=1.0, clock=lambda: now))

    def post(to: Phone) -> None:
        headers = {"Idempotency-Key": str(now)}
        session.post(f"http://{to.address}", headers=headers, timeout=10).raise_for_status()

    with Phone() as other:
        post(phone)
        now += 0.75
        post(other)
        now += 0.25
        post(phone)
        assert phone.connections == 1
        for _ in range(2):
            now += 0.75
            post(other)
        post(phone)
        assert phone.connections == 2
    session.close()


def test_whoever_else_uses_requests_has_connections_of_their_own(phone: Phone) -> None:
    def elsewhere() -> SendResult:
        headers = {"Idempotency-Key": "elsewhere"}
        requests.post(f"http://{phone.address}", headers=headers, timeout=10).raise_for_status()
        return SendResult()

    in_a_new_thread(
        lambda: try_to_send(f"json://{phone.address}", outgoing(numbered(1))),
        elsewhere,
        lambda: try_to_send(f"json://{phone.address}", outgoing(numbered(2))),
    )
    [one, other, again] = [port for port, _ in phone.came]
    assert one == again != other


@pytest.mark.parametrize("scheme", ["json", "xml", "form"])
def test_a_message_leaves_nothing_for_the_next_one_to_the_same_url(
    phone: Phone, scheme: str
) -> None:
    """What was read of a URL is used again; what a message adds is not."""
    url = f"{scheme}://{phone.address}/in?+X-Team=night"
    calls = [
        lambda number=number: try_to_send(url, outgoing(numbered(number))) for number in range(8)
    ]
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(phone.keys) == sorted(numbered(number).key for number in range(8))
    assert {headers["x-team"] for _, headers in phone.came} == {"night"}
