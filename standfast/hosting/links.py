"""The links in messages, to an incident and by which reporters answer; and tags for mail."""

from standfast.hosting.settings import INCIDENT, Settings
from standfast.hosting.signing import signing_keys
from standfast.intake.answer_tags import AnswerTags
from standfast.intake.confirmation_links import ReporterLinks
from standfast.notification.delivery import AnswerLinks


def incident_link(settings: Settings, ui: str, namespace: str) -> str:
    """The link for responders to an incident; empty where none is known.

    ui: the address of the embedded server's web UI; empty where none is embedded.
    """
    if settings.link:
        return settings.link
    if settings.public_url:
        return f"{settings.public_url}/incidents/{INCIDENT}"
    return f"{ui}/namespaces/{namespace}/workflows/{INCIDENT}" if ui else ""


def reporter_links(settings: Settings) -> AnswerLinks | None:
    """The links by which reporters answer; None without a public address."""
    if not settings.public_url:
        return None
    keys = signing_keys(settings)
    return ReporterLinks(keys, settings.public_url, settings.link_lifetime).links


def answer_tags(settings: Settings) -> AnswerTags:
    """By which answers of reporters are recognised that come by mail."""
    return AnswerTags(signing_keys(settings), settings.link_lifetime)
