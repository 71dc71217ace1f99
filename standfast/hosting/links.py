"""The links in messages, to an incident and by which reporters answer; and tags for mail."""

from standfast.hosting.connection import LOOPBACK
from standfast.hosting.settings import INCIDENT, Settings
from standfast.hosting.signing import signing_keys
from standfast.intake.answer_tags import AnswerTags
from standfast.intake.confirmation_links import ReporterLinks
from standfast.notification.rendering import AnswerLinks, Links


def incident_link(settings: Settings) -> str:
    """The link for responders to an incident; empty where none is known."""
    if settings.link:
        return settings.link
    if settings.public_url:
        return f"{settings.public_url}/incidents/{INCIDENT}"
    if not settings.api_port:  # any free one, which only the API process knows
        return ""
    return f"http://{LOOPBACK}:{settings.api_port}/incidents/{INCIDENT}"


def message_links(settings: Settings, incident: str) -> Links:
    """The links of messages; `incident` is where responders see one, as `incident_link` says."""
    return Links(
        incident=incident,
        reporter=reporter_links(settings),
        answer_tag=answer_tags(settings).tag,
    )


def reporter_links(settings: Settings) -> AnswerLinks | None:
    """The links by which reporters answer; None without a public address."""
    if not settings.public_url:
        return None
    keys = signing_keys(settings)
    return ReporterLinks(keys, settings.public_url, settings.link_lifetime).links


def answer_tags(settings: Settings) -> AnswerTags:
    """By which answers of reporters are recognised that come by mail."""
    return AnswerTags(signing_keys(settings), settings.link_lifetime)
