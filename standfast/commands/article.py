"""`article list`, `show`, `offer`, `write`, `edit`, `publish`, `retire`, `use` and the rest."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from standfast.commands.failures import UsageError
from standfast.commands.options import ArticleId, AsJson, By, IncidentId
from standfast.commands.session import in_session
from standfast.incidents.article import Article, ArticleText, ShownArticle
from standfast.messages.message import short
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import out, plain_text, print_json
from standfast.terminal.rows import Column, Narrowed, Rows

article = typer.Typer(
    help="Articles: what was learned from incidents, and how often it fixed them.",
    no_args_is_help=True,
)

_STATES = ("offered", "draft", "published", "retired", "review", "any")
_PARTS = ("symptom", "cause", "fix", "verified")

Title = Annotated[str | None, typer.Option(help="What it is about, in one line.")]
Symptom = Annotated[str | None, typer.Option(metavar="MARKDOWN", help="How it shows.")]
Cause = Annotated[str | None, typer.Option(metavar="MARKDOWN", help="Why it happens.")]
Fix = Annotated[str | None, typer.Option(metavar="MARKDOWN", help="What to do.")]
Verified = Annotated[
    str | None, typer.Option(metavar="MARKDOWN", help="How one sees that it helped.")
]
Service = Annotated[str | None, typer.Option(metavar="NAME", help="The service it is about.")]
Category = Annotated[str | None, typer.Option(metavar="NAME", help="The category it is about.")]
ForReporters = Annotated[
    bool | None,
    typer.Option(
        "--for-reporters/--not-for-reporters",
        help="Whether reporters may read its title, symptom and fix.",
    ),
]
Episode = Annotated[int | None, typer.Option(min=1, help="Which episode.  \\[default: the latest]")]


@article.command("list")
def list_(
    query: Annotated[
        list[str] | None,
        typer.Argument(metavar="QUERY", help="Words, and fields: 'service:vpn certificate*'."),
    ] = None,
    state: Annotated[
        str,
        typer.Option(help=f"One of {', '.join(_STATES)}; review are those that wait for one."),
    ] = "offered",
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="At most this many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Find articles: what fits best first, else the newest."""
    if state not in _STATES:
        raise UsageError(f"--state {state}: must be one of {', '.join(_STATES)}")
    text = " ".join(query or ())
    found = in_session(lambda session: session.articles.list(text, state, limit)).articles
    if as_json:
        print_json(found)
    elif found:
        out().print(_rows(found))
    else:
        print_note("nothing was found")


