"""What browsers are told on every page, and that no page of ours needs an exception."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from tests.security.strangers import House, a_house
from tests.security.test_isolation import ENDLESS, STEPS, asked, fillings, signed_in, told

pytestmark = pytest.mark.django_db

type Count = Callable[[str, object], None]
#: Answers with another policy than the desk's, each with its reason in docs/reference/threat-model.md.
OWN_POLICY = ("messages/<uuid:message_id>/frame/", "attachments/<uuid:attachment_id>/<path:filename>")
OUTSIDE = (
    "/accounts/login/",
    "/accounts/password/reset/",
    "/setup/x/",
    "/join/x/",
    "/nowhere/",
    "/workspaces/",
)


@pytest.fixture
def house(db: None) -> House:
    return a_house(number=5, word="<b onclick=x style=y>")


def faults(answer: Any) -> list[str]:
    """What a strict policy would have to make an exception for."""
    policy = answer.headers.get("Content-Security-Policy", "")
    found = ["no policy"] if "default-src 'self'" not in policy else []
    found += [f"policy allows {one}" for one in re.findall(r"'unsafe-[a-z-]+'|\*(?=[ ;])", policy)]
    found += [
        f"header {name}"
        for name, value in (("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "SAMEORIGIN"))
        if answer.headers.get(name) != value
    ]
    if "html" not in answer.headers.get("Content-Type", ""):
        return found
    tree = LexborHTMLParser(answer.content.decode())
    [nonce] = re.findall(r"'nonce-([^']+)'", policy)[:1] or [""]
    for node in tree.css("*"):
        attributes = node.attributes
        found += [f"<{node.tag} {name}>" for name in attributes if name.startswith("on") or name == "style"]
        found += [
            f"<{node.tag} {name}={value}>"
            for name, value in attributes.items()
            if name in ("href", "src", "action", "formaction")
            and re.match(r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE)
            and not (node.tag == "img" and (value or "").startswith("data:image/"))
        ]
        is_code = node.tag == "script" and attributes.get("type") not in ("application/json",)
        if ((is_code and "src" not in attributes) or node.tag == "style") and attributes.get(
            "nonce"
        ) != nonce:
            found.append(f"<{node.tag}> without the nonce")
        if node.tag in ("base", "object", "embed"):
            found.append(f"<{node.tag}>")
    return found


def test_no_page_needs_an_exception(house: House, record_property: Count) -> None:
    client, seen, wrong = signed_in(house.owner), 0, []
    for step in STEPS:
        if step.method != "GET" or step.pattern == ENDLESS or step.pattern.startswith(OWN_POLICY):
            continue
        for filled in fillings(step, house):
            answer = asked(client, "GET", step.at(house.slug, filled))
            seen += 1
            if found := [] if answer.streaming else faults(answer):
                wrong.append((step.pattern, answer.status_code, sorted(set(found))))
    for address in OUTSIDE:
        answer = Client().get(address)
        seen += 1
        if found := faults(answer):
            wrong.append((address, answer.status_code, sorted(set(found))))
    record_property("pages looked through for inline styles and scripts", seen)
    assert not wrong, told(wrong)


def test_a_framed_letter_allows_no_script(house: House) -> None:
    answer = signed_in(house.owner).get(f"/w/{house.slug}/messages/{house.rows['Message']}/frame/")
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == policy["form-action"] == policy["base-uri"] == "'none'"
    assert "script-src" not in policy
    assert "allow-scripts" not in policy["sandbox"]
    assert [name for name, value in policy.items() if "unsafe" in value] == ["style-src-attr"]
