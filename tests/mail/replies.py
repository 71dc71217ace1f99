"""Replies in many languages, as many mail programs write them.

The shapes are those of public test data and bug reports; the words are ours.
"""

from tests.mail.odd_replies import ASKED, HELP, ODD_REPLIES, QUOTED, Reply

# How Outlook writes the header block, with a date of that language.
OUTLOOK = {
    "en": ("From", "Sent", "Sunday, November 29, 2026 7:20 AM", "To", "Subject"),
    "da": ("Fra", "Sendt", "29. november 2026 07:20", "Til", "Emne"),
    "pl": ("Od", "Wysłano", "niedziela, 29 listopada 2026 07:20", "Do", "Temat"),
    "de": ("Von", "Gesendet", "Sonntag, 29. November 2026 07:20", "An", "Betreff"),
    "fr": ("De", "Envoyé", "dimanche 29 novembre 2026 07:20", "À", "Objet"),
    "es": ("De", "Enviado el", "domingo, 29 de noviembre de 2026 7:20", "Para", "Asunto"),
    "it": ("Da", "Inviato", "domenica 29 novembre 2026 07:20", "A", "Oggetto"),
    "pt": ("De", "Enviado", "29 de novembro de 2026 07:20", "Para", "Assunto"),
    "pt-br": ("De", "Enviada em", "domingo, 29 de novembro de 2026 07:20", "Para", "Assunto"),
    "nl": ("Van", "Verzonden", "zondag 29 november 2026 07:20", "Aan", "Onderwerp"),
    "sv": ("Från", "Skickat", "den 29 november 2026 07:20", "Till", "Ämne"),
    "no": ("Fra", "Sendt", "søndag 29. november 2026 07:20", "Til", "Emne"),
    "fi": (
        "Lähettäjä",
        "Lähetetty",
        "sunnuntai 29. marraskuuta 2026 7.20",
        "Vastaanottaja",
        "Aihe",
    ),
    "cs": ("Od", "Odesláno", "neděle 29. listopadu 2026 7:20", "Komu", "Předmět"),
    "sk": ("Od", "Odoslané", "nedeľa 29. novembra 2026 7:20", "Komu", "Predmet"),
    "hu": ("Feladó", "Elküldve", "2026. november 29., vasárnap 7:20", "Címzett", "Tárgy"),
    "ro": ("De la", "Trimis", "duminică, 29 noiembrie 2026 07:20", "Către", "Subiect"),
    "bg": ("От", "Изпратено", "неделя, 29 ноември 2026 г. 07:20", "До", "Относно"),
    "el": ("Από", "Στάλθηκε", "Κυριακή, 29 Νοεμβρίου 2026 7:20 πμ", "Προς", "Θέμα"),
    "hr": ("Šalje", "Poslano", "29. studenog 2026. 7:20", "Prima", "Predmet"),
    "sl": ("Od", "Poslano", "nedelja, 29. november 2026 07:20", "Za", "Zadeva"),
    "sr": ("Od", "Poslato", "nedelja, 29. novembar 2026. 07:20", "Za", "Tema"),
    "et": ("Saatja", "Saadetud", "pühapäev, 29. november 2026 07:20", "Adressaat", "Teema"),
    "lv": ("No", "Nosūtīts", "svētdiena, 2026. gada 29. novembris 07:20", "Kam", "Tēma"),
    "lt": ("Nuo", "Išsiųsta", "2026 m. lapkričio 29 d., sekmadienis 07:20", "Kam", "Tema"),
    "uk": ("Від", "Надіслано", "29 листопада 2026 р. 7:20", "Кому", "Тема"),
    "ru": ("От", "Отправлено", "29 ноября 2026 г. 7:20", "Кому", "Тема"),
    "tr": ("Kimden", "Gönderildi", "29 Kasım 2026 Pazar 07:20", "Kime", "Konu"),
    "is": ("Frá", "Sent", "sunnudagur, 29. nóvember 2026 07:20", "Til", "Efni"),
    "ga": ("Ó", "Seolta", "Dé Domhnaigh 29 Samhain 2026 07:20", "Chuig", "Ábhar"),
    "ca": ("De", "Enviat el", "diumenge, 29 de novembre de 2026 7:20", "Per a", "Assumpte"),
    "eu": ("Nork", "Bidalia", "2026(e)ko azaroak 29, igandea 07:20", "Nori", "Gaia"),
    "gl": ("De", "Enviado", "domingo, 29 de novembro de 2026 07:20", "Para", "Asunto"),
    "mt": ("Minn", "Mibgħut", "Il-Ħadd, 29 ta' Novembru 2026 07:20", "Lil", "Suġġett"),
    "sq": ("Nga", "Dërguar", "e diel, 29 nëntor 2026 07:20", "Për", "Tema"),
    "mk": ("Од", "Испратено", "недела, 29 ноември 2026 07:20", "До", "Тема"),
    "bs": ("Od", "Poslano", "nedjelja, 29. novembar 2026. 07:20", "Za", "Predmet"),
    "ja": ("差出人", "送信日時", "2026年11月29日 7:20", "宛先", "件名"),
    "zh": ("发件人", "发送时间", "2026年11月29日 7:20", "收件人", "主题"),
    "zh-tw": ("寄件者", "寄件日期", "2026年11月29日 上午 07:20", "收件者", "主旨"),
    "ko": ("보낸 사람", "보낸 날짜", "2026년 11월 29일 일요일 오전 7:20", "받는 사람", "제목"),
}

