"""What costs time rather than correctness: schedules, regions, padding, serial parts, bounds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.indices import Walk, walks
from model_export.mutations.ordering import named
from model_export.mutations.pragmas import Pragma
from model_export.mutations.program import ParsedProgram
from model_export.mutations.rewrite import (
    add_clause,
    drop_clause,
    pragma_before,
    remove_pragma,
    rename_pragma,
    site,
)
from model_export.mutations.syntax import descendants, part
from reviewbot.fixes.edits import Edit

LOOP = """static double a[64][64];
void f(void) {
#pragma omp parallel for schedule(static)
  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 64; j++)
      a[i][j] = i * j;
}
"""


SERIAL = LOOP.replace("#pragma omp parallel for schedule(static)\n", "")


class _Schedule(Mutation):
    """A shared loop is dealt out in another way."""

    expects = Effect.PERFORMANCE
    weight = 0.5
    before = LOOP
    silent = SERIAL
    schedule = ""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every worksharing loop but an ordered one that has this schedule not yet."""
        for pragma in program.pragmas:
            if not pragma.has("for") or pragma.clause("ordered"):
                continue
            clause = pragma.clause("schedule")
            text = f"schedule({self.schedule})"
            if clause is None:
                yield site(program, pragma, None, add_clause(pragma, text))
            elif clause.arguments.replace(" ", "") != self.schedule.replace(" ", ""):
                yield site(program, pragma, None, Edit(clause.start, clause.end, text))


class ScheduleStaticOne(_Schedule):
    """Rounds are dealt out one by one in turn: neighbours share cache lines."""

    schedule = "static, 1"
    after = LOOP.replace("(static)", "(static, 1)")


class ScheduleDynamicOne(_Schedule):
    """Rounds are fetched one by one: balanced, and dear where rounds are short."""

    schedule = "dynamic, 1"
    after = LOOP.replace("(static)", "(dynamic, 1)")


class ScheduleDynamicMany(_Schedule):
    """Rounds are fetched in large chunks, of which there may be fewer than threads."""

    schedule = "dynamic, 512"
    after = LOOP.replace("(static)", "(dynamic, 512)")


class ScheduleGuided(_Schedule):
    """Rounds are fetched in chunks that shrink."""

    schedule = "guided"
    after = LOOP.replace("(static)", "(guided)")


class DropSchedule(Mutation):
    """The runtime chooses how a loop is dealt out."""

    expects = Effect.PERFORMANCE
    weight = 0.5
    before = LOOP
    after = LOOP.replace(" schedule(static)", "")
    silent = SERIAL

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every schedule clause."""
        for pragma in program.pragmas:
            clause = pragma.clause("schedule")
            if clause is not None:
                yield site(program, pragma, None, drop_clause(program, clause))


class RegionInsideLoop(Mutation):
    """The inner loop is shared out instead of the outer one: a region starts in every round."""

    expects = Effect.PERFORMANCE
    before = LOOP
    after = """static double a[64][64];
void f(void) {
  for (int i = 0; i < 64; i++)
#pragma omp parallel for schedule(static)
    for (int j = 0; j < 64; j++)
      a[i][j] = i * j;
}
"""
    silent = SERIAL

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every `parallel for` whose loop holds another that declares its own index."""
        for pragma in named(program, "parallel for"):
            node = program.governed(pragma)
            inner = _inner_loop(program, node) if node is not None else None
            told = {clause.name for clause in pragma.clauses}
            if inner is not None and told <= {"schedule", "num_threads", "shared", "if"}:
                text = program.text[pragma.start : pragma.end]
                moved = pragma_before(program, inner, text)
                yield site(program, pragma, None, remove_pragma(program, pragma), moved)


_OWN_INDEX = re.compile(
    r"for\s*\(\s*(?:const\s+)?(?:unsigned|int|long|auto|(?:std::)?size_t|\w+_t)\b"
)


