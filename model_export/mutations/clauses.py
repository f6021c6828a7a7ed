"""Data-sharing clauses: dropped, added, turned into one another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.pragmas import Clause, Pragma
from model_export.mutations.program import LOOPS, ParsedProgram, Update, Variable
from model_export.mutations.rewrite import add_clause, drop_item, pragma_before, site
from model_export.mutations.syntax import descendants, within
from reviewbot.fixes.edits import Edit


def _items(program: ParsedProgram, name: str) -> Iterator[tuple[Pragma, Clause, str]]:
    for pragma in program.pragmas:
        for clause in pragma.clauses:
            if clause.name == name and "inscan" not in clause.arguments:
                for item in clause.items:
                    yield pragma, clause, item


def _unlisted(
    program: ParsedProgram, pragma: Pragma, clause: Clause, item: str
) -> tuple[Edit, ...]:
    """Drop a variable from its clause; say `shared` where the directive wants every name said."""
    told = pragma.clause("default")
    must_say = pragma.has("task") or (told is not None and told.arguments.strip() == "none")
    if must_say and not pragma.has("target"):
        return (drop_item(program, clause, item), add_clause(pragma, f"shared({item})"))
    return (drop_item(program, clause, item),)


class _ItemToShared(Mutation):
    """A variable leaves a clause that gave each thread its own."""

    expects = Effect.MAY_RACE
    clause = ""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every variable of every such clause."""
        for pragma, clause, item in _items(program, self.clause):
            if re.fullmatch(r"\w+", item) and not _is_loop_variable(program, pragma, item):
                yield site(program, pragma, item, *_unlisted(program, pragma, clause, item))


def _is_loop_variable(program: ParsedProgram, pragma: Pragma, name: str) -> bool:
    """The index of a worksharing loop is private whatever is said."""
    node = program.governed(pragma)
    if node is None or node.type != "for_statement" or not pragma.has("for"):
        return False
    start = node.child_by_field_name("initializer")
    return start is not None and re.search(rf"\b{name}\b\s*=", program.source(start)) is not None


class PrivateToShared(_ItemToShared):
    """A variable leaves `private` and is shared."""

    clause = "private"
    before = """void f(double *a, int n) {
  double t;
  int i;
#pragma omp parallel for private(i, t)
  for (i = 0; i < n; i++) { t = a[i]; a[i] = t * t; }
}
"""
    after = """void f(double *a, int n) {
  double t;
  int i;
#pragma omp parallel for private(i)
  for (i = 0; i < n; i++) { t = a[i]; a[i] = t * t; }
}
"""
    silent = """void f(double *a, int n) {
  int i;
#pragma omp parallel for private(i)
  for (i = 0; i < n; i++) a[i] = 0;
}
"""


class FirstprivateToShared(_ItemToShared):
    """A variable leaves `firstprivate` and is shared; a task reads what its maker changes."""

    clause = "firstprivate"
    before = """void f(int *a, int n) {
  for (int i = 0; i < n; i++) {
#pragma omp task firstprivate(i)
    a[i]++;
  }
}
"""
    after = """void f(int *a, int n) {
  for (int i = 0; i < n; i++) {
#pragma omp task shared(i)
    a[i]++;
  }
}
"""
    silent = """void f(int *a, int n) {
  for (int i = 0; i < n; i++) {
#pragma omp task
    a[i]++;
  }
}
"""


class LastprivateToShared(_ItemToShared):
    """A variable leaves `lastprivate` and is shared."""

    clause = "lastprivate"
    before = """int f(int *a, int n) {
  int last;
#pragma omp parallel for lastprivate(last)
  for (int i = 0; i < n; i++) last = a[i];
  return last;
}
"""
    after = """int f(int *a, int n) {
  int last;
#pragma omp parallel for
  for (int i = 0; i < n; i++) last = a[i];
  return last;
}
"""
    silent = """int f(int *a, int n) {
  int last = 0;
  for (int i = 0; i < n; i++) last = a[i];
  return last;
}
"""


class ReductionToPlain(_ItemToShared):
    """A variable leaves `reduction` and is summed up in place by every thread."""

    clause = "reduction"
    before = """int f(int *a, int n) {
  int s = 0;
#pragma omp parallel for reduction(+ : s)
  for (int i = 0; i < n; i++) s += a[i];
  return s;
}
"""
    after = """int f(int *a, int n) {
  int s = 0;
#pragma omp parallel for
  for (int i = 0; i < n; i++) s += a[i];
  return s;
}
"""
    silent = """int f(int *a, int n) {
  int s = 0;
#pragma omp parallel for
  for (int i = 0; i < n; i++) a[i] = s;
  return s;
}
"""


