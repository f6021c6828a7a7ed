"""Atomic objects and operations: made plain, made atomic, split in two, ordered less or more."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.program import ParsedProgram, Variable
from model_export.mutations.rewrite import add_include, replace, site
from model_export.mutations.syntax import ancestor, base_of, part
from reviewbot.fixes.edits import Edit

_TEMPLATE = re.compile(r"^(?:std::)?atomic\s*<(.+)>$", re.DOTALL)


_C_NAMES = {
    "atomic_int": "int", "atomic_uint": "unsigned int", "atomic_long": "long",
    "atomic_bool": "_Bool",
    "atomic_ulong": "unsigned long", "atomic_llong": "long long", "atomic_size_t": "size_t",
    "atomic_char": "char", "atomic_short": "short", "atomic_uchar": "unsigned char",
    "atomic_ullong": "unsigned long long", "atomic_intptr_t": "intptr_t",
    "std::atomic_int": "int", "std::atomic_bool": "bool", "std::atomic_long": "long",
}  # fmt: skip


_OPERATION = {"add": "+", "sub": "-", "or": "|", "and": "&", "xor": "^"}


ORDER = re.compile(
    r"\b(std::memory_order_|std::memory_order::|memory_order_)(\w+)|\b(__ATOMIC_)([A-Z_]+)"
)


def plain_type(variable: Variable) -> str | None:
    """The type that an atomic object would have without atomicity."""
    if found := _TEMPLATE.match(variable.type):
        return found[1]
    if "_Atomic" in variable.storage:
        return variable.type
    return _C_NAMES.get(variable.type)


class AtomicToPlain(Mutation):
    """An atomic object becomes a plain one, and so does every use of it."""

    expects = Effect.MAY_RACE
    language = "c++"
    weight = 2.0
    before = """#include <atomic>
std::atomic<int> hits{0};
void f() { hits.fetch_add(1, std::memory_order_relaxed); }
int g() { return hits.load(); }
"""
    after = """#include <atomic>
int hits{0};
void f() { hits += 1; }
int g() { return hits; }
"""
    silent = """int hits;
void f() { hits++; }
"""
    qualifier = ""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every atomic object all of whose uses can be written plainly."""
        for variable in program.variables:
            kind = plain_type(variable)
            if kind is None or variable.kind == "parameter" or not program.understood(variable):
                continue
            uses = [plain_use(program, node) for node in program.uses(variable)]
            if all(use is not None for use in uses) and self._fits(program, variable):
                edits = [use for use in uses if use is not None and use.end > use.start]
                yield site(
                    program,
                    variable.declaration,
                    variable.name,
                    *declare(program, variable, self.qualifier + kind),
                    *dict.fromkeys(edits),
                )

    def _fits(self, program: ParsedProgram, variable: Variable) -> bool:
        """A plain flag that a loop waits for may never be seen to change."""
        return not spun_on(program, variable)


class AtomicToVolatile(AtomicToPlain):
    """An atomic object becomes a volatile one, which orders nothing and excludes nothing."""

    after = AtomicToPlain.after.replace("int hits", "volatile int hits")
    qualifier = "volatile "

    def _fits(self, _program: ParsedProgram, variable: Variable) -> bool:
        return "*" not in variable.type


def spun_on(program: ParsedProgram, variable: Variable) -> bool:
    """Whether a loop's condition reads the variable."""
    for node in program.uses(variable):
        loop = ancestor(node, "while_statement", "do_statement", "compound_statement")
        if loop is not None and loop.type != "compound_statement":
            return True
    return False


def declare(program: ParsedProgram, variable: Variable, kind: str) -> tuple[Edit, ...]:
    """Give a declaration another type; `_Atomic` goes."""
    node = variable.declaration.child_by_field_name("type")
    if node is None:
        return ()
    edits = [replace(node, kind)]
    for child in variable.declaration.named_children:
        if child.type == "type_qualifier" and program.source(child) == "_Atomic":
            edits.append(Edit(child.start_byte, child.end_byte + 1, ""))
    value = variable.value
    if value is not None and (
        found := re.match(r"ATOMIC_VAR_INIT\s*\((.*)\)$", program.source(value))
    ):
        edits.append(replace(value, found[1]))
    return tuple(edits)


