"""What the parser can state exactly of two accesses: relations, as (slot, value) tokens.

No verdict is hidden here: each token is a fact of structure. What the facts mean is the model's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from reviewbot.code.checked import is_checked
from reviewbot.code.chunks import in_one_chunk
from reviewbot.code.clause_numbers import kinds_apart
from reviewbot.code.counted import lets_through_once
from reviewbot.code.depends import TASKS, depend_clauses, waited_for
from reviewbot.code.events import (
    MADE,
    POLLED,
    REACHING_CALL,
    Event,
    Frame,
    Loop,
    Party,
    Scope,
)
from reviewbot.code.fronts import in_front
from reviewbot.code.guards import KINDS, lets_one
from reviewbot.code.halves import shared_out
from reviewbot.code.lifetimes import times
from reviewbot.code.lockmeets import (
    STRIPES,
    common_lock,
    how_held,
    is_fixed,
    stripe,
    whose_lock,
)
from reviewbot.code.loops import ends
from reviewbot.code.ordering import (
    before_creation,
    handed,
    mutual,
    of_element,
    ordering,
    patience,
    phase,
)
from reviewbot.code.ring_tickets import straight
from reviewbot.code.runners import UNDEFERRED, decides, work_of
from reviewbot.code.subscripts import Meeting, by_rows, meeting, one_turn, subscripts, words
from reviewbot.code.values import BY_THREAD, Form, compare, is_taken

Relations = tuple[tuple[str, str], ...]
# Marks of an index that differs from thread to thread.
_BY_THREAD = BY_THREAD | {"ticket"}
_AROUND = frozenset({"ordered", "simd", "taskgroup", "nested"})
_SHARES_TURNS = {"for", "taskloop"}
_UNFIXED = {f"schedule-{word}" for word in ("dynamic", "guided", "auto", "runtime")}
_SINK = re.compile(r"sink:\w+-(\d+)")


def relate(scope: Scope, first: Event, second: Event, profile: dict[str, str]) -> Relations:
    """All relations of an ordered pair; `profile` holds facts about the object as a whole."""
    a, b = scope.parties[first.party], scope.parties[second.party]
    tokens: list[tuple[str, str]] = [("scope", scope.kind), ("construct", scope.construct)]
    tokens += [("party", f"{a.kind}/{b.kind}"), ("same-party", _same_party(a, b))]
    before = a.serial == b.serial and before_creation(scope, first, second)
    tokens += [("live", "before" if before else _liveness(a, b, first, second))]
    for side, event, other in (("A", first, b), ("B", second, a)):
        known = scope.told.get((side, event.order))
        if known is None:
            known = scope.told[side, event.order] = _side(side, event, scope)
        tokens += known
        if "caller" in (other.kind, scope.parties[event.party].kind):
            tokens += times(side, event, scope.parties[event.party])  # else the threads say it
    tokens += _together(scope, first, second)
    tokens += _indices(scope, first, second)
    tokens += _meetings(scope, first, second)
    tokens += profile.items()
    return tuple(tokens)


def _same_party(a: Party, b: Party) -> str:
    if a.serial != b.serial:
        return "twins" if a.name == b.name else "no"
    return "many" if a.many or a.kind == "caller" else "one"  # constructors make many objects


def _liveness(a: Party, b: Party, first: Event, second: Event) -> str:
    """Whether two parties overlap in time, as far as creations and joins tell."""
    if a.serial == b.serial or "caller" in (a.kind, b.kind):
        return "-"
    if a.kind == "main" or b.kind == "main":
        event, thread = (first, b) if a.kind == "main" else (second, a)
        if thread.serial in event.ended:
            return "partly-joined" if _while_joining(event, thread) else "after"
        if thread.serial in event.live:
            partly = thread.joined_at and event.order > thread.joined_at
            partly = partly or any(a < event.order <= b for a, b in thread.joined_aside)
            return "partly-joined" if partly else "during"
        around = any(loop.line == thread.loop_line for loop in event.loops)
        if around and not thread.in_turn and not (thread.follows and event.order > thread.follows):
            return "create-loop"
        again = event.recalled and thread.creator == event.party and _outlasts(thread)
        return "before" if event.order < thread.created_at and not again else "unknown"
    if a.serial in second.ended or b.serial in first.ended:
        return "after"  # one has joined the other
    if a.serial in b.created_live or b.serial in a.created_live:
        return "overlap"
    if a.creator == b.serial or b.creator == a.serial:
        event, child = (first, b) if b.creator == a.serial else (second, a)
        return "during" if event.order > child.created_at else "before"
    return "apart"


def _outlasts(thread: Party) -> bool:
    """Whether nobody was seen to wait for a thread, so that it may run on into its maker's next."""
    return thread.joined == "never" and not thread.in_turn


