"""A question that is answered by mail: the message, and what its answer brings back."""

from standfast.incidents.notification import Notification


class Question(Notification):
    """A message whose answer is recognised when it comes by mail.

    answer_tag: what a reply brings back, see `intake.answer_tags`. reply_to: the address for
    replies, with the tag in it; empty where the policy names none.
    """

    answer_tag: str
    reply_to: str = ""
