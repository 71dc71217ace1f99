"""Not me: whoever is paged and cannot take it has the next one paged at once."""

import pytest

from standfast.incidents.actions import Action
from standfast.incidents.flowchart import Box
from standfast.incidents.via import Via
from standfast.intake.page_answers import AnswerKind, PageAnswers
from standfast.intake.page_links import PageClaim
from tests.stories.desk import Desk, Refused, Ticket


async def outage(desk: Desk) -> tuple[Ticket, str, str]:
    """A P1 for the applications team, and the two of its first tier in the order of paging."""
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    view = await ticket.reaches_resolve()
    first = str(view.assignee)
    return ticket, first, "ben" if first == "ana" else "ana"


async def test_the_next_contact_is_paged_at_once_and_then_the_next_tier(desk: Desk) -> None:
    ticket, first, second = await outage(desk)
    assert desk.paged() == [first]
    with pytest.raises(Refused, match=f"{second} was not paged about it"):
        await ticket.act("decline", by=second)
    with pytest.raises(Refused, match="mallory was not paged about it"):
        await ticket.act("decline", by="mallory")

    said = await ticket.act("decline", by=first, reason="on a train", via="sms", episode=1)
    assert said == f"declined; paged now: {second}"
    await ticket.told("page_sent", times=2)
    assert desk.paged() == [first, second]
    [declined] = await ticket.entries("declined")
    assert (declined.actor, declined.detail, declined.via) == (first, "on a train", Via.SMS)
    with pytest.raises(Refused, match=f"{first} has declined it already"):
        await ticket.act("decline", by=first)

    # The desk is the last resort of each chain.
    assert await ticket.act("decline", by=second) == "declined; paged now: dora"
    await ticket.told("page_sent", times=3)
    assert "nobody is left to page" in await ticket.act("decline", by="dora")
    view = await ticket.reaches(Box.RESOLVE, tier=2)
    assert view.decisions[-1].reasons[0] == (
        f"resolve said no: nobody is left to page: {first}, {second}, dora declined"
    )
    with pytest.raises(Refused, match=f"{first} was not paged about it"):
        await ticket.act("decline", by=first)
    lead = str(view.assignee)
    await ticket.act("acknowledge", by=lead)
    with pytest.raises(Refused, match=f"{lead} has acknowledged it: escalate it, or reassign it"):
        await ticket.act("decline", by=lead)


async def test_who_declined_is_left_out_of_this_round_only(desk: Desk) -> None:
    desk.amend(
        clocks={"P1": {"acknowledge_within": "1h"}},
        paging={
            "P1": [
                {"page": "on_call"},
                {"after": "2m", "page": "on_call", "through": "phone", "repeats": 2, "every": "2m"},
                {"after": "8m", "page": "lea"},
            ]
        },
    )
    ticket, first, second = await outage(desk)
    await ticket.act("decline", by=first)
    await ticket.told("page_sent", times=2)
    await ticket.wait(minutes=5)  # all steps for who is on call go to the next in the chain
    await ticket.told("page_sent", times=4)
    assert desk.paged() == [first, second, second, second]
    await ticket.wait(minutes=10)  # after the last step the round is over
    await ticket.told("page_sent", times=7)
    assert desk.paged()[4:] == [second, "lea", first]


async def test_who_was_paged_at_the_same_time_is_waited_for(desk: Desk) -> None:
    desk.amend(paging={"P1": [{"page": ["ana", "ben", "lea"]}]})
    ticket = await desk.report("Outage: wiki down", service="wiki", users_affected=30)
    await ticket.told("page_sent", times=3)
    assert await ticket.act("decline", by="ana") == "declined; paged now: dora"
    await ticket.told("page_sent", times=4)
    waits = await ticket.act("decline", by="dora")
    assert waits == "declined; nobody else is left to page, and it waits for ben, lea"
    assert (await ticket.view()).tier == 1