def _while_joining(event: Event, thread: Party) -> bool:
    """Whether an access within a loop of joins is to more than what the joined one left."""
    if thread.joined_in is None or not any(loop is thread.joined_in for loop in event.loops):
        return False
    names = {name for e in event.path.elements for name in e.form.names}
    return event.share != "pointee" and names.isdisjoint(thread.joined_by)


def _side(side: str, event: Event, scope: Scope) -> list[tuple[str, str]]:
    mode = "write-constant" if event.mode == "write" and event.constant else event.mode
    frame = work_of(event)
    tokens = [
        ("mode" + side, mode),
        ("atomic" + side, event.atomic or "-"),
        ("share" + side, event.share),
        ("via" + side, event.via),
        ("locks" + side, how_held(event.locks)),
        ("frame" + side, frame.kind if frame else "-"),
        ("guard" + side, _guard(event)),
    ]
    if event.locks and (
        chosen := [h.form for h in event.locks if not (h.every or is_fixed(h.form))]
    ):
        found = {stripe(form, event, scope.quotients) for form in chosen}
        tokens.append(("stripe" + side, next(word for word in STRIPES if word in found)))
    if event.frames:
        names = _AROUND.intersection([f.kind for f in event.frames])
        tokens += [("in" + side, n) for n in sorted(names)]
    if frame is not None:
        tokens += [("nowait" + side, "yes")] if frame.nowait else []
        tokens += (
            [("task" + side, "looped" if frame.looped else "once")] if frame.kind == "task" else []
        )
        wanted = [
            c for c in sorted(frame.clauses) if c in ("ordered", "nogroup", "untied", "lastprivate")
        ]
        tokens += [("clause" + side, c) for c in wanted]
        doacross = [c for f in event.frames for c in f.clauses if c.startswith("doacross")]
        tokens += [("doacross" + side, c) for c in sorted(set(doacross))]
    if event.frames and any(UNDEFERRED in f.clauses for f in event.frames):
        tokens.append(("clause" + side, UNDEFERRED))
    if event.guards and is_checked(scope, event):
        tokens.append(("checked" + side, "yes"))
    if event.again and "shared" in [guard.kind for guard in event.guards]:
        tokens.append(("again" + side, "yes"))
    if event.outlived:
        tokens.append(("life" + side, "outlived"))
    if event.given:
        tokens.append(("given" + side, "yes"))
    if event.fresh:
        tokens.append(("fresh" + side, "yes"))
    if event.waits:
        kinds = ["flag" if w.kind == POLLED else w.kind for w in event.waits if w.kind != MADE]
        tokens += [("waited" + side, kind) for kind in dict.fromkeys(kinds)]
    return tokens


def _guard(event: Event) -> str:
    if not event.guards:
        return "-"
    kind = min([g.kind for g in event.guards], key=KINDS.index)
    return "other" if kind in ("alone", "not-alone") else kind


def _together(scope: Scope, first: Event, second: Event) -> list[tuple[str, str]]:
    a, b = work_of(first), work_of(second)
    order, common = ordering(scope, first, second), common_lock(scope, first, second)
    tokens = [
        ("self", "yes" if first.offset == second.offset else "no"),
        ("base", "same" if first.path.root.serial == second.path.root.serial else "type"),
        ("function", _functions(first, second)),
        ("common", common),
        ("phase", phase(scope, first, second)),
        ("frames", _frames(first, a, second, b)),
        ("ordering", order),
        ("kind", _kind(first)),
        ("volatile", "yes" if "volatile" in (first.atomic, second.atomic) else "no"),
        ("unresolved", _unresolved(scope)),
        ("threads", "one" if scope.single_threaded else "many"),
    ]
    if common == "type":
        tokens += [("lock-of" + side, whose_lock(e)) for side, e in (("A", first), ("B", second))]
    if order == "flag":
        ways = (patience(scope, first, second), patience(scope, second, first))
        tokens += [("awaits" + side, way) for side, way in zip("AB", ways, strict=True) if way]
        tokens += _numbers_of_flags(scope, first, second)
    if way := handed(scope, first, second):
        tokens.append(("handed", way))
    if in_one_chunk(scope, first, second):
        tokens.append(("dealt", "whole"))
    if mutual(scope, first, second):
        tokens.append(("mutual", "yes"))
    steps = [loop.step for loop in (*first.loops, *second.loops) if loop.shared]
    tokens += [("step", "n" if "n" in steps else "1")] if steps else []
    depend = depend_clauses(scope, first, second, a, b)
    if depend == "match-varying":
        pairs = subscripts(first, second) or []
        depend = "accesses" if in_front(scope, first, second, pairs) else depend
    if depend:
        tokens.append(("depend", depend))
    if (a is not None and a.kind in TASKS) or (b is not None and b.kind in TASKS):
        tokens.append(("group", waited_for(scope, first, second, a, b)))
    one = lets_one(first.guards) if first.guards and second.guards else ""
    other = lets_one(second.guards) if one else ""
    if other:
        tokens.append(("guards", "same" if one == other else "differ"))
    elif one_turn(scope, first, second) or lets_through_once(scope, first, second):
        tokens.append(("guards", "turn"))
    shared = _same_loop(first, second)
    if shared:
        tokens.append(("loop", shared))
    return tokens


