"""Every mutation there is."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType

from model_export.mutations import (
    added_locks,
    atomic_orders,
    atomics,
    captures,
    clauses,
    containers,
    control,
    costs,
    dependences,
    exclusion,
    guard_objects,
    indices,
    lock_lookalikes,
    lock_paths,
    locks,
    ordering,
    performance,
    storage,
    tasks,
    threads,
)
from model_export.mutations.core import Mutation

MODULES: tuple[ModuleType, ...] = (
    clauses,
    ordering,
    tasks,
    exclusion,
    locks,
    lock_paths,
    lock_lookalikes,
    added_locks,
    guard_objects,
    containers,
    atomics,
    atomic_orders,
    threads,
    captures,
    storage,
    indices,
    dependences,
    control,
    performance,
    costs,
)


def _all() -> Iterator[Mutation]:
    for module in MODULES:
        for value in vars(module).values():
            ours = inspect.isclass(value) and value.__module__ == module.__name__
            whole = ours and issubclass(value, Mutation) and hasattr(value, "after")
            if whole and not value.__name__.startswith("_"):
                yield value()


# By name, in the order of the modules and of the classes in them.
MUTATIONS: Mapping[str, Mutation] = MappingProxyType({rule.name: rule for rule in _all()})
