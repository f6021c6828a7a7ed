"""Reads what ThreadSanitizer wrote, of clang or gcc, with or without Archer; never raises.

Only a header carries the process id, so lines of processes that write at once are given to the
report that they can continue: by the number of a frame, by the address, by the threads and mutexes
it speaks of. `TSAN_OPTIONS=log_path=FILE` gives each process its own file and spares the guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from reviewbot.escalation.records import Frame, ReportKind, ToolAccess, ToolReport
from reviewbot.escalation.stacks import STACK_CAP, lines, tsan_frame
from reviewbot.escalation.tsan_lines import (
    ACCESS,
    ACQUIRED,
    FRAME,
    HEADER,
    LOCATION,
    MUTEX,
    OTHER,
    RULE,
    SUMMARY,
    THREAD,
    TID,
    Draft,
    Section,
    begin,
    title_of,
)
from reviewbot.records import Mode

# Reports being written at once. More processes than this write to a file each, or are not read.
OPEN_CAP = 8
# Lines of other output within a report after which it counts as cut off.
GAP_LINES = 2000
_NAME = re.compile(r"^ ('[^']{0,64}')")
_HOOKS = re.compile(r"^(?:pthread_|mtx_|cnd_|sem_|std::|__tsan_|__gthread)")


def parse_tsan(text: str, tool: str = "tsan") -> tuple[ToolReport, ...]:
    """Every report in the log, in the order in which they began; other lines are passed by.

    An access of a report that is no race is the taking or misuse of a lock: an atomic write of
    size 0 with the stack where it happened. What the program printed in a report's form is not
    told apart from a report.
    """
    reader = _Reader()
    for line in lines(text):
        reader.feed(line)
    return tuple(_report(draft, tool) for draft in reader.drafts)


@dataclass(slots=True)
class _Reader:
    """Deals the lines of a log to the reports that they belong to."""

    drafts: list[Draft] = field(default_factory=list)
    open: list[Draft] = field(default_factory=list)  # the one fed last stands last
    rules: int = 0  # drawn since the last line of a report
    number: int = 0  # of the line

    def feed(self, line: str) -> None:
        self.number += 1
        if HEADER in line and (draft := begin(line)) is not None:
            self.drafts.append(draft)
            if self.open and self.rules == 1:
                self.open[-1].complete = False  # the only rule between the two opens this one
            self.rules = 0
            # One process writes its reports one after another: what it began before was cut off.
            others = [other for other in self.open if other.pid != draft.pid]
            self.open = [*others[1 - OPEN_CAP :], draft]
        elif self.open:
            self._continue(line)

    def _continue(self, line: str) -> None:
        if (match := FRAME.search(line)) is not None:
            self._frame(match)
        elif (at := line.find(SUMMARY)) >= 0:
            self._end(line[at:])
        elif RULE in line:
            self.rules += 1
            if self.rules == 1:  # as where the option print_summary=0 leaves the SUMMARY out
                self.open[-1].complete = True
        elif (title := title_of(line)) is not None:
            self._section(title)
        elif line.strip():
            self._foreign()

    def _frame(self, match: re.Match[str]) -> None:
        number = int(match[1])
        able = [draft for draft in self.open if draft.sections[-1].expected == number]
        if not able and number < self.open[-1].sections[-1].expected:
            return self._foreign()
        draft = able[-1] if able else self.open[-1]
        draft.torn = draft.torn or not able
        draft.rivals += [(other, self.number) for other in able[:-1]]
        section = draft.sections[-1]
        section.expected = number + 1
        if len(section.stack) < STACK_CAP:
            section.stack.append(tsan_frame(match[2]))
        self._keep(draft, match[0])
        return None

    def _section(self, match: re.Match[str]) -> None:
        able = [draft for draft in self.open if draft.fits(match)]
        if not able and len(self.open) > 1:
            return
        draft = able[-1] if able else self.open[-1]
        if match.re is THREAD and (tid := TID.search(match[0])) is not None:
            # A process counts its threads on from itself, as far as others leave it numbers.
            draft = max(able or self.open, key=lambda item: item.number_below(int(tid[1])))
        if match.re is not OTHER or match[0].endswith(("sleep:", "and:")):
            draft.add(match)
        self._keep(draft, match[0])

    def _end(self, line: str) -> None:
        kind = line[len(SUMMARY) :]
        able = [draft for draft in self.open if kind.startswith(draft.header)]
        able = [draft for draft in able if draft.leads_to(kind[len(draft.header) :])] or able[-1:]
        if able:
            able[-1].complete = True
            self._keep(able[-1], line)
            self.open.remove(able[-1])
            self.rules = -1  # the next one still belongs to the report that ended

    def _keep(self, draft: Draft, line: str) -> None:
        self.rules = 0
        draft.last = self.number
        draft.keep(line)
        if draft is not self.open[-1]:
            self.open.remove(draft)
            self.open.append(draft)

    def _foreign(self) -> None:
        for draft in self.open:
            draft.gap += 1
        if self.open[0].gap > GAP_LINES:
            self.open = [draft for draft in self.open if draft.gap <= GAP_LINES]


def _report(draft: Draft, tool: str) -> ToolReport:
    race = draft.known is ReportKind.RACE
    accesses = tuple(_accesses(draft) if race else _lock_uses(draft))
    location = next((s for s in draft.sections if s.is_(LOCATION)), Section(""))
    created = (tuple(s.stack) for s in draft.sections if s.is_(THREAD))
    return ToolReport(
        kind=draft.known,
        tool=tool,
        accesses=accesses,
        location=location.title.removeprefix("  Location is ").rstrip(".:"),
        location_stack=tuple(location.stack),
        created=tuple(stack for stack in created if stack),
        text="\n".join(draft.text),
        truncated=not draft.complete or draft.torn or draft.mixed or (race and len(accesses) < 2),
    )


def _accesses(draft: Draft) -> Iterator[ToolAccess]:
    made = {
        s.match["name"]: _maker(s.stack)
        for s in draft.sections
        if s.match is not None and s.is_(MUTEX)
    }
    for section in [s for s in draft.sections if s.is_(ACCESS)][:2]:
        if (match := section.match) is not None:
            yield ToolAccess(
                mode=Mode(match["mode"].lower()),
                atomic=match["atomic"] is not None,
                size=int(match["size"]),
                thread=_thread(match),
                stack=tuple(section.stack),
                locks=tuple(_locks(match["rest"], made)),
            )


def _thread(match: re.Match[str]) -> str:
    name = _NAME.match(match["rest"])
    thread: str = match["thread"].removeprefix("thread ")
    return f"{thread} {name[1]}" if name else thread


def _locks(rest: str, made: dict[str, str]) -> Iterator[str]:
    """`write M0 (clerk ledger.c:32)`: how it is held, its name, where it was created."""
    _, found, listed = rest.partition("(mutexes: ")
    for item in listed.partition(")")[0].split(",") if found else ():
        held = item.strip()
        place = made.get(held.rpartition(" ")[2], "")
        yield f"{held} ({place})" if place else held


def _maker(stack: list[Frame]) -> str:
    """The innermost call outside the thread library, as `function path:line`."""
    for frame in stack:
        if frame.line and frame.function and not _HOOKS.match(frame.function):
            return f"{frame.function} {frame.path}:{frame.line}"
    return ""


def _lock_uses(draft: Draft) -> Iterator[ToolAccess]:
    for section in draft.sections:
        match = section.match
        held: tuple[str, ...] = ()
        thread = ""
        if match is not None and section.is_(ACQUIRED):
            held = (match["held"],) if match["held"] else ()
            thread = (match["thread"] or "").removeprefix("thread ")
        elif section.title not in ("", "  and:"):
            continue
        if section.stack:
            yield ToolAccess(Mode.WRITE, True, 0, thread, tuple(section.stack), held)
