"""The `threadwell` command itself."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import threadwell
from threadwell.config import entry


def test_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        entry.main(["--version"])
    assert capsys.readouterr().out == f"threadwell {threadwell.__version__}\n"


def test_without_words_every_command_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert entry.main([]) == 0
    listed = capsys.readouterr().out
    for name in ("up", "web", "worker", "gateway", "migrate", "doctor", "manage", "inspect", "evaluate"):
        assert f"\n    {name} " in listed


def test_unknown_command_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        entry.main(["upp"])
    assert "'doctor'" in capsys.readouterr().err


def test_wrong_setting_ends_the_command_with_a_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADWELL_PORT", "many")
    assert entry.main(["doctor"]) == 2
    assert (
        capsys.readouterr().err
        == "THREADWELL_PORT: read 'many'; allowed is a whole number from 1 to 65535.\n"
    )


@pytest.mark.parametrize("name", sorted(entry.places()))
def test_every_command_says_what_it_understands_without_a_database(name: str, tmp_path: Path) -> None:
    home = {"THREADWELL_HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    asked = subprocess.run(
        [sys.executable, "-m", "threadwell", name, "--help"],
        env=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    assert f"usage: threadwell {name}" in asked.stdout
    assert not (tmp_path / "postgres").exists()
