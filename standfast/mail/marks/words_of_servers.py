"""What mail servers and programs of mailing lists write, by language: data, and nothing else.

Phrases are compared without case, accents and kinds of spaces (`plain.py`).
"""

FAILURE_SUBJECT = {
    "ar": ("تعذر التسليم", "غير قابل للتسليم", "لم يتم التسليم"),
    "bg": ("Недоставимо", "Недоставено"),
    "cs": ("Nedoručitelné", "Nedoručitelná zpráva", "Nedoručeno", "Nelze doručit"),
    "da": ("Kan ikke leveres", "Ikke leveret", "Kunne ikke leveres", "Ikke-leveret"),
    "de": (
        *("Unzustellbar", "Nicht zugestellt", "Nicht zustellbar", "Unzustellbarkeit"),
        *("Zustellung fehlgeschlagen", "Fehler bei der Zustellung", "Übermittlung verzögert"),
        *("Unzustellbarkeitsbericht", "Zustellungsfehler", "Zustellung verzögert"),
    ),
    "el": ("Μη παραδόσιμο", "Μη παραδοτέο", "Αδύνατη παράδοση"),
    "en": (
        *("Undeliverable", "Undelivered", "Undelivered mail", "Undeliverable mail"),
        *("Undeliverable message", "Undeliverable email", "Mail delivery failed"),
        *("Mail delivery failure", "Mail delivery error", "Mail failure", "Mail system error"),
        *("Mail not delivered", "Mail could not be delivered"),
        *("Mail Undeliverable", "Message Undeliverable", "Message could not be delivered"),
        *("Delivery status notification", "Delivery notification", "Delivery status"),
        *("Delivery failure", "Delivery failed", "Delivery has failed", "Delivery error"),
        *("Delivery_failure", "Delivery delayed", "Delivery report"),
        *("Email delivery failure", "Message delivery failed", "Message delivery has failed"),
        *("Message delivery failure", "Message delivery delayed", "Message frozen"),
        *("Message status - undeliverable", "Email delivery failed", "Failed mail"),
        *("Failure notice", "Failure delivery", "Failed delivery"),
        *("Returned mail", "Returned message", "Returned to sender", "Returned post for"),
        *("Non delivery", "Non-delivery", "Nondeliverable mail", "Nondelivery report"),
        *("Permanent delivery failure", "Notice: mail delivery status", "Bounce"),
        *("Warning: could not send", "Warning: message", "Warning: delayed mail"),
        *("Sorry, your message could not be delivered", "There was an error sending your mail"),
        *("Error sending your mail", "NDN", "Message not delivered", "Message you sent blocked"),
        *("Your email could not be delivered", "DELIVERY FAILURE", "Mail returned"),
        *("Postmaster notify", "Could not send message", "Unable to deliver"),
        *("Complaint about message from", "Email feedback report", "Abuse report"),
        *("Email abuse report", "Feedback report"),
    ),
    "es": (
        *("No se puede entregar", "No entregado", "No se ha podido entregar", "No entregable"),
        *("No se pudo entregar", "Error de entrega", "Fallo en la entrega", "Entrega fallida"),
    ),
    "et": ("Kohaletoimetamatu", "Ei saa kohale toimetada"),
    "fi": ("Ei voida toimittaa", "Toimittamaton", "Ei toimitettu", "Toimitus epäonnistui"),
    "fr": (
        *("Non remis", "Non_remis_", "Non remise", "Échec de remise", "Échec de la remise"),
        *("Non distribuable", "Non délivré", "Échec de distribution", "Notification d'échec"),
        *("Message non distribué", "Message non remis"),
    ),
    "he": ("לא ניתן למסירה", "לא ניתן למסור", "לא נמסר"),
    "hr": ("Neisporučivo", "Nije moguće isporučiti"),
    "hu": ("Kézbesíthetetlen", "Nem kézbesíthető", "Sikertelen kézbesítés"),
    "it": (
        *("Non recapitabile", "Non recapitato", "Mancato recapito", "Messaggio non recapitato"),
        *("Recapito non riuscito", "Impossibile recapitare"),
    ),
    "ja": (
        *("配信不能", "配信できません", "メール配信に失敗しました", "配信されませんでした"),
        *("メッセージを配信できません", "メールが配信できませんでした", "送信エラー", "配信エラー"),
    ),
    "ko": ("배달되지 않음", "전달되지 않음", "배달할 수 없음", "반송", "전송 실패"),
    "lt": ("Nepristatyta", "Negalima pristatyti"),
    "lv": ("Nepiegādājams", "Nav piegādāts"),
    "nl": (
        *("Onbestelbaar", "Niet bezorgd", "Niet afgeleverd", "Bezorging mislukt"),
        *("Bezorgen mislukt", "Bezorging vertraagd"),
    ),
    "no": ("Kan ikke leveres", "Ikke levert", "Leveringsfeil", "Kunne ikke leveres"),
    "pl": (
        *("Niedostarczalne", "Nie można dostarczyć", "Niedostarczone", "Niedostarczona wiadomość"),
        *("Niepowodzenie dostarczenia", "Nie dostarczono", "Zwrot wiadomości"),
    ),
    "pt": (
        *("Não entregue", "Não é possível entregar", "Não foi possível entregar", "Não entregável"),
        *("Falha na entrega", "Falha de entrega", "Não é possível entregar a mensagem"),
    ),
    "ro": ("Nelivrabil", "Imposibil de livrat", "Nu se poate livra", "Nelivrat"),
    "ru": (
        *("Недоставлено", "Не доставлено", "Не удается доставить", "Недоставленное сообщение"),
        *("Ваше сообщение не доставлено", "Невозможно доставить", "Сообщение не доставлено"),
        *("Не удалось доставить",),
    ),
    "sk": ("Nedoručiteľné", "Nedoručené", "Nemožno doručiť"),
    "sl": ("Ni mogoče dostaviti", "Nedostavljivo"),
    "sv": (
        *("Kan inte levereras", "Går ej att leverera", "Det går inte att leverera", "Ej levererat"),
        *("Olevererbart", "Kunde inte levereras", "Ej levererbart"),
    ),
    "tr": ("Teslim edilemedi", "Teslim edilemiyor", "İletilemedi", "Teslim edilemez"),
    "uk": ("Недоставлено", "Не доставлено", "Не вдалося доставити"),
    "vi": ("Không thể gửi", "Không gửi được", "Không chuyển được"),
    "zh": ("未送达", "无法传递", "無法傳遞", "未傳遞", "系统退信", "退信", "未送達", "无法投递"),
}
"""With what the subject of a report of a mail server begins, on a failure, delay or complaint."""

