"""Mail that was set aside, on the server's machine: on record, opened through Temporal."""

from typing import TYPE_CHECKING

from standfast.incidents.mail_set_aside import MailSetAside, ShownMail
from standfast.intake.errors import Refused

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession
    from standfast.mail.desk import MailResult
    from standfast.records.mails_set_aside import KeptMail


class LocalMails:
    """As `session.Mails`. What each needs is loaded by whoever calls it."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session

    async def list(self, kind: str) -> list[MailSetAside]:
        """The latest on record."""
        return self._session.records.mails_set_aside.latest(kind=kind)

    async def show(self, mail_id: str) -> ShownMail:
        """The mail on record, with its text."""
        from standfast.mail.set_aside import shown

        return shown(self._kept(mail_id))

    async def raw(self, mail_id: str) -> bytes:
        """Its bytes on record."""
        from standfast.mail.set_aside import bytes_of

        return bytes_of(self._kept(mail_id))

    async def open(self, mail_id: str, by: str) -> "MailResult":
        """Open it as the API does."""
        from standfast.hosting.links import answer_tags, page_reply_tokens
        from standfast.intake.page_answers import PageAnswers
        from standfast.lookup.lookup import Lookup
        from standfast.mail.desk import MailDesk
        from standfast.mail.opening import open_mail
        from standfast.policy_file.loading import load_policy

        settings, records = self._session.settings, self._session.records
        policy = load_policy(settings.policy)
        client = await self._session.client()
        lookup = Lookup(client, records)
        desk = MailDesk(
            client=client,
            records=records,
            lookup=lookup,
            attachments=settings.data_dir / "attachments",
            task_queue=settings.task_queue,
            answers=answer_tags(settings),
            pages=page_reply_tokens(settings),
            page_answers=PageAnswers(client, lambda: policy, lookup, records),
        )
        return await open_mail(mail_id, by, desk, policy)

    def _kept(self, mail_id: str) -> "KeptMail":
        found = self._session.records.mails_set_aside.get(mail_id)
        if found is None:
            raise Refused(f"no mail {mail_id} is set aside; it may have been dropped since")
        return found
