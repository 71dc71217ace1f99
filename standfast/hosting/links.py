"""The links in messages, to an incident and by which people answer; and tags for mail."""

from datetime import datetime

from standfast.hosting.connection import LOOPBACK
from standfast.hosting.setting_values import INCIDENT
from standfast.hosting.settings import Settings
from standfast.hosting.signing import signing_keys
from standfast.intake.answer_tags import AnswerTags
from standfast.intake.confirmation_links import ReporterLinks
from standfast.intake.page_links import BY_MAIL, PageLinks
from standfast.notification.rendering import AnswerLinks, Links, PageLink


def incident_link(settings: Settings) -> str:
    """The link for responders to an incident; empty where none is known."""
    if settings.link:
        return settings.link
    console = console_address(settings)
    return f"{console}/incidents/{INCIDENT}" if console else ""


def console_address(settings: Settings) -> str:
    """Where people reach the console; without a public address, this machine alone does."""
    if settings.public_url:
        return settings.public_url
    if not settings.api_port:  # any free one, which only the API process knows
        return ""
    return f"http://{LOOPBACK}:{settings.api_port}"


def page_links(settings: Settings) -> PageLinks:
    """By which people answer pages without signing in.

    Whoever has their people look elsewhere gets none that opens on this machine alone.
    """
    base = "" if settings.link and not settings.public_url else console_address(settings)
    return PageLinks(signing_keys(settings), base)


def page_reply_tokens(settings: Settings) -> PageLinks:
    """By which answers to pages are recognised that come by mail; they open no link."""
    return PageLinks(signing_keys(settings), purpose=BY_MAIL)


def message_links(settings: Settings, incident: str) -> Links:
    """The links of messages; `incident` is where responders see one, as `incident_link` says."""
    return Links(
        incident=incident,
        page=_page_link(settings),
        page_token=page_reply_tokens(settings).token,
        reporter=reporter_links(settings),
        answer_tag=answer_tags(settings).tag,
    )


def _page_link(settings: Settings) -> PageLink:
    links = page_links(settings)

    def link(
        incident_id: str, episode: int, person: str, asked_at: datetime, own_channel: str
    ) -> str:
        return links.link(links.token(incident_id, episode, person, asked_at, own_channel))

    return link


def reporter_links(settings: Settings) -> AnswerLinks | None:
    """The links by which reporters answer; None without a public address."""
    if not settings.public_url:
        return None
    keys = signing_keys(settings)
    return ReporterLinks(keys, settings.public_url, settings.link_lifetime).links


def answer_tags(settings: Settings) -> AnswerTags:
    """By which answers of reporters are recognised that come by mail."""
    return AnswerTags(signing_keys(settings), settings.link_lifetime)
