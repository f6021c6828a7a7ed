"""Variables that a macro out of sight declares: `DECLARE_STATUS;`, `DECL_BUFFER(line);`."""

from __future__ import annotations

import re
from functools import cached_property

from tree_sitter import Node

from reviewbot.code.inductions import Inductions
from reviewbot.code.symbols import Symbol

# A macro's name says that it declares; what it declares it is given, or its last word says.
_DECLARES = re.compile(r"(?:[A-Z0-9]+_)*DECL(?:ARE)?(?:_[A-Z0-9]+)*?(?:_([A-Z][A-Z0-9]*))?")
_ELSEWHERE = re.compile("STATIC|EXTERN|GLOBAL|THREAD|TLS")  # no variable of the block
MAX_NAME = 80  # characters


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
        if match is None or _ELSEWHERE.search(text) or self._is_known(text):
            return False
        given = node.child_by_field_name("arguments") if call else None
        listed = [c for c in given.named_children if c.type == "identifier"] if given else []
        names = [self._text(c) for c in listed] or [(match[1] or "").lower()]
        for short in names:
            if short and not self._is_known(short):
                symbol = Symbol(short, "", "auto", node.start_byte)
                self.declare(symbol)
                symbol.once = False  # the macro may give it something, too
        return True

    def _is_known(self, name: str) -> bool:
        known = name in self.symbols.functions or name in self.parsed.translation.macros
        return known or any(name in scope for scope in self.scopes)

    @cached_property
    def _has_such(self) -> bool:
        return "DECL" in self.text