# The line above the quote: Gmail, Thunderbird, Apple Mail.
ATTRIBUTIONS = {
    "en gmail": f"On Sun, 29 Nov 2026 at 07:20, {HELP} wrote:",
    "en thunderbird": "On 29/11/2026 07:20, Helpdesk wrote:",
    "en apple": f"On 29 Nov 2026, at 07:20, {HELP} wrote:",
    "en proton": f"On Sunday, November 29th, 2026 at 7:20 AM, {HELP} wrote:",
    "en zoho": f"---- On Sun, 29 Nov 2026 07:20:00 +0100 {HELP} wrote ----",
    "en yahoo": "    On Sunday, 29 November 2026 at 07:20:00 CET, Helpdesk wrote:",
    "en aol": "In a message dated 11/29/2026 7:20:00 AM, helpdesk@fernhill.example writes:",
    "da gmail": f"Den søn. 29. nov. 2026 kl. 07.20 skrev {HELP}:",
    "da thunderbird": "Den 29.11.2026 kl. 07.20 skrev Helpdesk:",
    "pl thunderbird": "W dniu 29.11.2026 o 07:20, helpdesk@fernhill.example pisze:",
    "pl gmail": f"niedz., 29 lis 2026 o 07:20 {HELP} napisał(a):",
    "pl apple": f"Wiadomość napisana przez {HELP} w dniu 29 lis 2026, o godz. 07:20:",
    "de gmail": f"Am So., 29. Nov. 2026 um 07:20 Uhr schrieb {HELP}:",
    "de thunderbird": "Am 29.11.26 um 07:20 schrieb Helpdesk:",
    "de outlook": f"{HELP} schrieb am So., 29. Nov. 2026, 07:20:",
    "fr gmail": f"Le dim. 29 nov. 2026 à 07:20, {HELP} a écrit :",
    "fr thunderbird": "Le 29/11/2026 à 07:20, Helpdesk a écrit :",
    "es gmail": "El dom, 29 nov 2026 a las 7:20, Helpdesk (<helpdesk@fernhill.example>) escribió:",
    "it gmail": f"Il giorno dom 29 nov 2026 alle ore 07:20 {HELP} ha scritto:",
    "pt gmail": f"{HELP} escreveu (domingo, 29/11/2026 à(s) 07:20):",
    "pt-br gmail": f"Em dom., 29 de nov. de 2026 às 07:20, {HELP} escreveu:",
    "nl gmail": f"Op zo 29 nov 2026 om 07:20 schreef {HELP}:",
    "nl apple": f"Op 29 nov 2026, om 07:20 heeft {HELP} het volgende geschreven:",
    "sv gmail": f"Den sön 29 nov. 2026 kl 07:20 skrev {HELP}:",
    "no gmail": f"søn. 29. nov. 2026 kl. 07:20 skrev {HELP}:",
    "fi gmail": "su 29. marrask. 2026 klo 7.20 Helpdesk (helpdesk@fernhill.example) kirjoitti:",
    "cs gmail": f"ne 29. 11. 2026 v 7:20 odesílatel {HELP} napsal:",
    "cs thunderbird": "Dne 29.11.2026 v 7:20 Helpdesk napsal(a):",
    "sk gmail": f"ne 29. 11. 2026 o 7:20 {HELP} napísal(a):",
    "hu gmail": f"{HELP} ezt írta (időpont: 2026. nov. 29., V, 7:20):",
    "ro gmail": f"În dum., 29 nov. 2026 la 07:20, {HELP} a scris:",
    "bg gmail": f"На нд, 29.11.2026 г. в 7:20 ч. {HELP} написа:",
    "el gmail": f"Στις Κυρ 29 Νοε 2026 στις 7:20 π.μ., ο χρήστης {HELP} έγραψε:",
    "hr gmail": f"ned, 29. stu 2026. u 07:20 {HELP} napisao je:",
    "sl gmail": f"V V ned., 29. nov. 2026 ob 07:20 je oseba {HELP} napisala:",
    "sr gmail": f"нед, 29. нов 2026. у 07:20 {HELP} је написао/ла:",
    "et gmail": "Kontakt Helpdesk (<helpdesk@fernhill.example>) kirjutas kuupäeval P, 29. nov 2026"
    " kell 07:20:",
    "lv gmail": f"svētd., 2026. g. 29. nov., plkst. 07:20 — lietotājs {HELP} rakstīja:",
    "lt gmail": f"2026-11-29, sk, 07:20 {HELP} rašė:",
    "uk gmail": f"нд, 29 лист. 2026 р. о 07:20 {HELP} пише:",
    "ru gmail": f"вс, 29 нояб. 2026 г. в 07:20, {HELP}:",
    "ru thunderbird": "29.11.2026 7:20, Helpdesk пишет:",
    "ru mail.ru": f"Воскресенье, 29 ноября 2026, 7:20 +03:00 от {HELP}:",
    "ru android": '29.11.2026 7:20 пользователь "Helpdesk" <helpdesk@fernhill.example> написал:',
    "tr gmail": f"{HELP}, 29 Kas 2026 Paz, 07:20 tarihinde şunu yazdı:",
    "is thunderbird": "Þann 29.11.2026 07:20, skrifaði Helpdesk:",
    "ga thunderbird": "Ar 29/11/2026 07:20, scríobh Helpdesk:",
    "ca gmail": f"Missatge de {HELP} del dia dg., 29 de nov. 2026 a les 7:20:",
    "eu gmail": "Helpdesk (<helpdesk@fernhill.example>) erabiltzaileak hau idatzi du (2026 aza. 29,"
    " ig. (07:20)):",
    "gl thunderbird": "O 29/11/26 ás 07:20, Helpdesk escribiu:",
    "ja gmail": f"2026年11月29日(日) 7:20 {HELP}:",
    "zh gmail": f"{HELP} 于2026年11月29日周日 07:20写道：",
    "zh-tw gmail": f"{HELP} 於 2026年11月29日 週日 上午7:20寫道：",
    "ko gmail": f"2026년 11월 29일 (일) 오전 7:20, {HELP}님이 작성:",
}

