"""Our settings: environment variables that start with `STANDFAST_`, and their defaults.

The connection to Temporal is set by Temporal's own variables and files (`hosting.connection`).
"""

from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from standfast.hosting import setting_values as values
from standfast.hosting.errors import BadSetting
from standfast.incidents.names import TASK_QUEUE
from standfast.incidents.roles import Role
from standfast.messages.message import Duration
from standfast.policy_file.shipped import SHIPPED_POLICY

PREFIX = "STANDFAST_"


class Versioning(StrEnum):
    """What an open incident does when another build is made current."""

    PINNED = "pinned"
    AUTO_UPGRADE = "auto-upgrade"


class Encryption(StrEnum):
    """Whether what Temporal stores is encrypted, where there is a key."""

    ON = "on"
    OFF = "off"


class Settings(BaseSettings):
    """All settings; each field is the environment variable of that name behind the prefix."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True
    )

    data_dir: values.Location = Field(
        default=Path(".standfast"),
        description="Where the embedded Temporal server and the records keep their data.",
    )
    policy: values.Location = Field(
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
    temporal_port: values.Port = Field(
        default=7233, description="Port of the embedded Temporal server; 0 is any free one."
    )
    metrics_port: values.Port | None = Field(
        default=None,
        description="Port on 127.0.0.1 where a worker offers metrics to Prometheus; each further "
        "process takes the next one; unset means none. `standfast_clock_lateness` is how late "
        "clocks were noticed.",
    )
    retention: Annotated[Duration, AfterValidator(values.at_least_a_day)] = Field(
        default=timedelta(days=90),
        description="How long the embedded server keeps a closed workflow, such as `90d`.",
    )
    grace: Duration = Field(
        default=timedelta(seconds=30),
        description="How long a stopping worker waits for running activities, such as `30s`.",
    )
    build_id: Annotated[str, AfterValidator(values.build_id)] | None = Field(
        default=None,
        description="The name of this build, such as `2026.11.3`: turns Temporal's Worker "
        "Versioning on, see docs/deploys.md; unset means off, any worker takes any incident.",
    )
    versioning: Versioning = Field(
        default=Versioning.AUTO_UPGRADE,
        description="What this build's open incidents do when another build is made current: "
        "`auto-upgrade`, they go on with that build; `pinned`, they stay with this one, which an "
        "incompatible change needs.",
    )
    link: Annotated[str, AfterValidator(values.names_the_incident)] | None = Field(
        default=None,
        description="Where responders see an incident, added to their messages, such as "
        "`https://temporal.example/namespaces/default/workflows/{incident}`; unset means the "
        "console, at STANDFAST_PUBLIC_URL, else on this machine.",
    )
    max_activities: int = Field(
        default=40,
        ge=1,
        le=1000,
        description="How many activities each process of a worker runs at once.",
    )
    worker_processes: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="How many processes a worker has, see docs/production.md; unset means one for "
        "each core, eight at most, with the embedded server one for every two.",
    )
    api_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="The address that the API and the console listen on; `0.0.0.0` opens them to "
        "the network: put a proxy with TLS in front of them.",
    )
    api_port: values.Port = Field(
        default=8080, description="The port of the API and the console; 0 is any free one."
    )
    chat_port: values.Port = Field(
        default=8081,
        description="The port, at STANDFAST_API_HOST, on which chats call that are not asked by "
        "Socket Mode; without such a chat nothing listens.",
    )
    trusted_proxies: Annotated[str, AfterValidator(values.are_proxies)] = Field(
        default="",
        description="Addresses or networks of proxies in front of the API, separated by commas: "
        "the address of a client is then what they say in `X-Forwarded-For`, for limits and the "
        "audit log.",
    )
    url: Annotated[str, AfterValidator(values.api_address)] | None = Field(
        default=None,
        description="The address of the API that the command `standfast` works through, such as "
        "`https://standfast.example`; unset means that it works on this machine.",
    )
    token: Annotated[SecretStr, AfterValidator(values.valid_token)] | None = Field(
        default=None, description="Your token for it; what you do there is done in its name."
    )
    token_file: values.Location | None = Field(
        default=None, description="A file with the token, in place of STANDFAST_TOKEN."
    )
    largest_body: int = Field(
        default=2_000_000,
        ge=10_000,
        le=100_000_000,
        description="Bytes of the largest body that the API takes; a larger one gets a 413.",
    )
    largest_webhook: int = Field(
        default=10_000_000,
        ge=10_000,
        le=100_000_000,
        description="Bytes that are read of a webhook; what follows is left out, and an incident "
        "says so.",
    )
    smtp_port: values.Port | None = Field(
        default=None,
        description="The port on which the API process takes mail by SMTP; 0 is any free one, "
        "unset means none.",
    )
    smtp_host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="The address of that port; it is meant to stand behind a mail server, which "
        "knows whom to believe.",
    )
    public_url: Annotated[str, AfterValidator(values.origin)] | None = Field(
        default=None,
        description="Where people's browsers reach the API, such as `https://standfast.example`: "
        "links for reporters and of pages, and the sign-in by OpenID Connect need it, and requests "
        "under this host name are refused without it.",
    )
    signing_key: SecretStr | None = Field(
        default=None,
        description="What signs cookies, cursors of lists, links and answers by mail, at "
        "least 32 characters, the same for workers and API; several, separated by commas: the "
        "first signs, all are believed. Unset means a key that is made in the data directory.",
    )
    session_idle: Annotated[Duration, AfterValidator(values.at_least_five_minutes)] = Field(
        default=timedelta(hours=1),
        description="After how long without a page that somebody opens, or a form that they send, "
        "a session of the console is over, such as `8h` for a screen on a wall; after 12 hours it "
        "always is.",
    )
    encryption: Encryption = Field(
        default=Encryption.ON,
        description="`off`: what Temporal stores from now on is not encrypted; what is encrypted "
        "is still read.",
    )
    encryption_key: SecretStr | None = Field(
        default=None,
        description="What encrypts what Temporal stores: 64 hexadecimal characters, the same "
        "wherever Standfast runs; several, separated by commas: the first encrypts, all decrypt. "
        "Unset means a key that is made in the data directory, and with another Temporal server "
        "than the embedded one no encryption.",
    )
    link_lifetime: Duration = Field(
        default=timedelta(days=14),
        description="How long a reporter's one-click links, and answers by mail, are good.",
    )
    push_key: SecretStr | None = Field(
        default=None,
        description="What signs pushes to browsers (`webpush://`): 64 hexadecimal characters, the "
        "same wherever Standfast runs; unset means a key that is made in the data directory. With "
        "another key every device has to be added anew.",
    )
    push_services: Annotated[str, AfterValidator(values.origins)] = Field(
        default="",
        description="Push services besides those of Chrome, Edge, Firefox and Safari to which "
        "browsers may have pages sent, such as `https://push.example`; several, separated by "
        "commas.",
    )
    oidc_issuer: Annotated[str, AfterValidator(values.issuer)] | None = Field(
        default=None,
        description="The OpenID Connect provider for signing in to the console, such as "
        "`https://login.example/realms/staff`; unset means by token only.",
    )
    oidc_client_id: str | None = Field(
        default=None, description="The client's name at that provider."
    )
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Its secret; unset for a public client, which PKCE protects."
    )
    oidc_role_claim: str = Field(
        default="groups",
        min_length=1,
        description="The claim of the ID token that gives the role; a dot leads one level deeper, "
        "as in `realm_access.roles`.",
    )
    oidc_roles: Annotated[str, AfterValidator(values.gives_roles)] = Field(
        default="",
        description="What that claim's values mean, such as "
        "`sre=operator,helpdesk=responder`; the highest role counts.",
    )
    oidc_default_role: Role | None = Field(
        default=None,
        description="The role of those to whom no value gives one; unset means that they may not "
        "sign in.",
    )

    @field_validator("versioning")
    @classmethod
    def _needs_a_build(cls, given: Versioning, info: ValidationInfo) -> Versioning:
        if given is Versioning.PINNED and not info.data.get("build_id"):
            raise ValueError("needs STANDFAST_BUILD_ID, the build that incidents are pinned to")
        return given

    @property
    def records_url(self) -> str:
        """The record store's SQLAlchemy URL, whether set or the default."""
        return self.database_url or f"sqlite:///{self.data_dir / 'records.db'}"

    @property
    def records_elsewhere(self) -> bool:
        """Whether the records can be away while the data directory is there."""
        return self.database_url is not None and not self.database_url.startswith("sqlite")

    @property
    def oidc_role_of(self) -> dict[str, Role]:
        """The roles that values of the claim give."""
        return values.roles_of(self.oidc_roles)

    @property
    def outbox(self) -> Path:
        """Where the channel `outbox://` writes its messages."""
        return self.data_dir / "outbox.jsonl"


