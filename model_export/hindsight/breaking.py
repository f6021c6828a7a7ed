"""By what a link of the chain is broken: what the parser states, or else what the edit removes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from model_export.hindsight.scene import Scene, Told, declarations, in_order, name_of
from reviewbot.records import Link

_OWN = {
    "private": "is private: each thread has its own",
    "firstprivate": "is firstprivate: each thread has its own copy",
    "lastprivate": "is lastprivate: each thread has its own until the end",
    "reduction": "is a reduction variable: each thread has its own copy until the end",
    "loop-variable": "is the variable of the shared loop, so private",
    "threadprivate": "is threadprivate or thread_local: each thread has its own",
}
_KEPT_APART = {
    "critical": "both stand in the same critical section",
    "mutex": "both hold the same lock",
    "own": "each holds the lock of its own object",
    "striped": "both hold the lock of the same index",
    "once": "both run under the same once",
    "rw": "one side holds the lock for reading, the other for writing",
}
_WORKSHARING = re.compile(r"#\s*pragma omp (?:parallel )?(?:for|sections|single)\b(?!.*nowait)")
GUARD_LINES = 12  # a guard further up is not sure to be the one
_GUARD = re.compile(r"\bif\s*\(.*==")
_JOINS = re.compile(r"\bjoin\b|_join\b|\.get\(\)|\.wait\(\)|\bjoin_")
# What a line does to a link when all that is known is that without it the race comes.
_BY_EDIT = {
    Link.CONCURRENT: "keeps a second thread away from here",
    Link.SAME_LOCATION: "gives each thread a place of its own",
    Link.CONFLICTING: "leaves no write that is not atomic",
    Link.UNORDERED: "puts the one before the other",
    Link.UNPROTECTED: "keeps the one out while the other is there",
}
# Words by which a line may break a link; of several changed lines those with one are quoted.
_TELLING = {
    Link.CONCURRENT: re.compile(r"\bif\b|single|master|masked|section|num_threads"),
    Link.SAME_LOCATION: re.compile(r"private|thread|tid|\bid\b|threadprivate|lastprivate"),
    Link.CONFLICTING: re.compile(r"(?i)atomic|__sync|const"),
    Link.UNORDERED: re.compile(
        r"(?i)barrier|wait|join|depend|single|ordered|release|acquire|store|load|signal|post"
        r"|notify|taskgroup|count_down|arrive|omp for|create"
    ),
    Link.UNPROTECTED: re.compile(
        r"(?i)lock|mutex|critical|atomic|reduction|private|hold|guard|once"
    ),
}
# What a line that says so does instead.
_SPECIAL = (
    (Link.UNPROTECTED, "reduction", "gives each thread a copy, and joins them at the end"),
    (Link.UNPROTECTED, "private", "gives each thread a copy, which needs no protection"),
    (Link.UNORDERED, r"\bbarrier\b", "holds every thread until all are there"),
    (Link.SAME_LOCATION, r"\bfor\b", "shares out the iterations, and with them the places"),
)
_BY_ABSENCE = {
    Link.CONCURRENT: "no second thread comes here",
    Link.SAME_LOCATION: "each thread keeps to its own `{t}`",
    Link.CONFLICTING: "nothing writes {o} while other threads may use it",
    Link.UNORDERED: "nothing touches {o} out of the order that the program keeps",
    Link.UNPROTECTED: "nothing touches {o} outside of what protects it",
}


def breaks(link: Link, scene: Scene) -> Told:
    """The claim that the link is broken, and by which lines."""
    by_edit = link is Link.UNORDERED and _at_barrier(scene)
    told = _BREAKING[link](scene) if link in scene.broken() and not by_edit else None
    told = told or _by_edit(link, scene)
    claim, lines = told
    return claim, scene.real(lines) or scene.places


def _at_barrier(scene: Scene) -> bool:
    """Whether the edit shows which of several barriers it is that orders the two."""
    hangs = scene.link is Link.UNORDERED and not scene.brought
    return hangs and any("#pragma" in scene.text(n) for n in scene.touched)


def _by_edit(link: Link, scene: Scene) -> Told:
    hangs = scene.link is link and not scene.brought
    swap = scene.swap if hangs else None
    if swap is not None:
        return in_order(scene, swap), swap
    lines = scene.touched if hangs else ()
    hint = None if set(lines) - set(scene.places) else _hint(link, scene)
    if hint is not None:
        return hint
    if lines:
        telling = tuple(n for n in lines if _TELLING[link].search(scene.text(n))) or lines
        return f"{scene.words(telling[:3])} {_effect(link, scene, telling)}", lines[:6]
    rule = scene.facts.get("shareA", "")
    if link is Link.UNPROTECTED and rule in _OWN:
        return f"{name_of(scene)} {_OWN[rule]}", (*_naming(scene), *scene.places)
    text = scene.accesses[0].text
    lines = (*scene.places, *declarations(scene, scene.places))
    return _BY_ABSENCE[link].format(o=name_of(scene), t=text), lines


def _effect(link: Link, scene: Scene, lines: tuple[int, ...]) -> str:
    """What the lines do to the link."""
    if len(lines) == 1:
        text = scene.text(lines[0])
        for other, word, effect in _SPECIAL:
            if other is link and re.search(word, text) and "#pragma" in text:
                return effect
        if link is Link.UNORDERED and _WORKSHARING.search(text):
            return _by_construct(scene, lines[0])
        return _BY_EDIT[link]
    verb, rest = _BY_EDIT[link].split(" ", 1)
    return f"together {verb.removesuffix('s')} {rest}"


def _by_construct(scene: Scene, line: int) -> str:
    """How a construct that ends with a barrier orders the two accesses."""
    if line < min(scene.places):
        return "ends with a barrier, which separates the two"
    return "begins another construct, after the barrier that ends the one before"


def _hint(link: Link, scene: Scene) -> Told | None:
    """The front end's best line for the link, if it is another than the accesses."""
    if link is Link.UNORDERED and {"inA=ordered", "inB=ordered"} <= scene.marks:
        lines = [n for n in scene.evidence(Link.CONCURRENT)[:-1] if "ordered" in scene.text(n)]
        told = scene.words(lines[:1]) if lines else "the ordered construct"
        return f"{told} lets the iterations in one after another", (*lines[:1], *scene.places)
    if link is Link.UNORDERED and not scene.has("ordering=none", "ordering=waits-unmatched"):
        waits = scene.evidence(link)[:1]
        claim = f"{scene.words(waits)} waits for a signal that comes after the other access"
        return (claim, (*waits, *scene.places)) if waits else None
    if link is Link.CONCURRENT:
        return _one_thread(scene)
    lines = [n for n in scene.evidence(link) if n not in scene.places][:1]
    if link is Link.UNPROTECTED and lines:
        return f"{scene.words(lines)} {_BY_EDIT[link]}", (*lines, *scene.places)
    return None


