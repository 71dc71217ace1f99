"""An action on several incidents by one command: each answers for itself."""

import json
from typing import Any

import pytest

from standfast.incidents.bulk import MOST_AT_ONCE
from tests.commands.remote.test_answers import Run, answering, http, problem, run

__all__ = ["run"]

ONE, OTHER = "INC-7F3K2QXWM4", "INC-L64L4TH6C7"
DONE = json.dumps({"incident_id": ONE, "action": "comment", "message": "noted", "stage": "resolve"})
MANY = [f"INC-{first}{second}AAAAAAAA" for first in "ABCDEFGHJKLM" for second in "ABCDEFGHJ"]
COMMENT = ("comment", "--text", "It is the switch")


def test_each_is_told_by_its_id(run: Run) -> None:
    heard: list[bytes] = []
    with answering(http("200 OK", DONE, "application/json"), heard) as url:
        told = run(url, *COMMENT, ONE, OTHER.lower(), ONE)
    assert (told.code, told.out) == (0, f"{ONE}: noted\n{OTHER}: noted\n")
    asked = sorted(each.splitlines()[0].decode().split()[1] for each in heard)
    assert asked == [f"/api/incidents/{each}/comment" for each in (ONE, OTHER)]


def test_what_was_refused_is_named_and_ends_with_1(run: Run) -> None:
    with answering(problem("409 Conflict", "it is on hold")) as url:
        told = run(url, *COMMENT, ONE, OTHER)
        as_json = run(url, *COMMENT, ONE, OTHER, "--json")
    assert (told.code, told.err) == (1, f"{ONE}: it is on hold\n{OTHER}: it is on hold\n")
    document: dict[str, Any] = as_json.document
    assert (as_json.code, document["done"], document["refused"]) == (1, 0, 2)
    refused = {"incident": ONE, "done": False, "message": "it is on hold", "try_again": False}
    assert document["outcomes"][0] == refused


def test_a_token_that_is_not_known_is_told_once(run: Run) -> None:
    with answering(problem("401 Unauthorized", "this needs a token")) as url:
        told = run(url, *COMMENT, ONE, OTHER)
    assert (told.code, told.err.count("does not know your token")) == (1, 1)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((*COMMENT, ONE, "INC-1"), "INC-1 is not an incident id"),
        (("escalate", ONE, OTHER, "--reason", "x"), "unexpected extra argument"),
        ((*COMMENT, *MANY), f"at most {MOST_AT_ONCE} at once"),
    ],
)
def test_what_cannot_be_asked(run: Run, words: tuple[str, ...], says: str) -> None:
    told = run("http://127.0.0.1:1", *words)
    assert (told.code, says in told.err) == (2, True), told.err
