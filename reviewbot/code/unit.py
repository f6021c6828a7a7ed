"""What a file sees declared: by its headers first, then by itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from reviewbot.code.parse import Parsed
from reviewbot.code.per_thread import split_members
from reviewbot.code.symbols import FileSymbols, Function, collect
from reviewbot.code.unseen_types import members_read, tagged

_DERIVED = re.compile(
    r"(?:class(?<!\wclass)|struct(?<!\wstruct))\s+(\w+)(?:\s+final)?\s*:(?!:)"
    r"\s*((?:(?:public|private|protected|virtual)\s)?[^{};()]{1,300})\{"
)
_BASE = re.compile(r"(?:(?:public|private|protected|virtual)\s+)*(?:\w+::)*(\w+)")
MAX_INHERITED = 20_000  # fields and methods, so that hostile hierarchies stay bounded
_ARGUMENTS = re.compile(r"<[^<>]*>")

Methods = dict[str, list[Function]]  # by class


def collect_all(parsed: Parsed) -> FileSymbols:
    """The symbols of a file and of the headers that it sees; the file's own go first."""
    text = parsed.translation.text[: parsed.translation.own]
    symbols = FileSymbols(types=tagged(text))
    _collect_all(parsed, symbols)
    split_members(parsed, symbols.structs)
    symbols.guesses = members_read(text, symbols)
    return symbols


def _collect_all(parsed: Parsed, symbols: FileSymbols) -> None:
    if not parsed.headers:
        collect(parsed, symbols)
        return
    for root in parsed.headers:
        collect(replace(parsed, root=root, directives=()), symbols)
    symbols.errors.clear()  # a header that does not parse is no news of this file
    methods = _methods(symbols)
    collect(parsed, symbols)
    for versions in symbols.functions.values():
        versions.sort(key=lambda function: function.node.start_byte)
    _inherit(parsed, symbols, methods)


def _methods(symbols: FileSymbols) -> Methods:
    """The methods that headers define, by their class, but for what makes and ends objects."""
    found: Methods = defaultdict(list)
    for function in symbols.all_functions():
        if function.owner and function.name not in (function.owner, "~" + function.owner):
            found[function.owner].append(function)
    return found


def _inherit(parsed: Parsed, symbols: FileSymbols, methods: Methods) -> None:
    """Classes have the fields and the methods of their bases too.

    A header's methods are taken only for calls on their very class (see `Sited.may_mean`), so each
    is known under the derived one as well.
    """
    room = MAX_INHERITED
    for derived, bases in _derived(parsed):
        for base in bases:
            if base == derived or derived not in symbols.structs or base not in symbols.structs:
                continue
            room -= len(symbols.structs[base]) + len(methods.get(base, ())) + 1
            if room < 0:
                return
            symbols.structs[derived] = {**symbols.structs[base], **symbols.structs[derived]}
            known = {function.name for function in methods.get(derived, ())}
            new = [replace(f, owner=derived) for f in methods.get(base, ()) if f.name not in known]
            methods[derived] += new
            for function in new:
                symbols.functions[function.name].append(function)


def _derived(parsed: Parsed) -> Iterator[tuple[str, list[str]]]:
    """(class, its bases) as the headers, then the file, define them: bases come before."""
    text, own = parsed.translation.text, parsed.translation.own
    for start, end in ((own, len(text)), (0, own)):
        for match in _DERIVED.finditer(text, start, end):
            parts = _ARGUMENTS.sub("", match[2]).split(",")
            yield match[1], [base[1] for part in parts if (base := _BASE.match(part.strip()))]
