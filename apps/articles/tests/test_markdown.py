"""Markdown in, harmless HTML out."""

import re
from html.parser import HTMLParser

import pytest

from apps.articles.markdown import to_html

ALLOWED = {
    *("h1", "h2", "h3", "h4", "p", "br", "hr", "blockquote", "pre", "code", "ul", "ol", "li"),
    *("strong", "em", "a", "table", "thead", "tbody", "tr", "th", "td"),
}


class Reader(HTMLParser):
    """Reads HTML as a browser would: what its tags are, and what their attributes hold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# Heart", "<h1>Heart</h1>"),
        ("**b** *i* `c`", "<p><strong>b</strong> <em>i</em> <code>c</code></p>"),
        ("- one\n- two", "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("1 < 2 & 3", "<p>1 &lt; 2 &amp; 3</p>"),
        ("<b>raw</b>", "<p>&lt;b&gt;raw&lt;/b&gt;</p>"),
        ("| a |\n|---|\n| b |", None),
    ],
)
def test_plain_writing_is_rendered(markdown, html):
    rendered = to_html(markdown).strip()
    assert rendered == html or (html is None and rendered.startswith("<table>"))


def test_a_link_takes_nothing_of_the_reader_along():
    read = Reader(to_html('[site](https://example.org "Title")'))
    assert dict(read.attributes) == {
        "href": "https://example.org",
        "title": "Title",
        "rel": "noopener noreferrer nofollow",
    }


@pytest.mark.parametrize("address", ["https://example.org", "http://example.org", "mailto:a@example.org"])
def test_links_to_pages_and_addresses_are_kept(address):
    assert dict(Reader(to_html(f"[x]({address})")).attributes)["href"] == address


HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    "<a href='https://example.org' onclick='alert(1)'>x</a>",
    "<svg/onload=alert(1)>",
    "<iframe src='https://evil.example'></iframe>",
    "<style>*{background:url(https://evil.example)}</style>",
    "<div style='position:fixed'>x</div>",
    "<form action='https://evil.example'><input></form>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "`<script>` <script>alert(1)</script>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "![x](https://tracker.example/pixel.png)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zy8+)",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]",
    '[x](https://example.org "\\" onmouseover=\\"alert(1)")',
    "[x](https://example.org/\"onmouseover='alert(1)')",
    "# <b onclick=alert(1)>x</b>",
    "| <script>alert(1)</script> |\n|---|\n| ![x](https://tracker.example/p.png) |",
]


@pytest.mark.parametrize("markdown", HOSTILE)
def test_nothing_runs_loads_or_styles(markdown):
    read = Reader(to_html(markdown))
    assert set(read.tags) <= ALLOWED
    assert {name for name, _ in read.attributes} <= {"href", "title", "rel"}
    for name, value in read.attributes:
        assert name != "href" or re.match(r"(https?://|mailto:)", value), value


def test_deep_nesting_is_rendered_in_bounds():
    assert to_html("> " * 5_000 + "x")
    assert to_html("[" * 5_000 + "x")
    assert to_html("*" * 20_000)