SERVER_TEXT = {
    "cs": ("doručení se nezdařilo", "zprávu nebylo možné doručit", "diagnostické informace pro"),
    "da": ("diagnosticeringsoplysninger for", "leveringen mislykkedes til", "kunne ikke leveres"),
    "de": (
        *("fehler bei der nachrichtenzustellung", "diagnoseinformationen für administratoren"),
        *("diese nachricht wurde automatisch", "ihre nachricht hat einige oder alle empfänger"),
        *("die folgenden empfänger oder gruppen", "konnte nicht zugestellt werden"),
        *("ihre nachricht an", "diese e-mail wurde vom mailserver"),
    ),
    "en": (
        *("this is the qmail-send program", "this is the mail system at host"),
        *("this is the mailer-daemon", "this is the postfix program", "this is the mta at"),
        *(
            "this is the james mail server",
            "this is the mail delivery",
            "this is the ezmlm program",
        ),
        *("this is the dragonfly mail agent", "this is the courier", "this is the indimail"),
        *("this is the mail server", "this is the email system", "this is the mail transfer"),
        *("hi. this is the", "hi! this is the", "hi! i'm the", "this is the postmaster"),
        *("this message was created automatically by", "this report was created automatically by"),
        *("this email was created automatically by", "this e-mail was created automatically by"),
        *("a message that you sent could not be delivered", "i wasn't able to deliver"),
        *("i was not able to deliver", "i was unable to deliver", "we were unable to deliver"),
        *("your message did not reach", "did not reach the following recipient"),
        *("did not reach some or all", "delivery to the following recipient"),
        *("delivery to these recipients", "delivery has failed to these", "was not delivered to"),
        *("delivery to one or more of your recipients", "could not be delivered to the following"),
        *("the following address had", "the following addresses had", "the following address(es)"),
        *("the original message was received at", "the following recipients could not"),
        *("an error occurred while trying to deliver", "an error has occurred while attempting to"),
        *("there was an error delivering your mail", "there was a problem delivering your"),
        *("we're sorry to have to inform you", "i'm sorry to have to inform you"),
        *("unable to deliver message to the following", "error: invalid user address"),
        *("delivery status notification", "the message could not be delivered"),
        *("your message wasn't delivered to", "message wasn't delivered", "your message to"),
        *("this is an informative message sent by", "failed to deliver to", "recipient address:"),
        *("an email that you attempted to send to the following", "sorry, we were unable"),
        *("unfortunately, i was not able to deliver", "message not delivered"),
        *("this is an automatically generated delivery status", "delivery failure report"),
        *("the mail system", "reporting-mta:", "final-recipient:", "diagnostic-code:"),
        *("we tried to deliver your email", "this is an email abuse report"),
        *("this is a delivery failure notification", "this is a permanent error"),
        "your mail message to the following address(es) could not be delivered",
        *("unable to deliver your message", "undelivered message returned to sender"),
    ),
    "es": (
        *("error de entrega a estos destinatarios", "información de diagnóstico para los admin"),
        *("no se pudo entregar a los siguientes", "el mensaje no se ha podido entregar"),
        *("no se pudo entregar el mensaje",),
    ),
    "fi": ("vianmääritystiedot järjestelmänvalvojille", "viestin toimitus epäonnistui"),
    "fr": (
        *("échec de la remise à ces destinataires", "informations de diagnostic pour les admin"),
        *("n'a pas pu être remis", "votre message n'a pas été remis", "n'a pas été délivré"),
        *("échec de remise",),
    ),
    "hu": ("a kézbesítés a következő címzettek", "diagnosztikai információk rendszergazdák"),
    "it": (
        *("il recapito non è riuscito", "informazioni di diagnostica per gli amministratori"),
        *("impossibile recapitare il messaggio", "non è stato possibile recapitare"),
    ),
    "ja": (
        *("以下の受信者", "次の受信者またはグループへの配信に失敗しました", "管理者向けの診断情報"),
        *("メールを配信できませんでした", "宛先不明", "送信できませんでした", "配信に失敗しました"),
    ),
    "ko": (
        "다음 받는 사람에게 배달하지 못",
        "관리자를 위한 진단 정보",
        "메일을 전송하지 못했습니다",
    ),
    "nl": (
        *("bezorging is mislukt bij deze", "diagnostische gegevens voor beheerders"),
        *("kon niet worden bezorgd", "is niet bezorgd"),
    ),
    "no": ("leveringen mislyktes til", "diagnostisk informasjon for administratorer"),
    "pl": (
        *("dostarczenie do następujących adresatów", "informacje diagnostyczne dla admin"),
        *("nie można było dostarczyć", "wiadomość nie została dostarczona"),
    ),
    "pt": (
        *("falha na entrega a estes destinatários", "falha ao entregar a estes destinatários"),
        *("informações de diagnóstico para admin", "não foi possível entregar sua mensagem"),
    ),
    "ru": (
        *("не удалось доставить сообщение следующим", "диагностические сведения для админ"),
        *("это письмо создано автоматически сервером", "не может быть доставлено"),
        *("ваше письмо не может быть", "сообщение не было доставлено"),
    ),
    "sv": (
        *("leverans misslyckades till", "diagnostikinformation för administratörer"),
        *("kunde inte levereras till",),
    ),
    "tr": ("şu alıcılara teslim edilemedi", "yöneticiler için tanılama bilgileri"),
    "uk": ("не вдалося доставити повідомлення", "діагностичні відомості для адмін"),
    "zh": (
        *("以下收件人", "针对管理员的诊断信息", "系統管理員的診斷資訊", "邮件无法投递"),
        *("很抱歉您发送的邮件被退回", "您发送的邮件未能"),
    ),
}
"""With what the text of a mail server begins. What a person writes about one does not begin so."""

