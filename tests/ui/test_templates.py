"""What every page of ours keeps to: it compiles, obeys the content policy, names only what is there."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

import threadwell

UI = Path(threadwell.__file__).parent / "ui"
PAGES = UI / "templates"
TEMPLATES = sorted(path.relative_to(PAGES).as_posix() for path in PAGES.rglob("*.html"))
MODULES = sorted((UI / "static/js").glob("*.js"))
SPRITE = set(re.findall(r'<symbol id="([^"]+)"', (UI / "static/vendor/icons.svg").read_text()))


def source(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_compiles(name):
    get_template(name)


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_has_no_style_no_script_and_no_handler_of_its_own(name):
    text = source(name)
    assert not re.search(r"\s(?:style|on[a-z]+|hx-on[^=]*)=[\"']", text)
    assert not re.search(r"<style|javascript:", text)
    for opening in re.findall(r"<script[^>]*>", text):
        assert "src=" in opening or "csp_nonce_attr" in opening


@pytest.mark.parametrize("name", TEMPLATES)
def test_its_icons_are_in_the_sprite(name):
    assert set(re.findall(r'{% icon "([^"]+)"', source(name))) <= SPRITE


@pytest.mark.parametrize("name", TEMPLATES)
def test_its_files_are_there(name):
    for file in re.findall(r"{% static '([^']+)'", source(name)):
        assert (UI / "static" / file).exists()


#: A link alone opens these; no cookie says who somebody is there (ADR 0023).
WITHOUT_COOKIES = {"surveys/rate.html"}


@pytest.mark.parametrize("name", [name for name in TEMPLATES if name not in WITHOUT_COOKIES])
def test_its_forms_that_post_carry_the_token(name):
    text = source(name)
    assert len(re.findall(r'method="post"', text)) <= text.count("{% csrf_token %}") + text.count("slot body")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_is_small_and_imports_what_is_there(module):
    text = module.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 100
    for name in re.findall(r'"tw/([a-z-]+)"', text):
        assert (UI / "static/js" / f"{name}.js").exists()


def test_every_element_that_a_page_uses_is_defined():
    used = {name for template in TEMPLATES for name in re.findall(r"<([a-z]+-[a-z-]+)", source(template))}
    defined = {
        name for path in MODULES for name in re.findall(r'customElements.define\("([^"]+)"', path.read_text())
    }
    assert used - {"trix-toolbar"} <= defined


def test_style_sheets_use_no_raw_colour_outside_the_tokens():
    for sheet in (UI / "static/css").glob("*.css"):
        # frame: a customer's letter stands on paper, in colours that no theme changes.
        if sheet.stem not in {"tokens", "parts", "shell", "frame"}:
            assert not re.search(r"#[0-9a-f]{3,6}\b|rgb\(|oklch\(", sheet.read_text()), sheet.name
