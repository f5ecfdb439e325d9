"""Html: other people's HTML, made harmless, and made into text.

In:    HTML of any quality and intent.
Out:   `sanitise`: safe HTML that a page may show in a sandboxed frame; `to_text`: what a reader would see.
Touch: nothing.

Remote images are not loaded by themselves: their address waits in `data-remote-src`, and only the desk puts
it back, through the image proxy. `src` is left to `cid:` and to pictures inside the letter (`data:`).
"""

import re
from html import unescape

import nh3
from selectolax.lexbor import LexborHTMLParser, LexborNode

_LONGEST = 2_000_000
_DEEPEST = 800  # parsers walk up the whole branch for each tag: depth is what makes them slow


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_TAGS = _words(
    "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code col "
    "colgroup dd del details dfn dir div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header "
    "hgroup hr i img ins kbd li main mark menu nav nobr ol p pre q rp rt ruby s samp section small span "
    "strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
_DROPPED_WHOLE = _words(
    "script style title head noscript template iframe frameset object embed applet svg math xml textarea "
    "select audio video canvas noembed noframes"
)
_EVERYWHERE = _words("align bgcolor class dir height id lang style title valign width")
_ATTRIBUTES: dict[str, set[str]] = {
    "*": set(_EVERYWHERE),
    "a": {"href", "name"},
    "img": {"src", "alt", "border", "hspace", "vspace", "data-remote-src"},
    "table": {"border", "cellpadding", "cellspacing", "summary", "frame", "rules"},
    "td": {"colspan", "rowspan", "nowrap", "headers", "scope", "abbr"},
    "th": {"colspan", "rowspan", "nowrap", "headers", "scope", "abbr"},
    "col": {"span"}, "colgroup": {"span"},
    "ol": {"start", "type", "reversed"}, "ul": {"type"}, "li": {"value", "type"},
    "font": {"color", "face", "size"},
    "blockquote": {"type"},
    "hr": {"size", "noshade", "color"}, "br": {"clear"},
    "time": {"datetime"}, "del": {"datetime"}, "ins": {"datetime"},
}  # fmt: skip
_STYLES = _words(
    "background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width "
    "border-collapse border-color border-left border-left-color border-left-style border-left-width "
    "border-radius border-right border-right-color border-right-style border-right-width border-spacing "
    "border-style border-top border-top-color border-top-style border-top-width border-width caption-side "
    "clear color direction display empty-cells float font font-family font-size font-style font-variant "
    "font-weight height letter-spacing line-height list-style-type margin margin-bottom margin-left "
    "margin-right margin-top max-height max-width min-height min-width padding padding-bottom padding- "
    "left padding-right padding-top table-layout text-align text-decoration text-indent text-transform "
    "unicode-bidi vertical-align white-space width word-break word-spacing word-wrap overflow-wrap"
)
_FETCHING_STYLE = re.compile(r"url|image|src|expression|attr|var|env|@|\\", re.IGNORECASE)
_SAFE_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp|x-icon|avif)[;,]", re.IGNORECASE)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if value[:4].lower() == "cid:" or _SAFE_PICTURE.match(value) else None
    if name == "href":
        return None if value.lstrip()[:5].lower() == "data:" else value
    if name == "style":
        # The list of properties is safe; a value that could fetch something costs the whole attribute.
        return None if _FETCHING_STYLE.search(value) else value
    return value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_DROPPED_WHOLE),
    attributes=_ATTRIBUTES,
    attribute_filter=_attribute,
    url_schemes={"http", "https", "mailto", "tel", "sms", "cid", "data", "webcal", "geo"},
    url_relative="deny",
    filter_style_properties=set(_STYLES),
    link_rel="noopener noreferrer nofollow",
)


def sanitise(source: str) -> str:
    """Safe HTML that looks like the source. What is too big or too deep to look through comes as its text."""
    if is_too_much(source):
        return f"<pre>{escape(_bare(source))}</pre>"
    if "<img" in source or "<IMG" in source or "<Img" in source:
        source = _without_remote_pictures(source)
    return _CLEANER.clean(source).strip()


