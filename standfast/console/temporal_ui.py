"""Where the Temporal UI shows an incident, where that is known."""

from urllib.parse import quote

from standfast.hosting.data_directory import running_server
from standfast.hosting.settings import INCIDENT, Settings

_OF_TEMPORAL = "/workflows/"


def temporal_ui(settings: Settings, incident_id: str) -> str:
    """The address of an incident's workflow; empty where it is unknown."""
    if settings.link and _OF_TEMPORAL in settings.link:
        return settings.link.replace(INCIDENT, quote(incident_id, safe=""))
    record = running_server(settings.data_dir)
    if record is None:
        return ""
    return f"{record.ui}/namespaces/{record.namespace}{_OF_TEMPORAL}{incident_id}"
