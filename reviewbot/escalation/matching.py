"""Tells which of a sanitizer's reports speak of a finding: by file and line of both accesses.

What a sanitizer run can and cannot say
---------------------------------------
*A report at both lines* (Strength.BOTH) is the strongest evidence there is: on real memory two
threads touched the same bytes, one of them wrote, and the tool saw nothing that orders them. It
shows that the race can happen, not how often, nor that it does harm.

*A weaker match* says that a race was seen at one of the finding's accesses, and that what is known
of the other side does not speak against it: the compiler moved the other access to another line, an
inlined region lost its line numbers, the tool forgot the other stack (ThreadSanitizer keeps a
limited history; DRD never keeps the other access at all).

*No report* says little. The schedule in which the race shows may not have come; the input may not
lead there; the compiler may have removed the access; atomics, inline assembly, libraries that were
not instrumented, vector lanes and devices are out of sight: "not reproduced", never "refuted".

*Not every report is a race.* Without Archer, ThreadSanitizer does not see what orders the threads
of OpenMP (gcc's libgomp has no such tool: expect reports on the arguments of a region, at the line
of its directive). libomp recycles the memory of finished tasks where even Archer cannot see it.
helgrind and DRD see instructions and not the atomics of the source: they report lock-free code that
is in order.

*A report is text that the program under test could have printed itself.* It is evidence about code
that its author wants reviewed; it must never unlock anything.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from reviewbot.escalation.openmp_memory import Sources, on_recycled_memory
from reviewbot.escalation.records import Frame, ReportKind, ToolAccess, ToolReport
from reviewbot.escalation.stacks import words
from reviewbot.records import Access, Mode

# A statement over two lines is reported at the line of its operator by clang and at the line of its
# end by gcc. Both sides share the allowance, so that two neighbouring statements are not confused.
LINE_TOLERANCE = 1
# Frames of the finding's files to look at, from the access outwards: an accessor called through an
# operator is two deep, further out is the body of the thread.
OWN_FRAMES = 3

# Code that a project calls but does not write: the compiler's headers and runtimes, and glibc (by
# the folders in its debug information). Function names serve valgrind, which leaves folders out.
_LIBRARY_PATH = re.compile(
    r"^/(?:usr|opt|lib\w*)/|(?:^|/)(?:libsanitizer|compiler-rt|sysdeps|nptl|bits|c\+\+)/"
    r"|^(?:\./|\.\./)*(?:malloc|string|stdlib|csu|misc|posix|time|libio|stdio-common)/\.*/"
)
_LIBRARY_NAME = re.compile(r"^(?:[\w:<>, ]{1,40} )?(?:std|__gnu_cxx)::|^operator (?:new|delete)")
_GLOBAL = re.compile(r"""(?:global(?: var)?|data symbol) ['"]([^'"]*)['"]""")
_ANGLES = {"<": 1, "(": 1, ">": -1, ")": -1}


class Strength(Enum):
    """How surely a report is about a finding, best first."""

    BOTH = "both accesses at their lines"
    CALLS = "both accesses, in calls made at their lines"
    ONE = "one access at its line, the other in the same object or function"
    LOST = "one access at its line; the tool lost the other"
    CHANGED = "in a changed file; no access was asked for"


@dataclass(frozen=True, slots=True)
class Match:
    """A report and how surely it is about what was asked for."""

    report: ToolReport
    strength: Strength


def match(
    reports: Sequence[ToolReport],
    finding_accesses: Sequence[Access],
    *,
    changed: Collection[str],
    strip: Sequence[str] = (),
    object: str = "",
    sources: Sources | None = None,
) -> tuple[tuple[Match, ...], tuple[ToolReport, ...]]:
    """(races that speak of the finding, surest first; every other report).

    `changed` are the paths of the change within the repository and `strip` the folders that its
    copies were built in: a path below one of them is compared from there on, any other by its end.
    `object` is the finding's. Without accesses, for a target where the model was silent, every race
    with a side in a changed file matches. `sources`, the texts of OpenMP code by path, let reports
    on memory that libomp recycled be passed over.
    """
    claim = _Claim(tuple(finding_accesses), frozenset(changed), _Paths.below(strip), object)
    recycled = on_recycled_memory(reports, sources) if sources else ()
    found = [(r, None if r in recycled else claim.strength(r)) for r in reports]
    matched = [Match(report, strength) for report, strength in found if strength is not None]
    order = list(Strength)
    matched.sort(key=lambda item: (order.index(item.strength), item.report.truncated))
    return tuple(matched), tuple(report for report, strength in found if strength is None)


def in_change(report: ToolReport, changed: Collection[str], strip: Sequence[str] = ()) -> bool:
    """Whether a side of the report, but for library code that it called, lies in a changed file."""
    paths = _Paths.below(strip)
    sides = (_own(side.stack, changed, paths)[:1] for side in report.accesses)
    return any(not called for side in sides for _, called in side)


@dataclass(frozen=True, slots=True)
class _Paths:
    """Compares a path as a tool printed it with those of the repository."""

    strip: tuple[str, ...]

    @classmethod
    def below(cls, folders: Sequence[str]) -> _Paths:
        return cls(tuple(posixpath.normpath(folder).rstrip("/") + "/" for folder in folders))

    def same(self, printed: str, path: str) -> bool:
        if not printed:
            return False
        printed = posixpath.normpath(printed)
        for prefix in self.strip:
            if printed.startswith(prefix):
                return printed[len(prefix) :] == path
        while printed.startswith("../"):
            printed = printed[3:]
        # Printed from the root of another build, or, as valgrind does, without its folder.
        return printed == path or printed.endswith(f"/{path}") or path.endswith(f"/{printed}")

    def any(self, printed: str, paths: Collection[str]) -> bool:
        return any(self.same(printed, path) for path in paths)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A side of a report that lies at an access of the finding."""

    access: int  # index in the finding
    distance: int  # lines between what was claimed and what was reported
    called: bool  # the line is that of a call to other code of the project


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a finding says, to be held against reports."""

    accesses: tuple[Access, ...]
    changed: frozenset[str]
    paths: _Paths
    object: str

    def strength(self, report: ToolReport) -> Strength | None:
        """How surely the report is about the finding; None if it is not."""
        if report.kind is not ReportKind.RACE:
            return None
        if not self.accesses:
            seen = in_change(report, self.changed, self.paths.strip)
            return Strength.CHANGED if seen else None
        hits = [tuple(self._hits(side)) for side in report.accesses]
        both = self._pairing(hits, report) if len(hits) > 1 else None
        return both or self._one_sided(report, hits)

    def _hits(self, side: ToolAccess) -> Iterator[_Hit]:
        """The accesses of the finding at which the side's stack lies."""
        own = _own(side.stack, {access.path for access in self.accesses}, self.paths)
        for index, access in enumerate(self.accesses):
            for frame, called in own:
                distance = abs(frame.line - access.line)
                near = frame.line and distance <= (0 if called else LINE_TOLERANCE)
                if near and self.paths.same(frame.path, access.path):
                    if not self._contradicts(side, access, direct=frame is side.stack[0]):
                        yield _Hit(index, distance, called)
                    break

    def _contradicts(self, side: ToolAccess, access: Access, *, direct: bool) -> bool:
        """Whether the tool saw a write where the finding only reads: another object of the line.

        In a library's frame it is not known what the source's call does; and a read where the
        finding writes may be the first half of an update.
        """
        if not direct or not side.size or side.mode is Mode.READ:
            return False
        here = [a for a in self.accesses if (a.path, a.line) == (access.path, access.line)]
        return all(a.mode is Mode.READ for a in here)

    def _pairing(self, hits: Sequence[tuple[_Hit, ...]], report: ToolReport) -> Strength | None:
        """BOTH or CALLS if the sides lie at two accesses of the finding, or twice at its only."""
        couples = [
            (a, b)
            for a in hits[0]
            for b in hits[1]
            if a.distance + b.distance <= LINE_TOLERANCE
            and (a.access != b.access or len(self.accesses) == 1)
        ]
        if any(not a.called and not b.called for a, b in couples):
            return Strength.BOTH
        # `sum += work(i)`: a race within `work` is none on `sum`, unless the tool names it so.
        named = self._names_object(report)
        made = any(self._is_call(a) and self._is_call(b) for a, b in couples)
        return Strength.CALLS if couples and (named or (made and named is None)) else None

    def _is_call(self, hit: _Hit) -> bool:
        return not hit.called or "(" in self.accesses[hit.access].text

    def _one_sided(self, report: ToolReport, hits: Sequence[tuple[_Hit, ...]]) -> Strength | None:
        """ONE or LOST if one side lies exactly at an access, itself and not a call there."""
        named = self._names_object(report)
        best: Strength | None = None
        for index, found in enumerate(hits):
            others = [side for at, side in enumerate(report.accesses) if at != index]
            for hit in found:
                if hit.distance or hit.called or not report.accesses[index].size:
                    continue
                if named or (named is None and self._in_function(others, hit.access)):
                    return Strength.ONE
                if named is None and not any(side.size and _known(side) for side in others):
                    best = Strength.LOST
        return best

    def _names_object(self, report: ToolReport) -> bool | None:
        """Whether the tool names the finding's object; None if it names none."""
        match = _GLOBAL.search(report.location)
        symbol = words(match[1]) - {"null"} if match else frozenset()
        if not symbol:
            return None
        claimed = words(self.object).union(*(words(access.text) for access in self.accesses))
        return bool(symbol & claimed)

    def _in_function(self, sides: Sequence[ToolAccess], index: int) -> bool:
        """Whether a side lies in the function of another access of the finding, at any line."""
        partners = [a for at, a in enumerate(self.accesses) if at != index] or self.accesses
        for access in partners:
            inner = access.function.rpartition("::")[2]
            for side in sides:
                own = _own(side.stack, {access.path}, self.paths)
                if inner and any(inner in _names(f.function) for f, called in own if not called):
                    return True
        return False


