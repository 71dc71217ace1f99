"""Forms are small, and of the kind that our pages send."""

import pytest
from fastapi import Request
from starlette.types import Message

from standfast.api.problem_details import Problem
from standfast.console.forms import LARGEST, episode_typed, form_of


def sent(body: bytes, kind: str = "application/x-www-form-urlencoded") -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    headers = [(b"content-type", kind.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


async def test_an_ordinary_form_is_read() -> None:
    form = await form_of(sent(b"title=Wiki+crashed&description=" + b"%E9%9A%9C" * 20_000))
    assert (form["title"], form["description"]) == ("Wiki crashed", "障" * 20_000)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a&" * 900_000, "application/x-www-form-urlencoded", 413),
        (b"a&" * 300, "application/x-www-form-urlencoded; charset=utf-8", 413),
        (b"a=" + b"x" * LARGEST, "application/x-www-form-urlencoded", 413),
        (b"--a\r\n\r\n", "multipart/form-data; boundary=a", 415),
    ],
)
async def test_what_no_page_of_ours_sends_is_not_read(body: bytes, kind: str, status: int) -> None:
    with pytest.raises(Problem) as refused:
        await form_of(sent(body, kind))
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("typed", "episode"), [({}, None), ({"episode": ""}, None), ({"episode": "12"}, 12)]
)
def test_the_episode_that_a_form_names(typed: dict[str, str], episode: int | None) -> None:
    assert episode_typed(typed) == episode


@pytest.mark.parametrize("typed", ["9" * 5_000, "two", "-1", "²", "٣"])
def test_what_is_no_episode_is_refused_in_words(typed: str) -> None:
    with pytest.raises(Problem, match="episode: must be a whole number"):
        episode_typed({"episode": typed})
