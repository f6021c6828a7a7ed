"""A reader of GraphQL documents: as much of the language as a client of ours could use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(
    r'\s*(?:#[^\n]*\s*)*,*\s*(?P<token>\.\.\.|[{}()\[\]:!=$@|]|"(?:[^"\\]|\\.)*"|-?\d+|[_A-Za-z]\w*)'
)
_CONSTANTS = {"true": True, "false": False, "null": None}


class BadQuery(Exception):
    """What GitHub answers with a list of errors and no data."""


@dataclass
class Field:
    """A field that is asked for; `on` is set of those within `... on Type { }`."""

    name: str
    alias: str
    arguments: dict[str, Any] = field(default_factory=dict)
    fields: list[Field] = field(default_factory=list)
    on: str | None = None


@dataclass
class Variable:
    """A variable's name where a value stands."""

    name: str


@dataclass
class Document:
    """One operation."""

    kind: str
    fields: list[Field]


def parse(text: str) -> Document:
    """The operation of a document that has one; raise BadQuery for what cannot be read."""
    return _Reader(text).document()


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.fragments: dict[str, tuple[str, list[Field]]] = {}

    def document(self) -> Document:
        found: list[Document] = []
        self._read_fragments()
        while self.tokens:
            kind = "query" if self.tokens[0] == "{" else self._next()
            if kind not in ("query", "mutation"):
                raise BadQuery(f"Expected one of query, mutation, actual: {kind!r}")
            while self.tokens and self.tokens[0] != "{":  # a name, the variables' types
                self._next()
            found.append(Document(kind, self._selection()))
        if len(found) != 1:
            raise BadQuery("An operation name is required")
        return found[0]

    def _read_fragments(self) -> None:
        """Take the fragments out first, wherever they stand."""
        at = [
            i
            for i, t in enumerate(self.tokens)
            if t == "fragment" and self.tokens[i + 2 : i + 3] == ["on"]
        ]
        for start in reversed(at):
            whole, end = self.tokens, _closing(self.tokens, self.tokens.index("{", start))
            self.tokens = whole[start + 4 : end + 1]
            self.fragments[whole[start + 1]] = (whole[start + 3], self._selection())
            self.tokens = whole[:start] + whole[end + 1 :]

    def _selection(self) -> list[Field]:
        self._expect("{")
        fields: list[Field] = []
        while self.tokens and self.tokens[0] != "}":
            fields += self._spread() if self.tokens[0] == "..." else [self._field()]
        self._expect("}")
        if not fields:
            raise BadQuery("Expected a field, actual: }")
        return fields

    def _spread(self) -> list[Field]:
        self._expect("...")
        if self.tokens[0] == "on":
            self._next()
            kind, fields = self._next(), self._selection()
        else:
            kind, fields = self.fragments[self._next()]
        return [Field(f.name, f.alias, f.arguments, f.fields, f.on or kind) for f in fields]

    def _field(self) -> Field:
        alias = name = self._next()
        if self.tokens and self.tokens[0] == ":":
            self._next()
            name = self._next()
        made = Field(name, alias)
        if self.tokens and self.tokens[0] == "(":
            made.arguments = self._pairs("(", ")")
        if self.tokens and self.tokens[0] == "{":
            made.fields = self._selection()
        return made

    def _pairs(self, opening: str, closing: str) -> dict[str, Any]:
        self._expect(opening)
        pairs: dict[str, Any] = {}
        while self.tokens and self.tokens[0] != closing:
            name = self._next()
            self._expect(":")
            pairs[name] = self._value()
        self._expect(closing)
        return pairs

    def _value(self) -> Any:
        if self.tokens[0] == "{":
            return self._pairs("{", "}")
        token = self._next()
        if token == "$":
            return Variable(self._next())
        if token[0] == '"':
            return token[1:-1]
        if token == "[":
            parts = []
            while self.tokens[0] != "]":
                parts.append(self._value())
            self._expect("]")
            return parts
        return int(token) if token.lstrip("-").isdigit() else _CONSTANTS.get(token, token)

    def _next(self) -> str:
        if not self.tokens:
            raise BadQuery("Unexpected end of document")
        return self.tokens.pop(0)

    def _expect(self, wanted: str) -> None:
        if self._next() != wanted:
            raise BadQuery(f"Expected {wanted!r}")


def _tokens(text: str) -> list[str]:
    tokens, end = [], 0
    text = text.rstrip().rstrip(",")
    while end < len(text):
        match = _TOKEN.match(text, end)
        if match is None:
            raise BadQuery(f"Unexpected {text[end : end + 10]!r}")
        tokens.append(match["token"])
        end = match.end()
    return tokens


def _closing(tokens: list[str], opening: int) -> int:
    depth = 0
    for at in range(opening, len(tokens)):
        depth += (tokens[at] == "{") - (tokens[at] == "}")
        if depth == 0:
            return at
    raise BadQuery("Unexpected end of document")