class ReductionToPrivate(Mutation):
    """`reduction` becomes `firstprivate`: each thread sums for itself and the sums are lost."""

    expects = Effect.KEEPS_CLEAN
    before = ReductionToPlain.before
    after = ReductionToPlain.before.replace("reduction(+ : s)", "firstprivate(s)")
    silent = ReductionToPlain.silent

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every reduction of one or more plain variables."""
        for pragma, clause, item in _items(program, "reduction"):
            orphan = pragma.has("for") and not pragma.has("parallel")
            plain = all(re.fullmatch(r"\w+", other) for other in clause.items)
            if plain and item == clause.items[0] and not orphan and "task" not in clause.modifier:
                text = f"firstprivate({', '.join(clause.items)})"
                yield site(program, pragma, item, Edit(clause.start, clause.end, text))


class ReductionToAtomic(Mutation):
    """A reduction becomes an atomic update of the shared variable."""

    expects = Effect.KEEPS_CLEAN
    before = """int f(int *a, int n) {
  int s = 0;
#pragma omp parallel for reduction(+ : s)
  for (int i = 0; i < n; i++) {
    s += a[i];
  }
  return s;
}
"""
    after = """int f(int *a, int n) {
  int s = 0;
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
#pragma omp atomic
    s += a[i];
  }
  return s;
}
"""
    silent = ReductionToPlain.silent
    directive = "atomic"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every plainly summed variable whose updates are all of an atomic form."""
        for pragma, clause, item in _items(program, "reduction"):
            node = program.governed(pragma)
            updates = updates_of(program, node, item) if node else ()
            simd = pragma.has("simd") and self.directive == "critical"
            if updates and all(atomic_form(update) for update in updates) and not simd:
                marks = [
                    pragma_before(program, update.statement, f"#pragma omp {self.directive}")
                    for update in updates
                ]
                edits = _unlisted(program, pragma, clause, item)
                yield site(program, pragma, item, *edits, *marks)


class ReductionToCritical(ReductionToAtomic):
    """A reduction becomes an update in a critical section."""

    after = ReductionToAtomic.after.replace("atomic", "critical")
    directive = "critical"


class PlainToReduction(Mutation):
    """A shared variable that a loop sums up becomes a reduction."""

    expects = Effect.FIXES
    before = ReductionToPlain.after
    after = ReductionToPlain.before.replace("+ : s", "+: s")
    silent = ReductionToPlain.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every loop directive over updates `x += e` of a variable from outside."""
        for pragma in program.pragmas:
            node = program.governed(pragma)
            if node is None or not (pragma.has("for") or pragma.has("parallel")):
                continue
            for update in _summed(program, node):
                name = update.object
                if not pragma.names() & {name}:
                    clause = f"reduction({_reduction_operator(update)}: {name})"
                    yield site(program, pragma, name, add_clause(pragma, clause))


def _summed(program: ParsedProgram, node: Node) -> Iterator[Update]:
    """The first update of each outer scalar that only ever accumulates within the node."""
    seen: set[str] = set()
    for update in program.updates:
        if not within(update.statement, node) or update.target.type != "identifier":
            continue
        variable = program.resolve(update.object, update.target)
        fine = variable is not None and variable.arithmetic and update.accumulates
        if fine and update.object not in seen and program.shared(update.target):
            every = updates_of(program, node, update.object)
            seen.add(update.object)
            if len({_reduction_operator(other) for other in every}) == 1 and all(
                other.accumulates for other in every
            ):
                yield update


def _reduction_operator(update: Update) -> str:
    return {"++": "+", "--": "+", "-=": "+"}.get(update.operator, update.operator.rstrip("="))


def updates_of(program: ParsedProgram, node: Node, name: str) -> tuple[Update, ...]:
    """The updates of a plain variable within a node."""
    return tuple(
        update
        for update in program.updates
        if update.object == name
        and update.target.type == "identifier"
        and within(update.statement, node)
    )


def atomic_form(update: Update) -> bool:
    """Whether `#pragma omp atomic` may stand before it: `x op= e`, `x++`, with e without x."""
    if update.operator in ("++", "--"):
        return True
    if update.operator not in ("+=", "-=", "*=", "/=", "&=", "|=", "^="):
        return False
    value = update.value.text.decode() if update.value is not None and update.value.text else ""
    return re.search(rf"\b{update.object}\b", value) is None


class SharedToPrivate(Mutation):
    """A scratch variable from outside becomes private to each thread."""

    expects = Effect.FIXES
    before = """void f(double *a, int n) {
  double t;
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    t = a[i];
    a[i] = t * t;
  }
}
"""
    after = before.replace("for\n", "for private(t)\n", 1)
    silent = """void f(double *a, int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    double t = a[i];
    a[i] = t * t;
  }
}
"""
    clause = "private"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every shared local that a region's statement writes whole."""
        for pragma in program.pragmas:
            node = program.governed(pragma)
            if node is not None and pragma.has("parallel"):
                for variable in scratch(program, node):
                    if variable.name not in pragma.names():
                        clause = add_clause(pragma, f"{self.clause}({variable.name})")
                        yield site(program, pragma, variable.name, clause)