def _own(stack: Sequence[Frame], files: Collection[str], paths: _Paths) -> list[tuple[Frame, bool]]:
    """The innermost frames in the files, and whether each is only a call to the project's code."""
    found: list[tuple[Frame, bool]] = []
    called = False
    for frame in stack:
        if paths.any(frame.path, files):
            found.append((frame, called))
        elif found:
            break  # called back by a library: the thread's body, or a comparison of a sort
        called = called or bool(found) or not _is_library(frame)
        if len(found) == OWN_FRAMES:
            break
    return found


def _is_library(frame: Frame) -> bool:
    if not frame.line or "/" in frame.path:
        return not frame.line or bool(_LIBRARY_PATH.search(frame.path))
    return bool(_LIBRARY_NAME.match(frame.function))


def _known(side: ToolAccess) -> bool:
    return any(frame.line or frame.function for frame in side.stack)


def _names(symbol: str) -> frozenset[str]:
    """The names that lead to a function, without parameters and template arguments.

    >>> sorted(_names("fluid::Field<float>::relax(int) const"))
    ['Field', 'const', 'fluid', 'relax']
    """
    depth = 0
    kept: list[str] = []
    for char in symbol.replace("(anonymous namespace)", ""):
        depth = max(0, depth + _ANGLES.get(char, 0))
        kept.append(char if depth == 0 and char not in _ANGLES else " ")
    return words("".join(kept))
