"""Checks the URLs of a policy's channels, for `policy check`."""

from collections.abc import Iterator, Mapping

from standfast.notification.addresses import REPORTER
from standfast.notification.kinds.registry import kind_of
from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.policy import Policy
from standfast.policy.contact_methods import ContactMethod
from standfast.policy.paging import EscalationPolicy
from standfast.policy.runbooks import SECRET
from standfast.policy_file.loading import LoadedPolicy, Problem

_SOMEBODY = "somebody%40example.org"


def check_channels(loaded: LoadedPolicy, environment: Mapping[str, str]) -> Iterator[Problem]:
    """An error for each URL that its kind of channel could not use; it is never quoted.

    So for each contact method. A secret is checked where it is set here; the worker, whose it is,
    may be elsewhere.
    """
    for place, url in _channels(loaded.policy):
        try:
            whole = resolved(url, environment).replace(REPORTER, _SOMEBODY)
        except NoSuchSecret:
            continue
        if problem := kind_of(whole).problem_of(whole):
            yield loaded.problem(place, problem)
    for name, method in loaded.policy.contact_methods.items():
        if problem := _problem_of(method, environment):
            yield loaded.problem(f"contact_methods.{name}", problem)


def advise_on_channels(loaded: LoadedPolicy, environment: Mapping[str, str]) -> Iterator[Problem]:
    """A warning for each secret of channels and chats that is not set here, for each URL that could
    be better, and for each name in `through` that no channel has.
    """
    policy = loaded.policy
    methods = [(f"contact_methods.{n}", each.url) for n, each in policy.contact_methods.items()]
    urls = [*_channels(policy), *methods]
    for place, value in (*urls, *_of_chats(policy)):
        try:
            whole = resolved(value, environment)
        except NoSuchSecret as missing:
            yield loaded.problem(place, f"is not checked: {missing.variable} is not set here")
            continue
        if (place, value) in urls and (advice := kind_of(whole).advice_on(whole)):
            yield loaded.problem(place, advice)
    named = {name for person in policy.people.values() for name in person.channels}
    there = named | policy.contact_methods.keys()
    for place, steps in _paging(policy):
        for index, step in enumerate(steps):
            for name in step.through:
                if name not in there:
                    yield loaded.problem(
                        f"{place}.{index}.through",
                        f"nobody in the policy has a channel {name!r}, so it is passed over; there "
                        f"are: {', '.join(sorted(there))}",
                    )


def _of_chats(policy: Policy) -> Iterator[tuple[str, str]]:
    """The secrets of the chats."""
    for name, chat in policy.chat.named.items():
        for key, value in chat:
            if isinstance(value, str) and value.startswith(SECRET):
                yield f"chat.{name}.{key}", value


def _paging(policy: Policy) -> Iterator[tuple[str, EscalationPolicy]]:
    for priority, steps in policy.paging.items():
        yield f"paging.{priority}", steps
    for key, team in policy.teams.items():
        for priority, steps in team.paging.items():
            yield f"teams.{key}.paging.{priority}", steps


def _problem_of(method: ContactMethod, environment: Mapping[str, str]) -> str:
    """What is wrong with a template, tried with an address that is right."""
    try:
        whole = method.filled(resolved(method.url, environment), method.kind.example)
    except NoSuchSecret:
        return ""
    except ValueError as wrong:
        return str(wrong)
    kind = kind_of(whole)
    if kind.is_mail(whole) and method.kind.name != "address":
        return f"sends mail, and asks for {{{method.kind.name}}}: write {{address}}"
    return kind.problem_of(whole)


def _channels(policy: Policy) -> Iterator[tuple[str, str]]:
    for key, person in policy.people.items():
        for name, url in person.channels.items():
            yield f"people.{key}.channels.{name}", url
    for name, url in policy.reporters.channels.items():
        yield f"reporters.channels.{name}", url
