"""What happens at Fernhill in the demo: each story is a script of what people do.

Together they walk every edge of the flowchart. Stories that the power cut interrupts have an
`await scene.power_cut()` where their people wait for it.
"""

from collections.abc import Awaitable, Callable

from standfast.demo.scene import Scene, Story
from standfast.incidents.flowchart import Box
from standfast.incidents.record import Outcome
from standfast.incidents.resolution import Verdict
from standfast.time.clocks import HoldReason

STORIES: list[Story] = []
"""Every story, in the order of their start."""

Script = Callable[[Scene], Awaitable[None]]


def story(ends: Outcome, walks: str) -> Callable[[Script], Script]:
    """Make a story of a script; the first line of its docstring is its title."""

    def told(script: Script) -> Script:
        title = (script.__doc__ or script.__name__).splitlines()[0].rstrip(".")
        STORIES.append(Story(title, ends, tuple(walks.split()), script))
        return script

    return told


@story(Outcome.RESOLVED, "critical→escalate escalate→resolve resolve→escalate")
async def network_down(scene: Scene) -> None:
    """Critical, and nobody answers: escalated tier by tier, and the top tier is paged again."""
    await scene.report(
        "Whole network is down in the warehouse",
        service="network",
        reporter="switch-monitor",
        description="No answer from any switch in halls 1 to 4 since the last round of pings.",
        labels={"severity": "critical"},
    )
    await scene.is_paged()
    await scene.power_cut()
    await scene.until("page the top again", lambda view: view.path.count(Box.ESCALATE) >= 4)
    await scene.acknowledge()
    await scene.resolve("the carrier has spliced the fibre that a digger had cut")


@story(Outcome.RESOLVED, "follow_up→escalate")
async def card_payments(scene: Scene) -> None:
    """Partly resolved, and still so when the watch window ends: escalated."""
    await scene.report(
        "Some card payments are declined",
        service="payments",
        reporter="shop-support@fernhill.example",
        users_affected=60,
        impact_statement="About one payment in twenty fails; customers try another card.",
    )
    await scene.acknowledge()
    await scene.resolve("raised the timeout towards the bank")
    await scene.verify(Verdict.PARTIALLY_RESOLVED, "fewer, but it still happens")
    await scene.is_watched()
    await scene.power_cut()
    await scene.acknowledge()
    await scene.resolve("moved to the bank's second data centre")
    await scene.verify(Verdict.RESOLVED, "no declined card for a while")


@story(Outcome.RESOLVED, "follow_up→escalate")
async def wireless_network(scene: Scene) -> None:
    """A workaround, watched; the same is reported again: escalated, then resolved."""
    await scene.report(
        "Wi-Fi drops in hall 3",
        service="wifi",
        reporter="pia@fernhill.example",
        users_affected=15,
        dedup_key="wifi/hall-3",
    )
    await scene.acknowledge()
    await scene.resolve("restarted the access points", workaround=True)
    await scene.verify(Verdict.RESOLVED, "the scanners are online")
    await scene.is_watched()
    await scene.report_again(
        "Scanners in hall 3 are offline again", reporter="tom@fernhill.example"
    )
    await scene.is_paged()
    await scene.power_cut()
    await scene.acknowledge()
    await scene.resolve("replaced the switch that fed the access points")
    await scene.verify(Verdict.RESOLVED, "stable all morning")


@story(Outcome.RESOLVED, "critical→escalate")
async def ransomware(scene: Scene) -> None:
    """A threat to security: escalated at once, watched afterwards."""
    await scene.report(
        "Ransomware note on a warehouse PC",
        service="file-share",
        reporter="olek@fernhill.example",
        description="The screen wants money. I have pulled the network cable.",
    )
    await scene.acknowledge()
    await scene.resolve("the PC is wiped; no shared folder was touched")
    await scene.verify(Verdict.RESOLVED, "I have a new PC")
    await scene.is_watched()
    await scene.power_cut()


@story(Outcome.AUTOMATED, "automated_resolution→close")
async def name_server(scene: Scene) -> None:
    """A runbook resolves it, and nobody is paged."""
    await scene.report(
        "Intranet names cannot be resolved in the Leeds office",
        service="network",
        reporter="dns-monitor",
        description="DNS still answers with the address of the old server.",
    )


