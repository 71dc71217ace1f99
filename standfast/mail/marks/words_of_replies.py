"""What programs that answer for somebody write, by language: data, and nothing else.

Phrases are compared without case, accents and kinds of spaces (`plain.py`).
"""

AUTOMATIC_REPLY = {
    "ar": ("رد تلقائي", "الرد التلقائي", "رد آلي"),
    "bg": ("Автоматичен отговор", "Автоматично отговор"),
    "ca": ("Resposta automàtica",),
    "cs": ("Automatická odpověď", "Automatická odpoveď"),
    "da": ("Automatisk svar", "Autosvar", "Automatisk besvarelse"),
    "de": (
        *("Automatische Antwort", "Automatische Rückmeldung", "Automatische Abwesenheitsnotiz"),
        *("Automatische E-Mail-Antwort", "Automatische Empfangsbestätigung", "Auto-Antwort"),
    ),
    "el": ("Αυτόματη απάντηση", "Αυτόματο μήνυμα"),
    "en": (
        *("Automatic reply", "Automatic response", "Automatic answer", "Automated reply"),
        *("Automated response", "Auto reply", "Autoreply", "Auto response", "Autoresponse"),
        *("Auto-response", "Auto reponse", "Autoresponder", "Automatic acknowledgement"),
        *("Automated answer", "Auto", "Auto-Re", "Auto answer"),
    ),
    "es": ("Respuesta automática", "Contestación automática", "Autorespuesta"),
    "et": ("Automaatvastus", "Automaatne vastus"),
    "eu": ("Erantzun automatikoa",),
    "fa": ("پاسخ خودکار",),
    "fi": ("Automaattinen vastaus", "Automaattivastaus"),
    "fr": ("Réponse automatique", "Réponse auto", "Réponse automatisée", "Message automatique"),
    "gl": ("Resposta automática",),
    "he": ("תשובה אוטומטית", "מענה אוטומטי", "תגובה אוטומטית"),
    "hi": ("स्वचालित उत्तर", "स्वत: उत्तर", "स्वतः उत्तर"),
    "hr": ("Automatski odgovor",),
    "hu": ("Automatikus válasz",),
    "id": ("Balasan otomatis", "Jawaban otomatis"),
    "is": ("Sjálfvirkt svar",),
    "it": ("Risposta automatica", "Risponditore automatico"),
    "ja": ("自動応答", "自動返信", "自動回答"),
    "ka": ("ავტომატური პასუხი",),
    "kk": ("Автоматты жауап",),
    "ko": ("자동 회신", "자동 응답", "자동회신", "자동 답장"),
    "lt": ("Automatinis atsakymas", "Automatinis atsakas"),
    "lv": ("Automātiskā atbilde", "Automātiska atbilde"),
    "mk": ("Автоматски одговор",),
    "ms": ("Balasan automatik", "Jawapan automatik"),
    "nl": ("Automatisch antwoord", "Automatische reactie", "Automatische beantwoording"),
    "no": ("Automatisk svar", "Autosvar"),
    "pl": ("Odpowiedź automatyczna", "Automatyczna odpowiedź", "Autoodpowiedź"),
    "pt": ("Resposta automática", "Resposta automatizada"),
    "ro": ("Răspuns automat",),
    "ru": ("Автоматический ответ", "Автоответ", "Автоматическое уведомление"),
    "sk": ("Automatická odpoveď",),
    "sl": ("Samodejni odgovor", "Samodejen odgovor", "Avtomatski odgovor"),
    "sq": ("Përgjigje automatike",),
    "sr": ("Automatski odgovor", "Аутоматски одговор", "Autoodgovor"),
    "sv": ("Autosvar", "Automatiskt svar", "Automatsvar", "Autoreply"),
    "th": ("ตอบกลับอัตโนมัติ", "การตอบกลับอัตโนมัติ"),
    "tr": ("Otomatik Yanıt", "Otomatik cevap"),
    "uk": ("Автоматична відповідь", "Автовідповідь"),
    "vi": ("Trả lời tự động", "Thư trả lời tự động", "Tự động trả lời"),
    "zh": ("自动答复", "自动回复", "自動回覆", "自動答覆", "自動回復", "自动应答"),
}
"""With what the subject of an automatic reply begins, before a colon."""

