"""What a causal language model reads of an access pair; training and serving import this alone.

Two accesses meet: does the program race?
Construct: parallel for at line 12 in `main`
Facts: common=none phase=same
12 | # pragma omp parallel for
14 | OBJ += NAME [ SV ] ;
Object: `total`
First: write of `total` at 14:5 in `main`
Second: write of `total` at 14:5 in `main`

The model goes on with the five links and the verdict. Changing anything here changes what a
trained model was told: raise PROMPT_VERSION, train again.
"""

from __future__ import annotations

from collections.abc import Iterator

from reviewbot.model.features import relation_tokens
from reviewbot.records import Access, AccessPair, Slice

PROMPT_VERSION = 1


def prompt_of(item: Slice, pair: AccessPair) -> str:
    """The text before the trace: facts, the slice's lines, the object and both accesses."""
    return "\n".join(_lines(item, pair)) + "\n"


def _lines(item: Slice, pair: AccessPair) -> Iterator[str]:
    yield "Two accesses meet: does the program race?"
    place = f"at line {item.construct_line}" + _within(item.function)
    yield f"Construct: {item.construct_kind} {place}"
    yield f"Facts: {' '.join(relation_tokens(pair))}"
    if item.unresolved:
        yield f"Not seen: {', '.join(item.unresolved)}"
    for line in item.lines:
        yield f"{line.line} | {' '.join(line.tokens)}"
    yield f"Object: `{item.object}`"
    yield f"First: {_access(pair.first)}"
    yield f"Second: {_access(pair.second)}"


def _access(access: Access) -> str:
    kind = f"{'atomic ' * access.atomic}{access.mode.value}"
    return f"{kind} of `{access.text}` at {access.line}:{access.column}{_within(access.function)}"


def _within(function: str) -> str:
    return f" in `{function}`" if function else ""


def shown_lines(item: Slice, pair: AccessPair) -> frozenset[int]:
    """The numbers of the lines that the prompt shows."""
    lines = {line.line for line in item.lines}
    return frozenset(lines | {item.construct_line, pair.first.line, pair.second.line})
