"""Variables that a macro out of sight declares: `DECLARE_STATUS;`, `GET_C_ij(p);` a `cij`."""

from __future__ import annotations

import re
from functools import cached_property

from tree_sitter import Node

from reviewbot.code.block_ends import block_end
from reviewbot.code.inductions import Inductions
from reviewbot.code.symbols import Symbol

# A macro's name says that it declares; what it declares it is given, or its last word says.
_DECLARES = re.compile(r"(?:[A-Z0-9]+_)*DECL(?:ARE)?(?:_[A-Z0-9]+)*?(?:_([A-Z][A-Z0-9]*))?")
# `LIB_GET_M_ij (p);` ahead of the uses of an `mij` that nothing else declares.
_GETS = re.compile(r"(?:[A-Z0-9]+_){0,4}(?:GET|LOAD|FETCH)_([A-Z][A-Za-z0-9_]*)")
_ELSEWHERE = re.compile("STATIC|EXTERN|GLOBAL|THREAD|TLS")  # no variable of the block
MAX_NAME = 80  # characters
MAX_BEHIND = 2000  # characters behind a macro in which what it gets is first used


class MacroNames(Inductions):
    """Enters the variables that such statements declare, where they stand."""

    def by_macro(self, node: Node) -> bool:
        """Whether a statement is a macro's that declares variables, which are then entered."""
        if not self._has_such:
            return False
        call = node.type == "call_expression"
        name = node.child_by_field_name("function") if call else node
        text = self._text(name) if name is not None and name.type == "identifier" else ""
        match = _DECLARES.fullmatch(text) if len(text) < MAX_NAME else None
        if match is None:
            return self._by_getting(text, node)
        if _ELSEWHERE.search(text) or self._is_known(text):
            return False
        given = node.child_by_field_name("arguments") if call else None
        listed = [c for c in given.named_children if c.type == "identifier"] if given else []
        names = [self._text(c) for c in listed] or [(match[1] or "").lower()]
        for short in names:
            if short and not self._is_known(short):
                self._declared_by(short, node)
        return True

    def _by_getting(self, text: str, node: Node) -> bool:
        """Whether a macro says by its name that it gets what the code behind it calls so."""
        match = _GETS.fullmatch(text) if len(text) < MAX_NAME else None
        name = match[1].replace("_", "").lower() if match else ""
        if not name or self._is_known(text) or self._is_known(name):
            return False
        used = re.compile(rf"\b{name}\b")
        found = used.search(self.text, node.end_byte, node.end_byte + MAX_BEHIND)
        if found is None or found.start() > block_end(self.text, node.end_byte):
            return False
        self._declared_by(name, node)
        return True

    def _declared_by(self, name: str, node: Node) -> None:
        symbol = Symbol(name, "", "auto", node.start_byte)
        self.declare(symbol)
        symbol.once = False  # the macro may give it something, too

    def _is_known(self, name: str) -> bool:
        known = name in self.symbols.functions or name in self.parsed.translation.macros
        return known or any(name in scope for scope in self.scopes)

    @cached_property
    def _has_such(self) -> bool:
        return any(map(self.text.__contains__, ("DECL", "GET_", "LOAD_", "FETCH_")))
