"""The policy in force: read from its file, and again whenever that file has changed."""

import logging
import threading
from collections.abc import Mapping
from pathlib import Path

from standfast.policy import Policy
from standfast.policy_file.loading import PolicyError, Stamp, read_policy, stamp

_log = logging.getLogger(__name__)


class PolicySource:
    """Gives the policy as its file, and all files that it extends, stand now.

    PolicyError at once where the policy cannot be used. A later edit that breaks it is logged, and
    the last good policy stays in force until the edit is repaired. Safe to use from many threads.
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
        """The policy's own file; what it names relatively lies beside it."""
        return self._path

    def current(self) -> Policy:
        """The policy in force; costs a look at each file's status while nothing changes."""
        with self._reading:
            if any(stamp(file) != seen for file, seen in self._files.items()):
                self._read_again()
            return self._policy

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
