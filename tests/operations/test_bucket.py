"""A backup takes files out of a bucket into its one file, a restore puts them into one: each compared."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import zstandard
from moto.server import ThreadedMotoServer

from tests.kit.test_blobs import CREDENTIALS
from tests.operations.conftest import Settle
from tests.operations.place import Place, Postman
from tests.patience import eventually
from threadwell.config import postgres

MAILS = 25


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield f"http://{host}:{port}"
    running.stop()


def a_bucket(server: str, name: str) -> str:
    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
    client.create_bucket(Bucket=name)
    client.close()
    return f"s3://{name}/files?endpoint={server}&region=us-east-1"


def objects(server: str, name: str) -> dict[str, str]:
    """Every blob of a bucket by its place, with the sum of its content."""
    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
    found = {}
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=name):
        for one in page.get("Contents", ()):
            packed = client.get_object(Bucket=name, Key=one["Key"])["Body"].read()
            key = str(one["Key"]).removeprefix("files/")
            found[key] = hashlib.sha256(zstandard.decompress(packed)).hexdigest()
    client.close()
    return found


@pytest.fixture(scope="module")
def place(server: str, tmp_path_factory: pytest.TempPathFactory, settled: Settle) -> Iterator[Place]:
    """A firm whose files lie in a bucket, and to which mails came."""
    place = settled(tmp_path_factory.mktemp("desk"))
    place.environment["THREADWELL_BLOBS"] = a_bucket(server, "first")
    place.start("up", "--quiet")
    try:
        eventually(place.takes_mail, told=place.told)
        postman = Postman(place.smtp, most=MAILS)
        postman.start()
        postman.join()
        eventually(
            lambda: place.ask("SELECT count(*) FROM inboxes_delivery WHERE state = 'read'") == [(MAILS,)],
            told=place.told,
        )
    finally:
        place.stop()
    with postgres.running(place.home):
        yield place


def elsewhere(home: Path, blobs: str) -> Place:
    made = Place.in_folder(home, **CREDENTIALS, **({"THREADWELL_BLOBS": blobs} if blobs else {}))
    made.home.mkdir()
    return made


def test_out_of_a_bucket_into_another_and_into_a_folder(place: Place, server: str, tmp_path: Path) -> None:
    held = objects(server, "first")
    assert len(held) == MAILS
    assert all(key.endswith(name) for key, name in held.items())
    assert not (place.home / "blobs").exists()
    file = tmp_path / "desk.backup"
    assert f"{MAILS} files" in place.run("backup", str(file), "--verify")
    other, folder = elsewhere(tmp_path / "o", a_bucket(server, "second")), elsewhere(tmp_path / "f", "")
    with postgres.running(other.home), postgres.running(folder.home):
        for one in (other, folder):
            one.run("restore", str(file))
            assert one.tables() == place.tables()
        assert objects(server, "second") == held
        assert folder.blobs() == held
        assert not (other.home / "blobs").exists()


def test_what_is_replaced_leaves_nothing_in_the_bucket(place: Place, server: str, tmp_path: Path) -> None:
    file, third = tmp_path / "desk.backup", a_bucket(server, "third")
    place.run("backup", str(file))
    other = elsewhere(tmp_path / "o", third)
    client = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
    with postgres.running(other.home):
        other.run("restore", str(file))
        stray = f"files/0198/aa/aa/{'a' * 64}"
        client.put_object(Bucket="third", Key=stray, Body=zstandard.compress(b"left over"))
        other.run("restore", str(file), "--replace")
    client.close()
    assert objects(server, "third") == objects(server, "first")


def test_files_that_the_bucket_lost_are_told(place: Place, server: str, tmp_path: Path) -> None:
    file, fourth = tmp_path / "desk.backup", a_bucket(server, "fourth")
    place.run("backup", str(file))
    other = elsewhere(tmp_path / "o", fourth)
    with postgres.running(other.home):
        other.run("restore", str(file))
        client = boto3.client("s3", endpoint_url=server, region_name="us-east-1")
        client.delete_object(Bucket="fourth", Key=f"files/{sorted(objects(server, 'fourth'))[3]}")
        client.close()
        assert "1 files" in other.run("backup", str(tmp_path / "without.backup"), fails=True)


def test_a_bucket_that_is_away_ends_the_backup_with_a_sentence(place: Place, tmp_path: Path) -> None:
    told = place.run(
        "backup",
        str(tmp_path / "none.backup"),
        fails=True,
        THREADWELL_BLOBS="s3://first/files?endpoint=http://127.0.0.1:9&region=us-east-1",
    )
    assert "does not answer" in told
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []
