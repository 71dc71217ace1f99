"""Standard output and error that can always be written to, whatever their encoding. No Rich."""

import codecs
import io
import sys
from unicodedata import normalize

_ERRORS = "standfast.replace"

# One character for one, so that columns stay below each other. The flowchart's heavy lines, which
# mark the walked path, and its double ones, which mark the current box, stay different.
_ALIKE = {
    **dict.fromkeys("─╴╶", "-"),
    **dict.fromkeys("│╵╷", "|"),
    **dict.fromkeys("╭╮╯╰├┤┬┴┼┌┐└┘", "+"),
    **dict.fromkeys("━╸╺", "="),
    **dict.fromkeys("┃╹╻┏┓┛┗┣┫┳┻╋", "#"),
    **dict.fromkeys("═║╔╗╝╚╠╣╦╩╬", "*"),
    **dict(zip("▸◂▴▾→←↑↓", "><^v><^v", strict=True)),
    **dict.fromkeys("–—−‐‑", "-"),
    **dict.fromkeys("‘’‚´", "'"),
    **dict.fromkeys("“”„«»", '"'),
    **dict(zip("…·•×✓✗", ".**x+x", strict=True)),
}


def write_anything() -> None:
    """Have both streams replace what their encoding lacks, by what looks most alike.

    A Windows console, `LC_ALL=C` or a pipe may have any encoding; a command that has done its work
    must not fail because of a dash.
    """
    codecs.register_error(_ERRORS, _replaced)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ERRORS)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    odd = error.object[error.start : error.end]
    return "".join(map(_alike, odd)), error.end


def _alike(character: str) -> str:
    if found := _ALIKE.get(character):
        return found
    base = normalize("NFKD", character)[:1]
    return base if base.isascii() and base.isprintable() else "?"
