"""The dependencies of every route: settings, Temporal, the records, the policy."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request
from temporalio.client import Client

from standfast.api.token_lookups import TokenLookups
from standfast.hosting.answer_replies import AnswerReplies
from standfast.hosting.audit import AuditLog
from standfast.hosting.kind_context import kind_context
from standfast.hosting.settings import Settings
from standfast.intake.page_answers import PageAnswers
from standfast.intake.used_channels import UsedChannels
from standfast.lookup.lookup import Lookup
from standfast.notification.channel_sender import ChannelSender
from standfast.notification.channel_test import Dependencies
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore


@dataclass(frozen=True)
class Backend:
    """The dependencies of routes. `client` connects when it is first used."""

    settings: Settings
    client: Client
    records: RecordStore
    policy: PolicySource
    lookup: Lookup

    @cached_property
    def audit(self) -> AuditLog:
        """What all doors write into the audit log."""
        return AuditLog(self.records)

    @cached_property
    def page_answers(self) -> PageAnswers:
        """What takes answers to pages, for all doors."""
        return PageAnswers(self.client, self.policy.current, self.lookup, self.records)

    @cached_property
    def used_channels(self) -> UsedChannels:
        """What tells whether a link went to a channel that is still used."""
        return UsedChannels(self.records)

    @cached_property
    def answer_replies(self) -> AnswerReplies:
        """What tells people by mail what became of their answers."""
        return AnswerReplies(self.settings, self.policy, self.records)

    @cached_property
    def token_lookups(self) -> TokenLookups:
        """What looks up tokens, for all doors."""
        return TokenLookups()

    @cached_property
    def channel_sender(self) -> ChannelSender:
        """What sends codes and tests through single channels."""
        return ChannelSender(kind_context(self.settings, self.records))

    def for_channels(self) -> Dependencies:
        """What listing, testing and setting up channels needs."""
        policy = self.policy.current()
        return Dependencies(policy, self.records, self.channel_sender, self.audit.record)


def backend_of(request: Request) -> Backend:
    """The backend of the app that serves this request."""
    backend = request.app.state.backend
    if not isinstance(backend, Backend):
        raise TypeError("this app was not made by build_app")
    return backend


TheBackend = Annotated[Backend, Depends(backend_of)]
