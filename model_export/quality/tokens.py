"""A program as tokens without names, layout and comments; and what it does to synchronise.

`total += a[i]; // sum` and `s += x[k];` are the same tokens: what a program is called is no lesson.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import NamedTuple

from model_export.quality.vocabulary import (
    DIRECTIVE_WORDS,
    LIBRARY,
    METHODS,
    SYNCHRONISES,
    WORDS,
)


class Kind(Enum):
    """What a token is."""

    WORD = "word"  # of the language, a library or a directive
    NAME = "name"  # the program's own
    LITERAL = "literal"
    MARK = "mark"
    COMMENT = "comment"


class Token(NamedTuple):  # a tuple, since a corpus has tens of millions of them
    """One token; a literal's text is coarse: 0, 1, a few, N, F, S."""

    kind: Kind
    text: str
    directive: bool = False  # part of a #pragma


# The most frequent first: alternatives are tried in order, at every place.
_LEXER = re.compile(
    r"""
    (?P<word>[A-Za-z_]\w*)
  | (?P<comment>//[^\n]*|/\*.*?\*/)
  | (?P<directive>^[ \t]*\#[ \t]*pragma\b(?:[^\n\\]|\\\n|\\[^\n])*)
  | (?P<include>^[ \t]*\#[ \t]*include[^\n]*)
  | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<number>\.?\d(?:[eEpP][+-]|['\w.])*)
  | (?P<mark>->|\+\+|--|<<=?|>>=?|[-+*/%&|^=!<>]=|&&|\|\||::|\.\.\.|[^\s\w\\])
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_FEW = 16  # the program's sizes are drawn; up to here a number is rather an offset or a stride


def tokens(source: str) -> Iterator[Token]:
    """Every token in order, comments among them; includes are left out."""
    before = ""
    for match in _LEXER.finditer(source):
        kind, text = str(match.lastgroup), match[0]
        if kind == "directive":
            yield from _of_directive(text)
        elif kind == "comment":
            yield Token(Kind.COMMENT, text)
        elif kind == "word":
            by_place = text in METHODS and _means_library(text, before, source, match.end())
            yield _word(text, by_place)
        elif kind != "include":
            yield _plain(kind, text)
        before = text if kind != "comment" else before


def _of_directive(text: str) -> Iterator[Token]:
    """A directive's tokens, and a mark where it ends."""
    for match in _LEXER.finditer(text.replace("\\\n", " ").lstrip().lstrip("#")):
        kind, found = str(match.lastgroup), match[0]
        if kind == "word":
            yield _directive_word(found)
        elif kind != "comment":
            plain = _plain(kind, found)
            yield Token(plain.kind, plain.text, True)
    yield Token(Kind.MARK, "#", True)


@lru_cache(maxsize=1 << 16)
def _word(text: str, by_place: bool) -> Token:
    """A word of the language or of a library, or a name of the program's own."""
    known = by_place or text in WORDS or LIBRARY.fullmatch(text) is not None
    return Token(Kind.WORD if known else Kind.NAME, text)


@lru_cache(maxsize=1 << 12)
def _directive_word(text: str) -> Token:
    known = text in DIRECTIVE_WORDS or LIBRARY.fullmatch(text) is not None
    return Token(Kind.WORD if known else Kind.NAME, text, True)


def _means_library(text: str, before: str, source: str, end: int) -> bool:
    """Whether the place makes a word mean what a library says, not what the program says."""
    if before == "::" or source.startswith("::", end):
        return text in METHODS or text == "std" or SYNCHRONISES.fullmatch(text) is not None
    return before in (".", "->") and text in METHODS and source[end : end + 1] == "("


@lru_cache(maxsize=1 << 12)
def _plain(kind: str, text: str) -> Token:
    if kind == "number":
        return Token(Kind.LITERAL, _coarse(text))
    return Token(Kind.LITERAL, "S") if kind == "string" else Token(Kind.MARK, text)


def _coarse(number: str) -> str:
    """Zero, one, few or many; what is no whole number is F."""
    digits = re.sub(r"['uUlLzZ]", "", number)
    if not digits.isdigit():
        return "N" if digits.lower().startswith("0x") else "F"
    value = int(digits)
    return digits.lstrip("0") or "0" if value <= 1 else ("few" if value <= _FEW else "N")


def synchronises(token: Token) -> bool:
    """Whether it starts, orders or protects, or is part of a directive."""
    return token.directive or (token.kind is Kind.WORD and _means_sync(token.text))


@lru_cache(maxsize=4096)
def _means_sync(text: str) -> bool:
    return SYNCHRONISES.fullmatch(text) is not None


def normalised(source: str) -> list[Token]:
    """The tokens that make the program: no comments."""
    return [token for token in tokens(source) if token.kind is not Kind.COMMENT]


def own_words(source: str) -> list[str]:
    """The words of the program's names and comments: `old_total` gives old_total, old and total."""
    found: list[str] = []
    for token in _read(source):
        if token.kind is Kind.NAME:
            found += _words_of(token.text)
        elif token.kind is Kind.COMMENT:
            found += [f"comment:{word.lower()}" for word in re.findall(r"[A-Za-z]\w*", token.text)]
    return found


@lru_cache(maxsize=1)  # what is asked of a program is asked in turn
def _read(source: str) -> tuple[Token, ...]:
    return tuple(tokens(source))


@lru_cache(maxsize=1 << 16)
def _words_of(name: str) -> tuple[str, ...]:
    """A name, and its parts if it has more than one."""
    parts = [part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]
    return (name.lower(), *(parts if len(parts) > 1 else ()))


def sync_words(source: str) -> list[str]:
    """Every word that orders, protects or starts threads, as often as it is there."""
    return [
        token.text
        for token in _read(source)
        if token.kind is Kind.WORD and synchronises(token) and token.text not in ("pragma", "omp")
    ]
