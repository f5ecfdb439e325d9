"""Buckets: blobs in a storage that speaks S3: Amazon's, or one of one's own such as Garage, Ceph or MinIO.

In:    ``s3://bucket/prefix?endpoint=https://...&region=...``; who we are, as boto3 looks for it
Out:   a store (kit/stores.py)
Touch: the bucket

It needs boto3: ``pip install threadwell[s3]``.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from threadwell.kit.stores import Key, Missing, Unreachable, is_name

#: Seconds; and how often one call is tried. Whoever waits is a worker, which puts the mail off and goes on.
PATIENCE = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"max_attempts": 3, "mode": "standard"},
    max_pool_connections=32,
)
_GONE = frozenset({"404", "NoSuchKey", "NotFound"})
_AT_ONCE = 1000  #: keys that one call may delete


class Bucket:
    """One prefix of one bucket. Objects are whole or not there: that is what such a storage promises."""

    def __init__(self, place: str) -> None:
        parts = urlsplit(place)
        asked = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/".removeprefix("/")
        self._asked = {"endpoint_url": asked.get("endpoint"), "region_name": asked.get("region")}
        self._clients = threading.local()

    def has(self, key: Key) -> bool:
        try:
            with self._answering():
                self._client.head_object(Bucket=self._bucket, Key=self._prefix + key.path)
        except Missing:
            return False
        return True

    def put(self, key: Key, packed: bytes) -> None:
        with self._answering():
            self._client.put_object(Bucket=self._bucket, Key=self._prefix + key.path, Body=packed)

    def get(self, key: Key) -> bytes:
        with self._answering():
            found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + key.path)
            packed: bytes = found["Body"].read()
            return packed

    def drop(self, key: Key) -> None:
        with self._answering():
            self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key.path)

    def drop_all(self, workspace: str) -> None:
        names = [key.path for key in self._held(f"{self._prefix}{workspace}/")]
        for begin in range(0, len(names), _AT_ONCE):
            objects = [{"Key": self._prefix + name} for name in names[begin : begin + _AT_ONCE]]
            with self._answering():
                self._client.delete_objects(Bucket=self._bucket, Delete={"Objects": objects, "Quiet": True})

    def held(self) -> Iterator[Key]:
        return self._held(self._prefix)

    def _held(self, prefix: str) -> Iterator[Key]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with self._answering():
            for page in pages:
                for found in page.get("Contents", ()):
                    parts = str(found["Key"]).removeprefix(self._prefix).split("/")
                    if len(parts) == 4 and is_name(parts[-1]):
                        yield Key(parts[0], parts[-1])

    @property
    def _client(self) -> Any:
        # Making one is slow, and making two at the same time is not safe.
        if not hasattr(self._clients, "one"):
            self._clients.one = boto3.session.Session().client("s3", config=PATIENCE, **self._asked)
        return self._clients.one

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except ClientError as refusal:
            code = str(refusal.response.get("Error", {}).get("Code", ""))
            if code in _GONE:
                raise Missing("no blob under that name") from None
            raise Unreachable(f"the bucket {self._bucket} refuses: {refusal}") from refusal
        except BotoCoreError as silence:
            raise Unreachable(f"the bucket {self._bucket} does not answer: {silence}") from silence
