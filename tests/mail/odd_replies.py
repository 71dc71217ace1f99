"""Replies of odd forms, and texts that only look like replies: a part of tests/mail/replies.py."""

from typing import NamedTuple

ASKED = """Is it resolved? P4 Desk lamp flickers (INC-AAAAAAAAAA)

Ben says: changed the bulb

Fixed: https://help.fernhill.example/confirm?answer=fixed

Not fixed: https://help.fernhill.example/confirm?answer=not-fixed"""
QUOTED = "\n".join(f"> {line}".rstrip() for line in ASKED.split("\n"))
HELP = "Helpdesk <helpdesk@fernhill.example>"


class Reply(NamedTuple):
    """One reply: its text, and what of it the sender wrote."""

    name: str
    text: str
    own: str
    is_html: bool = False


def _cut(name: str, below: str, own: str = "Fixed.") -> Reply:
    """A reply of which nothing below counts."""
    return Reply(name, f"{own}\n\n{below}", own)


def _whole(name: str, text: str) -> Reply:
    """A text that is all the sender's own."""
    return Reply(name, text, text)


def _html(name: str, text: str, own: str = "Fixed.") -> Reply:
    return Reply(f"html {name}", text, own, is_html=True)


_ON = f"On Sun, 29 Nov 2026 at 07:20, {HELP} wrote:"
_RULE = "_" * 32

_CUT = (
    _cut(
        "crisp-oss/email-reply-parser#4: the address is wrapped",
        "Am So., 29. Nov. 2026 um 07:20 Uhr schrieb Fernhill Helpdesk <\n"
        f"helpdesk@fernhill.example>:\n\n{QUOTED}",
    ),
    _cut("alfonsrv/mail-parser-reply#31", f"{HELP}\nskrev 2026-11-29 07:20:\n{QUOTED}"),
    _cut("date split", f"{HELP} schrieb am So., 29.\nNov. 2026, 07:20:\n\n{QUOTED}"),
    _cut("talon apple_mail_2", f"> {_ON}\n> \n{QUOTED}"),
    _cut("no quote marks", f"{_ON}\n\n{ASKED}"),
    _cut("horde", f"Zitat von {HELP}:\n\n{QUOTED}"),
    _cut("outlook bold", f"*From:* {HELP}\n*Sent:* Sunday\n*To:* Nora\n*Subject:* x\n\nq"),
    _cut("outlook rule", f"{_RULE}\nFrom: {HELP}\nSent: Sunday\nTo: x\nSubject: y\n\nq"),
    _cut(
        "freescout-help-desk/freescout#5545: a rule of dashes",
        f"{'-' * 25}\nVon: {HELP}\nGesendet: Wednesday\nAn: Max\nBetreff: [#123]\n\nq",
    ),
    _cut(
        "labels nobody knows, below a rule",
        f"{_RULE}\nBho: {HELP}\nAir: 29/11/2026 07:20\nGu: x\n\nq",
    ),
    _cut(
        "long list of recipients",
        f"From: {HELP}\nSent: Sunday\nTo: A <a@x.example>;\n B <b@x.example>;\n C\nSubject: y\n\nq",
    ),
    _cut("address on a line of its own", "From: H \n<h@x.example> \nSent: Monday\nTo: x\n\nq"),
    _cut("apple order", f"Subject: y\nDate: 29 Nov\nFrom: {HELP}\nTo: x\n\nq"),
    _cut("gmx order", f'Gesendet: Sonntag um 07:20 Uhr\nVon: "H" {HELP}\nAn: n\nBetreff: x\n\nq'),
    _cut("french spaces", f"De : {HELP}\nEnvoyé : dimanche\nÀ : x\nObjet : y\n\nq", "Réglé."),
    _cut("signature", f"-- \nNora Dahl\nWarehouse\n\n{_ON}\n{QUOTED}"),
    _cut("list footer", f"{'_' * 47}\nhelp mailing list\nhelp@x.example\n"),
    _cut(
        "disclaimer",
        "This e-mail and any attachments are confidential and meant for the addressee only.\n\n"
        f"{_ON}\n{QUOTED}",
    ),
    _cut(
        "german disclaimer",
        "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige\n"
        "Adressat sind, informieren Sie bitte den Absender.",
        "Geht wieder.",
    ),
    _cut("zimbra", f"----- Original Message -----\nFrom: {HELP}\nTo: x\n\nq"),
    _cut("zimbra, german", f"----- Ursprüngliche Mail -----\nVon: {HELP}\nAn: x\nBetreff: y\n\nq"),
    _cut("qq", f"------------------ 原始邮件 ------------------\n发件人: {HELP};\n\nq"),
    _cut("notes", "From:\tHelpdesk/Fernhill\nTo:\tNora\nDate:\t29.11.2026\nSubject:\ty\n\nq"),
    Reply("text directly above", f"Fixed.\n{_ON}\n{QUOTED}", "Fixed."),
    Reply("text directly above a rule", f"Fixed.\n{_RULE}\nFrom: x\nSent: y\nTo: z\n\nq", "Fixed."),
    Reply("below the quote", f"{_ON}\n{QUOTED}\n\nFixed.", "Fixed."),
    Reply(
        "warning directly above",
        "VORSICHT: Externe E-Mail!\nÖffnen Sie keine Links oder Anhänge.\nGeht.\n\n-- \nNora",
        "Geht.",
    ),
    Reply(
        "warning above",
        "CAUTION: This email originated from outside of the organization. Do not click links.\n\n"
        f"Fixed.\n\n{_ON}\n{QUOTED}",
        "Fixed.",
    ),
)