RECEIPT_SUBJECT = {
    "cs": ("Přečteno", "Nepřečteno"),
    "da": ("Læst", "Ikke læst"),
    "de": ("Gelesen", "Nicht gelesen", "Ungelesen", "Lesebestätigung"),
    "en": ("Read", "Not read", "Delivered", "Relayed", "Expanded", "Return receipt"),
    "es": ("Leído", "No leído", "Entregado"),
    "fi": ("Luettu", "Ei luettu"),
    "fr": ("Lu", "Non lu", "Remis", "Accusé de réception"),
    "hu": ("Olvasva", "Elolvasva"),
    "it": ("Letto", "Non letto", "Conferma di lettura"),
    "ja": ("開封済み", "既読", "未読"),
    "ko": ("읽음", "읽지 않음"),
    "nl": ("Gelezen", "Niet gelezen", "Leesbevestiging"),
    "no": ("Lest", "Ikke lest"),
    "pl": ("Przeczytano", "Odczytano", "Nie przeczytano"),
    "pt": ("Lida", "Lido", "Não lida"),
    "ru": ("Прочитано", "Не прочитано"),
    "sv": ("Läst", "Ej läst", "Inte läst"),
    "tr": ("Okundu", "Okunmadı"),
    "zh": ("已读", "未读", "已讀"),
}
"""With what the subject of a read receipt begins, before a colon."""

