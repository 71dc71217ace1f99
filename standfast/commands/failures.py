"""Turns failures into an exit code and a line on standard error.

0 done; 1 refused or failed, with the reason; 2 usage; 130 ended by Ctrl-C.
"""

import tempfile
import traceback
from collections.abc import Callable

import typer

from standfast.encryption.errors import EncryptionError
from standfast.hosting.errors import HostingError
from standfast.intake.errors import IntakeError
from standfast.policy_file.errors import PolicyError
from standfast.records.errors import RecordsUnavailable
from standfast.terminal.lines import print_note

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130

_EXPECTED = (EncryptionError, HostingError, IntakeError, PolicyError, RecordsUnavailable)


class UsageError(Exception):
    """The command line is wrong; the text says what to write instead."""


def exit_code_of(command: Callable[[], object]) -> int:
    """Run `command`, print the reason of a failure, and return the exit code."""
    try:
        code = command()
    except typer.TyperException as wrong:
        return _misused(wrong.format_message(), _help_of(wrong))
    except UsageError as wrong:
        return _misused(str(wrong), "")
    except _EXPECTED as failure:
        for line in str(failure).splitlines():
            print_note(line)
        return FAILED
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except SystemExit:
        # Typer's reaction to a closed pipe, as in `list | head`.
        return FAILED
    except OSError as failure:
        print_note(
            f"{failure.strerror or failure}{f': {failure.filename}' if failure.filename else ''}"
        )
        return FAILED
    except Exception as failure:
        return _of_temporal(failure) or _bug(failure)
    return code if isinstance(code, int) else DONE


def _misused(what: str, where_help_is: str) -> int:
    hint = f" (see {where_help_is} --help)" if where_help_is else ""
    if what:  # a group without a command has printed its help instead
        print_note(f"{what.replace('Value error, ', '').rstrip()}{hint}")
    return MISUSED


def _help_of(wrong: typer.TyperException) -> str:
    context = getattr(wrong, "ctx", None)
    return str(context.command_path) if context is not None else ""


def _of_temporal(failure: Exception) -> int | None:
    """The exit code for an answer of Temporal that nothing else explains; None for all else."""
    # A command that does not talk to Temporal has not loaded its SDK, and need not.
    from temporalio.service import RPCError

    if not isinstance(failure, RPCError):
        return None
    print_note(f"Temporal answered: {failure.message or failure.status.name}")
    return FAILED


def _bug(unexpected: Exception) -> int:
    """An unexpected failure: the traceback goes to a file, and the user gets its name."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="standfast-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        traceback.print_exception(unexpected, file=file)
    kind = type(unexpected).__name__
    print_note(
        f"this should not have happened: {kind}: {unexpected}; for a bug report see {file.name}"
    )
    return FAILED
