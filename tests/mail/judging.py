"""How a mail of the tests is judged: as which kind it is set aside, or that it is taken."""

from standfast.mail.filter import judge
from standfast.mail.mail import Envelope
from standfast.mail.marks.mark import SetAsideKind
from standfast.mail.reading import read
from standfast.policy.mail import MailRules
from tests.mail.messages import HELP

RULES = MailRules.model_validate({"mailboxes": [{"address": HELP}]})

TAKEN = ""
OWN, OURS = SetAsideKind.OWN_MESSAGE, SetAsideKind.OWN_ADDRESS
BOUNCE, AUTOMATIC = SetAsideKind.BOUNCE, SetAsideKind.AUTOMATIC
NEWSLETTER, MEETING = SetAsideKind.NEWSLETTER, SetAsideKind.MEETING

QMAIL = "Hi. This is the qmail-send program at x.example.\nI'm afraid I wasn't able to deliver …"
EXCHANGE = "Your message did not reach some or all of the intended recipients.\n\nSubject: x"
AWAY = "I am away until Monday."
OURS_AGAIN = "Is it resolved? P3 Wiki crashed (INC-7F3K2QXWM4)"


def kind(message: bytes, envelope: Envelope | None = None, rules: MailRules = RULES) -> str:
    judged = judge(read(message, envelope), rules)
    assert judged.reason
    return judged.kind or TAKEN