AWAY_SUBJECT = {
    "cs": ("Mimo kancelář", "Nepřítomnost", "Jsem mimo kancelář"),
    "da": ("Ikke til stede", "Fraværende", "Ude af kontoret", "Jeg er ikke på kontoret"),
    "de": (
        *("Abwesenheitsnotiz", "Abwesenheitsnachricht", "Abwesenheitsmeldung", "Abwesend"),
        *("Abwesenheit", "Nicht im Büro", "Außer Haus", "Ich bin nicht im Büro"),
    ),
    "el": ("Εκτός γραφείου", "Απουσία από το γραφείο"),
    "en": (
        *("Out of office", "Out of the office", "Out-of-office", "OOO", "OOTO", "Away"),
        *("Out of office autoreply", "Out of office reply", "Vacation", "On vacation", "On leave"),
        *("Annual leave", "On annual leave", "Absence", "I am out of the office", "On holiday"),
        *("I am out of office", "I'm out of the office", "Maternity leave", "Parental leave"),
        *("Away from the office", "Vacation reply", "Vacation message", "Holiday"),
    ),
    "es": ("Fuera de la oficina", "Fuera de oficina", "Ausente de la oficina", "Ausencia"),
    "fi": ("Poissa", "Poissaoloviesti", "Poissaoloilmoitus", "Poissa toimistosta", "Lomalla"),
    "fr": (
        *("Absence du bureau", "Absent du bureau", "Absent", "Absence", "Message d'absence"),
        *("Notification d'absence", "En congé", "Je suis absent", "En congés"),
    ),
    "he": ("מחוץ למשרד",),
    "hu": ("Házon kívül", "Nem vagyok az irodában", "Szabadságon", "Távolléti értesítés"),
    "it": ("Fuori sede", "Fuori ufficio", "Assente", "Assenza", "Assenza dall'ufficio"),
    "ja": ("不在通知", "不在のお知らせ", "外出中", "休暇のお知らせ", "不在"),
    "ko": ("부재 중", "부재중", "부재 알림"),
    "nl": ("Afwezig", "Afwezigheid", "Afwezigheidsbericht", "Niet op kantoor", "Niet aanwezig"),
    "no": ("Fraværende", "Ikke til stede", "Fravær", "Fraværsmelding", "Ikke på kontoret"),
    "pl": ("Poza biurem", "Nieobecność", "Nieobecny", "Nieobecna", "Urlop", "Nieobecność w biurze"),
    "pt": ("Fora do escritório", "Ausente do escritório", "Ausência", "Ausência do escritório"),
    "ro": ("Absent din birou", "Plecat din birou", "În concediu"),
    "ru": ("Вне офиса", "Нет на месте", "Отсутствую", "В отпуске", "Не на рабочем месте"),
    "sk": ("Mimo kancelárie", "Neprítomnosť"),
    "sv": ("Frånvarande", "Ej på kontoret", "Inte på kontoret", "Frånvaromeddelande", "Ledig"),
    "tr": ("Ofis dışında", "Ofis dışındayım", "İzindeyim", "İzinde"),
    "uk": ("Поза офісом", "Відсутній", "Не на робочому місці", "У відпустці"),
    "zh": ("外出", "休假", "不在办公室", "不在辦公室", "外出通知", "休假通知"),
}
"""Subjects of somebody who is away, which people write too."""

