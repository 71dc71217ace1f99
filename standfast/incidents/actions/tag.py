"""Tag: a word by which a closed incident is found."""

from typing import Annotated

from standfast.incidents.actions.action import RecordAction
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import Checkbox
from standfast.incidents.actions.fields import Line as LineField
from standfast.incidents.person import PersonAction
from standfast.messages.message import Line, at_most


class Tag(PersonAction):
    """A tag, which is added or taken away; capitals do not matter."""

    tag: Annotated[Line, at_most(60)]
    remove: bool = False


TAG = ActionDescription(
    action=RecordAction.TAG,
    payload=Tag,
    summary="Tag a closed incident, so that `search tag:…` finds it.",
    example={"tag": "certificates"},
    fields=(
        LineField("tag", "Tag", help="A word or a few, such as certificates."),
        Checkbox("remove", "Take it away", help="Take the tag away."),
    ),
    button="Tag",
    for_several=True,
    done="Noted.",
    after_close=True,
)
