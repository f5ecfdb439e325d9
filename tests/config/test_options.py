"""Settings: where they come from, and what is said when one cannot be meant."""

from pathlib import Path
from typing import Any

import pytest

from threadwell.config import databases, options
from threadwell.config.problems import WrongSetting
from threadwell.kit import replica


def chosen(tmp_path: Path, file: str = "", **environment: str) -> dict[str, Any]:
    (tmp_path / "threadwell.toml").write_text(file)
    return options.chosen({"THREADWELL_HOME": str(tmp_path), **environment})


@pytest.mark.parametrize(
    ("serving", "copy"),
    [
        ("", "postgresql://desk@copy.example/desk"),
        ("postgresql://desk@db.example/desk", "postgresql://owner@copy.example/desk"),
        ("postgresql://desk@db.example/desk", "postgresql://desk@copy.example/other"),
    ],
    ids=["of-the-embedded-database", "another-role", "another-database"],
)
def test_replica_that_would_be_read_as_somebody_else_is_refused(serving: str, copy: str) -> None:
    values = options.chosen({"DATABASE_URL": serving, "DATABASE_REPLICA_URL": copy})
    with pytest.raises(WrongSetting, match="DATABASE_REPLICA_URL"):
        databases.described(values, as_owner=False)


def test_replica_is_read_by_those_who_serve_and_not_by_the_owner() -> None:
    here, there = "postgresql://desk@db.example/desk", "postgresql://desk@copy.example/desk"
    values = options.chosen({"DATABASE_URL": here, "DATABASE_REPLICA_URL": there})
    assert databases.described(values, as_owner=False)[replica.ALIAS]["HOST"] == "copy.example"
    assert list(databases.described(values, as_owner=True)) == ["default"]


def test_every_default_is_allowed() -> None:
    assert options.chosen({}).keys() == {option.name for option in options.OPTIONS}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", None),
        ("/run/clamav/clamd.ctl", Path("/run/clamav/clamd.ctl")),
        ("clamd.internal:3310", ("clamd.internal", 3310)),
        ("[::1]:3310", ("::1", 3310)),
    ],
)
def test_scanner_is_a_socket_or_a_host_with_its_port(
    written: str, read: Path | tuple[str, int] | None
) -> None:
    assert options.chosen({"THREADWELL_CLAMAV": written})["THREADWELL_CLAMAV"] == read


def test_environment_goes_before_file_and_file_before_default(tmp_path: Path) -> None:
    file = 'port = 8100\njobs = 2\ntrusted_proxies = ["10.0.0.1", "10.1.0.0/16"]\ndebug = true\n'
    values = chosen(tmp_path, file, THREADWELL_PORT="8200")
    assert values["THREADWELL_PORT"] == 8200
    assert values["THREADWELL_JOBS"] == 2
    assert values["THREADWELL_WEB_PROCESSES"] == 2
    assert values["THREADWELL_TRUSTED_PROXIES"] == ("10.0.0.1", "10.1.0.0/16")
    assert values["THREADWELL_DEBUG"] is True


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("THREADWELL_PORT", "http"),
        ("THREADWELL_CLAMAV", "3310"),
        ("THREADWELL_CLAMAV", "clamd.internal"),
        ("THREADWELL_CLAMAV", "tcp://clamd.internal:3310"),
        ("THREADWELL_PORT", "0"),
        ("THREADWELL_PORT", "70000"),
        ("THREADWELL_URL", "desk.example.org"),
        ("THREADWELL_URL", "https://example.org/desk"),
        ("THREADWELL_TRUSTED_PROXIES", "proxy.example.org"),
        ("THREADWELL_TIME_ZONE", "Europe/Atlantis"),
        ("THREADWELL_LOG_LEVEL", "loud"),
        ("THREADWELL_DEBUG", "perhaps"),
        ("THREADWELL_SYSTEM_MAIL", "mail.example.org"),
    ],
)
def test_wrong_value_is_named_with_what_was_read_and_what_is_allowed(
    tmp_path: Path, name: str, written: str
) -> None:
    option = next(option for option in options.OPTIONS if option.name == name)
    with pytest.raises(WrongSetting) as wrong:
        chosen(tmp_path, **{name: written})
    said = str(wrong.value)
    assert name in said
    if not option.is_secret:
        assert repr(written) in said
    assert option.allowed in said


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("THREADWELL_SECRET_KEY", "hunter2"),
        ("THREADWELL_SECRET_RING", "hunter2"),
        ("DATABASE_URL", "mysql://root:hunter2@db/desk"),
        ("THREADWELL_SYSTEM_MAIL", "pop://desk:hunter2@mail"),
    ],
)
def test_secret_is_never_shown(tmp_path: Path, name: str, written: str) -> None:
    with pytest.raises(WrongSetting) as wrong:
        chosen(tmp_path, **{name: written})
    assert "hunter2" not in str(wrong.value)


def test_wrong_value_in_the_file_is_named_with_the_file(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"'port' in .*threadwell\.toml: read 'many'"):
        chosen(tmp_path, 'port = "many"')


def test_unknown_name_in_the_file_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match=r"unknown setting 'prot'.*port"):
        chosen(tmp_path, "prot = 8000")


def test_broken_or_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongSetting, match="THREADWELL_CONFIG"):
        chosen(tmp_path, "port 8000")
    with pytest.raises(WrongSetting, match="THREADWELL_CONFIG"):
        options.chosen({"THREADWELL_CONFIG": str(tmp_path / "nowhere.toml")})


@pytest.mark.parametrize(
    ("url", "name", "user", "password", "host", "port"),
    [
        ("postgresql://ada:s%40fe@db.example.org:5433/desk", "desk", "ada", "s@fe", "db.example.org", "5433"),
        ("postgres://ada@db/desk", "desk", "ada", "", "db", ""),
        (
            "postgresql://ada@/desk?host=/run/postgresql&port=6543",
            "desk",
            "ada",
            "",
            "/run/postgresql",
            "6543",
        ),
        ("postgresql://[::1]/desk", "desk", "", "", "::1", ""),
    ],
)
def test_database_address_is_read(
    tmp_path: Path, url: str, name: str, user: str, password: str, host: str, port: str
) -> None:
    place = chosen(tmp_path, DATABASE_URL=url)["DATABASE_URL"]
    assert (place.name, place.user, place.password, place.host, place.port) == (
        name,
        user,
        password,
        host,
        port,
    )
