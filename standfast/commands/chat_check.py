"""Checks what chats need besides right settings, for `policy check`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from standfast.outgoing.secrets import VARIABLE
from standfast.policy import Policy
from standfast.policy.chat import GUID, SlackChat, TeamsChat
from standfast.policy.runbooks import SECRET

_MOST_NAMED = 10
_TOKENS = ("xoxb-", "xoxp-", "xapp-")


def check_chats(policy: Policy, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A warning for each reason why people could do nothing in a chat, as (dotted place, why).

    A secret is checked where it is set here, as for `check_channels`.
    """
    if not policy.chat.named:
        return
    titles = " and ".join(chat.title for chat in policy.chat.named.values())
    unknown = sorted(key for key, person in policy.people.items() if not person.mail_addresses)
    if unknown:
        named, more = ", ".join(unknown[:_MOST_NAMED]), len(unknown) - _MOST_NAMED
        yield (
            "people",
            f"{titles} cannot tell who these people are, because they have no `addresses`, so no "
            f"button works for them: {named}{f' and {more} more' if more > 0 else ''}",
        )
    for address, same in sorted(_shared_addresses(policy).items()):
        yield (
            f"people.{same[0]}.addresses",
            f"{titles} cannot tell which of {', '.join(same)} somebody with the address {address} "
            "is, so no button works for them",
        )
    if policy.chat.slack:
        yield from _check_slack(policy.chat.slack, environment)
    if policy.chat.teams:
        yield from _check_teams(policy.chat.teams, environment)


def _shared_addresses(policy: Policy) -> dict[str, list[str]]:
    """The addresses that several people have."""
    found = defaultdict(list)
    for key, person in policy.people.items():
        for address in {each.casefold() for each in person.mail_addresses}:
            found[address].append(key)
    return {address: sorted(same) for address, same in found.items() if len(same) > 1}


def _check_slack(slack: SlackChat, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, begins, where in (
        ("bot_token", "xoxb-", "*Install App*, *Bot User OAuth Token*"),
        ("app_token", "xapp-", "*Basic Information*, *App-Level Tokens*"),
    ):
        variable = VARIABLE + (getattr(slack, key) or "").removeprefix(SECRET)
        value = environment.get(variable, "").strip()
        if value and not value.startswith(begins):
            yield (
                f"chat.slack.{key}",
                f"{variable} does not begin with {begins}: the token that is needed is at {where}",
            )
    variable = VARIABLE + (slack.signing_secret or "").removeprefix(SECRET)
    if environment.get(variable, "").strip().startswith(_TOKENS):
        yield (
            "chat.slack.signing_secret",
            f"{variable} is a token: the signing secret that is needed is at *Basic Information*, "
            "*App Credentials*",
        )


def _check_teams(teams: TeamsChat, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    variable = VARIABLE + teams.secret.removeprefix(SECRET)
    if GUID.fullmatch(environment.get(variable, "").strip()):
        yield (
            "chat.teams.secret",
            f"{variable} looks like the *Secret ID* of the client secret: what Teams needs is its "
            "*Value*, which Azure shows only when it is made",
        )