RECEIPT_TEXT = (
    *("was read on", "was read at", "was displayed on", "was deleted without being read"),
    *("this is a return receipt", "this is a receipt for the mail", "has been displayed"),
    *("wurde gelesen", "wurde ungelesen gelöscht", "a été lu", "fue leído", "se leyó el"),
    *("è stato letto", "is gelezen op", "lästes", "ble lest", "blev læst", "został przeczytan"),
    *("было прочитано", "foi lida", "を開封しました", "okundu"),
)
"""What a read receipt says."""

LIST_SERVER_SUBJECT = (
    *("majordomo results", "the results of your email commands", "confirmation for subscribe"),
    *("bounce action notification", "subscription results", "command results", "fml status report"),
    *("uncaught bounce notification", "ignored not member article", "not member article from"),
    *("fml system error message", "fml command status report", "loop alert", "loop back warning"),
    *("spam mail from a spammer is rejected", "reject mail", "your subscribe request"),
    *("output of your job", "rejected posting to", "confirm subscribe", "confirm unsubscribe"),
    *("command confirmation request", "request to mailing list"),
)
LIST_SERVER_TEXT = (
    *("you are not a member of this mailing list", "awaits moderator approval"),
    *("the results of your email command", "is being held until the list moderator"),
    *("you are not allowed to post to this", "this is the ezmlm program"),
    *("your mail to the list", "this is a message from majordomo", ">>>> "),
    *("mailing list subscription confirmation notice", "has been rejected by the list"),
    *("you are not authorized to send mail to", "you are not authorised to send mail to"),
)
"""What programs that run mailing lists say to those who write to them."""
