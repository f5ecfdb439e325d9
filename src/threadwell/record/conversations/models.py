"""The family's models, one noun a file."""

from threadwell.record.conversations.conversation import Conversation, Label
from threadwell.record.conversations.desk import Draft, Mention, ReadMark, SavedView, Undo, Viewing
from threadwell.record.conversations.joining import Home, Join, Move, MovedMessage
from threadwell.record.conversations.message import Attachment, Dispatch, Message, Outgoing
from threadwell.record.conversations.threads import Counter, ThreadKey, Word
from threadwell.record.conversations.type_owner import TypeOwner

__all__ = [
    "Attachment",
    "Conversation",
    "Counter",
    "Dispatch",
    "Draft",
    "Home",
    "Join",
    "Label",
    "Mention",
    "Message",
    "Move",
    "MovedMessage",
    "Outgoing",
    "ReadMark",
    "SavedView",
    "ThreadKey",
    "TypeOwner",
    "Undo",
    "Viewing",
    "Word",
]
