"""The worker, with a Temporal server to which every priority is the same. For comparison only.

    python -m benchmarks.worker_without_priorities

Nothing of ours differs: all tasks carry their priorities. The server gives them out with its
matcher from before there were priorities: who came first is first.
"""

from standfast.hosting import service
from standfast.hosting.data_directory import ServerRecord
from standfast.hosting.embedded_server import EmbeddedServer
from worker import main

_FIRST_COME_FIRST_SERVED = "matching.useNewMatcher=false"


class ServerWithoutPriorities(EmbeddedServer):
    """The embedded server as if there were no priorities."""

    def _argv(self, program: str, record: ServerRecord) -> list[str]:
        more = ("--dynamic-config-value", _FIRST_COME_FIRST_SERVED)
        return [*super()._argv(program, record), *more]


if __name__ == "__main__":
    # The worker has no setting for it, and needs none but here.
    setattr(service, EmbeddedServer.__name__, ServerWithoutPriorities)
    main()
