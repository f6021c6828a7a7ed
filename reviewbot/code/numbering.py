"""By which text a call's number is known: two calls of a generator give two numbers."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Sequence

from tree_sitter import Node

from reviewbot.code.values import Form, Value

# Names that generators have: each call gives another number.
_RANDOM = re.compile(
    r"(?:^|_)(?:[a-z]?rand(?:om)?(?:48|32|64|int)?|nondet|rng|dist|gen|engine)(?:_|$)|[Rr]andom"
    r"|^(?:f?getc(?:har)?|time|clock)$"
)
# Without arguments, which would tell one number from the next, these give another too.
_TAKES = re.compile(r"(?:next|take|pop|pick|draw|read|recv|fetch|claim|alloc)(?:_|[A-Z]|$)")
# `*seed ^= *seed << 7`, `g->state += 5` and `static int last`: what the next call goes on from.
_GOES_ON = re.compile(
    r"[;{}(]\s*\*+\s*\w+\s*(?:[-+*/%^|&]|<<|>>)?=(?!=)"
    r"|->\s*\w+\s*(?:\+\+|--|(?:[-+*/%^|&]|<<|>>)?=(?!=))|\bstatic\s+(?!const)"
)
_MOST = 4  # arguments that are remembered
_SHORT = 2000  # bytes: a generator's body is short, and every call of a long one would read it


def kept(answers: dict[str, tuple[Form, ...]], text: str, values: Sequence[Value]) -> str:
    """The text by which an answer is known, with the numbers that it was asked for remembered."""
    given = tuple([v.form for v in values if v.form is not None and v.target is None])
    asked = given if 0 < len(given) == len(values) <= _MOST else ()
    if answers.setdefault(text, asked) != asked:  # `of(i)` in two loops, each with an i
        text = f"{text}#{zlib.crc32(str(asked).encode()):08x}"
        answers[text] = asked
    return text


def numbered(
    name: str,
    text: str,
    node: Node,
    body: Node | None = None,
    text_of: Callable[[Node], str] | None = None,
) -> str:
    """`text`, or the call's own place where the next call by this name gives another number."""
    anew = _RANDOM.search(name) or (not _asked(node) and _TAKES.match(name))
    if not anew and body is not None and text_of is not None:
        anew = body.end_byte - body.start_byte < _SHORT and _GOES_ON.search(text_of(body))
    return f"{name}@{node.start_byte}" if anew else text


def _asked(node: Node) -> bool:
    arguments = node.child_by_field_name("arguments")
    return arguments is not None and arguments.named_child_count > 0
