"""The Markdown of an article: nothing in it acts."""

import pytest

from standfast.console.article_html import article_html


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("**Renew** it", "<p><strong>Renew</strong> it</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](data:text/html,hi)", "<p>[x](data:text/html,hi)</p>"),
        (
            "![p](https://pictures.example/x.png)",
            '<p>!<a href="https://pictures.example/x.png" rel="noopener noreferrer">p</a></p>',
        ),
        ("# Stop", "<h4>Stop</h4>"),
        ("<b onclick=alert(1)>", "<p>&lt;b onclick=alert(1)&gt;</p>"),
        ("[" * 501 + "<b>", f"<pre>{'[' * 501}&lt;b&gt;</pre>"),
    ],
)
def test_what_is_typed_is_shown_and_does_nothing(typed: str, shown: str) -> None:
    assert article_html(typed).strip() == shown
