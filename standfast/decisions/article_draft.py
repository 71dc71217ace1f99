"""The article that the record of a closed incident offers."""

from collections.abc import Iterator

from standfast.incidents.article import LONGEST_PART, ArticleText
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.resolution import RemediationResult
from standfast.messages.markdown import prose

_LONGEST_OUTPUT = 500
_RESOLVED = (Outcome.RESOLVED, Outcome.AUTOMATED)


def offers_article(view: IncidentView) -> bool:
    """Whether an episode has closed with a resolution that can be written down."""
    return view.outcome in _RESOLVED and bool(view.resolution or view.remediation)


def drafted(view: IncidentView) -> ArticleText:
    """The article from what is on record; people say the rest better."""
    return ArticleText(
        title=view.title[:200],
        symptom=_cut("\n\n".join(_symptom(view))),
        cause=_cut(prose(view.resolution.root_cause) if view.resolution else ""),
        fix=_cut("\n\n".join(_fix(view))),
        verified=_cut("\n".join(_verified(view))),
        service=view.report.service,
        category=view.category or "",
    )


def _symptom(view: IncidentView) -> Iterator[str]:
    report = view.report
    if report.description:
        yield prose(report.description)
    if report.error_message:
        yield _code(report.error_message)
    if report.impact_statement:
        yield prose(report.impact_statement)
    if not (report.description or report.error_message or report.impact_statement):
        yield prose(view.title)


def _fix(view: IncidentView) -> Iterator[str]:
    resolution = view.resolution
    if resolution:
        yield prose(resolution.summary)
        if resolution.steps:
            yield "\n".join(
                f"{number}. {_line(step)}" for number, step in enumerate(resolution.steps, 1)
            )
        if resolution.workaround:
            yield "This is a workaround."
    if view.outcome is Outcome.AUTOMATED and view.remediation:
        yield _automated(view.remediation)


def _automated(result: RemediationResult) -> str:
    return f"The runbook `{result.runbook}` did it: {_line('; '.join(result.reasons))}"


def _verified(view: IncidentView) -> Iterator[str]:
    for piece in view.evidence:
        if piece.says:
            kind = piece.kind.replace("_", " ")
            said = piece.says.replace("_", " ")
            yield f"- {kind}, {_line(piece.source)}: {said}. {_line(piece.detail)}".rstrip()
    if view.outcome is Outcome.AUTOMATED and view.remediation:
        yield "- the check of its runbook passed"


def _line(text: str) -> str:
    return prose(" ".join(text[:_LONGEST_OUTPUT].split()))


def _code(text: str) -> str:
    """Output of a machine: a block of code, whose fence is longer than any in it."""
    shown = text[:_LONGEST_OUTPUT]
    fence = "```"
    while fence in shown:
        fence += "`"
    return f"{fence}\n{shown}\n{fence}"


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_PART else f"{text[: LONGEST_PART - 1]}…"
