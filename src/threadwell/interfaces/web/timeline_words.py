"""Timeline words: all events that a timeline tells as lines that people read.

In:    Events about a customer, its conversations and its work
Out:   Happenings, in the order they came
Touch: nothing
"""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from threadwell.interfaces.web import happenings, work_items_told
from threadwell.interfaces.web.happenings import Happening, Reason
from threadwell.record.journal.models import Event

_ACCOUNTS: dict[str, Promise] = {
    "made": gettext_lazy("entered it"),
    "changed": gettext_lazy("changed what is known"),
    "merged": gettext_lazy("made one with %(name)s"),
    "unmerged": gettext_lazy("took %(name)s apart again"),
    "identity_added": gettext_lazy("another way to reach them"),
    "identity_removed": gettext_lazy("one way less to reach them"),
    "identity_verified": gettext_lazy("made sure that an address is theirs"),
    "membership_changed": gettext_lazy("belongs elsewhere, or as something else"),
    "preference_told": gettext_lazy("said how they like to be spoken to"),
    "sponsor_changed": gettext_lazy("a key contact has moved"),
}
_OF_ACCOUNTS = {
    f"{kind}.{deed}": words for kind in ("contact", "organisation") for deed, words in _ACCOUNTS.items()
}
#: Events of these names are looked up for a timeline.
TOLD = (*happenings.TOLD, *work_items_told.WORDS, *_OF_ACCOUNTS)


def told(events: Iterable[Event], *, slug: str) -> Iterator[Happening]:
    """Those that tell something."""
    for event in events:
        if event.name in _OF_ACCOUNTS:
            yield _line(event, _said(event), because="")
        elif deed := work_items_told.told(event):
            yield _line(event, deed.text, because=deed.because)
        else:
            yield from happenings.happenings([event], slug=slug)


def _said(event: Event) -> str:
    facts: dict[str, Any] = event.facts
    deed = str(_OF_ACCOUNTS[event.name]) % {"name": facts.get("name") or "?"}
    if not event.by:
        return deed[:1].upper() + deed[1:]
    return _("%(who)s: %(deed)s") % {"who": event.by.name, "deed": deed}


def _line(event: Event, text: str, *, because: str) -> Happening:
    return Happening(
        pk=event.pk,
        at=event.at,
        text=text,
        because=(Reason(text=because),) if because else (),
        is_automatic=event.by_id is None,
    )
