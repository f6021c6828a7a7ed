"""What orders OpenMP threads and tasks: barriers, taskwait, depend, ordered, single, sections."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.pragmas import Pragma
from model_export.mutations.program import ParsedProgram
from model_export.mutations.rewrite import (
    add_clause,
    drop_clause,
    indented,
    pragma_after,
    pragma_before,
    remove_pragma,
    rename_pragma,
    replace,
    site,
)
from model_export.mutations.syntax import ancestor
from reviewbot.fixes.edits import Edit


def named(program: ParsedProgram, *names: str) -> Iterator[Pragma]:
    """The directives of these names."""
    return (pragma for pragma in program.pragmas if pragma.name in names)


class RemoveDirective(Mutation):
    """A directive goes; the statement that it governed stays."""

    expects = Effect.MAY_RACE
    directives: tuple[str, ...] = ()

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every such directive."""
        for pragma in named(program, *self.directives):
            yield site(program, pragma, None, remove_pragma(program, pragma))


class RemoveBarrier(RemoveDirective):
    """An explicit barrier goes."""

    directives = ("barrier",)
    before = """void f(int *a, int *b) {
#pragma omp parallel
  {
    int t = omp_get_thread_num();
    a[t] = t;
#pragma omp barrier
    b[t] = a[t ^ 1];
  }
}
"""
    after = before.replace("#pragma omp barrier\n", "")
    silent = after


class MoveBarrierUp(Mutation):
    """A barrier stands one statement too early."""

    expects = Effect.MAY_RACE
    before = RemoveBarrier.before
    after = """void f(int *a, int *b) {
#pragma omp parallel
  {
    int t = omp_get_thread_num();
#pragma omp barrier
    a[t] = t;
    b[t] = a[t ^ 1];
  }
}
"""
    silent = RemoveBarrier.silent

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every barrier with a statement before it in its block."""
        for pragma in named(program, "barrier", "taskwait"):
            block = _block(program, pragma)
            earlier = [
                node
                for node in (block.named_children if block else ())
                if node.end_byte <= pragma.start and node.type != "comment"
            ]
            if earlier and not program.pragmas_of(earlier[-1]):
                moved = pragma_before(program, earlier[-1], program.text[pragma.start : pragma.end])
                yield site(program, pragma, None, moved, remove_pragma(program, pragma))


class MoveBarrierDown(Mutation):
    """A barrier stands one statement too late."""

    expects = Effect.MAY_RACE
    before = RemoveBarrier.before
    after = """void f(int *a, int *b) {
#pragma omp parallel
  {
    int t = omp_get_thread_num();
    a[t] = t;
    b[t] = a[t ^ 1];
#pragma omp barrier
  }
}
"""
    silent = RemoveBarrier.silent

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every barrier with a statement after it in its block."""
        for pragma in named(program, "barrier", "taskwait"):
            block = _block(program, pragma)
            later = [
                node
                for node in (block.named_children if block else ())
                if node.start_byte >= pragma.end and node.type != "comment"
            ]
            if later and later[0].type != "return_statement":
                text = program.text[pragma.start : pragma.end]
                moved = pragma_after(program, later[0], text)
                yield site(program, pragma, None, remove_pragma(program, pragma), moved)


def _block(program: ParsedProgram, pragma: Pragma) -> Node | None:
    node = program.root.descendant_for_byte_range(pragma.start, pragma.end)
    if node is not None and node.type != "compound_statement":
        node = ancestor(node, "compound_statement")
    return node