AWAY_TEXT = {
    "ar": ("أنا خارج المكتب", "خارج المكتب حتى", "أنا في إجازة"),
    "bg": ("извън офиса", "в отпуск съм", "отсъствам от офиса", "в отпуск до"),
    "cs": ("mimo kancelář", "jsem na dovolené", "mám dovolenou", "nejsem v kanceláři"),
    "da": (
        *("ikke på kontoret", "ikke til stede", "på ferie", "holder ferie", "er på kontoret igen"),
        *("jeg er fraværende", "tilbage på kontoret"),
    ),
    "de": (
        *("nicht im büro", "nicht im hause", "bin abwesend", "außer haus", "im urlaub"),
        *("bin derzeit nicht", "bin ab dem", "nicht erreichbar", "wieder erreichbar"),
        *("wird nicht weitergeleitet", "wieder im büro", "in elternzeit"),
    ),
    "el": ("εκτός γραφείου", "σε άδεια", "απουσιάζω"),
    "en": (
        *("out of the office", "out of office", "away from the office", "i am away"),
        *("i'm away", "on vacation", "on annual leave", "on leave", "on holiday", "on pto"),
        *("limited access to e-mail", "limited access to email", "no access to email"),
        *("away until", "away from my desk", "will be back on", "return to the office"),
        *("returning on", "will return on", "back in the office", "maternity leave"),
        *("parental leave", "no longer with", "no longer works", "no longer work for"),
        *("no longer employed", "has left the company", "currently away"),
    ),
    "es": (
        *("fuera de la oficina", "estoy de vacaciones", "estaré ausente", "estaré de vacaciones"),
        *("fuera de oficina", "me encuentro ausente", "acceso limitado a mi correo"),
    ),
    "fi": ("poissa toimistolta", "olen lomalla", "olen poissa", "palaan töihin", "lomalla"),
    "fr": (
        *("absent du bureau", "je suis absent", "absente du bureau", "je suis absente"),
        *("en congé", "en congés", "actuellement absent", "serai absent", "de retour le"),
        *("en vacances", "serai de retour"),
    ),
    "he": ("מחוץ למשרד", "אני בחופשה", "לא נמצא במשרד", "לא נמצאת במשרד"),
    "hu": ("házon kívül", "szabadságon vagyok", "nem vagyok az irodában", "nem tartózkodom"),
    "it": (
        *("fuori ufficio", "fuori sede", "sono assente", "sono in ferie", "sarò in ferie"),
        *("sarò assente", "in ferie fino", "al mio rientro"),
    ),
    "ja": ("不在にして", "外出して", "休暇を", "休暇中", "不在と", "お休みを", "不在のため"),
    "ko": ("부재중", "부재 중", "휴가 중", "휴가중", "자리를 비"),
    "nl": (
        *("niet op kantoor", "ben afwezig", "afwezig tot", "met vakantie", "op vakantie"),
        *("niet aanwezig", "beperkt bereikbaar", "weer aanwezig"),
    ),
    "no": (
        *("ikke på kontoret", "på ferie", "har ferie", "ikke til stede", "er fraværende"),
        *("tilbake på kontoret", "ikke tilgjengelig"),
    ),
    "pl": (
        *("jestem nieobecny", "jestem nieobecna", "poza biurem", "na urlopie"),
        *("przebywam na urlopie", "nieobecny w biurze", "nieobecna w biurze", "nieobecności"),
    ),
    "pt": (
        *("fora do escritório", "estou de férias", "estarei ausente", "estou ausente"),
        *("de férias até", "estarei de férias", "ausente do escritório"),
    ),
    "ro": ("nu sunt la birou", "în concediu", "plecat din birou", "voi reveni"),
    "ru": ("не в офисе", "вне офиса", "в отпуске", "буду отсутствовать", "нет на рабочем месте"),
    "sk": ("mimo kancelárie", "som na dovolenke", "čerpám dovolenku", "nie som v kancelárii"),
    "sv": (
        *("inte på kontoret", "ej på kontoret", "på semester", "är ledig", "har semester"),
        *("åter på kontoret", "tillbaka på kontoret", "är frånvarande"),
    ),
    "tr": ("ofis dışında", "izindeyim", "yıllık izin", "ofiste olmayacağım", "ofiste değilim"),
    "uk": ("поза офісом", "у відпустці", "буду відсутній", "буду відсутня", "не в офісі"),
    "vi": ("vắng mặt", "đang nghỉ phép", "không có mặt tại văn phòng"),
    "zh": ("我正在休假", "不在办公室", "不在辦公室", "正在休假", "外出", "出差"),
}
"""What somebody who is away says. A person may say so too, so it settles nothing alone."""

SAYS_IT_IS_AUTOMATIC = {
    "cs": ("automaticky generovan", "automatická odpověď", "automatickou odpověď"),
    "da": ("dette er et automatisk", "denne mail er automatisk", "automatisk genereret"),
    "de": (
        *("automatisch generiert", "automatisch erzeugt", "automatisch erstellt"),
        *("dies ist eine automatische", "automatische antwort", "automatisch versendet"),
    ),
    "en": (
        *("this is an automated", "this is an automatic", "this is an auto-", "this is an auto "),
        *("this message was generated automatically", "this email was generated automatically"),
        *("this e-mail was generated automatically", "automatically generated"),
        *("this is a system generated", "this is a system-generated", "autogenerated message"),
        *("auto-generated", "do not reply to this", "please do not reply to this"),
        *("this message was automatically", "this email was sent automatically"),
    ),
    "es": ("mensaje automático", "respuesta automática", "generado automáticamente"),
    "fi": ("tämä on automaattinen", "automaattisesti lähetetty", "automaattinen vastaus"),
    "fr": (
        *("message automatique", "réponse automatique", "généré automatiquement"),
        *("envoyé automatiquement", "ne pas répondre à ce"),
    ),
    "hu": ("automatikus válasz", "automatikusan generált", "automatikus üzenet"),
    "it": ("messaggio automatico", "risposta automatica", "generato automaticamente"),
    "ja": ("自動返信", "自動応答", "自動送信", "自動的に送信", "自動配信"),
    "ko": ("자동으로 발송", "자동 응답", "자동 회신", "자동발송"),
    "nl": ("dit is een automatisch", "automatisch gegenereerd", "automatisch verzonden"),
    "no": ("dette er et automatisk", "automatisk generert", "automatisk sendt"),
    "pl": ("wiadomość automatyczna", "wygenerowan", "automatyczna odpowiedź"),
    "pt": ("mensagem automática", "resposta automática", "gerada automaticamente"),
    "ro": ("mesaj automat", "generat automat", "răspuns automat"),
    "ru": ("автоматически", "автоматическое сообщение", "автоматический ответ"),
    "sv": ("detta är ett automatiskt", "automatiskt genererat", "automatiskt svar"),
    "tr": ("otomatik olarak", "otomatik mesaj", "otomatik yanıt"),
    "uk": ("автоматично", "автоматичне повідомлення", "автоматична відповідь"),
    "zh": ("自动回复", "自动发送", "系统自动", "自動回覆", "自動發送", "自动答复"),
}
"""With what a text says of itself, at its beginning, that a machine sent it."""

