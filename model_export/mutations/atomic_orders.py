"""Memory orders, and atomic updates that come in two parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.atomics import _OPERATION, ORDER, AtomicToPlain, values_of
from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.program import ParsedProgram
from model_export.mutations.rewrite import replace, site
from reviewbot.fixes.edits import Edit


class FetchToLoadAndStore(Mutation):
    """An atomic update becomes an atomic load and an atomic store: updates can be lost between."""

    expects = Effect.KEEPS_CLEAN
    language = "c++"
    before = AtomicToPlain.before
    after = before.replace(
        "hits.fetch_add(1, std::memory_order_relaxed)", "hits.store(hits.load() + 1)"
    )
    silent = AtomicToPlain.silent

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every such update whose old value nobody uses."""
        for call in program.of("call_expression"):
            alone = call.parent is not None and call.parent.type == "expression_statement"
            split = _split(program, call) if alone else None
            if split is not None:
                yield site(program, call, split[0], replace(call, split[1]))


def _split(program: ParsedProgram, call: Node) -> tuple[str, str] | None:
    text, values = program.source(call), values_of(program, call)
    if found := re.match(r"([\w.>\-\[\]]+?)(?:\.|->)fetch_(add|sub|or|and|xor)\s*\(", text):
        joint = "->" if text[found.end(1)] == "-" else "."
        lvalue, operator = found[1], _OPERATION[found[2]]
        changed = f"{lvalue}{joint}store({lvalue}{joint}load() {operator} {values[0]})"
    elif found := re.match(r"atomic_fetch_(add|sub|or|and|xor)(?:_explicit)?\s*\(", text):
        lvalue, operator = values[0], _OPERATION[found[1]]
        changed = f"atomic_store({lvalue}, atomic_load({lvalue}) {operator} {values[1]})"
    else:
        return None
    names = re.findall(r"[A-Za-z_]\w*", re.sub(r"\[.*?\]", "", lvalue))
    return names[-1], changed


class RelaxOrder(Mutation):
    """One operation no longer releases or acquires."""

    expects = Effect.MAY_RACE
    weight = 1.5
    language = "c++"
    before = """void f() {
  data = 1;
  ready.store(true, std::memory_order_release);
}
"""
    after = before.replace("memory_order_release", "memory_order_relaxed")
    silent = after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every order stronger than relaxed."""
        for found in ORDER.finditer(program.text):
            word = (found[2] or found[4]).lower()
            if word in ("release", "acquire", "acq_rel", "seq_cst", "consume"):
                yield _ordered(program, found, "relaxed")


def _ordered(program: ParsedProgram, found: re.Match[str], order: str) -> Site:
    prefix, word = (found[1], order) if found[1] else (found[3], order.upper())
    edit = Edit(found.start(), found.end(), prefix + word)
    return site(program, found.start(), _ordered_object(program, found.start()), edit)


def _ordered_object(program: ParsedProgram, offset: int) -> str | None:
    node: Node | None = program.root.descendant_for_byte_range(offset, offset + 1)
    while node is not None and node.type != "call_expression":
        node = node.parent
    if node is None:
        return None
    found = re.match(
        r"(?:.*?(?:\.|->))?(\w+)(?:\.|->)\w+\s*\(|\w[\w:]*\s*\(\s*&?(?:\w+(?:\.|->))*(\w+)",
        program.source(node),
    )
    return (found[1] or found[2]) if found else None


class RelaxDefaultOrder(Mutation):
    """An operation of the default order becomes relaxed."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = "#include <atomic>\nvoid f() {\n  data = 1;\n  ready.store(true);\n}\n"
    after = before.replace("(true)", "(true, std::memory_order_relaxed)")
    silent = RelaxOrder.after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every load, store, exchange or fetch of an atomic without an order."""
        if "atomic" not in program.text:
            return
        for call in program.of("call_expression"):
            found = re.match(
                r"([\w.>\-\[\]]+?)(?:\.|->)(?:load|store|exchange|fetch_\w+)\s*\(",
                program.source(call),
            )
            arguments = call.child_by_field_name("arguments")
            if found and arguments is not None and "memory_order" not in program.source(arguments):
                comma = ", " if arguments.named_children else ""
                place = arguments.end_byte - 1
                edit = Edit(place, place, f"{comma}std::memory_order_relaxed")
                yield site(program, call, re.findall(r"\w+", found[1])[-1], edit)


class RelaxDefaultCall(Mutation):
    """A C operation of the default order becomes relaxed."""

    expects = Effect.MAY_RACE
    before = "void f(void) {\n  data = 1;\n  atomic_store(&ready, 1);\n}\n"
    after = before.replace(
        "atomic_store(&ready, 1)", "atomic_store_explicit(&ready, 1, memory_order_relaxed)"
    )
    silent = after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every load, store, exchange or fetch of C11 without an order."""
        for call in program.of("call_expression"):
            text = program.source(call)
            found = re.match(r"atomic_(?:load|store|exchange|fetch_\w+?)(?=\()", text)
            if found and not found[0].endswith("_explicit"):
                new = f"{found[0]}_explicit{text[found.end() : -1]}, memory_order_relaxed)"
                names = re.findall(
                    r"[A-Za-z_]\w*", re.sub(r"\[.*?\]", "", values_of(program, call)[0])
                )
                yield site(program, call, names[-1] if names else None, replace(call, new))


