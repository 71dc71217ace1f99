"""`review`: reviews of incidents that have closed, what they say and what they want changed."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from standfast.commands.failures import UsageError
from standfast.commands.options import AsJson, By, IncidentId, OfEpisode
from standfast.commands.session import in_session
from standfast.documents.review_document import DocumentFormat
from standfast.documents.review_markdown import in_markdown
from standfast.incidents.review import ActionState, ListedReview, Review, ShownReview
from standfast.intake.errors import Refused
from standfast.messages.message import short
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import out, plain_text, print_json
from standfast.terminal.rows import Column, Narrowed, Rows

Owner = Annotated[str, typer.Option(metavar="PERSON", help="Who has it: a person of the policy.")]
Due = Annotated[str, typer.Option(metavar="WHEN", help="Until when: 2026-12-24, or 14d.")]

review = typer.Typer(
    help="Reviews of incidents that have closed: write them, and act on what they say.",
    no_args_is_help=True,
)


@review.command("list")
def list_(
    over: Annotated[bool, typer.Option("--over", help="Those that are over instead.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="At most this many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List reviews that are not over, by what is due next."""
    found = in_session(lambda session: session.reviews.list(limit, over=over))
    if as_json:
        print_json(found)
    elif found:
        out().print(_rows(found))
    else:
        print_note("no review is over" if over else "no review waits for anybody")


@review.command()
def show(incident_id: IncidentId, episode: OfEpisode = None, as_json: AsJson = False) -> None:
    """Show the review of an incident: what it says, and its action items."""
    found = in_session(lambda session: session.reviews.show(incident_id, episode))
    if as_json:
        print_json(found)
        return
    out().print(plain_text(f"{_stands(found)}\n\n{in_markdown(found)}"), soft_wrap=True)


