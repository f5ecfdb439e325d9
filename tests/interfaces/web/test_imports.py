"""Imports: several files at once, taken in by the worker, with what was refused and why."""

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests import cast
from tests.interfaces.web.conftest import Browser, Seat
from threadwell.flow import importing
from threadwell.kit import tenancy
from threadwell.record.inboxes.models import Delivery, Inbox, MailImport
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role

BETWEEN = b"From ada@x.example Mon Feb  3 10:00:00 2020\n"


def a_letter(number: int) -> bytes:
    return (
        f"From: ada@customer.example\nMessage-ID: <{number}@x>\n"
        f"Date: Mon, 3 Feb 2020 10:00:0{number} +0100\nSubject: Old {number}\n\nHello\n"
    ).encode()


MBOX = BETWEEN + a_letter(1) + b"\n" + BETWEEN + a_letter(2)


@pytest.fixture
def inbox(firm: Workspace) -> Inbox:
    return cast.an_inbox(firm)


@pytest.fixture
def admin(seat: Seat, browser: Browser) -> Client:
    return browser(seat(Role.ADMIN, name="Cleo"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.HOME = tmp_path
    return tmp_path / "imports"


def files(**content: bytes) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name.replace("_", "."), raw) for name, raw in content.items()]


def uploaded(client: Client, firm: Workspace, inbox: Inbox, mail: list[SimpleUploadedFile]) -> MailImport:
    told = client.post(f"/w/{firm.slug}/settings/imports/", {"inbox": str(inbox.pk), "mail": mail})
    assert told.status_code == 303, told.content.decode()
    with tenancy.entered(firm.pk):
        found: MailImport = MailImport.objects.of(firm).order_by("-made_at").first()
    return found


def test_several_files_are_taken_in_and_the_page_tells_how_far_it_is(
    firm: Workspace, inbox: Inbox, admin: Client, folder: Path
) -> None:
    mail = files(
        old_mbox=MBOX,
        packed_mbox_gz=gzip.compress(MBOX),
        one_eml=a_letter(3),
        x_zip=b"PK\x03\x04.",
        e_eml=b"",
    )
    state = uploaded(admin, firm, inbox, mail)
    asks = f"/w/{firm.slug}/settings/imports/{state.pk}/"
    assert 'hx-trigger="every 2s"' in admin.get(asks, headers={"HX-Request": "true"}).content.decode()
    importing.take(workspace_id=str(firm.pk), import_id=str(state.pk))
    over = admin.get(asks, headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" not in over
    assert "3 taken in, 2 were here already, of 7" in over
    assert "Archives are not unpacked." in over
    assert "It is empty." in over
    assert not (folder / str(state.pk)).exists()
    with tenancy.entered(firm.pk):
        held = Delivery.objects.of(firm)
        assert held.count() == 3
        assert all(one.source_facts["imported"] for one in held)


def test_a_large_upload_is_moved_and_never_in_memory(
    firm: Workspace, inbox: Inbox, admin: Client, folder: Path, settings: Any
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    state = uploaded(admin, firm, inbox, files(old_mbox=MBOX))
    assert (folder / str(state.pk) / "0000" / "old.mbox").read_bytes() == MBOX


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", ".hidden", "tmp", "a/b\\c.eml", "x" * 300 + ".eml", "Ärger (2).eml"]
)
def test_no_name_leads_out_of_the_folder_or_hides_its_letter(
    firm: Workspace, inbox: Inbox, admin: Client, folder: Path, name: str
) -> None:
    state = uploaded(admin, firm, inbox, [SimpleUploadedFile(name, a_letter(1))])
    [place] = [path for path in folder.rglob("*") if path.is_file()]
    assert place.parent == folder / str(state.pk) / "0000"
    importing.take(workspace_id=str(firm.pk), import_id=str(state.pk))
    with tenancy.entered(firm.pk):
        assert Delivery.objects.of(firm).count() == 1


def test_a_full_disk_takes_nothing(
    firm: Workspace, inbox: Inbox, admin: Client, folder: Path, settings: Any
) -> None:
    settings.DISK_RESERVE = 1 << 60
    given = {"inbox": str(inbox.pk), "mail": files(one_eml=a_letter(1))}
    assert admin.post(f"/w/{firm.slug}/settings/imports/", given).status_code == 503
    assert not folder.exists()


def test_without_a_file_or_an_inbox_it_says_so(firm: Workspace, inbox: Inbox, admin: Client) -> None:
    imports = f"/w/{firm.slug}/settings/imports/"
    assert admin.post(imports, {"inbox": str(inbox.pk)}).status_code == 422
    assert admin.post(imports, {"inbox": "", "mail": files(one_eml=a_letter(1))}).status_code == 422


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.COLLABORATOR, Role.AUDITOR])
def test_only_those_who_manage_import(
    firm: Workspace, inbox: Inbox, seat: Seat, browser: Browser, role: Role
) -> None:
    client, imports = browser(seat(role)), f"/w/{firm.slug}/settings/imports/"
    assert client.get(imports).status_code == 403
    given = {"inbox": str(inbox.pk), "mail": files(one_eml=a_letter(1))}
    assert client.post(imports, given).status_code == 403


def test_imports_and_inboxes_of_another_workspace_are_out_of_reach(firm: Workspace, admin: Client) -> None:
    other = cast.a_workspace()
    theirs = cast.an_inbox(other, address="theirs@other.example")
    with tenancy.entered(other.pk):
        running = MailImport.objects.create(workspace=other, inbox=theirs, name="theirs.mbox")
    imports = f"/w/{firm.slug}/settings/imports/"
    assert "theirs" not in admin.get(imports).content.decode()
    assert admin.get(f"{imports}{running.pk}/").status_code == 404
    given = {"inbox": str(theirs.pk), "mail": files(one_eml=a_letter(1))}
    assert admin.post(imports, given).status_code == 422