def plain_use(program: ParsedProgram, node: Node) -> Edit | None:
    """The use of an atomic object as of a plain one; an empty edit where nothing changes."""
    lvalue = _whole(node)
    parent = lvalue.parent
    if parent is None:
        return None
    if parent.type == "field_expression":
        return _plain_method(program, lvalue, parent)
    if parent.type == "pointer_expression" and program.source(parent).startswith("&"):
        return _plain_function(program, lvalue, parent)
    kept = Edit(node.start_byte, node.start_byte, "")
    # Handed on as it is, it may have to stay what it was.
    bars = ("type_descriptor", "field_initializer", "argument_list", "init_declarator")
    return kept if parent.type not in bars else None


def _whole(node: Node) -> Node:
    """The largest lvalue that names the object: `p->hits[i]` for its hits."""
    parent = node.parent
    while parent is not None:
        through = (
            parent.type == "field_expression" and parent.child_by_field_name("field") == node
        ) or (parent.type == "subscript_expression" and _argument(parent) == node)
        if not through:
            return node
        node, parent = parent, parent.parent
    return node


def _argument(node: Node) -> Node | None:
    return node.child_by_field_name("argument")


def _plain_method(program: ParsedProgram, lvalue: Node, field: Node) -> Edit | None:
    call = field.parent
    if call is None or call.type != "call_expression":
        return None
    name = program.source(part(field, "field"))
    values = values_of(program, call)
    return _plainly(call, name, program.source(lvalue), values)


def _plain_function(program: ParsedProgram, lvalue: Node, address: Node) -> Edit | None:
    arguments = address.parent
    call = arguments.parent if arguments is not None else None
    if call is None or call.type != "call_expression":
        return None
    callee = call.child_by_field_name("function")
    name = program.source(callee) if callee is not None else ""
    short = re.sub(r"^(?:std::)?(?:__)?(?:atomic|sync)_|_explicit$|_n$", "", name)
    return _plainly(call, short, program.source(lvalue), values_of(program, call)[1:])


def values_of(program: ParsedProgram, call: Node) -> list[str]:
    """The arguments but for memory orders."""
    arguments = call.child_by_field_name("arguments")
    texts = [program.source(node) for node in arguments.named_children] if arguments else []
    return [text for text in texts if not ORDER.match(text)]


def _plainly(call: Node, name: str, lvalue: str, values: list[str]) -> Edit | None:
    if name == "load":
        return replace(call, lvalue)
    if name in ("store", "init") and len(values) == 1:
        return replace(call, f"{lvalue} = {values[0]}")
    found = re.match(r"(?:fetch_(?:and_)?)(add|sub|or|and|xor)$", name)
    if found and len(values) == 1:
        operator = _OPERATION[found[1]]
        changed = f"{lvalue} {operator}= {values[0]}"
        if call.parent is not None and call.parent.type == "expression_statement":
            return replace(call, changed)
        if operator in "+-":
            return replace(call, f"(({changed}) {'-' if operator == '+' else '+'} ({values[0]}))")
    return None


