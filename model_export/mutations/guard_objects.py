"""Guards of C++: left out, let go at once or too early, made for readers, on another lock."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.lock_paths import number_near
from model_export.mutations.locking import Guard, guards, lock_of, written_in
from model_export.mutations.program import ParsedProgram
from model_export.mutations.rewrite import (
    after,
    before,
    braces,
    fresh,
    indented,
    remove_statement,
    replace,
    site,
)
from model_export.mutations.syntax import descendants
from reviewbot.fixes.edits import Edit

HELD = """struct Log {
  void add(int x) {
    std::lock_guard<std::mutex> lock(m_);
    n_ += x;
    last_ = x;
  }
  std::mutex m_;
  int n_ = 0, last_ = 0;
};
"""


BARE = HELD.replace("    std::lock_guard<std::mutex> lock(m_);\n", "")


def lone_guards(program: ParsedProgram) -> Iterator[Guard]:
    """Guards whose object nothing names afterwards."""
    for guard in guards(program):
        if guard.rest and not any(_names(node, guard.name) for node in guard.rest):
            yield guard


def _names(node: Node, name: str) -> bool:
    wanted = name.encode()
    return any(at.type == "identifier" and at.text == wanted for at in descendants(node))


class RemoveGuard(Mutation):
    """A guard object goes."""

    expects = Effect.MAY_RACE
    language = "c++"
    weight = 2.0
    before = HELD
    after = BARE
    silent = BARE

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard whose object nothing names."""
        for guard in lone_guards(program):
            target = written_in(program, guard.rest)
            edit = remove_statement(program, guard.declaration)
            yield site(program, guard.declaration, target, edit)


class GuardOfOneStatement(Mutation):
    """A guard's scope ends after the first statement."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = HELD
    after = HELD.replace(
        "    std::lock_guard<std::mutex> lock(m_);\n    n_ += x;\n",
        "    {\n      std::lock_guard<std::mutex> lock(m_);\n      n_ += x;\n    }\n",
    )
    silent = HELD.replace("    last_ = x;\n", "")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard before several statements of which the first declares nothing."""
        for guard in lone_guards(program):
            plain = len(guard.rest) > 1 and guard.rest[0].type != "declaration"
            if plain and not program.pragmas_of(guard.rest[0]):
                edits = braces(program, guard.declaration, guard.rest[0])
                target = written_in(program, guard.rest[1:])
                yield site(program, guard.declaration, target, *edits)


class GuardLate(Mutation):
    """A guard is made one statement too late."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = HELD
    after = BARE.replace(
        "    n_ += x;\n", "    n_ += x;\n    std::lock_guard<std::mutex> lock(m_);\n"
    )
    silent = GuardOfOneStatement.silent

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard before several statements."""
        for guard in lone_guards(program):
            if len(guard.rest) > 1 and guard.rest[0].type != "return_statement":
                line = program.source(guard.declaration)
                yield site(
                    program,
                    guard.declaration,
                    written_in(program, guard.rest[:1]),
                    remove_statement(program, guard.declaration),
                    after(program, guard.rest[0], line),
                )


class GuardTemporary(Mutation):
    """The guard has no name, and so ends with its own statement."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = HELD
    after = HELD.replace("lock(m_)", "{m_}").replace("> {", ">{")
    silent = BARE

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard whose object nothing names."""
        for guard in lone_guards(program):
            kind = re.sub(r"^const\s+", "", guard.type)
            edit = replace(guard.declaration, f"{kind}{{{guard.lock}}};")
            yield site(program, guard.declaration, written_in(program, guard.rest), edit)


class GuardDeferred(Mutation):
    """The guard is told to lock later, and nobody does."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = HELD
    after = HELD.replace(
        "std::lock_guard<std::mutex> lock(m_)",
        "std::unique_lock<std::mutex> lock(m_, std::defer_lock)",
    )
    silent = BARE

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard of one lock whose object nothing names."""
        for guard in lone_guards(program):
            if "," not in guard.lock and guard.kind != "shared_lock":
                kind = re.sub(r"lock_guard|scoped_lock", "unique_lock", guard.type)
                text = f"{kind} {guard.name}({guard.lock}, std::defer_lock);"
                edit = replace(guard.declaration, text)
                yield site(program, guard.declaration, written_in(program, guard.rest), edit)


class GuardOnOneBranch(Mutation):
    """The guard locks on every other round only."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = HELD
    after = HELD.replace(
        "std::lock_guard<std::mutex> lock(m_);",
        "std::unique_lock<std::mutex> lock(m_, std::defer_lock);\n"
        "    if (x % 2 == 0)\n      lock.lock();",
    )
    silent = HELD.replace("int x", "float x")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard of one lock under a loop's index or in a function of a whole number."""
        for guard in lone_guards(program):
            number = number_near(program, guard.declaration)
            if number is None or "," in guard.lock or guard.kind == "shared_lock":
                continue
            kind = re.sub(r"^const\s+", "", guard.type)
            kind = re.sub(r"lock_guard|scoped_lock", "unique_lock", kind)
            indent = program.indent(guard.declaration.start_byte)
            text = f"{kind} {guard.name}({guard.lock}, std::defer_lock);\n{indent}"
            text += f"if ({number} % 2 == 0)\n{indent}{program.unit}{guard.name}.lock();"
            target = written_in(program, guard.rest)
            yield site(program, guard.declaration, target, replace(guard.declaration, text))


