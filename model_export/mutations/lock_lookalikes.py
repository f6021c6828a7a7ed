"""Locking that makes a reader look twice, and conditions with and without their lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.locking import (
    LockPair,
    declares,
    jumps,
    lock_pairs,
    written_in,
)
from model_export.mutations.locks import BARE, PAIR, UnlockEarly
from model_export.mutations.program import ParsedProgram, Variable
from model_export.mutations.rewrite import (
    add_global,
    after,
    before,
    fresh,
    indented,
    remove_statement,
    replace,
    site,
)
from reviewbot.fixes.edits import Edit


class SplitLock(Mutation):
    """The lock is let go and taken again between two statements: no race, but no unit either."""

    expects = Effect.KEEPS_CLEAN
    before = PAIR
    after = PAIR.replace(
        "  n++;\n", "  n++;\n  pthread_mutex_unlock(&m);\n  pthread_mutex_lock(&m);\n"
    )
    silent = UnlockEarly.silent

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair with several statements between."""
        for pair in lock_pairs(program):
            if len(pair.between) > 1:
                indent = program.indent(pair.opening.start_byte)
                lines = f"{program.source(pair.closing)}\n{indent}{program.source(pair.opening)}"
                target = written_in(program, pair.between)
                yield site(program, pair.opening, target, after(program, pair.between[0], lines))


class TrylockOrSkip(Mutation):
    """The lock is tried for, and the work is left out when it was not had."""

    expects = Effect.KEEPS_CLEAN
    before = PAIR
    after = """static pthread_mutex_t m;
static int n, peak;
void *f(void *p) {
  if (pthread_mutex_trylock(&m) == 0) {
    n++;
    peak = n;
    pthread_mutex_unlock(&m);
  }
  return p;
}
"""
    silent = BARE

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pthread mutex pair that declares nothing."""
        for pair in lock_pairs(program):
            plain = pair.call == "pthread_mutex_lock" and not declares(pair.between)
            if plain and not jumps(pair.between, program):
                test = f"if (pthread_mutex_trylock({pair.lock}) == 0) {{"
                body = program.text[pair.opening.end_byte : pair.closing.end_byte]
                text = (
                    test
                    + indented(program, body)
                    + f"\n{program.indent(pair.opening.start_byte)}}}"
                )
                edit = Edit(pair.opening.start_byte, pair.closing.end_byte, text)
                yield site(program, pair.opening, written_in(program, pair.between), edit)


class RetakeLock(Mutation):
    """A second lock is held around a locked part: one would do."""

    expects = Effect.KEEPS_CLEAN
    before = PAIR
    after = (
        PAIR.replace(
            "void *f", "static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;\n\nvoid *f"
        )
        .replace(
            "  pthread_mutex_lock(&m);", "  pthread_mutex_lock(&gate);\n  pthread_mutex_lock(&m);"
        )
        .replace(
            "  pthread_mutex_unlock(&m);",
            "  pthread_mutex_unlock(&m);\n  pthread_mutex_unlock(&gate);",
        )
    )
    silent = BARE

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair on a pthread mutex that waits for nothing."""
        for pair in lock_pairs(program):
            if pair.call == "pthread_mutex_lock" and not jumps(pair.between, program):
                name = fresh(program, "lock")
                line = f"static pthread_mutex_t {name} = PTHREAD_MUTEX_INITIALIZER;"
                yield site(
                    program,
                    pair.opening,
                    written_in(program, pair.between),
                    add_global(program, pair.opening, line),
                    before(program, pair.opening, f"pthread_mutex_lock(&{name});"),
                    after(program, pair.closing, f"pthread_mutex_unlock(&{name});"),
                )


class LockThroughPointer(Mutation):
    """The lock is taken through a pointer to it."""

    expects = Effect.KEEPS_CLEAN
    before = PAIR
    after = PAIR.replace("&m)", "gate)").replace("p) {\n", "p) {\n  pthread_mutex_t *gate = &m;\n")
    silent = BARE

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair on the address of a pthread mutex."""
        for pair in lock_pairs(program):
            if pair.call == "pthread_mutex_lock" and not jumps(pair.between, program):
                name = fresh(program, "lock")
                yield site(
                    program,
                    pair.opening,
                    written_in(program, pair.between),
                    before(program, pair.opening, f"pthread_mutex_t *{name} = {pair.lock};"),
                    replace(pair.opening, f"pthread_mutex_lock({name});"),
                    replace(pair.closing, f"pthread_mutex_unlock({name});"),
                )


class LockInHelper(Mutation):
    """The lock is taken and let go by helper functions."""

    expects = Effect.KEEPS_CLEAN
    before = PAIR
    after = """static pthread_mutex_t m;
