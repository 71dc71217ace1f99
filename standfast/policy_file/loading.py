"""YAML files → Policy, where every error names its file and line."""

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from yaml.nodes import MappingNode, Node, ScalarNode

from standfast.policy.policy import Policy
from standfast.policy_file.errors import PolicyError, Stamp
from standfast.policy_file.nodes import Places, Problem, compose, key_of, merged, problem_at
from standfast.policy_file.validation import validate

__all__ = ["LoadedPolicy", "PolicyError", "Problem", "Stamp", "load_policy", "read_policy", "stamp"]

LARGEST_FILE = 500_000
"""Bytes; some thirty times the shipped policy, and read within a few seconds."""

LONGEST_CHAIN = 20
"""Files of which each extends the next."""

EXTENDS = "extends"
"""The key that names, relative to its own file, the policy that a file changes."""


@dataclass(frozen=True)
class LoadedPolicy:
    """A policy, and the files it was read from as they were then."""

    policy: Policy
    files: Mapping[Path, Stamp]
    tree: MappingNode = field(repr=False)

    def problem(self, place: str, message: str) -> Problem:
        """What is wrong at a dotted place, with the file and line that it has there."""
        path = place.split(".")
        mark, _ = Places(self.tree).locate(path)
        return problem_at(mark, message, path)


def load_policy(path: Path) -> Policy:
    """The policy in the YAML file at `path`; PolicyError with every problem in it."""
    return read_policy(path).policy


def read_policy(path: Path) -> LoadedPolicy:
    """Like `load_policy`, with the files that were read, so that they can be watched."""
    loader = _Loader()
    tree = loader.tree(Path(path))
    problems = loader.problems
    if tree is not None:
        policy, found = validate(tree)
        # Where the YAML itself is wrong, the models' errors for the same place are left out.
        told = tuple(f"{problem.place}." for problem in problems)
        problems += [found for found in found if not f"{found.place}.".startswith(told)]
        if policy is not None and not problems:
            return LoadedPolicy(policy.versioned(loader.version()), loader.files, tree)
    order = [str(file) for file in loader.files]
    problems.sort(key=lambda problem: (order.index(problem.file), problem.line))
    raise PolicyError(problems, loader.files)


def problems_with(path: Path, addition: str, called: str) -> list[Problem]:
    """What is wrong with the policy at `path` if this YAML is merged into it; nothing is changed.

    called: names the addition in the problems.

    Raises:
        PolicyError: the policy cannot be read as it is.
    """
    read_policy(path)
    loader = _Loader()
    base = loader.tree(Path(path))
    over, problems = compose(addition, called)
    if base is None or over is None:
        return [*loader.problems, *problems]
    _, found = validate(merged(base, over))
    return [*problems, *found]


def stamp(path: Path) -> Stamp:
    """The stamp of the file at `path` now."""
    try:
        return _stamp_of(path.stat())
    except (OSError, ValueError):
        return None


def _stamp_of(status: os.stat_result) -> Stamp:
    return status.st_mtime_ns, status.st_size, status.st_ino


@dataclass
class _Loader:
    """Loads a policy and all files that it extends."""

    problems: list[Problem] = field(default_factory=list)
    files: dict[Path, Stamp] = field(default_factory=dict)
    texts: list[bytes] = field(default_factory=list)

    def version(self) -> str:
        """A short hash of all files."""
        digests = b"".join(hashlib.sha256(text).digest() for text in self.texts)
        return hashlib.sha256(digests).hexdigest()[:12]

    def tree(self, path: Path, named_at: Node | None = None) -> MappingNode | None:
        """The file at `path`, merged over what it extends; None where either cannot be read."""
        text = self._text(path, named_at)
        if text is None:
            return None
        own, problems = compose(text, str(path))
        self.problems += problems
        if own is None:
            return None
        extended = next((value for key, value in own.value if key_of(key) == EXTENDS), None)
        if extended is None:
            return own
        rest = [entry for entry in own.value if key_of(entry[0]) != EXTENDS]
        over = MappingNode(own.tag, rest, own.start_mark, own.end_mark)
        base = self._base(path, extended)
        return merged(base, over) if base is not None else None

    def _base(self, path: Path, extended: Node) -> MappingNode | None:
        name = extended.value if isinstance(extended, ScalarNode) else ""
        if not name or not name.isprintable():
            self._complain(extended, "must name one file, relative to this one")
            return None
        base = Path(os.path.normpath(path.parent / name))
        if _same(base, self.files):
            self._complain(extended, f"{base} extends itself in the end: {self._chain(base)}")
            return None
        if len(self.files) >= LONGEST_CHAIN:
            self._complain(extended, f"more than {LONGEST_CHAIN} files extend one another")
            return None
        return self.tree(base, extended)

    def _chain(self, base: Path) -> str:
        return " → ".join(str(file) for file in (*self.files, base))

    def _text(self, path: Path, named_at: Node | None) -> str | None:
        self.files[path] = None
        try:
            content = self._content(path)
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            byte = error.object[error.start]
            message = f"is not UTF-8: byte 0x{byte:02x} cannot be decoded"
            self.problems.append(Problem(str(path), message, line))
            return None
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            if named_at is None:
                self.problems.append(Problem(str(path), f"cannot be read: {why}"))
            else:
                self._complain(named_at, f"{str(path)!r} cannot be read: {why}")
            return None
        self.texts.append(content)
        return text

    def _content(self, path: Path) -> bytes:
        # A pipe or device could block for ever, so it is not opened.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ValueError("it is not a file")
        with path.open("rb") as file:
            self.files[path] = _stamp_of(os.fstat(file.fileno()))
            content = file.read(LARGEST_FILE + 1)
        if len(content) > LARGEST_FILE:
            raise ValueError(f"it is larger than {LARGEST_FILE} bytes")
        return content

    def _complain(self, node: Node, message: str) -> None:
        self.problems.append(problem_at(node.start_mark, message, (EXTENDS,)))


def _same(path: Path, files: Mapping[Path, Stamp]) -> bool:
    return os.path.realpath(path) in {os.path.realpath(file) for file in files}