async def test_every_answer_says_what_became_of_it(desk: Desk) -> None:
    """Twice, late, after the end, for another episode, and from somebody who has left."""
    ticket, first, second = await outage(desk)
    answers = PageAnswers(desk.client, desk.policy.current, desk.lookup)
    asked_at = await ticket.now()

    def claim(person: str, episode: int = 1) -> PageClaim:
        return PageClaim(incident_id=ticket.id, episode=episode, person=person, asked_at=asked_at)

    async def says(person: str, action: Action = Action.ACKNOWLEDGE, episode: int = 1) -> str:
        told = await answers.answer(claim(person, episode), action, Via.LINK)
        return f"{told.kind}: {told.words}"

    assert await says("mallory") == (
        "refused: The policy's people have nobody called mallory (any more)."
    )
    assert await says(first, episode=2) == (
        "refused: That was episode 2, which has closed; this is episode 1."
    )
    assert await says(first) == "done: You have it: paging has stopped."
    [entry] = await ticket.entries("acknowledged")
    assert (entry.actor, entry.via) == (first, Via.LINK)
    assert (await says(first)).startswith("already: You have it already: acknowledged ")
    for action in (Action.ACKNOWLEDGE, Action.DECLINE):
        assert (await says(second, action)).startswith(f"taken: {first} has it: acknowledged ")
    assert await says(second, Action.ESCALATE) == "done: It goes to the next tier."
    await ticket.reaches(Box.RESOLVE, tier=2)

    # Who was not paged may answer where they find the incident: here everybody of the policy.
    known = await answers.answer_of("leo", ticket.id, 1, Action.ACKNOWLEDGE, Via.SLACK)
    assert known.kind is AnswerKind.DONE
    for person, incident_id in (("mallory", ticket.id), ("leo", "INC-AAAAAAAAAA")):
        none = await answers.answer_of(person, incident_id, 1, Action.ACKNOWLEDGE, Via.SLACK)
        assert none[:2] == (AnswerKind.REFUSED, f"There is no incident {incident_id}.")

    await ticket.act("withdraw", by="rita@storyville.example", reason="a mistake")
    await ticket.closes()
    assert (await says(first)).startswith("refused: Too late: it was withdrawn ")


async def test_of_a_confidential_incident_nobody_hears_but_who_finds_it(desk: Desk) -> None:
    ticket, first, _ = await outage(desk)
    await ticket.act("restrict", by=first, reason="a theft")
    answers = PageAnswers(desk.client, desk.policy.current, desk.lookup)
    stranger = await answers.answer_of("dan", ticket.id, 1, Action.ACKNOWLEDGE, Via.TEAMS)
    assert stranger.words == f"There is no incident {ticket.id}."
    found = await answers.answer_of(first, ticket.id, 1, Action.ESCALATE, Via.TEAMS)
    assert found.kind is AnswerKind.DONE


async def test_who_only_has_the_page_of_a_confidential_incident_can_say_that_they_have_it(
    desk: Desk,
) -> None:
    """By every way but a chat, in which people are signed in."""
    ticket, first, second = await outage(desk)
    await ticket.act("restrict", by=first, reason="a theft")
    answers = PageAnswers(desk.client, desk.policy.current, desk.lookup)
    asked_at = await ticket.now()

    async def says(person: str, action: Action, via: Via, **given: object) -> str:
        claim = PageClaim(incident_id=ticket.id, episode=1, person=person, asked_at=asked_at)
        told = await answers.answer(claim, action, via, given)
        return f"{told.kind}: {told.words}"

    for via in Via:
        for action in (Action.DECLINE, Action.ESCALATE, Action.RESOLVE):
            assert await says(first, action, via, **_NOTES.get(action, {})) == (
                "refused: It is confidential: sign in to do more than acknowledge it."
            )
    noted = await says(first, Action.COMMENT, Via.MAIL, text="on a train")
    assert noted.startswith("done: ")
    assert (await says(first, Action.ACKNOWLEDGE, Via.SMS)).startswith("done: You have it")
    late = await says(second, Action.ACKNOWLEDGE, Via.PHONE)
    assert late.startswith("taken: Somebody else has it: acknowledged ")
    signed_in = await answers.answer_of(first, ticket.id, 1, Action.ACKNOWLEDGE, Via.SLACK)
    assert signed_in.words.startswith("You have it already: acknowledged ")
    done = await answers.answer_of(
        first, ticket.id, 1, Action.RESOLVE, Via.SLACK, _NOTES[Action.RESOLVE]
    )
    assert done.kind is AnswerKind.DONE
    over = await says(second, Action.ACKNOWLEDGE, Via.LINK)
    assert over == "refused: This cannot be done now: sign in to see why."
    await ticket.act("withdraw", by="rita@storyville.example", reason="a mistake")
    await ticket.closes()
    for action in (Action.ACKNOWLEDGE, Action.ESCALATE):
        assert "Somebody" not in await says(second, action, Via.LINK)


_NOTES = {Action.RESOLVE: {"summary": "changed the locks"}}