ORIGINAL = {
    "en": "-----Original Message-----",
    "de": "-----Ursprüngliche Nachricht-----",
    "fr": "-----Message d'origine-----",
    "es": "-----Mensaje original-----",
    "it": "-----Messaggio originale-----",
    "pt": "-----Mensagem original-----",
    "nl": "-----Oorspronkelijk bericht-----",
    "sv": "-----Ursprungligt meddelande-----",
    "da": "-----Oprindelig meddelelse-----",
    "no": "-----Opprinnelig melding-----",
    "fi": "-----Alkuperäinen viesti-----",
    "cs": "-----Původní zpráva-----",
    "sk": "-----Pôvodná správa-----",
    "pl": "-----Wiadomość oryginalna-----",
    "hu": "-----Eredeti üzenet-----",
    "ru": "-----Исходное сообщение-----",
    "tr": "-----Özgün İleti-----",
    "el": "-----Αρχικό μήνυμα-----",
    "samsung": "-------- Original message --------",
    "samsung da": "-------- Oprindelig besked --------",
}

PHONES = (
    "Sent from my iPhone",
    "Sent from my Galaxy",
    "Get Outlook for iOS<https://aka.ms/o0ukef>",
    "Get Outlook for Android",
    "Sent from Mail for Windows",
    "Sent with Proton Mail secure email.",
    "Sent from Yahoo Mail on Android",
    "Von meinem iPhone gesendet",
    "Gesendet von Mail für Windows",
    "Gesendet von Outlook für Android<https://aka.ms/AAb9ysg>",
    "Hol dir Outlook für iOS",
    "Diese Nachricht wurde von meinem Android-Gerät mit GMX Mail gesendet.",
    "Envoyé de mon iPhone",
    "Télécharger Outlook pour Android",
    "Enviado desde mi iPhone",
    "Inviato da iPhone",
    "Enviado do meu iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
    "Hent Outlook til iOS",
    "Lähetetty iPhonesta",
    "Odesláno z iPhonu",
    "Odoslané z iPhonu",
    "Wysłane z iPhone'a",
    "Pobierz program Outlook dla systemu Android",
    "Az iPhone-omról küldve",
    "Trimis de pe iPhone-ul meu",
    "Изпратено от моя iPhone",
    "Στάλθηκε από το iPhone μου",
    "Poslano s mog iPhonea",
    "Отправлено с iPhone",
    "Надіслано з iPhone",
    "iPhone'umdan gönderildi",
    "Enviat des del meu iPhone",
    "iPhoneから送信",
    "发自我的iPhone",
    "나의 iPhone에서 보냄",
)


