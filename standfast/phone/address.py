"""What the URL of a phone channel says: `twilio-sms://SID:TOKEN@FROM/TO`."""

import re
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_BETWEEN = re.compile(r"[\s().-]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_VOICE = re.compile(r"[A-Za-z][A-Za-z0-9.-]{0,59}", re.ASCII)
_HOURLY = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_OPTIONS = ("api", "hourly", "language", "voice")

HOURLY = 60
"""SMS, or calls, to one number within an hour: nobody reads more, and each costs money."""


class NotAnAddress(ValueError):  # noqa: N818
    """A URL that no phone is reached by; the text quotes nothing of it that may be secret."""


class PhoneAddress(NamedTuple):
    """How one phone is reached.

    account, secret: by which the provider lets us in; it signs with the secret, too.
    sender: our number, or what the provider has in its place. number: theirs, as +4915112345678.
    api: where the provider's API is; empty for its usual address.
    language, voice: of calls; empty for the provider's usual ones.
    hourly: the most SMS, or calls, to that number within an hour.
    """

    account: str
    secret: str
    sender: str
    number: str
    api: str = ""
    language: str = ""
    voice: str = ""
    hourly: int = HOURLY


def address_of(url: str) -> PhoneAddress:
    """The address in a URL.

    Raises:
        NotAnAddress: it is none; what has to be there.
    """
    try:
        parts = urlsplit(url.strip())
        options = parse_qs(parts.query, keep_blank_values=True, max_num_fields=10)
    except ValueError:
        raise NotAnAddress("is not a URL") from None
    credentials, at, sender = parts.netloc.rpartition("@")
    account, colon, secret = credentials.partition(":")
    if not (at and colon and account and secret):
        raise NotAnAddress(f"must begin with the account and its secret: {_shape(parts.scheme)}")
    sender, to = unquote(sender), unquote(parts.path.strip("/"))
    if not sender or not to or "/" in to:
        raise NotAnAddress(f"must name our number and theirs: {_shape(parts.scheme)}")
    if unknown := sorted(options.keys() - set(_OPTIONS)):
        raise NotAnAddress(f"has the unknown option {unknown[0][:20]!r}; there are {_listed()}")
    number = tidy_number(to)
    if not _NUMBER.fullmatch(number):
        raise NotAnAddress("ends with what is no number: write it as +493012345678")
    given = {name: values[-1] for name, values in options.items()}
    for name, shape, example in (
        ("language", _LANGUAGE, "de-DE"),
        ("voice", _VOICE, "Polly.Vicki"),
        ("hourly", _HOURLY, "60"),
    ):
        if name in given and not shape.fullmatch(given[name]):
            raise NotAnAddress(f"has a value of `{name}` that cannot be one: write it as {example}")
    if "api" in given and not _is_safe(given["api"]):
        raise NotAnAddress("has an `api` that is not an https address: the secret would be read")
    return PhoneAddress(
        unquote(account),
        unquote(secret),
        sender,
        number,
        api=given.get("api", ""),
        language=given.get("language", ""),
        voice=given.get("voice", ""),
        hourly=int(given.get("hourly", HOURLY)),
    )


def tidy_number(text: str) -> str:
    """A number as it is compared: `+`, then digits.

    >>> tidy_number("+49 (151) 123-45678")
    '+4915112345678'
    """
    bare = _BETWEEN.sub("", text)
    return bare if bare.startswith("+") or not bare.isdecimal() else f"+{bare}"


def is_number(text: str) -> bool:
    """Whether it can be a number with its country, such as +4915112345678."""
    return _NUMBER.fullmatch(text) is not None


def _shape(scheme: str) -> str:
    return f"{scheme or 'twilio-sms'}://ACCOUNT:SECRET@FROM/TO"


def _listed() -> str:
    return ", ".join(_OPTIONS)


def _is_safe(api: str) -> bool:
    parts = urlsplit(api)
    if parts.username or parts.query or parts.fragment or not parts.hostname:
        return False
    is_here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    return parts.scheme == "https" or (parts.scheme == "http" and is_here)
