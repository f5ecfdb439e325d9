"""The words by which mail programs mark what they quote, in the languages that they speak.

In:    one line of a letter.
Out:   what the line is: a mark of history, of a passed-on letter, of a signature, or nothing.
Touch: nothing.

Every pattern is tried on one line of bounded length and is free of nested repetition.
"""

import re

LONGEST = 400  #: a longer line marks nothing

# The last words of "On ..., somebody wrote:". In some languages the verb stands within instead.
_WROTE = (
    "wrote", "writes", "sent", "schrieb", "geschrieben", "a écrit", "escribió", "escribio",
    "va escriure", "escreveu", "ha scritto", "schreef", "schreef het volgende", "skrev", "kirjoitti",
    "napsal", "napsala", "napsal(a)", "napísal", "napísala", "napísal(a)", "napisał", "napisała",
    "napisał(a)", "napisao", "napisala", "napisao je", "je napisal", "je napisao", "napisao/la",
    "pisze", "írta", "a scris", "написал", "написала", "написал(а)", "пишет", "пише", "написав",
    "написа", "yazdı", "έγραψε", "menulis", "đã viết", "rašė", "rakstīja", "kirjutas", "skrifaði",
    "كتب", "كتبت", "כתב", "כתבה", "כתב/ה", "نوشت", "เขียนว่า", "ने लिखा", "写道", "寫道", "写到",
    "님이 작성", "작성", "さんは書きました", "が書きました", "のメール", "さんからのメール",
)  # fmt: skip
_UNSEEN = "\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069"  #: which way letters run
_ENDS = f":：*_>-–— \t\xa0{_UNSEEN}"
# Where no verb ends the line, the name of who wrote does; a verb or an address tells that it is one.
_NAME_AT_END = re.compile(
    r"(?:\b(?:schrieb|skrev|schreef|heeft|kirjoitti|écrit|escribió|escreveu|napsal|tarihinde|írta|wrote)\b"
    r"|用户|於|于).{1,80}$|[^\s<>()@]{1,80}@[^\s<>()@]{2,120}\W{0,5}(?:\w+\W{1,4}){0,2}$",
    re.IGNORECASE,
)
# Some say who first, and when last.
_WHO_FIRST = re.compile(r"\b(?:kirjoitti|schrieb|skrev|wrote|missatge de)\b", re.IGNORECASE)

# The first word of an attribution: a preposition, a day of the week, or a number.
_OPENS = re.compile(
    r"[\W_]{0,6}(?:"
    r"(?:on|at|am|le|el|en|em|il|in data|op|den|d\.|på|pe|dne|dňa|dnia|w dniu|u|dana|la|pada|vào|ngày"
    r"|στις|на|missatge de"
    r"|в|у|vom|von|ti|tiistai\w*|kl|data|em data|a|fra|ב|בתאריך|في|در|dia|di|tarihinde|kuupäev)\b"
    r"|(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|mié|mie|jue"
    r"|sáb|dom|gio|sab"
    r"|seg|ter|qua|qui|sex|ma|wo|vr|za|zo|man|tir|ons|tor|fre|lør|søn|lör|sön|tis|пн|вт|ср|чт|пт|сб|вс|нд"
    r"|понедельник|четверг|пятница|суббота|воскресенье|понеділок|четвер|п.ятниця|субота|неділя"
    r"|pon|wt|śr|czw|pt|sob|niedz|po|út|st|čt|pá|so|ne|pzt|sal|çar|per|cum|cmt|paz"
    r"|jan|feb|apr|may|jun|jul|aug|sep|oct|nov|dec)\w{0,10}\b[^\d]{0,25}\d"
    r"|\d{1,4}(?:\W|年|년|st|nd|rd|th|h\d))",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>()@]{1,80}@[^\s<>()@]{2,120}")
