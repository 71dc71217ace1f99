"""The form of a channel: what a message through it can look like."""

from enum import StrEnum


class ChannelForm(StrEnum):
    """By it the words of a message are chosen.

    push: a screen that is glanced at; short, and a tap opens more.
    sms: 160 characters of plain text.
    voice: read aloud, so nothing that only the eye can take in.
    mail: the whole.
    chat: short, among others.
    """

    PUSH = "push"
    SMS = "sms"
    VOICE = "voice"
    MAIL = "mail"
    CHAT = "chat"
