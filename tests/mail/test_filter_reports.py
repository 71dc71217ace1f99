"""Automatic replies, reports of mail servers and answers to meetings, by their words and parts."""

from email.message import EmailMessage

import pytest

from tests.mail.judging import AUTOMATIC, AWAY, BOUNCE, MEETING, TAKEN, kind
from tests.mail.messages import message, raw

SUBJECTS = {
    "en": "Automatic reply: Is it resolved?",
    "en-office": "Out of Office: Is it resolved?",
    "en-auto": "Auto: Is it resolved?",
    "da": "Automatisk svar: Is it resolved?",
    "no": "Automatisk svar: Is it resolved?",
    "no-away": "Fraværende: Is it resolved?",
    "pl": "Odpowiedź automatyczna: Is it resolved?",
    "ru": "Автоматический ответ: Is it resolved?",
    "ru-short": "Автоответ: Is it resolved?",
    "tr": "Otomatik Yanıt: Is it resolved?",
    "tr-capitals": "OTOMATİK YANIT: Is it resolved?",
    "pt": "Resposta automática: Is it resolved?",
    "sv": "Autosvar: Is it resolved?",
    "sv-long": "Automatiskt svar: Is it resolved?",
    "de": "Automatische Antwort: Is it resolved?",
    "de-away": "Abwesenheitsnotiz: Is it resolved?",
    "fr": "Réponse automatique : Is it resolved?",
    "fr-away": "Absence du bureau: Is it resolved?",
    "es": "Respuesta automática: Is it resolved?",
    "it": "Risposta automatica: Is it resolved?",
    "nl": "Automatisch antwoord: Is it resolved?",
    "fi": "Automaattinen vastaus: Is it resolved?",
    "cs": "Automatická odpověď: Is it resolved?",
    "sk": "Automatická odpoveď: Is it resolved?",
    "hu": "Automatikus válasz: Is it resolved?",
    "el": "Αυτόματη απάντηση: Is it resolved?",
    "ro": "Răspuns automat: Is it resolved?",
    "uk": "Автоматична відповідь: Is it resolved?",
    "bg": "Автоматичен отговор: Is it resolved?",
    "hr": "Automatski odgovor: Is it resolved?",
    "sl": "Samodejni odgovor: Is it resolved?",
    "et": "Automaatvastus: Is it resolved?",
    "lv": "Automātiskā atbilde: Is it resolved?",
    "lt": "Automatinis atsakymas: Is it resolved?",
    "is": "Sjálfvirkt svar: Is it resolved?",
    "ca": "Resposta automàtica: Is it resolved?",
    "ja": "自動応答: Is it resolved?",
    "ja-reply": "自動返信：Is it resolved?",
    "zh": "自动答复: Is it resolved?",
    "zh-reply": "自动回复:Is it resolved?",
    "zh-tw": "自動回覆: Is it resolved?",
    "ko": "자동 회신: Is it resolved?",
    "he": "תשובה אוטומטית: Is it resolved?",
    "ar": "رد تلقائي: Is it resolved?",
    "vi": "Trả lời tự động: Is it resolved?",
    "id": "Balasan otomatis: Is it resolved?",
    "th": "ตอบกลับอัตโนมัติ: Is it resolved?",
    "hi": "स्वचालित उत्तर: Is it resolved?",
    "fa": "پاسخ خودکار: Is it resolved?",
}


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS.keys())
def test_automatic_replies_without_headers(subject: str) -> None:
    """freescout-help-desk/freescout#2488, osTicket/osTicket#1041: only the subject tells."""
    assert kind(raw(AWAY, subject=subject, in_reply_to="<1@x>")) == AUTOMATIC
    assert kind(raw("…", subject=subject, in_reply_to="<1@x>")) == AUTOMATIC
    assert kind(raw(AWAY, subject=f"Re: {subject}", in_reply_to="<1@x>")) == TAKEN


