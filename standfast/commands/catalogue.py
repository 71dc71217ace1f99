"""Every command and its one-line help, so that listing them imports none of them.

The lines are the first of each command's own help: a test compares them.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import typer

REPORT, LOOK, ACT, OPERATE = "Report", "Look", "Act", "Operate"
"""The panels of the help, in its order."""

Code = Callable[..., None] | typer.Typer
"""What a command is made of: a function, or a group of functions."""


class Listed(NamedTuple):
    """A command as the help lists it; `code` imports what it is made of."""

    name: str
    summary: str
    panel: str
    code: Callable[[], Code]


def _in(module: str, name: str) -> Callable[[], Code]:
    """That name in that module beside this one, imported when it is asked for."""

    def code() -> Code:
        found: Any = getattr(import_module(f"standfast.commands.{module}"), name)
        return found  # type: ignore[no-any-return]

    return code


def _look(name: str, summary: str, module: str, function: str) -> Listed:
    return Listed(name, summary, LOOK, _in(module, function))


def act(action: str, summary: str) -> Listed:
    """The command of an action; its summary is that of its description."""

    def code() -> Code:
        from standfast.commands.actions import action_command

        return action_command(action)

    return Listed(action, summary, ACT, code)


def _operate(name: str, summary: str, module: str, function: str) -> Listed:
    return Listed(name, summary, OPERATE, _in(module, function))


CATALOGUE = (
    Listed("report", "Report an issue, or a file of them.", REPORT, _in("report", "report")),
    _look("list", "List incidents, newest first.", "listing", "list_"),
    _look("search", "Search incidents, open and closed.", "search", "search"),
    _look("views", "Views: queries of the search that you name.", "views", "views"),
    _look(
        "show", "Show an incident: its state, the reasons, and what it waits for.", "show", "show"
    ),
    _look(
        "explain",
        "Explain who was paged when and why, and who will be paged next and when.",
        "explain",
        "explain",
    ),
    _look(
        "preview",
        "Show what a page about an incident says by push, SMS, call, mail or chat; none is sent.",
        "preview",
        "preview",
    ),
    _look("watch", "Watch an incident on the flowchart until it is closed.", "watch", "watch"),
    _look("oncall", "Show who is on call, until when and why.", "oncall", "oncall"),
    _look("stats", "Show numbers of closed incidents: how long, how often, who.", "stats", "stats"),
    _look(
        "problems",
        "List problems: what happened more than once, the most frequent first.",
        "problems",
        "problems",
    ),
    _look(
        "problem",
        "A problem: how often, what was tried and what held; link incidents, name it.",
        "problems",
        "problem",
    ),
    _look(
        "review",
        "Reviews of incidents that have closed: write them, and act on what they say.",
        "reviews",
        "review",
    ),
    _look(
        "article",
        "Articles: what was learned from incidents, and how often it fixed them.",
        "article",
        "article",
    ),
    act("acknowledge", "Acknowledge an incident: paging stops."),
    act("decline", "Decline a page: the next contact is paged at once."),
    act("resolve", "Resolve an incident; its verification begins."),
    act("verify", "Confirm, as the reporter or for them, whether it is resolved."),
    act("escalate", "Escalate to the next tier."),
    act("reassign", "Reassign it to another team, or to a person of a team."),
    act("hold", "Put it on hold while somebody else has to act: paging is paused."),
    act("resume", "Resume it after a hold: its clocks run again."),
    act("comment", "Add a comment to its timeline; of a closed incident, to its record."),
    act("correct", "Correct a field of a closed incident; what was written stays beside it."),
    act("tag", "Tag a closed incident, so that `search tag:…` finds it."),
    act("reprioritise", "Set impact and urgency; the policy's matrix gives the priority."),
    act("page", "Page whoever is on call now, even if it is silenced."),
    act("command", "Take command as the incident commander, or hand it to somebody."),
    act("link", "Link another incident; each shows the other."),
    act("merge", "Merge it into another incident, which goes on with the reporters of both."),
    act("approve", "Approve the runbook that waits for approval: it runs."),
    act("deny", "Deny the runbook that waits for approval; people take over."),
    act("delegate", "Ask one more person to approve the runbook."),
    act("withdraw", "Withdraw it: it closes without a resolution."),
    act(
        "restrict",
        "Make it confidential, open or closed: only its team and people it names find it.",
    ),
    act("unrestrict", "End that it is confidential: every responder finds it again."),
    _operate(
        "channels",
        "The channels of people: list them, send a test message.",
        "channels",
        "channels",
    ),
    _operate(
        "run",
        "Run everything for daily use: Temporal if none is configured, a worker, and the API.",
        "run",
        "run",
    ),
    _operate(
        "doctor",
        "Check the installation: what is wrong with it, and what to do.",
        "doctor",
        "doctor",
    ),
    _operate(
        "repair",
        "Reset a stuck incident to before its fault; later signals and updates are reapplied.",
        "repair",
        "repair",
    ),
    _operate(
        "erase",
        "Erase closed incidents, or a person from all of them, for ever.",
        "erase",
        "erase",
    ),
    _operate(
        "backup",
        "Back up this instance into one file, while it runs.",
        "backup",
        "backup",
    ),
    _operate(
        "restore",
        "Restore a backup into an empty data directory.",
        "restore",
        "restore",
    ),
    _operate(
        "demo",
        "Watch incidents walk every edge of the flowchart, on a Temporal server of their own.",
        "demo",
        "demo",
    ),
    _operate(
        "replay-check",
        "Before a deploy: check that this code replays the open incidents.",
        "replay_check",
        "replay_check",
    ),
    _operate("build", "Builds side by side, by Temporal's Worker Versioning.", "builds", "builds"),
    _operate("policy", "The policy that decides how incidents go.", "policy", "policy"),
    _operate(
        "intake", "Try out webhook bodies, and look at mail that was set aside.", "intake", "intake"
    ),
    _operate("runbook", "What automation may do by itself.", "runbook", "runbook"),
    _operate(
        "override",
        "Overrides and swaps: somebody stands in for whoever is on call.",
        "override",
        "override",
    ),
    _operate(
        "contact",
        "Your own channels: by which you are paged, and when.",
        "contact",
        "contact",
    ),
    _operate(
        "silence",
        "Silences and maintenance windows: nobody is paged for a time.",
        "silence",
        "silence",
    ),
    _operate(
        "audit",
        "The audit log: who came in, who was refused, who acted for whom.",
        "audit",
        "audit",
    ),
    _operate(
        "token",
        "Tokens for people and programs, keys for systems that send alerts.",
        "token",
        "token",
    ),
    _operate(
        "session",
        "Sessions of the console: who is signed in, and ending that.",
        "console_session",
        "session",
    ),
    _operate(
        "person", "People who sign in by OpenID Connect: whose a name is.", "person", "person"
    ),
)
"""In the order of the help."""
