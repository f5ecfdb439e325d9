"""What a clone installs: locked, with hashes, from wherever the user's index is."""

import re
import subprocess
import tomllib

import pytest

from tests.house.tree import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
GROUPS = PROJECT["dependency-groups"]


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        ("requirements.lock", [*PROJECT["project"]["dependencies"], *GROUPS["build"]]),
        ("requirements-dev.lock", [*PROJECT["project"]["dependencies"], *GROUPS["build"], *GROUPS["dev"]]),
        ("requirements-tools.lock", GROUPS["tools"]),
    ],
)
def test_everything_wanted_is_locked(file: str, wanted: list[str]) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    locked = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
    names = {re.split(r"[\[<>=; ]", line, maxsplit=1)[0].lower() for line in wanted}
    assert sorted(names - locked) == [], "run bin/lock"
    assert re.findall(r"^[a-z0-9-]+==[^\\\n]*$", text, re.MULTILINE) == [], "something has no hash"
    assert "://" not in text


def test_both_locks_agree() -> None:
    pinned = [
        dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE))
        for file in ("requirements.lock", "requirements-dev.lock")
    ]
    assert pinned[0].items() <= pinned[1].items()


@pytest.mark.parametrize("name", ["setup", "up", "test", "lint", "lock", "docs", "torture", "fuzz"])
def test_program_for_the_shell_is_sound(name: str) -> None:
    path = ROOT / "bin" / name
    assert path.stat().st_mode & 0o111
    assert subprocess.run(["/bin/sh", "-n", path], check=False).returncode == 0
