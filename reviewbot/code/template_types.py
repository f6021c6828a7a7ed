"""What the parameters of a class template stand for in an object's type: `T` in `Guarded<Zone>`."""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

_NAMES = re.compile(r"(?:class|typename)\s+([A-Za-z_]\w*)|([A-Za-z_]\w*)\s*(?:=|$)")
MAX_LENGTH = 400  # characters of a type
MAX_PARAMETERS = 8


def parameters_of(node: Node) -> tuple[str, ...]:
    """The names of the parameters of the template that a class definition is of, if it is one."""
    around = node.parent
    listed = around.child_by_field_name("parameters") if around is not None else None
    if around is None or around.type != "template_declaration" or listed is None:
        return ()
    texts = [(c.text or b"").decode(errors="replace") for c in listed.named_children]
    found = [_NAMES.search(text) for text in texts[:MAX_PARAMETERS]]
    return tuple([(m[1] or m[2]) if m is not None else "" for m in found])


@functools.lru_cache(maxsize=4096)
def given_type(kind: str, names: tuple[str, ...], member: str) -> tuple[str, int]:
    """(type, pointer depth) of a member of that type, in an object whose type's text is `kind`."""
    used = [name for name in names if name and re.search(rf"\b{name}\b", member)]
    given = _arguments(kind) if used and len(kind) <= MAX_LENGTH else []
    for name, what in zip(names, given, strict=False):
        if name in used and what:
            member = what.join(re.split(rf"\b{name}\b", member))
    plain = member.rstrip("* ")
    return plain, member.count("*", len(plain)) if given else 0


def _arguments(kind: str) -> list[str]:
    """The arguments of a template, as they are written: `A<B<C, D>, E>` has two."""
    found, depth = [""], 0
    for letter in kind.partition("<")[2].rpartition(">")[0]:
        depth += (letter in "<([") - (letter in ">)]")
        if letter == "," and not depth:
            found.append("")
        else:
            found[-1] += letter
    return [text.strip().removeprefix("const ") for text in found]
