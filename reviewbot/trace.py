"""The causal chain in words: each link that the model computed, said with the facts it was told."""

from __future__ import annotations

from collections.abc import Mapping

from reviewbot.records import Access, AccessPair, Link, Prediction, TraceStep

_SHARES = {
    "global": "`{o}` is a global, one for all threads",
    "static": "`{o}` is static, one for all threads",
    "shared": "`{o}` is declared outside the construct and so shared by its threads",
    "shared-clause": "`{o}` is named in a shared clause",
    "task-shared": "`{o}` is shared with the task that creates this one",
    "captured": "`{o}` belongs to the thread that started the others, which reach it by reference",
    "own-stack": "`{o}` is a local of the starting thread, handed to the others",
    "this": "`{o}` is a member of an object that several threads use",
    "parameter": "`{o}` is reached through a parameter that several callers may pass",
    "pointee": "`{o}` is reached through a pointer that other threads hold too",
    "private": "`{o}` is private: each thread has its own",
    "firstprivate": "`{o}` is firstprivate: each thread has its own copy",
    "lastprivate": "`{o}` is lastprivate: each thread has its own until the end",
    "reduction": "`{o}` is a reduction variable: each thread adds to its own copy",
    "loop-variable": "`{o}` is the variable of the shared loop, so private",
    "threadprivate": "each thread has its own `{o}`",
}
_INDICES = {
    "equal": "both use the same index",
    "shift1": "the indices are one apart, so one thread's element is its neighbour's",
    "shiftn": "the indices are a constant apart",
    "scaled": "the indices step at different rates and meet",
    "constants-equal": "both use the same constant index",
    "constants-differ": "the constant indices differ",
    "one-constant": "one index is fixed while the other runs over the elements",
    "differ": "the indices are different expressions",
    "incomparable": "the elements are reached in different ways",
    "shift-symbol": "the indices are a variable distance apart",
}
_LOCKS = {
    "none": "neither access holds a lock",
    "one-sided": "only one of the two accesses holds a lock",
    "differ": "the two accesses hold different locks",
    "type": "the locks belong to objects that may not be the same",
    "striped-differ": "the locks are taken from an array at different indices",
    "maybe": "a lock is held on some ways here, not on all",
    "both-shared": "both hold the lock only for reading",
    "mutex": "both hold the same lock",
    "critical": "both are in the same critical section",
    "own": "each holds the lock of its own object",
    "striped": "both hold the lock of the same index",
    "once": "both run under the same once",
    "rw": "one holds the lock for reading, the other for writing",
}


def steps(prediction: Prediction) -> tuple[TraceStep, ...]:
    """The five links of the chain, in the order in which it is told."""
    facts = dict(reversed(prediction.pair.relations))
    lines = dict(prediction.evidence)
    return tuple(
        TraceStep(
            link=link,
            claim=_claim(link, prediction, facts),
            path=prediction.pair.first.path,
            line=lines.get(link, prediction.pair.first.line),
            probability=probability,
        )
        for link, probability in prediction.links
    )


def _claim(link: Link, prediction: Prediction, facts: Mapping[str, str]) -> str:
    if link is Link.CONCURRENT:
        return _concurrent(prediction, facts)
    if link is Link.SAME_LOCATION:
        return _same_location(prediction, facts)
    if link is Link.CONFLICTING:
        return _conflicting(prediction.pair, facts)
    if link is Link.UNORDERED:
        return _unordered(facts)
    return _unprotected(facts)


def _concurrent(prediction: Prediction, facts: Mapping[str, str]) -> str:
    kind = prediction.slice.construct_kind
    frames = [facts.get("frameA", "-"), facts.get("frameB", "-")]
    if facts.get("party") == "caller/caller" or kind == "unknown caller":
        return "nothing in this file says who calls this: several threads may at once"
    if facts.get("scope") == "threads":
        if "main" in facts.get("party", ""):
            return "the starting thread goes on while the thread that it created runs"
        return (
            "several threads run this code"
            if facts.get("same-party") == "many"
            else "two threads run these at once"
        )
    if facts.get("threads") == "one":
        return f"the team of `{kind}` has a single thread"
    for frame, words in (
        ("single", "one thread of the team runs the `single` block, not always the same"),
        ("master", "only the first thread runs the `master` block"),
        ("section", "different threads may run the sections"),
        ("task", "tasks may run on any threads of the team at once"),
        ("taskloop", "tasks of the loop may run on any threads at once"),
    ):
        if frame in frames:
            return words
    if "for" in frames:
        return f"the threads of `{kind}` share the iterations of this loop"
    return f"every thread of the team of `{kind}` runs this"


def _same_location(prediction: Prediction, facts: Mapping[str, str]) -> str:
    rule = facts.get("shareA", "shared")
    if rule.startswith("pointee"):  # a private pointer makes nothing of what it points to private
        rule = "pointee"
    template = _SHARES.get(rule, "`{o}` can be reached by both")
    claim = template.format(o=_plain(prediction.slice.object))
    index = facts.get("index", "none")
    if index == "equal":
        return f"{claim}; {_equal_index(facts)}"
    return f"{claim}; {_INDICES[index]}" if index in _INDICES else claim


def _equal_index(facts: Mapping[str, str]) -> str:
    if facts.get("indexA") == "pv" and "unit" in facts.get("index-linear", ""):
        return "each iteration uses an element of its own"
    if facts.get("indexA") in ("tid", "targ"):
        return "each thread uses an element of its own"
    if facts.get("indexA") in ("mem", "call", "mod", "div"):
        return "the index is computed, so two threads can get the same element"
    return _INDICES["equal"]


def _plain(name: str) -> str:
    return name.replace("`", "'")


def _conflicting(pair: AccessPair, facts: Mapping[str, str]) -> str:
    first, second = pair.first, pair.second
    words = {"update": "updates", "write": "writes", "write-constant": "writes", "read": "reads"}
    a = words.get(facts.get("modeA", ""), "touches")
    b = words.get(facts.get("modeB", ""), "touches")
    if facts.get("self") == "yes":
        text = f"`{_plain(first.text)}` {a} it, and another thread does the same"
    else:
        other = f"`{_plain(second.text)}` on line {second.line}"
        text = f"`{_plain(first.text)}` {a} it while {other} {b} it"
    return text + _atomicity(first, second)


def _atomicity(first: Access, second: Access) -> str:
    if first.atomic and second.atomic:
        return "; both atomically"
    if first.atomic or second.atomic:
        return "; only one of them atomically"
    return ""


def _unordered(facts: Mapping[str, str]) -> str:
    live = facts.get("live", "-")
    if live in ("before", "after"):
        return (
            "one comes before the thread starts"
            if live == "before"
            else "one comes after the thread is joined"
        )
    if live == "partly-joined":
        return "only some of the threads are joined before it"
    ordering = facts.get("ordering", "none")
    if ordering not in ("none", "waits-unmatched"):
        return f"one side waits for a signal of the other ({ordering})"
    if facts.get("phase") == "differ":
        return "a barrier separates the two"
    if facts.get("depend") == "match":
        return "a task dependence orders the two"
    if "nowaitA" in facts or "nowaitB" in facts:
        return "`nowait` lets threads go on to the second before all have finished the first"
    if facts.get("scope") == "threads":
        return "no join, signal or barrier orders one before the other"
    return "no barrier or dependence stands between the two"


def _unprotected(facts: Mapping[str, str]) -> str:
    claim = _LOCKS.get(facts.get("common", "none"), "no lock covers both")
    if facts.get("guarded") == "most" and facts.get("common") in ("none", "one-sided"):
        return claim + ", though most accesses of this object do"
    return claim