def load_settings(*, worker_processes: int | None = None) -> Settings:
    """The settings of this process; what is given here wins over its variable.

    Raises:
        BadSetting: one line for each variable that cannot be used.
    """
    try:
        return (
            Settings() if worker_processes is None else Settings(worker_processes=worker_processes)
        )
    except ValidationError as error:
        lines = [
            f"{variable(str(detail['loc'][0]))}: {_words(detail['type'], detail['msg'])}"
            f"{_shown(str(detail['loc'][0]), detail['input'])}"
            for detail in error.errors()
        ]
        raise BadSetting("\n".join(lines)) from None


def _shown(field: str, given: object) -> str:
    """What was given, unless it is a secret or has one in it."""
    secret = "SecretStr" in str(Settings.model_fields[field].annotation)
    # An address may have a name and a password before its host.
    return "" if secret or "@" in str(given) else f" (it is {given!r})"


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
        days, hours = default // timedelta(days=1), default // timedelta(hours=1)
        return f"{days}d" if days else f"{hours}h" if hours else f"{default.seconds}s"
    return str(default)


def _words(kind: str, message: str) -> str:
    if kind.startswith("time_delta"):
        return "must be a duration such as 30s, 15m, 1h30m or 90d"
    if kind.startswith("int_"):
        return "must be a whole number"
    words = message.removeprefix("Value error, ").removeprefix("Input ")
    return words.replace("should be", "must be", 1)