class StrengthenOrder(Mutation):
    """All relaxed operations on an object become as strong as can be."""

    expects = Effect.FIXES
    language = "c++"
    before = RelaxOrder.after
    after = RelaxOrder.before.replace("release", "seq_cst")
    silent = RelaxOrder.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every object with a relaxed operation, at its first."""
        places: dict[str | None, list[re.Match[str]]] = {}
        for found in ORDER.finditer(program.text):
            if (found[2] or found[4]).lower() == "relaxed":
                places.setdefault(_ordered_object(program, found.start()), []).append(found)
        for name, hits in places.items():
            edits = [edit for hit in hits for edit in _ordered(program, hit, "seq_cst").edits]
            yield site(program, hits[0].start(), name, *edits)


class DropFlagAtomicity(Mutation):
    """`compare_exchange` that claims a slot becomes a check and a store."""

    expects = Effect.KEEPS_CLEAN
    language = "c++"
    before = """bool claim() {
  int open = 0;
  return slot.compare_exchange_strong(open, 1);
}
"""
    after = before.replace(
        "slot.compare_exchange_strong(open, 1)",
        "(slot.load() == open ? (slot.store(1), true) : false)",
    )
    silent = RelaxOrder.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every strong exchange by method."""
        for call in program.of("call_expression"):
            found = re.match(
                r"([\w.>\-\[\]]+?)\.compare_exchange_strong\s*\(", program.source(call)
            )
            values = values_of(program, call)
            if found and len(values) == 2:
                lvalue = found[1]
                claim = f"({lvalue}.store({values[1]}), true)"
                text = f"({lvalue}.load() == {values[0]} ? {claim} : false)"
                yield site(program, call, re.findall(r"\w+", lvalue)[-1], replace(call, text))


class ExchangeToLoadAndStore(Mutation):
    """An exchange becomes a load and a store with a gap between."""

    expects = Effect.KEEPS_CLEAN
    language = "c++"
    before = "void f() {\n  if (!taken.exchange(true)) work();\n}\n"
    after = "void f() {\n  if (!(taken.load() || (taken.store(true), false))) work();\n}\n"
    silent = RelaxOrder.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every exchange with true."""
        for call in program.of("call_expression"):
            found = re.match(r"([\w.>\-\[\]]+?)\.exchange\s*\(\s*true\b", program.source(call))
            if found:
                lvalue = found[1]
                text = f"({lvalue}.load() || ({lvalue}.store(true), false))"
                yield site(program, call, re.findall(r"\w+", lvalue)[-1], replace(call, text))
