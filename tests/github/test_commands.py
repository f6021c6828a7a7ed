"""Workflow commands, read back as the runner reads them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviewbot.github.commands import annotation


def check_one_annotation(text: str) -> None:
    line = annotation("warning", text, {"file": text, "line": "7"})
    found = re.fullmatch(r"::warning file=([^,:\r\n]*),line=7::([^\r\n]*)", line)
    assert found is not None
    assert (undone(found[1]), undone(found[2])) == (text, text)


def undone(escaped: str) -> str:
    """As the runner unescapes a property."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        escaped = escaped.replace(code, char)
    return escaped


@pytest.mark.parametrize("text", ["", "a,b:c%\n::error::x", "::add-mask::a\r\n::x::", "%0Aa=0"])
def test_no_text_ends_a_command(text: str) -> None:
    check_one_annotation(text)


@given(st.text(alphabet="%0A,:=\r\n ax", max_size=30))
def test_any_text_comes_back(text: str) -> None:
    check_one_annotation(text)


def test_without_properties() -> None:
    assert annotation("notice", "hello", {}) == "::notice::hello"
