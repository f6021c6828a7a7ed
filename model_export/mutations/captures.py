"""What lambdas capture: by reference or by value, all or one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.program import ParsedProgram, Variable
from model_export.mutations.rewrite import replace, site
from model_export.mutations.syntax import descendants, within
from reviewbot.fixes.edits import Edit

_THREADS = """#include <thread>
void f() {
  int n = 0;
  std::thread t([%s] { n++; });
  t.join();
}
"""


def _lambdas(program: ParsedProgram) -> Iterator[tuple[Node, Node, list[str]]]:
    """(lambda, its capture list, the captures) of lambdas that threads may run."""
    for node in program.of("lambda_expression"):
        captures = node.child_by_field_name("captures")
        if captures is not None and program.in_parallel(node) is not None:
            inner = program.source(captures)[1:-1]
            yield node, captures, [part.strip() for part in inner.split(",") if part.strip()]


def _captures(items: list[str]) -> str:
    return f"[{', '.join(items)}]"


def _used(program: ParsedProgram, node: Node) -> dict[str, Variable]:
    """Locals and parameters from outside that a lambda names."""
    found: dict[str, Variable] = {}
    for at in descendants(node):
        if at.type == "identifier" and at.text:
            variable = program.resolve(at.text.decode(), at)
            if (
                variable
                and variable.kind in ("local", "parameter")
                and "static" not in variable.storage
            ) and not within(variable.declaration, node):
                found.setdefault(variable.name, variable)
    return found


class CaptureAllByReference(Mutation):
    """`[=]` becomes `[&]`."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = _THREADS.replace("] {", "] {") % "="
    after = _THREADS % "&"
    silent = _THREADS % "&"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every lambda with that default, `mutable` then being needless."""
        for node, captures, items in _lambdas(program):
            if items and items[0] == "=":
                rest = [item for item in items[1:] if not item.startswith("&") and item != "this"]
                own = [item for item in items[1:] if item == "this" or "=" in item]
                text = _captures(["&", *[item for item in rest if "=" not in item], *own])
                yield site(program, node, _written(program, node), replace(captures, text))


def _written(program: ParsedProgram, node: Node) -> str | None:
    return next((u.object for u in program.updates if within(u.statement, node)), None)


class CaptureByReference(Mutation):
    """One variable that was captured by value is captured by reference."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = """#include <thread>
void f() {
  for (int k = 0; k < 4; k++)
    threads.emplace_back([&, k] { sum[k] = k; });
}
"""
    after = before.replace("[&, k]", "[&]")
    silent = after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every plain capture by value."""
        for node, captures, items in _lambdas(program):
            for index, item in enumerate(items):
                if re.fullmatch(r"\w+", item) and item != "this":
                    other = [] if items[0] == "&" else [f"&{item}"]
                    text = _captures(items[:index] + other + items[index + 1 :])
                    yield site(program, node, item, replace(captures, text))


class CaptureByValue(Mutation):
    """One variable that was captured by reference is captured by value: the thread's own copy."""

    expects = Effect.FIXES
    language = "c++"
    before = _THREADS % "&"
    after = _THREADS.replace("[%s]", "[&, n]() mutable")
    silent = _THREADS.replace("int n", "std::atomic<int> n") % "&"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every number, string or vector of numbers captured by reference."""
        for node, captures, items in _lambdas(program):
            for name, variable in _used(program, node).items():
                if not _copyable(variable) or name in items:
                    continue
                if items[:1] == ["&"] or f"&{name}" in items:
                    kept = [item for item in items if item != f"&{name}"]
                    text = _captures([*kept, name])
                    yield site(
                        program, node, name, replace(captures, text), *_mutable(program, node)
                    )


def _copyable(variable: Variable) -> bool:
    kind = re.match(
        r"^(?:std::)?(?:string|vector<\s*(?:[\w: ]*\b(?:int|long|double|float|size_t|\w+_t))\s*>"
        r"|array<[\w:]+, \w+>)$",
        variable.type,
    )
    plain = variable.scalar or variable.shape.startswith(f"&{variable.name}")
    return plain and (variable.arithmetic or kind is not None)


def _mutable(program: ParsedProgram, node: Node) -> tuple[Edit, ...]:
    """Let a lambda change its copies."""
    head_end = node.child_by_field_name("body")
    captures = node.child_by_field_name("captures")
    declarator = node.child_by_field_name("declarator")
    if (
        head_end is None
        or captures is None
        or re.search(r"\bmutable\b", program.text[captures.end_byte : head_end.start_byte])
    ):
        return ()
    if declarator is None:
        return (Edit(captures.end_byte, captures.end_byte, "() mutable"),)
    parameters = declarator.child_by_field_name("parameters")
    place = parameters.end_byte if parameters is not None else declarator.end_byte
    return (Edit(place, place, " mutable"),)


class CaptureThisByValue(Mutation):
    """A lambda captures a copy of its object instead of the object."""

    expects = Effect.KEEPS_CLEAN
    weight = 0.3  # objects with locks cannot be copied
    language = "c++"
    before = (
        "#include <thread>\nstruct A { int n; void f() { std::thread t([this] { use(n); }); } };\n"
    )
    after = before.replace("[this]", "[*this]")
    silent = _THREADS % "&"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every capture of this in a type without locks, atomics or threads."""
        if re.search(r"mutex|atomic|std::thread>|jthread|unique_ptr|latch|once_flag", program.text):
            return
        for node, captures, items in _lambdas(program):
            if "this" in items:
                changed = ["*this" if item == "this" else item for item in items]
                yield site(program, node, None, replace(captures, _captures(changed)))


class NameWhatIsCaptured(Mutation):
    """`[&]` becomes the list of what is used, each by reference: nothing changes."""

    expects = Effect.KEEPS_CLEAN
    language = "c++"
    before = _THREADS % "&"
    after = _THREADS % "&n"
    silent = _THREADS % "&n"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every lambda that captures all by reference and names only variables that we know."""
        for node, captures, items in _lambdas(program):
            if items and items[0] == "&" and _all_known(program, node):
                names = [n for n, v in _used(program, node).items() if "constexpr" not in v.storage]
                body = program.source(node)
                member = any(
                    at.type == "identifier"
                    and (v := program.variable_of(at)) is not None
                    and v.kind == "field"
                    for at in descendants(node)
                )
                this = (
                    ["this"]
                    if (member or re.search(r"\bthis\b", body)) and "this" not in items
                    else []
                )
                listed = list(items[1:])
                new = [f"&{name}" for name in names if name not in listed]
                yield site(
                    program, node, None, replace(captures, _captures([*listed, *new, *this]))
                )


def _all_known(program: ParsedProgram, node: Node) -> bool:
    """Whether each bare name in the lambda is one that we can resolve or a function's."""
    for at in descendants(node):
        if at.type == "identifier" and at.text:
            called = at.parent is not None and at.parent.type in (
                "call_expression", "qualified_identifier", "template_function",
            )  # fmt: skip
            if not called and program.resolve(at.text.decode(), at) is None:
                return False
            if (
                called
                and at.text.decode() not in program.functions
                and at.parent is not None
                and at.parent.type == "call_expression"
            ):
                return False
    return True
