"""By which text a call's number is known: two calls of a generator give two numbers."""

from __future__ import annotations

import functools
import re
import zlib
from collections.abc import Sequence

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


def numbered(name: str, text: str, node: Node, *, goes_on: bool = False) -> str:
    """`text`, or the call's own place where the next call by this name gives another number."""
    anew = goes_on or _is_random(name) or (_is_taker(name) and not _asked(node))
    return f"{name}@{node.start_byte}" if anew else text


def goes_on(text: str, body: Node) -> bool:
    """Whether a function's body leaves something for its next call to go on from."""
    start, end = body.start_byte, body.end_byte
    return end - start < _SHORT and _GOES_ON.search(text, start, end) is not None


@functools.lru_cache(maxsize=4096)
def _is_random(name: str) -> bool:
    return _RANDOM.search(name) is not None


@functools.lru_cache(maxsize=4096)
def _is_taker(name: str) -> bool:
    return _TAKES.match(name) is not None


def _asked(node: Node) -> bool:
    arguments = node.child_by_field_name("arguments")
    return arguments is not None and arguments.named_child_count > 0
