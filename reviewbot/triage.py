"""Base against head: which findings a change introduced, found in place, or fixed."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from reviewbot.findings import moved
from reviewbot.records import Access, Change, FileDiff, Finding, Status
from reviewbot.renames import Names, is_renamed, spelling

# A lock, an unlock or a pragma stands beside the access it protects or a line off, across a brace:
# a change within two lines of an access may be what made it race.
NEAR = 2

# "Fixed" is an assurance: it must not hang on a hair, so the probability must fall to half the
# level at which people are told, not merely below it.
FIXED_SHARE = 0.5

MAX_TRIED = 40  # findings of a file's base that one of its head may be under another name

CommentLevel = Callable[[Finding], float]
Renames = Callable[[str], Names]  # of the head's path


@dataclass(frozen=True, slots=True)
class _Move:
    """How one file's lines went from base to head."""

    path: str  # the head's
    removed: tuple[int, ...] = ()
    added: tuple[int, ...] = ()

    def head_line(self, line: int) -> int | None:
        """The head-side number of a base line; None if the change removed it."""
        before = bisect_left(self.removed, line)
        if before < len(self.removed) and self.removed[before] == line:
            return None
        head = line - before
        for added in self.added:
            if added > head:
                break
            head += 1
        return head

    def is_calm(self, line: int) -> bool:
        """Whether no line near this base line was removed, and none was added near its place."""
        head = self.head_line(line)
        return (
            head is not None
            and not any(abs(other - line) <= NEAR for other in self.removed)
            and not any(abs(other - head) <= NEAR for other in self.added)
        )


@dataclass(frozen=True, slots=True)
class _Carried:
    """A base-side finding with the names and places that the change gives it in the head."""

    finding: Finding
    path: str
    fingerprint: str
    places: tuple[tuple[str, int | None], ...]  # of each access, in the head
    calm: tuple[bool, ...]  # of each access: nothing changed near it


def triage(
    head: Sequence[Finding],
    base: Sequence[Finding] | None,
    diffs: Sequence[FileDiff],
    *,
    comment_level: CommentLevel,
    unreadable_base: Collection[str] = (),
    unreadable_head: Collection[str] = (),
    renames: Renames | None = None,
) -> tuple[Finding, ...]:
    """The head's findings with their status, then those of the base that are fixed.

    `base` is None if it could not be analysed; `unreadable_base` and `unreadable_head` hold the
    paths, each in its own revision, of which that is true. What could not be read is never taken
    for clean: its findings stay UNKNOWN, and nothing in it counts as fixed. `comment_level` gives
    the probability from which a finding is told (0..1): one that rises across it is introduced,
    although its code is old, because the change took away what protected it. `renames` tells what
    may be old under another name; None: nothing is.
    """
    if base is None:
        return tuple(replace(finding, status=Status.UNKNOWN) for finding in head)
    moves = _moves(diffs)
    carried = [_carry(finding, moves) for finding in base]
    matches = _match(head, carried)
    if renames is not None:
        matches |= _renamed(head, carried, matches, renames)
    unknown = _heads_of(unreadable_base, diffs)
    result = [
        _with_status(finding, matches.get(index), finding.path in unknown, comment_level)
        for index, finding in enumerate(head)
    ]
    kept = {id(match) for match in matches.values()}
    gone = [one for one in carried if id(one) not in kept and one.path not in unreadable_head]
    return (*result, *_fixed(gone, comment_level))


def _with_status(
    finding: Finding, match: _Carried | None, unknown: bool, comment_level: CommentLevel
) -> Finding:
    if unknown:
        return replace(finding, status=Status.UNKNOWN)
    if match is None:
        return replace(finding, status=Status.INTRODUCED)
    base, level = match.finding, comment_level(finding)
    if base.probability < level <= finding.probability:
        return replace(finding, status=Status.INTRODUCED)
    if base.probability >= level and finding.probability < level * FIXED_SHARE:
        return replace(base, status=Status.FIXED)
    return replace(finding, status=Status.PRE_EXISTING)


def _fixed(gone: Iterable[_Carried], comment_level: CommentLevel) -> list[Finding]:
    """The findings that are no longer there, as far as people would have been told of them."""
    return [
        replace(one.finding, status=Status.FIXED)
        for one in gone
        if one.finding.probability >= comment_level(one.finding)
    ]


def _moves(diffs: Sequence[FileDiff]) -> dict[str, _Move]:
    """The move of each base path; a copy leaves its original where it was."""
    return {
        diff.old_path: _Move(
            diff.path,
            removed=tuple(sorted(line for hunk in diff.hunks for line in hunk.removed)),
            added=tuple(sorted(diff.added_lines)),
        )
        for diff in diffs
        if diff.old_path is not None and diff.change is not Change.COPIED
    }