class AddBarrier(Mutation):
    """All threads wait before a worksharing construct."""

    expects = Effect.FIXES
    before = """void f(int *a, int *b, int n) {
#pragma omp parallel
  {
#pragma omp for nowait
    for (int i = 0; i < n; i++) a[i] = i;
#pragma omp for
    for (int i = 0; i < n; i++) b[i] = a[n - 1 - i];
  }
}
"""
    after = before.replace("#pragma omp for\n", "#pragma omp barrier\n#pragma omp for\n")
    silent = """void f(int *a, int n) {
#pragma omp parallel
  {
#pragma omp for
    for (int i = 0; i < n; i++) a[i] = i;
  }
}
"""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every directive that follows a construct which does not wait."""
        for pragma in named(program, "for", "single", "sections", "master", "masked"):
            node = program.governed(pragma)
            earlier = node.prev_named_sibling if node is not None else None
            told = program.pragmas_of(earlier) if earlier is not None else ()
            loose = [p for p in told if p.clause("nowait") or p.name in ("master", "masked")]
            between = (
                earlier is not None and "barrier" in program.text[earlier.end_byte : pragma.start]
            )
            if loose and not between:
                indent = program.indent(pragma.start)
                edit = Edit(pragma.start, pragma.start, f"#pragma omp barrier\n{indent}")
                yield site(program, pragma, None, edit)


class RemoveOrdered(RemoveDirective):
    """The part of a loop that ran in order runs as it comes; the loop keeps its clause."""

    directives = ("ordered",)
    before = """void f(int *a, int n) {
  int k = 0;
#pragma omp parallel for ordered
  for (int i = 0; i < n; i++) {
#pragma omp ordered
    a[k++] = i;
  }
}
"""
    after = before.replace("#pragma omp ordered\n", "")
    silent = after


class RemoveSingle(RemoveDirective):
    """What one thread did, all do."""

    directives = ("single", "master", "masked")
    before = """void f(int *n) {
#pragma omp parallel
  {
#pragma omp single
    *n += 1;
  }
}
"""
    after = before.replace("#pragma omp single\n", "")
    silent = after


class SingleToMaster(Mutation):
    """`single`, which all wait for, becomes `master`, which none waits for."""

    expects = Effect.MAY_RACE
    before = RemoveSingle.before
    after = before.replace("single", "master")
    silent = RemoveSingle.silent
    old: tuple[str, ...] = ("single",)
    new = "master"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every such directive without clauses of its own."""
        for pragma in named(program, *self.old):
            if not pragma.clauses:
                yield site(program, pragma, None, rename_pragma(pragma, self.new))


class MasterToSingle(SingleToMaster):
    """`master`, which none waits for, becomes `single`, which all wait for."""

    expects = Effect.FIXES
    before = SingleToMaster.after
    after = SingleToMaster.before
    old = ("master", "masked")
    new = "single"


class AddSingle(Mutation):
    """A statement of a parallel region that all threads ran is run by one."""

    expects = Effect.FIXES
    before = RemoveSingle.after
    after = """void f(int *n) {
#pragma omp parallel
  {
#pragma omp single
    *n += 1;
  }
}
"""
    silent = RemoveSingle.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every shared update right in the block of a parallel region."""
        for update in program.updates:
            block = update.statement.parent
            if block is None or block.type != "compound_statement":
                continue
            region = any(pragma.name == "parallel" for pragma in program.pragmas_of(block))
            bare = not program.pragmas_of(update.statement)
            if region and bare and program.shared(update.target):
                edit = pragma_before(program, update.statement, "#pragma omp single")
                yield site(program, update.statement, update.object, edit)


class ParallelForToParallel(Mutation):
    """`parallel for` becomes `parallel`: every thread runs the whole loop."""

    expects = Effect.MAY_RACE
    before = """void f(int *a, int n) {
#pragma omp parallel for num_threads(4)
  for (int i = 0; i < n; i++) a[i] += i;
}
"""
    after = before.replace("parallel for", "parallel")
    silent = after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every `parallel for` whose clauses `parallel` takes too."""
        for pragma in named(program, "parallel for"):
            extra = {"schedule", "collapse", "lastprivate", "ordered", "linear"}
            node = program.governed(pragma)
            if node is None or any(
                clause.name in extra - {"schedule"} or "inscan" in clause.arguments
                for clause in pragma.clauses
            ):
                continue
            drops = [drop_clause(program, c) for c in pragma.clauses if c.name == "schedule"]
            if re.search(r"for\s*\(\s*\w+\s*=", program.source(node)):
                continue  # its index from outside would be shared: a storm, not a subtle fault
            yield site(program, pragma, None, rename_pragma(pragma, "parallel"), *drops)


class RemoveFor(Mutation):
    """A loop in a parallel region is no longer shared out: every thread runs all of it."""

    expects = Effect.MAY_RACE
    before = """void f(int *a, int n) {
#pragma omp parallel
  {
#pragma omp for
    for (int i = 0; i < n; i++) a[i] += i;
  }
}
"""
    after = before.replace("#pragma omp for\n", "")
    silent = ParallelForToParallel.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every `for` whose clauses say nothing but the schedule."""
        for pragma in named(program, "for"):
            if {clause.name for clause in pragma.clauses} <= {"schedule", "nowait"}:
                yield site(program, pragma, None, remove_pragma(program, pragma))


class RemoveParallel(RemoveDirective):
    """A parallel region or loop is run by one thread."""

    expects = Effect.FIXES
    directives = ("parallel for", "parallel", "parallel sections")
    before = ParallelForToParallel.before
    after = before.replace("#pragma omp parallel for num_threads(4)\n", "")
    silent = RemoveFor.after.replace("#pragma omp parallel\n", "")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every region that holds no section."""
        for pragma in named(program, *self.directives):
            node = program.governed(pragma)
            inner = program.inside(node) if node is not None else ()
            orphans = ("reduction", "firstprivate", "lastprivate")
            if not any(p.name == "section" or any(map(p.clause, orphans)) for p in inner):
                yield site(program, pragma, None, remove_pragma(program, pragma))


