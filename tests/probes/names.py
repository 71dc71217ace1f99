"""Names that lead where a story needs them to: a resolver that keeps what it was asked."""

import socket
from collections.abc import Callable
from typing import Any

import pytest


class Names:
    """Stands in for the system's resolver; what it does not know the system answers."""

    def __init__(self, system: Callable[..., Any]) -> None:
        self._system = system
        self._answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []

    def lead(self, name: str, *answers: list[str]) -> None:
        """`name` leads to these addresses; with several answers each look-up takes the next."""
        self._answers[name] = list(answers)

    def __call__(self, host: str, port: Any, family: int = 0, *rest: Any, **more: Any) -> Any:
        if host not in self._answers:
            return self._system(host, port, family, *rest, **more)
        self.asked.append(host)
        answers = self._answers[host]
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        of_family = {socket.AF_INET: ".", socket.AF_INET6: ":"}.get(socket.AddressFamily(family))
        entries = [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port or 0, 0, 0) if ":" in address else (address, port or 0),
            )
            for address in found
            if of_family is None or of_family in address
        ]
        if not entries:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return entries


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """The resolver of the test."""
    names = Names(socket.getaddrinfo)
    monkeypatch.setattr(socket, "getaddrinfo", names)
    return names
