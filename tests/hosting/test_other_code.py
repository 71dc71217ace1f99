"""Open incidents of an older version: a new worker names those that it cannot continue."""

from standfast.hosting.other_code import OtherCode, look_for_other_code
from tests.hosting.changed_flow import ChangedWorkflow
from tests.stories.desk import Desk


async def test_what_another_version_cannot_continue_is_named_with_what_to_do(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()

    same = await look_for_other_code(desk.client, desk.task_queue)
    changed = await look_for_other_code(desk.client, desk.task_queue, [ChangedWorkflow])

    assert (same.stuck, same.what, same.remedy) == ((), "", "")
    assert ticket.id in changed.stuck
    assert ticket.id in changed.what
    assert f"`standfast repair {changed.stuck[0]}`" in changed.remedy


def test_of_many_the_first_are_named_and_all_are_counted() -> None:
    found = OtherCode(tuple(f"INC-{number}" for number in range(7)))
    assert found.what == (
        "this version cannot continue 7 open incidents that other code, such as an older version, "
        "ran: INC-0, INC-1, INC-2, INC-3, INC-4 and 2 more"
    )
    assert "at least 7 open incidents" in found._replace(left_out=1).what
    assert OtherCode(("INC-0",)).what == (
        "this version cannot continue 1 open incident that other code, such as an older version, "
        "ran: INC-0"
    )
