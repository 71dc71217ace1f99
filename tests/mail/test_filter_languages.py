"""What servers and programs write in many languages, without any header that tells."""

import pytest

from standfast.mail.filter import judge
from standfast.mail.marks import (
    words_of_people,
    words_of_programs,
    words_of_replies,
    words_of_servers,
    words_of_subjects,
)
from standfast.mail.marks.mark import SetAsideKind
from standfast.mail.reading import read
from standfast.policy.mail import MailRules
from tests.mail.messages import raw

ANSWERS = {"in_reply_to": "<1@x>"}
BOUNCE, AUTOMATIC = SetAsideKind.BOUNCE, SetAsideKind.AUTOMATIC


def kind(message: bytes) -> str:
    return judge(read(message), MailRules()).kind or ""


UNDELIVERED = {
    "fr": ("Non remis : Wiki", "Votre message n'est pas parvenu à un ou plusieurs destinataires."),
    "es": ("No se puede entregar: Wiki", "El mensaje no llegó a algunos o ninguno."),
    "it": ("Non recapitabile: Wiki", "Il messaggio non ha raggiunto alcuni destinatari."),
    "pt": ("Não entregue: Wiki", "Sua mensagem não atingiu algum ou todos os destinatários."),
    "nl": ("Niet bestelbaar: Wiki", "Uw bericht is niet bij alle geadresseerden aangekomen."),
    "ru": ("Недоставлено: Wiki", "Ваше сообщение не достигло некоторых получателей."),
    "pl": ("Niedostarczalne: Wiki", "Wiadomość nie dotarła do niektórych adresatów."),
    "cs": ("Nedoručitelné: Wiki", "Doručení se nezdařilo těmto příjemcům nebo skupinám:"),
    "hu": ("Kézbesíthetetlen: Wiki", "Nem sikerült a kézbesítés az alábbi címzetteknek:"),
    "tr": ("Teslim edilemedi: Wiki", "Şu alıcılara veya gruplara teslim başarısız oldu:"),
    "el": ("Δεν παραδόθηκε: Wiki", "Η παράδοση απέτυχε σε αυτούς τους παραλήπτες:"),
    "fi": ("Toimitus ei onnistu: Wiki", "Toimitus epäonnistui seuraaville vastaanottajille:"),
    "ro": ("Nelivrabil: Wiki", "Livrarea a eșuat pentru acești destinatari:"),
    "bg": ("Неполучено: Wiki", "Доставянето е неуспешно до тези получатели:"),
    "he": ("לא ניתן למסירה: Wiki", "המסירה לנמענים או לקבוצות הבאים נכשלה:"),
    "ar": ("تعذر التسليم: Wiki", "فشل التسليم إلى هؤلاء المستلمين:"),
    "ko": ("배달되지 않음: Wiki", "다음 받는 사람 또는 그룹에 배달하지 못했습니다."),
    "zh": ("无法送达: Wiki", "您的邮件未能送达某些或所有预定的收件人。"),
    "zh-tw": ("無法傳遞: Wiki", "傳遞給以下收件者或群組時失敗:"),
    "ja": ("配信不能: Wiki", "電子メールの一部またはすべてが配信できませんでした。"),
}


@pytest.mark.parametrize(("subject", "text"), UNDELIVERED.values(), ids=UNDELIVERED)
def test_delivery_reports_of_exchange_in_more_languages(subject: str, text: str) -> None:
    """Without its structure, sender and headers; the subject alone is a person's."""
    assert kind(raw(text, subject=subject)) == BOUNCE
    assert kind(raw("…?", subject=subject)) == ""


AWAY = {
    "de": ("Urlaubsmeldung: Wiki", "Ich bin im Urlaub."),
    "fr": ("En vacances: Wiki", "Je suis en vacances."),
    "es": ("De vacaciones: Wiki", "Estoy de vacaciones."),
    "it": ("In ferie: Wiki", "Sono in ferie."),
    "pt": ("Em férias: Wiki", "Estou de férias."),
    "pl": ("Na urlopie: Wiki", "Jestem na urlopie."),
    "cs": ("Dovolená: Wiki", "Jsem na dovolené."),
    "tr": ("Yıllık izin: Wiki", "Yıllık izindeyim."),
    "ru": ("Отпуск: Wiki", "Я в отпуске."),
    "sv": ("Frånvaro: Wiki", "Jag är på semester."),
    "no": ("Ute av kontoret: Wiki", "Jeg er på ferie."),
    "sl": ("Odsotnost: Wiki", "Sem na dopustu."),
    "mt": ("Tweġiba awtomatika: Wiki", "Qiegħed bil-leave."),
    "hy": ("Ավտոմատ պատասխան: Wiki", "Արձակուրդում եմ"),
    "bn": ("স্বয়ংক্রিয় উত্তর: Wiki", "আমি ছুটিতে আছি"),
    "af": ("Outomatiese antwoord: Wiki", "Ek is met verlof."),
}


@pytest.mark.parametrize(("subject", "text"), AWAY.values(), ids=AWAY)
def test_automatic_replies_in_more_languages(subject: str, text: str) -> None:
    """freescout-help-desk/freescout#2488, osTicket/osTicket#1041."""
    assert kind(raw(text, subject=subject, **ANSWERS)) == AUTOMATIC
    assert kind(raw(text, subject=f"Re: {subject}", **ANSWERS)) == ""


def test_the_words_are_tuples_of_words() -> None:
    """A forgotten comma makes a tuple a text, and each of its letters a phrase."""
    tables = [
        table
        for words in (words_of_people, words_of_programs, words_of_replies, words_of_subjects)
        for table in (*vars(words).values(), *vars(words_of_servers).values())
        if isinstance(table, dict) and "de" in table
    ]
    assert len(tables) > 10
    assert not [
        (language, phrases)
        for table in tables
        for language, phrases in table.items()
        if not isinstance(phrases, tuple) or any(len(one) < 2 for one in phrases)
    ]
