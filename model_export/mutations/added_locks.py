"""New locks: around every access of a shared variable, or around one."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.locking import (
    guards,
    lock_pairs,
)
from model_export.mutations.program import ParsedProgram
from model_export.mutations.rewrite import (
    add_global,
    after,
    before,
    fresh,
    site,
)
from model_export.mutations.syntax import ancestor


class AddLock(Mutation):
    """Every access of a shared variable in threads is put under one new lock."""

    expects = Effect.FIXES
    before = """#include <pthread.h>
static int n;
void *f(void *p) {
  n++;
  return p;
}
int main(void) {
  pthread_t t;
  pthread_create(&t, 0, f, 0);
  pthread_join(t, 0);
}
"""
    after = before.replace(
        "static int n;\n",
        "static int n;\nstatic pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;\n\n",
    ).replace("  n++;\n", "  pthread_mutex_lock(&gate);\n  n++;\n  pthread_mutex_unlock(&gate);\n")
    silent = before.replace("n++", "int n = 0; n++")
    one_path = False

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every shared variable that pthreads update outside of a lock, at its first update."""
        if "pthread_create" not in program.text:
            return
        for name, statements in bare_accesses(program).items():
            kept = statements[:1] if self.one_path else statements
            if not self.one_path or len(statements) > 1:
                yield self._site(program, name, kept)

    def _site(self, program: ParsedProgram, name: str, statements: list[Node]) -> Site:
        lock = fresh(program, "lock")
        line = f"static pthread_mutex_t {lock} = PTHREAD_MUTEX_INITIALIZER;"
        first = min(program.functions.values(), key=lambda node: node.start_byte)
        edits = [add_global(program, first, line)]
        for node in statements:
            edits.append(before(program, node, f"pthread_mutex_lock(&{lock});"))
            edits.append(after(program, node, f"pthread_mutex_unlock(&{lock});"))
        return site(program, statements[0], name, *edits)


class AddLockOnOnePath(AddLock):
    """One access of a shared variable is put under a new lock, the others are not."""

    expects = Effect.MAY_RACE
    before = AddLock.before.replace("  n++;\n", "  n++;\n  n--;\n")
    after = AddLock.after.replace("mutex_unlock(&gate);\n", "mutex_unlock(&gate);\n  n--;\n")
    silent = AddLock.before
    one_path = True


def bare_accesses(program: ParsedProgram) -> dict[str, list[Node]]:
    """Statements in parallel parts that touch a shared variable which is updated outside locks."""
    held = [(p.opening.start_byte, p.closing.end_byte) for p in lock_pairs(program)]
    held += [(g.declaration.start_byte, g.rest[-1].end_byte) for g in guards(program) if g.rest]
    found: dict[str, list[Node]] = {}
    for update in program.updates:
        bare = not any(a <= update.statement.start_byte < b for a, b in held)
        if bare and program.shared(update.target) and update.object not in found:
            found[update.object] = list(_touching(program, update.object))
    return {name: nodes for name, nodes in found.items() if nodes}


def _touching(program: ParsedProgram, name: str) -> Iterator[Node]:
    """Plain statements in lists that mention a name; nothing if another statement does too."""
    for node in program.of("identifier", "field_identifier"):
        if node.text == name.encode() and program.in_parallel(node) is not None:
            statement = ancestor(node, "expression_statement", "function_definition")
            if statement is None or statement.type == "function_definition":
                return
            if statement.parent is None or statement.parent.type != "compound_statement":
                return
    seen: set[int] = set()
    for node in program.of("identifier", "field_identifier"):
        if node.text == name.encode() and program.in_parallel(node) is not None:
            statement = ancestor(node, "expression_statement")
            if statement is not None and statement.id not in seen:
                seen.add(statement.id)
                yield statement
