"""Where a service's logs are: files, the systemd journal, or a Loki server."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, model_validator

from standfast.messages.message import Line, Name, at_most
from standfast.policy.hosts import host_of
from standfast.policy.section import Section

_UNIT = re.compile(r"[A-Za-z0-9@_][A-Za-z0-9@_.:\\-]*")
_SERVER = re.compile(r"https?://[^/\s?#]+(?:/[^\s?#]*)?")


def _unit(name: str) -> str:
    if not _UNIT.fullmatch(name):
        raise ValueError(f"must be the name of a systemd unit, not {name!r}")
    return name


def _server(url: str) -> str:
    if not _SERVER.fullmatch(url):
        raise ValueError(f"must be an address like http://loki.example:3100, not {url!r}")
    return url.rstrip("/")


Unit = Annotated[Name, AfterValidator(_unit)]
"""A systemd unit; never one that `journalctl` could take for an option or a pattern."""

ServerUrl = Annotated[Line, at_most(2_000), AfterValidator(_server)]


class JournalSource(Section):
    """The journal of one `unit`, on this machine or in `directory`; or a file exported from one.

    `export` is a path: what `journalctl --output=json` wrote.
    """

    unit: Unit | None = None
    directory: Line | None = None
    export: Line | None = None

    @model_validator(mode="after")
    def _unit_or_export(self) -> "JournalSource":
        if (self.unit is None) == (self.export is None):
            raise ValueError("needs exactly one of unit, export")
        if self.export and self.directory:
            raise ValueError("takes directory only with unit")
        return self


class LokiSource(Section):
    """A query to a Loki server, in LogQL; `tenant` where the server has several."""

    server: ServerUrl
    query: Annotated[Line, at_most(4_000)]
    tenant: Name | None = None


class LogSource(Section):
    """Exactly one of `files` (a path, `*` allowed), `journal`, `loki`. A mere text is `files`."""

    files: Line | None = None
    journal: JournalSource | None = None
    loki: LokiSource | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_is_files(cls, value: object) -> object:
        return {"files": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _exactly_one_kind(self) -> "LogSource":
        if sum(kind is not None for kind in (self.files, self.journal, self.loki)) != 1:
            raise ValueError("needs exactly one of files, journal, loki")
        return self

    def connects_to(self) -> Mapping[str, str]:
        """As of a `SystemTestKind`: the hosts that are connected to, and where they are named."""
        return {"loki.server": host_of(self.loki.server)} if self.loki else {}
