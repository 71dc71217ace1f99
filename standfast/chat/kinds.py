"""The kinds of chat: by the name of its section in the policy, what talks to it."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import import_module

from standfast.chat.provider import ChatProvider
from standfast.policy.chat import ChatRules

_MODULES = {
    "slack": "standfast.chat.slack.provider",
    "teams": "standfast.chat.msteams.provider",
}
"""Each has `provider(rules, environment)`, which makes a ChatProvider by its section of the policy,
or raises NoSuchSecret. It is loaded where the policy has that chat: their libraries take a second.
"""


def providers(
    rules: ChatRules,
    only: Collection[str] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Iterator[ChatProvider]:
    """What talks to each chat of the policy, or to these of them.

    Raises:
        NoSuchSecret: a secret that a section names is not set where we run.
    """
    for name, chat in rules.named.items():
        if only is not None and name not in only:
            continue
        make: Callable[..., ChatProvider] = import_module(_MODULES[name]).provider
        yield make(chat, environment)
