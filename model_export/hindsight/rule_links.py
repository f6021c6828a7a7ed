"""Which link a rule of mutation is about: what its slip breaks and what its fix restores."""

from __future__ import annotations

from collections.abc import Mapping

from model_export.mutations.core import Effect
from model_export.mutations.registry import MUTATIONS
from reviewbot.records import Link

_BY_MODULE = {
    "clauses": Link.SAME_LOCATION,
    "captures": Link.SAME_LOCATION,
    "storage": Link.SAME_LOCATION,
    "indices": Link.SAME_LOCATION,
    "dependences": Link.SAME_LOCATION,
    "ordering": Link.UNORDERED,
    "tasks": Link.UNORDERED,
    "atomic_orders": Link.UNORDERED,
    "threads": Link.UNORDERED,
    "atomics": Link.CONFLICTING,
    "exclusion": Link.UNPROTECTED,
    "locks": Link.UNPROTECTED,
    "lock_paths": Link.UNPROTECTED,
    "lock_lookalikes": Link.UNPROTECTED,
    "added_locks": Link.UNPROTECTED,
    "guard_objects": Link.UNPROTECTED,
    "containers": Link.UNPROTECTED,
    "control": Link.UNPROTECTED,
}
_OTHERWISE = {
    Link.CONCURRENT: (
        *("remove-single", "add-single", "remove-parallel", "merge-sections", "for-to-single"),
        *("task-to-plain", "add-if-tied", "join-at-once", "async-to-deferred", "serial-call"),
        *("drop-thread-guard", "widen-thread-guard", "add-thread-guard", "task-per-statement"),
    ),
    Link.SAME_LOCATION: (
        *("parallel-for-to-parallel", "remove-for", "drop-threadprivate", "add-threadprivate"),
        "same-argument",
    ),
    Link.CONFLICTING: ("remove-atomic", "add-atomic", "atomic-read-plain-write"),
    Link.UNORDERED: ("add-nowait", "drop-nowait", "single-nowait"),
    None: ("drop-reserve",),  # elements that move race by writes that are in no source
}
_EXCEPTIONS: Mapping[str, Link | None] = {
    name: link for link, names in _OTHERWISE.items() for name in names
}


def link_of_rule(name: str) -> Link | None:
    """The link that the rule of that name flips; None if it is not made to flip any."""
    rule = MUTATIONS.get(name)
    if rule is None or rule.expects not in (Effect.MAY_RACE, Effect.FIXES):
        return None
    module = type(rule).__module__.rsplit(".", maxsplit=1)[-1]
    return _EXCEPTIONS.get(name, _BY_MODULE.get(module))
