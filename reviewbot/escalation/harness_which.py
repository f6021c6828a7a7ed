"""Which function of a file is driven: the one that was named, or the one that starts it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reviewbot.code.parse import Parsed
from reviewbot.code.symbols import FileSymbols, Function
from reviewbot.escalation.harness_skip import closing_brace, why_not
from reviewbot.escalation.harness_target import SYNCHRONISES, Calls, Subject, subject


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


def entry_of(
    parsed: Parsed, symbols: FileSymbols, chosen: Subject, texts: Sequence[str]
) -> Subject | str:
    """The function itself if anybody may call it, else one that does; or why there is none.

    What a class or file keeps to itself may rely on a lock that its callers hold: called without
    it, it would race as it never does. `texts` are searched for the class.
    """
    function = chosen.function
    if not _is_internal(chosen, (parsed.translation.text, *texts)):
        return chosen
    text = parsed.translation.text
    calls = re.compile(rf"(?<![\w.>:]){re.escape(function.name)}\s*\(|this->{function.name}\s*\(")
    for other in symbols.all_functions():
        body = text[other.body.start_byte : other.body.end_byte]
        if other.owner != function.owner or other == function or not calls.search(body):
            continue
        found = subject(parsed, symbols, other)
        usable = isinstance(found, Subject) and not _is_internal(found, (text, *texts))
        if isinstance(found, Subject) and usable and not why_not(parsed.path, parsed, other):
            return found
    return "only its own file or class calls it, and no caller here can be driven"


def _is_internal(chosen: Subject, texts: Sequence[str]) -> bool:
    function = chosen.function
    if chosen.calls is Calls.METHOD:
        return any(is_private(text, function.owner, function.name) for text in texts)
    guarded = SYNCHRONISES.search(chosen.body) is not None
    return chosen.calls is Calls.SHARED and function.static and not guarded


def is_private(text: str, owner: str, name: str) -> bool:
    """Whether the class, as this text defines it, declares the method outside its public part."""
    head = re.search(rf"\b(class|struct)\s+(?:\w+\s+)?{re.escape(owner)}\b[^;{{()]*\{{", text)
    if head is None:
        return False
    inside = text[head.end() : closing_brace(text, head.end())]
    # A type stands before the name where it is declared, and none where it is called.
    declares = rf"([\w>*&]+)\s+[*&]*{re.escape(name)}\s*\([^;{{}}]*\)[^;{{}}]*[;{{]"
    found = [
        m for m in re.finditer(declares, inside) if m.group(1) not in ("return", "else", "new")
    ]
    if not found:
        return False
    parts = re.findall(r"\b(public|private|protected)\b[\w\s]*:(?!:)", inside[: found[0].start()])
    return (parts[-1] if parts else {"class": "private"}.get(head[1], "public")) != "public"
