"""Which lines of a letter are new, and which only carry along what was said before.

In:    the lines, from text or from HTML, with what the form itself tells of them.
Out:   one boolean per line: it is new.
Touch: nothing.

The first mark from the top decides. A letter that is passed on stays whole. What follows a mark without
signs of its own (">" or an indented block) is history to the end; what carries such signs is history as far
as they reach, and an answer below or between stays. Nothing new at all means that we misread: all stays.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from threadwell.channels.email import quotes_words as words

HEAD_WITHIN = 9  #: lines in which a copied letter head must show itself
WRAPPED_OVER = 5  #: lines over which "On ... wrote:" may be wrapped
SIGNATURE_AT_MOST = 30  #: lines below "-- "
FOOTER_AT_MOST = 8  #: lines below a rule that hold an address or a link
UNANNOUNCED = 3  #: so many marked lines at the end are a quote even if nothing says whose
LONG = 60  #: a quoted line of this length may have lost its last words to the next one


@dataclass(slots=True)
class Line:
    """One line, without its end."""

    text: str
    is_marked: bool = False  #: ">" before it, or inside a block of quotation
    announces: bool = False  #: its form says that a quote begins here
    cuts: bool = False  #: its form says that all from here on is history

    @property
    def is_blank(self) -> bool:
        return not self.text or self.text.isspace()


def news(lines: Sequence[Line], *, keep_signature: bool = False) -> list[bool]:
    """For each line: is it new?"""
    end = len(lines) if keep_signature else _before_signature(lines)
    is_new = [at < end for at in range(len(lines))]
    history = _History(lines, end)
    for first, last in history.spans():
        is_new[first:last] = [False] * (last - first)
    _drop_rules_at_end(lines, is_new)
    if not any(new and not line.is_blank for new, line in zip(is_new, lines, strict=True)):
        return [True] * len(lines)
    return is_new


_PASSED_ON = (-1, -1)


class _History:
    """Finds the stretches of history, from the top."""

    def __init__(self, lines: Sequence[Line], end: int) -> None:
        self._lines = lines
        self._end = end
        self._kinds: dict[int, str] = {}

    def spans(self) -> list[tuple[int, int]]:
        """First line and the line after the last one of each stretch."""
        head = self._first_mark()
        if head is None:
            return self._unannounced()
        if head is _PASSED_ON:
            return []
        first, after = head
        if self._lines[after - 1].cuts:
            return [(first, self._end)]
        quote = self._next_full(after)
        if quote == self._end:
            return [(first, self._end)]
        begins_letter = self._next_full(0) == first
        if self._lines[quote].is_marked or (begins_letter and any(line.is_marked for line in self._lines)):
            return self._around_answers(first, quote)
        return [(first, self._end)]

    def _first_mark(self) -> tuple[int, int] | None:
        """Where history begins, and where its announcement ends."""
        at = 0
        while at < self._end:
            line = self._lines[at]
            if line.cuts:
                return self._with_marks_before(at), at + 1
            text = line.text.strip()
            if words.is_between_arrows(text):
                return at, at + 1
            if line.is_marked:
                text = text.lstrip("> ")
            if text and len(text) <= words.LONGEST:
                if words.is_passed_on(text):
                    return _PASSED_ON
                if (found := self._mark_at(at, text)) is not None:
                    return found
            at += 1
        return None

    def _mark_at(self, at: int, text: str) -> tuple[int, int] | None:
        line = self._lines[at]
        if text[0] in "-_=*#—–" and (words.is_divider(text) or words.is_dashed_attribution(text)):
            return self._with_marks_before(at), at + 1
        if line.announces:
            return self._start_of_attribution(at), at if line.is_marked else at + 1
        if words.may_end_attribution(text) and (start := self._attribution_to(at)) is not None:
            return self._without_answer_on(start), at + 1
        if (
            text[0].isdigit()
            and self._is_marked_after(at)
            and words.is_attribution(text, is_marked_next=True)
        ):
            return at, at + 1
        after = self._head_from(at) if ":" in text[:40] or "：" in text[:40] else 0
        if not after:
            return None
        above = at - 1
        while above >= 0 and not self._lines[above].text.strip("> \t"):
            above -= 1
        if above >= 0 and at - above <= 2 and words.is_unfinished_attribution(self._lines[above].text):
            at = above
        return self._with_marks_before(at), after

    def _without_answer_on(self, start: int) -> int:
        """Some programs set the answer and "On ... wrote:" on one line."""
        if answer := words.before_attribution(self._lines[start].text):
            self._lines[start].text = answer
            return start + 1
        return self._with_marks_before(start)

    def _attribution_to(self, last: int) -> int | None:
        """The first line of the "On ... wrote:" that ends here."""
        is_marked = self._lines[last].is_marked
        is_marked_next = self._is_marked_after(last) and not is_marked
        best: int | None = None
        joined = ""
        for first in range(last, max(-1, last - WRAPPED_OVER), -1):
            line = self._lines[first]
            if line.is_blank and joined.startswith("<"):
                continue
            if line.is_blank or line.is_marked != is_marked or len(joined) > words.LONGEST:
                break
            part = line.text.strip().lstrip("> ") if is_marked else line.text.strip()
            joined = f"{part} {joined}".strip()
            if words.is_attribution(joined, is_marked_next=is_marked_next):
                if words.opens_attribution(joined):
                    best = first
                    if not joined[:1].islower():
                        return first
                best = first if best is None or self._goes_on(best) else best
            elif best is not None:
                break
        return best

    def _goes_on(self, at: int) -> bool:
        """The end of an attribution that names nobody and begins small: the name stands in the line above."""
        text = self._lines[at].text.strip().lstrip("> ")
        return text[:1].islower() and "@" not in text

    def _start_of_attribution(self, at: int) -> int:
        """A block of quotation began; the words before it may tell whose it is."""
        before = at - 1
        while before >= 0 and self._lines[before].is_blank:
            before -= 1
        if before < 0 or self._lines[before].is_marked or at - before > 3:
            return at
        text = self._lines[before].text.strip()
        if not words.may_end_attribution(text):
            return at
        start = self._attribution_to(before)
        return at if start is None else start

    def _head_from(self, at: int) -> int:
        """The line after the copied letter head that begins here; 0 where there is none."""
        if not (kind := self._kind(at)) or kind in ("other", "cc"):
            return 0
        kinds = {kind}
        has_address = "@" in self._lines[at].text
        seen = last = at
        for seen in range(at + 1, min(at + HEAD_WITHIN, self._end)):
            line = self._lines[seen]
            if line.is_blank:
                if seen - last > 1:
                    break
                continue
            if next_kind := self._kind(seen):
                kinds.add(next_kind)
                last = seen
                has_address = has_address or "@" in line.text
            elif words.is_form_field(line.text):
                return 0
            elif seen - last > 2:
                break
        is_below_rule = at > 0 and words.is_rule(self._lines[at - 1].text)
        if _is_head(kinds, has_address=has_address) or (is_below_rule and kind == "from" and has_address):
            return last + 1
        return 0

    def _kind(self, at: int) -> str:
        if at not in self._kinds:
            self._kinds[at] = words.header_kind(self._lines[at].text)
        return self._kinds[at]

    def _with_marks_before(self, at: int) -> int:
        """A drawn rule, or "Sent from ..." set directly above, belongs to the announcement."""
        before = at - 1
        if before >= 0 and words.is_sent_from(self._lines[before].text.strip()):
            at = before
            before -= 1
            if before >= 0 and self._lines[before].text.strip() == "--":
                at = before
                before -= 1
        while before >= 0 and self._lines[before].is_blank:
            before -= 1
        if before >= 0 and words.is_rule(self._lines[before].text):
            return before
        return at

    def _around_answers(self, first: int, quote: int) -> list[tuple[int, int]]:
        """History with signs: an answer below it stays alone, answers between keep what they answer."""
        blocks = self._blocks(quote)
        answers = [at for at, (_, _, is_answer) in enumerate(blocks) if is_answer]
        if not answers:
            return [(first, self._end)]
        if any(not is_answer for _, _, is_answer in blocks[answers[0] :]) and len(answers) > 1:
            last_answer = answers[-1]
            return [(start, end) for start, end, _ in blocks[last_answer + 1 :]]
        between = answers[0]
        spans = [(first, blocks[between][0])]
        spans += [(start, end) for start, end, is_answer in blocks[between:] if not is_answer]
        return spans

    def _blocks(self, start: int) -> list[tuple[int, int, bool]]:
        """Marked and unmarked stretches in turn; each takes the blank lines after it."""
        blocks: list[tuple[int, int, bool]] = []
        at = start
        while at < self._end:
            is_answer = not self._lines[at].is_marked and not self._is_torn_off(at)
            begin = at
            at += 1
            while at < self._end:
                line = self._lines[at]
                if not line.is_blank and (line.is_marked or self._is_torn_off(at)) == is_answer:
                    break
                at += 1
            blocks.append((begin, at, is_answer))
        return blocks

    def _is_torn_off(self, at: int) -> bool:
        """Words that a mail program wrapped out of the quoted line above, without a mark of their own."""
        line = self._lines[at]
        if line.is_marked or at == 0 or not (above := self._lines[at - 1]).is_marked:
            return False
        text = line.text.strip()
        if text.endswith(">") or text.startswith(("(http", "<http", "http")):
            return True
        if above.text.count("(") > above.text.count(")") and ")" in text:
            return True
        return len(above.text.rstrip()) >= LONG and text[:1].islower()

    def _unannounced(self) -> list[tuple[int, int]]:
        """Marked lines that nothing announces: gone at the top and at the end, kept between."""
        full = [at for at in range(self._end) if not self._lines[at].is_blank]
        if not any(self._lines[at].is_marked for at in full):
            return []
        blocks = self._blocks(full[0])
        spans = []
        if len(blocks) == 2 and not blocks[0][2]:
            spans.append(blocks[0][:2])
        if len(blocks) > 1 and not blocks[-1][2]:
            start, end, _ = blocks[-1]
            if sum(self._lines[at].is_marked for at in range(start, end)) >= UNANNOUNCED:
                spans.append((start, end))
        return spans

    def _is_marked_after(self, at: int) -> bool:
        after = self._next_full(at + 1)
        return after < self._end and after - at <= 3 and self._lines[after].is_marked

    def _next_full(self, at: int) -> int:
        while at < self._end and self._lines[at].is_blank:
            at += 1
        return at


def _is_head(kinds: set[str], *, has_address: bool) -> bool:
    """Enough of a letter's head? "From: Hamburg / To: Riga / Date: 3 May" is a freight order, not a head."""
    kinds = kinds - {"other"}
    if "from" in kinds and "sent" in kinds:
        return True
    if "subject" in kinds and len(kinds) >= 3:
        return True
    return has_address and len(kinds) >= 2


