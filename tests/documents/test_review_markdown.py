"""A review in Markdown: whose headings are whose."""

from standfast.documents.review_markdown import in_markdown
from tests.documents.sample_reviews import section, shown


def test_it_says_what_the_review_says() -> None:
    assert in_markdown(shown(section("The *gateway* was down."), section("", title="Luck"))) == (
        "# Review of INC-7F3K2QXWM4, episode 1: VPN refuses logins\n"
        "\n"
        "- Why there is one: its priority was P1\n"
        "- Priority: P1\n"
        "- Team: network\n"
        "- Written by: ana\n"
        "- Closed: 2026-11-30 11:20:00 UTC, by lea\n"
        "\n"
        "## What happened\n"
        "\n"
        "*What broke?*\n"
        "\n"
        "The *gateway* was down.\n"
        "\n"
        "## Luck\n"
        "\n"
        "*What broke?*\n"
        "\n"
        "Nothing yet.\n"
        "\n"
        "## Action items\n"
        "\n"
        "- [x] 1. Replace the disk (george, due 2026-12-14): it has two now\n"
        "- [ ] 2. Renew \\*sooner\\* (nobody, due 2026-12-14)\n"
    )
