"""Containers changed outside of their guard, and guards that are added."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.added_locks import bare_accesses
from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.guard_objects import HELD, GuardLate, lone_guards
from model_export.mutations.locking import jumps, written_in
from model_export.mutations.program import ParsedProgram
from model_export.mutations.rewrite import (
    add_global,
    add_include,
    after,
    before,
    braces,
    fresh,
    remove_statement,
    site,
)


class ContainerCallOutside(Mutation):
    """A container is changed after the guard's scope has ended."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = """void add(int x) {
  {
    std::lock_guard<std::mutex> lock(m);
    n++;
    items.push_back(x);
  }
}
"""
    after = """void add(int x) {
  {
    std::lock_guard<std::mutex> lock(m);
    n++;
  }
  items.push_back(x);
}
"""
    silent = HELD

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard in a block of its own that ends with such a call."""
        for guard in lone_guards(program):
            last, block = guard.rest[-1], guard.declaration.parent
            found = _CHANGES.match(program.source(last))
            listed = block is not None and block.parent is not None
            if not found or not listed or len(guard.rest) < 2 or block is None:
                continue
            if block.parent is not None and block.parent.type == "compound_statement":
                yield site(
                    program,
                    last,
                    re.findall(r"\w+", found[1])[-1],
                    remove_statement(program, last),
                    after(program, block, program.source(last)),
                )


_CHANGES = re.compile(
    r"^([\w.>\-:\[\]]+?)(?:\.|->)(?:push|pop|emplace|insert|erase|clear|append|assign|resize)\w*\s*\("
)


class ContainerCallFirst(Mutation):
    """A container is changed before the guard is made."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = """void add(int x) {
  std::lock_guard<std::mutex> lock(m);
  n++;
  items.push_back(x);
}
"""
    after = """void add(int x) {
  items.push_back(x);
  std::lock_guard<std::mutex> lock(m);
  n++;
}
"""
    silent = HELD

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard before such a call with no declaration between."""
        for guard in lone_guards(program):
            for node in guard.rest:
                if node.type == "declaration":
                    break
                found = _CHANGES.match(program.source(node))
                if found and node.type == "expression_statement":
                    yield site(
                        program,
                        node,
                        re.findall(r"\w+", found[1])[-1],
                        before(program, guard.declaration, program.source(node)),
                        remove_statement(program, node),
                    )
                    break


class DropReserve(Mutation):
    """A container is no longer given its room beforehand, and so moves its elements as it grows."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = "void f() {\n  v.reserve(100);\n  v.push_back(1);\n}\n"
    after = "void f() {\n  v.push_back(1);\n}\n"
    silent = after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every reserve."""
        for node in program.of("expression_statement"):
            found = re.match(r"([\w.>\-:\[\]]+?)(?:\.|->)reserve\s*\(", program.source(node))
            if found:
                target = re.findall(r"\w+", found[1])[-1]
                yield site(program, node, target, remove_statement(program, node))


class GuardWholeCall(Mutation):
    """What was done before a guard is done under it."""

    expects = Effect.FIXES
    language = "c++"
    before = GuardLate.after
    after = HELD
    silent = HELD

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard that a plain statement precedes."""
        for guard in lone_guards(program):
            earlier = guard.declaration.prev_named_sibling
            if (
                earlier is not None
                and earlier.type == "expression_statement"
                and not jumps((earlier,), program)
            ):
                yield site(
                    program,
                    guard.declaration,
                    written_in(program, (earlier,)),
                    before(program, earlier, program.source(guard.declaration)),
                    remove_statement(program, guard.declaration),
                )


class AddGuard(Mutation):
    """Every access of a shared variable in threads is put under one new guard."""

    expects = Effect.FIXES
    language = "c++"
    before = """#include <thread>
#include <mutex>
int n = 0;
int main() {
  std::thread t([] {
    n++;
  });
  t.join();
}
"""
    after = """#include <thread>
#include <mutex>
int n = 0;
static std::mutex gate;

int main() {
  std::thread t([] {
    {
      std::lock_guard<std::mutex> hold(gate);
      n++;
    }
  });
  t.join();
}
"""
    silent = before.replace("n++", "int n = 0; n++")
    one_path = False

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every shared variable that threads update outside of a guard, at its first update."""
        if not re.search(r"std::j?thread|std::async", program.text) or program.pragmas:
            return
        for name, statements in bare_accesses(program).items():
            kept = statements[:1] if self.one_path else statements
            if not self.one_path or len(statements) > 1:
                yield self._site(program, name, kept)

    def _site(self, program: ParsedProgram, name: str, statements: list[Node]) -> Site:
        lock, holder = fresh(program, "lock"), fresh(program, "holder")
        tops = [node for node in program.root.named_children if node.type in _TOPS]
        edits = [*add_include(program, "mutex")]
        edits.append(
            add_global(program, tops[0] if tops else statements[0], f"static std::mutex {lock};")
        )
        for node in statements:
            edits += braces(program, node, node, f"std::lock_guard<std::mutex> {holder}({lock});")
        return site(program, statements[0], name, *edits)


_TOPS = [
    "function_definition",
    "class_specifier",
    "struct_specifier",
    "template_declaration",
    "namespace_definition",
    "declaration_list",
]


class AddGuardOnOnePath(AddGuard):
    """One access of a shared variable is put under a new guard, the others are not."""

    expects = Effect.MAY_RACE
    before = AddGuard.before.replace("    n++;\n", "    n++;\n    n--;\n")
    after = AddGuard.after.replace("    }\n  });", "    }\n    n--;\n  });")
    silent = AddGuard.before
    one_path = True