class PlainToAtomic(Mutation):
    """A plain shared number becomes atomic."""

    expects = Effect.FIXES
    language = "c++"
    before = """#include <thread>
static int hits = 0;
int main() {
  std::thread t([] { hits++; });
  t.join();
}
"""
    after = """#include <thread>
#include <atomic>
static std::atomic<int> hits = 0;
int main() {
  std::thread t([] { hits++; });
  t.join();
}
"""
    silent = before.replace("hits++", "int hits = 0; hits++")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every number of file scope, or field, that parallel code updates."""
        if any(pragma.has("atomic") for pragma in program.pragmas):
            return
        seen: set[str] = set()
        for update in program.updates:
            variable = program.variable_of(update.target)
            if variable is None or update.object in seen or not program.shared(update.target):
                continue
            seen.add(update.object)
            known = variable.kind in ("global", "field") and program.understood(variable)
            if not known or not self._fits(program, variable):
                continue
            kind = f"std::atomic<{variable.type}>" if program.cpp else f"_Atomic {variable.type}"
            include = add_include(program, "atomic") if program.cpp else ()
            node = variable.declaration.child_by_field_name("type")
            if node is not None:
                loads = _loads(program, variable) if program.cpp else ()
                yield site(
                    program,
                    variable.declaration,
                    variable.name,
                    *include,
                    replace(node, kind),
                    *loads,
                )

    def _fits(self, program: ParsedProgram, variable: Variable) -> bool:
        listed = {name for pragma in program.pragmas for name in pragma.names()}
        if program.cpp and variable.kind == "field" and not _has_mutex(program, variable):
            return False  # its objects may be copied, which atomics forbid
        whole = (
            variable.alone and (variable.scalar or variable.array) and variable.name not in listed
        )
        number = re.match(
            r"^(?:unsigned|signed|long|short|int|bool|_Bool|size_t|std::size_t|u?int\d+_t"
            r"|std::u?int\d+_t|\s)+$",
            variable.type,
        )
        if not (whole and number and not variable.storage & {"const", "volatile", "_Atomic"}):
            return False
        around = [_whole(node).parent for node in program.uses(variable)]
        return not any(node is not None and node.type == "pointer_expression" for node in around)


def _has_mutex(program: ParsedProgram, variable: Variable) -> bool:
    """Whether a type already has a field that cannot be copied, or is no plain data."""
    kinds = re.compile(r"mutex|atomic|condition_variable|once_flag|\bj?thread\b|latch|unique_ptr")
    return any(
        kinds.search(other.type) for other in program.variables if other.scope == variable.scope
    )


def _loads(program: ParsedProgram, variable: Variable) -> tuple[Edit, ...]:
    """`.load()` where an atomic object cannot be passed as it is."""
    found = []
    for node in program.uses(variable):
        whole = _whole(node)
        parent = whole.parent
        if parent is not None and parent.type in ("argument_list", "conditional_expression"):
            found.append(Edit(whole.end_byte, whole.end_byte, ".load()"))
    return tuple(found)


class AtomicCallToPlain(Mutation):
    """One atomic operation on a plain object becomes a plain one."""

    expects = Effect.MAY_RACE
    before = """static int n;
void f(void) { __atomic_fetch_add(&n, 1, __ATOMIC_RELAXED); }
"""
    after = """static int n;
void f(void) { n += 1; }
"""
    silent = """static int n;
void f(void) { atomic_fetch_add(&n, 1); }
"""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every call of a compiler builtin."""
        for call in program.of("call_expression"):
            callee = call.child_by_field_name("function")
            name = program.source(callee) if callee is not None else ""
            arguments = call.child_by_field_name("arguments")
            if not re.match(r"__(?:atomic|sync)_", name) or arguments is None:
                continue
            first = program.source(arguments.named_children[0]) if arguments.named_children else ""
            lvalue = first[1:] if first.startswith("&") else f"*{first}"
            short = re.sub(r"^__(?:atomic|sync)_|_n$", "", name)
            edit = _plainly(call, short, lvalue, values_of(program, call)[1:])
            if edit is not None:
                base = base_of(arguments.named_children[0])
                target = program.source(base) if base is not None else None
                yield site(program, call, target, edit)


class AtomicRefToPlain(Mutation):
    """An operation through an atomic reference becomes a plain one on the object itself."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = """void f(int &n) {
  std::atomic_ref<int>(n).fetch_add(1);
}
"""
    after = before.replace("std::atomic_ref<int>(n).fetch_add(1)", "n += 1")
    silent = AtomicToPlain.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every operation on a reference made on the spot."""
        for call in program.of("call_expression"):
            text = program.source(call)
            found = re.match(
                r"std::atomic_ref(?:<.*?>)?\s*[({](.*?)[)}]\.(\w+)\s*\(", text, re.DOTALL
            )
            if found:
                edit = _plainly(call, found[2], found[1], values_of(program, call))
                if edit is not None:
                    name = re.findall(r"[A-Za-z_]\w*", re.sub(r"\[.*?\]", "", found[1]))
                    yield site(program, call, name[-1] if name else None, edit)
