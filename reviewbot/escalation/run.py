"""Runs targets, in the project's own build or by a harness, and survives what goes wrong."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from reviewbot.errors import GitFailed
from reviewbot.escalation.alone import Alone, run_alone
from reviewbot.escalation.checkout import check_out
from reviewbot.escalation.matching import match
from reviewbot.escalation.project import BuildFailed, build, counted, missing, test
from reviewbot.escalation.reach import knows, unreached
from reviewbot.escalation.records import (
    Outcome,
    Sanitizer,
    Suspect,
    Target,
    ToolReport,
    Verdict,
    Way,
)
from reviewbot.escalation.runs import Ran, Setting
from reviewbot.escalation.sandbox import Limits, Sandbox
from reviewbot.escalation.settings import SanitizerSettings
from reviewbot.escalation.state import State
from reviewbot.escalation.tools import Kit, Toolbox
from reviewbot.git import Repository
from reviewbot.records import Access

_ELSEWHERE = 20  # reports outside the change that an outcome carries; a run may bring hundreds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """A project that was built and tested under one kit; it serves every target."""

    root: Path
    logs: Path
    setting: Setting
    ran: Ran | BuildFailed


@dataclass(slots=True, kw_only=True)
class Runner:
    """Runs the targets of one commit, one after another; `work` is a folder of its own."""

    repository: Repository
    head: str
    settings: SanitizerSettings
    sandbox: Sandbox
    toolbox: Toolbox
    work: Path
    state: State | None = None
    changed: Collection[str] = ()
    _built: dict[Sanitizer, _Built] = field(default_factory=dict)
    _copies: dict[str, Path] = field(default_factory=dict)

    def run(self, target: Target) -> tuple[Outcome, ...]:
        """One outcome per finding of the target, or one for a silence; nothing is raised.

        A fault of a tool, of the build or of the machine is this target's verdict alone.
        """
        if self.state and (known := self.state.get(target)):
            return known
        started = time.monotonic()
        try:
            outcomes = self._run(target, started)
        except OSError as exc:
            full = exc.errno in (errno.ENOSPC, errno.EDQUOT)
            reason = "the disk is full" if full else str(exc)
            outcomes = (_plain(target, Verdict.TOOL_FAILED, reason, started),)
        except GitFailed as exc:
            outcomes = (_plain(target, Verdict.TOOL_FAILED, str(exc), started),)
        if self.state:
            self.state.put(target, outcomes)
        return outcomes

    def _run(self, target: Target, started: float) -> tuple[Outcome, ...]:
        kit = self.toolbox.kit(target.sanitizer)
        if isinstance(kit, str):
            verdict = Verdict.NOT_RUN
            return (_plain(target, verdict, kit, started),)
        why_alone = ""
        if target.way is Way.PROJECT:
            done = self._in_project(target, kit, started)
            if not isinstance(done, str):
                return done
            target, why_alone = replace(target, way=Way.HARNESS), done
        return self._alone(target, kit, started, why_alone)

    def _in_project(self, target: Target, kit: Kit, started: float) -> tuple[Outcome, ...] | str:
        """The outcomes, or why the project's build cannot show this target."""
        built = self._project(target.sanitizer, kit)
        if isinstance(built.ran, BuildFailed):
            failed = built.ran
            return (_plain(target, failed.verdict, failed.reason, started, kit.name),)
        absent = missing(built.root, target.path, built.setting)
        if absent and absent.verdict is Verdict.NOT_RUN:
            return absent.reason
        if absent:
            return (_plain(target, absent.verdict, absent.reason, started, kit.name),)
        lines = counted(built.root, built.logs, target.path, built.setting)
        done = Alone(ran=built.ran, counted=lines)
        return tuple(self._outcomes(target, done, kit, started, roots=[built.root]))

    def _project(self, sanitizer: Sanitizer, kit: Kit) -> _Built:
        if sanitizer not in self._built:
            setting = self._setting(kit)
            root, logs = self._folder("build"), self._folder("logs")
            check_out(self.repository, self.head, root)
            failed = build(root, self.settings, setting)
            ran = failed or test(root, logs, self.settings, setting)
            self._built[sanitizer] = _Built(root=root, logs=logs, setting=setting, ran=ran)
        return self._built[sanitizer]

    def _alone(self, target: Target, kit: Kit, started: float, why: str) -> tuple[Outcome, ...]:
        def enough(reports: Sequence[ToolReport]) -> bool:
            found = (self._match(reports, one, target, [root])[0] for one in _asked(target))
            return all(found)

        root = self._copy()
        setting = replace(self._setting(kit), enough=enough)
        work, logs = self._folder("harness"), self._folder("logs")
        named = self.settings.compile_commands
        done = run_alone(target, root, work, logs, setting, named=named)
        # Where there is no harness, the reason says so by itself.
        where = "" if done.ran.verdict is Verdict.NOT_RUN else "in a harness"
        where = f"{where}, as {why}".removeprefix(", ") if why else where
        notes = "; ".join(part for part in (where, done.note) if part)
        done = replace(done, note=notes)
        return tuple(self._outcomes(target, done, kit, started, roots=[root, work]))

    def _outcomes(
        self,
        target: Target,
        done: Alone,
        kit: Kit,
        started: float,
        *,
        roots: Sequence[Path],
    ) -> Iterator[Outcome]:
        ran, note = done.ran, done.note
        for suspect in _asked(target):
            matched, elsewhere = self._match(ran.reports, suspect, target, roots)
            accesses = suspect.accesses if suspect else ()
            places = list(map(str, roots))
            never = unreached(done.counted or {}, accesses, places)
            verdict, reason = _judge(matched, ran, never)
            yield Outcome(
                target=_narrowed(target, suspect),
                verdict=verdict,
                reason=f"{reason} ({note})" if note else reason,
                tool=kit.name,
                runs=ran.runs,
                threads=tuple(sorted(ran.threads)),
                seconds=time.monotonic() - started,
                reports=matched,
                elsewhere=elsewhere[:_ELSEWHERE],
                reached=bool(accesses and done.counted and knows(done.counted, accesses, places)),
            )

    def _match(
        self,
        reports: Sequence[ToolReport],
        suspect: Suspect | None,
        target: Target,
        roots: Sequence[Path],
    ) -> tuple[tuple[ToolReport, ...], tuple[ToolReport, ...]]:
        accesses: tuple[Access, ...] = suspect.accesses if suspect else ()
        changed = {target.path, *(self.changed if suspect else ())}
        matched, rest = match(
            reports,
            accesses,
            changed=changed,
            strip=list(map(str, roots)),
            object=suspect.object if suspect else "",
            sources=self._sources(target),
        )
        return tuple(one.report for one in matched), rest

    def _sources(self, target: Target) -> dict[str, str] | None:
        """The text of OpenMP code: by it, reports on the runtime's own memory are known."""
        if target.sanitizer is not Sanitizer.TSAN_ARCHER:
            return None
        data = self.repository.read(self.head, target.path)
        return {target.path: data.decode("utf-8", "replace")} if isinstance(data, bytes) else None

    def _copy(self) -> Path:
        """A clean copy for harnesses: they read it and leave it as it is."""
        if self.head not in self._copies:
            folder = self._folder("copy")
            check_out(self.repository, self.head, folder)
            self._copies[self.head] = folder
        return self._copies[self.head]

    def _setting(self, kit: Kit) -> Setting:
        settings = self.settings
        limits = Limits(
            seconds=settings.target_seconds,
            cpu_seconds=settings.target_seconds * 4,
            memory=settings.memory_mb << 20,
        )
        return Setting(
            kit=kit,
            sandbox=self.sandbox,
            threads=settings.threads,
            repeats=settings.repeats,
            limits=limits,
            deadline=time.monotonic() + settings.target_seconds,
        )

    def _folder(self, name: str) -> Path:
        number = sum(1 for _ in self.work.iterdir())
        folder = self.work / f"{name}-{number}"
        folder.mkdir()
        return folder