def _outlook(language: str) -> Reply:
    sender, sent, date, to, subject = OUTLOOK[language]
    block = (
        f"{sender}: {HELP}\n{sent}: {date}\n{to}: Nora Dahl <nora@fernhill.example>\n"
        f"{subject}: Is it resolved?"
    )
    return Reply(
        f"outlook {language}",
        f"Fixed, thanks.\n\nNora\n\n{block}\n\n{ASKED}",
        "Fixed, thanks.\n\nNora",
    )


def _attributed(name: str) -> Reply:
    text = f"Fixed, thanks.\n\n{ATTRIBUTIONS[name]}\n\n{QUOTED}"
    return Reply(f"attribution {name}", text, "Fixed, thanks.")


def _wrapped(name: str) -> Reply:
    """As Gmail sends it: lines of at most 78 characters, or fewer, and no empty line above."""
    words, lines = ATTRIBUTIONS[name].split(" "), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 50:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    wrapped = "\n".join(lines)
    return Reply(f"wrapped {name}", f"Fixed, thanks.\n\n{wrapped}\n{QUOTED}", "Fixed, thanks.")


def _original(language: str) -> Reply:
    head = f"{ORIGINAL[language]}\nFrom: {HELP}\nSubject: Is it resolved?\n\n{ASKED}"
    return Reply(f"original {language}", f"Fixed, thanks.\n\n{head}", "Fixed, thanks.")


def _phone(line: str) -> Reply:
    text = f"Fixed, thanks.\n\n{line}\n\n{ATTRIBUTIONS['en apple']}\n\n{QUOTED}"
    return Reply(f"phone {line[:30]}", text, "Fixed, thanks.")


REPLIES = (
    *map(_outlook, OUTLOOK),
    *map(_attributed, ATTRIBUTIONS),
    *map(_wrapped, ATTRIBUTIONS),
    *map(_original, ORIGINAL),
    *map(_phone, PHONES),
    *ODD_REPLIES,
)