class OneThread(Mutation):
    """A region asks for one thread."""

    expects = Effect.KEEPS_CLEAN
    before = ParallelForToParallel.before
    after = before.replace("num_threads(4)", "num_threads(1)")
    silent = RemoveParallel.after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every parallel region."""
        for pragma in program.pragmas:
            if not pragma.has("parallel"):
                continue
            clause = pragma.clause("num_threads")
            if clause:
                edit = Edit(clause.start, clause.end, "num_threads(1)")
            else:
                edit = add_clause(pragma, "num_threads(1)")
            yield site(program, pragma, None, edit)


class SerialIf(Mutation):
    """A region is parallel only if a condition holds that never does."""

    expects = Effect.KEEPS_CLEAN
    before = ParallelForToParallel.before
    after = before.replace("num_threads(4)", "num_threads(4) if (n < 0)")
    silent = RemoveParallel.after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every parallel loop up to a plain bound."""
        for pragma in named(program, "parallel for"):
            node = program.governed(pragma)
            bound = (
                re.match(r"for\s*\([^;]*;\s*\w+\s*<=?\s*(\w+)\s*;", program.source(node))
                if node
                else None
            )
            if bound and not pragma.clause("if"):
                yield site(program, pragma, None, add_clause(pragma, f"if ({bound[1]} < 0)"))


class MergeSections(Mutation):
    """Two sections become one and run after one another."""

    expects = Effect.FIXES
    before = """void f(int *a) {
#pragma omp parallel sections
  {
#pragma omp section
    a[0]++;
#pragma omp section
    a[0]--;
  }
}
"""
    after = """void f(int *a) {
#pragma omp parallel sections
  {
#pragma omp section
    {
      a[0]++;
      a[0]--;
    }
  }
}
"""
    silent = before.replace("#pragma omp section\n    a[0]--;\n", "")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every section that another follows."""
        sections = list(named(program, "section"))
        for first, second in itertools.pairwise(sections):
            one, two = program.governed(first), program.governed(second)
            if one is None or two is None or one.parent != two.parent:
                continue
            indent = program.indent(one.start_byte)
            inner = indent + program.unit
            yield site(
                program,
                second,
                None,
                replace(one, f"{{\n{inner}{indented(program, program.source(one))}"),
                remove_pragma(program, second),
                replace(two, f"{program.unit}{indented(program, program.source(two))}\n{indent}}}"),
            )


class ForToSingle(Mutation):
    """A loop that was shared out is run by one thread while the others wait."""

    expects = Effect.FIXES
    before = RemoveFor.before
    after = before.replace("omp for", "omp single")
    silent = ParallelForToParallel.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every `for` whose clauses `single` takes or can do without."""
        for pragma in named(program, "for"):
            kinds = {clause.name for clause in pragma.clauses}
            if kinds <= {"schedule", "nowait", "private", "firstprivate"}:
                drops = [drop_clause(program, c) for c in pragma.clauses if c.name == "schedule"]
                yield site(program, pragma, None, rename_pragma(pragma, "single"), *drops)


class DropThreadprivate(RemoveDirective):
    """A variable of which each thread had its own becomes one for all."""

    directives = ("threadprivate",)
    before = """static int depth;
#pragma omp threadprivate(depth)
void f(void) {
#pragma omp parallel
  depth++;
}
"""
    after = before.replace("#pragma omp threadprivate(depth)\n", "")
    silent = after


class AddThreadprivate(Mutation):
    """A file's own variable becomes each thread's own."""

    expects = Effect.FIXES
    before = DropThreadprivate.after
    after = DropThreadprivate.before
    silent = DropThreadprivate.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every static variable of file scope that parallel code updates."""
        told = {name for p in named(program, "threadprivate") for name in p.names()}
        mapped = any(pragma.has("target") for pragma in program.pragmas)
        clauses = {name for p in program.pragmas for name in p.names()}
        for variable in program.variables:
            if variable.kind != "global" or "static" not in variable.storage or mapped:
                continue
            if variable.name in told | clauses or not variable.alone or not variable.scalar:
                continue
            hits = (u for u in program.updates if u.object == variable.name)
            if variable.arithmetic and any(program.shared(update.target) for update in hits):
                line = f"#pragma omp threadprivate({variable.name})\n"
                place = program.text.find("\n", variable.declaration.end_byte) + 1
                if program.pragmas:
                    yield site(
                        program, variable.declaration, variable.name, Edit(place, place, line)
                    )
