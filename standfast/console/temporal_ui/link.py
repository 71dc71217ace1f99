"""Where the Temporal UI shows an incident, where that is known."""

from urllib.parse import quote

from standfast.hosting.data_directory import running_server
from standfast.hosting.setting_values import INCIDENT
from standfast.hosting.settings import Settings
from standfast.incidents.roles import Role

PREFIX = "/temporal"
"""The path of the console at which the embedded server's UI is shown."""

READS = Role.OPERATOR
WRITES = Role.ADMINISTRATOR
"""Who may terminate, reset and signal there: under whatever name they type, past our own rules."""

_OF_TEMPORAL = "/workflows/"


def temporal_ui(settings: Settings, incident_id: str, role: Role) -> str:
    """The address of an incident's workflow for somebody of that role; empty without one."""
    if settings.link and _OF_TEMPORAL in settings.link:
        return settings.link.replace(INCIDENT, quote(incident_id, safe=""))
    record = running_server(settings.data_dir)
    if record is None or not role.may(READS):
        return ""
    return f"{PREFIX}/namespaces/{record.namespace}{_OF_TEMPORAL}{incident_id}"