def _heads_of(base_paths: Collection[str], diffs: Sequence[FileDiff]) -> frozenset[str]:
    """The head-side paths of base-side paths; a file that no diff names keeps its path."""
    renamed = {diff.old_path for diff in diffs if diff.change is Change.RENAMED}
    heads = {diff.path for diff in diffs if diff.old_path in base_paths}
    return frozenset(heads | {path for path in base_paths if path not in renamed})


def _carry(finding: Finding, moves: Mapping[str, _Move]) -> _Carried:
    path = moves.get(finding.path, _Move(finding.path)).path
    ways = [moves.get(access.path, _Move(access.path)) for access in finding.accesses]
    sides = list(zip(ways, finding.accesses, strict=True))
    return _Carried(
        finding,
        path,
        moved(finding.fingerprint, finding.path, path),
        places=tuple((way.path, way.head_line(access.line)) for way, access in sides),
        calm=tuple(way.is_calm(access.line) for way, access in sides),
    )


def _match(head: Sequence[Finding], base: Sequence[_Carried]) -> dict[int, _Carried]:
    """Pairs each head finding, by index, with at most one of the base; the surest keys first.

    1. the same object at lines that the diff left alone: tells equal twins apart;
    2. the same fingerprint: survives moved blocks;
    3. one side left alone and nothing changed near it: an edit of the other side, or a new
       partner elsewhere, does not make an old race new.
    """
    matches: dict[int, _Carried] = {}
    free = dict(enumerate(base))
    for head_keys, base_keys in (
        (_head_places, _base_places),
        (_head_prints, _base_prints),
        (_head_sides, _base_sides),
    ):
        waiting: defaultdict[Hashable, list[int]] = defaultdict(list)
        for number, one in free.items():
            for key in base_keys(one):
                waiting[key].append(number)
        for index, finding in enumerate(head):
            if index not in matches:
                keys = head_keys(finding)
                found = [n for key in keys for n in waiting[key] if n in free]
                if found:
                    matches[index] = free.pop(found[0])
    return matches


def _renamed(
    head: Sequence[Finding],
    base: Sequence[_Carried],
    matches: Mapping[int, _Carried],
    renames: Renames,
) -> dict[int, _Carried]:
    """Pairs, of what has no partner yet, head findings with what the base said in other names."""
    matched = {id(one) for one in matches.values()}
    free: defaultdict[Hashable, list[_Carried]] = defaultdict(list)
    for one in base:
        if id(one) not in matched:
            free[one.finding.kind, one.path].append(one)
    found: dict[int, _Carried] = {}
    for index, finding in enumerate(head):
        waiting = free.get((finding.kind, finding.path))
        if index in matches or not waiting:
            continue
        told, new = renames(finding.path), spelling(finding)
        tried = (o for o in waiting[:MAX_TRIED] if is_renamed(spelling(o.finding), new, told))
        if (past := next(tried, None)) is not None:
            found[index] = past
            waiting.remove(past)
    return found


def _head_places(finding: Finding) -> list[Hashable]:
    sides = [_side(access.path, access.line, access) for access in finding.accesses]
    return [(finding.kind, finding.path, finding.object, tuple(sorted(sides)))] if sides else []


def _base_places(one: _Carried) -> list[Hashable]:
    sides = [
        _side(path, line, access)
        for (path, line), access in zip(one.places, one.finding.accesses, strict=True)
        if line is not None
    ]
    if not sides or len(sides) < len(one.places):
        return []
    return [(one.finding.kind, one.path, one.finding.object, tuple(sorted(sides)))]


def _head_prints(finding: Finding) -> list[Hashable]:
    return [finding.fingerprint]


def _base_prints(one: _Carried) -> list[Hashable]:
    return [one.fingerprint]


def _head_sides(finding: Finding) -> list[Hashable]:
    return [
        (*_home(finding, finding.path), _side(access.path, access.line, access))
        for access in finding.accesses
    ]


def _base_sides(one: _Carried) -> list[Hashable]:
    sides = zip(one.places, one.calm, one.finding.accesses, strict=True)
    return [
        (*_home(one.finding, one.path), _side(path, line, access))
        for (path, line), calm, access in sides
        if calm and line is not None
    ]


def _home(finding: Finding, path: str) -> tuple[str, str, str, str]:
    return (finding.kind.value, path, finding.object, finding.function)


def _side(path: str, line: int, access: Access) -> tuple[str, int, str, str]:
    return (path, line, access.mode.value, access.text)
