"""What calendars and mail programs write before a subject, by language: data, and nothing else.

Phrases are compared without case, accents and kinds of spaces (`plain.py`).
"""

MEETING_SUBJECT = {
    "cs": ("Přijato", "Odmítnuto", "Nezávazně přijato", "Zrušeno"),
    "da": ("Accepteret", "Afvist", "Foreløbig", "Foreløbig accepteret", "Aflyst", "Annulleret"),
    "de": (
        *("Zugesagt", "Abgelehnt", "Mit Vorbehalt", "Angenommen", "Vorläufig zugesagt"),
        *("Abgesagt",),
    ),
    "en": (
        *("Accepted", "Declined", "Tentative", "Tentatively accepted", "New time proposed"),
        *("Canceled", "Cancelled", "Canceled event", "Updated invitation"),
    ),
    "es": (
        *("Aceptado", "Aceptada", "Rechazado", "Rechazada", "Provisional"),
        *("Aceptado provisional", "Cancelado", "Cancelada"),
    ),
    "fi": ("Hyväksytty", "Hylätty", "Alustava", "Alustavasti hyväksytty", "Peruutettu", "Peruttu"),
    "fr": (
        *("Accepté", "Refusé", "Provisoire", "Accepté provisoirement", "Acceptée", "Refusée"),
        *("Annulé", "Annulée"),
    ),
    "hu": ("Elfogadva", "Elutasítva", "Feltételes", "Törölve", "Lemondva"),
    "it": (
        *("Accettato", "Accettata", "Rifiutato", "Rifiutata", "Provvisorio", "Annullato"),
        *("Annullata",),
    ),
    "ja": ("承諾", "辞退", "仮承諾", "承諾済み", "キャンセル", "取り消し"),
    "ko": ("수락", "수락됨", "거절", "거절됨", "미정", "취소됨", "취소"),
    "nl": ("Geaccepteerd", "Afgewezen", "Voorlopig", "Geweigerd", "Geannuleerd"),
    "no": ("Godtatt", "Akseptert", "Avslått", "Foreløpig", "Avlyst"),
    "pl": (
        *("Zaakceptowano", "Zaakceptowane", "Odrzucono", "Wstępna akceptacja", "Wstępnie"),
        *("Odwołano", "Odwołane"),
    ),
    "pt": (
        *("Aceito", "Aceite", "Recusado", "Recusada", "Provisório", "Tentativa", "Cancelado"),
        *("Cancelada",),
    ),
    "ru": ("Принято", "Отклонено", "Под вопросом", "Предварительно", "Отменено", "Отменена"),
    "sv": (
        *("Accepterat", "Accepterad", "Avböjt", "Avböjd", "Preliminärt", "Nekad", "Inställt"),
        *("Avbokat",),
    ),
    "tr": ("Kabul Edildi", "Reddedildi", "Belirsiz", "İptal Edildi"),
    "zh": ("已接受", "已谢绝", "已拒绝", "暂定", "接受", "谢绝", "已婉拒", "暫訂", "已取消"),
}
"""With what the subject of an answer to a meeting begins; people write it too."""

FORWARDED_SUBJECT = (
    *("fw", "fwd", "wg", "tr", "rv", "i", "vs", "vb", "vl", "doorst", "enc", "pd", "trs", "rvs"),
    *("tov", "továbbítás", "weitergeleitet", "fs", "ilt", "inoltra", "reenv", "yml", "przek"),
    *("πρθ", "προωθ", "пф", "пересл", "转发", "轉寄", "転送", "전달", "הועבר"),
)
"""What mail programs write before the subject of a message that a person forwards."""

REPLIED_SUBJECT = (
    *("ang", "angående", "ad"),
    *("re", "aw", "antw", "antwort", "sv", "svar", "vs", "vá", "rif", "r", "res", "rép", "odp"),
    *("ynt", "yan", "atb", "ats", "vast", "bls", "ref", "απ", "σχετ", "отв", "від", "відп"),
    *("回复", "回覆", "答复", "返信", "답장", "השב", "رد"),
)
"""What mail programs write before the subject of an answer that a person writes."""