_ENCLOSED_ADDRESS = re.compile(r"[<(\[]\s?(?:mailto:)?[^\s<>()@]{1,80}@[^\s<>()@]{2,120}")
_NUMBER = re.compile(r"\d+")
_MOMENT = re.compile(
    r"\d{1,2}[:.hｈ]\d{2}|\b(?:19|20)\d{2}\b|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|\d年|\d월|\d{1,2}\s?[AP]M"
)
_BETWEEN_DASHES = re.compile(r"^-{2,}\s{0,3}[^-].{0,200}-{2,}$")


_INNER_OPENING = re.compile(r"\S\s+(?=(?:On|Am|Le|El|Il|Op|Em|Den|Dnia|W dniu)\s)")


def before_attribution(line: str) -> str:
    """The words of an answer that stand on one line with "On ..., somebody wrote:"; mostly empty."""
    if opens_attribution(line):
        return ""
    for opening in _INNER_OPENING.finditer(line):
        rest = line[opening.end() :]
        if opens_attribution(rest) and _MOMENT.search(rest):
            return line[: opening.end()].rstrip()
    return ""


def is_end_of_address(line: str) -> bool:
    """ "> wrote:", where an address was wrapped before its bracket: no mark of a quote."""
    return line.startswith(">") and len(line) < 20 and len(line.split()) == 2 and _ends_with_verb(line)


def opens_attribution(line: str) -> bool:
    """Could "On ..., somebody wrote:" begin here?"""
    return _OPENS.match(line) is not None


def may_end_attribution(line: str) -> bool:
    """A cheap look at the end of a line, before anything dear is tried."""
    return _ends_with_colon(line) or _ends_with_verb(line)


def is_attribution(line: str, *, is_marked_next: bool) -> bool:
    """Is this whole (joined) line "On <date>, <somebody> wrote:"?

    What follows without marks is lost to the eye, so there the line must name a moment or an address too.
    """
    if len(line) > LONGEST:
        return False
    has_moment = _MOMENT.search(line) is not None
    has_address = "@" in line and _ADDRESS.search(line) is not None
    if not (has_moment or has_address or is_marked_next):
        return False
    is_whole = _ends_with_colon(line)
    opens = opens_attribution(line)
    if _ends_with_verb(line):
        is_dated = opens and has_moment and len(_NUMBER.findall(line)) >= 3
        is_named = has_address and (opens or _ENCLOSED_ADDRESS.search(line) is not None)
        return (is_whole and (is_named or is_dated)) or (is_marked_next and len(line) < 200)
    if is_whole and opens and has_moment and (is_marked_next or _NAME_AT_END.search(line)):
        return True
    if is_whole and has_moment and _ENCLOSED_ADDRESS.search(line) and _WHO_FIRST.search(line):
        return True
    return is_marked_next and has_moment and (is_whole or (opens and has_address))


_UNFINISHED = re.compile(
    r"\W{0,4}(?:message du \d|(?:am|on|le|il|op|el|em) \d.{0,60}\b"
    r"(?:schrieb|wrote|a écrit|ha scritto|schreef|escribió|escreveu)\b.{0,80}$)",
    re.IGNORECASE,
)


def is_unfinished_attribution(line: str) -> bool:
    """ "Am 16.11.26 um 17:03 schrieb Ada", which means something above a copied head alone."""
    return len(line) < 200 and _UNFINISHED.match(line) is not None and _MOMENT.search(line) is not None


def is_between_arrows(line: str) -> bool:
    """ ">>> Ada Ardent 16.11.2026 17:03 >>>", as GroupWise sets above all that it quotes."""
    return line.startswith(">>> ") and line.endswith(">>>") and _MOMENT.search(line[:LONGEST]) is not None


def _ends_with_colon(line: str) -> bool:
    return line.rstrip(f"*_> \t\xa0{_UNSEEN}").endswith((":", "："))


