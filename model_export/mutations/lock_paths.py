"""Locks that only some paths take, checks outside of them, one lock for another."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.locking import (
    LockPair,
    declares,
    jumps,
    lock_pairs,
    written_in,
)
from model_export.mutations.locks import PAIR
from model_export.mutations.program import ParsedProgram
from model_export.mutations.rewrite import (
    after,
    before,
    indented,
    remove_statement,
    replace,
    site,
)
from model_export.mutations.syntax import ancestor, part
from reviewbot.fixes.edits import Edit

_CHECK = """static pthread_mutex_t m;
static int *table;
void *f(void *p) {
  pthread_mutex_lock(&m);
  if (!table) {
    table = build();
  }
  pthread_mutex_unlock(&m);
  return p;
}
"""


class CheckOutsideLock(Mutation):
    """The condition is read before the lock is taken."""

    expects = Effect.MAY_RACE
    before = _CHECK
    after = """static pthread_mutex_t m;
static int *table;
void *f(void *p) {
  if (!table) {
    pthread_mutex_lock(&m);
    table = build();
    pthread_mutex_unlock(&m);
  }
  return p;
}
"""
    silent = PAIR
    again = False

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair around nothing but an if without else."""
        for pair in lock_pairs(program):
            if len(pair.between) == 1 and pair.between[0].type == "if_statement":
                test = pair.between[0]
                body = test.child_by_field_name("consequence")
                alone = test.child_by_field_name("alternative") is None
                if (
                    body is not None
                    and body.type == "compound_statement"
                    and alone
                    and not jumps(pair.between, program)
                    and body.named_children
                ):
                    yield self._site(program, pair, test, body)

    def _site(self, program: ParsedProgram, pair: LockPair, test: Node, body: Node) -> Site:
        opening, closing = program.source(pair.opening), program.source(pair.closing)
        indent = program.indent(test.start_byte)
        inner = indent + program.unit
        condition = program.source(part(test, "condition"))
        if self.again:
            held = indented(program, program.source(test))
        else:
            held = program.source(body)[1:-1].strip()
        text = f"if {condition} {{\n{inner}{opening}\n{inner}{held}\n{inner}{closing}\n{indent}}}"
        return site(
            program,
            test,
            written_in(program, (body,)),
            remove_statement(program, pair.opening),
            replace(test, text),
            remove_statement(program, pair.closing),
        )


class DoubleCheckedLock(CheckOutsideLock):
    """The condition is read before the lock is taken, and again under it."""

    after = """static pthread_mutex_t m;
static int *table;
void *f(void *p) {
  if (!table) {
    pthread_mutex_lock(&m);
    if (!table) {
      table = build();
    }
    pthread_mutex_unlock(&m);
  }
  return p;
}
"""
    again = True


