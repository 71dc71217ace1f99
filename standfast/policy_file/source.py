"""The policy in force: read from its files, and again when they change."""

import logging
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from standfast.policy import Policy
from standfast.policy_file.loading import PolicyError, Stamp, read_policy, stamp
from standfast.time.working_time import Hours

_log = logging.getLogger(__name__)


class PolicySource:
    """Gives the current policy from its file and all files that it extends.

    PolicyError at the start where the policy is not valid. A later edit that breaks it is logged,
    and the last valid policy stays in force until that is fixed. Thread-safe.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reading = threading.Lock()
        loaded = read_policy(path)
        self._policy: Policy = loaded.policy
        self._files: Mapping[Path, Stamp] = loaded.files
        self._warned_of = ""

    @property
    def path(self) -> Path:
        """The policy's own file; relative paths in it start in its directory."""
        return self._path

    def current(self) -> Policy:
        """The policy in force; while nothing changes, this only checks each file's status."""
        with self._reading:
            if any(stamp(file) != seen for file, seen in self._files.items()):
                self._read_again()
            return self._policy

    def hours_of(self, team: str, at: datetime) -> Hours | None:
        """As `Policy.hours_of`, by the policy in force."""
        return self.current().hours_of(team, at)

    def _read_again(self) -> None:
        try:
            loaded = read_policy(self._path)
        except PolicyError as broken:
            self._files = broken.files
            self._warn(broken)
            return
        self._files = loaded.files
        self._warned_of = ""
        if loaded.policy.version != self._policy.version:
            _log.info("policy %s: version %s is in force", self._path, loaded.policy.version)
        self._policy = loaded.policy

    def _warn(self, broken: PolicyError) -> None:
        if str(broken) == self._warned_of:
            return
        self._warned_of = str(broken)
        _log.warning(
            "policy %s cannot be used as it is now; version %s stays in force. %s",
            self._path,
            self._policy.version,
            "; ".join(str(problem) for problem in broken.problems),
        )
