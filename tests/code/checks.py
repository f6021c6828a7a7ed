"""Before/after checks on what the front end says of a piece of source."""

from __future__ import annotations

from reviewbot.code.analyse import analyse
from reviewbot.records import AccessPair, Analysis


def read(source: str, path: str = "a.c") -> Analysis:
    """The analysis of a source text."""
    return analyse(path, source.encode())


def pairs(source: str, name: str, path: str = "a.c") -> list[AccessPair]:
    """Every access pair of the object that people would call by that name."""
    found = read(source, path)
    assert found.skipped is None
    return [pair for item in found.slices if item.object == name for pair in item.pairs]


def check_pairs(source: str, name: str, *wanted: str, path: str = "a.c") -> None:
    """The object has pairs; for each of `wanted` one of them has all its `slot=value` tokens."""
    found = [_tokens(pair) for pair in pairs(source, name, path)]
    seen = [item.object for item in read(source, path).slices]
    assert found, f"no pair of {name}, but of {seen}"
    for tokens in wanted:
        assert any(set(tokens.split()) <= have for have in found), (
            f"no pair of {name} has {tokens!r}: {[sorted(have) for have in found]}"
        )


def check_silent(source: str, name: str, tokens: str = "", path: str = "a.c") -> None:
    """No pair of the object has all these tokens; with no tokens, the object has no pair at all."""
    for pair in pairs(source, name, path):
        have = _tokens(pair)
        assert not set(tokens.split()) <= have, f"{name} has {sorted(have)}"


def _tokens(pair: AccessPair) -> set[str]:
    return {f"{slot}={value}" for slot, value in pair.relations}


def function(body: str, before: str = "") -> str:
    """A C function around statements, with a few names to work on."""
    return (
        f"{before}\nint counter; int other; int cells[100]; struct node {{ int value; }};\n"
        f"void work(int n, int *out, const int *in, struct node *head) {{\n{body}\n}}\n"
    )
