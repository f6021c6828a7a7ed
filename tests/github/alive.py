"""What of a rendered body would come alive on GitHub: mentions, references, links, images, HTML."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

_OURS = re.compile(
    r"<details><summary>[\w ,:%→()-]*</summary>|</details>"
    r"|<!-- reviewbot:v1 [\w=%./,~-]+( [\w=%./,~-]+)* -->"
)
_LIVE = {
    "mention": re.compile(r"@\w"),
    "reference": re.compile(r"#\d|\bGH-\d", re.IGNORECASE),
    "bare link": re.compile(r"(https?|ftp)://|\bwww\.", re.IGNORECASE),
    "formula": re.compile(r"\$[^\s\u200b]"),
}
# Emoji of ours are followed by no variation selector that could hide; U+200B is ours as well.
_ALLOWED_INVISIBLE = {"\u200b", "\ufe0f", "\n"}

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def faults(body: str, links: str) -> Iterator[str]:
    """What of the body comes alive and is not ours; our links start with `links`."""
    tokens = PARSER.parse(body)
    for token in tokens:
        if token.type == "html_block":
            yield from _html_faults(token.content)
        if token.type == "inline":
            yield from _inline_faults(token, links)
    yield from (f"invisible U+{ord(c):04X}" for c in body if _deceives(c))
    html = "".join(_html_of(tokens))
    if html.count("<details>") != html.count("</details>"):
        yield "unbalanced <details>"


def _html_faults(html: str) -> Iterator[str]:
    left = _OURS.sub("", html).strip()
    if left:
        yield f"HTML: {left[:80]!r}"


def _inline_faults(token: Token, links: str) -> Iterator[str]:
    shown = ""
    for child in token.children or ():
        if child.type == "html_inline":
            yield from _html_faults(child.content)
        if child.type == "image":
            yield f"image: {child.attrs}"
        if child.type == "link_open":
            yield from _link_faults(str(child.attrs["href"]), links)
        shown += {"text": child.content, "softbreak": "\n"}.get(child.type, "\0")
    for what, pattern in _LIVE.items():
        if match := pattern.search(shown):
            yield f"{what}: {match[0]!r} in {shown[:80]!r}"


def _link_faults(target: str, links: str) -> Iterator[str]:
    if not re.fullmatch(rf"{re.escape(links)}[^\s?#]+#L\d+", target):
        yield f"link: {target!r}"


def _deceives(char: str) -> bool:
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
    return hidden and char not in _ALLOWED_INVISIBLE


def _html_of(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("html_block", "html_inline"):
            yield token.content
        yield from _html_of(token.children or ())
