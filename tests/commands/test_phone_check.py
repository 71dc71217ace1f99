"""What `policy check` says of SMS and calls besides what is wrong with a URL."""

import pytest

from standfast.commands.phone_check import check_phones
from standfast.policy import Policy
from tests.decisions.small_policy import SMALL

ACCOUNT, OTHER = f"AC{'1' * 32}", f"AC{'2' * 32}"
TOKEN, NEW = "a" * 32, "b" * 32
PUBLIC = "https://standfast.example"


def policy(**channels: str) -> Policy:
    people = SMALL["people"] | {"dee": {"name": "Dee", "channels": channels}}
    return Policy.model_validate(SMALL | {"people": people})


def url(account: str = ACCOUNT, token: str = TOKEN, sort: str = "sms") -> str:
    return f"twilio-{sort}://{account}:{token}@+15005550006/+4915112345678"


@pytest.mark.parametrize(
    ("public", "warning"),
    [
        (None, "SMS and calls go out, but nobody can answer them: STANDFAST_PUBLIC_URL is not"),
        ("http://standfast.example", "nobody can answer SMS and calls: STANDFAST_PUBLIC_URL is h"),
        ("https://127.0.0.1:8443", "nobody can answer SMS and calls: STANDFAST_PUBLIC_URL is h"),
        ("https://10.0.0.7", "nobody can answer SMS and calls: STANDFAST_PUBLIC_URL is h"),
        ("https://standfast", "nobody can answer SMS and calls: STANDFAST_PUBLIC_URL is h"),
    ],
)
def test_where_answers_cannot_come_in(public: str | None, warning: str) -> None:
    [(_, said)] = check_phones(policy(call=url(sort="call")), {}, public)
    assert said.startswith(warning)
    assert not list(check_phones(policy(mail="mailto://dee:x@example.org"), {}, public))


def test_a_word_by_which_somebody_would_block_all_sms_is_told() -> None:
    answers = {"resolve": ["End", "done"], "acknowledge": ["yes"]}
    known = policy(sms=url()).model_dump(mode="json", exclude_unset=True)
    [(place, said)] = check_phones(Policy.model_validate(known | {"answers": answers}), {}, PUBLIC)
    assert place == "answers.resolve.0"
    assert said.startswith("whoever sends 'End' alone by SMS gets no more of them")


def test_an_account_with_two_secrets_is_told_without_them() -> None:
    known = {"STANDFAST_SECRET_SMS": url(token=NEW)}
    two = policy(sms="secret:SMS", call=url(sort="call"), other=url(OTHER))
    [(_, said)] = check_phones(two, known, PUBLIC)
    assert said.startswith("the account …1111 of Twilio stands in the channels with 2 secrets")
    assert TOKEN not in said
    # What is not set here, or no address, is not counted.
    assert not list(check_phones(policy(sms="secret:SMS", bad="twilio-sms://x"), {}, PUBLIC))
    assert not list(check_phones(policy(sms=url()), {}, PUBLIC))
