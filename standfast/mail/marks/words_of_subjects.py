"""What calendars write, and mail programs before a subject, by language: data, and nothing else.

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
        "Meeting Forward Notification",
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

MEETING_TEXT = {
    "cs": ("přijal tuto pozvánku", "přijala tuto pozvánku", "odmítl tuto pozvánku"),
    "da": ("har accepteret denne invitation", "har afvist denne invitation"),
    "de": ("hat diese einladung angenommen", "hat diese einladung abgelehnt", "hat zugesagt"),
    "en": (
        *(
            "has accepted this invitation",
            "has declined this invitation",
            "has tentatively accepted",
        ),
        *("has replied maybe to this invitation", 'has replied "maybe" to this invitation'),
        *("this event has been canceled", "this event has been cancelled"),
        *("your meeting was forwarded", "has proposed a new time"),
    ),
    "es": ("ha aceptado esta invitación", "ha rechazado esta invitación", "aceptó esta invitación"),
    "fi": ("on hyväksynyt tämän kutsun", "on hylännyt tämän kutsun"),
    "fr": ("a accepté cette invitation", "a refusé cette invitation", "a décliné cette invitation"),
    "it": ("ha accettato questo invito", "ha rifiutato questo invito"),
    "ja": ("この招待を承諾しました", "この招待を辞退しました"),
    "ko": ("초대를 수락했습니다", "초대를 거절했습니다"),
    "nl": ("heeft deze uitnodiging geaccepteerd", "heeft deze uitnodiging afgewezen"),
    "no": ("har godtatt denne invitasjonen", "har avslått denne invitasjonen"),
    "pl": ("zaakceptował to zaproszenie", "zaakceptowała to zaproszenie"),
    "pt": ("aceitou este convite", "recusou este convite"),
    "ru": ("принял это приглашение", "приняла это приглашение", "отклонил это приглашение"),
    "sv": ("har accepterat den här inbjudan", "har tackat nej till den här inbjudan"),
    "tr": ("bu daveti kabul etti", "bu daveti reddetti"),
    "zh": ("已接受此邀请", "已拒绝此邀请", "已接受此邀請"),
}
"""What the text of an answer to a meeting says."""

FORWARDED_SUBJECT = (
    *("fw", "fwd", "wg", "tr", "rv", "i", "vs", "vb", "vl", "doorst", "enc", "pd", "trs", "rvs"),
    *("tov", "továbbítás", "weitergeleitet", "fs", "ilt", "inoltra", "reenv", "yml", "przek"),
    *("proslijeđeno", "прос", "препр", "przekazane", "doorgestuurd", "edasi", "ff"),
    *("πρθ", "προωθ", "пф", "пересл", "转发", "轉寄", "転送", "전달", "הועבר"),
)
"""What mail programs write before the subject of a message that a person forwards."""

REPLIED_SUBJECT = (
    *("ang", "angående", "ad", "отг", "odg", "одг", "ответ", "відповідь", "respuesta", "ri"),
    *("re", "aw", "antw", "antwort", "sv", "svar", "vs", "vá", "rif", "r", "res", "rép", "odp"),
    *("ynt", "yan", "atb", "ats", "vast", "bls", "ref", "απ", "σχετ", "отв", "від", "відп"),
    *("回复", "回覆", "答复", "返信", "답장", "השב", "رد"),
)
"""What mail programs write before the subject of an answer that a person writes."""
