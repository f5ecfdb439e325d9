"""Sent names: how mail programs call the folder of what was sent, in many languages.

In:    a folder's last name
Out:   yes or no
Touch: nothing
"""

_SENT_WORDS = (
    "sent|sent items|sent messages|sent mail|gesendet|gesendete elemente|gesendete objekte|"
    "gesendete nachrichten|envoyés|éléments envoyés|messages envoyés|enviados|elementos enviados|"
    "mensajes enviados|itens enviados|posta inviata|inviata|elementi inviati|verzonden|verzonden items|"
    "verzonden berichten|wysłane|elementy wysłane|skickat|skickade objekt|sendte elementer|sendt|sendt post|"
    "lähetetyt|odeslané|odeslaná pošta|отправленные|надіслані|gönderilmiş öğeler|gönderilenler|elküldött|"
    "elküldött elemek|trimise|elemente trimise|已发送|已发送邮件|寄件備份|送信済み|送信済みアイテム|"
    "보낸편지함|보낸 편지함"
)
_SENT_NAMES = frozenset(_SENT_WORDS.split("|"))


def is_sent_name(name: str) -> bool:
    """A folder of this name holds our own letters."""
    return name.casefold() in _SENT_NAMES
