"""Keys that tell where a message belongs, words that were ever said, and numbers that count up."""

from typing import override
from uuid import UUID

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection, models

from threadwell.kit import ids
from threadwell.kit.tenancy import Owned, WorkspaceKey, unasked_workspace
from threadwell.record.conversations.conversation import Conversation


class ThreadKey(Owned):
    """This key belongs to that conversation: a Message-ID we hold, or only saw named by another message.

    One row a key, the first to come stays; so a parent that arrives after its reply still finds it.
    """

    workspace = unasked_workspace()
    key = models.CharField(max_length=300)
    conversation = WorkspaceKey(Conversation)
    sender = models.CharField(
        max_length=320, default="", blank=True
    )  #: who wrote the message it names, once held
    message_id = models.UUIDField(null=True, blank=True)  #: the message it is the name of, once held

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="thread_key")]
        indexes = [models.Index(fields=["workspace", "conversation"], name="thread_key_by_conversation")]

    @override
    def __str__(self) -> str:
        return self.key


class Word(Owned):
    """A word that occurs in some message: parts of words are looked up here first."""

    workspace = unasked_workspace()
    word = models.CharField(max_length=80)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "word"], name="word_once")]
        indexes = [GinIndex("workspace", OpClass("word", name="gin_trgm_ops"), name="word_parts")]

    @override
    def __str__(self) -> str:
        return self.word


class Counter(Owned):
    """The next number of something in a workspace."""

    name = models.CharField(max_length=20)
    next = models.BigIntegerField(default=1)

    class Meta(Owned.Meta):
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="counter_name")]

    @classmethod
    def reserve(cls, workspace_id: UUID, name: str, many: int = 1) -> range:
        """``many`` numbers that nobody else gets."""
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO conversations_counter (id, workspace_id, name, next) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (workspace_id, name)"
                " DO UPDATE SET next = conversations_counter.next + %s RETURNING next",
                [ids.new(), workspace_id, name, 1 + many, many],
            )
            reached: int = cursor.fetchone()[0]
        return range(reached - many, reached)
