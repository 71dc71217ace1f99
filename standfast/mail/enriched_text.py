"""`text/enriched` (RFC 1896) and `text/richtext` (RFC 1341) → plain text, quotes marked by `>`."""

import re

KINDS = ("text/enriched", "text/richtext")

_TOKEN = re.compile(r"<<|<(/?)([A-Za-z][A-Za-z0-9-]{0,59})>|\n+|[^<\n]+|<")
_UNSEEN = frozenset({"param", "comment"})
_OF_RICHTEXT = {"nl": "\n", "np": "\n\n", "lt": "<"}
_QUOTE = "> "
_LONGEST = 300_000
_CUT = "\n[the text is too long: what comes below is left out]"


def text_of_enriched(text: str, kind: str) -> str:
    """The text a person sees, as far as it is read.

    One end of line is a space there, and more of them are one fewer.
    """
    parts: list[str] = []
    opened = dict.fromkeys((*_UNSEEN, "nofill", "excerpt"), 0)
    for token in _TOKEN.finditer(text[:_LONGEST]):
        name = (token[2] or "").lower()
        if name in opened:
            opened[name] = max(opened[name] + (-1 if token[1] else 1), 0)
            if name == "excerpt":
                parts.append(f"\n{_QUOTE * min(opened[name], 1)}")
        elif any(opened[one] for one in _UNSEEN):
            continue
        elif name:
            if kind == "text/richtext" and not token[1]:
                parts.append(_OF_RICHTEXT.get(name, ""))
        elif token[0].startswith("\n"):
            ends = len(token[0]) if opened["nofill"] else len(token[0]) - 1
            if kind == "text/richtext":
                ends = 0
            parts.append(f"\n{_QUOTE * min(opened['excerpt'], 1)}" * ends or " ")
        else:
            parts.append("<" if token[0] == "<<" else token[0])
    return "".join(parts) + (_CUT if len(text) > _LONGEST else "")
