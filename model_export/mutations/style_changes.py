"""Every change of style there is."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from model_export.mutations import style_code, style_layout, style_names, style_structure
from model_export.mutations.style import Change


def _all() -> Iterator[Change]:
    for module in (style_names, style_code, style_structure, style_layout):
        for value in vars(module).values():
            ours = inspect.isclass(value) and value.__module__ == module.__name__
            if ours and issubclass(value, Change):
                yield value()


# By name, in the order of the modules and of the classes in them.
CHANGES: Mapping[str, Change] = MappingProxyType({change.name: change for change in _all()})
