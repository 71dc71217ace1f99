"""Arguments and options that many commands share."""

from collections.abc import Sequence
from typing import Annotated

import typer

from standfast.commands.failures import UsageError
from standfast.hosting.settings import load_settings
from standfast.incidents.ids import (
    is_article_id,
    is_incident_id,
    is_override_id,
    is_session_id,
    is_silence_id,
    is_token_id,
)


def read_labels(pairs: Sequence[str]) -> dict[str, str]:
    """Labels as typed, each `NAME=VALUE`.

    Raises:
        UsageError: one has no name or no value, or is given twice.
    """
    labels: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise UsageError(f"--label {pair}: write it as NAME=VALUE")
        if name in labels:
            raise UsageError(f"--label {name} is given twice")
        labels[name] = value
    return labels


def _incident_id(text: str) -> str:
    written = text.strip().upper()
    if not is_incident_id(written):
        raise UsageError(f"{text} is not an incident id; one looks like INC-7F3K2QXWM4")
    return written


def _article_id(text: str) -> str:
    written = text.strip().upper()
    if not is_article_id(written):
        raise UsageError(f"{text[:20]} is not an article's id; one looks like KB-7F3K2Q")
    return written


def _silence_id(text: str) -> str:
    written = text.strip().upper()
    if not is_silence_id(written):
        raise UsageError(f"{text} is not a silence's id; one looks like SIL-7F3K2Q")
    return written


def _override_id(text: str) -> str:
    written = text.strip().upper()
    if not is_override_id(written):
        raise UsageError(f"{text} is not an override's id; one looks like OVR-7F3K2Q")
    return written


def _token_id(text: str) -> str:
    written = text.strip().upper()
    if not is_token_id(written):
        raise UsageError(f"{text[:20]} is not a token's id; one looks like TOK-7F3K2Q")
    return written


def _by(context: typer.Context, given: str) -> str:
    """Who acts. On the server's machine it must be said; to the API the token says it."""
    told = str(context.get_parameter_source("by")).endswith("COMMANDLINE")
    if not told and not load_settings().url:
        raise UsageError(f"Missing option '--by'. (see {context.command_path} --help)")
    return given


def _session_id(text: str) -> str:
    written = text.strip().upper()
    if written and not is_session_id(written):
        raise UsageError(f"{text[:20]} is not a session's id; one looks like SES-7F3K2Q")
    return written


IncidentId = Annotated[
    str, typer.Argument(metavar="ID", parser=_incident_id, help="Such as INC-7F3K2QXWM4.")
]
IncidentIds = Annotated[
    list[str],
    typer.Argument(
        metavar="ID", parser=_incident_id, help="Such as INC-7F3K2QXWM4; several at once."
    ),
]
OtherId = Annotated[
    str, typer.Argument(metavar="OTHER", parser=_incident_id, help="The other incident's id.")
]
ForIncident = Annotated[
    str,
    typer.Option("--incident", metavar="ID", parser=_incident_id, help="The id to fill in."),
]
ArticleId = Annotated[
    str, typer.Argument(metavar="ID", parser=_article_id, help="Such as KB-7F3K2Q.")
]
SilenceId = Annotated[
    str, typer.Argument(metavar="ID", parser=_silence_id, help="Such as SIL-7F3K2Q.")
]
OverrideId = Annotated[
    str, typer.Argument(metavar="ID", parser=_override_id, help="Such as OVR-7F3K2Q.")
]
TokenId = Annotated[
    str, typer.Argument(metavar="ID", parser=_token_id, help="Such as TOK-7F3K2Q, by `token list`.")
]
By = Annotated[
    str,
    typer.Option(
        "--by",
        metavar="PERSON",
        help="Who does this; required, unless STANDFAST_URL is set: then the token says who.",
        default_factory=str,
        show_default=False,
        callback=_by,
    ),
]
SessionId = Annotated[
    str,
    typer.Argument(metavar="ID", parser=_session_id, help="Such as SES-7F3K2Q, by `session list`."),
]
OfEpisode = Annotated[
    int | None,
    typer.Option("--episode", min=1, help="An episode that has closed.  \\[default: the latest]"),
]
AnyEpisode = Annotated[
    int | None,
    typer.Option("--episode", min=1, help="An earlier episode.  \\[default: the latest]"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
