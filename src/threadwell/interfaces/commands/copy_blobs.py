"""Copy the files of messages from one place to another: from a folder into a bucket, or back.

In:    two places, written as THREADWELL_BLOBS writes them
Out:   how many were copied, how many were there already; status 1 when one is damaged
Touch: the second place; nothing is taken from the first. Doing it again copies what has come since
"""

import hashlib
import sys
from argparse import ArgumentParser, Namespace

import zstandard

from threadwell.kit import blobs


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("source", metavar="FROM", help="a folder, or s3://bucket/prefix?endpoint=...")
    parser.add_argument("target", metavar="TO", help="the same, for where they shall be")


def run(arguments: Namespace) -> int:
    source, target = blobs.at(arguments.source), blobs.at(arguments.target)
    copied = there = 0
    damaged: list[blobs.Key] = []
    for key in source.held():
        if target.has(key):
            there += 1
            continue
        packed = source.get(key)
        if not _is_whole(key, packed):
            damaged.append(key)
            continue
        target.put(key, packed)
        copied += 1
    print(f"copied {copied}, there already {there}, damaged {len(damaged)}")
    for key in damaged:
        print(f"  {key.path}", file=sys.stderr)
    return 1 if damaged else 0


def _is_whole(key: blobs.Key, packed: bytes) -> bool:
    try:
        return hashlib.sha256(zstandard.ZstdDecompressor().decompress(packed)).hexdigest() == key.name
    except zstandard.ZstdError:
        return False