def _before_signature(lines: Sequence[Line]) -> int:
    """The line at which the signature begins that ends the letter; their number where there is none."""
    end = len(lines)
    while end and lines[end - 1].is_blank:
        end -= 1
    for at in range(end - 1, max(-1, end - 2 - SIGNATURE_AT_MOST), -1):
        line = lines[at]
        if line.is_marked or line.announces or line.cuts:
            break
        text = line.text.strip()
        if text in ("--", "—", "–") and _has_words(lines, at):
            return at
        is_footer = text.strip("_") == "" and len(text) >= 2 and end - at <= FOOTER_AT_MOST
        if is_footer and _has_words(lines, at) and any(_is_contact(line.text) for line in lines[at:end]):
            return at
        if words.may_end_attribution(text) and words.is_attribution(text, is_marked_next=False):
            break
        if at == end - 1 and words.is_sent_from(text) and _has_words(lines, at):
            return _before_signature(lines[:at])
    return end


def _has_words(lines: Sequence[Line], before: int) -> bool:
    return any(not line.is_blank for line in lines[:before])


def _is_contact(text: str) -> bool:
    return "@" in text or "http" in text or "mailing list" in text


def _drop_rules_at_end(lines: Sequence[Line], is_new: list[bool]) -> None:
    """A rule that was drawn above what is gone says nothing any more."""
    if all(is_new):
        return
    for at in range(len(lines) - 1, -1, -1):
        if not is_new[at] or lines[at].is_blank:
            continue
        if not words.is_rule(lines[at].text):
            return
        is_new[at] = False
