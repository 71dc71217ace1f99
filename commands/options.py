"""Arguments and options that many commands share."""

from typing import Annotated

import typer

from commands.failures import Misused
from incidents.ids import is_incident_id


def _incident_id(text: str) -> str:
    written = text.strip().upper()
    if not is_incident_id(written):
        raise Misused(f"{text} is not an incident id; one looks like INC-7F3K2QXWM4")
    return written


IncidentId = Annotated[
    str, typer.Argument(metavar="ID", parser=_incident_id, help="Such as INC-7F3K2QXWM4.")
]
ForIncident = Annotated[
    str,
    typer.Option("--incident", metavar="ID", parser=_incident_id, help="Whose id is filled in."),
]
By = Annotated[str, typer.Option("--by", metavar="PERSON", help="Who does this.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
