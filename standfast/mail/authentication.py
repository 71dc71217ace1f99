"""Authentication-Results (RFC 8601): what our own mail server found out about a mail's sender.

Anybody can write such a header into a mail. So only the topmost one with the name of the server
that the policy trusts is read; a server removes those that come in under its own name.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

HEADER = "authentication-results"

_LONGEST = 8_000
_MOST_RESULTS = 50
_WORD = re.compile(r"[^\s;=()\"]+")
_METHOD = re.compile(r"([a-z0-9-]+)(?:\s*/\s*\d+)?\s*=\s*([a-z0-9-]+)", re.I)
_PROPERTY = re.compile(r"\b([a-z0-9-]+)\.([a-z0-9_-]+)\s*=\s*(\S+)", re.I)


class _Result(NamedTuple):
    """One method's result, such as dkim=pass, with its properties, such as header.d."""

    method: str
    result: str
    properties: dict[str, str]


def unauthenticated(values: Sequence[str], server: str, domain: str) -> str:
    """Why the mail is not known to come from that domain of its From; "" where it is.

    values: the headers `HEADER`, the topmost first. server: the authserv-id that is trusted.

    It is known by `dmarc=pass`, or without a DMARC policy of the domain by an aligned DKIM or SPF.
    """
    told = next((found for value in values if (found := _of(value, server)) is not None), None)
    if told is None:
        return f"{server} says nothing of who sent it"
    dmarc = [one for one in told if one.method == "dmarc"]
    said = [one.result for one in dmarc]
    about = {one.properties.get("header.from", domain).lower() for one in dmarc}
    if said and set(said) == {"pass"} and about == {domain}:
        return ""
    if set(said) <= {"none"} and any(_is_aligned(one, domain) for one in told):
        return ""
    results = ", ".join(f"{one.method}={one.result}" for one in told[:4]) or "nothing"
    return f"{server} does not confirm that it is from {domain} ({results})"


def _of(value: str, server: str) -> list[_Result] | None:
    """The results in a header of that server; None where it is another's, or cannot be read."""
    parts = list(islice(_parts(value[:_LONGEST]), _MOST_RESULTS + 1))
    name = _WORD.match(parts[0].strip()) if parts else None
    if name is None or name[0].lower() != server.lower():
        return None
    found: list[_Result] = []
    for part in parts[1:]:
        if method := _METHOD.match(part.strip()):
            properties: dict[str, str] = {}
            for one in _PROPERTY.finditer(part):
                about, value = f"{one[1]}.{one[2]}".lower(), one[3].strip('"').lower()
                # One of two may be what the sender chose: then it says nothing.
                properties[about] = value if properties.get(about, value) == value else ""
            found.append(_Result(method[1].lower(), method[2].lower(), properties))
    return found


def _parts(value: str) -> Iterator[str]:
    """What is between the semicolons, without comments; those in quotes separate nothing.

    A text in quotes is left out, but for its letters: it can hold what looks like a result.
    """
    part: list[str] = []
    depth, quoted, escaped = 0, False, False
    for one in value:
        if escaped:
            escaped = False
        elif one == "\\" and (quoted or depth):
            escaped = True
        elif depth:
            depth += {"(": 1, ")": -1}.get(one, 0)
        elif one == '"':
            quoted = not quoted
            part.append("\0")
        elif quoted:
            continue
        elif one == "(":
            depth += 1
            part.append(" ")
        elif one == ";":
            yield "".join(part)
            part = []
        else:
            part.append(one)
    if not quoted and not depth:
        yield "".join(part)


def _is_aligned(result: _Result, domain: str) -> bool:
    """Whether a passed DKIM or SPF is of that domain, or of one that it is part of."""
    if result.result != "pass":
        return False
    names = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}.get(result.method, ())
    named = next((result.properties[name] for name in names if name in result.properties), "")
    signer = named.rpartition("@")[2].strip(".")
    return "." in signer and (domain == signer or domain.endswith(f".{signer}"))