def _ends_with_verb(line: str) -> bool:
    end = line[-100:].rstrip(_ENDS).casefold()
    if end.endswith(")") and "ezt írta (" in end:
        return True
    if not end.endswith(_WROTE):
        return False
    verb = max((verb for verb in _WROTE if end.endswith(verb)), key=len)
    before = end[: -len(verb)][-1:]
    return not before.isalpha() or not verb[0].isascii()


def is_dashed_attribution(line: str) -> bool:
    """ "---- Ada wrote ----"."""
    if not line.startswith("--") or len(line) > LONGEST or _BETWEEN_DASHES.match(line) is None:
        return False
    return _ends_with_verb(line)


_LETTER_WORDS = (
    r"message|messages|mail|e-mail|email|nachricht|besked|meddelelse|meddelande|melding|bericht"
    r"|messaggio|mensaje|mensagem"
    r"|missatge|wiadomość|wiadomosc|zpráva|správa|poruka|sporočilo|mesaj|ileti|ileti̇|üzenet|viesti"
    r"|сообщение"
    r"|повідомлення|съобщение|μήνυμα|laiškas|vēstule|kiri|pesan|tin nhắn|thư|الرسالة|رسالة|הודעה"
    r"|המקורית|پیام|ข้อความ"
)
_PASSED_WORDS = re.compile(
    r"forward|weitergeleitet|transf|transmis|réexp|reenvi|rv\b|encaminhad|inoltrat|doorgestuur"
    r"|videresend|vidarebefordra"
    r"|välitetty|edelleenlähet|przekazan|przesłan|přepos|preposlan|proslijeđ|posredovan|iletil"
    r"|továbbít|redirec"
    r"|пересыл|пересла|переслан|препрат|προωθ|diteruskan|chuyển tiếp|persiųst|pārsūt|edastat|محول"
    r"|مُعاد|הועבר|转发|轉寄"
    r"|轉發|転送|전달|ส่งต่อ",
    re.IGNORECASE,
)
_ORIGINAL_WORDS = re.compile(
    rf"\b(?:{_LETTER_WORDS})\b|原始|原邮件|元のメッセージ|original|원본|ต้นฉบับ|wiadomo|původní"
    rf"|pôvodn|alkuper",
    re.IGNORECASE,
)
_DASHES = re.compile(
    r"^[\s*>]{0,4}[-_=—–]{2,80}\s{0,3}([^-_=—–].{0,80}?[^-_=—–])\s{0,3}[-_=—–]{2,80}[\s*]{0,4}$"
)
_BEGINS_PASSED = re.compile(
    r"^(?:begin forwarded message|anfang der weitergeleiteten (?:nachricht|e-mail)"
    r"|début du message (?:réexpédié|transféré)"
    r"|inizio messaggio inoltrato|inicio del mensaje reenviado|início da mensagem (?:reencaminhada"
    r"|encaminhada)"
    r"|begin doorgestuurd bericht|videresendt besked|start på vidarebefordrat|vidarebefordrat mejl"
    r"|początek przekazywanej wiadomości|начало переадресованного сообщения|開始轉寄郵件"
    r"|転送されたメッセージ)",
    re.IGNORECASE,
)
_REPLY_ABOVE = re.compile(
    r"above this line|oberhalb dieser (?:linie|zeile)|über dieser (?:linie|zeile)|au-dessus de cette ligne"
    r"|por encima de esta línea|boven deze (?:lijn|regel)|acima desta linha|sopra questa (?:linea|riga)",
    re.IGNORECASE,
)


def is_passed_on(line: str) -> bool:
    """ "---------- Forwarded message ----------" and its like: what follows is the point of the letter."""
    if _BEGINS_PASSED.match(line):
        return True
    dashed = _DASHES.match(line)
    return dashed is not None and _PASSED_WORDS.search(dashed[1]) is not None


