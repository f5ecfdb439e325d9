"""A token from the shell opens the API within its scopes, and no further."""

from argparse import ArgumentParser

import pytest
from django.test import Client

from tests import cast
from threadwell.interfaces.commands import token
from threadwell.record.workplace.models import Workspace
from threadwell.record.workplace.roles import Role


@pytest.fixture
def firm(db: None) -> Workspace:
    return cast.a_workspace()


def asked(*words: str) -> int:
    parser = ArgumentParser()
    token.configure(parser)
    return token.run(parser.parse_args(words))


def test_the_token_works_and_stands_alone_on_its_line(
    firm: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    bo = cast.an_agent(firm)
    words = ("--workspace", firm.slug, "--agent", bo.user.email.upper(), "--name", "crm")
    assert asked(*words, "--scopes", "read, note") == 0
    [text] = capsys.readouterr().out.splitlines()
    told = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {text}"}).json()
    assert (told["token"], told["scopes"], told["agent"]["name"]) == ("crm", ["note", "read"], "Bo")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"--workspace": "nowhere"}, "There is no workspace 'nowhere'"),
        ({"--agent": "nobody@firm.example"}, "Nobody signs in"),
        ({"--scopes": "read,fly"}, "There is no scope 'fly'"),
        ({"--scopes": "own"}, "There is no scope 'own'"),
        ({"--scopes": " ,"}, "There is no scope"),
        ({"--scopes": "manage"}, "may not 'manage'"),
        ({"--days": "-1"}, "A token works from"),
    ],
)
def test_what_cannot_be_made_is_said(
    firm: Workspace, capsys: pytest.CaptureFixture[str], change: dict[str, str], said: str
) -> None:
    bo = cast.an_agent(firm, role=Role.AGENT)
    words = {"--workspace": firm.slug, "--agent": bo.user.email, "--name": "crm", "--scopes": "read"}
    assert asked(*[part for pair in {**words, **change}.items() for part in pair]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""
