"""What programs of mailing lists, and newsletters, write: data, and nothing else.

Phrases are compared without case, accents and kinds of spaces (`plain.py`).
"""

LIST_SERVER_SUBJECT = (
    *("awaits moderator approval", "is waiting for moderation", "confirmation is needed to join"),
    *("majordomo results", "the results of your email commands", "confirmation for subscribe"),
    *("bounce action notification", "subscription results", "command results"),
    *("fml status report", "uncaught bounce notification", "ignored not member article"),
    *("not member article from", "fml system error message", "fml command status report"),
    *("loop alert", "loop back warning", "spam mail from a spammer is rejected", "reject mail"),
    *("your subscribe request", "output of your job", "rejected posting to", "confirm subscribe"),
    *("confirm unsubscribe", "command confirmation request", "request to mailing list"),
    *("moderator's spam report", "mailing list memberships reminder"),
)

LIST_SERVER_TEXT = (
    *("you are not a member of this mailing list", "awaits moderator approval"),
    *("the results of your email command", "is being held until the list moderator"),
    *("you are not allowed to post to this", "this is the ezmlm program"),
    *("your mail to the list", "this is a message from majordomo"),
    *("mailing list subscription confirmation notice", "has been rejected by the list"),
    *("you are not authorized to send mail to", "you are not authorised to send mail to"),
    *("not subscribed to the mailing list", "request(s) waiting for your consideration"),
    *("that you tried to contact is moderated",),
)
"""What programs that run mailing lists say to those who write to them."""

NEWSLETTER_TEXT = (
    *("view in browser", "view in your browser", "view this email in your browser", "view online"),
    *("view it in your browser", "read online", "im browser ansehen", "im browser anzeigen"),
    *("im browser öffnen", "webversion", "voir dans le navigateur", "version en ligne"),
    *("afficher dans le navigateur", "ver en el navegador", "ver en tu navegador"),
    *("visualizza nel browser", "apri nel browser", "bekijk in browser", "bekijk online"),
    *("ver no navegador", "visualizar no navegador", "zobacz w przeglądarce", "visa i webbläsare"),
    *("se i browser", "vis i nettleser", "открыть в браузере", "ブラウザで表示", "在浏览器中查看"),
)
"""What a newsletter says at the beginning of its text."""
