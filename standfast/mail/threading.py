"""Which incident a message is about: by the messages it replies to, or by an incident's id."""

import re

from standfast.incidents.alert import incident_key
from standfast.incidents.ids import PREFIX, is_incident_id
from standfast.mail.mail import Mail

SOURCE = "email"
"""The name of mail in deduplication keys, and of the source whose key may deliver mail."""

_TOKEN = re.compile(rf"(?<![A-Z0-9-]){PREFIX}[A-Z2-7]{{10}}(?![A-Z0-9])", re.IGNORECASE)
_PREFIXES = re.compile(r"(?:\s*(?:re|aw|sv|vs|antw|antwort|rif|odp)\s*(?:\[\d+\])?\s*:)+", re.I)
_MOST_TOKENS = 5


def thread_key(message_id: str) -> str:
    """The deduplication key of the incident that a message of that id opened."""
    return incident_key(SOURCE, message_id)


def ids_named(mail: Mail) -> tuple[str, ...]:
    """The incident ids in the message: first those in its addresses (`help+INC-…@`)."""
    tagged = [address.partition("@")[0].partition("+")[2] for address in mail.recipients]
    found = [tag.upper() for tag in tagged] + [
        token.upper() for token in _TOKEN.findall(mail.subject)
    ]
    return tuple(dict.fromkeys(one for one in found if is_incident_id(one)))[:_MOST_TOKENS]


def bare_subject(subject: str) -> str:
    """A subject without `Re:` and the like, and without incident ids."""
    without = _TOKEN.sub("", subject).replace("[]", "").replace("()", "")
    return _PREFIXES.sub("", without, count=1).strip()