MEETING_SUBJECT = {
    "cs": ("Přijato", "Odmítnuto", "Nezávazně přijato"),
    "da": ("Accepteret", "Afvist", "Foreløbig", "Foreløbig accepteret"),
    "de": ("Zugesagt", "Abgelehnt", "Mit Vorbehalt", "Angenommen", "Vorläufig zugesagt"),
    "en": ("Accepted", "Declined", "Tentative", "Tentatively accepted", "New time proposed"),
    "es": ("Aceptado", "Aceptada", "Rechazado", "Rechazada", "Provisional", "Aceptado provisional"),
    "fi": ("Hyväksytty", "Hylätty", "Alustava", "Alustavasti hyväksytty"),
    "fr": ("Accepté", "Refusé", "Provisoire", "Accepté provisoirement", "Acceptée", "Refusée"),
    "hu": ("Elfogadva", "Elutasítva", "Feltételes"),
    "it": ("Accettato", "Accettata", "Rifiutato", "Rifiutata", "Provvisorio"),
    "ja": ("承諾", "辞退", "仮承諾", "承諾済み"),
    "ko": ("수락", "수락됨", "거절", "거절됨", "미정"),
    "nl": ("Geaccepteerd", "Afgewezen", "Voorlopig", "Geweigerd"),
    "no": ("Godtatt", "Akseptert", "Avslått", "Foreløpig"),
    "pl": ("Zaakceptowano", "Zaakceptowane", "Odrzucono", "Wstępna akceptacja", "Wstępnie"),
    "pt": ("Aceito", "Aceite", "Recusado", "Recusada", "Provisório", "Tentativa"),
    "ru": ("Принято", "Отклонено", "Под вопросом", "Предварительно"),
    "sv": ("Accepterat", "Accepterad", "Avböjt", "Avböjd", "Preliminärt", "Nekad"),
    "tr": ("Kabul Edildi", "Reddedildi", "Belirsiz"),
    "zh": ("已接受", "已谢绝", "已拒绝", "暂定", "接受", "谢绝", "已婉拒", "暫訂"),
}
"""With what the subject of an answer to a meeting begins; people write it too."""

FORWARDED_SUBJECT = (
    *(
        "fw",
        "fwd",
        "wg",
        "tr",
        "rv",
        "i",
        "vs",
        "vb",
        "vl",
        "doorst",
        "enc",
        "pd",
        "trs",
        "rvs",
        "tov",
    ),
    *("továbbítás", "weitergeleitet", "fs", "ilt", "inoltra", "reenv", "yml", "przek", "πρθ"),
    *("προωθ", "пф", "пересл", "转发", "轉寄", "転送", "전달", "הועבר"),
)
"""What mail programs write before the subject of a message that a person forwards."""

REPLIED_SUBJECT = (
    *("re", "aw", "antw", "antwort", "sv", "svar", "vs", "vá", "rif", "r", "res", "rép", "odp"),
    *("ynt", "yan", "atb", "ats", "vast", "bls", "ref", "απ", "σχετ", "отв", "від", "відп"),
    *("回复", "回覆", "答复", "返信", "답장", "השב", "رد"),
)
"""What mail programs write before the subject of an answer that a person writes."""

NO_SUBJECT = (
    *("no subject", "no title", "none", "untitled", "kein betreff", "ohne betreff", "sans objet"),
    *("aucun objet", "pas d'objet", "sin asunto", "nessun oggetto", "senza oggetto", "sem assunto"),
    *("geen onderwerp", "inget ämne", "intet emne", "ingen emne", "ei aihetta", "brak tematu"),
    *("bez tematu", "bez předmětu", "bez predmetu", "nincs tárgy", "fără subiect", "без темы"),
    *("без теми", "без тема", "χωρίς θέμα", "konu yok", "sense assumpte", "件名なし", "无主题"),
    *("無主旨", "無主題", "제목 없음", "ללא נושא", "بلا موضوع", "tanpa subjek"),
)
"""What mail programs write, in brackets, where there is no subject."""
