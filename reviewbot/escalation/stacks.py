"""Reads single lines of a sanitizer's log: frames of a stack, names of functions and of objects.

Everything here is linear in the length of the line: the log is written by code that is not trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from reviewbot.escalation.records import Frame

# A frame of nested C++ templates may run to ten thousand characters; what is longer is none.
LINE_CAP = 1 << 16
# Enough for a comment and for a person to see the cause; a run may bring hundreds of reports.
TEXT_CAP = 20_000
# Deep recursion fills a stack with hundreds of equal frames; what matters stands innermost.
STACK_CAP = 64

_COLOUR = re.compile(r"\x1b\[[0-9;:?]{0,32}[A-Za-z]")
_BUILD_ID = re.compile(r" \(BuildId: [0-9a-fA-F]{1,64}\)$")
_OFFSET = re.compile(r"\+0x[0-9a-f]+$")
_POSITION = re.compile(r"(?::(\d{1,9}))?(?::(\d{1,9}))?$")

# What compilers append when they outline a parallel region or a task (clang; gcc; Intel's), ...
_OUTLINED = (".omp_outlined", ".omp_task_entry", "._omp_fn.", "._omp_cpyfn.", "$omp$")
# ... when they clone a function, and what the linker adds for its version.
_CLONE = re.compile(
    r"(?:\.(?:constprop|isra|part|lto_priv|llvm|__uniq)\.\d{1,20}|\.cold(?:\.\d{1,9})?|\.extracted"
    r"|\.\d{1,9}|@[@*]?[\w.*]*)$"
)
_OFFLOADED = re.compile(r"^__omp_offloading_[0-9a-f]+_[0-9a-f]+_(.+)_l\d+(?:_debug__)?$")
_NESTED = re.compile(r"(\d{1,4})")
_WORD = re.compile(r"[A-Za-z_]\w*")


def lines(text: str) -> Iterator[str]:
    """The lines of a log without colours, carriage returns and what is beyond LINE_CAP."""
    for raw in text.split("\n"):
        line = raw[:LINE_CAP]
        if "\x1b" in line:
            line = _COLOUR.sub("", line)
        if "\r" in line:  # CRLF, or a progress bar that was written over
            line = line.rstrip("\r").rpartition("\r")[2]
        yield line


def tsan_frame(rest: str) -> Frame:
    """What follows `#3 ` in a ThreadSanitizer stack: `f(int) /src/a.c:3:7 (app+0x12)`.

    The path of a frame without debug information is the base name of its binary or library.
    """
    rest = _BUILD_ID.sub("", rest.rstrip())
    head, _, tail = rest.rpartition(" (")
    module = ""
    if tail.endswith(")") and _OFFSET.search(tail[:-1]):
        rest, module = head, _OFFSET.sub("", tail[:-1]).rpartition("/")[2]
    function, place = _split_place(rest)
    path, line, column = _position(place)
    if path in ("<null>", "??", ""):
        path = module
    return Frame(source_function(function), path, line, column)


def valgrind_frame(rest: str) -> Frame:
    """What follows the address in a valgrind stack: `f(int) (a.c:3)`, `??? (in /lib/libc.so)`."""
    function, place = _split_parentheses(rest.rstrip())
    if place.startswith("in "):
        return Frame(source_function(function), place[3:], 0, 0)
    path, line, column = _position(place)
    return Frame(source_function(function), path, line, column)


def source_function(name: str) -> str:
    """The function as the source names it; "" where only the compiler's name is known.

    >>> source_function("main._omp_fn.0"), source_function("f(int) (.omp_outlined)")
    ('main', 'f(int)')
    """
    name = name.strip()
    if name in ("<null>", "???", "??"):
        return ""
    while name.endswith("]") and (at := name.rfind(" [clone ")) >= 0:
        name = name[:at]
    for mark in _OUTLINED:
        if (at := name.find(mark)) >= 0:
            name = name[:at].removesuffix("(").rstrip()
    if match := _OFFLOADED.match(name):
        return match[1]
    return _unclone(name)


def _unclone(name: str) -> str:
    for _ in range(4):  # `f.part.0.constprop.1.cold` is as deep as compilers go
        cut = _CLONE.sub("", name)
        if cut == name or not cut:
            break
        name = cut
    return name


def words(text: str) -> frozenset[str]:
    """The identifiers in a piece of C or C++, or in a symbol, demangled as far as names go."""
    found = set(_WORD.findall(text[:LINE_CAP]))
    return frozenset(found | {part for word in found for part in _mangled(word)})


def _mangled(word: str) -> Iterator[str]:
    """The names within an Itanium-mangled one: `_ZN4shop5totalE` → shop, total."""
    if not word.startswith("_Z"):
        return
    at = 2
    while match := _NESTED.search(word, at):
        end = match.end() + int(match[1])
        yield word[match.end() : end]
        at = end


def _split_place(text: str) -> tuple[str, str]:
    """(function, place): both may hold blanks, only a function's name holds brackets before them.

    An absolute path begins at the first ` /` outside brackets (clang writes the place of a lambda
    inside them); any other path is taken to hold no blanks.
    """
    at = -1
    if " /" in text:
        at = _outside_brackets(text)
    if at < 0:
        at = text.rfind(" ")
    return (text, "") if at < 0 else (text[:at].rstrip(), text[at + 1 :])


def _outside_brackets(text: str) -> int:
    """Where the first ` /` outside brackets is; -1 if there is none."""
    depth = 0
    for index, char in enumerate(text):
        if char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "/" and depth <= 0 and index and text[index - 1] == " ":
            return index - 1
    return -1


def _split_parentheses(text: str) -> tuple[str, str]:
    """(what stands before the last balanced parentheses, what stands in them)."""
    depth = 0
    for index in range(len(text) - 1, -1, -1):
        depth += (text[index] == ")") - (text[index] == "(")
        if depth == 0:
            if index and text[index] == "(" and text.endswith(")"):
                return text[:index].rstrip(), text[index + 1 : -1]
            break
    return text, ""


def _position(place: str) -> tuple[str, int, int]:
    """(path, line, column) of `a.c:3:7`; 0 where not given."""
    match = _POSITION.search(place, max(0, len(place) - 20))
    if match is None:
        return place, 0, 0
    return place[: match.start()], int(match[1] or 0), int(match[2] or 0)