class LockOnOneBranch(Mutation):
    """The lock is taken on every other round only."""

    expects = Effect.MAY_RACE
    before = """static pthread_mutex_t m;
static int n;
void *f(void *p) {
  for (int i = 0; i < 100; i++) {
    pthread_mutex_lock(&m);
    n++;
    pthread_mutex_unlock(&m);
  }
  return p;
}
"""
    after = """static pthread_mutex_t m;
static int n;
void *f(void *p) {
  for (int i = 0; i < 100; i++) {
    if (i % 2 == 0) {
      pthread_mutex_lock(&m);
      n++;
      pthread_mutex_unlock(&m);
    } else {
      n++;
    }
  }
  return p;
}
"""
    silent = PAIR

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair in a loop over an index that declares nothing."""
        for pair in lock_pairs(program):
            index = number_near(program, pair.opening)
            if (
                index
                and not declares(pair.between)
                and not jumps(pair.between, program)
                and pair.between
            ):
                yield self._site(program, pair, index)

    def _site(self, program: ParsedProgram, pair: LockPair, index: str) -> Site:
        start, end = pair.opening.start_byte, pair.closing.end_byte
        indent = program.indent(start)
        locked = indented(program, program.text[start:end])
        first, last = pair.between[0].start_byte, pair.between[-1].end_byte
        bare = indented(program, program.text[first:last])
        inner = indent + program.unit
        text = f"if ({index} % 2 == 0) {{\n{inner}{locked}\n{indent}}}"
        text += f" else {{\n{inner}{bare}\n{indent}}}"
        target = written_in(program, pair.between)
        return site(program, pair.opening, target, Edit(start, end, text))


def number_near(program: ParsedProgram, node: Node) -> str | None:
    """A whole number that varies from call to call or round to round: an index or a parameter."""
    index = loop_index(program, node)
    function = ancestor(node, "function_definition", "lambda_expression")
    if index is not None or function is None:
        return index
    whole = r"(?:const )?(?:int|long|unsigned|size_t|std::size_t|u?int\d+_t|std::u?int\d+_t)"
    return next(
        (
            v.name
            for v in program.variables
            if v.kind == "parameter"
            and v.scope.id == function.id
            and v.scalar
            and re.fullmatch(whole, v.type)
        ),
        None,
    )


def loop_index(program: ParsedProgram, node: Node) -> str | None:
    """The index of the nearest counting loop around a node, within its function."""
    loop = ancestor(node, "for_statement", "function_definition", "lambda_expression")
    if loop is None or loop.type != "for_statement":
        return None
    head = program.text[loop.start_byte : loop.end_byte]
    found = re.match(r"for\s*\(\s*(?:(?:unsigned|int|long|size_t|std::size_t)\s+)*(\w+)\s*=", head)
    return found[1] if found and "begin()" not in head.split(";")[0] else None


class EarlyReturnHoldsLock(Mutation):
    """A branch leaves the loop with the lock still held."""

    expects = Effect.MAY_RACE
    weight = 0.1  # most of these hang
    before = LockOnOneBranch.before
    after = before.replace("    n++;\n", "    n++;\n    if (i == 97)\n      break;\n")
    silent = PAIR

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair right in a counting loop."""
        for pair in lock_pairs(program):
            index = loop_index(program, pair.opening)
            block = pair.opening.parent
            direct = block is not None and block.parent is not None
            loop = block.parent if direct and block is not None else None
            if index and pair.between and loop is not None and loop.type == "for_statement":
                inner = program.indent(pair.opening.start_byte) + program.unit
                line = f"if ({index} == 97)\n{inner}break;"
                target = written_in(program, pair.between)
                yield site(program, pair.closing, target, after(program, pair.between[-1], line))


class LockPerIndex(Mutation):
    """A lock that was chosen by one index is chosen by another."""

    expects = Effect.MAY_RACE
    before = """static pthread_mutex_t locks[8];
static int n[8];
void f(int k, int t) {
  pthread_mutex_lock(&locks[k]);
  n[k]++;
  pthread_mutex_unlock(&locks[k]);
}
"""
    after = before.replace("&locks[k]", "&locks[k / 2]")
    silent = PAIR
    pattern = "{} / 2"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair on an element."""
        for pair in lock_pairs(program):
            found = re.search(r"\[([^\[\]]+)\]\s*$", pair.lock)
            if found and found[1].strip() != "0":
                old = found[1] if re.fullmatch(r"\w+", found[1]) else f"({found[1]})"
                lock = pair.lock[: found.start()] + f"[{self.pattern.format(old)}]"
                edits = (
                    replace(node, program.source(node).replace(pair.lock, lock))
                    for node in (pair.opening, pair.closing)
                )
                yield site(program, pair.opening, written_in(program, pair.between), *edits)


class LockFirstOfAll(LockPerIndex):
    """One path takes the first of many locks, whatever it touches."""

    after = LockPerIndex.before.replace("&locks[k]", "&locks[0]")
    pattern = "0"


class HoistLockOutOfLoop(Mutation):
    """A lock taken in each round is held around the whole loop."""

    expects = Effect.FIXES
    before = LockOnOneBranch.before
    after = """static pthread_mutex_t m;
static int n;
void *f(void *p) {
  pthread_mutex_lock(&m);
  for (int i = 0; i < 100; i++) {
    n++;
  }
  pthread_mutex_unlock(&m);
  return p;
}
"""
    silent = PAIR

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair that is the whole body of a loop, on a lock that does not vary with it."""
        for pair in lock_pairs(program):
            block = pair.opening.parent
            loop = block.parent if block is not None else None
            if loop is None or loop.type != "for_statement" or "[" in pair.lock:
                continue
            listed = loop.parent is not None and loop.parent.type == "compound_statement"
            whole = block is not None and len(block.named_children) == len(pair.between) + 2
            if listed and whole and not jumps(pair.between, program):
                yield site(
                    program,
                    pair.opening,
                    written_in(program, pair.between),
                    before(program, loop, program.source(pair.opening)),
                    remove_statement(program, pair.opening),
                    remove_statement(program, pair.closing),
                    after(program, loop, program.source(pair.closing)),
                )
