"""The command takes tables in as the pages do."""

from argparse import ArgumentParser
from pathlib import Path

import pytest
from django.conf import LazySettings

from tests import cast
from threadwell.interfaces.commands import import_records
from threadwell.kit import tenancy
from threadwell.record.imports.models import RecordImport
from threadwell.record.people.models import Contact
from threadwell.record.workplace.models import Workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: LazySettings) -> Path:
    settings.HOME = tmp_path / "home"
    return tmp_path


@pytest.fixture
def firm() -> Workspace:
    return cast.a_workspace()


def run(firm: Workspace, *words: str) -> int:
    parser = ArgumentParser()
    import_records.configure(parser)
    return import_records.run(parser.parse_args([*words, "--workspace", firm.slug]))


def test_a_table_is_checked_taken_in_and_taken_back(
    firm: Workspace, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, refused = home / "people.csv", home / "refused.csv"
    table.write_text("Mail,Rufname\nada@x.example,Ada\nnobody,Bob\n", encoding="utf-8")
    asked = ["contacts", str(table), "--map", "Rufname=name", "--system", "crm", "--refused", str(refused)]
    assert run(firm, *asked, "--dry-run") == 1
    assert "would be new 1" in capsys.readouterr().out
    with tenancy.entered(firm.pk):
        assert not Contact.objects.of(firm).exists()
    assert run(firm, *asked) == 1
    assert "line 3, Mail" in capsys.readouterr().out
    assert "nobody" in refused.read_text(encoding="utf-8-sig")
    with tenancy.entered(firm.pk):
        assert Contact.objects.of(firm).get().name == "Ada"
        done = RecordImport.objects.of(firm).get(state="done")
    assert run(firm, "contacts", "--undo", str(done.pk)) == 0
    assert "taken back 1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["contacts", "/nowhere.csv"], "There is no file"),
        (["contacts", "--resume", "01a20184-3ef9-7659-8240-29409b73515d"], "There is no import"),
        (["contacts", "TABLE", "--map", "Shoe=name"], "There is no column"),
        (["contacts", "TABLE", "--map", "Mail=shoe"], "There is no field"),
        (["interactions", "TABLE", "--inbox", "x@y.example"], "There is no inbox"),
    ],
)
def test_what_cannot_be_done_is_said(
    firm: Workspace, home: Path, words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    table = home / "people.csv"
    table.write_text("Mail,Name\nada@x.example,Ada\n", encoding="utf-8")
    assert run(firm, *(str(table) if word == "TABLE" else word for word in words)) == 2
    assert why in capsys.readouterr().err
