"""Dependences between the rounds of a shared loop: near, far, unknown, none."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.indices import (
    HEAD,
    LOOP,
    NO_LOOP,
    Walk,
    bounded,
    element_writes,
    shared_walks,
)
from model_export.mutations.program import ParsedProgram, Update
from model_export.mutations.rewrite import replace, site
from model_export.mutations.syntax import base_of, descendants, index_of, part, within
from reviewbot.fixes.edits import Edit


class ReverseRead(Mutation):
    """What a loop updates in place it reads from the other end."""

    expects = Effect.MAY_RACE
    before = LOOP.replace("b[i] * 2", "a[i] * 2")
    after = before.replace("= a[i]", "= a[64 - 1 - i]")
    silent = LOOP

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every read `x[i]` in a plain write of `x[i]`."""
        for walk in shared_walks(program):
            bound = walk.text(program, walk.bound)
            for update, _ in element_writes(program, walk):
                for read in own_reads(program, update) if bounded(program, walk) else ():
                    index = index_of(read)
                    if index is not None and program.source(index) == walk.index:
                        edit = replace(index, f"{bound} - 1 - {walk.index}")
                        yield site(program, update.statement, update.object, edit)


def own_reads(program: ParsedProgram, update: Update) -> Iterator[Node]:
    """Elements of the written array in the written value."""
    for node in descendants(update.value) if update.value is not None else ():
        if node.type == "subscript_expression":
            base = base_of(node)
            if base is not None and program.source(base) == update.object:
                yield node


class CarryBack(Mutation):
    """Each round reads what the round before it wrote: distance 1."""

    expects = Effect.MAY_RACE
    weight = 1.5
    before = LOOP
    after = LOOP.replace("int i = 0", "int i = 1").replace("b[i] * 2", "b[i] * 2 + a[i - 1]")
    silent = NO_LOOP
    distance = "1"
    ahead = False

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every write of a number `x[i] = e` or `x[i] += e` in a shared loop from 0."""
        for walk in shared_walks(program):
            for update, _ in element_writes(program, walk):
                if update.value is None or update.operator not in ("=", "+="):
                    continue
                if bounded(program, walk) and program.numeric(update.target):
                    yield self._site(program, walk, update, update.value)

    def _site(self, program: ParsedProgram, walk: Walk, update: Update, value: Node) -> Site:
        argument = part(update.target, "argument")
        sign = "+" if self.ahead else "-"
        read = f"{program.source(argument)}[{walk.index} {sign} {self.distance}]"
        text = program.source(value)
        loose = value.type in (
            "conditional_expression",
            "assignment_expression",
            "comma_expression",
        )
        sum_of = f"({text}) + {read}" if loose else f"{text} + {read}"
        if self.ahead:
            head = Edit(walk.bound[1], walk.bound[1], f" - {self.distance}")
        else:
            head = Edit(*walk.first, self.distance)
        return site(program, update.statement, update.object, head, replace(value, sum_of))


class CarryAhead(CarryBack):
    """Each round reads what the next one writes."""

    after = LOOP.replace("i < 64", "i < 64 - 1").replace("b[i] * 2", "b[i] * 2 + a[i + 1]")
    ahead = True


class CarryFar(CarryBack):
    """Each round reads what an earlier one wrote, some rounds before it."""

    after = LOOP.replace("int i = 0", "int i = 5").replace("b[i] * 2", "b[i] * 2 + a[i - 5]")
    distance = "5"


class CarryUnknown(CarryBack):
    """Each round reads what some other one writes, at a distance that only the data tell."""

    after = LOOP.replace("b[i] * 2", "b[i] * 2 + a[(i * 7 + 3) % 64]")

    def _site(self, program: ParsedProgram, walk: Walk, update: Update, value: Node) -> Site:
        argument = part(update.target, "argument")
        bound = walk.text(program, walk.bound)
        read = f"{program.source(argument)}[({walk.index} * 7 + 3) % {bound}]"
        text = program.source(value)
        loose = value.type in (
            "conditional_expression",
            "assignment_expression",
            "comma_expression",
        )
        edit = replace(value, f"({text}) + {read}" if loose else f"{text} + {read}")
        return site(program, update.statement, update.object, edit)


class CarrySame(CarryBack):
    """Each round reads the element that it writes: no dependence between rounds."""

    expects = Effect.KEEPS_CLEAN
    after = LOOP.replace("b[i] * 2", "b[i] * 2 + a[i]")

    def _site(self, program: ParsedProgram, _walk: Walk, update: Update, value: Node) -> Site:
        read, text = program.source(update.target), program.source(value)
        loose = value.type in (
            "conditional_expression",
            "assignment_expression",
            "comma_expression",
        )
        edit = replace(value, f"({text}) + {read}" if loose else f"{text} + {read}")
        return site(program, update.statement, update.object, edit)


class ShiftWrite(Mutation):
    """A loop writes the neighbour of the element whose round it is."""

    expects = Effect.MAY_RACE
    before = LOOP.replace("b[i] * 2", "a[i] * 2")
    after = before.replace("i < 64", "i < 64 - 1").replace("a[i] =", "a[i + 1] =")
    silent = NO_LOOP

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every written element `x[i]` of a shared loop whose bound is plain."""
        for walk in shared_walks(program):
            for update, index in element_writes(program, walk):
                if walk.strict:
                    shorter = Edit(walk.bound[1], walk.bound[1], " - 1")
                    edit = replace(index, f"{walk.index} + 1")
                    yield site(program, index, update.object, shorter, edit)


