"""The data folder and its keys."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.fernet import Fernet

from threadwell.config import home


def test_keys_are_made_once_and_for_our_eyes_only(tmp_path: Path) -> None:
    home.prepare(tmp_path)
    first = home.keys(tmp_path)
    home.prepare(tmp_path)
    assert home.keys(tmp_path) == first
    assert len(first.signing) >= 50
    Fernet(first.ring[0])
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_parts_that_start_at_once_under_one_number_agree_on_the_keys(tmp_path: Path) -> None:
    """As in containers that share a folder: each of them is process number one."""

    def started(home_of_all: Path) -> home.Keys:
        home.prepare(home_of_all)
        return home.keys(home_of_all)

    with ThreadPoolExecutor(8) as parts:
        for start in range(20):
            assert len(set(parts.map(started, [tmp_path / str(start)] * 8))) == 1
            assert {path.name for path in (tmp_path / str(start) / "keys").iterdir()} == {"signing", "ring"}


def test_looking_for_keys_makes_nothing(tmp_path: Path) -> None:
    assert home.keys(tmp_path / "new") != home.keys(tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_older_keys_of_the_ring_stay_readable(tmp_path: Path) -> None:
    home.prepare(tmp_path)
    ring = tmp_path / "keys" / "ring"
    old = ring.read_text().strip()
    new = Fernet.generate_key().decode()
    ring.write_text(f"{new}\n{old}\n")
    assert home.keys(tmp_path).ring == (new, old)
