"""The order of the stages, known here alone: sources → predictions → findings → decisions."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from typing import Protocol

from reviewbot.code.includes import Read
from reviewbot.code.prefilter import may_be_parallel
from reviewbot.findings import merge
from reviewbot.fixes.head import Analyse, Head, Suggest
from reviewbot.policy import Policy, decide_all
from reviewbot.records import (
    Action,
    Analysis,
    BundleName,
    Construct,
    Decision,
    FileDiff,
    FileResult,
    Finding,
    Prediction,
    Region,
    Review,
    Skipped,
    Slice,
)
from reviewbot.renames import names
from reviewbot.suppression import Suppressions, parse_suppressions
from reviewbot.triage import Renames, triage
from reviewbot.utf16 import UNREAD, as_utf8, is_utf16

LARGEST = 1 << 20  # bytes; hand-written files are far smaller, amalgamations and tables are not
INTERNAL_ERROR = "internal error"

ByPath = Mapping[str, Sequence[Prediction]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One file to review: its head, its base where there is one, and how it changed."""

    path: str
    head: bytes | None = None  # None: deleted, or skipped
    base: bytes | None = None  # None: there is none, or it was not read
    base_known: bool = True  # False: there is, or may be, a base that was not read
    diff: FileDiff | None = None  # None: the file is looked at as it is, not for a change
    skipped: str | None = None
    head_tree: Read | None = None  # the project's files beside it, for its headers; None: unread
    base_tree: Read | None = None


class Predictor(Protocol):
    """The world model, loaded."""

    @property
    def bundle(self) -> BundleName:
        """Identity of the bundle that speaks."""

    def predict(self, slices: Sequence[Slice]) -> tuple[Prediction, ...]:
        """Answer for every access pair of every slice, in one batch."""

    def file_probability(self, predictions: Sequence[Prediction]) -> float:
        """Probability that a race detector reports a race somewhere in the file."""


Profile = Callable[[str, bytes, Sequence[Region]], tuple[Construct, ...]]
Slower = Callable[[str, bytes, bytes], tuple[Finding, ...]]  # of a path, its base and its head


@dataclass(frozen=True, slots=True, kw_only=True)
class Collaborators:
    """What a review needs beside its sources; only the command line builds the real ones."""

    analyse: Analyse
    load_predictor: Callable[[], Predictor]  # called only if there is something to predict
    policy: Policy = field(default_factory=Policy)
    baseline: frozenset[str] = frozenset()
    can_escalate: bool = False  # whether a sanitizer may be asked later
    suggest: Suggest | None = None  # finds fixes for what is told; None: no one asks for them
    profile: Profile | None = None  # predicts profiles of a file's regions; None: without figures
    slower: Slower | None = None  # predicts which regions a change slows down; None: not asked
    strict_errors: bool = False  # True: a fault within one file is raised, not recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """One source after the front end; bytes are kept only where the model has something to read."""

    source: Source  # without its bytes
    head: Analysis
    base: Analysis
    head_data: bytes
    base_data: bytes
    taken: Mapping[str, int]  # what the change took guards from, see `taken_away`

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def old_path(self) -> str:
        return _old_path(self.source)


def review(sources: Iterable[Source], collaborators: Collaborators) -> Review:
    """Review the sources; a file that cannot be analysed is a skipped result and the rest go on."""
    started = time.perf_counter()
    files = tuple(_read(source, collaborators) for source in sources)
    some = any(file.head.slices or file.base.slices for file in files)
    predictor = collaborators.load_predictor() if some else None
    heads = _predict((file.head for file in files), predictor)
    bases = _predict((file.base for file in files), predictor)
    races = _findings(files, heads, bases, collaborators.policy)
    slower = tuple(chain.from_iterable(_slower(file, collaborators) for file in files))
    findings = (*races, *slower)
    texts = {file.path: _text(file) for file in files if _has_text(file)}
    waivers = _waivers(findings, texts)
    decisions = _decided(races, collaborators, waivers)
    notes = map(_informs, _decided(slower, collaborators, waivers))
    return Review(
        bundle=predictor.bundle if predictor else None,
        files=tuple(_result(file, heads, predictor, collaborators) for file in files),
        decisions=(*_with_fixes(decisions, files, heads, predictor, collaborators), *notes),
        skipped=_skipped(files, waivers),
        sources=tuple((path, texts[path]) for path in sorted(_cited(findings) & texts.keys())),
        seconds=time.perf_counter() - started,
    )


