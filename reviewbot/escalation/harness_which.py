"""Which function of a file is driven: the one that was named, or the one that starts it."""

from __future__ import annotations

import re

from reviewbot.code.parse import Parsed
from reviewbot.code.symbols import FileSymbols, Function
from reviewbot.escalation.harness_skip import why_not
from reviewbot.escalation.harness_target import Calls, Subject, subject


def find(parsed: Parsed, symbols: FileSymbols, name: str) -> Function | None:
    """The function of that name, with its class or without; of several the one with directives."""
    if name.startswith("lambda@"):  # by its place in the file: whoever makes it is called
        at = int(name.partition("@")[2])
        around = [f for f in symbols.all_functions() if f.node.start_byte <= at < f.node.end_byte]
        return max(around, key=lambda f: f.node.start_byte, default=None)
    short = name.rsplit("::", maxsplit=1)[-1]
    found = [f for f in symbols.functions.get(short, ()) if name in (f.qualified, f.name)]
    found = found or list(symbols.functions.get(short, ()))
    parallel = [
        f
        for f in found
        if any(f.body.start_byte <= d.offset < f.body.end_byte for d in parsed.directives)
    ]
    return next(iter(parallel or found), None)


def creator_of(parsed: Parsed, symbols: FileSymbols, worker: Subject) -> Subject | None:
    """The function of the file that starts this worker and waits for it: it knows the arguments."""
    name = re.escape(worker.function.name)
    text = parsed.translation.text
    for function in symbols.all_functions():
        body = text[function.body.start_byte : function.body.end_byte]
        starts = re.search(
            rf"(?i)\w*(?:create|thread|start|spawn|async)\w*\s*[({{][^;]*\b{name}\b", body
        )
        if starts is None or "join" not in body or why_not(parsed.path, parsed, function):
            continue
        creator = subject(parsed, symbols, function)
        if isinstance(creator, Subject) and creator.calls is Calls.CREATOR:
            return creator
    return None


def spawn_argument(parsed: Parsed, name: str) -> str:
    """The last argument with which the file starts this thread body, "" if it does not."""
    found = re.search(
        rf"\b\w*(?:create|thread|start|spawn)\w*\s*\([^;]*?\b{re.escape(name)}\s*,\s*([^;]*?)\)\s*[;)!=<]",
        parsed.translation.text,
        re.IGNORECASE,
    )
    return found.group(1).strip() if found else ""
