"""Channels that people may add by themselves: URL templates with one placeholder each.

A person fills in an address, never a URL: what may stand there is checked by its kind, and goes in
percent-encoded, behind the host. `AddressKind` is the kind of address; each stands in `KINDS`.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BeforeValidator, Field, model_validator

from standfast.policy.channels import ChannelUrl
from standfast.policy.runbooks import SECRET
from standfast.policy.section import Key, Section

MOST_METHODS = 10


@dataclass(frozen=True)
class AddressKind:
    """What a person fills in.

    name: of the placeholder. words: what is asked for. example: one that is right.
    shown: letters that others see at its beginning and its end. separators: what people write
        between its characters, which is left out.
    """

    name: str
    words: str
    example: str
    pattern: re.Pattern[str]
    shown: tuple[int, int]
    separators: str = ""

    def checked(self, text: str) -> str:
        """The address as it is kept. ValueError: it is none, in words."""
        written = "".join(letter for letter in text.strip() if letter not in self.separators)
        if not self.pattern.fullmatch(written):
            raise ValueError(f"must be {self.words}, such as {self.example}")
        return written

    def masked(self, text: str) -> str:
        """So much of it as others may see."""
        name, at, domain = text.partition("@")
        begin, end = self.shown
        if at:
            return f"{name[:begin]}…@{domain}"
        if len(text) < begin + end + 3:
            return "…"
        return f"{text[:begin]}…{text[len(text) - end :]}"


KINDS = {
    kind.name: kind
    for kind in (
        AddressKind(
            "address",
            "a mail address",
            "ana@fernhill.example",
            # Narrower than the standards: Apprise takes `o'neil@host` for `neil@host`.
            re.compile(
                r"(?=.{3,254}\Z)\w[\w.+-]{0,63}@(?:[a-z0-9][a-z0-9-]{0,62}\.)+[a-z0-9-]{2,63}",
                re.A | re.I,
            ),
            (1, 0),
        ),
        AddressKind(
            "number",
            "a phone number with its country, by E.164",
            "+49 30 1234567",
            re.compile(r"\+[1-9][0-9]{6,14}", re.A),
            (3, 2),
            separators=" ().-/",
        ),
        AddressKind(
            "topic",
            "a topic of ntfy: at least 16 letters, digits, - or _, since whoever knows it reads it",
            "ana-7f3k2qxwm4tz5b",
            re.compile(r"[A-Za-z0-9_-]{16,64}", re.A),
            (2, 0),
        ),
    )
}
"""By the name of the placeholder."""

AddressKindName = Literal["address", "number", "topic"]

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_AUTHORITY = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)


def wrong_with(template: str) -> str:
    """What is wrong with a template that is no secret, in words; empty where nothing is."""
    found = _PLACEHOLDER.findall(template)
    if len(found) != 1 or found[0] not in KINDS:
        known = ", ".join(f"{{{name}}}" for name in KINDS)
        return f"must have one placeholder, one of {known}"
    authority = _AUTHORITY.match(template)
    if authority is None:
        return "must be a URL, such as mailto://user:pass@mail.example/?to={address}"
    if "{" in authority[0]:
        return "the placeholder must not stand in the name of the host: write it behind the host"
    return ""


class ContactMethod(Section):
    """A kind of channel that people may add.

    url: an Apprise URL with one placeholder, or `secret:NAME`.
    asks_for: the placeholder; needed where a secret hides it.
    """

    url: ChannelUrl
    asks_for: AddressKindName | None = None

    @model_validator(mode="after")
    def _has_one_placeholder(self) -> "ContactMethod":
        if self.url.startswith(SECRET):
            if self.asks_for is None:
                raise ValueError(
                    "what it asks for is not seen in a secret: write "
                    f"{{url: {self.url!r}, asks_for: number}}"
                )
            return self
        if problem := wrong_with(self.url):
            raise ValueError(problem)
        inside = _PLACEHOLDER.findall(self.url)[0]
        if self.asks_for not in (None, inside):
            raise ValueError(f"asks for {self.asks_for}, and its url has {{{inside}}}")
        return self

    @property
    def kind(self) -> AddressKind:
        """What people fill in."""
        return KINDS[self.asks_for or _PLACEHOLDER.findall(self.url)[0]]

    def filled(self, template: str, address: str) -> str:
        """The URL for an address; `template` is `url` with its secret looked up.

        ValueError: the template is wrong, or the address is none any more; in words without either.
        """
        if problem := wrong_with(template):
            raise ValueError(f"the template {problem}")
        if _PLACEHOLDER.findall(template)[0] != self.kind.name:
            raise ValueError(f"the template does not ask for {{{self.kind.name}}}")
        checked = self.kind.checked(address)
        return template.replace(f"{{{self.kind.name}}}", quote(checked, safe=""))


def masked(method: ContactMethod | None, address: str) -> str:
    """So much of an address as others may see; least of one whose method is gone."""
    return (method.kind if method else KINDS["topic"]).masked(address)


def _url_alone(value: Any) -> Any:
    return {"url": value} if isinstance(value, str) else value


ContactMethods = Annotated[
    dict[Key, Annotated[ContactMethod, BeforeValidator(_url_alone)]],
    Field(max_length=MOST_METHODS),
]
"""By name, such as `sms`: a URL alone, or the whole."""


class ContactDemands(Section):
    """What the policy demands of whoever is on call.

    verified: so many channels of their own that are verified. methods: by so many methods.
    """

    verified: Annotated[int, Field(ge=0, le=10)] = 0
    methods: Annotated[int, Field(ge=0, le=10)] = 0
