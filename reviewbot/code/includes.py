"""The project's own headers that a file includes, directly or through others.

Where a build would look cannot be known without building, so the usual places are tried, and last
any folder if it is the only one with a header of that name. A header that is not found costs facts
and nothing else.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from reviewbot.code.prefilter import is_c_family
from reviewbot.code.words import words

MAX_HEADERS = 24  # that are kept for one file
MAX_TOTAL = 256 << 10  # bytes of all that are kept: a quarter of a second of reading
MAX_HEADER = 128 << 10  # bytes of one; larger ones are generated or a library in one file
MAX_LARGE = 1 << 20  # bytes of a larger one that are looked through
MAX_FOLLOWED = 60  # headers opened for one file, kept or not
MAX_LEVELS = 6  # headers of headers
MAX_INCLUDES = 80  # of one file
MAX_ASKED = 600  # paths asked for, found or not
_MAX_PARENTS = 5  # folders above the including file

ELSEWHERE = "*/"  # before a path: in whatever folder, if one alone has it
# Many paths at once, relative to the project's root → their contents; None for what is not there.
Read = Callable[[Sequence[str]], Mapping[str, bytes | None]]

_INCLUDE = re.compile(
    rb'^[ \t]*#[ \t]*include[ \t]*(?:"([\w./+-]{1,200})"|<([\w./+-]{1,200})>)', re.MULTILINE
)
# Nothing else tells the front end anything: a body, an alias, a variable, a macro with a body, a
# function that returns a pointer.
_USEFUL = re.compile(
    rb"[{]|\btypedef\b|\busing\b|[\w\]]\s{0,3};|\*\s{0,3}\w+\s{0,3}\("
    rb"|#[ \t]*define[ \t]+\w+[( \t]+[^\s]|\bthreadprivate\b"
)
# What is read of a header that is too large: of which variables each thread has its own.
_OWN = re.compile(rb"^[ \t]*#[ \t]*pragma[ \t]+omp[ \t]+threadprivate\b.{1,400}", re.MULTILINE)
_CALL = re.compile(rb"\b([A-Za-z_]\w{2,100})[ ]?\(")
# What a function's body is behind, and its name, read backwards from there: that is quicker.
_BODY = re.compile(rb"\([^;{}()]{0,400}\)\s{0,40}(?:const\s{0,9})?\{")
_NAME_REVERSED = re.compile(rb"[ ]?(\w{2,100}[A-Za-z_])(?=[\s*&]|$)")
_SYSTEM = frozenset(
    words(
        """assert.h complex.h ctype.h errno.h fenv.h float.h inttypes.h iso646.h limits.h locale.h
    math.h setjmp.h signal.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h
    stdlib.h stdnoreturn.h string.h strings.h tgmath.h threads.h time.h uchar.h wchar.h wctype.h
    omp.h pthread.h sched.h semaphore.h unistd.h fcntl.h dlfcn.h malloc.h memory.h poll.h
    windows.h immintrin.h"""
    )
)
_SYSTEM_FOLDERS = ("sys/", "boost/", "bits/", "arpa/", "netinet/", "gtest/", "gmock/")


@dataclass(slots=True)
class _Found:
    """What was opened so far: contents, and which files each file includes."""

    contents: dict[str, bytes] = field(default_factory=dict)
    included: dict[str, list[str]] = field(default_factory=dict)
    asked: int = 0


def project_headers(path: str, data: bytes, read: Read) -> tuple[bytes, ...]:
    """Contents of the project's headers that `path` sees, each once, the included ones first.

    Those that are nearest are kept where there are too many; nothing outside the project is asked
    for, and nothing at all where a file includes none but the system's.
    """
    own = _inside("", path)
    if own is None:
        return ()
    found = _Found()
    level = [(own, data)]
    for _ in range(MAX_LEVELS):
        level = _next_level(level, own, found, read)
        if not level:
            break
    kept = _kept(found, data)
    return tuple(found.contents[name] for name in _in_order(own, found) if name in kept)


def _next_level(
    level: Sequence[tuple[str, bytes]], own: str, found: _Found, read: Read
) -> list[tuple[str, bytes]]:
    """Open what the files of one level include; the headers that were not seen before."""
    asked = [(name, include) for name, text in level for include in _names(text)]
    wanted = [(name, list(_places(name, *include))) for name, include in asked]
    contents = _ask(read, found, (place for _, places in wanted for place in places))
    for (_, places), (_, include) in zip(wanted, asked, strict=True):
        last = None if any(contents.get(p) is not None for p in places) else _elsewhere(*include)
        if last is not None and own not in places:
            places.append(last)
    contents |= _ask(read, found, (p for _, places in wanted for p in places if p not in contents))
    new: list[tuple[str, bytes]] = []
    for name, places in wanted:
        place = next((p for p in places if p == own or contents.get(p) is not None), None)
        text = _read_of(contents.get(place)) if place is not None else None
        if place is not None and place not in found.contents:
            place = next((p for p, known in found.contents.items() if known == text), place)
        if place is None or place == own or text is None:
            continue
        found.included.setdefault(name, []).append(place)
        if place not in found.contents and len(found.contents) < MAX_FOLLOWED:
            found.contents[place] = text
            new.append((place, text))
    return new


def _read_of(text: bytes | None) -> bytes | None:
    """What is read of a header: all of it, or of a large one a few directives; None if nothing."""
    if text is None or len(text) <= MAX_HEADER:
        return text
    return b"\n".join(m[0] for m in islice(_OWN.finditer(text[:MAX_LARGE]), MAX_INCLUDES)) or None


def _ask(read: Read, found: _Found, places: Iterable[str]) -> dict[str, bytes | None]:
    """The contents of as many of these as may still be asked for."""
    paths = list(dict.fromkeys(places))[: MAX_ASKED - found.asked]
    found.asked += len(paths)
    return dict(read(paths)) if paths else {}


def _names(text: bytes) -> Iterator[tuple[str, bool]]:
    """(name, whether it is quoted) of each include that may be one of the project's."""
    if b"include" not in text:
        return
    for match in islice(_INCLUDE.finditer(text), MAX_INCLUDES):
        quoted = match[1] is not None
        name = (match[1] or match[2]).decode("utf-8", "replace")
        if is_c_family(name) and (quoted or not _of_system(name)):
            yield name, quoted


