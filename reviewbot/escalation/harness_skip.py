"""Functions that no driver can call, each with its reason."""

from __future__ import annotations

import re

from reviewbot.code.parse import Parsed, text_of
from reviewbot.code.symbols import Function

CREATES = re.compile(
    r"\b(?:pthread_create|thrd_create|g_thread_new|std::async)\b|\bstd::j?thread\b"
    r"|\b\w*[tT]hreads?_?\s*\.\s*(?:emplace|push)_back\b"
    r"|\b\w*(?:[tT]hread|THREAD)\w*[cC](?:reate|REATE)\w*\s*\("
)
_GPU = re.compile(r"__global__|<<<|\bcuda[A-Z]\w+\s*\(|__kernel\b|\bhip[A-Z]\w+\s*\(")
_OUTSIDE = re.compile(r"\b(accept|recv|recvfrom|recvmsg|epoll_wait|select|poll|fork|execv\w*)\s*\(")


def why_not(path: str, parsed: Parsed, function: Function) -> str | None:
    """Why no driver can call this function, or None."""
    text = parsed.translation.text
    body = text[function.node.start_byte : function.node.end_byte]
    if not re.fullmatch(r"~?\w+|operator.*", function.name):
        return "its name is made by a macro"
    if path.endswith((".cu", ".cuh")) or _GPU.search(body):
        return "runs on a GPU"
    if any(p.type == "variadic_parameter" for p in function.parameters) or _dots(function):
        return "takes a variable number of arguments"
    if waits := _OUTSIDE.search(body):
        return f"waits for the world outside: {waits.group(1)}"
    if function.owner and _is_abstract(parsed, function.owner):
        return f"method of the abstract class {function.owner}"
    if function.name.startswith(("~", "operator")):
        return "a destructor or operator: no thread calls it by name"
    creates = CREATES.search(body) or any(
        function.body.start_byte <= d.offset < function.body.end_byte for d in parsed.directives
    )
    if function.owner == function.name and not creates:
        return "a constructor: no two threads construct one object"
    return None


def _dots(function: Function) -> bool:
    head = text_of(function.node)[: function.body.start_byte - function.node.start_byte]
    return re.search(r"\.\.\.\s*\)", head) is not None


def _is_abstract(parsed: Parsed, owner: str) -> bool:
    """Whether the class as defined here declares a method that it does not define."""
    text = parsed.translation.text
    found = re.search(rf"\b(?:class|struct)\s+(?:\w+\s+)?{re.escape(owner)}\b[^;{{]*\{{", text)
    if found is None:
        return False
    end = closing_brace(text, found.end())
    return re.search(r"\bvirtual\b[^;{}]*\)[^;{}()]*=\s*0\s*;", text[found.end() : end]) is not None


def closing_brace(text: str, at: int) -> int:
    """Where the block ends that was opened just before `at`."""
    depth = 1
    for match in re.finditer(r"[{}]", text[at:]):
        depth += 1 if match.group() == "{" else -1
        if depth == 0:
            return at + match.start()
    return len(text)