@story(Outcome.RESOLVED, "automated_resolution→high_impact high_impact→assign")
async def nightly_load(scene: Scene) -> None:
    """A runbook runs, but its check fails: undone, and people take over."""
    await scene.report(
        "Yesterday's sales figures are missing",
        service="data-warehouse",
        reporter="cfo@fernhill.example",
        users_affected=8,
    )
    await scene.approve()
    await scene.until(
        "undo the runbook", lambda view: view.remediation and view.remediation.rolled_back
    )
    await scene.is_paged()
    await scene.power_cut()
    await scene.acknowledge()
    scene.change("nightly-load/delivery.csv", "order;amount\n20817;39.90\nend of file\n")
    await scene.resolve("the supplier's file was cut off; they have sent it again")
    await scene.verify(Verdict.RESOLVED, "the figures are there")


@story(Outcome.RESOLVED, "high_impact→critical critical→assign follow_up→close")
async def web_shop(scene: Scene) -> None:
    """Two people report the same. The runbook is denied; people roll a release back."""
    await scene.report(
        "Web shop is down: customers see an error page",
        service="website",
        reporter="shop-support@fernhill.example",
        users_affected=400,
        dedup_key="website/error-page",
    )
    await scene.approval_is_asked()
    await scene.report_again("The shop shows an error", reporter="marketing@fernhill.example")
    await scene.power_cut()
    await scene.deny("a restart would not help: last night's release is broken")
    await scene.acknowledge()
    scene.change("website/front-page", "open\n")
    await scene.resolve("rolled last night's release back")
    await scene.verify(Verdict.RESOLVED, "orders come in again")


@story(Outcome.RESOLVED, "issue_resolved→follow_up follow_up→close")
async def laptop(scene: Scene) -> None:
    """Nothing special: assigned, on hold for a spare part, resolved, closed."""
    await scene.report(
        "My laptop does not turn on", service="workplace", reporter="lucy@fernhill.example"
    )
    await scene.acknowledge()
    await scene.hold(HoldReason.VENDOR, "a new battery is on its way")
    await scene.power_cut()
    await scene.resume()
    await scene.resolve("put the new battery in")
    await scene.verify(Verdict.RESOLVED, "works, thank you")


@story(Outcome.RESOLVED, "resolve→escalate escalate→resolve")
async def remote_access(scene: Scene) -> None:
    """The first line asks for help, and the second resolves it."""
    await scene.report(
        "VPN drops every ten minutes",
        service="vpn",
        reporter="raj@fernhill.example",
        users_affected=30,
    )
    await scene.acknowledge()
    await scene.power_cut()
    await scene.escalate("the gateway's log means nothing to me")
    await scene.acknowledge()
    await scene.resolve("the gateway renewed its keys too often")
    await scene.verify(Verdict.RESOLVED, "two hours without a drop")


@story(Outcome.RESOLVED, "issue_resolved→escalate")
async def order_entry(scene: Scene) -> None:
    """Said to be resolved, but the user says it is not: escalated, then resolved."""
    await scene.report(
        "Order entry is very slow",
        service="erp",
        reporter="tess@fernhill.example",
        users_affected=20,
        error_message="ERROR orders: deadlock detected while waiting for a row lock",
    )
    await scene.acknowledge()
    await scene.resolve("ended the report that held the locks")
    await scene.reporter_is_asked()
    await scene.power_cut()
    await scene.verify(Verdict.UNRESOLVED, "as slow as before")
    await scene.acknowledge()
    await scene.resolve("added the index that the last update had dropped")
    await scene.verify(Verdict.RESOLVED, "fast again")


@story(Outcome.AUTOMATED, "automated_resolution→close")
async def label_printer(scene: Scene) -> None:
    """The power cut interrupts a runbook: its check runs first, then it runs again."""
    await scene.all_others_rest()
    await scene.report(
        "Label printer in hall 2 prints nothing",
        service="printing",
        reporter="pia@fernhill.example",
        users_affected=12,
    )
    await scene.approve()
    await scene.cut_the_power_when("print-server/paused")
    await scene.runbook_ends()


@story(Outcome.RESOLVED, "issue_resolved→follow_up follow_up→close")
async def calendar(scene: Scene) -> None:
    """Reported after the power cut. Partly resolved, watched, and all clear in the end."""
    await scene.power_cut()
    await scene.report(
        "Calendar invitations arrive an hour late",
        service="email",
        reporter="nils@fernhill.example",
        users_affected=5,
    )
    await scene.acknowledge()
    await scene.resolve("the mail queue is being worked off")
    await scene.verify(Verdict.PARTIALLY_RESOLVED, "new ones are in time, old ones are missing")
    await scene.is_watched()
    await scene.verify(Verdict.RESOLVED, "now the old ones are here too")


@story(Outcome.WITHDRAWN, "assign→resolve")
async def sign_in(scene: Scene) -> None:
    """Withdrawn by the reporter."""
    await scene.power_cut()
    await scene.report("Cannot log in to my mail", service="email", reporter="eve@fernhill.example")
    await scene.withdraw("it was the caps lock key")
