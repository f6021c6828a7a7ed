"""Why a link of the chain holds: claims from structure, made exact by the detector's report."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from model_export.hindsight.reading import last_name
from model_export.hindsight.scene import Scene, Told, declarations, name_of
from reviewbot.records import Access, Link, Mode

_HOMES = {
    "global": "{o} is a global, one for all threads",
    "static": "{o} is static, one for all threads",
    "behind": "{o} is what a global pointer points to, one block for all threads",
    "shared": "{o} is declared outside the construct, so its threads share it",
    "shared-clause": "{o} is named in a shared clause",
    "task-shared": "{o} is shared with the task that creates this one",
    "captured": "{o} belongs to the thread that started the others, which are given its address",
    "own-stack": "{o} belongs to the starting thread, which hands its address to the others",
    "this": "{o} is a member of an object that several threads use",
    "parameter": "{o} is handed in by callers in several threads",
    "pointee": "{o} is reached through a pointer that other threads hold too",
    "firstprivate": "{o} is reached through a copied pointer, and the copies point to one place",
}
_COMPUTED = re.compile(r"=(?:mem|call|mod|div|update)$")
_CALL = re.compile(r"\w\(")
_WORKERS = {
    "section": "different threads may run the sections",
    "task": "tasks may run on any threads of the team at once",
    "taskloop": "tasks of the loop may run on any threads at once",
    "single": "the thread that runs the single block is not always the same",
}


def hold(link: Link, scene: Scene) -> Told:
    """The claim that the link holds, and its lines."""
    claim, lines = _HOLDING[link](scene)
    return claim, scene.real(lines) or scene.places


# --- concurrent ----------------------------------------------------------------------------------


def _concurrent(scene: Scene) -> Told:
    if scene.facts.get("scope") == "threads":
        return _threads(scene)
    lines = scene.real((scene.slice.construct_line, *scene.evidence(Link.CONCURRENT)))
    if not lines:
        return "several threads of the team run this", scene.places
    kinds = {scene.facts.get("frameA", "-"), scene.facts.get("frameB", "-")}
    fork = f"{scene.code(lines[0])} forks a team"
    for kind, words in _WORKERS.items():
        if kind in kinds:
            return f"{fork}; {_with_tasks(kind, words, scene)}", lines
    if "for" in kinds:
        return f"{fork} whose threads share out the iterations of the loop", lines
    return f"{fork}, and each of its threads runs this", lines


def _with_tasks(kind: str, words: str, scene: Scene) -> str:
    if kind == "single" and "omp task" in scene.source:
        return "what one thread begins there goes on in tasks, which any of them may run"
    return words


def _threads(scene: Scene) -> Told:
    starts = scene.starts()
    if not starts:
        return "several threads come here at once", scene.places
    if "main" in scene.facts.get("party", ""):
        return f"the starting thread goes on while that of {scene.words(starts)} runs", starts
    if scene.has("same-party=many"):
        return f"{scene.words(starts)} starts more than one thread, and all run this", starts
    if scene.ordered:
        return f"{scene.words(starts)} start{'s' * (len(starts) == 1)} other threads", starts
    if len(starts) == 1:
        return f"{scene.words(starts)} starts threads that run at once", starts
    return f"{scene.words(starts)} start threads that run at once", starts


# --- same location -------------------------------------------------------------------------------


def _same_location(scene: Scene) -> Told:
    rule = scene.facts.get("shareA", "shared")
    rule = "pointee" if rule.startswith("pointee") else rule
    heap = scene.report is not None and scene.report["location"] == "heap"
    rule = "behind" if heap and rule in ("global", "static") else rule
    home = _HOMES.get(rule, "both threads reach one {o}").format(o=name_of(scene))
    declared = scene.evidence(Link.SAME_LOCATION)[:1]
    handed, calls = _handed(scene)
    parts = [home, handed, _elements(scene), _memory(scene)]
    lines = (*declared, *calls, *scene.places)
    return "; ".join(part for part in parts if part), (*lines, *declarations(scene, lines))


def _handed(scene: Scene) -> Told:
    """By which call an access under another name reaches the object."""
    name = last_name(scene.slice)
    for access in scene.accesses:
        function = re.split(r"\W+", access.function)[-1]
        if function and not re.search(rf"\b{name}\b", access.text):
            call = re.compile(rf"\b{function}\s*\(.*\b{name}\b")
            lines = [n for n in range(1, len(scene.lines) + 1) if call.search(scene.text(n))]
            if lines:
                claim = f"{scene.words(lines[:1])} makes it `{_plain(access)}`"
                return claim, tuple(lines[:1])
    return "", ()


def _elements(scene: Scene) -> str:
    """How the subscripts can meet; "" if there are none."""
    first, second = scene.accesses
    index = scene.facts.get("index", "none")
    if index not in ("none", "equal", "constants-equal") and first.text == second.text:
        return f"`{_plain(first)}` can be one element in both threads"
    if index in ("shift1", "shiftn", "shift-symbol", "scaled"):
        return f"what is `{_plain(first)}` to one thread is `{_plain(second)}` to another"
    if index in ("one-constant", "differ", "incomparable"):
        return f"`{_plain(first)}` and `{_plain(second)}` can be one element"
    if index == "constants-equal":
        return "both name the same element"
    return _equal(scene, first) if index == "equal" else ""


def _equal(scene: Scene, access: Access) -> str:
    marks = {m for m in scene.marks if m.startswith(("indexA=", "indexB="))}
    if any(_COMPUTED.search(mark) for mark in marks):
        return f"the index in `{_plain(access)}` is computed, and two threads can get the same"
    if any(mark.endswith(("=pv", "=tid", "=targ", "=ticket")) for mark in marks):
        return f"the index in `{_plain(access)}` comes up in more than one thread"
    if any("=seq-" in mark for mark in marks):
        return f"the ranges that `{_plain(access)}` runs through overlap between threads"
    if any(mark.endswith("=seq") for mark in marks):
        return f"every thread runs through the elements `{_plain(access)}`"
    return f"the index in `{_plain(access)}` is the same in all threads"


def _memory(scene: Scene) -> str:
    """Where the detector saw both accesses; "" if it did not say."""
    location = str(scene.report["location"]) if scene.report else ""
    if location == "heap":
        return "the detector saw both in one heap block"
    if location.startswith("stack"):
        return "the detector saw both at one address on a thread's stack"
    return "the detector saw both at one address" if location else ""


# --- conflicting ---------------------------------------------------------------------------------


def _conflicting(scene: Scene) -> Told:
    first, second = scene.accesses
    if scene.alone:
        claim = f"{_deed(scene, 'A', first)}, and so does another thread"
    else:
        claim = f"{_deed(scene, 'A', first)} while {_deed(scene, 'B', second)}"
    return claim + _atomicity(first, second), scene.places


def _deed(scene: Scene, side: str, access: Access) -> str:
    update = scene.facts.get("mode" + side) == "update"
    verb = "updates" if update else "writes" if access.mode is Mode.WRITE else "reads"
    it = f"it by `{_plain(access)}`" if _CALL.search(access.text) else f"`{_plain(access)}`"
    return f"line {access.line} {verb} {it}"


def _atomicity(first: Access, second: Access) -> str:
    if first.atomic and second.atomic:
        return ", each access atomic by itself"
    if first.atomic or second.atomic:
        return f", atomically only on line {(first if first.atomic else second).line}"
    return ", and neither access is atomic"


def _plain(access: Access) -> str:
    return access.text.replace("`", "'")


# --- unordered -----------------------------------------------------------------------------------


def _unordered(scene: Scene) -> Told:
    claim, lines = _no_order(scene)
    return claim, (*scene.real(lines), *scene.places)


def _no_order(scene: Scene) -> Told:
    live = scene.facts.get("live", "-")
    evidence = scene.evidence(Link.UNORDERED)
    if live == "partly-joined":
        return "only some of the threads are joined before it", evidence
    if scene.has("ordering=waits-unmatched"):
        waits = [n for n in evidence if n not in scene.places][:1]
        told = scene.words(waits) if waits else "one side"
        return f"{told} waits, but not for the other access", tuple(waits)
    if not scene.has("ordering=none"):
        return "the signal that one side waits for does not order the other access", evidence
    if scene.facts.get("scope") == "threads":
        return _between_threads(live), ()
    return _in_team(scene)


def _between_threads(live: str) -> str:
    if live in ("during", "create-loop"):
        return "the thread is joined only after this access"
    return "no join, signal or barrier orders one before the other"


def _in_team(scene: Scene) -> Told:
    hurried = [n for n in scene.evidence(Link.CONCURRENT) if "nowait" in scene.text(n)]
    if hurried:
        code = scene.code(hurried[0])
        return f"{code} has no barrier at its end: some threads go on before others are done", (
            hurried[0],
        )
    if scene.has("frameA=task", "frameB=task"):
        return "no taskwait or matching dependence orders the tasks", ()
    if scene.alone and scene.has("frameA=for"):
        return "iterations that two threads run are in no order", ()
    return "no barrier or dependence stands between the two", ()


# --- unprotected ---------------------------------------------------------------------------------


def _unprotected(scene: Scene) -> Told:
    locks = tuple(n for n in scene.evidence(Link.UNPROTECTED) if n not in scene.places)
    held = _held(scene)
    if not any(held):
        return "neither access holds a lock", scene.places
    if all(held) and scene.has("common=striped", "common=own"):
        claim = "the lock is chosen among several, and the two sides choose differently"
        told = f": {scene.words(locks[:2])}" if locks else ""
        return claim + told, (*scene.places, *locks[:2])
    if not all(held):
        bare = scene.accesses[held.index(False)].line
        return f"the access on line {bare} holds no lock", (*scene.places, *locks[:2])
    shared = " only for reading" if scene.has("common=both-shared") else ""
    claim = f"both hold a lock{shared}" if shared else "the locks that they hold are not the same"
    return claim + (f": {scene.words(locks[:2])}" if locks else ""), (*scene.places, *locks[:2])


def _held(scene: Scene) -> list[bool]:
    """Whether each side holds a lock: as the detector saw it, or else as the parser does.

    Archer tells the detector of the order that OpenMP's locks bring, not of the locks.
    """
    if scene.report is None or scene.facts.get("scope") != "threads":
        return [scene.facts.get("locks" + side, "0") != "0" for side in "AB"]
    ends: list[Mapping[str, object]] = [scene.report["a"], scene.report["b"]]
    if scene.accesses[0].line != ends[0]["line"] and scene.accesses[1].line == ends[0]["line"]:
        ends.reverse()
    return [bool(end["mutexes"]) for end in ends]


_HOLDING: Mapping[Link, Callable[[Scene], Told]] = {
    Link.CONCURRENT: _concurrent,
    Link.SAME_LOCATION: _same_location,
    Link.CONFLICTING: _conflicting,
    Link.UNORDERED: _unordered,
    Link.UNPROTECTED: _unprotected,
}
