"""Show how a file is read: who wrote, what it says, what is attached.

In:    the kind of file (mail) and files
Out:   per file one JSON object on one line (--json), or the same for people
Touch: nothing but those files; no database, no settings
"""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from threadwell.channels.email.facts import Fact, facts
from threadwell.channels.email.read import letter


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("what", choices=["mail"], help="the kind of file")
    parser.add_argument("files", nargs="+", metavar="FILE", help="mails as they came over the wire (.eml)")
    parser.add_argument("--json", action="store_true", help="one JSON object per file and line")


def run(args: Namespace) -> int:
    status = 0
    for file in args.files:
        try:
            raw = Path(file).read_bytes()
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or str(problem)
            print(f"threadwell inspect: {_printable(file)}: {reason}", file=sys.stderr)
            status = 1
            continue
        told: dict[str, Fact] = {"file": _printable(file), **facts(letter(raw))}
        sys.stdout.write((json.dumps(told, ensure_ascii=True) if args.json else _for_people(told)) + "\n")
    return status


def _printable(file: str) -> str:
    return file.encode("utf-8", "replace").decode("utf-8")


def _for_people(told: Mapping[str, Fact]) -> str:
    lines = [f"== {told['file']}"]
    for name, fact in told.items():
        if name in ("file", "text", "visible_text", "html") or not fact:
            continue
        shown = [_one(one) for one in fact] if isinstance(fact, list) else [str(fact)]
        lines.append(f"{name.replace('_', ' ') + ':':<14}{shown[0]}")
        lines += [f"{'':<14}{more}" for more in shown[1:]]
    lines += ["", str(told["text"]), ""]
    encoding = sys.stdout.encoding or "utf-8"
    return "\n".join(lines).encode(encoding, "replace").decode(encoding)


def _one(fact: str | Mapping[str, object]) -> str:
    if isinstance(fact, str):
        return fact
    if "email" in fact:
        return f"{fact['name']} <{fact['email']}>" if fact["name"] else str(fact["email"])
    if "filename" in fact:
        place = "inline, " if fact["inline"] else ""
        return f"{fact['filename']} ({place}{fact['content_type']}, {fact['size']} bytes)"
    hardness = "for good" if fact.get("hard") else "for now"
    return f"{fact.get('recipient')}: {fact.get('reason')} {fact.get('status')} ({hardness})"
