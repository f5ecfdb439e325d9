"""Blobs in a folder and in a bucket: kept whole, found again, listed in order; what is away is told apart."""

import hashlib
import socket
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import boto3
import pytest
import zstandard
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from tests import cast
from tests.operations.place import letter
from threadwell.config import reading
from threadwell.flow.arrive import capture
from threadwell.interfaces.commands import copy_blobs
from threadwell.kit import blobs, ids, tenancy
from threadwell.kit.stores import Key, Missing, Unreachable
from threadwell.record.inboxes.models import Delivery
from threadwell.record.workplace.models import Workspace

FIRM, OTHER = (str(UUID(int=number)) for number in (1, 2))
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A storage that speaks S3, on a port of this machine."""
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield f"http://{host}:{port}"
    running.stop()


@pytest.fixture
def bucket(server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    name = f"desk-{ids.new().hex[-12:]}"
    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
    client.create_bucket(Bucket=name)
    client.close()
    return f"s3://{name}/files?endpoint={server}&region=us-east-1"


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(tmp_path) if request.param == "folder" else request.getfixturevalue("bucket")


@pytest.fixture
def nowhere() -> str:
    """A bucket on a port where nobody listens."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return f"s3://desk?endpoint=http://127.0.0.1:{door.getsockname()[1]}&region=us-east-1"


def packed(content: bytes, workspace: str = FIRM) -> tuple[Key, bytes]:
    return Key(workspace, hashlib.sha256(content).hexdigest()), zstandard.compress(content)


def test_what_is_put_is_had_again_and_twice_is_once(place: str) -> None:
    store = blobs.at(place)
    key, content = packed(b"a plan of the gate")
    assert not store.has(key)
    with pytest.raises(Missing):
        store.get(key)
    store.put(key, content)
    store.put(key, content)
    assert store.has(key)
    assert store.get(key) == content
    assert list(store.held()) == [key]


def test_everything_is_listed_in_the_order_of_its_names(place: str) -> None:
    store = blobs.at(place)
    held = [
        packed(f"file {number}".encode(), workspace) for number in range(40) for workspace in (OTHER, FIRM)
    ]
    for key, content in held:
        store.put(key, content)
    assert list(store.held()) == sorted(key for key, _ in held)


def test_one_goes_or_all_of_a_workspace(place: str) -> None:
    store = blobs.at(place)
    first, second, theirs = packed(b"one"), packed(b"two"), packed(b"one", OTHER)
    for key, content in (first, second, theirs):
        store.put(key, content)
    store.drop(first[0])
    store.drop(first[0])
    assert list(store.held()) == [second[0], theirs[0]]
    store.drop_all(FIRM)
    assert list(store.held()) == [theirs[0]]


def test_kept_bytes_are_read_again(settings: Settings, bucket: str) -> None:
    settings.BLOB_BUCKET = bucket
    firm = ids.new()
    name = blobs.keep(firm, b"hello" * 1000)
    assert blobs.read(firm, name) == b"hello" * 1000
    with pytest.raises(Missing):
        blobs.read(ids.new(), name)
    blobs.forget_all(firm)
    with pytest.raises(Missing):
        blobs.read(firm, name)


def test_storage_that_is_away_is_not_a_file_that_is_missing(bucket: str, nowhere: str) -> None:
    key, content = packed(b"content")
    store = blobs.at(nowhere)
    for attempt in (
        lambda: store.has(key),
        lambda: store.get(key),
        lambda: store.put(key, content),
        lambda: list(store.held()),
    ):
        with pytest.raises(Unreachable):
            attempt()
    with pytest.raises(Unreachable):
        blobs.at(bucket.replace("s3://desk-", "s3://other-")).put(key, content)


def test_files_move_into_a_bucket_and_back(
    tmp_path: Path, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    here, back = tmp_path / "here", tmp_path / "back"
    for number in range(25):
        blobs.at(str(here)).put(*packed(f"file {number}".encode()))
    assert copied(str(here), bucket) == 0
    assert copied(str(here), bucket) == 0
    assert copied(bucket, str(back)) == 0
    assert capsys.readouterr().out.splitlines() == [
        "copied 25, there already 0, damaged 0",
        "copied 0, there already 25, damaged 0",
        "copied 25, there already 0, damaged 0",
    ]
    files = [path.relative_to(here) for path in here.rglob("*") if path.is_file()]
    assert len(files) == 25
    assert all((here / path).read_bytes() == (back / path).read_bytes() for path in files)


def test_damaged_file_is_told_and_not_copied(
    tmp_path: Path, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key, _ = packed(b"as it was")
    blobs.at(str(tmp_path)).put(key, zstandard.compress(b"as it is"))
    assert copied(str(tmp_path), bucket) == 1
    assert key.name in capsys.readouterr().err
    assert list(blobs.at(bucket).held()) == []


def copied(source: str, target: str) -> int:
    return copy_blobs.run(Namespace(source=source, target=target))


def delivery(workspace: Workspace) -> Delivery:
    with tenancy.entered(workspace.pk):
        found: Delivery = Delivery.objects.of(workspace).get()
    return found


@pytest.mark.django_db(transaction=True)
def test_mail_is_put_off_while_the_bucket_is_away_and_read_when_it_is_back(
    settings: Settings, bucket: str, nowhere: str
) -> None:
    workspace = cast.a_workspace()
    inbox = cast.an_inbox(workspace)
    settings.BLOB_BUCKET = nowhere
    cast.arrives(inbox, letter(1).as_bytes())
    for _ in range(capture.ATTEMPTS + 2):
        cast.all_read(workspace)
        held = delivery(workspace)
        assert (held.state, held.attempts) == ("waiting", 0)
        assert "does not answer" in held.because
        with tenancy.entered(workspace.pk):
            Delivery.objects.of(workspace).update(leased_until=None)
    settings.BLOB_BUCKET = bucket
    cast.all_read(workspace)
    assert delivery(workspace).state == "read"
    assert len(list(blobs.at(bucket).held())) == 1


@pytest.mark.parametrize(
    "written", ["s3://", "s3:///prefix", "s3://desk?endpoint", "s3://desk?key=secret"], ids=str
)
def test_bucket_that_cannot_be_meant_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"s3|bad query"):
        reading.place_of_blobs(written)


def test_folder_stays_a_folder() -> None:
    assert reading.place_of_blobs("/srv/files") == Path("/srv/files")
    assert reading.place_of_blobs("s3://desk/files") == "s3://desk/files"
