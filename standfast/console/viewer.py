"""The viewer of a page: who is signed in, also for the error page."""

from typing import Annotated

from fastapi import Depends, Request

from standfast.api.access import IS_KNOWN, Caller
from standfast.console.session import SignedIn


async def viewer(request: Request, caller: SignedIn) -> Caller:
    """Who is signed in. A FastAPI dependency; nobody is sent to the page for it."""
    request.state.caller = caller
    setattr(request.state, IS_KNOWN, True)
    return caller


Viewer = Annotated[Caller, Depends(viewer)]
