"""Link: another incident belongs to this one."""

from standfast.incidents.actions.action import Action
from standfast.incidents.actions.description import ActionDescription
from standfast.incidents.actions.fields import Line, Select
from standfast.incidents.actions.guard import with_another
from standfast.incidents.relations import Link, Relation

LINK = ActionDescription(
    action=Action.LINK,
    payload=Link,
    summary="Link another incident; each shows the other.",
    example={"to": "INC-7F3K2QXWM4", "relation": "caused_by"},
    guard=with_another,
    fields=(
        Line(
            "to",
            "Other incident",
            hint="Its id, such as INC-7F3K2QXWM4.",
            help="The other incident.",
            metavar="ID",
        ),
        Select(
            "relation",
            "The other one",
            help="The relation of the other incident to this one.",
            values=(
                (Relation.RELATED, "is related"),
                (Relation.CAUSED_BY, "causes this one"),
                (Relation.CAUSES, "is caused by this one"),
            ),
        ),
    ),
    button="Link to another incident",
    shows_work=True,
)
