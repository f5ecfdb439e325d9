"""In the settings of production Django has nothing to complain of; our own tools look at what we lean on."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import conftest
from tests.house import leant_on
from tests.house.tree import ROOT

PRODUCTION = {
    "THREADWELL_URL": "https://desk.example",
    "THREADWELL_HSTS_SECONDS": "31536000",
    "THREADWELL_SYSTEM_MAIL": "smtps://desk:secret@mail.example:465",
}


def checked(home: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    ours = {name: value for name, value in os.environ.items() if not name.startswith("THREADWELL_")}
    return subprocess.run(
        [sys.executable, "-m", "threadwell", "manage", "check", "--deploy", "--fail-level", "DEBUG"],
        env={
            **ours,
            "DJANGO_SETTINGS_MODULE": "threadwell.config.settings",
            "DATABASE_URL": conftest.url("postgres"),
            "THREADWELL_HOME": str(home),
            **more,
        },
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_djangos_check_of_a_deployment_is_clean(tmp_path: Path) -> None:
    done = checked(tmp_path, **PRODUCTION)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout + done.stderr


def test_it_would_notice(tmp_path: Path) -> None:
    careless = {"THREADWELL_URL": "http://desk.example", "THREADWELL_DEBUG": "yes"}
    done = checked(tmp_path, **careless)
    assert done.returncode != 0
    for told in ("security.W004", "security.W012", "security.W016", "security.W018"):
        assert told in done.stdout + done.stderr


def test_every_package_has_a_licence_that_fits() -> None:
    assert list(leant_on.licences()) == []


@pytest.mark.parametrize(
    ("licence", "fits"),
    [
        ("MIT", True),
        ("BSD-3-Clause AND MIT", True),
        ("(MIT OR Apache-2.0)", True),
        ("GPL-2.0-only OR MIT", True),
        ("GPL-2.0-only", False),
        ("MIT AND GPL-2.0-only", False),
        ("Other/Proprietary License", False),
        ("SSPL-1.0", False),
        ("BUSL-1.1", False),
        ("CC-BY-NC-4.0", False),
    ],
)
def test_a_licence_fits_or_does_not(licence: str, fits: bool) -> None:
    assert leant_on.fits(licence) is fits


@pytest.mark.parametrize("is_strict", [False, True])
def test_what_could_not_be_looked_up_is_never_taken_for_sound(
    is_strict: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("THREADWELL_LINT", "strict" if is_strict else "")
    answer = '{"dependencies": [{"name": "x", "skip_reason": "not found"}, {"name": "y", "vulns": []}]}'
    for stdout in ("", answer):
        monkeypatch.setattr(
            leant_on, "_run", lambda *_w, said=stdout: subprocess.CompletedProcess([], 1, said, "no network")
        )
        found = list(leant_on.holes())
        said = " ".join(found) + capsys.readouterr().out
        assert "KNOWN HOLES WERE NOT CHECKED" in said
        assert bool(found) is is_strict


def test_a_known_hole_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    hole = '{"name": "x", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}'
    answer = f'{{"dependencies": [{hole}]}}'
    monkeypatch.setattr(leant_on, "_run", lambda *_w: subprocess.CompletedProcess([], 1, answer, ""))
    assert list(leant_on.holes()) == ["pip-audit: x 1 has CVE-1, mended in 2"]
