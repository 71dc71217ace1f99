"""What mail programs write around a quote, a forward and a signature, language by language.

The words themselves are in mail_programs.yaml.
"""

from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

_Words = tuple[str, ...]


class Language(BaseModel):
    """The words of one language.

    sender, sent, to, copy, subject: the labels in the header block of a quoted message.
    original, forwarded: the line above it. wrote: the verb of "On Monday Ana wrote:".
    phone: the line that a phone adds, such as "Sent from my iPhone": its beginning, or the text on
        both sides of `…`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sender: _Words
    sent: _Words
    to: _Words
    copied: _Words
    subject: _Words
    wrote: _Words
    original: _Words = ()
    forwarded: _Words = ()
    phone: _Words = ()


class MailPrograms(BaseModel):
    """All words. `before_a_date` to `disclaimer_words` are in lower case.

    before_a_date: the word before the date in "On Monday Ana wrote:".
    forward_prefixes: what stands before the subject of a forwarded message. Not `VS`: that is
        Danish for a forward and Finnish for a reply.
    devices: what "Sent from my iPhone" names; without one of them it is somebody's sentence.
    warnings, warning_words: how the paragraph begins that a mail server puts above a mail from
        outside, what it says as well, and what its further lines say.
    disclaimers, disclaimer_words: the same for what a company puts below every mail.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    languages: dict[str, Language]
    before_a_date: _Words
    forward_prefixes: _Words
    devices: _Words
    warnings: _Words
    warning_words: _Words
    warning_goes_on: _Words
    disclaimers: _Words
    disclaimer_words: _Words

    def all_of(self, kind: str) -> _Words:
        """The words of one kind in every language, each once, in lower case, the longest first."""
        found = {word.casefold() for one in self.languages.values() for word in getattr(one, kind)}
        return tuple(sorted(found, key=lambda word: (-len(word), word)))


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, where there is one: it is ten times faster."""
_FILE = files("standfast.mail") / "mail_programs.yaml"

MAIL_PROGRAMS = MailPrograms.model_validate(
    yaml.load(_FILE.read_text("utf-8"), _LOADER)  # noqa: S506 - both are safe ones
)
