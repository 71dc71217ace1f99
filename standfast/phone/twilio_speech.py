"""What a call by Twilio says, as TwiML: https://www.twilio.com/docs/voice/twiml/gather."""

import re
from typing import TYPE_CHECKING

from standfast.phone.provider import Speech

if TYPE_CHECKING:
    from twilio.twiml.voice_response import Gather, VoiceResponse

LONGEST_SPEECH = 1_000
"""Characters that a call reads: it is said twice, and Twilio takes 4,000 of TwiML in a request."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_WAIT_FOR_A_KEY = 8
"""Seconds after the text."""


def said_twice(speech: Speech, keys_url: str) -> str:
    """TwiML that says it twice, and takes a key at any time, where there is where it goes to."""
    from twilio.twiml.voice_response import Gather, VoiceResponse

    answer = VoiceResponse()
    for _ in range(2):
        if not keys_url:
            _say(answer, speech)
            answer.pause(length=1)
            continue
        keys = Gather(
            num_digits=1, action=keys_url, method="POST", timeout=_WAIT_FOR_A_KEY, input="dtmf"
        )
        _say(keys, speech)
        answer.append(keys)
    answer.hangup()
    return str(answer)


def said_once(speech: Speech) -> str:
    """TwiML that says it, and hangs up."""
    from twilio.twiml.voice_response import VoiceResponse

    answer = VoiceResponse()
    _say(answer, speech)
    answer.hangup()
    return str(answer)


def _say(where: "VoiceResponse | Gather", speech: Speech) -> None:
    how = {"language": speech.language, "voice": speech.voice}
    # `&` is read as that anyway, and these would take several characters each.
    text = sendable(speech.text).replace("&", " and ").translate({60: None, 62: None})
    where.say(text[:LONGEST_SPEECH], **{name: value for name, value in how.items() if value})


def sendable(text: str) -> str:
    """Without what no request and no XML can hold, so that the rest arrives."""
    return _NOT_IN_XML.sub("", text)
