"""The key that secrets are sealed with is changed while all runs, and the old one can be dropped."""

import ast
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.apps import apps
from django.db import connection, models

from tests import cast
from tests.house import tree
from threadwell.config import home
from threadwell.config.commands import secrets as command
from threadwell.flow import joining, resealing
from threadwell.flow.notified import posting
from threadwell.kit import secrets, tenancy
from threadwell.kit.tenancy import Owned
from threadwell.record.inboxes.models import Inbox
from threadwell.record.notices.models import NoticeWay, PushKey
from threadwell.record.workplace.models import Agent
from threadwell.record.workplace.roles import Role

ROTATE, RESUME, DROP = (
    Namespace(step="rotate", resume=False),
    Namespace(step="rotate", resume=True),
    Namespace(step="drop"),
)


@pytest.fixture
def ring(tmp_path: Path, settings: Any) -> Path:
    """A ring of our own, in a data folder."""
    home.prepare(tmp_path)
    settings.HOME, settings.SECRET_RING_FILE = tmp_path, tmp_path / "keys" / "ring"
    file: Path = settings.SECRET_RING_FILE
    return file


@pytest.fixture
def owner(ring: Path, db: None) -> Agent:
    """A firm with one secret of every kind."""
    workspace = cast.a_workspace()
    owner = cast.an_agent(workspace, name="Olga", role=Role.OWNER)
    with tenancy.entered(workspace.pk):
        inbox = Inbox(workspace=workspace, name="Help", address="help@firm.example")
        inbox.secrets = {"password": "swordfish"}
        inbox.save()
        Inbox.objects.create(workspace=workspace, name="Bare", address="bare@firm.example")
        NoticeWay.to({"url": "json://x"}, workspace=workspace, agent=owner, by="chat", label="x").save()
        posting.new_key(workspace).save()
        joining.invite("new@firm.example", role=Role.AGENT, teams=[], by=owner)
    TOTP.activate(owner.user, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(owner.user)
    return owner


def boxes(owner: Agent) -> Iterator[bytes]:
    with tenancy.entered(owner.workspace_id):
        for model, column in resealing.BOXES:
            for box in model.objects.of(owner.workspace_id).values_list(column, flat=True):
                if bytes(box):
                    yield bytes(box)
    for one in Authenticator.objects.all():
        for name in ("secret", "seed"):
            if name in one.data:
                yield one.data[name].encode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'box' FROM procrastinate_jobs WHERE jsonb_exists(args, 'box')")
        yield from (box.encode() for (box,) in cursor.fetchall())


def opens_with(key: str, owner: Agent) -> list[bool]:
    def opens(box: bytes) -> bool:
        try:
            Fernet(key).decrypt(box)
        except Exception:
            return False
        return True

    return [opens(box) for box in boxes(owner)]


def test_everything_is_sealed_anew_and_the_old_key_can_go(owner: Agent, ring: Path) -> None:
    [old] = ring.read_text().split()
    assert opens_with(old, owner) == [True] * 6
    assert command.run(ROTATE) == 0
    new, kept = ring.read_text().split()
    assert kept == old
    assert opens_with(new, owner) == [True] * 6
    assert opens_with(old, owner) == [False] * 6
    assert command.run(DROP) == 0
    assert ring.read_text().split() == [new]
    with tenancy.entered(owner.workspace_id):
        inbox = Inbox.objects.of(owner.workspace_id).get(name="Help")
        assert inbox.secrets == {"password": "swordfish"}
        assert "BEGIN" in PushKey.objects.of(owner.workspace_id).get().pem
        assert NoticeWay.objects.of(owner.workspace_id).get().address == {"url": "json://x"}
    seed = Authenticator.objects.get(user=owner.user, type="totp").wrap()
    assert secrets.opened(seed.instance.data["secret"].encode()) == "JBSWY3DPEHPK3PXP"


def test_a_rotation_that_was_stopped_goes_on(
    owner: Agent, ring: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_tally: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(resealing, "_jobs", stopped)
        with pytest.raises(KeyboardInterrupt):
            command.run(ROTATE)
    new, old = ring.read_text().split()
    assert True in opens_with(old, owner)
    assert command.run(RESUME) == 0
    assert ring.read_text().split() == [new, old]
    assert opens_with(new, owner) == [True] * 6


def test_nothing_is_dropped_while_something_would_be_lost(
    owner: Agent, ring: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tenancy.entered(owner.workspace_id):
        foreign = Fernet(Fernet.generate_key()).encrypt(b"{}")
        Inbox.objects.of(owner.workspace_id).filter(name="Help").update(sealed_secrets=foreign)
    assert command.run(ROTATE) == 1
    assert command.run(DROP) == 1
    assert len(ring.read_text().split()) == 2
    assert "inboxes.Inbox" in capsys.readouterr().err


def test_a_running_process_takes_up_the_new_ring(owner: Agent, ring: Path, settings: Any) -> None:
    before = secrets.sealed("x")
    home.put_key(settings.HOME, "ring", f"{home.new_ring_key()}\n{ring.read_text()}")
    assert secrets.opened(before) == "x"
    assert not secrets.is_newest(before)
    assert secrets.is_newest(secrets.sealed("x"))


def test_a_ring_of_the_environment_is_not_written(
    owner: Agent, ring: Path, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    [old] = ring.read_text().split()
    new = Fernet.generate_key().decode()
    settings.SECRET_RING_FILE, settings.SECRET_RING = None, (new, old)
    assert command.run(ROTATE) == 0
    assert opens_with(new, owner) == [True] * 6
    assert command.run(DROP) == 2
    assert "THREADWELL_SECRET_RING" in capsys.readouterr().err


def test_a_seed_that_lay_open_is_sealed(owner: Agent, ring: Path) -> None:
    one = Authenticator.objects.get(user=owner.user, type="totp")
    one.data["secret"] = "JBSWY3DPEHPK3PXP"
    one.save()
    assert one.wrap().validate_code("000000") in (True, False)
    command.run(ROTATE)
    one.refresh_from_db()
    assert secrets.is_box(one.data["secret"])


def test_every_column_with_a_box_is_known() -> None:
    named = {(model, column) for model, column in resealing.BOXES}
    binary = {
        (model, field.name)
        for model in apps.get_models()
        if issubclass(model, Owned)
        for field in model._meta.local_fields
        if isinstance(field, models.BinaryField) and ("box" in field.name or "sealed" in field.name)
    }
    assert binary == named


def test_everybody_who_seals_is_known() -> None:
    """A new place that seals must be sealed anew, too: say so in flow/resealing.py, then here."""
    known = {
        "threadwell/flow/joining.py",
        "threadwell/flow/notified/posting.py",
        "threadwell/flow/resealing.py",
        "threadwell/interfaces/web/second_factors.py",
        "threadwell/record/inboxes/models.py",
        "threadwell/record/notices/ways.py",
    }
    sealing = {
        module.name
        for module in tree.modules()
        if module.name != "threadwell/kit/secrets.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"sealed", "sealed_facts", "resealed"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "secrets"
    }
    assert sealing == known
