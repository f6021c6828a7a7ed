"""Which element is touched: shifted, strided, folded, looked up, the same for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.program import ParsedProgram, Update
from model_export.mutations.rewrite import add_global, fresh, replace, site
from model_export.mutations.syntax import ancestor, index_of, within
from reviewbot.fixes.edits import Edit

LOOP = """static double a[64], b[64];
void f(void) {
#pragma omp parallel for
  for (int i = 0; i < 64; i++) {
    a[i] = b[i] * 2;
  }
}
"""


NO_LOOP = """static double a[64];
void f(int i) {
  a[i] = 2;
}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """A counting loop in a parallel part: `for (i = first; i < bound; i++)`."""

    loop: Node
    index: str
    first: tuple[int, int]  # where the start value stands
    bound: tuple[int, int]  # where the bound stands
    strict: bool  # `<` rather than `<=`

    def text(self, program: ParsedProgram, place: tuple[int, int]) -> str:
        """The start value or the bound."""
        return program.text[slice(*place)]


HEAD = re.compile(
    r"for\s*\(\s*(?:(?:const|unsigned|int|long|short|auto|size_t|std::size_t|\w+_t)\s+)*"
    r"(\w+)\s*=\s*([^;=<>]+?)\s*;\s*\1\s*(<=?)\s*([^;<>]+?)\s*;\s*(?:\1\s*\+\+|\+\+\s*\1)\s*\)"
)


def walks(program: ParsedProgram) -> Iterator[Walk]:
    """Every counting loop with step 1 that several threads may run."""
    for loop in program.of("for_statement"):
        found = HEAD.match(program.text, loop.start_byte)
        if found and program.in_parallel(loop) is not None:
            yield Walk(loop, found[1], found.span(2), found.span(4), found[3] == "<")


def shared_walks(program: ParsedProgram) -> Iterator[Walk]:
    """The loops whose rounds are shared out among threads by a directive of their own."""
    for walk in walks(program):
        told = program.pragmas_of(walk.loop)
        if any(p.has("for") or p.has("taskloop") or p.has("distribute") for p in told) and not any(
            p.has("simd") or p.clause("collapse") for p in told
        ):
            yield walk


def element_writes(program: ParsedProgram, walk: Walk) -> Iterator[tuple[Update, Node]]:
    """(update, its index) of the elements `x[i]` that a loop writes, i being its index."""
    for update in program.updates:
        if update.target.type == "subscript_expression" and within(update.statement, walk.loop):
            index = index_of(update.target)
            if (
                index is not None
                and program.source(index) == walk.index
                and program.shared(update.target)
            ):
                yield update, index


def bounded(program: ParsedProgram, walk: Walk) -> bool:
    """The loop runs from 0 up to a plain bound, so that its numbers are known to be indices."""
    bound = walk.text(program, walk.bound)
    return (
        walk.strict
        and walk.text(program, walk.first) == "0"
        and re.fullmatch(r"\w+", bound) is not None
    )


class _FoldIndex(Mutation):
    """The index of a written element is folded, so that several rounds meet in one element."""

    expects = Effect.MAY_RACE
    pattern = ""
    silent = NO_LOOP
    before = LOOP

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every element `x[i]` that a shared loop over i writes."""
        for walk in shared_walks(program):
            for update, index in element_writes(program, walk):
                text = self.pattern.format(walk.index)
                yield site(program, index, update.object, replace(index, text))


class HalveIndex(_FoldIndex):
    """Two neighbouring rounds write one element."""

    pattern = "{} / 2"
    after = LOOP.replace("a[i]", "a[i / 2]")


class ModuloIndex(_FoldIndex):
    """Rounds some distance apart write one element."""

    pattern = "{} % 8"
    after = LOOP.replace("a[i]", "a[i % 8]")


class MaskIndex(_FoldIndex):
    """Rounds a power of two apart write one element."""

    pattern = "{} & 15"
    after = LOOP.replace("a[i]", "a[i & 15]")


class ConstantIndex(_FoldIndex):
    """All rounds write the first element."""

    pattern = "0"
    after = LOOP.replace("a[i]", "a[0]")


class IndirectIndex(Mutation):
    """The element is looked up in a table, whose entries repeat or not, which no reader can see."""

    expects = Effect.MAY_RACE
    before = LOOP
    after = """static double a[64], b[64];
static int order(int i) { return i / 3 * 3; }

void f(void) {
#pragma omp parallel for
  for (int i = 0; i < 64; i++) {
    a[order(i)] = b[i] * 2;
  }
}
"""
    silent = NO_LOOP
    body = "i / 3 * 3"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every element `x[i]` that a shared loop over i writes."""
        for walk in shared_walks(program):
            for update, index in element_writes(program, walk):
                name = fresh(program, "index")
                line = f"static int {name}(int i) {{ return {self.body}; }}"
                yield site(
                    program,
                    index,
                    update.object,
                    add_global(program, index, line),
                    replace(index, f"{name}({walk.index})"),
                )