static int n, peak;
static void gate_enter(void)
{
  pthread_mutex_lock(&m);
}

static void gate_leave(void)
{
  pthread_mutex_unlock(&m);
}

void *f(void *p) {
  gate_enter();
  n++;
  peak = n;
  gate_leave();
  return p;
}
"""
    silent = BARE

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair on a lock of file scope."""
        for pair in lock_pairs(program):
            name = pair.lock.lstrip("&")
            lock = _global(program, pair, name)
            if lock is None or program.cpp or jumps(pair.between, program):
                continue
            stem = fresh(program, "lock")
            told = (("enter", pair.opening), ("leave", pair.closing))
            helpers = "\n\n".join(
                f"static void {stem}_{verb}(void)\n{{\n{program.unit}{program.source(node)}\n}}"
                for verb, node in told
            )
            calls = (replace(node, f"{stem}_{verb}();") for verb, node in told)
            target = written_in(program, pair.between)
            yield site(
                program, pair.opening, target, add_global(program, pair.opening, helpers), *calls
            )


def _global(program: ParsedProgram, pair: LockPair, name: str) -> Variable | None:
    if not re.fullmatch(r"\w+", name):
        return None
    found = program.resolve(name, pair.opening)
    return found if found is not None and found.kind == "global" else None


class WaitWithoutLoop(Mutation):
    """The condition is asked once instead of after every wake-up."""

    expects = Effect.KEEPS_CLEAN
    before = """void f(void) {
  while (!ready)
    pthread_cond_wait(&c, &m);
}
"""
    after = before.replace("while", "if")
    silent = before.replace("pthread_cond_wait(&c, &m)", "sched_yield()")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every loop around nothing but a wait."""
        for loop in program.of("while_statement"):
            body = loop.child_by_field_name("body")
            text = program.source(body).strip("{} \n") if body is not None else ""
            if re.match(r"(?:pthread_cond_wait|cnd_wait|\w+\.wait)\s*\([^;]*;$", text):
                start = loop.start_byte
                yield site(program, loop, None, Edit(start, start + len("while"), "if"))


class SignalWithoutLock(Mutation):
    """What a waiter waits for is changed and signalled without the lock."""

    expects = Effect.MAY_RACE
    before = """void f(void) {
  pthread_mutex_lock(&m);
  ready = 1;
  pthread_cond_signal(&c);
  pthread_mutex_unlock(&m);
}
"""
    after = """void f(void) {
  ready = 1;
  pthread_cond_signal(&c);
}
"""
    silent = PAIR

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair around a signal, or right before one."""
        for pair in lock_pairs(program):
            told = " ".join(program.source(node) for node in pair.between)
            following = pair.closing.next_named_sibling
            told += program.source(following) if following is not None else ""
            if re.search(r"_signal|_broadcast|notify_", told) and "wait" not in told:
                yield site(
                    program,
                    pair.opening,
                    written_in(program, pair.between),
                    remove_statement(program, pair.opening),
                    remove_statement(program, pair.closing),
                )


class SignalAfterUnlock(Mutation):
    """The signal is given after the lock was let go: allowed, and often done."""

    expects = Effect.KEEPS_CLEAN
    before = SignalWithoutLock.before
    after = """void f(void) {
  pthread_mutex_lock(&m);
  ready = 1;
  pthread_mutex_unlock(&m);
  pthread_cond_signal(&c);
}
"""
    silent = after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair that ends with a signal."""
        for pair in lock_pairs(program):
            last = pair.between[-1] if pair.between else None
            if last is not None and re.match(r"\w*(?:_signal|_broadcast)\b", program.source(last)):
                closing, signal = program.source(pair.closing), program.source(last)
                yield site(
                    program, last, None, replace(last, closing), replace(pair.closing, signal)
                )