class GuardShared(Mutation):
    """A writer holds a shared mutex as a reader."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = """struct Log {
  void add(int x) {
    std::unique_lock<std::shared_mutex> lock(m_);
    n_ += x;
  }
  std::shared_mutex m_;
  int n_ = 0;
};
"""
    after = before.replace("unique_lock", "shared_lock")
    silent = HELD
    old, new = r"lock_guard|unique_lock|scoped_lock", "shared_lock"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard of that kind on a shared mutex."""
        for guard in lone_guards(program):
            name = lock_of(guard.lock)
            lock = program.resolve(name, guard.declaration) or program.fields.get(name)
            if lock is None or "shared" not in lock.type or not re.search(self.old, guard.kind):
                continue
            edit = replace(
                guard.declaration,
                program.source(guard.declaration).replace(guard.kind, self.new, 1),
            )
            yield site(program, guard.declaration, written_in(program, guard.rest), edit)


class GuardUnique(GuardShared):
    """A reader holds a shared mutex as a writer."""

    expects = Effect.FIXES
    before = GuardShared.after
    after = GuardShared.before
    silent = HELD
    old, new = "shared_lock", "unique_lock"


class GuardOwnMutex(Mutation):
    """Each call guards itself with a mutex of its own."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = HELD
    after = HELD.replace(
        "    std::lock_guard<std::mutex> lock(m_);",
        "    std::mutex gate;\n    std::lock_guard<std::mutex> lock(gate);",
    )
    silent = BARE
    storage = ""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard on a plain mutex."""
        for guard in lone_guards(program):
            name = lock_of(guard.lock)
            lock = program.resolve(name, guard.declaration) or program.fields.get(name)
            if lock is not None and lock.type == "std::mutex":
                own = fresh(program, "lock")
                text = f"{guard.type} {guard.name}({own});"
                yield site(
                    program,
                    guard.declaration,
                    written_in(program, guard.rest),
                    before(program, guard.declaration, f"{self.storage}std::mutex {own};"),
                    replace(guard.declaration, text),
                )


class GuardStaticMutex(GuardOwnMutex):
    """One path guards itself with a mutex that only this path knows, yet all threads share it."""

    expects = Effect.KEEPS_CLEAN
    after = GuardOwnMutex.after.replace("    std::mutex gate", "    static std::mutex gate")
    storage = "static "


class GuardOtherMutex(Mutation):
    """One path holds a sister of the mutex that the others hold."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = """struct Log {
  void add(int x) {
    std::lock_guard<std::mutex> lock(in_);
    n_ += x;
  }
  std::mutex in_;
  std::mutex out_;
  int n_ = 0;
};
"""
    after = before.replace("lock(in_)", "lock(out_)")
    silent = HELD

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard on a mutex that has a sister in its scope."""
        for guard in lone_guards(program):
            name = lock_of(guard.lock)
            mine = program.resolve(name, guard.declaration) or program.fields.get(name)
            if mine is None:
                continue
            for other in program.variables:
                same = other.scope.id == mine.scope.id and other.type == mine.type
                if same and other.name != name and other.scalar and mine.scalar:
                    lock = re.sub(rf"\b{name}\b(?!.*\b{name}\b)", other.name, guard.lock)
                    text = f"{guard.type} {guard.name}({lock});"
                    target = written_in(program, guard.rest)
                    edit = replace(guard.declaration, text)
                    yield site(program, guard.declaration, target, edit)


class GuardCheckOutside(Mutation):
    """The condition is read before the guard is made."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = """struct Box {
  void open() {
    std::lock_guard<std::mutex> lock(m_);
    if (!item_) {
      item_ = make();
    }
  }
  std::mutex m_;
  Item *item_ = nullptr;
};
"""
    after = """struct Box {
  void open() {
    if (!item_) {
      std::lock_guard<std::mutex> lock(m_);
      item_ = make();
    }
  }
  std::mutex m_;
  Item *item_ = nullptr;
};
"""
    silent = HELD
    again = False

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every guard whose scope starts with an if in braces and no else."""
        for guard in lone_guards(program):
            test = guard.rest[0]
            if test.type != "if_statement" or test.child_by_field_name("alternative") is not None:
                continue
            body = test.child_by_field_name("consequence")
            more = [node for node in guard.rest[1:] if node.type != "return_statement"]
            if body is not None and body.type == "compound_statement" and not more:
                yield self._site(program, guard, test, body)

    def _site(self, program: ParsedProgram, guard: Guard, test: Node, body: Node) -> Site:
        indent = program.indent(test.start_byte)
        inner = indent + program.unit
        line = program.source(guard.declaration)
        head = program.text[test.start_byte : body.start_byte]
        if self.again:
            held = indented(program, program.source(test))
            text = f"{head}{{\n{inner}{line}\n{inner}{held}\n{indent}}}"
            edit = replace(test, text)
        else:
            edit = Edit(body.start_byte, body.start_byte + 1, f"{{\n{inner}{line}")
        target = written_in(program, (body,))
        return site(program, test, target, remove_statement(program, guard.declaration), edit)


class GuardDoubleChecked(GuardCheckOutside):
    """The condition is read before the guard is made, and again under it."""

    after = """struct Box {
  void open() {
    if (!item_) {
      std::lock_guard<std::mutex> lock(m_);
      if (!item_) {
        item_ = make();
      }
    }
  }
  std::mutex m_;
  Item *item_ = nullptr;
};
"""
    again = True
