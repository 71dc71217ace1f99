"""Why a policy cannot be used. Loads neither YAML nor the policy's models: anybody may catch it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from standfast.policy_file.nodes import Problem

Stamp = tuple[int, int, int] | None
"""Time of change in nanoseconds, size and inode of a file; None where it cannot be read."""


class PolicyError(Exception):
    """A policy that cannot be used. `files` are those to watch for its repair."""

    def __init__(self, problems: "Sequence[Problem]", files: Mapping[Path, Stamp]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
        self.files = dict(files)