def _decided(
    findings: Sequence[Finding], collaborators: Collaborators, waivers: Mapping[str, Suppressions]
) -> tuple[Decision, ...]:
    return decide_all(
        findings,
        collaborators.policy,
        waivers,
        collaborators.baseline,
        can_escalate=collaborators.can_escalate,
    )


def _informs(decision: Decision) -> Decision:
    """What is slower is no mistake: it is noted and takes no comment's place."""
    return replace(decision, action=Action.NOTE) if decision.action is Action.COMMENT else decision


def _slower(file: _Read, collaborators: Collaborators) -> tuple[Finding, ...]:
    """Regions that the file's change slows down; a fault in there costs these notes alone."""
    compared = file.source.diff is not None and file.head.regions and file.base.regions
    if collaborators.slower is None or not compared:
        return ()
    try:
        return collaborators.slower(file.path, file.base_data, file.head_data)
    except Exception:
        if collaborators.strict_errors:
            raise
        return ()


def _has_text(file: _Read) -> bool:
    """Whether anything may be found in it."""
    return bool(file.head.slices or file.base.slices or file.head.regions)


def _read(source: Source, collaborators: Collaborators) -> _Read:
    old_path = _old_path(source)
    base = _analyse(old_path, source.base, collaborators, source.base_tree, {})
    head, taken = Analysis(path=source.path, skipped=source.skipped), dict[str, int]()
    if source.skipped is None:
        head = _analyse(source.path, source.head, collaborators, source.head_tree, {})
        if head.skipped is None and (taken := taken_away(base, head)):
            head = _analyse(source.path, source.head, collaborators, source.head_tree, taken)
    return _Read(
        source=replace(source, head=None, base=None),
        head=head,
        base=base,
        head_data=source.head if source.head and (head.slices or head.regions) else b"",
        base_data=source.base if source.base and (base.slices or base.regions) else b"",
        taken=taken,
    )


def taken_away(base: Analysis, head: Analysis) -> dict[str, int]:
    """What the base guarded at more places than the head does, and at how many.

    Only then the head is read with an eye on it: read so each time, a change that touches no guard
    would seem to bring what was there before.
    """
    return {key: n for key, n in base.guarded.items() if head.guarded.get(key, 0) < n}


def _old_path(source: Source) -> str:
    return (source.diff.old_path if source.diff else None) or source.path


def _analyse(
    path: str,
    data: bytes | None,
    collaborators: Collaborators,
    tree: Read | None,
    before: Mapping[str, int],
) -> Analysis:
    """Run the front end on one file; whatever goes wrong in there is that file's matter alone.

    What the old version guarded is looked for even where no lock is left.
    """
    if data is None or not (before or may_be_parallel(as_utf8(data))):
        return Analysis(path=path)
    if is_utf16(data):
        return Analysis(path=path, skipped=UNREAD)
    if len(data) > LARGEST:
        return Analysis(path=path, skipped=f"generated or too large ({len(data) >> 10} KiB)")
    try:
        return collaborators.analyse(path, data, tree, before)
    except Exception as fault:
        if collaborators.strict_errors:
            raise
        return Analysis(path=path, skipped=f"{INTERNAL_ERROR}: {type(fault).__name__}: {fault}")


def _predict(analyses: Iterable[Analysis], predictor: Predictor | None) -> ByPath:
    """The answers for one side of the change, asked in one batch, by path."""
    slices = tuple(chain.from_iterable(analysis.slices for analysis in analyses))
    by_path: defaultdict[str, list[Prediction]] = defaultdict(list)
    for prediction in predictor.predict(slices) if predictor and slices else ():
        by_path[prediction.slice.path].append(prediction)
    return dict(by_path)