def escape(text: str) -> str:
    """Text as HTML, its lines kept."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>\n")


def is_too_much(source: str) -> bool:
    """Whether looking through this HTML would take longer than anybody waits."""
    return len(source) > _LONGEST or _is_too_deep(source)


def _is_too_deep(source: str) -> bool:
    if source.count("<") < _DEEPEST:
        return False
    depth = deepest = 0
    for closing, tag in _NESTING.findall(source):
        if tag.lower() in _VOID:
            continue
        depth = max(depth - 1, 0) if closing else depth + 1
        deepest = max(depth, deepest)
    return deepest > _DEEPEST


def _bare(source: str) -> str:
    """The text between the tags, found without building a tree."""
    return unescape(_ANY_TAG.sub(" ", source))


_ANY_TAG = re.compile(r"<[^<>]*>")
_NESTING = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:]{0,20})")
_VOID = _words("area base br col embed hr img input link meta p li tr td th dt dd param source track wbr")


def _without_remote_pictures(source: str) -> str:
    tree = LexborHTMLParser(source)
    for picture in tree.css("img"):
        attributes = picture.attrs
        address = (attributes.get("src") or "").strip()
        if "data-remote-src" in attributes:
            del attributes["data-remote-src"]
        if address.startswith("//"):
            address = "https:" + address
        if address[:5].lower() in ("http:", "https"):
            attributes["data-remote-src"] = address
            del attributes["src"]
    return tree.html or ""


_UNSEEN = _words(
    "head script style title noscript template iframe object embed svg math select textarea audio video"
)
_PARAGRAPHS = _words("p h1 h2 h3 h4 h5 h6 ul ol dl pre")
_BLOCKS = _words(
    "address article aside blockquote body center dd div dt fieldset figcaption figure footer form header "
    "hr html li main nav section table tbody tfoot thead tr caption details summary"
)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_BLANKS = re.compile(r"\n{3,}")


def to_text(source: str) -> str:
    """What a reader would see, in lines and paragraphs."""
    if is_too_much(source):
        return _BLANKS.sub("\n\n", _bare(source)).strip("\n")
    root = LexborHTMLParser(source).root
    if root is None:
        return ""
    writer = _Writer()
    node: LexborNode | None = root
    top = root.mem_id
    preformatted = 0
    while node is not None:
        tag = node.tag or ""
        inside: LexborNode | None = None
        if tag == "-text":
            writer.say(node.text_content or "", keep=preformatted > 0)
        elif tag not in _UNSEEN and not tag.startswith(("-", "!")):
            writer.enter(tag)
            preformatted += tag == "pre"
            inside = node.child
        if inside is not None:
            node = inside
            continue
        while node is not None:
            tag = node.tag or ""
            writer.leave(tag)
            preformatted -= tag == "pre"
            if node.mem_id == top:
                node = None
            elif node.next is not None:
                node = node.next
                break
            else:
                node = node.parent
    return writer.text()


class _Writer:
    """Gathers text as a page would lay it out: words flow, blocks break."""

    def __init__(self) -> None:
        self._out: list[str] = []
        self._breaks = 2  # at the beginning no break is needed
        self._space = False

    def say(self, text: str, *, keep: bool) -> None:
        if keep:
            self._put(text.replace("\r\n", "\n"))
            return
        flowing = _SPACES.sub(" ", text)
        if flowing == " " or not flowing:
            self._space = self._space or bool(flowing)
            return
        if flowing[0] == " ":
            self._space = True
        self._put(flowing.strip(" "))
        self._space = flowing[-1] == " "

    def enter(self, tag: str) -> None:
        if tag == "br":
            self._out.append("\n")
            self._breaks += 1
            self._space = False
        elif tag in _PARAGRAPHS:
            self._break(2)
        elif tag in _BLOCKS:
            self._break(1)
            if tag == "li":
                self._put("- ")
                self._breaks = 1
        elif tag in ("td", "th"):
            self._space = True

    def leave(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._break(2)
        elif tag in _BLOCKS:
            self._break(1)

    def text(self) -> str:
        lines = "".join(self._out).replace("\xa0", " ").split("\n")
        return _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in lines)).strip("\n")

    def _put(self, text: str) -> None:
        if not text:
            return
        if self._space and not self._breaks:
            self._out.append(" ")
        self._out.append(text)
        self._breaks = 0
        self._space = False

    def _break(self, wanted: int) -> None:
        if self._breaks < wanted:
            self._out.append("\n" * (wanted - self._breaks))
            self._breaks = wanted
        self._space = False