TEXTS = {
    "en": "I am out of the office with limited access to e-mail.",
    "de": "Ich bin bis Montag nicht im Büro.",
    "fr": "Je suis absent du bureau jusqu’à lundi.",
    "es": "Estoy fuera de la oficina hasta el lunes.",
    "it": "Sono assente fino a lunedì.",
    "pt": "Estou de férias até segunda-feira.",
    "nl": "Ik ben tot maandag niet op kantoor.",
    "da": "Jeg er på ferie til mandag.",
    "no": "Jeg er ikke på kontoret før mandag.",
    "sv": "Jag är på semester till måndag.",
    "fi": "Olen lomalla maanantaihin asti.",
    "pl": "Jestem nieobecny do poniedziałku.",
    "cs": "Do pondělí jsem na dovolené.",
    "sk": "Do pondelka som na dovolenke.",
    "hu": "Hétfőig szabadságon vagyok.",
    "ro": "Sunt în concediu până luni.",
    "el": "Είμαι σε άδεια μέχρι τη Δευτέρα.",
    "ru": "Я в отпуске до понедельника.",
    "uk": "Я у відпустці до понеділка.",
    "bg": "В отпуск съм до понеделник.",
    "tr": "Pazartesiye kadar izindeyim.",
    "ja": "月曜日まで不在にしております。",
    "zh": "我正在休假，周一回来。",
    "ko": "월요일까지 휴가 중입니다.",
    "he": "אני בחופשה עד יום שני.",
    "ar": "أنا في إجازة حتى يوم الاثنين.",
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_subject_and_text_that_belong_together(text: str) -> None:
    """Without any header, not even In-Reply-To; one of the two alone is a person's."""
    assert kind(raw(text, subject="Automatic reply: Wiki")) == AUTOMATIC
    assert kind(raw(text, subject="Re: Wiki", in_reply_to="<1@x>")) == TAKEN


UNDELIVERED = {
    "de": ("Unzustellbar: Wiki", "Fehler bei der Nachrichtenzustellung an folgende Empfänger:"),
    "fr": ("Non remis : Wiki", "Échec de la remise à ces destinataires ou groupes :"),
    "es": ("No se puede entregar: Wiki", "Error de entrega a estos destinatarios o grupos:"),
    "it": ("Non recapitabile: Wiki", "Il recapito non è riuscito per i seguenti destinatari:"),
    "pt": ("Não é possível entregar: Wiki", "Falha na entrega a estes destinatários ou grupos:"),
    "nl": ("Onbestelbaar: Wiki", "Bezorging is mislukt bij deze geadresseerden of groepen:"),
    "sv": ("Kan inte levereras: Wiki", "Leverans misslyckades till dessa mottagare:"),
    "da": ("Kan ikke leveres: Wiki", "Leveringen mislykkedes til disse modtagere:"),
    "no": ("Kan ikke leveres: Wiki", "Leveringen mislyktes til disse mottakerne:"),
    "pl": ("Niedostarczalne: Wiki", "Dostarczenie do następujących adresatów nie powiodło się:"),
    "ru": ("Недоставлено: Wiki", "Не удалось доставить сообщение следующим получателям:"),
    "ja": ("配信不能: Wiki", "次の受信者またはグループへの配信に失敗しました:"),
}


@pytest.mark.parametrize(("subject", "text"), UNDELIVERED.values(), ids=UNDELIVERED.keys())
def test_delivery_reports_in_other_languages(subject: str, text: str) -> None:
    """Exchange's reports whose structure a gateway took away; its sender is enough beside it."""
    assert kind(raw(text, subject=subject)) == BOUNCE
    assert kind(raw("…", subject=subject, sender="postmaster@x.example")) == BOUNCE
    assert kind(raw("Was heißt das?", subject=subject)) == TAKEN


def parts(top: str, *kinds: str, **headers: str) -> bytes:
    """A message of that type, with a part of each of these types."""
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in headers.items())
    bodies = "".join(f"--b\nContent-Type: {one}\n\nAction: failed\n\n" for one in kinds)
    text = f"From: a@x.example\n{head}Content-Type: {top}; boundary=b\n\n{bodies}--b--\n"
    return text.encode()


@pytest.mark.parametrize(
    ("top", "below"),
    [
        ("multipart/report", ()),
        ("multipart/report; report-type=disposition-notification", ("text/plain",)),
        ("multipart/mixed", ("text/plain", "message/delivery-status")),
        ("multipart/mixed", ("text/plain", "message/disposition-notification")),
        # A complaint in the wrong kind of multipart (sisimai arf-*).
        ("multipart/mixed", ("text/plain", "message/feedback-report", "message/rfc822")),
        ("multipart/mixed", ("text/plain", "message/global-delivery-status")),
    ],
)
def test_reports_of_servers(top: str, below: tuple[str, ...]) -> None:
    assert kind(parts(top, *below)) == BOUNCE


def test_a_complaint_without_its_part() -> None:
    """Hotmail's, with the message alone (sisimai arf-*)."""
    complaint = parts(
        *("multipart/mixed", "text/plain", "message/rfc822"),
        Subject="complaint about message from 192.0.2.1",
    )
    assert kind(complaint) == BOUNCE


def test_a_person_may_forward_a_report_with_its_parts() -> None:
    forwarded = parts(
        "multipart/mixed", "text/plain", "message/delivery-status", Subject="Fwd: failure notice"
    )
    assert kind(forwarded) == TAKEN
    assert kind(parts("multipart/mixed", "text/plain", "message/rfc822", Subject="See this")) == ""


def invitation(method: str, subject: str) -> bytes:
    answer = message("Nora has answered.", subject=subject)
    calendar = f"BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nEND:VEVENT\r\nEND:VCALENDAR"
    answer.add_alternative(calendar, subtype="calendar", params={"method": method})
    outer = EmailMessage()
    for name in ("From", "To", "Subject", "Message-ID"):
        outer[name] = answer[name]
        del answer[name]
    outer.make_mixed()
    outer.attach(answer)
    return outer.as_bytes()


@pytest.mark.parametrize(
    ("method", "subject", "judged"),
    [
        ("REPLY", "Accepted: Weekly", MEETING),
        ("REPLY", "Angenommen: Wöchentlich", MEETING),
        ("REPLY", "会議", MEETING),
        ("COUNTER", "New Time Proposed: Weekly", MEETING),
        ("CANCEL", "Canceled: Weekly", MEETING),
        ("REQUEST", "Please join: nothing works", TAKEN),
        ("PUBLISH", "When it happened", TAKEN),
    ],
)
def test_answers_to_meetings(method: str, subject: str, judged: str) -> None:
    """garrytan/gbrain#4723: an answer to a meeting, in any language by its structure."""
    assert kind(invitation(method, subject)) == judged


def test_a_meeting_s_answer_that_is_the_whole_message() -> None:
    """dupondje/PHP-Push-2#29: neither parts nor a subject that one knows."""
    whole = (
        b"From: a@x.example\nSubject: Event Invitation Reply (Accepted): Call\n"
        b"Content-Type: text/calendar; method=REPLY; charset=UTF-8\n\nBEGIN:VCALENDAR\n"
    )
    assert kind(whole) == MEETING
    assert kind(whole.replace(b"REPLY", b"REQUEST")) == TAKEN


def test_meetings_without_a_calendar_part() -> None:
    outlook = b"Content-Class: urn:content-classes:calendarmessage\n"
    assert kind(outlook + raw("", subject="Zugesagt: Weekly")) == MEETING
    assert kind(outlook + raw("", subject="Is it down?")) == TAKEN