def _findings(
    files: Sequence[_Read], heads: ByPath, bases: ByPath, policy: Policy
) -> tuple[Finding, ...]:
    """Findings of the head and those that are fixed, each with its status against the base."""
    head = merge(_all(heads), {file.path: file.head_data for file in files})
    diffs = tuple(file.source.diff for file in files if file.source.diff)
    if not diffs:  # nothing is compared: the files are looked at as they are
        return triage(head, None, (), comment_level=policy.comment_level)
    return triage(
        head,
        merge(_all(bases), {file.old_path: file.base_data for file in files}),
        diffs,
        comment_level=policy.comment_level,
        unreadable_base=frozenset(
            file.old_path for file in files if file.base.skipped or not file.source.base_known
        ),
        unreadable_head=frozenset(file.path for file in files if file.head.skipped),
        renames=_renames(files),
    )


def _renames(files: Sequence[_Read]) -> Renames:
    """Tells of a file, asked only where something seems new, what names the change exchanged."""
    sides = {file.path: (file.base_data, file.head_data) for file in files}
    return cache(lambda path: names(*sides[path]))


def _all(predictions: ByPath) -> tuple[Prediction, ...]:
    return tuple(chain.from_iterable(predictions.values()))


def _text(file: _Read) -> str:
    # A file whose races are all gone, or that is gone itself, is quoted from its base.
    return (file.head_data or file.base_data).decode("utf-8", errors="replace")


def _waivers(findings: Iterable[Finding], texts: Mapping[str, str]) -> dict[str, Suppressions]:
    return {
        path: parse_suppressions(path, texts[path])
        for path in sorted(_cited(findings) & texts.keys())
    }


def _cited(findings: Iterable[Finding]) -> set[str]:
    """Every path that a finding speaks of."""
    return {
        path
        for finding in findings
        for path in (finding.path, *(access.path for access in finding.accesses))
    }


def _with_fixes(
    decisions: tuple[Decision, ...],
    files: Sequence[_Read],
    heads: ByPath,
    predictor: Predictor | None,
    collaborators: Collaborators,
) -> tuple[Decision, ...]:
    """The same decisions, with fixes for what is told; a fault in there costs the fixes alone."""
    if collaborators.suggest is None or predictor is None:
        return decisions
    known = {
        file.path: Head(
            data=file.head_data,
            analysis=file.head,
            predictions=tuple(heads.get(file.path, ())),
            tree=file.source.head_tree,
            before=file.taken,
        )
        for file in files
        if file.head_data
    }
    try:
        return collaborators.suggest(decisions, known, predictor.predict)
    except Exception:
        if collaborators.strict_errors:
            raise
        return decisions


def _skipped(files: Sequence[_Read], waivers: Mapping[str, Suppressions]) -> tuple[Skipped, ...]:
    """Parts of files that could not be read, and waivers that are not honoured."""
    parts = chain.from_iterable(file.head.unresolved for file in files)
    return (*parts, *chain.from_iterable(waiver.skipped for waiver in waivers.values()))


def _result(
    file: _Read, heads: ByPath, predictor: Predictor | None, collaborators: Collaborators
) -> FileResult:
    predictions = heads.get(file.path, ())
    likely = predictor.file_probability(predictions) if predictor and predictions else 0.0
    return FileResult(
        path=file.path,
        race_probability=likely,
        skipped=file.head.skipped,
        constructs=_constructs(file, collaborators),
    )


def _constructs(file: _Read, collaborators: Collaborators) -> tuple[Construct, ...]:
    """The regions with their predicted profiles; a fault in there costs the figures alone."""
    regions = file.head.regions
    if collaborators.profile is None or not regions:
        return tuple(map(_construct, regions))
    try:
        return collaborators.profile(file.path, file.head_data, regions)
    except Exception:
        if collaborators.strict_errors:
            raise
        return tuple(map(_construct, regions))


def _construct(region: Region) -> Construct:
    return Construct(
        line=region.line, end_line=region.end_line, kind=region.kind, function=region.function
    )