_KEPT = (
    _whole("answers between quotes", f"{_ON}\n> a?\nyes\n> b?\nno"),
    _whole(
        "forwarded by gmail",
        f"See.\n\n---------- Forwarded message ---------\nFrom: {HELP}\nDate: Sun\nTo: x\n\nDead.",
    ),
    _whole(
        "forwarded by apple, german",
        f"Siehe.\n\nAnfang der weitergeleiteten Nachricht:\n\n> Von: {HELP}\n> Datum: So\n>"
        "\n> Aus.",
    ),
    _whole("only a quote", "> Is it resolved?"),
    _whole(
        "freescout-help-desk/freescout#4460: quotes what it is about",
        "The phones show:\n\n> No service. Registration failed (403).\n\nsince eight.",
    ),
    _whole("a sentence with wrote", "On Monday she wrote a report.\nIt is lost."),
    _whole("a list of labels", "User: rita\nTime: 07:20\nServer: web-3\n\nIt fails."),
    _whole("a sentence with from", "From: the cellar it smells.\nTo: nobody"),
    _whole("a log", "At 07:20 the server said:\nERROR 42 disk full\n\nPlease look."),
    _whole(
        "a list of dates", "Seen at:\n\n2026-11-29 07:20:25\n29.11.2026 07:20\n\nand not since."
    ),
    _whole("a sentence about a phone", "The mail was lost.\nSent from nowhere it seems"),
    _whole("this message", "Broken.\n\nThis message appears again and again."),
    _whole("это сообщение", "Не работает.\n\nЭто сообщение появляется снова."),
    _whole("a dashed heading", "Two things.\n\n----- Printer -----\nIt is dead."),
    _whole("a warning that is the report", "Attention : ce message apparaît.\n\nQue faire ?"),
)

_HEADERS = (
    "<b>From:</b> Helpdesk &lt;helpdesk@fernhill.example&gt;<br><b>Sent:</b> Sunday, November 29, "
    "2026 7:20 AM<br><b>To:</b> Nora Dahl<br><b>Subject:</b> Is it resolved?"
)
_UNKNOWN = "<b>Xyzzy:</b> Helpdesk<br><b>Plugh:</b> yesterday<br><b>Plover:</b> Nora"
_ASKED = "<p>Is it resolved?</p><p>Not fixed: <a href='https://x.example/n'>no</a></p>"
_OUTLOOK_LINE = '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in">'
_LARGE_STYLE = f"<style>{'p.Mso { margin: 0cm }' * 20_000}</style>"

