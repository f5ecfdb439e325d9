"""Asides: side conversations with third parties, beside the conversation with the customer.

In:    a conversation with a customer (the main one), or one of its side conversations
Out:   its side conversations; whom a side conversation may never be written to
Touch: Conversation (`asides_open`, `asides_waiting`)

A side conversation is a conversation of its own: its own reply token, participants, messages, drafts. It
points at the main one with `aside_of`, stands in no queue, and never joins or parts with messages. So what
is said in one cannot slip into the other; `kept_out` says whom it may not reach (docs/decisions/0020).
"""

from collections.abc import Iterable

from django.db.models import Count, Q

from threadwell.record.conversations.conversation import Conversation, Conversations
from threadwell.record.conversations.message import Message
from threadwell.record.people.models import Identity
from threadwell.record.people.one import members_of


def of(main: Conversation) -> Conversations:
    """Its side conversations, and those of what was joined into it; the oldest first."""
    rows: Conversations = Conversation.objects.of(main.workspace_id)
    here = Q(aside_of_id=main.pk) | Q(aside_of__joined_into_id=main.pk)
    return rows.filter(here, aside_of__isnull=False).order_by("made_at", "pk")


def main_of(aside: Conversation) -> Conversation:
    """The conversation beside which it stands, wherever that has been joined into since."""
    assert aside.aside_of_id is not None, "only of a side conversation"
    rows = Conversation.objects.of(aside.workspace_id)
    main: Conversation = rows.get(pk=aside.aside_of_id)
    while main.joined_into_id:
        main = rows.get(pk=main.joined_into_id)
    return main


def kept_out(aside: Conversation) -> frozenset[str]:
    """The addresses of the customer and of whoever else takes part in the main conversation.

    Whom we have written to aside is no such person, even when somebody wrote to them in the main one later.
    """
    return _kept_out(main_of(aside), known=_written_to(aside))


def kept_out_beside(main: Conversation) -> frozenset[str]:
    """The same for a side conversation that is not begun yet."""
    return _kept_out(main, known=third_parties(main))


def addresses_of_customer(main: Conversation) -> frozenset[str]:
    """Every address that the customer is known by."""
    if main.contact is None:
        return frozenset()
    known = Identity.objects.of(main.workspace_id).filter(
        kind=Identity.Kind.EMAIL, contact_id__in=members_of(main.contact)
    )
    return frozenset(known.values_list("value", flat=True))


def third_parties(main: Conversation) -> frozenset[str]:
    """Who was written to in side conversations of this one."""
    if not main.asides_open and not of(main).exists():
        return frozenset()
    return frozenset(address for one in of(main) for address in _written_to(one))


def recount(main: Conversation) -> None:
    """How many side conversations are not done, and in how many a third party is to answer."""
    # One after the other: two who write aside at once would each count without the other.
    Conversation.objects.of(main.workspace_id).filter(pk=main.pk).select_for_update().values_list("pk").get()
    found = (
        of(main)
        .filter(closed_at=None, message_count__gt=0)
        .order_by()
        .aggregate(standing=Count("pk"), waiting=Count("pk", filter=Q(last_word=Conversation.Party.US)))
    )
    if (main.asides_open, main.asides_waiting) != (found["standing"], found["waiting"]):
        main.asides_open, main.asides_waiting = found["standing"], found["waiting"]
        main.save(update_fields=["asides_open", "asides_waiting"])


def reaches(addresses: Iterable[str], kept: frozenset[str]) -> tuple[str, ...]:
    """Those of the addresses that are kept out, whatever their case or the tag behind a plus."""
    return tuple(address for address in addresses if _bare(address) in {_bare(one) for one in kept})


def _kept_out(main: Conversation, *, known: frozenset[str]) -> frozenset[str]:
    return addresses_of_customer(main) | (_participants(main) - known)


def _participants(main: Conversation) -> frozenset[str]:
    rows = Conversation.objects.of(main.workspace_id).filter(Q(pk=main.pk) | Q(joined_into_id=main.pk))
    return frozenset(
        address.casefold() for people in rows.values_list("participants", flat=True) for address in people
    )


def _written_to(aside: Conversation) -> frozenset[str]:
    ours = aside.messages.filter(direction=Message.Direction.OUT).values_list("people", flat=True)
    return frozenset(address.casefold() for people in ours for address in people)


def _bare(address: str) -> str:
    local, _at, host = address.strip().casefold().rpartition("@")
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        host = host.rstrip(".")
    return f"{local.partition('+')[0]}@{host}"