@article.command()
def show(
    article_id: ArticleId,
    version: Annotated[
        int | None, typer.Option(min=1, help="Which one.  \\[default: what others read]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show an article: what it says, its versions, and how often it fixed an incident."""
    _print(in_session(lambda session: session.articles.show(article_id, version)), as_json)


@article.command()
def offer(incident_id: IncidentId, episode: Episode = None, as_json: AsJson = False) -> None:
    """Show the articles of an incident, and the one that its record offers."""
    found = in_session(lambda session: session.articles.of(incident_id, episode))
    if as_json:
        print_json(found)
        return
    if found.articles:
        out().print(_rows(found.articles))
    if found.offered is None:
        print_note(f"{incident_id} offers none: it has not closed with a resolution")
        return
    _print_text(found.offered)
    print_note(f"keep it with `standfast article write --incident {incident_id}`")


@article.command()
def write(
    by: By,
    incident: Annotated[
        str, typer.Option(metavar="ID", help="From whose record; what you give goes over it.")
    ] = "",
    episode: Episode = None,
    title: Title = None,
    symptom: Symptom = None,
    cause: Cause = None,
    fix: Fix = None,
    verified: Verified = None,
    service: Service = None,
    category: Category = None,
    for_reporters: ForReporters = None,
    as_json: AsJson = False,
) -> None:
    """Write a draft, from the record of a closed incident or from nothing."""
    fields = _given(
        title=title,
        symptom=symptom,
        cause=cause,
        fix=fix,
        verified=verified,
        service=service,
        category=category,
        for_reporters=for_reporters,
        episode=episode,
    )
    fields |= {"incident_id": incident.strip().upper(), "by": by}
    done = in_session(lambda session: session.articles.write(fields))
    _say(done, f"{done.article_id} is a draft: {done.text.title}", as_json)


@article.command()
def edit(
    article_id: ArticleId,
    by: By,
    title: Title = None,
    symptom: Symptom = None,
    cause: Cause = None,
    fix: Fix = None,
    verified: Verified = None,
    service: Service = None,
    category: Category = None,
    for_reporters: ForReporters = None,
    version: Annotated[
        int | None,
        typer.Option(min=1, help="Refuse it if there is a later one than this, which you read."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a new version; others read it once it is published."""
    fields = _given(
        title=title,
        symptom=symptom,
        cause=cause,
        fix=fix,
        verified=verified,
        service=service,
        category=category,
        for_reporters=for_reporters,
    )
    if not fields:
        raise UsageError("give what is to change, such as --fix")
    fields |= _given(version=version) | {"by": by}
    done = in_session(lambda session: session.articles.edit(article_id, fields))
    waits = ", which waits for its review" if done.waits_for_review else ""
    _say(done, f"{article_id} has version {done.latest}{waits}", as_json)


@article.command()
def publish(
    article_id: ArticleId,
    by: By,
    version: Annotated[
        int | None, typer.Option(min=1, help="Which one.  \\[default: the latest]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say that you have reviewed it: others read this version from now on."""
    fields = _given(version=version) | {"by": by}
    done = in_session(lambda session: session.articles.publish(article_id, fields))
    _say(done, f"{article_id} is published, version {done.version}", as_json)


@article.command()
def retire(
    article_id: ArticleId,
    by: By,
    reason: Annotated[str, typer.Option(help="Why it is not offered any more.")] = "",
    as_json: AsJson = False,
) -> None:
    """Offer it no more."""
    fields = {"reason": reason, "by": by}
    done = in_session(lambda session: session.articles.retire(article_id, fields))
    _say(done, f"{article_id} is retired", as_json)


@article.command()
def use(
    article_id: ArticleId,
    incident: Annotated[str, typer.Argument(metavar="INCIDENT", help="In which incident.")],
    by: By,
    episode: Episode = None,
    undo: Annotated[bool, typer.Option("--undo", help="It was not used there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say that it was used in an incident: whether it worked is counted from its record."""
    fields = _given(episode=episode) | {
        "incident_id": incident.strip().upper(),
        "undo": undo,
        "by": by,
    }
    done = in_session(lambda session: session.articles.use(article_id, fields))
    _say(done, f"{article_id} {done.rate.words}", as_json)


@article.command()
def helped(article_id: ArticleId, as_json: AsJson = False) -> None:
    """Say that it helped, so that nothing had to be reported; who it was is not kept."""
    done = in_session(lambda session: session.articles.helped(article_id))
    _say(done, f"{article_id}: noted; nothing is reported", as_json)


@article.command()
def runbook(article_id: ArticleId, as_json: AsJson = False) -> None:
    """Propose a runbook from its fix, as YAML to copy into the policy; nothing is run."""
    found = in_session(lambda session: session.articles.runbook(article_id))
    if as_json:
        print_json(found)
        return
    for line in found.left_out:
        print_note(f"left out: {line}")
    out().print(plain_text(found.yaml.rstrip()), soft_wrap=True)


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _say(done: ShownArticle, words: str, as_json: bool) -> None:
    if as_json:
        print_json(done)
    else:
        print_line(words)


def _print(found: ShownArticle, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for line in _heading(found):
        print_line(line)
    _print_text(found.text)
    for each in found.versions:
        print_line(f"version {each.number} by {each.by}, {short(each.at)}")
    for use in found.uses:
        episode = f" #{use.episode}" if use.episode > 1 else ""
        result = use.result.replace("_", " ")
        print_line(f"{use.incident_id}{episode} {result}: {use.title} (said by {use.by})")


def _heading(found: Article) -> Iterator[str]:
    due = ", due for a review" if found.review_due else ""
    yield f"{found.article_id} {found.text.title}"
    yield f"{found.state}{due}; {found.rate.words}"
    if found.retired_because:
        yield f"retired: {found.retired_because}"
    if found.published and found.waits_for_review:
        yield f"version {found.latest} waits for its review; others read version {found.published}"


def _print_text(text: ArticleText) -> None:
    for part in _PARTS:
        if said := getattr(text, part):
            out().print()
            out().print(plain_text(part.upper(), "bold"))
            out().print(plain_text(said), soft_wrap=True)
    out().print()


def _rows(found: tuple[Article, ...]) -> Rows:
    rows = Rows(
        Column("Article"), Column("State"), Column("Fixed it"), Column("Title", Narrowed.CUT)
    )
    for each in found:
        rate = f"{each.rate.worked} of {each.rate.of}" if each.rate.of else "–"
        state = f"{each.state}, due" if each.review_due else each.state
        rows.add(*map(plain_text, (each.article_id, state, rate, each.text.title)))
    return rows
