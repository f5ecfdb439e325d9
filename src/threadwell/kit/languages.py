"""Languages: which one a text seems to be written in.

In:    a text
Out:   the code of its language (ISO 639-1), or "" when it does not say enough
Touch: nothing

By script where the script tells, else by the small words that only one of the languages uses: good enough to
say what somebody mostly writes, and too weak to choose the language of an answer by itself.
"""

import re
from collections import Counter

FEWEST = 3  #: small words that must be there
AHEAD = 1.3  #: how much more often than those of the next language

_WORD = re.compile(r"[^\W\d_]+")
_SMALL: dict[str, frozenset[str]] = {
    code: frozenset(words.split())
    for code, words in {
        "en": "the and is are was were we you your with have has not this that for please would can our been",
        "de": "der die das und ist sind nicht wir sie ich mit für auf ein eine bitte haben wurde kann noch",
        "fr": "le les des est sont nous vous une pour avec pas dans merci je votre notre cette mais été",
        "es": "el los las es son nosotros usted para con por favor una del pero gracias está hemos su muy",
        "pt": "os as não são você para com por uma do da dos das mas obrigado obrigada está temos seu ao",
        "it": "il gli è sono noi voi per con una del della ma grazie questo abbiamo non che anche nel alla",
        "nl": "het een en zijn niet wij u voor met van maar graag dank heb hebben wordt kan onze bij ook dat",
        "pl": "nie jest są się proszę dziękuję oraz dla na czy jak od przez już mamy ale tylko pan pani do",
        "sv": "och är inte vi ni för med av ett en som har kan tack det att men till från på",
        "da": "og er ikke vi jeg for med af et en som har kan tak det at men til fra på vores",
        "cs": "je jsou se na že prosím děkuji pro není jsme ale jak nebo by od ve dobrý den vás nás",
        "tr": "ve bir bu için ile değil çok teşekkürler lütfen var yok ama biz siz olarak daha gibi",
    }.items()
}
_SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("ar", re.compile("[\u0600-\u06ff]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("uk", re.compile("[іїєґІЇЄҐ]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
)


def language_of(text: str) -> str:
    """The language that a text seems to be in."""
    text = text[:5000]
    letters = sum(one.isalpha() for one in text) or 1
    for code, script in _SCRIPTS:
        if len(script.findall(text)) > letters * (0.02 if code == "uk" else 0.2):
            return code
    words = Counter(_WORD.findall(text.lower()))
    scores = sorted(
        ((sum(words[word] for word in small), code) for code, small in _SMALL.items()), reverse=True
    )
    (best, code), (next_best, _other) = scores[0], scores[1]
    return code if best >= FEWEST and best >= next_best * AHEAD else ""
