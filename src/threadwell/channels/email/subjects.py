"""Subjects: what a subject says beneath the marks that mail programs put before it.

In:    the subject line as text.
Out:   Subject (its base for comparing, and whether it claims to answer or to pass on).
Touch: nothing.
"""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 200  #: of a base: what comes after tells no two subjects apart

_ANSWERS = (
    # Latin scripts: English, German, Dutch, Scandinavian, Finnish, French, Italian, Portuguese, Polish,
    # Czech, Hungarian, Romanian, Turkish, Indonesian, Croatian, Baltic, Vietnamese, Welsh
    "re|ref|réf|aw|antw|antwort|antwoord|sv|svar|vs|vast|rép|rep|réponse|r|rif|res|resp|odp|odpověď|odpoveď"
    "|vá|válasz|răsp|ynt|yanıt|cevap|bls|balas|odg|odgovor|atb|ats|trả lời|atb|ateb"
    # Cyrillic, Greek, Hebrew, Arabic, Persian, Chinese, Japanese, Korean, Thai
    "|отв|ответ|відп|відповідь|απ|απάντηση|σχετ|תגובה|השב|رد|پاسخ|回复|回覆|答复|答覆|返信|답장|회신|re回复|ตอบกลับ"
    # what machines say about a letter
    "|automatic reply|auto|autoreply|auto reply|auto-reply|out of office|automatische antwort"
    "|abwesenheitsnotiz|réponse automatique|respuesta automática|risposta automatica|resposta automática"
    "|automatisch antwoord|autosvar|automaattinen vastaus|accepted|declined|tentative|zugesagt|abgelehnt"
    "|undeliverable|unzustellbar|read|gelesen"
)
_PASSES_ON = (
    "fwd|fw|forward|wg|wtr|tr|rv|enc|i|inoltro|doorst|doorgestuurd|vb|vl|vid|fs|pd|přeposláno|pře|továbbítás"
    "|tovabbitas|ilt|i̇lt|trs|prosl|pārs|pers|chuyển tiếp|edasi"
    "|пересл|переслано|пер|пд|πρθ|προώθ|הועבר|إعادة توجيه|تحويل|转发|轉寄|轉發|転送|전달|ส่งต่อ"
)

_ANSWER = re.compile(rf"(?:{_ANSWERS})\s?(?:[\[(^*]?\d{{1,3}}[\])]?)?\s{{0,3}}[:：]\s*")
_PASSING_ON = re.compile(rf"(?:{_PASSES_ON})\s?(?:[\[(^*]?\d{{1,3}}[\])]?)?\s{{0,3}}[:：]\s*")

# A list or a filter puts a word in brackets; a help desk a number with a mark. A tag with plain numbers
# ("[order 4711]", "[PATCH 2/7]") is what the letter is about and stays.
_TAG = re.compile(
    r"[\[(]\s*(?:external|extern|externe|externo|ext|spam|suspected spam|secure|encrypt|bulk"
    r"|(?:ticket|case|request|issue|ref|id|anfrage|vorgang|fall|dossier|caso|zaak|ärende|sak|sag)"
    r"\s{0,2}[#:id nr.]{0,5}\s{0,2}[\w-]{0,30}\d[\w-]{0,30}|[\w .-]{0,30}#\s?[\w-]{1,30})\s*[\])]\s*"
    r"|\[[^\]\[\d]{1,60}\]\s*"
)
_TAG_AT_END = re.compile(
    r"(?<!\s)\s*(?:\[[\w .-]{0,30}#\s?[\w-]{1,30}\]|\((?:fwd|was:?[^()]{0,200})\)"
    r"|\[(?:fwd|spam|solved|resolved)\])$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A subject without its marks."""

    base: str  #: folded for comparing; empty when nothing is left
    is_answer: bool  #: said "Re:" or the like in some language
    is_passed_on: bool  #: said "Fwd:" or the like, later than any answer mark


def read(subject: str) -> Subject:
    """Take the marks off, from the left, as often as there are any."""
    text = " ".join(unicodedata.normalize("NFKC", subject[:1000]).casefold().split())
    is_answer = is_passed_on = False
    while text:
        if mark := _ANSWER.match(text):
            is_answer = is_answer or not is_passed_on
        elif mark := _PASSING_ON.match(text):
            is_passed_on = is_passed_on or not is_answer
        else:
            mark = _TAG.match(text)
        if mark is None:
            break
        if mark.end() == len(text) and text[0] in "[(":
            break  # the whole subject is a tag: it is what we have
        text = text[mark.end() :]
    while mark := _TAG_AT_END.search(text):
        text = text[: mark.start()]
    return Subject(base=text[:LONGEST], is_answer=is_answer, is_passed_on=is_passed_on)


# Fewer than above, for here a word that was meant would be lost ("Auto: purchase contract").
_MARKS = re.compile(
    r"\A(?:(?:re|aw|antw|sv|vs|odp|ynt|fwd|fw|wg|tr|rv|vb|отв|回复|答复|返信|转发)\s?(?:\[\d{1,3}\])?\s?[:：]\s*)+",
    re.IGNORECASE,
)


def answering(subject: str) -> str:
    """The subject of an answer: one mark, however many there were."""
    return f"Re: {_MARKS.sub('', subject.strip(), count=1) or subject.strip()}".strip()


def passing_on(subject: str) -> str:
    """The subject of a letter that is passed on."""
    return f"Fwd: {_MARKS.sub('', subject.strip(), count=1) or subject.strip()}".strip()
