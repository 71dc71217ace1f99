"""Whether a reply clearly says "fixed" or "not fixed". In doubt it counts as neither."""

import re

from standfast.incidents.resolution import Verdict
from standfast.policy.mail import MailRules

_WORDS = re.compile(r"[\w']+")
_GREETINGS = frozenset(
    _WORDS.findall(
        "hi hello hey dear hallo moin good morning afternoon evening team all support everybody"
    )
)
_GREETS = frozenset(_WORDS.findall("hi hello hey dear hallo moin good"))
_POLITE = frozenset(
    _WORDS.findall(
        "thanks thank you thx cheers many very much so a lot now again please for the your help "
        "danke ok okay great perfect"
    )
)
DOUBT = frozenset(
    _WORDS.findall(
        "but however except still not no again although though only yet aber jedoch doch "
        "sometimes partly mostly isn't doesn't don't can't cannot won't another"
    )
)
_LONGEST = 12


def verdict_in(text: str, rules: MailRules) -> Verdict | None:
    """The verdict in the first line, where that is all it says.

    A "fixed" followed by a "but" is no confirmation.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if lines and is_greeting(lines[0]):
        lines = lines[1:]
    if not lines:
        return None
    if "?" in lines[0]:
        return None
    first = words_in(lines[0])
    if says(first, rules.not_fixed):
        return Verdict.UNRESOLVED
    rest = {word for line in lines[1:] for word in words_in(line)}
    if says(first, rules.fixed) and not rest & DOUBT:
        return Verdict.RESOLVED
    return None


def only_agrees(text: str, rules: MailRules) -> bool:
    """Whether a reply says that all is well, or thanks, and nothing else."""
    lines = [line for line in text.split("\n") if line.strip()]
    words = [word for line in lines for word in words_in(line)]
    if not words or len(words) > _LONGEST:
        return False
    if len(lines) <= 2 and verdict_in(text, rules) is Verdict.RESOLVED:
        return True
    return bool({*words} & {"thanks", "thank", "thx", "danke"}) and not {*words} - _POLITE


def says(words: list[str], phrases: tuple[str, ...]) -> bool:
    """Whether these words are one of the phrases, give or take a word of politeness."""
    if not words or len(words) > _LONGEST:
        return False
    known = {tuple(words_in(phrase)) for phrase in phrases}
    # "fixed, thanks" says what "fixed" says, and so does "yes, fixed again now".
    shorter = list(words)
    while shorter:
        if tuple(shorter) in known:
            return True
        if shorter[-1] in _POLITE:
            shorter.pop()
        elif shorter[0] in _POLITE:
            shorter.pop(0)
        else:
            return False
    return False


def is_greeting(line: str) -> bool:
    """Whether a line is a greeting and nothing else."""
    words = words_in(line)
    return bool(words) and words[0] in _GREETS and (len(words) <= 3 or {*words} <= _GREETINGS)


def words_in(line: str) -> list[str]:
    """The words of a line, in small letters."""
    return [word.strip("'") for word in _WORDS.findall(line.lower().replace("’", "'"))]
