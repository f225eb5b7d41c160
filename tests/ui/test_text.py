"""What comes from files is text, never Markdown."""

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ui.text import counted, escape


def test_markup_is_escaped() -> None:
    assert escape("**b** [x](y) <i> $t$") == r"\*\*b\*\* \[x\]\(y\) \<i\> \$t\$"


@given(st.text(alphabet="ab*_`[]()<>!#~|-+.:$\\ 1", max_size=60))
def test_markdown_shows_an_escaped_text_as_it_is(text: str) -> None:
    shown = "".join(
        part.content
        for token in MarkdownIt().parse(escape(text))
        for part in (token.children or [])
        if part.type in {"text", "text_special"}
    )
    assert shown == " ".join(text.split())


def test_a_long_text_is_cut() -> None:
    assert len(escape("x" * 1000, 80)) == 80


def test_counts_agree_with_their_noun() -> None:
    assert counted(1, "issue") == "1 issue"
    assert counted(1200, "issue") == "1,200 issues"
