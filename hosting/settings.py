"""Our settings: environment variables that start with `STANDFAST_`, and their defaults.

The connection to Temporal is set by Temporal's own variables and files (`hosting.connection`).
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from hosting.errors import BadSetting
from incidents.message import Duration
from incidents.names import TASK_QUEUE
from policy import DEFAULT as SHIPPED_POLICY

PREFIX = "STANDFAST_"

INCIDENT = "{incident}"
"""Stands in the setting `link` for an incident's id."""


def _at_least_a_day(value: timedelta) -> timedelta:
    if value < timedelta(days=1):
        raise ValueError("must be at least 1d: Temporal keeps no workflow for less")
    return value


def _names_the_incident(link: str) -> str:
    if INCIDENT not in link:
        raise ValueError(f"must have {INCIDENT} where the id of the incident belongs")
    return link


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


Location = Annotated[Path, AfterValidator(_absolute)]
"""A path; `~` is the home directory, and a relative one starts where the command runs."""

Port = Annotated[int, Field(ge=0, le=65_535)]
"""A TCP port on 127.0.0.1; 0 means any free one."""


class Settings(BaseSettings):
    """Everything that can be set; each field is the variable of that name behind the prefix."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_dir: Location = Field(
        default=Path(".standfast"),
        description="Where the embedded Temporal server and the records keep their data.",
    )
    policy: Location = Field(
        default=SHIPPED_POLICY, description="The policy: a YAML file; an edit applies by itself."
    )
    database_url: str | None = Field(
        default=None,
        description="The record store, an SQLAlchemy URL such as "
        "`postgresql+psycopg://user@host/name`; unset means SQLite in the data directory.",
    )
    task_queue: str = Field(
        default=TASK_QUEUE,
        min_length=1,
        description="The Temporal task queue that workers and commands meet on.",
    )
    temporal_port: Port = Field(
        default=7233, description="Port of the embedded Temporal server; 0 is any free one."
    )
    ui_port: Port = Field(
        default=8233, description="Port of the embedded server's web UI; 0 is any free one."
    )
    metrics_port: Port | None = Field(
        default=None,
        description="Port on 127.0.0.1 where a worker offers metrics to Prometheus; unset means "
        "none. `standfast_clock_lateness` is how late clocks were noticed.",
    )
    retention: Annotated[Duration, AfterValidator(_at_least_a_day)] = Field(
        default=timedelta(days=90),
        description="How long the embedded server keeps a closed workflow, such as `90d`.",
    )
    grace: Duration = Field(
        default=timedelta(seconds=30),
        description="How long a stopping worker waits for running activities, such as `30s`.",
    )
    link: Annotated[str, AfterValidator(_names_the_incident)] | None = Field(
        default=None,
        description="Where responders see an incident, added to their messages, such as "
        "`https://temporal.example/namespaces/default/workflows/{incident}`; unset means the "
        "embedded server's web UI, and with another Temporal no link.",
    )
    max_activities: int = Field(
        default=40,
        ge=1,
        le=1000,
        description="How many activities one worker runs at once.",
    )

    @property
    def records_url(self) -> str:
        """The record store's SQLAlchemy URL, whether set or the default."""
        return self.database_url or f"sqlite:///{self.data_dir / 'records.db'}"

    @property
    def outbox(self) -> Path:
        """Where the channel `outbox://` writes its messages."""
        return self.data_dir / "outbox.jsonl"


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        BadSetting: one line for each variable that cannot be used.
    """
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"{variable(str(detail['loc'][0]))}: {_words(detail['type'], detail['msg'])}"
            f" (it is {detail['input']!r})"
            for detail in error.errors()
        ]
        raise BadSetting("\n".join(lines)) from None


def variable(field: str) -> str:
    """The environment variable that sets a field of `Settings`."""
    return PREFIX + field.upper()


def documented() -> Iterator[tuple[str, str, str]]:
    """Every variable as (name, default as a person would write it, description)."""
    for name, field in Settings.model_fields.items():
        yield variable(name), _written(field.default), field.description or ""


def _written(default: object) -> str:
    if default is None:
        return ""
    if default == SHIPPED_POLICY:
        return "/".join(SHIPPED_POLICY.parts[-2:])
    if isinstance(default, timedelta):
        days = default // timedelta(days=1)
        return f"{days}d" if days else f"{int(default.total_seconds())}s"
    return str(default)


def _words(kind: str, message: str) -> str:
    if kind.startswith("time_delta"):
        return "must be a duration such as 30s, 15m, 1h30m or 90d"
    if kind.startswith("int_"):
        return "must be a whole number"
    words = message.removeprefix("Value error, ").removeprefix("Input ")
    return words.replace("should be", "must be", 1)