@review.command()
def ask(
    incident_id: IncidentId,
    by: By,
    why: Annotated[str, typer.Option(metavar="WORDS", help="Why it is worth one.")] = "",
    episode: OfEpisode = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a review of an incident that has closed."""
    asked = in_session(lambda session: session.reviews.ask(incident_id, episode, by, why))
    _tell(asked, "a worker writes its draft within seconds", as_json=as_json)


@review.command()
def write(
    incident_id: IncidentId,
    section: Annotated[str, typer.Argument(metavar="SECTION", help="Its key, such as impact.")],
    by: By,
    text: Annotated[
        str, typer.Option(metavar="TEXT", help="What it says; - reads it from standard input.")
    ] = "",
    not_applicable: Annotated[
        bool, typer.Option("--not-applicable", help="It has nothing to say.")
    ] = False,
    episode: OfEpisode = None,
    as_json: AsJson = False,
) -> None:
    """Write a new version of a section. Earlier ones stay."""
    if bool(text) == not_applicable:
        raise UsageError("give one of --text and --not-applicable")
    said = sys.stdin.read() if text == "-" else text
    fields = {"text": said, "not_applicable": not_applicable, "by": by}
    written = in_session(
        lambda session: session.reviews.write(incident_id, episode, section, fields)
    )
    if as_json:
        print_json(written)
    else:
        print_line(f"{incident_id}: version {written.version} of {section}")


@review.command()
def assign(
    incident_id: IncidentId,
    by: By,
    owner: Owner = "",
    due: Due = "",
    episode: OfEpisode = None,
    as_json: AsJson = False,
) -> None:
    """Say who writes it, and until when."""
    fields = {"do": "assign", "by": by, "owner": owner, "due": due}
    done = _step(incident_id, episode, fields)
    said = f"written by {done.owner or 'nobody yet'}, due {short(done.due) if done.due else '–'}"
    _tell(done, said, as_json=as_json)


@review.command()
def action(
    incident_id: IncidentId,
    by: By,
    number: Annotated[
        int | None, typer.Argument(metavar="[NUMBER]", help="The item to change; else a new one.")
    ] = None,
    title: Annotated[str, typer.Option(metavar="WORDS", help="What is to be changed.")] = "",
    owner: Owner = "",
    due: Due = "",
    state: Annotated[ActionState | None, typer.Option(help="What became of it.")] = None,
    note: Annotated[str, typer.Option(metavar="WORDS", help="Why, or how.")] = "",
    episode: OfEpisode = None,
    as_json: AsJson = False,
) -> None:
    """Add an action item, or change one: its state, owner, due date or title."""
    if number is None and (state or note):
        raise UsageError("--state and --note: give the number of the item that they are about")
    common: dict[str, Any] = {"by": by, "title": title, "owner": owner, "due": due}
    more = {"do": "change_action", "id": number, "state": state, "note": note}
    fields = {**common, **(more if number is not None else {"do": "add_action"})}
    done = _step(incident_id, episode, fields)
    item = done.actions[(number or len(done.actions)) - 1]
    _tell(done, f"action item {item.id}, {item.state}: {item.words}", as_json=as_json)


@review.command()
def close(
    incident_id: IncidentId, by: By, episode: OfEpisode = None, as_json: AsJson = False
) -> None:
    """Close it: what is written stands, and its action items are left to do."""
    done = _step(incident_id, episode, {"do": "close", "by": by})
    left = len(done.open_actions)
    items = "an action item is" if left == 1 else f"{left} action items are"
    said = f"closed; {items} open" if left else "closed, and over"
    _tell(done, said, as_json=as_json)


@review.command()
def reopen(
    incident_id: IncidentId,
    by: By,
    due: Due = "",
    episode: OfEpisode = None,
    as_json: AsJson = False,
) -> None:
    """Reopen it, to write on."""
    done = _step(incident_id, episode, {"do": "reopen", "by": by, "due": due})
    _tell(done, "written again", as_json=as_json)


@review.command()
def export(
    incident_id: IncidentId,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Else standard output.")
    ] = None,
    form: Annotated[
        DocumentFormat | None,
        typer.Option("--format", help="Else by the file's name: pdf for what ends with .pdf."),
    ] = None,
    episode: OfEpisode = None,
    as_json: AsJson = False,
) -> None:
    """Export it as Markdown or as PDF. The audit log says who did."""
    form = form or _format_of(file)
    if form is DocumentFormat.PDF and file is None and (as_json or sys.stdout.isatty()):
        raise UsageError("a PDF needs a FILE to be written to")
    document = in_session(lambda session: session.reviews.export(incident_id, episode, form))
    if file:
        try:
            file.write_bytes(document)
        except OSError as error:
            raise Refused(f"{file} cannot be written: {error.strerror}") from None
    if as_json:
        text = {"markdown": document.decode()} if form is DocumentFormat.MARKDOWN else {}
        print_json({"incident_id": incident_id, "file": str(file or ""), "format": form, **text})
    elif file is None:
        sys.stdout.buffer.write(document)
    else:
        print_line(f"{incident_id}: exported to {file}")


def _format_of(file: Path | None) -> DocumentFormat:
    is_pdf = file is not None and file.suffix.lower() == DocumentFormat.PDF.ending
    return DocumentFormat.PDF if is_pdf else DocumentFormat.MARKDOWN


def _step(incident_id: str, episode: int | None, fields: dict[str, Any]) -> Review:
    given = {name: value for name, value in fields.items() if value not in ("", None)}
    given["by"] = fields["by"]
    return in_session(lambda session: session.reviews.step(incident_id, episode, given))


def _tell(done: Review, said: str, *, as_json: bool) -> None:
    if as_json:
        print_json(done)
    else:
        which = f" #{done.episode}" if done.episode > 1 else ""
        print_line(f"the review of {done.incident_id}{which}: {said}")


def _stands(found: ShownReview) -> str:
    keys = ", ".join(section.key for section in found.sections)
    lines = [f"{found.state}; sections: {keys}"]
    if found.missing and found.review.closed_at is None:
        lines.append(f"not written yet: {', '.join(found.missing)}")
    lines += [f"not reached: {each}" for each in found.review.not_told]
    return "\n".join(lines)


def _rows(found: Sequence[ListedReview]) -> Rows:
    rows = Rows(
        Column("Incident"),
        Column("Prio"),
        Column("State"),
        Column("Owner", Narrowed.WRAPPED),
        Column("Due"),
        Column("Actions"),
        Column("Title", Narrowed.CUT),
    )
    for each in found:
        review_ = each.review
        episode = f" #{review_.episode}" if review_.episode > 1 else ""
        due = review_.next_due
        rows.add(
            f"{review_.incident_id}{episode}",
            each.priority or "–",
            each.state,
            plain_text(review_.owner or "–"),
            f"{due:%Y-%m-%d}" if due else "–",
            f"{len(review_.open_actions)} of {len(review_.actions)} open",
            plain_text(each.title),
        )
    return rows
