"""Tasks: who waits for them, what they depend on, whether they are tasks at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.ordering import RemoveBarrier, RemoveDirective, named
from model_export.mutations.program import ParsedProgram
from model_export.mutations.rewrite import (
    add_clause,
    drop_clause,
    pragma_after,
    site,
)
from reviewbot.fixes.edits import Edit


class RemoveTaskwait(RemoveDirective):
    """Nobody waits for the tasks made so far."""

    directives = ("taskwait", "taskgroup")
    before = """int fib(int n) {
  int x, y;
#pragma omp task shared(x)
  x = fib(n - 1);
#pragma omp task shared(y)
  y = fib(n - 2);
#pragma omp taskwait
  return x + y;
}
"""
    after = before.replace("#pragma omp taskwait\n", "")
    silent = after


class AddTaskwait(Mutation):
    """The maker waits for its task right after making it."""

    expects = Effect.FIXES
    before = """void f(int *a) {
#pragma omp task
  a[0] = 1;
  a[1] = a[0];
}
"""
    after = """void f(int *a) {
#pragma omp task
  a[0] = 1;
#pragma omp taskwait
  a[1] = a[0];
}
"""
    silent = """void f(int *a) {
#pragma omp task
  a[0] = 1;
#pragma omp taskwait
  a[1] = a[0];
}
"""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every task in a block that no taskwait follows at once."""
        for pragma in named(program, "task"):
            node = program.governed(pragma)
            if node is None or node.parent is None or node.parent.type != "compound_statement":
                continue
            rest = program.text[node.end_byte :].lstrip()
            if not rest.startswith("#pragma omp taskwait"):
                wait = pragma_after(program, node, "#pragma omp taskwait")
                yield site(program, pragma, None, wait)


class TaskToPlain(RemoveDirective):
    """A task is run by its maker on the spot."""

    expects = Effect.FIXES
    directives = ("task",)
    before = AddTaskwait.before
    after = before.replace("#pragma omp task\n", "")
    silent = after


class DropDepend(Mutation):
    """A task loses one of its dependences."""

    expects = Effect.MAY_RACE
    before = """void f(int *a) {
#pragma omp task depend(out : a[0])
  a[0] = 1;
#pragma omp task depend(in : a[0])
  a[1] = a[0];
}
"""
    after = before.replace(" depend(out : a[0])", "")
    silent = AddTaskwait.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every depend clause."""
        for pragma in program.pragmas:
            for clause in pragma.clauses:
                if clause.name == "depend" and not pragma.has("ordered"):
                    name = (
                        re.split(r"\W", clause.items[0].lstrip("*("))[0] if clause.items else None
                    )
                    yield site(program, pragma, name or None, drop_clause(program, clause))


class WeakenDepend(Mutation):
    """A task that writes says that it only reads."""

    expects = Effect.MAY_RACE
    before = DropDepend.before
    after = before.replace("out :", "in:")
    silent = AddTaskwait.before
    kinds: tuple[str, ...] = ("out", "inout")
    kind = "in"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every depend clause of a stronger kind."""
        for pragma in program.pragmas:
            for clause in pragma.clauses:
                if clause.name == "depend" and clause.modifier in self.kinds:
                    names = ", ".join(clause.items)
                    edit = Edit(clause.start, clause.end, f"depend({self.kind}: {names})")
                    yield site(program, pragma, re.split(r"\W", names)[0] or None, edit)


class StrengthenDepend(WeakenDepend):
    """A task that says it reads says that it writes."""

    expects = Effect.FIXES
    after = DropDepend.before.replace("in :", "inout:")
    kinds = ("in",)
    kind = "inout"


class DependOnNeighbour(Mutation):
    """A task waits for another element than the one it touches."""

    expects = Effect.MAY_RACE
    before = """void f(int *a, int i) {
#pragma omp task depend(in : a[i])
  a[i + 1] = a[i];
}
"""
    after = before.replace("a[i])", "a[i + 1])", 1)
    silent = """void f(int *a, int x) {
#pragma omp task depend(in : x)
  a[0] = x;
}
"""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every depend on one element."""
        for pragma in program.pragmas:
            for clause in pragma.clauses:
                found = re.fullmatch(r"(.*:\s*)(\w+)\[(\w+)\](.*)", clause.arguments)
                if clause.name == "depend" and found:
                    shifted = f"{found[1]}{found[2]}[{found[3]} + 1]{found[4]}"
                    edit = Edit(clause.start, clause.end, f"depend({shifted})")
                    yield site(program, pragma, found[2], edit)


class AddIfTied(Mutation):
    """A task is run at once by its maker: `if (0)`."""

    expects = Effect.FIXES
    before = AddTaskwait.before
    after = before.replace("task\n", "task if (0)\n")
    silent = RemoveBarrier.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every task without a condition."""
        for pragma in named(program, "task"):
            if not pragma.clause("if"):
                yield site(program, pragma, None, add_clause(pragma, "if (0)"))
