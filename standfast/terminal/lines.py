"""Single lines that commands print: answers, notes, and the reasons of failures. Loads no Rich."""

import sys

from standfast.messages.clean_text import one_line


def print_line(line: str) -> None:
    """One line for people on standard output, not wrapped."""
    print(one_line(line), flush=True)


def print_note(line: str) -> None:
    """One line on standard error: the reason of a failure, or a note beside the answer."""
    if sys.stderr:  # print would take None for standard output
        print(one_line(line), file=sys.stderr, flush=True)
