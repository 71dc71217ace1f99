"""What people do on an incident's page, and what becomes of their forms."""

from standfast.incidents.flowchart import Box
from tests.console.conftest import Visitor
from tests.stories.desk import Desk

SCRIPT = "<script>alert(1)</script>"


async def test_what_one_does_is_done_in_one_s_own_name(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    answer = await ana.sends(f"{here}/acknowledge", here, by="somebody else")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{here}?did=acknowledge"
    assert "paging has stopped" in await ana.reads(answer.headers["location"])
    assert (await ticket.view()).acknowledged_by == "ana"
    answer = await ana.sends(
        f"{here}/resolve",
        here,
        summary="did it",
        steps="one\n\ntwo",
        root_cause="",
        workaround="yes",
    )
    assert answer.status_code == 303
    resolution = (await ticket.view()).resolution
    assert resolution
    assert (resolution.by, resolution.steps, resolution.workaround) == ("ana", ("one", "two"), True)


async def test_a_priority_can_be_pinned(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    assert 'name="pin"' in await ana.reads(here)
    sent = await ana.sends(f"{here}/reprioritise", here, impact="low", urgency="low", pin="yes")
    assert sent.status_code == 303
    assert (await ticket.view()).priority == "P5"


async def test_a_refusal_is_told_on_the_page_and_nothing_typed_is_lost(
    ana: Visitor, desk: Desk
) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    merged = await ana.sends(f"{here}/merge", here, into=ticket.id, reason="they look <b>alike</b>")
    assert merged.status_code == 409
    assert "That is the incident itself." in merged.text
    assert "they look &lt;b&gt;alike&lt;/b&gt;</textarea>" in merged.text
    # The form of this one is not on the page any more: what was typed is shown beside the reason.
    verified = await ana.sends(
        f"{here}/verify", here, verdict="resolved", comment="it works & runs"
    )
    assert verified.status_code == 409
    assert "Nothing to verify yet" in verified.text
    assert "it works &amp; runs" in verified.text


async def test_a_field_that_is_wrong_is_named_beside_it(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    linked = await ana.sends(f"{here}/link", here, to="INC-1", relation="caused_by")
    assert linked.status_code == 422
    assert 'id="do-link-to-error">is not the id of an incident' in linked.text
    assert 'value="INC-1"' in linked.text
    assert '<option value="caused_by" selected>' in linked.text
    long = await ana.sends(f"{here}/comment", here, text="x" * 10_001)
    assert long.status_code == 422
    assert "at most 10000 are allowed" in long.text
    assert "x" * 10_001 in long.text


async def test_two_who_escalate_from_the_same_page_go_one_tier_up(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    assert 'name="from_tier" value="1"' in await ana.reads(here)
    for status in (303, 409):  # the second from another window
        sent = await ana.sends(f"{here}/escalate", here, reason="vendor", from_tier="1")
        assert sent.status_code == status
        await ticket.reaches(Box.RESOLVE, tier=2)
    assert "It was escalated meanwhile: tier 2 has it." in sent.text
    assert (await ana.sends(f"{here}/comment", here, text="x", from_tier="1")).status_code == 303


async def test_a_form_from_elsewhere_does_nothing(ana: Visitor, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    here = f"/incidents/{ticket.id}"
    typed, ours = {"text": "typed with care"}, {"Sec-Fetch-Site": "same-origin"}
    stale = await ana.http.post(f"{here}/comment", data=typed, headers=ours)
    assert (stale.status_code, "typed with care" in stale.text) == (403, True)
    bare = await ana.http.post(f"{here}/comment", data=typed)
    assert (bare.status_code, "typed with care" in bare.text) == (403, False)
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    forged = await ana.http.post(f"{here}/withdraw", data={}, headers=elsewhere)
    assert forged.status_code == 403
    assert (await ticket.view()).stage is Box.RESOLVE