class IndirectDistinctIndex(IndirectIndex):
    """The element is looked up by a function that gives each round another one."""

    expects = Effect.KEEPS_CLEAN
    after = IndirectIndex.after.replace("i / 3 * 3", "i ^ 0")
    body = "i ^ 0"


class ReverseIndex(Mutation):
    """A loop writes from the end to the beginning: still one element a round."""

    expects = Effect.KEEPS_CLEAN
    before = LOOP
    after = LOOP.replace("a[i]", "a[64 - 1 - i]")
    silent = NO_LOOP

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every plain write `x[i] = e`, x not being read there, up to a plain bound."""
        for walk in shared_walks(program):
            bound = walk.text(program, walk.bound)
            for update, index in element_writes(program, walk):
                read = program.source(walk.loop).count(f"{update.object}[") > 1
                if update.operator == "=" and bounded(program, walk) and not read:
                    text = f"{bound} - 1 - {walk.index}"
                    yield site(program, index, update.object, replace(index, text))


class DirectIndex(Mutation):
    """An element that was looked up or folded is the one of the round."""

    expects = Effect.FIXES
    before = LOOP.replace("a[i]", "a[pick[i]]")
    after = LOOP
    silent = LOOP
    weight = 0.7  # a table may be larger than what it points into

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every write `x[e]` in a shared loop where e names the index and calls or folds it."""
        for walk in shared_walks(program):
            for update in program.updates:
                if update.target.type != "subscript_expression":
                    continue
                index = index_of(update.target)
                if index is None or not within(update.statement, walk.loop):
                    continue
                text = program.source(index)
                inner = re.search(rf"\b{walk.index}\b", text) and text != walk.index
                direct = ancestor(update.statement, "for_statement") == walk.loop
                if inner and direct and re.search(r"\[|%|/|&", text):
                    yield site(program, index, update.object, replace(index, walk.index))


class ThreadSlotToFirst(Mutation):
    """Threads that had a slot each all use the first."""

    expects = Effect.MAY_RACE
    before = """static int hits[8];
void f(void) {
#pragma omp parallel
  {
    int tid = omp_get_thread_num();
    hits[tid] += 1;
  }
}
"""
    after = before.replace("hits[tid]", "hits[0]")
    silent = LOOP
    pattern = "0"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every update of an element by the number of the thread."""
        numbers = _thread_numbers(program)
        for update in program.updates:
            index = (
                index_of(update.target) if update.target.type == "subscript_expression" else None
            )
            if index is None or not program.shared(update.target):
                continue
            text = program.source(index)
            if text in numbers or text == "omp_get_thread_num()":
                edit = replace(index, self.pattern.format(text))
                yield site(program, index, update.object, edit)


class ThreadSlotHalved(ThreadSlotToFirst):
    """Two threads use one slot."""

    after = ThreadSlotToFirst.before.replace("hits[tid]", "hits[tid / 2]")
    pattern = "{} / 2"


def _thread_numbers(program: ParsedProgram) -> frozenset[str]:
    """Names of what holds a thread's number."""
    found = {
        v.name
        for v in program.variables
        if v.value is not None and "omp_get_thread_num" in program.source(v.value)
    }
    usual = {"tid", "t", "self", "me", "who", "worker", "id", "rank", "lane", "thread"}
    return frozenset(found | {name for name in usual if f"[{name}]" in program.text})


class OverlapBlocks(Mutation):
    """The blocks that threads work on by hand overlap by one element."""

    expects = Effect.MAY_RACE
    before = """static int a[65];
void *work(void *p) {
  long lo = (long)p * 16, hi = lo + 16;
  for (long i = lo; i < hi; i++) a[i]++;
  return p;
}
void run(void) { pthread_create(&t, 0, work, (void *)1); }
"""
    after = before.replace("i < hi", "i <= hi")
    silent = before.replace("lo; i < hi", "0; i < 16")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every loop in a parallel part from one variable to another under no directive."""
        for walk in walks(program):
            first, bound = walk.text(program, walk.first), walk.text(program, walk.bound)
            fits = walk.strict and not first.isdigit() and not re.fullmatch(r"\d+|[A-Z_\d]+", bound)
            if fits and not program.pragmas_of(walk.loop):
                target = next(
                    (u.object for u in program.updates if within(u.statement, walk.loop)), None
                )
                place = program.text.rindex("<", 0, walk.bound[0])
                yield site(program, walk.loop, target, Edit(place, place + 1, "<="))


class WholeRange(Mutation):
    """Each thread works on the elements from the beginning instead of from its block's start."""

    expects = Effect.MAY_RACE
    before = OverlapBlocks.before
    after = before.replace("long i = lo", "long i = 0")
    silent = OverlapBlocks.silent

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every loop in a parallel part from one variable to another under no directive."""
        for walk in walks(program):
            first, bound = walk.text(program, walk.first), walk.text(program, walk.bound)
            fits = not first.isdigit() and not re.fullmatch(r"\d+|[A-Z_\d]+", bound)
            if fits and not program.pragmas_of(walk.loop):
                target = next(
                    (u.object for u in program.updates if within(u.statement, walk.loop)), None
                )
                yield site(program, walk.loop, target, Edit(*walk.first, "0"))
