"""What the numbers of Twilio's errors mean, and what to do: https://www.twilio.com/docs/api/errors.

Only those that a page may run into; of any other the number is said.
"""

_WORDS = {
    20003: "the Account SID and the Auth Token do not fit together",
    20005: "the account is not active",
    20404: "there is no such account",
    20429: "too many requests at once",
    21210: "our number is not verified for calls",
    21211: "the number of the recipient is not valid",
    21212: "our number is not valid",
    21214: "the number of the recipient cannot be reached",
    21215: "calls to this country are off: turn them on in Twilio's Voice Geographic Permissions",
    21219: "a trial account calls verified numbers only",
    21401: "the number of the recipient is not valid",
    21408: "SMS to this country are off: turn them on in Twilio's SMS Geographic Permissions",
    21601: "our number sends no SMS",
    21606: "our number is not one of this account, or sends no SMS",
    21608: "a trial account sends to verified numbers only",
    21609: "STANDFAST_PUBLIC_URL is an address that Twilio does not take",
    21610: "the recipient has sent STOP to our number; START takes it back",
    21611: "too many SMS of our number wait at Twilio",
    21612: "the recipient cannot be reached from our number",
    21614: "the number of the recipient is not a mobile one",
    21617: "the text is too long",
    21659: "our number is not one of this account",
    21660: "our number is not one of this account",
    30001: "too many SMS wait at Twilio",
    30002: "the account is suspended",
    30003: "the phone cannot be reached; it may be off",
    30004: "the recipient or the carrier blocks it",
    30005: "the number is not known to its carrier",
    30006: "it is a landline, or its carrier takes no SMS",
    30007: "the carrier took it for spam",
    30008: "the carrier did not deliver it, and did not say why",
    30010: "it costs more than the account allows",
    30034: "our number is not registered for SMS to the USA (A2P 10DLC)",
    32203: "the recipient's number is blocked for calls",
}


def words_of_code(code: int | str | None, status: int = 0) -> str:
    """What an error means; with `status`, that of HTTP, where the number says nothing to us."""
    given = str(code or "")
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else 0
    if words := _WORDS.get(number):
        return f"{words} (error {number})"
    if number:
        return f"error {number}, see twilio.com/docs/api/errors/{number}"
    return f"HTTP status {status}" if status else ""
