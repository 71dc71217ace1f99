"""Incidents with a word of its own in each field, and who may read which."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from standfast.incidents.roles import Role
from standfast.mail.attachments import keep
from standfast.mail.mail import Attachment
from standfast.policy.mail import AttachmentLimits
from tests.api.conftest import Api
from tests.stories.desk import Ticket
from tests.stories.reviewing import Reviewing

_WORD = re.compile(r"qz[a-z]+(?:hers|ours)[a-z]+", re.IGNORECASE)


class Part(StrEnum):
    """Who is to read a word: everybody who may see the incident, or responders alone."""

    REPORTERS = "hers"
    RESPONDERS = "ours"


@dataclass
class Marked:
    """An incident; its words begin with `qz`, its name and the part that they belong to."""

    name: str
    reporter: str
    confidential: bool
    ticket: Ticket
    words: set[str] = field(default_factory=set)
    files: list[str] = field(default_factory=list)
    """The names under which its attachments are kept."""
    article: str = ""
    """The id of what was written from it."""

    def hers(self, of: str) -> str:
        """A word that its reporter may read, too."""
        return self._word(Part.REPORTERS, of)

    def ours(self, of: str) -> str:
        """A word for those who work on it."""
        return self._word(Part.RESPONDERS, of)

    def _word(self, part: Part, of: str) -> str:
        word = f"qz{self.name}{part}{of}"
        self.words.add(word)
        return word

    def of(self, part: Part) -> set[str]:
        """Its words of a part."""
        return {word for word in self.words if word.startswith(f"qz{self.name}{part}")}


def words_in(text: str) -> set[str]:
    """The words of such incidents that a text has."""
    return {word.lower() for word in _WORD.findall(text)}


async def reported(
    api: Api, name: str, reporter: str, *, confidential: bool, key: str = ""
) -> Marked:
    """One that people are working on. key: its deduplication key, else a word."""

    def word(of: str) -> str:
        return f"qz{name}{Part.REPORTERS}{of}"

    ticket = await api.desk.report(
        f"{word('title')} wiki crashed",
        service="wiki",
        reporter=reporter,
        description=word("description"),
        error_message=word("error"),
        impact_statement=word("impact"),
        labels={word("label"): word("value")},
        dedup_key=key or word("key"),
        confidential=confidential,
    )
    marked = Marked(name, reporter, confidential, ticket)
    for of in ("title", "description", "error", "impact", "label", "value"):
        marked.hers(of)
    if not key:
        marked.hers("key")
    await ticket.reaches_resolve()
    await ticket.act("acknowledge", by="ana")
    for by, text, to_reporter in (
        ("ana", f"{marked.ours('comment')}\n{_kept(api, marked, Part.RESPONDERS)}", False),
        ("ana", marked.hers("answer"), True),
        (reporter, f"{marked.hers('comment')}\n{_kept(api, marked, Part.REPORTERS)}", False),
    ):
        await ticket.act("comment", by=by, text=text, to_reporter=to_reporter)
    await ticket.act("hold", by="ana", reason="user", comment=marked.ours("hold"))
    await ticket.act("resume", by="ana")
    await ticket.settles()
    return marked


def _kept(api: Api, marked: Marked, part: Part) -> str:
    """What a comment says of the file that came with it."""
    word = marked.ours if part is Part.RESPONDERS else marked.hers
    file = Attachment(f"{word('file')}.txt", "text/plain", word("inside").encode())
    place, limits = api.backend.settings.data_dir / "attachments", AttachmentLimits()
    told = keep([file], place, marked.ticket.id, limits).text
    marked.files.append(told.split()[-1])
    return told


async def closes(marked: Marked) -> None:
    """It goes to the next tier, is resolved, and its reporter says that it is."""
    ticket = marked.ticket
    await ticket.act("escalate", by="ana", reason=marked.ours("escalation"))
    await ticket.settles()
    await ticket.act(
        "resolve",
        by="ana",
        summary=marked.hers("summary"),
        root_cause=marked.ours("cause"),
        steps=[marked.ours("step")],
    )
    await ticket.settles()
    verdict = {"verdict": "resolved", "comment": marked.hers("verdict")}
    await ticket.act("verify", by=marked.reporter, **verdict)
    await ticket.closes()


async def is_added_to(api: Api, marked: Marked) -> None:
    """All that can be added to the record of one that has closed, by somebody of its team."""
    of_it = f"/api/incidents/{marked.ticket.id}"
    added: tuple[tuple[str, dict[str, Any]], ...] = (
        (f"{of_it}/comment", {"text": marked.ours("added")}),
        (f"{of_it}/comment", {"text": marked.hers("added"), "to_reporter": True}),
        (
            f"{of_it}/correct",
            {
                "field": "title",
                "should_say": marked.hers("correction"),
                "reason": marked.ours("reason"),
            },
        ),
        (f"{of_it}/correct", {"field": "root_cause", "should_say": marked.ours("correction")}),
        (f"{of_it}/tag", {"tag": marked.ours("tag")}),
    )
    for where, body in added:
        done = await api.post(where, body, Role.RESPONDER, name="ana")
        assert done.status_code == 200, (where, done.text)


async def is_reviewed(api: Api, marked: Marked) -> None:
    """Its review has a text and an action item."""
    review = Reviewing(api.desk, marked.ticket.id)
    await review.begins()
    word = marked.ours("review")
    texts = api.desk.records.review_texts
    texts.write(marked.ticket.id, 1, "luck", by="ana", text=word)
    due = (datetime.now(UTC) + timedelta(days=60)).isoformat()
    await review.does("add_action", title=marked.ours("action"), owner="ben", due=due)
    await review.does("change_action", id=1, note=marked.ours("note"))
    await review.wait(minutes=6)
    await review.told("ben", 1)


async def is_learned_from(api: Api, marked: Marked, *, published: bool) -> None:
    """An article is written from it; one that is published is for reporters too."""
    new = {
        "incident_id": marked.ticket.id,
        "episode": 1,
        "for_reporters": published,
        **{part: marked.ours(f"article{part}") for part in ("title", "symptom", "cause")},
        "fix": f"- `systemctl restart {marked.ours('fix')}`",
    }
    written = await api.post("/api/articles", new, Role.RESPONDER, name="ana")
    assert written.status_code == 201, written.text
    marked.article = written.json()["article_id"]
    if published:
        where = f"/api/articles/{marked.article}/publish"
        done = await api.post(where, {}, Role.RESPONDER, name="ana")
        assert done.status_code == 200, done.text


async def is_used_in(api: Api, marked: Marked, other: Marked) -> None:
    """What was learned from it helped with another one."""
    use = f"/api/articles/{marked.article}/use"
    where = {"incident_id": other.ticket.id, "episode": 1}
    done = await api.post(use, where, Role.RESPONDER, name="ana")
    assert done.status_code == 200, done.text


async def is_made_confidential(api: Api, marked: Marked) -> None:
    """Somebody of its team finds a name in what has closed."""
    reason = {"reason": marked.ours("restricted")}
    where = f"/api/incidents/{marked.ticket.id}/restrict"
    done = await api.post(where, reason, Role.RESPONDER, name="ana")
    assert done.status_code == 200, done.text
    marked.confidential = True