_HTML = (
    _html(
        "gmail, a language nobody knows",
        '<div dir="ltr">Fixed.</div><br><div class="gmail_quote"><div class="gmail_attr">Xyzzy'
        f':<br></div><blockquote class="gmail_quote">{_ASKED}</blockquote></div>',
    ),
    _html(
        "outlook web",
        '<div>Fixed.</div><div id="appendonsend"></div><hr tabindex="-1">'
        f'<div id="divRplyFwdMsg">{_HEADERS}</div>{_ASKED}',
    ),
    _html(
        "outlook web, a language nobody knows",
        f'<div>Fixed.</div><div id="x_divRplyFwdMsg">{_UNKNOWN}</div>{_ASKED}',
    ),
    _html("outlook", f"<p>Fixed.</p><div>{_OUTLOOK_LINE}<p>{_HEADERS}</p></div></div>{_ASKED}"),
    _html(
        "outlook for mac",
        f'<p>Fixed.</p><div id="mail-editor-reference-message-container">{_UNKNOWN}{_ASKED}</div>',
    ),
    _html("zimbra", f'<div>Fixed.</div><hr id="zwchr">{_HEADERS}{_ASKED}'),
    _html(
        "mailgun/talon reply-separated-by-hr",
        f"<div>Fixed.<div>Bob<hr>{_HEADERS}<p>Hello</p></div></div>",
        "Fixed.\nBob",
    ),
    _html(
        "mailgun/talon OLK_SRC_BODY_SECTION",
        f'<div>Fixed.</div><span id="OLK_SRC_BODY_SECTION">{_UNKNOWN}{_ASKED}</span>',
    ),
    _html(
        "thunderbird",
        '<p>Fixed.</p><div class="moz-cite-prefix">Xyzzy 29/11/2026:<br></div>'
        f'<blockquote type="cite">{_ASKED}</blockquote>',
    ),
    _html("yahoo", f'<div>Fixed.</div><div class="yahoo_quoted"><p>Xyzzy</p>{_ASKED}</div>'),
    _html(
        "proton",
        '<div>Fixed.</div><div class="protonmail_quote">-------- Original Message --------<br>'
        f"<blockquote>{_ASKED}</blockquote></div>",
    ),
    _html(
        "gmx",
        '<div>Fixed.</div><div name="quote"><div>Xyzzy: x</div>'
        f'<div name="quoted-content">{_ASKED}</div></div>',
    ),
    _html(
        "signature of gmail",
        '<div>Fixed.</div><div class="gmail_signature">Nora<br>Warehouse</div>'
        f'<div class="gmail_quote">{_ASKED}</div>',
    ),
    _html(
        "signature of outlook",
        '<div>Fixed.</div><div id="Signature"><p>Nora</p></div><div id="appendonsend"></div><hr>'
        f"{_HEADERS}",
    ),
    _html(
        "mail.ru",
        "<p>Fixed.</p><br>Sun, 29 Nov 2026 07:20:00 +0300 от Helpdesk "
        f"&lt;helpdesk@fernhill.example&gt;:<br><blockquote>{_ASKED}</blockquote>",
    ),
    _html("word", f"{_LARGE_STYLE}<!--[if mso]>{'x' * 200_000}<![endif]--><p>Fixed.</p>"),
    _html(
        "forwarded by gmail",
        '<div>See.</div><div class="gmail_quote">---------- Forwarded message ---------<br>From: a'
        "<br>It is dead.</div>",
        "See.\n> ---------- Forwarded message ---------\n> From: a\n> It is dead.",
    ),
    _html(
        "freescout-help-desk/freescout#4460",
        "<p>The phones show:</p><blockquote>Registration failed.</blockquote><p>since eight.</p>",
        "The phones show:\n\n> Registration failed.\n\nsince eight.",
    ),
)

ODD_REPLIES = (*_CUT, *_KEPT, *_HTML)