class SharedToFirstprivate(SharedToPrivate):
    """A scratch variable from outside becomes each thread's own copy."""

    after = SharedToPrivate.after.replace("private", "firstprivate")
    clause = "firstprivate"


def scratch(program: ParsedProgram, node: Node) -> tuple[Variable, ...]:
    """Shared scalars from outside whose first mention in the node is a plain write."""
    found: dict[str, Variable] = {}
    mentioned: set[str] = set()
    for at in descendants(node):
        if at.type != "identifier" or not at.text or at.text.decode() in mentioned:
            continue
        name = at.text.decode()
        mentioned.add(name)
        update = next((u for u in program.updates if u.target == at), None)
        if update and update.operator == "=" and name not in _value_names(update):
            variable = program.resolve(name, at)
            if variable and variable.scalar and program.shared(at):
                found[name] = variable
    return tuple(found.values())


def _value_names(update: Update) -> set[str]:
    value = update.value.text.decode() if update.value is not None and update.value.text else ""
    return set(re.findall(r"[A-Za-z_]\w*", value))


class PrivateToFirstprivate(Mutation):
    """`private` becomes `firstprivate`: still each thread's own."""

    expects = Effect.KEEPS_CLEAN
    before = PrivateToShared.before
    after = before.replace("private", "firstprivate")
    silent = LastprivateToShared.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every private clause of a directive that takes the other."""
        for pragma in program.pragmas:
            clause = pragma.clause("private")
            if clause and not pragma.has("simd"):
                text = f"firstprivate({clause.arguments})"
                yield site(program, pragma, clause.items[0], Edit(clause.start, clause.end, text))


class AddNowait(Mutation):
    """A worksharing construct no longer waits at its end."""

    expects = Effect.MAY_RACE
    before = """void f(int *a, int *b, int n) {
#pragma omp parallel
  {
#pragma omp for
    for (int i = 0; i < n; i++) a[i] = i;
#pragma omp for
    for (int i = 0; i < n; i++) b[i] = a[n - 1 - i];
  }
}
"""
    after = before.replace("for\n", "for nowait\n", 1)
    silent = """void f(int *a, int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) a[i] = i;
}
"""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every for, sections or single that waits."""
        for pragma in program.pragmas:
            waits = pragma.name in ("for", "for simd", "sections", "single")
            if waits and not (pragma.clause("nowait") or pragma.clause("copyprivate")):
                yield site(program, pragma, None, add_clause(pragma, "nowait"))


class DropNowait(Mutation):
    """A worksharing construct waits at its end again."""

    expects = Effect.FIXES
    before = AddNowait.after
    after = AddNowait.before
    silent = AddNowait.silent

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every nowait."""
        for pragma in program.pragmas:
            clause = pragma.clause("nowait")
            if clause:
                start = clause.start
                while program.text[start - 1] in " \t,":
                    start -= 1
                yield site(program, pragma, None, Edit(start, clause.end, ""))


class DefaultNoneToShared(Mutation):
    """`default(none)` becomes `default(shared)`: nothing changes but what must be said."""

    expects = Effect.KEEPS_CLEAN
    before = """void f(int *a, int n) {
#pragma omp parallel for default(none) shared(a, n)
  for (int i = 0; i < n; i++) a[i] = i;
}
"""
    after = before.replace("none", "shared")
    silent = AddNowait.silent

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every default(none)."""
        for pragma in program.pragmas:
            clause = pragma.clause("default")
            if clause and clause.arguments.strip() == "none":
                edit = Edit(clause.start, clause.end, "default(shared)")
                yield site(program, pragma, None, edit)


class SayShared(Mutation):
    """A variable that is shared anyway is listed as shared."""

    expects = Effect.KEEPS_CLEAN
    before = AddNowait.silent
    after = before.replace("for\n", "for shared(a)\n", 1)
    silent = DefaultNoneToShared.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """The first few locals and parameters that a parallel region uses."""
        for pragma in program.pragmas:
            node = program.governed(pragma)
            if node is None or not pragma.has("parallel") or pragma.clause("default"):
                continue
            for name in _captured(program, node)[:3]:
                if name not in pragma.names():
                    yield site(program, pragma, name, add_clause(pragma, f"shared({name})"))


def _captured(program: ParsedProgram, node: Node) -> list[str]:
    found: dict[str, None] = {}
    for at in descendants(node):
        if at.type == "identifier" and at.text:
            variable = program.resolve(at.text.decode(), at)
            outside = variable is not None and not within(variable.declaration, node)
            own_index = node.type in LOOPS and _starts(program, node, at.text.decode())
            if variable and outside and variable.kind in ("local", "parameter") and not own_index:
                found[variable.name] = None
    return list(found)


def _starts(program: ParsedProgram, node: Node, name: str) -> bool:
    start = node.child_by_field_name("initializer")
    return start is not None and re.match(rf"\s*{name}\b", program.source(start)) is not None