def _one_thread(scene: Scene) -> Told | None:
    """The construct that lets one thread of the team in, if both accesses are within one."""
    if scene.facts.get("live") in ("before", "after"):
        return _unordered(scene)  # the other thread is not there yet, or not any more
    guards = _guards(scene)
    if guards:
        return f"{scene.words(guards)} lets one thread in", (*guards, *scene.places)
    kinds = {scene.facts.get("frameA"), scene.facts.get("frameB")}
    alone = kinds & {"single", "master", "section"}
    lines = scene.evidence(Link.CONCURRENT)[:1]
    if len(kinds) != 1 or not alone or not lines:
        return None
    return f"{scene.words(lines)} lets one thread of the team in", (*lines, *scene.places)


def _guards(scene: Scene) -> tuple[int, ...]:
    """The condition on the thread's number under which an access stands."""
    if not scene.has("guardA=tid-eq", "guardB=tid-eq"):
        return ()
    first = max(1, scene.places[0] - GUARD_LINES)
    found = [n for n in range(first, scene.places[0] + 1) if _GUARD.search(scene.text(n))]
    return scene.real(found[-1:])


def _concurrent(scene: Scene) -> Told | None:
    lines = scene.real((scene.slice.construct_line,))
    return (f"the team of {scene.words(lines)} has a single thread", lines) if lines else None