def is_divider(line: str) -> bool:
    """ "-----Original Message-----" and its like, or a help desk's line to answer above."""
    if dashed := _DASHES.match(line):
        words = dashed[1]
        return (
            len(words.split()) <= 6 and not words[0].isdigit() and _ORIGINAL_WORDS.search(words) is not None
        )
    return line.startswith(("#", "-", "=", "_", "*")) and _REPLY_ABOVE.search(line[:200]) is not None


_RULE = re.compile(r"^[\s*]{0,8}[-_=—–*·~]{4,}[\s*]{0,8}$")


def is_rule(line: str) -> bool:
    """A line drawn of dashes or the like."""
    return _RULE.match(line) is not None


_HEADER_NAMES = {
    "from": (
        "from|von|de|da|van|fra|från|lähettäjä|od|feladó|de la|от|від|kimden|gönderen|από|dari|từ|nuo|no"
        "|kellelt|من|מאת|از|จาก|发件人|寄件者|寄件人|發件人|差出人|送信者|보낸 사람|보낸사람|expéditeur"
        "|remitente|remetente|mittente|afzender|avsändare|avsender|afsender|absender|expeditor|nadawca"
        "|odesílatel|odosielateľ|отправитель|pošiljatelj|šalje|saatja|frá|nga|kimdən|nork|daripada"
        "|кімнен|шаље|प्रेषक"
    ),
    "sent": (
        "sent|gesendet|envoyé|envoyé le|enviado|enviado el|enviado em|enviada em|enviat|inviato|verzonden"
        "|sendt|skickat|lähetetty|wysłano|wysłane|odesláno|odoslané|elküldve|küldve|trimis|отправлено"
        "|надіслано|изпратено|gönderildi|gönderme tarihi|εστάλη|στάλθηκε|αποστολή|dikirim|terkirim"
        "|đã gửi|išsiųsta|nosūtīts|saadetud|poslano|poslato|послато|испратено|göndərilib|dihantar|dërguar"
        "|жіберілді|saatmisaeg|bidalia|भेजा गया"
        "|تم الإرسال|נשלח|ارسال شده|发送时间|寄件日期|發送時間"
        "|傳送時間|送信日時|送信|보낸 날짜|보냄|날짜|envoyé :|ส่ง"
    ),
    "date": (
        "date|datum|fecha|data|dato|dátum|päivä|päiväys|päivämäärä|дата|tarih|ημερομηνία|tanggal|ngày"
        "|kuupäev|התאריך|תאריך|التاريخ|تاریخ|日期|日時|日付|时间|时 间|data de|message du|messaggio del"
        "|วันที่|data:"
    ),
    "to": (
        "to|an|à|a|para|aan|til|till|vastaanottaja|do|komu|címzett|către|catre|la|кому|до|kime|alıcı|προς"
        "|kepada|tới|đến|kam|kellele|za|prima|إلى|אל|به|收件人|宛先|받는 사람|받는사람|destinataire"
        "|destinatario|destinatário|ถึง|per|per a|adressaat|kellel|gavėjas|prejemnik|за|до|прима|për|kimə|nori"
        "|кімге|प्रति|ke"
    ),
    "cc": (
        "cc|copie|copie à|copia|cópia|kopie|kopi|kopia|kopio|dw|másolatot kap|másolat|копия|копія|bilgi"
        "|κοιν|抄送|副本|참조|עותק|نسخة|bcc|ccn|สำเนาถึง"
    ),
    "subject": (
        "subject|betreff|objet|asunto|assunto|assumpte|oggetto|onderwerp|emne|ämne|aihe|otsikko|temat"
        "|předmět|predmet|tárgy|subiect|тема|относно|konu|θέμα|perihal|subjek|chủ đề|tiêu đề|tema"
        "|teema|zadeva|efni|gaia|mövzu|subjekti|наслов|тақырып|विषय|الموضوع|נושא|موضوع|主题|主旨|主題|件名|제목|sujet|เรื่อง"
    ),
    "other": (
        "reply-to|importance|wichtigkeit|anhänge|attachments|organization|message-id|priority|priorité"
        "|antwort an"
    ),
}
_HEADER = re.compile(
    r"^[\s>*_|\u200e\u200f]{0,12}(?:"
    + "|".join(
        f"(?P<{kind}>{'|'.join(sorted(names.split('|'), key=len, reverse=True))})"
        for kind, names in _HEADER_NAMES.items()
    )
    + r")[\s*_\u200e\u200f\xa0]{0,6}[:：]",
    re.IGNORECASE,
)


