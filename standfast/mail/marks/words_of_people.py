"""What people write who report something, by language: data, and nothing else.

Phrases are compared without case, accents and kinds of spaces (`plain.py`).
"""

TROUBLE = {
    "ar": ("لا يعمل", "لا تعمل", "خطأ", "معطل"),
    "bg": ("не работи", "грешка"),
    "ca": ("no funciona", "error"),
    "cs": ("nefunguje", "nefungují", "nejde", "chyba", "chybu"),
    "da": ("virker ikke", "fungerer ikke", "fejl", "er nede"),
    "de": (
        *("geht nicht", "gehen nicht", "funktioniert nicht", "funktionieren nicht", "fehler"),
        *("lässt sich nicht", "kaputt", "nicht einschalten", "nicht ausschalten", "abgestürzt"),
        *("stürzt ab", "fehlermeldung", "ausgefallen"),
    ),
    "el": ("δεν λειτουργεί", "σφάλμα"),
    "en": (
        *("does not work", "doesn't work", "do not work", "don't work", "not working", "error"),
        *("stopped working", "broken", "crashes", "crashed", "is down", "are down", "fails"),
        *("cannot be switched", "cannot switch", "can't switch", "cannot turn", "can't turn"),
        *("still down", "please help", "how do i", "cannot open", "can't open", "cannot log in"),
        *("can't log in", "cannot be opened", "refuses to"),
    ),
    "es": (
        "no me deja",
        "no responde",
        "no puedo",
        "no funciona",
        "no funcionan",
        "error",
        "no se puede activar",
        "está caído",
    ),
    "et": ("ei tööta", "viga"),
    "fi": ("ei toimi", "eivät toimi", "virhe", "rikki"),
    "fr": (
        *("ne marche pas", "ne marche plus", "ne fonctionne pas", "ne fonctionne plus", "erreur"),
        *("en panne", "impossible de", "refuse de", "refuse d'", "ne s'ouvre pas"),
    ),
    "he": ("לא עובד", "לא עובדת", "שגיאה", "תקלה"),
    "hr": ("ne radi", "ne rade", "greška"),
    "hu": ("nem működik", "nem működnek", "hibaüzenet", "hibát"),
    "it": (
        "non risponde",
        "non funziona",
        "non funzionano",
        "errore",
        "è guasto",
        "non si apre",
        "non riesco a",
    ),
    "lt": ("neveikia", "klaida"),
    "lv": ("nedarbojas", "kļūda"),
    "nl": ("werkt niet", "werken niet", "doet het niet", "foutmelding", "storing", "kapot"),
    "no": ("virker ikke", "fungerer ikke", "feilmelding", "er nede"),
    "pl": ("nie działa", "nie działają", "błąd", "awaria", "nie mogę włączyć"),
    "pt": (
        "não responde",
        "não funciona",
        "não funcionam",
        "erro",
        "está fora do ar",
        "não consigo",
    ),
    "ro": ("nu funcționează", "nu merge", "eroare"),
    "ru": ("не работает", "не работают", "ошибка", "ошибку", "сломался", "сломалась"),
    "sk": ("nefunguje", "nefungujú", "nejde", "chyba"),
    "sl": ("ne deluje", "ne dela", "napaka"),
    "sr": ("не ради", "грешка"),
    "sv": ("fungerar inte", "fungerar ej", "felmeddelande", "trasig", "ligger nere"),
    "tr": ("çalışmıyor", "çalışmıyorlar", "hata veriyor", "bozuldu", "bozuk"),
    "uk": ("не працює", "не працюють", "помилка", "помилку"),
    "vi": ("không hoạt động", "bị lỗi"),
}
"""What a person says is wrong, in whole words."""

TROUBLE_WITHOUT_SPACES = {
    "ja": (
        "接続できません",
        "ログインできません",
        "動かない",
        "動きません",
        "動作しません",
        "エラー",
        "故障",
        "壊れ",
        "繋がりません",
    ),
    "ko": ("작동하지 않", "오류", "고장", "안 됩니다"),
    "th": ("ใช้งานไม่ได้", "ข้อผิดพลาด"),
    "zh": ("连不上", "連不上", "不能用", "错误", "錯誤", "故障", "打不开", "打不開", "坏了"),
}
"""The same, in languages that write words without spaces or with endings."""
