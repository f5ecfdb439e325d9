"""Sent folder: lay a copy of what left into the mailbox, where people look for it in their own programs.

In:    an inbox that is followed by IMAP, the mail's bytes
Out:   nothing; `NotLaid` with the reason
Touch: the mailbox's server
"""

from django.utils.translation import gettext as _
from imapclient import SEEN
from imapclient.exceptions import IMAPClientError

from threadwell.channels.email import imap, oauth
from threadwell.channels.email.imap import Mailbox
from threadwell.kit import clock
from threadwell.kit.errors import DomainError
from threadwell.record.inboxes.models import Inbox, settings_of


class NotLaid(Exception):
    """The copy is not in the folder; the mail itself has left."""


def is_wanted(inbox: Inbox) -> bool:
    """Some providers keep a copy of what leaves through them by themselves, others do not."""
    return bool(settings_of(inbox, "outgoing").get("save_sent")) and bool(
        settings_of(inbox, "incoming").get("host")
    )


def lay(inbox: Inbox, raw: bytes) -> None:
    """Put the mail into the Sent folder, as read."""
    told = settings_of(inbox, "incoming")
    try:
        is_oauth = told.get("auth") == "oauth"
        secret = oauth.access_token(inbox) if is_oauth else inbox.secrets.get("incoming_password", "")
        access = imap.access(told, secret=secret)
        client = Mailbox.connect(access)
        mailbox = Mailbox.sign_in(client, access)
        try:
            folder = told.get("sent_folder") or next(
                (one.name for one in mailbox.folders() if one.is_sent), ""
            )
            if not folder:
                raise NotLaid(_("The mailbox has no folder for sent mail."))
            client.append(folder, raw, flags=[SEEN], msg_time=clock.now())
        finally:
            mailbox.close()
    except (OSError, IMAPClientError, DomainError) as problem:
        raise NotLaid(str(problem) or type(problem).__name__) from problem
