"""The worker, beside a Temporal server to which every priority is the same. For comparison only.

    python -m benchmarks.worker_without_priorities

Nothing of ours differs: all tasks carry their priorities, and the server has one level for them.
"""

from standfast.hosting import service
from standfast.hosting.embedded_server import EmbeddedServer
from worker import main

_ONE_LEVEL = "matching.priorityLevels=1"


class _WithoutPriorities(EmbeddedServer):
    def _argv(self, program: str, port: int, ui_port: int) -> list[str]:
        return [*super()._argv(program, port, ui_port), "--dynamic-config-value", _ONE_LEVEL]


if __name__ == "__main__":
    # The worker has no setting for it, and needs none but here.
    setattr(service, EmbeddedServer.__name__, _WithoutPriorities)
    main()
