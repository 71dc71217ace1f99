"""A runbook proposed from an article, as YAML that the policy's own loader has taken."""

from pathlib import Path

import yaml

from standfast.decisions.runbook_proposal import Proposed
from standfast.policy_file.loading import problems_with
from standfast.policy_file.nodes import Problem

_NO_CHECK = (
    "# The article names no command that shows whether it helped: put one under `check`. Until\n"
    "# then the runbook never counts as successful.\n"
)


def runbook_yaml(found: Proposed, origin: str) -> str:
    """The text to copy. origin: says where it comes from."""
    told = (
        f"# From {origin}. Read it, and copy it into the policy: nothing of it has been run, and\n"
        "# every run asks for approval.\n"
    )
    document = {"runbooks": {found.key: found.runbook}}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    return f"{told}{'' if found.has_check else _NO_CHECK}{text}"


def runbook_problems(policy: Path, text: str) -> list[Problem]:
    """What the policy's loader finds wrong with it; PolicyError where the policy itself is."""
    return problems_with(policy, text, "the proposed runbook")