def header_kind(line: str) -> str:
    """Which line of a copied letter head this is ("from", "sent", "to" ...), or empty."""
    named = _HEADER.match(line[:60])
    return (named.lastgroup or "") if named else ""


_FORM_FIELD = re.compile(
    r"[\s*_]{0,6}(?:(?:your |ihre? |first |last |vor|nach)?name|(?:ihre? )?e-?mail(?:[- ]?adresse?| address)?"
    r"|tel(?:efon|ephone|\.)?|phone|mobile?|message|nachricht|mitteilung|firma|company|nom|nombre|nome"
    r"|téléphone|teléfono|telefone|mensaje|mensagem|messaggio|correo|courriel|телефон|имя|сообщение)"
    r"[\s*_]{0,4}:",
    re.IGNORECASE,
)


def is_form_field(line: str) -> bool:
    """ "Phone:" and its like: beside "From:" it tells a form that was filled in from a copied head."""
    return _FORM_FIELD.match(line[:60]) is not None


_DEVICES = re.compile(
    r"phone|pad\b|galaxy|samsung|android|blackberry|proton|mobil|handy|tablet|device|gerät", re.IGNORECASE
)
_LINKED = re.compile(r"\[([^\[\]]{1,60})\]\([^()\s]{1,200}\)")
_SENT_FROM = re.compile(
    r"^[\s*_>]{0,3}(?:sent (?:from|via|with|using)|get outlook for|sent by|download"
    r"|diese nachricht wurde von mein"
    r"|von mein\w{1,3} .{1,40} gesendet|gesendet (?:von|mit|über)|envoyé (?:de|depuis|à partir)"
    r"|enviado (?:desde|do|a partir|de)"
    r"|enviada do|inviato (?:da|dal)|verzonden (?:vanaf|met|vanuit|via)|verstuurd (?:vanaf|met|vanuit)"
    r"|skickat (?:från|med)|sendt fra|lähetetty|wysłan[eo] (?:z|za)|odesláno (?:z|ze)|odoslané (?:z"
    r"|zo)|küldve|elküldve"
    r"|trimis de pe|отправлено (?:с|из)|надіслано (?:з|із)|εστάλη από|poslano (?:s|z|iz)|dikirim dari"
    r"|发自我的|從我的|傳送自|iphoneから送信|.{1,30}から送信|나의 .{1,30}에서 보냄|outlook para"
    r"|outlook für|outlook pour"
    r"|obtenga outlook|obtener outlook|holen sie sich outlook|outlook für .{1,10} (?:beziehen"
    r"|herunterladen)"
    r"|téléchargez outlook|obtenir outlook|scarica outlook|ottieni outlook"
    r"|.{1,40} cihazımdan gönderildi|.{1,30}’umdan gönderildi)",
    re.IGNORECASE,
)


def is_sent_from(line: str) -> bool:
    """ "Sent from my telephone", as a line of its own and not as the beginning of a sentence."""
    if len(line) > 140 or not (mark := _SENT_FROM.match(line)):
        return False
    rest = _LINKED.sub(r"\1", line[mark.end() :]).partition("<")[0].strip(" *_")
    if _DEVICES.search(line):
        rest = rest.removesuffix(".")
    return (
        len(rest.split()) <= 7
        and "," not in rest
        and not rest.endswith((".", "!", "?", ";"))
        and line[0] != "s"
    )
