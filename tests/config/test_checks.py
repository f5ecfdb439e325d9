"""The doctor: what it looks at, and that every complaint comes with a way to mend it."""

import socket
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings

from tests import cast
from tests.conftest import as_application, as_owner, url
from tests.standby import Standby
from threadwell.config import checks, databases, home, options, postgres
from threadwell.kit import clock, tenancy


def told(findings: Iterable[checks.Finding]) -> dict[str, str]:
    found = list(findings)
    assert all(bool(finding.mend) == (finding.level is not checks.Level.OK) for finding in found)
    return {finding.what: finding.level.value for finding in found}


def test_sound_database_is_told_so(db: None) -> None:
    with as_application() as connection:
        findings = told(checks.of_database(connection, settings.INSTALLED_APPS))
    assert set(findings.values()) == {"ok"}
    assert "row-level security binds our role" in findings


def test_role_that_walks_around_the_walls_is_told(db: None) -> None:
    with psycopg.connect(url(settings.DATABASES["default"]["NAME"]), autocommit=True) as connection:
        findings = told(checks.of_database(connection, settings.INSTALLED_APPS))
    owner = databases.address(settings.OPTIONS, as_owner=True).user
    assert findings[f"the role {owner} walks around row-level security"] == "warn"


def test_table_without_a_wall_is_told(db: None) -> None:
    name = settings.DATABASES["default"]["NAME"]
    with as_owner(name) as owner:
        owner.execute("CREATE TABLE wide_open (workspace_id uuid)")
        try:
            findings = told(checks.of_database(owner, settings.INSTALLED_APPS))
        finally:
            owner.execute("DROP TABLE wide_open")
    assert findings["no wall between workspaces in: wide_open"] == "fail"


def test_tables_that_are_behind_are_told(db: None) -> None:
    with as_application() as connection:
        findings = told(checks.of_database(connection, [*settings.INSTALLED_APPS, "django.contrib.sites"]))
    assert findings["the tables are not up to date"] == "fail"


def of_replica(folder: Path, *, wait: int = 20) -> dict[str, str]:
    name = settings.DATABASES["default"]["NAME"]
    ours = url(name, as_owner=False)
    there = f"postgresql://{postgres.APPLICATION}@/{name}?host={folder}&port={postgres.PORT}"
    said = {"DATABASE_URL": ours, "DATABASE_REPLICA_URL": there, "THREADWELL_REPLICA_WAIT": str(wait)}
    with as_application() as connection:
        return told(checks.of_replica(options.chosen(said), connection))


def test_replica_is_asked_how_late_it_is(follower: Standby, db: None) -> None:
    with as_owner(settings.DATABASES["default"]["NAME"]) as owner:
        findings = of_replica(follower.folder)
        assert [level for what, level in findings.items() if "had everything after" in what] == ["ok"]
        assert findings["the replica may break off long reports"] == "warn"
        with follower.held_up():
            owner.execute("SELECT pg_logical_emit_message(false, 'tests', 'something more', true)")
            late = of_replica(follower.folder, wait=0)
        assert [level for what, level in late.items() if "MiB behind after 0 seconds" in what] == ["warn"]


def test_replica_that_is_away_is_told(db: None, tmp_path: Path) -> None:
    [(what, level)] = of_replica(tmp_path).items()
    assert "the replica does not answer" in what
    assert level == "warn"


def test_replica_that_is_none_is_told(db: None, embedded: None) -> None:
    none = of_replica(postgres.socket_folder(settings.HOME))
    assert list(none.values()) == ["fail"]


def test_without_a_replica_nothing_is_said(db: None) -> None:
    with as_application() as connection:
        assert told(checks.of_replica(options.chosen({}), connection)) == {}


def test_missing_worker_is_told(db: None) -> None:
    with as_application() as connection:
        assert "warn" in told(checks.of_jobs(connection)).values()


@pytest.mark.django_db(transaction=True)
def test_an_inbox_that_does_not_work_is_told() -> None:
    inbox = cast.an_inbox(cast.a_workspace())
    with tenancy.entered(inbox.workspace_id):
        inbox.cannot_send("Nobody listens there.")
    with as_application() as connection:
        findings = told(checks.of_inboxes(connection))
    assert [level for what, level in findings.items() if "Nobody listens there." in what] == ["warn"]


def test_key_that_others_may_read_is_told(tmp_path: Path) -> None:
    home.prepare(tmp_path)
    options = {"THREADWELL_HOME": tmp_path}
    assert set(told(checks.of_home(options)).values()) == {"ok"}
    (tmp_path / "keys" / "ring").chmod(0o644)
    assert "fail" in told(checks.of_home(options)).values()


@pytest.mark.parametrize(("reserve", "level"), [(0, "ok"), (10**9, "fail")])
def test_room_on_the_disk_is_told(reserve: int, level: str) -> None:
    assert list(told(checks.of_disk({"THREADWELL_DISK_RESERVE": reserve})).values()) == [level]


def test_doors_are_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        options: dict[str, Any] = {
            "THREADWELL_HOST": "127.0.0.1",
            "THREADWELL_PORT": door.getsockname()[1],
            "THREADWELL_GATEWAY_HOST": "127.0.0.1",
            "THREADWELL_SMTP_PORT": 1,
            "THREADWELL_LMTP_PORT": 0,
        }
        assert list(told(checks.of_doors(options)).values()) == ["ok", "warn", "ok"]


@pytest.mark.parametrize(("days", "level"), [(90, "ok"), (5, "warn"), (-1, "fail"), (None, "fail")])
def test_end_of_the_certificate_is_told_in_time(tmp_path: Path, days: int | None, level: str) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    if days is not None:
        write_certificate(chain, key, days=days)
    options = {"THREADWELL_GATEWAY_CERTIFICATE": chain, "THREADWELL_GATEWAY_CERTIFICATE_KEY": key}
    assert list(told(checks.of_certificate(options)).values()) == [level]


def write_certificate(chain: Path, key: Path, *, days: int) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "desk.example.org")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.now() - timedelta(days=30))
        .not_valid_after(clock.now() + timedelta(days=days))
        .sign(private, hashes.SHA256())
    )
    chain.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