class EvenOdd(Mutation):
    """A loop reads its odd neighbours and writes the even elements only: no round meets another."""

    expects = Effect.KEEPS_CLEAN
    before = LOOP
    after = """static double a[64], b[64];
void f(void) {
#pragma omp parallel for
  for (int i = 1; i < 64; i += 2) {
    a[i] = b[i] * 2 + a[i - 1];
  }
}
"""
    silent = NO_LOOP

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every write of a number `x[i] = e` in a shared loop from 0 with no other write."""
        for walk in shared_walks(program):
            writes = [u for u in program.updates if within(u.statement, walk.loop)]
            found = HEAD.match(program.text, walk.loop.start_byte)
            for update, _ in element_writes(program, walk):
                argument = update.target.child_by_field_name("argument")
                if update.value is None or len(writes) != 1 or argument is None or found is None:
                    continue
                if (
                    bounded(program, walk)
                    and update.operator == "="
                    and program.numeric(update.target)
                ):
                    read = f" + {program.source(argument)}[{walk.index} - 1]"
                    if update.value.type == "conditional_expression":
                        continue
                    end = update.value.end_byte
                    step = program.text.rfind(";", 0, found.end()) + 1
                    yield site(
                        program,
                        update.statement,
                        update.object,
                        Edit(*walk.first, "1"),
                        Edit(step, found.end() - 1, f" {walk.index} += 2"),
                        Edit(end, end, read),
                    )


class ReadOwnElement(Mutation):
    """A loop that read a neighbour of the element it writes reads that element itself."""

    expects = Effect.FIXES
    before = LOOP.replace("b[i] * 2", "a[i + 1] * 2")
    after = LOOP.replace("b[i] * 2", "a[i] * 2")
    silent = LOOP

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every write of `x[i]` from other elements of x, all of which become `x[i]`."""
        for walk in shared_walks(program):
            for update, own in element_writes(program, walk):
                reads = [index_of(read) for read in own_reads(program, update)]
                if reads and all(index is not None for index in reads):
                    edits = [
                        replace(index, program.source(own))
                        for index in reads
                        if index is not None and program.source(index) != walk.index
                    ]
                    if edits:
                        yield site(program, update.statement, update.object, *edits)
