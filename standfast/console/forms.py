"""Reads the forms of our pages: small ones, of a kind that browsers send for them.

The library reads a form byte by byte, and takes seconds for one of a million fields.
"""

from collections.abc import Mapping

from fastapi import Request
from starlette.datastructures import FormData

from standfast.api.problem_details import Problem

ONCE = "once"
"""The field of a form with its key (`console.once`)."""

LARGEST = 500_000
"""Bytes; each letter of a long description may take nine."""

_MOST_FIELDS = 200
_KIND = "application/x-www-form-urlencoded"


async def form_of(request: Request) -> FormData:
    """The fields that were sent. Problem: 413 for too much of it, 415 for another kind of form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind != _KIND:
        raise Problem(415, detail=f"send the form as {_KIND}")
    body = await request.body()
    if len(body) > LARGEST or body.count(b"&") + body.count(b";") > _MOST_FIELDS:
        raise Problem(413, detail="the form is larger than any of ours can be")
    return await request.form()


def episode_typed(form: Mapping[str, str]) -> int | None:
    """The episode that a form names; None where it names none. Problem: 422 for no number."""
    text = form.get("episode", "")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 7):
        raise Problem(422, detail="episode: must be a whole number, such as 2")
    return int(text)
