"""Who may have how many event streams."""

import pytest

from standfast.api.access import Caller
from standfast.api.event_streams import FOR_ADMINISTRATORS, MOST_OF_A_REPORTER, EventStreams
from standfast.api.problem_details import Problem
from standfast.incidents.roles import Role


def test_nobody_has_all_event_streams_and_an_administrator_always_gets_one() -> None:
    streams = EventStreams(2 * MOST_OF_A_REPORTER)
    rita, ana, root = (
        Caller("rita", Role.REPORTER),
        Caller("ana", Role.RESPONDER),
        Caller("root", Role.ADMINISTRATOR),
    )
    opened = [streams.opened(rita) for _ in range(MOST_OF_A_REPORTER)]
    for stream in opened:
        stream.__enter__()
    with pytest.raises(Problem, match="rita has 50 event streams open") as refused:
        streams.opened(rita).__enter__()
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"]
    more = [streams.opened(ana) for _ in range(MOST_OF_A_REPORTER - FOR_ADMINISTRATORS)]
    for stream in more:
        stream.__enter__()
    with pytest.raises(Problem, match="no more may be"):
        streams.opened(ana).__enter__()
    with streams.opened(root):
        pass
    for stream in opened:
        stream.__exit__(None, None, None)
    with streams.opened(rita), streams.opened(ana):
        pass
