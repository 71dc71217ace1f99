"""Records golden histories anew: `python -m tests.histories.record`, or only those that it names.

Only on purpose: after a release, a change of commands goes through `workflow.patched` instead.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from standfast.hosting.hard_exit import hard_exit
from standfast.policy_file.source import PolicySource
from tests.conftest import virtual_time
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Ticket, open_desk
from tests.stories.paths import PATHS
from tests.stories.reviewing import reviewed

HERE = Path(__file__).parent


async def continued(desk: Desk) -> Ticket:
    """So many comments that it goes on in a new run, whose history this is; then withdrawn."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    first_run = (await ticket.handle.describe()).run_id
    while (await ticket.handle.describe()).run_id == first_run:
        await ticket.signal("comment", by="ana", text="x" * 9_000)
    await ticket.act("withdraw", by="rita", reason="enough")
    await ticket.closes()
    return ticket


STORIES = {**PATHS, "continued": continued, "review": reviewed}
"""By the name of the history: each path of incidents, one that is long, and a review."""


async def record(*only: str) -> None:
    """Walk every path once and keep its history, or only those of these names."""
    async with virtual_time() as env:
        with HttpSink() as sink, tempfile.TemporaryDirectory() as place:
            policy = write_policy(Path(place) / "policy.yaml", sink.address, Path(place))
            async with open_desk(env, PolicySource(policy), sink, Path(place)) as desk:
                for name, story in STORIES.items():
                    if only and name not in only:
                        continue
                    ticket = await story(desk)
                    history = await ticket.handle.fetch_history()
                    (HERE / f"{name}.json").write_text(history.to_json())
                    print(f"{name}: {len(history.events)} events")


if __name__ == "__main__":
    asyncio.run(record(*sys.argv[1:]))
    hard_exit(0)
