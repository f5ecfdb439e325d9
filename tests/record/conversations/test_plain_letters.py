"""Messages kept before are found without strokes and ligatures too, however often the filling is stopped."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from tests.cast import a_mail, a_workspace, all_read, an_agent, an_inbox, arrives
from threadwell.kit import tenancy
from threadwell.record.conversations import search
from threadwell.record.conversations.models import Message, Word
from threadwell.record.workplace.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)
MIGRATION = import_module("threadwell.record.conversations.migrations.0019_fill_plain_letters")
TEXTS = ("Paczka z łodzi, lodzi i lodzi", "smørrebrød til Sæby", "plain words", "łódź; o'łan \\ łapa")


@pytest.fixture
def firm() -> Workspace:
    """A workspace as it was before: the words of its messages bear strokes."""
    workspace = a_workspace()
    inbox = an_inbox(workspace)
    for number, text in enumerate(TEXTS):
        arrives(inbox, a_mail(text, subject=f"Mail {number}"))
    all_read(workspace)
    with tenancy.entered(workspace.pk), connection.cursor() as cursor:
        for plain, stroked in {"lodzi": "łodzi", "smorrebrod": "smørrebrød", "saeby": "sæby"}.items():
            cursor.execute(
                "UPDATE conversations_message SET words = replace(words::text, %s, %s)::tsvector"
                " WHERE workspace_id = %s",
                [f"'{plain}'", f"'{stroked}'", workspace.pk],
            )
            Word.objects.of(workspace).filter(word=plain).update(word=stroked)
    return workspace


def found(firm: Workspace, typed: str) -> set[str]:
    bo = an_agent(firm)
    with tenancy.entered(firm.pk):
        hits = search.messages(firm.pk, search.read(typed, by=bo), most=20)
        return {message.subject for message in hits.messages}


def fill() -> None:
    with connection.schema_editor(atomic=False) as editor:
        MIGRATION.fill(apps, editor)


def test_old_messages_are_found_by_plain_letters(firm: Workspace) -> None:
    assert found(firm, "smorrebrod") == set()
    for _turn in range(2):  # it may be run again
        fill()
        assert found(firm, "smorrebrod") == {"Mail 1"}
        assert found(firm, "saeby") == {"Mail 1"}
        assert found(firm, "lodzi") == {"Mail 0"}
        assert found(firm, '"z lodzi lodzi"') == {"Mail 0"}
        assert found(firm, "plain") == {"Mail 2"}
    with tenancy.entered(firm.pk):
        assert not Word.objects.of(firm).filter(word__regex="[łøæ]").exists()


def test_what_was_stopped_half_way_goes_on(firm: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MIGRATION, "WRITE", MIGRATION.WRITE.replace("2000", "1"))
    original, turns = MIGRATION.inside, []

    def stopped(*given: object) -> object:
        turns.append(given)
        if len(turns) == 5:
            raise KeyboardInterrupt
        return original(*given)

    monkeypatch.setattr(MIGRATION, "inside", stopped)
    with pytest.raises(KeyboardInterrupt):
        fill()
    assert found(firm, "smorrebrod") | found(firm, "lodzi") == {"Mail 0", "Mail 1"}
    with tenancy.entered(firm.pk):
        assert Message.objects.of(firm).count() == len(TEXTS)
        assert Word.objects.of(firm).filter(word__regex="[łøæ]").exists()
    monkeypatch.setattr(MIGRATION, "inside", original)
    fill()
    assert found(firm, "saeby") == {"Mail 1"}
    with tenancy.entered(firm.pk):
        assert not Word.objects.of(firm).filter(word__regex="[łøæ]").exists()