def _inner_loop(program: ParsedProgram, loop: Node) -> Node | None:
    """The first counting loop below a loop, right in its body, that declares its index."""
    body = loop.child_by_field_name("body") if loop.type == "for_statement" else None
    if body is None:
        return None
    inner = [body] if body.type == "for_statement" else body.named_children
    return next(
        (
            node
            for node in inner
            if node.type == "for_statement"
            and _OWN_INDEX.match(program.source(node))
            and re.match(
                r"for\s*\([^;]*;[^;]*[<>][^;]*;[^;)]*(?:\+\+|--|\+=|-=)", program.source(node)
            )
            and not re.search(r"\b(?:break|return|goto)\b", program.source(node))
        ),
        None,
    )


class NestedParallel(Mutation):
    """The inner loop of a shared loop is a region of its own too."""

    expects = Effect.PERFORMANCE
    before = LOOP
    after = LOOP.replace(
        "    for (int j", "#pragma omp parallel for num_threads(2)\n    for (int j"
    )
    silent = SERIAL

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every shared loop that holds another which declares its own index."""
        for pragma in named(program, "parallel for", "for"):
            node = program.governed(pragma)
            inner = _inner_loop(program, node) if node is not None else None
            if (
                inner is not None
                and not pragma.clause("collapse")
                and not program.pragmas_of(inner)
            ):
                edit = pragma_before(program, inner, "#pragma omp parallel for num_threads(2)")
                yield site(program, inner, None, edit)


class AddCollapse(Mutation):
    """Two nested loops are shared out as one."""

    expects = Effect.PERFORMANCE
    before = LOOP
    after = LOOP.replace("schedule(static)", "schedule(static) collapse(2)")
    silent = SERIAL

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every perfect nest whose inner bounds do not depend on the outer index."""
        for pragma in named(program, "parallel for", "for"):
            node = program.governed(pragma)
            inner = _inner_loop(program, node) if node is not None else None
            if (
                node is None
                or inner is None
                or pragma.clause("collapse")
                or pragma.clause("ordered")
            ):
                continue
            body = node.child_by_field_name("body")
            alone = body == inner or (body is not None and len(body.named_children) == 1)
            outer = re.match(r"for\s*\(\s*(?:\w+\s+)*?(\w+)\s*=", program.source(node))
            head = program.source(inner).split(")")[0]
            if (
                alone
                and outer
                and not re.search(rf"\b{outer[1]}\b", head)
                and not program.pragmas_of(inner)
            ):
                yield site(program, pragma, None, add_clause(pragma, "collapse(2)"))


class DropCollapse(Mutation):
    """Only the outer of two loops is shared out."""

    expects = Effect.PERFORMANCE
    before = AddCollapse.after
    after = LOOP
    silent = LOOP

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every collapse."""
        for pragma in program.pragmas:
            clause = pragma.clause("collapse")
            if clause is not None and not pragma.has("target"):
                yield site(program, pragma, None, drop_clause(program, clause))


class Interchange(Mutation):
    """Two nested loops change places, so that memory is walked in strides."""

    expects = Effect.PERFORMANCE
    before = LOOP
    after = """static double a[64][64];
void f(void) {
#pragma omp parallel for schedule(static)
  for (int j = 0; j < 64; j++)
    for (int i = 0; i < 64; i++)
      a[i][j] = i * j;
}
"""
    silent = SERIAL

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every perfect nest in parallel parts whose heads do not depend on one another."""
        for pragma in named(program, "parallel for", "for"):
            node = program.governed(pragma)
            inner = _inner_loop(program, node) if node is not None else None
            if node is None or inner is None or not _OWN_INDEX.match(program.source(node)):
                continue
            body = node.child_by_field_name("body")
            alone = body == inner or (body is not None and len(body.named_children) == 1)
            heads = [_head(program, loop) for loop in (node, inner)]
            index = [re.search(r"(\w+)\s*=", text) for text in heads]
            if not alone or not all(index):
                continue
            free = all(
                not re.search(rf"\b{index[1 - k][1]}\b", heads[k])  # type: ignore[index]
                for k in (0, 1)
            )
            if free:
                edits = (_swap(program, node, heads[1]), _swap(program, inner, heads[0]))
                yield site(program, node, None, *edits)


