"""The lines that HTML shows, with what its form tells of history; and HTML parted at one of them.

In:    HTML as it came, or sanitised (then fewer forms are left, and the words decide).
Out:   Rows: a line each, and the number of the node it begins with; two pieces of HTML.
Touch: nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from threadwell.channels.email.quotes_lines import Line

# Lines end before and after these.
_BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt",
    "fieldset", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li",
    "main", "nav", "ol", "p", "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
))  # fmt: skip
_SPACED = frozenset(("p", "pre", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6"))
_UNSEEN = frozenset(("head", "style", "script", "title", "template", "noscript", "svg", "-comment"))

# All that follows their beginning is the letter that is answered.
_CUTTING_IDS: tuple[str, ...] = ("divrplyfwdmsg", "appendonsend", "olk_src_body_section", "origbody")
_CUTTING_IDS += ("mail-editor-reference-message-container",)
_CUTTING_CLASSES = frozenset(("ms-outlook-mobile-reference-message", "outlookmessageheader"))

# They hold history and end with it.
_HOLDING_CLASSES = frozenset(
    ("yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra", "moz-forward-container-reply")
)
# History begins with the first words in them.
_ANNOUNCING_CLASSES = frozenset(("gmail_quote", "gmail_attr", "moz-cite-prefix"))
_ANNOUNCING_IDS = ("reply-intro", "replysplit")


@dataclass(slots=True)
class Row:
    """A line, and the number of its first node in the order of the document."""

    line: Line
    node: int


def rows_of(html: str) -> list[Row]:
    """Read what HTML shows, line by line."""
    body = LexborHTMLParser(html).body
    if body is None:
        return []
    page = _Page()
    closing: list[tuple[LexborNode, bool]] = []
    skip_below = 0
    for at, (node, depth) in enumerate(_in_order(body)):
        while closing and len(closing) > depth:
            page.leave(*closing.pop())
        if skip_below and depth > skip_below:
            closing.append((node, False))
            continue
        skip_below = 0
        if node.tag == "-text":
            page.say(node.text_content or "", at)
            holds = False
        elif node.tag in _UNSEEN or _is_hidden(node):
            skip_below, holds = depth or 0, False
            if not depth:
                break
        else:
            holds = page.enter(node, at)
        closing.append((node, holds))
    while closing:
        page.leave(*closing.pop())
    page.end_line()
    return page.rows


def parted(html: str, *, at: int) -> tuple[str, str]:
    """What stands before the node, and it with all that follows."""
    before, after = LexborHTMLParser(html), LexborHTMLParser(html)
    if before.body is None or after.body is None:
        return html, ""
    _cut(before.body, at, keep_before=True)
    _cut(after.body, at, keep_before=False)
    return before.body.inner_html or "", after.body.inner_html or ""


def _in_order(body: LexborNode) -> Iterator[tuple[LexborNode, int]]:
    node: LexborNode | None = body
    depth = 0
    while node is not None:
        yield node, depth
        child = node.child
        if child is not None:
            node, depth = child, depth + 1
            continue
        while depth and node is not None and node.next is None:
            node, depth = node.parent, depth - 1
        node = node.next if depth and node is not None else None


def _cut(body: LexborNode, at: int, *, keep_before: bool) -> None:
    node = next(node for number, (node, _) in enumerate(_in_order(body)) if number == at)
    while (parent := node.parent) is not None and body.mem_id not in (node.mem_id, parent.mem_id):
        if any(sibling.text().strip() for sibling in _siblings(node, onwards=False)):
            break
        node = parent
    doomed = [node] if keep_before else []
    step: LexborNode | None = node
    while step is not None and step.mem_id != body.mem_id:
        doomed += _siblings(step, onwards=keep_before)
        step = step.parent
    for one in doomed:
        one.decompose()


def _siblings(node: LexborNode, *, onwards: bool) -> Iterator[LexborNode]:
    sibling = node.next if onwards else node.prev
    while sibling is not None:
        yield sibling
        sibling = sibling.next if onwards else sibling.prev


def _is_hidden(node: LexborNode) -> bool:
    style = node.attributes.get("style") or ""
    return "none" in style and "display:none" in style.replace(" ", "").lower()


@dataclass(slots=True)
class _Page:
    """The lines read so far, and the one that is being read."""

    rows: list[Row] = field(default_factory=list)
    _words: list[str] = field(default_factory=list)
    _node: int = 0
    _depth: int = 0  #: of blocks of quotation
    _preformatted: int = 0
    _announces: bool = False
    _cuts: bool = False

    def enter(self, node: LexborNode, at: int) -> bool:
        """Go into an element; tell whether it holds quotation."""
        tag = node.tag or ""
        if tag == "br":
            self.end_line(blank=True, at=at)
            return False
        if tag not in _BLOCKS:
            if tag in ("td", "th") and self._words:
                self._words.append(" ")
            elif tag == "span" and (node.attributes.get("id") or "").lower().endswith(_CUTTING_IDS):
                self.end_line()
                self._cuts = True
            return False
        self.end_line()
        if tag == "hr":
            self._words.append("-" * 20)
            self._node = at
            self.end_line()
            return False
        if tag in _SPACED and self.rows and not self.rows[-1].line.is_blank:
            self._blank(at)
        self._preformatted += tag == "pre"
        holds = self._marks(node, tag)
        self._depth += holds
        return holds

    def leave(self, node: LexborNode, holds: bool) -> None:  # noqa: FBT001 - what enter() gave
        """Come out of an element."""
        if node.tag not in _BLOCKS:
            return
        self.end_line()
        self._depth -= holds
        self._preformatted -= node.tag == "pre"
        if node.tag in _SPACED and self.rows and not self.rows[-1].line.is_blank:
            self._blank(self.rows[-1].node)

    def say(self, text: str, at: int) -> None:
        """Take words in; HTML makes one space of any."""
        if self._preformatted:
            first, *more = text.split("\n")
            self._add(first, at)
            for line in more:
                self.end_line(blank=True, at=at)
                self._add(line, at)
            return
        collapsed = " ".join(text.replace("\xa0", " ").split())
        if not collapsed:
            if self._words and text:
                self._words.append(" ")
            return
        lead = " " if text[:1].isspace() and self._words else ""
        tail = " " if text[-1:].isspace() else ""
        self._add(f"{lead}{collapsed}{tail}", at)

    def end_line(self, *, blank: bool = False, at: int = 0) -> None:
        """Close the line, if it has words or stands for an empty one."""
        text = "".join(self._words)
        self._words.clear()
        text = text.rstrip() if self._preformatted else " ".join(text.split())
        if not text:
            if blank:
                self._blank(at)
            return
        line = Line(text=text, is_marked=self._depth > 0 or text.startswith(">"))
        line.announces, line.cuts = self._announces, self._cuts
        self._announces = self._cuts = False
        self.rows.append(Row(line=line, node=self._node))

    def _add(self, words: str, at: int) -> None:
        if words and not self._words:
            self._node = at
        if words:
            self._words.append(words)

    def _blank(self, at: int) -> None:
        self.rows.append(Row(line=Line(text="", is_marked=False), node=at))

    def _marks(self, node: LexborNode, tag: str) -> bool:
        """Note what the element tells of history."""
        attributes = node.attributes
        name = (attributes.get("id") or "").lower()
        classes = {*(attributes.get("class") or "").lower().split()} if "class" in attributes else frozenset()
        if name.endswith(_CUTTING_IDS) or classes & _CUTTING_CLASSES:
            self._cuts = True
        holds = tag == "blockquote" or bool(classes & _HOLDING_CLASSES) or "data-marker" in attributes
        if tag == "blockquote":
            is_cited = attributes.get("type") == "cite" or bool(attributes.get("cite"))
            self._announces = self._announces or (is_cited and self._depth == 0)
        elif holds or classes & _ANNOUNCING_CLASSES or name.endswith(_ANNOUNCING_IDS):
            self._announces = True
        return holds