def _numbers_of_flags(scope: Scope, first: Event, second: Event) -> list[tuple[str, str]]:
    """Which of an array's flags each side awaits, and which it gives, for its element."""
    if not (_is_element(first) or _is_element(second)):
        return []
    (a, by_b), (b, by_a) = of_element(scope, first, second), of_element(scope, second, first)
    slots = (("awaits-ofA", a), ("gives-ofB", by_b), ("awaits-ofB", b), ("gives-ofA", by_a))
    return [(slot, word) for slot, word in slots if word]


def _functions(first: Event, second: Event) -> str:
    same = first.function == second.function
    deep = bool(first.calls or second.calls)
    return ("same" if same else "differ") + ("-called" if deep else "")


def _same_loop(first: Event, second: Event) -> str:
    if not first.loops and not second.loops:
        return ""
    if not first.loops or not second.loops:
        return "one"
    return "same" if first.loops[-1].line == second.loops[-1].line else "differ"


def _frames(first: Event, a: Frame | None, second: Event, b: Frame | None) -> str:
    if a is None or b is None:
        return "none" if a is b else "one"
    if a.serial == b.serial:
        return "same"
    parents = {f.serial for f in first.frames} & {f.serial for f in second.frames}
    prefix = "siblings" if any(f.serial in parents for f in first.frames if decides(f)) else "apart"
    return "-".join((prefix, *kinds_apart(a, b)))


def _kind(event: Event) -> str:
    if event.path.root.container and not event.path.elements:
        return "container"
    if not event.path.elements:
        return "pointer" if event.path.root.pointer else "scalar"
    last = event.path.elements[-1]
    if last.field:
        return "field"
    return "field-element" if any(e.field for e in event.path.elements) else "element"


def _unresolved(scope: Scope) -> str:
    for word in ("offload", "truncated", "parse-error"):
        if word in scope.unresolved:
            return word
    return "call" if REACHING_CALL in scope.unresolved else "none"


# --- where both sides meet -----------------------------------------------------------------------


def _meetings(scope: Scope, first: Event, second: Event) -> list[tuple[str, str]]:
    """What the arithmetic of both subscripts says, and what the clauses say of such a distance."""
    if not _is_element(first):
        return []
    found = meeting(scope, first, second)
    parts = shared_out(first, second, subscripts(first, second) or []) if first.part else ""
    if parts == "apart":
        found = Meeting(kind="never", by="parts")
    tokens = list(words(found))
    tokens += [("parts", parts)] if parts else []
    if found is not None and found.kind == "unknown":
        tokens += ends(first, second)
        rows = by_rows(scope, first, second)
        tokens += [("rows", rows)] if rows else []
    tokens += _partition(first, second)
    distance = found.distance if found is not None else None
    if distance is not None and found is not None and found.kind == "other":
        tokens += _doacross(first, second, distance)
        tokens += _safelen(first, distance)
    return tokens


def _is_element(event: Event) -> bool:
    """Whether some step of an access's path is that to an element."""
    return bool(event.path.elements) and "" in [e.field for e in event.path.elements]


def _partition(first: Event, second: Event) -> list[tuple[str, str]]:
    """Whether two work-shared loops give the same iterations to the same threads."""
    a, b = work_of(first), work_of(second)
    if a is None or b is None or a.serial == b.serial or not {a.kind, b.kind} <= _SHARES_TURNS:
        return []
    if a.kind != "for" or b.kind != "for":  # any thread takes any task of a loop
        return [("partition", "not-static")]
    schedules = [
        sorted(c for c in f.clauses if c.startswith(("schedule-", "chunk:"))) for f in (a, b)
    ]
    ranges = [[_range(loop) for loop in e.loops if loop.shared] for e in (first, second)]
    if any(_UNFIXED & set(s) for s in schedules):
        return [("partition", "not-static")]
    told = all(schedules)  # without a clause it is up to the compiler, and static in gcc and clang
    if any(s not in ([], ["schedule-static"]) for s in schedules) and schedules[0] != schedules[1]:
        return [("partition", "differ")]
    if ranges[0] != ranges[1]:
        return [("partition", "ranges-differ")]
    return [("partition", "static" if told else "default")]


