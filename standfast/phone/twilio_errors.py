"""What the numbers of Twilio's errors mean, and what to do: https://www.twilio.com/docs/api/errors.

Only those that a page may run into; of any other the number is said.
"""

_WORDS = {
    10001: "the account is suspended or closed: see its balance, and its mail, in Twilio's console",
    10004: "too many calls of the account at once",
    20003: "the Account SID and the Auth Token do not fit together",
    20005: "the account is not active: see its balance in Twilio's console",
    20404: "there is no such account",
    20429: "too many requests at once",
    21210: "our number is not verified for calls",
    21211: "the number of the recipient is not valid",
    21212: "our number is not valid",
    21214: "the number of the recipient cannot be reached",
    21215: "calls to this country are off: turn them on in Twilio's Voice Geographic Permissions",
    21219: "a trial account calls verified numbers only",
    21266: "the number of the recipient is our own",
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
    21635: "the number of the recipient is a landline",
    21659: "our number is not one of this account",
    21660: "our number is not one of this account",
    21705: "there is no such Messaging Service",
    30001: "too many SMS wait at Twilio",
    30002: "the account is suspended: see its balance, and its mail, in Twilio's console",
    30003: "the phone cannot be reached; it may be off",
    30004: "the recipient or the carrier blocks it",
    30005: "the number is not known to its carrier",
    30006: "it is a landline, or its carrier takes no SMS",
    30007: "the carrier took it for spam",
    30008: "the carrier did not deliver it, and did not say why",
    30010: "it costs more than the account allows",
    30022: "more SMS than the carrier allows us (A2P 10DLC)",
    30034: "our number is not registered for SMS to the USA (A2P 10DLC)",
    30036: "it waited at Twilio for so long that it was of no use any more",
    32203: "the recipient's number is blocked for calls",
    63038: "more SMS than Twilio allows the account in a day",
    90010: "the account is not active: see its balance in Twilio's console",
    572002: "a trial account sends from the number that Twilio has assigned to the recipient only",
    572005: "a trial account sends to verified numbers only",
    573002: "a trial account calls from the number that Twilio has assigned to the recipient only",
    573005: "a trial account calls verified numbers only",
}


def words_of_code(code: int | str | None, status: int = 0) -> str:
    """What an error means; with `status`, that of HTTP, where the number says nothing to us."""
    given = str(code or "")
    number = int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else 0
    if words := _WORDS.get(number):
        return f"{words} (error {number})"
    if number and number != status:  # the library gives that of HTTP where there is no other
        return f"error {number}, see twilio.com/docs/api/errors/{number}"
    return f"HTTP status {status}" if status else ""
