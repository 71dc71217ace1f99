"""Articles from another machine: what is typed there does what it does here."""

from standfast.incidents.roles import Role
from tests.commands.remote.conftest import Elsewhere


async def test_an_article_from_elsewhere(elsewhere: Elsewhere) -> None:
    texts = ("--symptom", "The badge reader blinks", "--fix", "- `reader reset`")
    made = await elsewhere.run(
        "article", "write", "--title", "Reset the reader", *texts, "--for-reporters", name="nia"
    )
    article = made.out.partition(" ")[0]
    assert (made.code, made.out) == (0, f"{article} is a draft: Reset the reader\n")

    late = ("article", "edit", article, "--fix", "x", "--version", "1")
    edited = await elsewhere.run("article", "edit", article, "--cause", "Dust", name="max")
    assert edited.out == f"{article} has version 2, which waits for its review\n"
    refused = await elsewhere.run(*late, name="nia")
    assert (refused.code, refused.err) == (
        1,
        f"max has changed {article} since version 1: read version 2, and put into it what is "
        "yours\n",
    )
    assert refused.err == (await elsewhere.here(*late, "--by", "nia")).err
    hers = await elsewhere.run("article", "show", article, role=Role.REPORTER)
    assert (hers.code, hers.err) == (1, f"there is no article {article}\n")

    done = await elsewhere.run("article", "publish", article, name="nia")
    assert done.out == f"{article} is published, version 2\n"
    for words in (
        ("article", "show", article, "--json"),
        ("article", "show", article),
        ("article", "list", "badge", "--json"),
        ("article", "runbook", article),
        ("article", "show", article, "--version", "9"),
        ("article", "list", "priority:P1"),
    ):
        assert await elsewhere.run(*words) == await elsewhere.here(*words), words

    helped = await elsewhere.run("article", "helped", article, role=Role.REPORTER, name="mia")
    assert helped.out == f"{article}: noted; nothing is reported\n"
    shown = (await elsewhere.run("article", "show", article, "--json")).json
    assert (shown["helped"], shown["state"]) == (1, "published")
    not_hers = await elsewhere.run("article", "edit", article, "--fix", "y", role=Role.REPORTER)
    assert "this needs the role responder" in not_hers.err

    gone = await elsewhere.run("article", "retire", article, "--reason", "New readers", name="nia")
    assert gone.out == f"{article} is retired\n"
    assert (await elsewhere.run("article", "list", "badge", "--json")).json == []


async def test_an_article_of_an_incident_from_elsewhere(elsewhere: Elsewhere) -> None:
    ticket = await elsewhere.api.desk.report("The badge reader blinks")
    await ticket.reaches_resolve()
    none = await elsewhere.run("article", "offer", ticket.id)
    assert "it has not closed with a resolution" in none.err
    await ticket.act("resolve", by="nia", summary="Reset it")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()
    offered = await elsewhere.run("article", "offer", ticket.id)
    assert offered == await elsewhere.here("article", "offer", ticket.id)
    assert "Reset it" in offered.out
    made = await elsewhere.run("article", "write", "--incident", ticket.id, "--json", name="nia")
    article = made.json["article_id"]
    assert (made.json["incident_id"], made.json["rate"]) == (ticket.id, {"worked": 1, "of": 1})
    for undo, told in (((), "fixed it 1 of 1 time"), (("--undo",), "not known yet")):
        used = await elsewhere.run("article", "use", article, ticket.id, *undo, name="nia")
        assert told in used.out
    again = await elsewhere.run("article", "use", article, ticket.id, "--undo", name="nia")
    assert again.err == f"nobody has said that {article} was used in {ticket.id}\n"
