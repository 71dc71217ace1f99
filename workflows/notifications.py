"""Notifications, sent beside the flow: contact by contact, until one is reached or has acted."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from workflows.activity_options import FORGET_PAGE, PAGE_RETRY_DELAYS, REACH_SOMEBODY
from workflows.all_clear import AllClear
from workflows.episode import Episode, cause_of
from workflows.flow import StartInBackground
from workflows.messages import Messages, owners_of

with workflow.unsafe.imports_passed_through():
    from activities.notification import NotificationActivities
    from standfast.incidents import notification_texts as texts
    from standfast.incidents.assignment import PlannedPage
    from standfast.incidents.notification import Audience, Delivery, Notification, Purpose
    from standfast.messages.message import words_of


class _Problem(NamedTuple):
    """Why somebody was not reached, and whether another try is in vain.

    held: the page waits in the record store for a digest all the same.
    """

    why: str
    for_good: bool
    held: bool


class Notifications:
    """Pages, warnings, reminders, questions, and what people are only informed of."""

    def __init__(self, episode: Episode, start_in_background: StartInBackground) -> None:
        self._episode = episode
        self._state = episode.state
        self._start_in_background = start_in_background
        self._messages = Messages(episode)
        self.all_clear = AllClear(episode, self._messages, start_in_background)
        self._stops = 0

    def page(self, page: PlannedPage, why: str) -> None:
        """Page one escalation step: the first of each chain, the next if nobody is reached.

        Whoever has declined is left out.
        """
        chains = [*filter(None, map(self._state.paging_round.left_of, page.chains))]
        first = [chain[0] for chain in chains]
        for chain in chains:
            self._start(chain, Purpose.PAGE, why, through=page.through, others=first)

    def warn(self, why: str) -> None:
        """Warn whoever has acknowledged, else whoever was paged."""
        self._start(owners_of(self._state), Purpose.WARN, why)

    def remind(self, why: str) -> None:
        """Remind the owner of something that waits."""
        self._start(owners_of(self._state), Purpose.REMIND, why)

    def ask_for_approval(self, approvers: Iterable[str], why: str) -> None:
        """Ask everyone who may approve."""
        for person in approvers:
            self._start([person], Purpose.APPROVE, why)

    def notify_it_is_worse(self, why: str) -> None:
        """Notify whoever has it that it is worse now, even if they have acknowledged."""
        self._start(owners_of(self._state), Purpose.WORSE, why, stops=False)

    def inform(self, people: Iterable[str], why: str) -> None:
        """Inform each of them; they need not act."""
        for person in people:
            self._start([person], Purpose.TELL, why, stops=False)

    async def page_until_reached(self, contacts: Iterable[str], why: str) -> None:
        """Have one of them look at something, each in turn until one is reached.

        Nothing stops it, neither an acknowledgement nor a withdrawal: only the wait for it ends
        when the flow is cancelled, and the close still waits for its end.
        """
        await asyncio.shield(self._start(contacts, Purpose.LOOK, why, stops=False))

    def ask_reporter(self, why: str) -> None:
        """Ask the reporter whether it is resolved."""
        reporter = self._state.report.reporter
        self._start([reporter], Purpose.CONFIRM, why, Audience.REPORTER)

    def tell_reporter(self, why: str) -> None:
        """Tell the reporter something, if it is a person; they need not act."""
        report = self._state.report
        if report.reporter and not report.by_monitor:
            recipient = [report.reporter]
            self._start(recipient, Purpose.TELL, why, Audience.REPORTER, stops=False)

    def stop_paging(self) -> None:
        """Do not try again any message that asks for something; one on its way may still arrive.

        Nothing is cancelled: a cancellation is a command, and a replay would have to put it in the
        same place among the other commands of that moment.
        """
        self._stops += 1

    def _start(
        self,
        contacts: Iterable[str],
        purpose: Purpose,
        why: str,
        audience: Audience = Audience.PERSON,
        *,
        stops: bool = True,
        through: tuple[str, ...] = (),
        others: Sequence[str] = (),
    ) -> "asyncio.Task[None]":
        """Reach one of these contacts; `stop_paging` ends it unless it never `stops`."""
        step = self._messages.next_step(purpose)
        self._state.notified |= audience is Audience.PERSON
        messages = [
            self._messages.message(
                step, attempt, purpose, person, why, audience, through, others=others
            )
            for attempt, person in enumerate(filter(None, dict.fromkeys(contacts)), start=1)
        ]
        return self._start_in_background(self._reach_one_of(messages, why, stops))

    async def _reach_one_of(self, messages: list[Notification], why: str, stops: bool) -> None:
        """Each contact in turn until one is reached; the timeline says who was and was not."""
        started_in = self._stops

        def stopped() -> bool:
            return (stops and self._stops != started_in) or self._has_declined(message)

        for message in messages:
            if self._has_declined(message):
                continue
            if message.purpose is Purpose.PAGE:
                self._state.paging_round.page(message.recipient)
            held = False
            for pause in (*PAGE_RETRY_DELAYS, None):
                if stopped():
                    if held:
                        await self._forget(message)
                    self._note_page(f"{message.purpose}_stopped", message, "somebody has acted")
                    return
                problem = await self._try_to_reach(message, why, stopped)
                if problem is None:
                    if stopped():
                        self.all_clear.came_too_late(message)
                    return
                if problem.held:
                    held, message = True, message.model_copy(update={"digest": True})
                if pause is None or problem.for_good:
                    if held:
                        await self._forget(message)
                    self._note_page("not_reached", message, problem.why)
                    self._state.paging_round.unreached.append(message.recipient)
                    break
                await workflow.sleep(pause, summary=f"{message.recipient} was not reached")
        self._episode.note(
            "nobody_reached", detail=f"{messages[0].purpose}: no contact is left to try"
        )

    def _has_declined(self, message: Notification) -> bool:
        """Whether it is a page for somebody who has declined in this round."""
        is_page = message.purpose is Purpose.PAGE
        return is_page and message.recipient in self._state.paging_round.declined

    async def _try_to_reach(
        self, message: Notification, why: str, stopped: Callable[[], bool]
    ) -> "_Problem | None":
        """Try once; a delivery is noted. Every try has the same idempotency key."""
        summary = f"{message.purpose} {message.recipient}"[:200]
        held = False
        try:
            delivery = await self._episode.run_activity(
                NotificationActivities.notify, message, REACH_SOMEBODY, summary
            )
            if delivery.held_for:
                held = True
                wait = f"for {words_of(delivery.held_for)}, to be bundled with others"
                self._note_page("page_held", message, wait)
                delivery = await self._in_a_digest(message, delivery, stopped)
            self._episode.policy_seen(delivery.policy_version)
        except ActivityError as failed:
            cause = failed.cause
            for_good = isinstance(cause, ApplicationError) and cause.non_retryable
            if message.purpose is Purpose.TELL and _is_unknown(cause):
                return None  # who solved it may be anybody, such as a vendor on the phone
            return _Problem(cause_of(failed), for_good, held)
        if not delivery.channel:
            self._note_page(f"{message.purpose}_stopped", message, "somebody has acted")
            return None
        if message.purpose is Purpose.PAGE:
            self._state.is_reached(message.recipient, delivery.channel)
        how = ", ".join(filter(None, (delivery.channel, message.key, delivery.detail)))
        how = texts.through(how, delivery.problems)
        self._note_page(f"{message.purpose}_sent", message, how, why)
        return None

    async def _in_a_digest(
        self, message: Notification, delivery: Delivery, stopped: Callable[[], bool]
    ) -> Delivery:
        """In a storm a page waits for the digest that carries it, unless somebody acts before."""
        bundled = message.model_copy(update={"digest": True})
        while held_for := delivery.held_for:
            try:
                await workflow.wait_condition(
                    stopped,
                    timeout=held_for,
                    timeout_summary=f"a digest for {message.recipient}"[:200],
                )
            except TimeoutError:
                summary = f"digest for {message.recipient}"[:200]
                delivery = await self._episode.run_activity(
                    NotificationActivities.notify, bundled, REACH_SOMEBODY, summary
                )
                continue
            await self._forget(message)
            return Delivery(key=message.key, recipient=message.recipient, channel="")
        return delivery

    async def _forget(self, message: Notification) -> None:
        """Take a page out of the digest that was to carry it."""
        summary = f"no page for {message.recipient}"[:200]
        try:
            await self._episode.run_activity(
                NotificationActivities.forget, message, FORGET_PAGE, summary
            )
        except ActivityError as failed:
            self._note_page("not_forgotten", message, cause_of(failed))

    def _note_page(self, event: str, message: Notification, detail: str, why: str = "") -> None:
        """Note what became of a message to somebody, and why they got it."""
        if self._state.confidential and event == "page_sent":
            # Who was paged has to do with it, so they find it.
            self._state.confidential = self._state.confidential.and_for([message.recipient])
        self._episode.note(event, detail=detail, person=message.recipient, why=why)


def _is_unknown(cause: BaseException | None) -> bool:
    """Whether the policy does not know the recipient."""
    return isinstance(cause, ApplicationError) and cause.type == "UnknownRecipient"