def _same_location(scene: Scene) -> Told | None:
    rule = scene.facts.get("shareA", "")
    if rule in _OWN:
        clause = _naming(scene)
        return f"{name_of(scene)} {_OWN[rule]}", (*clause, *scene.places)
    first, second = scene.accesses
    return f"`{first.text}` and `{second.text}` are different elements", scene.places


def _naming(scene: Scene) -> tuple[int, ...]:
    """The lines of the construct or declaration that name the object."""
    name = re.split(r"\W+", scene.slice.object.removeprefix("this->"))[0]
    near = (*scene.evidence(Link.CONCURRENT), *scene.evidence(Link.SAME_LOCATION))
    return tuple(n for n in near if re.search(rf"\b{re.escape(name)}\b", scene.text(n)))


def _conflicting(scene: Scene) -> Told | None:
    first, second = scene.accesses
    by = _atomic_by(scene)
    told = f" by {scene.words(by)}" if by else ""
    if scene.alone:
        return f"`{first.text}` on line {first.line} is atomic{told}", (*by, *scene.places)
    words = f"`{first.text}` on line {first.line} and `{second.text}` on line {second.line}"
    return f"{words} are both atomic{told}", (*by, *scene.places)


def _atomic_by(scene: Scene) -> tuple[int, ...]:
    """The directives or the declaration that make the accesses atomic."""
    near = (*scene.evidence(Link.SAME_LOCATION)[:1], *(n - 1 for n in scene.places))
    found = [n for n in scene.real(near) if "atomic" in scene.text(n).lower()]
    return tuple(n for n in found if n not in scene.places)


def _unordered(scene: Scene) -> Told | None:
    live = scene.facts.get("live", "-")
    main = _main_side(scene)
    if live == "before":
        starts = scene.starts()
        told = f": {scene.words(starts)}" if starts else ""
        return f"line {main} comes before the thread is started{told}", (main, *starts)
    if live == "after":
        joins = _joins(scene, main)
        told = f" by {scene.words(joins)}" if joins else ""
        return f"line {main} comes after the thread is joined{told}", (*joins, main)
    barriers = [n for n in scene.evidence(Link.UNORDERED) if n not in scene.places]
    if barriers:
        return f"a barrier separates the two: {scene.words(barriers[:1])}", (
            *barriers[:1],
            *scene.places,
        )
    start, end = min(scene.places), max(scene.places)
    shared = [n for n in scene.evidence(Link.CONCURRENT) if n < start or start < n < end]
    if not shared:
        return "the end of a construct, which is a barrier, separates the two", scene.places
    line = max((n for n in shared if n < start), default=shared[0])
    return f"{scene.words((line,))} ends with a barrier, which separates the two", (
        line,
        *scene.places,
    )


def _main_side(scene: Scene) -> int:
    """The line of the access that the starting thread makes."""
    first, second = scene.accesses
    return first.line if scene.facts.get("party", "").startswith("main") else second.line


def _joins(scene: Scene, before: int) -> tuple[int, ...]:
    starts = max(scene.starts(), default=0)
    found = [n for n in range(starts + 1, before + 1) if _JOINS.search(scene.text(n))]
    return scene.real(found[-1:])


def _unprotected(scene: Scene) -> Told | None:
    locks = [n for n in scene.evidence(Link.UNPROTECTED) if n not in scene.places]
    claim = _KEPT_APART.get(scene.facts.get("common", ""), "both are protected")
    if not locks:
        return claim, scene.places
    return f"{claim}: {scene.words(locks[:2])}", (*locks[:2], *scene.places)


_BREAKING: Mapping[Link, Callable[[Scene], Told | None]] = {
    Link.CONCURRENT: _concurrent,
    Link.SAME_LOCATION: _same_location,
    Link.CONFLICTING: _conflicting,
    Link.UNORDERED: _unordered,
    Link.UNPROTECTED: _unprotected,
}