def _range(loop: Loop) -> tuple[object, ...]:
    """What decides which turns are the first: a loop that counts down begins at the other end."""
    return loop.low, loop.high, loop.stride, "--" in loop.header or "-=" in loop.header


def _doacross(first: Event, second: Event, distance: int) -> list[tuple[str, str]]:
    """Whether the waits for earlier iterations cover the distance between two that conflict."""
    sinks = {
        int(match[1])
        for e in (first, second)
        for f in e.frames
        for c in f.clauses
        if (match := _SINK.fullmatch(c))
    }
    if not sinks:
        return []
    return [("sink", "covers" if any(distance % s == 0 for s in sinks if s) else "misses")]


def _safelen(event: Event, distance: int) -> list[tuple[str, str]]:
    """Whether iterations that far apart may run in lanes at once; threads may have them anyway."""
    lanes = [frame for frame in event.frames if frame.kind == "simd"]
    lengths = [c[8:] for f in lanes for c in f.clauses if c.startswith("safelen:")]
    if not lengths or not lengths[0].isdigit():
        return [("safelen", "-")] if lanes else []
    return [("safelen", "beyond" if abs(distance) >= int(lengths[0]) else "within")]


# --- indices -------------------------------------------------------------------------------------


def _indices(scope: Scope, first: Event, second: Event) -> list[tuple[str, str]]:
    """Each side's index marks and how the forms compare, the most varying index first."""
    fa = [straight(scope, e.form) for e in first.path.elements if not e.field]
    fb = [straight(scope, e.form) for e in second.path.elements if not e.field]
    if not fa and not fb:
        return [("index", "none")]
    a, b = _varies(fa), _varies(fb)
    by_thread = ("varies", "both" if a and b else "one" if a or b else "none")
    if len(fa) != len(fb) or first.path.root.serial != second.path.root.serial:
        taken = is_taken(first.path) and is_taken(second.path)  # by whatever names
        if len(fa) != len(fb) or not (taken or _renamed(first, second)):
            return [("index", "incomparable"), by_thread, *_marks("A", fa), *_marks("B", fb)]
    shared = {loop.name for loop in (*first.loops, *second.loops) if loop.shared}
    pairs = list(zip(fa, fb, strict=True))
    if len(pairs) > 1:
        pairs.sort(key=lambda p: -_variation(p[0], p[1]))
    compared = [compare(a, b) for a, b in pairs]
    tokens = [by_thread, ("index", compared[0]), ("index-linear", _linear(pairs[0], shared))]
    if len(pairs) > 1:
        tokens.append(("index2", compared[1]))
        tokens += [("index2-mark", m) for m in sorted(pairs[1][0].marks | pairs[1][1].marks)]
    if "constants-differ" in compared:
        tokens.append(("apart", "yes"))
    return [*tokens, *_marks("A", [pairs[0][0]]), *_marks("B", [pairs[0][1]])]


def _varies(forms: Sequence[Form]) -> bool:
    """Whether some of these numbers differ from thread to thread."""
    return any(not _BY_THREAD.isdisjoint(form.marks) for form in forms)


def _renamed(first: Event, second: Event) -> bool:
    return (
        first.path.root.name == second.path.root.name
        and first.path.root.offset == second.path.root.offset
    )


def _variation(a: Form, b: Form) -> int:
    marks = a.marks | b.marks
    order = (
        "pv",
        "tid",
        "targ",
        "ticket",
        "counter",
        "seq-pv",
        "seq-tid",
        "seq-targ",
        "mem",
        "call",
        "update",
        "seq",
    )
    return next((len(order) - i for i, m in enumerate(order) if m in marks), 0) * 2 + bool(a.terms)


def _linear(pair: tuple[Form, Form], shared: set[str]) -> str:
    """Whether the loop variable that is divided among threads enters both forms plainly."""
    if not shared:
        return "-"
    found = []
    for form in pair:
        inside = [(m, c) for m, c in form.terms if any(name in shared for name in m)]
        if not inside:
            found.append("no")
        else:
            alone = all(len(m) == 1 and abs(c) == 1 for m, c in inside)
            found.append("unit" if alone else "scaled")
    return "/".join(found)


def _marks(side: str, forms: Sequence[Form]) -> list[tuple[str, str]]:
    marks = sorted(forms[0].marks if len(forms) == 1 else {m for f in forms for m in f.marks})
    tokens = [("index" + side, m) for m in marks]
    if not marks:
        tokens.append(
            ("index" + side, "constant" if all(f.is_constant for f in forms) else "invariant")
        )
    return tokens
