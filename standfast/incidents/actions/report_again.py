"""Report again: a further report of the same thing joins the incident.

It has no form and no command of its own: people report, and a report with the same key joins.
"""

from standfast.incidents.actions.action import Action
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.report import Report
from standfast.incidents.roles import Role

REPORT_AGAIN = ActionDescription(
    action=Action.REPORT_AGAIN,
    payload=Report,
    summary="Report the same problem again: the report joins the incident.",
    example={"title": "VPN drops here too", "users_affected": 20},
    role=Role.REPORTER,
)