def run_targets(
    targets: Sequence[Target], runner: Runner, budget: float, told: Callable[[Outcome], None]
) -> tuple[Outcome, ...]:
    """Run the targets in order until the budget (seconds) is spent; `told` hears each outcome."""
    started, outcomes = time.monotonic(), list[Outcome]()
    for target in targets:
        if time.monotonic() - started > budget:
            reason = f"the budget of {budget:g} s is spent"
            new: tuple[Outcome, ...] = (_plain(target, Verdict.NOT_RUN, reason, time.monotonic()),)
        else:
            new = runner.run(target)
        for outcome in new:
            told(outcome)
        outcomes += new
    return tuple(outcomes)


def _asked(target: Target) -> tuple[Suspect | None, ...]:
    return target.suspects or (None,)


def _narrowed(target: Target, suspect: Suspect | None) -> Target:
    """The target with one of its findings, so that each gets a verdict of its own."""
    if suspect is None:
        return target
    return replace(target, fingerprints=(suspect.fingerprint,), suspects=(suspect,))


def _judge(matched: Sequence[ToolReport], ran: Ran, never: int | None) -> tuple[Verdict, str]:
    if matched:
        return Verdict.CONFIRMED, f"seen in {_runs(ran)}"
    if ran.verdict is not None:
        return ran.verdict, ran.problem or ""
    if never is not None:
        return Verdict.NOT_RUN, f"{_runs(ran)} never came to line {never}"
    also = f"; of the others: {ran.problem}" if ran.problem else ""
    return Verdict.NOT_REPRODUCED, f"not seen in {_runs(ran)}{also}"


def _runs(ran: Ran) -> str:
    counts = ", ".join(map(str, sorted(ran.threads)))
    return f"{ran.runs} run{'' if ran.runs == 1 else 's'} with {counts} threads"


def _plain(
    target: Target, verdict: Verdict, reason: str, started: float, tool: str | None = None
) -> Outcome:
    return Outcome(
        target=target,
        verdict=verdict,
        reason=reason,
        tool=tool or target.sanitizer.value,
        runs=0,
        threads=(),
        seconds=time.monotonic() - started,
    )