def _head(program: ParsedProgram, loop: Node) -> str:
    body = part(loop, "body")
    return program.text[loop.start_byte : body.start_byte].rstrip(" \n\t")


def _swap(program: ParsedProgram, loop: Node, head: str) -> Edit:
    return Edit(loop.start_byte, loop.start_byte + len(_head(program, loop)), head)


class Triangular(Mutation):
    """The inner loop runs up to the outer index, so that late rounds cost most."""

    expects = Effect.PERFORMANCE
    before = LOOP
    after = LOOP.replace("j < 64", "j < i")
    silent = SERIAL

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every nest of shared loops from 0 to the same bound."""
        for outer, inner in _nests(program):
            same = outer.text(program, outer.bound) == inner.text(program, inner.bound)
            if same and inner.text(program, inner.first) == "0" and inner.strict:
                yield site(program, inner.loop, None, Edit(*inner.bound, outer.index))


class Rectangular(Mutation):
    """The inner loop runs all the way in every round, so that all rounds cost the same."""

    expects = Effect.PERFORMANCE
    before = Triangular.after
    after = LOOP
    silent = LOOP

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every nest of shared loops whose inner bound is the outer index."""
        for outer, inner in _nests(program):
            if inner.text(program, inner.bound) == outer.index:
                bound = outer.text(program, outer.bound)
                yield site(program, inner.loop, None, Edit(*inner.bound, bound))


def _nests(program: ParsedProgram) -> Iterator[tuple[Walk, Walk]]:
    every = {walk.loop.id: walk for walk in walks(program)}
    for walk in every.values():
        for node in descendants(walk.loop):
            if node.id in every and node != walk.loop:
                yield walk, every[node.id]


class OneThreadMore(Mutation):
    """A region asks for more threads."""

    expects = Effect.PERFORMANCE
    weight = 0.5
    before = "void f(void) {\n#pragma omp parallel num_threads(2)\n  work();\n}\n"
    after = before.replace("(2)", "(8)")
    silent = LOOP

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every number of threads that is small and that nothing else in the program repeats."""
        for pragma in program.pragmas:
            clause = pragma.clause("num_threads")
            if clause is not None and clause.arguments.strip() in ("2", "3"):
                edit = Edit(clause.start, clause.end, "num_threads(8)")
                node = program.governed(pragma)
                if node is not None and "thread_num" not in program.source(node):
                    yield site(program, pragma, None, edit)


class SplitRegion(Mutation):
    """A region that held several loops becomes one region for each."""

    expects = Effect.PERFORMANCE
    before = """void f(int *a, int n) {
#pragma omp parallel
  {
#pragma omp for
    for (int i = 0; i < n; i++) a[i] = i;
#pragma omp for
    for (int i = 0; i < n; i++) a[i] *= 2;
  }
}
"""
    after = """void f(int *a, int n) {
  {
#pragma omp parallel for
    for (int i = 0; i < n; i++) a[i] = i;
#pragma omp parallel for
    for (int i = 0; i < n; i++) a[i] *= 2;
  }
}
"""
    silent = LOOP

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every region without clauses but the number of threads that holds nothing but loops."""
        for pragma in named(program, "parallel"):
            node = program.governed(pragma)
            if node is None or node.type != "compound_statement":
                continue
            if not {clause.name for clause in pragma.clauses} <= {"num_threads"}:
                continue
            loops = [_loop_directive(program, child) for child in node.named_children]
            if loops and all(loop is not None for loop in loops):
                threads = program.text[pragma.name_end : pragma.end]
                edits = [remove_pragma(program, pragma)]
                for loop in filter(None, loops):
                    edits.append(rename_pragma(loop, f"parallel for{threads}"))
                    edits += [drop_clause(program, c) for c in loop.clauses if c.name == "nowait"]
                yield site(program, pragma, None, *edits)


def _loop_directive(program: ParsedProgram, node: Node) -> Pragma | None:
    told = program.pragmas_of(node)
    return told[0] if len(told) == 1 and told[0].name == "for" else None