def _of_system(name: str) -> bool:
    return name in _SYSTEM or name.startswith(_SYSTEM_FOLDERS)


def _places(path: str, name: str, quoted: bool) -> tuple[str, ...]:
    """Where a header may lie, most likely first: beside, and in the roots that builds use."""
    folders = list(_parents(path))
    places = [folder for parent in folders for folder in (parent, _join(parent, "include"))]
    if not quoted:  # what lies beside is meant last
        places = [*places[1:], places[0]]
    tried = (_inside(folder, name) for folder in (*places, "src"))
    return tuple(dict.fromkeys(place for place in tried if place is not None))


def _elsewhere(name: str, quoted: bool) -> str | None:
    """The last place to look for a header: in any folder."""
    return _inside("", ELSEWHERE + name) if quoted and ".." not in name else None


def _parents(path: str) -> Iterator[str]:
    """The folder of a file, those above it, and the root."""
    folder = posixpath.dirname(path)
    for _ in range(_MAX_PARENTS):
        if not folder:
            break
        yield folder
        folder = posixpath.dirname(folder)
    yield ""


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _inside(folder: str, name: str) -> str | None:
    """The path of `name` as seen from `folder`, or None if it leaves the project."""
    path = posixpath.normpath(posixpath.join(folder, name))
    if path.startswith(("/", "../", ".git/")) or path in (".", "..") or "\0" in path:
        return None
    return path


def _kept(found: _Found, data: bytes) -> frozenset[str]:
    """Of the headers that say something, those that fit: with what the file calls, the nearest."""
    useful = {
        name: text
        for name, text in found.contents.items()  # in order of their distance
        if b"\0" not in text and _USEFUL.search(text)
    }
    crowded = len(useful) > MAX_HEADERS or sum(map(len, useful.values())) > MAX_TOTAL
    kept: set[str] = set()
    room = MAX_TOTAL
    for name in _called_first(useful, data) if crowded else useful:
        if len(kept) < MAX_HEADERS and len(useful[name]) <= room:
            kept.add(name)
            room -= len(useful[name])
    return frozenset(kept)


def _called_first(headers: Mapping[str, bytes], data: bytes) -> list[str]:
    """Their names, those first that define a function that the file calls."""
    called = set(_CALL.findall(data))

    def is_called(text: bytes) -> bool:
        backwards, size = text[::-1], len(text)
        ends = (size - match.start() for match in _BODY.finditer(text))
        names = (_NAME_REVERSED.match(backwards, end) for end in ends)
        return any(name[1][::-1] in called for name in names if name is not None)

    return sorted(headers, key=lambda name: not is_called(headers[name]))


def _in_order(own: str, found: _Found) -> Iterable[str]:
    """Every header after those that it includes; a cycle ends where it began."""
    done: dict[str, None] = {own: None}

    def visit(name: str) -> None:
        # At most MAX_LEVELS + MAX_FOLLOWED deep: each header is visited once.
        for header in found.included.get(name, ()):
            if header not in done:
                done[header] = None
                visit(header)
                ordered.append(header)

    ordered: list[str] = []
    visit(own)
    return ordered
