"""Screen: no letter leaves with a file that harms, or that nobody has looked at yet.

In:    a draft, or a message
Out:   which of its files must not go, or must wait
Touch: nothing
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from threadwell.kit import scanner
from threadwell.kit.errors import DomainError
from threadwell.record.conversations.models import Attachment, Draft, Message

Scan = Attachment.Scan


class Withheld(DomainError):
    """Something harmful was found in the file."""

    code = "file-withheld"


def refuse_withheld(draft: Draft) -> None:
    """Raise when a file of the draft harms."""
    if because := _sentence(draft.files.filter(scan=Scan.WITHHELD)):
        raise Withheld(because)


def look_at(message: Message) -> tuple[str, bool]:
    """Why the message must not leave, in a sentence; and whether it has to wait for a file to be scanned.

    Where nothing is scanned any more, nothing waits for it.
    """
    unclear = list(message.attachments.filter(scan__in=(Scan.WAITING, Scan.WITHHELD)).order_by("pk"))
    withheld = [file for file in unclear if file.scan == Scan.WITHHELD]
    return _sentence(withheld), bool(unclear) and scanner.is_on()


def refuse(file: Attachment) -> None:
    """Raise when the file harms: nobody gets it."""
    if because := _sentence([file] if file.scan == Scan.WITHHELD else []):
        raise Withheld(because)


def _sentence(files: Iterable[Attachment]) -> str:
    told = [_("“%(file)s”: %(found)s") % {"file": file.filename, "found": file.found} for file in files]
    return _("ClamAV found something harmful in %(files)s.") % {"files": ", ".join(told)} if told else ""
