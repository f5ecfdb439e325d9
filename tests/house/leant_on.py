"""Leant on: what our packages may do to us: licences, unsafe code of our own, holes that are known.

In:    the locked requirements, the packages that are installed, the sources
Out:   a line for each finding; status 1 when something must be mended
Touch: asks a service for known holes; says plainly when it could not be asked

bandit stands beside ruff's rules of the same origin (S): it knows some that ruff has not taken over, and it
follows values (B703). A line whose `noqa` names the rule that both have was looked at by a person. Its
findings of low severity are ruff's matter.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import metadata

from tests.house.tree import ROOT

#: Licences under which something may be part of a work under AGPL-3.0-or-later.
FITTING = re.compile(
    r"(0BSD|AGPL-3\.0(-or-later|-only)?|Apache(-2\.0| 2\.0| License.*| Software License)|BSD.*|CC0-1\.0"
    r"|GPL-3\.0(-or-later|-only)?|GNU (Lesser|Library) .*|LGPL.*|GPL-2\.0-or-later|HPND|ISC.*|MIT.*"
    r"|MPL[- ]2\.0.*|Mozilla Public License 2\.0.*|PSF-2\.0|Python Software Foundation License|PostgreSQL"
    r"|Public Domain"
    r"|Unicode-3\.0|Unlicense|The Unlicense.*|Zlib|ZPL-2\.1|Zope Public License|WTFPL)",
    re.IGNORECASE,
)
#: Packages whose words about their licence say less than their file does, each with what the file says.
SAID_ELSEWHERE = {
    "imapclient": "BSD-3-Clause",
    "qrcode": "BSD-3-Clause AND MIT",  # what it grew from is under MIT
}
#: What ruff calls a rule whose number is another.
SAME_AS = {"B703": "S308"}
_JOINED = re.compile(r"\s+(?:AND|and|WITH)\s+|\s*[/;]\s*")


def locked() -> list[str]:
    """What an installation gets."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return sorted(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))


def licence_of(name: str) -> str | None:
    """What the package says its licence is; nothing when it is not installed on this system."""
    try:
        told = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    classified = [
        one.rpartition(" :: ")[2]
        for one in told.get_all("Classifier") or []
        if one.startswith("License :: ") and one != "License :: OSI Approved"
    ]
    plain = (told.get("License") or "").strip().split("\n", 1)[0]
    return SAID_ELSEWHERE.get(name) or told.get("License-Expression") or " AND ".join(classified) or plain


def fits(licence: str) -> bool:
    """Of several that must all be kept, each fits; of several to choose from, one does."""
    choices = re.split(r"\s+OR\s+", licence.strip("()"))
    return any(
        all(FITTING.fullmatch(part.strip("() ")) for part in _JOINED.split(one) if part) for one in choices
    )


def licences() -> Iterator[str]:
    for name in locked():
        licence = licence_of(name)
        if licence is None:
            print(f"licences: {name} is not for this system, and was not looked at")
        elif not licence or not fits(licence):
            yield f"licences: {name} says {licence or 'nothing'!r}: does that fit to AGPL-3.0-or-later?"


def unsafe() -> Iterator[str]:
    # B308 is B703 without looking at the values: it blames texts of our own.
    done = _run("bandit", "-q", "-r", "src", "-ll", "-ii", "-s", "B308", "-f", "json")
    told = json.loads(done.stdout)
    for one in told["results"]:
        line = (ROOT / one["filename"]).read_text(encoding="utf-8").splitlines()[one["line_number"] - 1]
        if f"noqa: {SAME_AS.get(one['test_id'], one['test_id'].replace('B', 'S'))}" not in line:
            yield f"bandit: {one['filename']}:{one['line_number']} {one['test_id']} {one['issue_text']}"
    for one in told["errors"]:
        yield f"bandit: could not read {one}"


def holes() -> Iterator[str]:
    """Known ones in what is locked. What was not looked up is never taken for sound."""
    done = _run(
        *("pip_audit", "-r", "requirements.lock", "--disable-pip", "--require-hashes", "--no-deps"),
        *("--progress-spinner", "off", "-f", "json"),
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        yield from not_asked(f"the service did not answer ({last_line(done.stderr)})")
        return
    for one in packages:
        for hole in one.get("vulns", []):
            mended = ", ".join(hole["fix_versions"]) or "no version yet"
            yield f"pip-audit: {one['name']} {one['version']} has {hole['id']}, mended in {mended}"
    if skipped := [one["name"] for one in packages if "skip_reason" in one]:
        yield from not_asked(f"the service knew nothing of {len(skipped)} of {len(packages)} packages")


def not_asked(why: str) -> Iterator[str]:
    """A warning at home; a fault where one must be sure."""
    sentence = f"pip-audit: KNOWN HOLES WERE NOT CHECKED: {why}"
    if os.environ.get("THREADWELL_LINT") == "strict":
        yield sentence
    else:
        print(f"{sentence}. With THREADWELL_LINT=strict this fails.")


def last_line(text: str) -> str:
    return ([line for line in text.splitlines() if line.strip()] or ["it said nothing"])[-1].strip()[:200]


def _run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def main() -> int:
    found = [*licences(), *unsafe(), *holes()]
    for one in found:
        print(one)
    print(f"{len(locked())} packages, their licences and our own code looked at: {len(found)} to mend")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
