"""Threads that are joined late, early or never, start too early, or share an argument."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.program import LOOPS, ParsedProgram
from model_export.mutations.rewrite import after, before, remove_statement, replace, site
from model_export.mutations.syntax import ancestor, descendants, part
from reviewbot.fixes.edits import Edit

_POSIX = """void run(void) {
  pthread_t t[2];
  for (int i = 0; i < 2; i++)
    pthread_create(&t[i], 0, work, &arg[i]);
  for (int i = 0; i < 2; i++)
    pthread_join(t[i], 0);
  total = arg[0].n + arg[1].n;
}
"""
_JOIN = re.compile(r"\b(?:pthread_join|thrd_join)\s*\(|(?:\.|->)join\s*\(\s*\)")
_CREATE = re.compile(
    r"\b(?:pthread_create|thrd_create)\s*\(|(?:\.|->)emplace_back\s*\(|std::j?thread\b"
)
# Threads of such a program wait for one another: one after another they would wait for ever.
_WAITS = re.compile(
    r"barrier|_cond_|cnd_|condition_variable|latch|sem_|semaphore|while\s*\(!|future|promise|\.wait\("
    r"|yield|spin|_load|\.load|usleep|nanosleep|sleep_for"
)


def _statement(node: Node) -> Node | None:
    """The statement that holds a node, or the outermost loop that repeats nothing else."""
    at = node if node.type.endswith("_statement") else ancestor(node, "expression_statement")
    while at is not None and at.parent is not None and at.parent.type in LOOPS:
        at = at.parent
    block = at.parent if at is not None else None
    loop = block.parent if block is not None else None
    if (
        block is not None
        and loop is not None
        and loop.type in LOOPS
        and len(block.named_children) == 1
    ):
        return loop
    return at


def _statements(program: ParsedProgram, pattern: re.Pattern[str]) -> Iterator[Node]:
    """Statements (with their loops) in a list that hold such a call, each once."""
    seen: set[int] = set()
    for call in program.of("call_expression"):
        if pattern.search(program.source(call)) and not _nested(program, call, pattern):
            node = _statement(call)
            listed = node is not None and node.parent is not None
            if node is not None and listed and node.id not in seen:
                seen.add(node.id)
                if node.parent is not None and node.parent.type == "compound_statement":
                    yield node


def _nested(program: ParsedProgram, call: Node, pattern: re.Pattern[str]) -> bool:
    inner = (node for node in descendants(call) if node.type == "call_expression" and node != call)
    return any(pattern.search(program.source(node)) for node in inner)


class JoinLate(Mutation):
    """Threads are joined after the statement that uses what they made."""

    expects = Effect.MAY_RACE
    weight = 1.5
    before = _POSIX
    after = """void run(void) {
  pthread_t t[2];
  for (int i = 0; i < 2; i++)
    pthread_create(&t[i], 0, work, &arg[i]);
  total = arg[0].n + arg[1].n;
  for (int i = 0; i < 2; i++)
    pthread_join(t[i], 0);
}
"""
    silent = "void run(void) {\n  pthread_join(t, 0);\n}\n"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every join, or loop of joins, before a statement that neither joins nor frees."""
        for node in _statements(program, _JOIN):
            later = _following(program, node)
            if later is not None and not program.pragmas_of(later):
                target = _first_object(program, later)
                yield site(
                    program,
                    node,
                    target,
                    remove_statement(program, node),
                    after(program, later, program.source(node)),
                )


def _following(program: ParsedProgram, node: Node) -> Node | None:
    """The next statement, with the declarations before it; None where nothing may move past it."""
    later = node.next_named_sibling
    while later is not None and later.type == "comment":
        later = later.next_named_sibling
    text = program.source(later) if later is not None else "return"
    bars = re.search(
        r"\breturn\b|_join|join\(|\bfree\s*\(|destroy|\bdelete\b|_create|clear\(", text
    )
    return None if bars else later


def _first_object(program: ParsedProgram, node: Node) -> str | None:
    fields = [n for n in descendants(node) if n.type == "field_identifier"]
    names = [n for n in descendants(node) if n.type == "identifier"]
    for found in (*fields, *names):
        variable = program.variable_of(found)
        if variable is not None and (variable.kind in ("global", "field") or variable.array):
            return variable.name
    return None


class JoinToDetach(Mutation):
    """A thread is let go instead of waited for."""

    expects = Effect.MAY_RACE
    weight = 0.5  # what it still uses may be gone
    before = "void f(void) {\n  pthread_join(t, NULL);\n}\n"
    after = "void f(void) {\n  pthread_detach(t);\n}\n"
    silent = "void f(void) {\n  pthread_detach(t);\n}\n"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every join whose result nobody looks at."""
        for node in program.of("expression_statement"):
            text = program.source(node)
            if found := re.match(r"(pthread|thrd)_join\s*\((.*),[^,]*\);$", text, re.DOTALL):
                yield site(program, node, None, replace(node, f"{found[1]}_detach({found[2]});"))
            elif found := re.match(r"([\w.\[\]>-]+?)(\.|->)join\(\);$", text):
                edit = replace(node, f"{found[1]}{found[2]}detach();")
                yield site(program, node, None, edit)


class JoinAtOnce(Mutation):
    """Each thread is joined right after it was started, so that no two run at once."""

    expects = Effect.FIXES
    before = _POSIX
    after = """void run(void) {
  pthread_t t[2];
  for (int i = 0; i < 2; i++) {
    pthread_create(&t[i], 0, work, &arg[i]);
    pthread_join(t[i], 0);
  }
  total = arg[0].n + arg[1].n;
}
"""
    silent = _POSIX.replace("run", "wait_for_barrier")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every pair of neighbouring loops that start and join, in programs without other waits."""
        if _WAITS.search(program.text):
            return
        joins = {node.id: node for node in _statements(program, _JOIN)}
        for node in _statements(program, _CREATE):
            later = node.next_named_sibling
            if node.type != "for_statement" or later is None or later.id not in joins:
                continue
            body, join = node.child_by_field_name("body"), later.child_by_field_name("body")
            if body is not None and join is not None and later.type == "for_statement":
                started = re.search(r"pthread_create\s*\(\s*&(\w+\[\w+\])", program.source(body))
                joined = re.search(r"pthread_join\s*\(\s*(\w+\[\w+\])", program.source(join))
                if started and joined:
                    yield self._site(program, node, later, started[1])

    def _site(self, program: ParsedProgram, node: Node, later: Node, thread: str) -> Site:
        body = part(node, "body")
        indent = program.indent(node.start_byte)
        inner = indent + program.unit
        line = f"pthread_join({thread}, 0);"
        if body.type == "compound_statement":
            place = body.end_byte - 1
            start = program.text.rfind("\n", 0, place) + 1
            edits = [Edit(start, start, f"{inner}{line}\n")]
        else:
            place = program.text.rfind("\n", 0, body.start_byte)
            gap = program.text[place : body.start_byte]
            head = Edit(body.start_byte - len(gap), body.start_byte, f" {{{gap}")
            tail = Edit(body.end_byte, body.end_byte, f"\n{inner}{line}\n{indent}}}")
            edits = [head, tail]
        return site(program, node, None, *edits, remove_statement(program, later))


class JoinOneTooFew(Mutation):
    """The loop that joins leaves one thread out until the end."""

    expects = Effect.MAY_RACE
    weight = 0.7
    before = _POSIX
    after = """void run(void) {
  pthread_t t[2];
  for (int i = 0; i < 2; i++)
    pthread_create(&t[i], 0, work, &arg[i]);
  for (int i = 1; i < 2; i++)
    pthread_join(t[i], 0);
  total = arg[0].n + arg[1].n;
  pthread_join(t[0], 0);
}
"""
    silent = "void run(void) {\n  pthread_join(t, 0);\n}\n"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every loop from 0 over nothing but a join that one more statement follows."""
        for node in _statements(program, _JOIN):
            later = _following(program, node)
            head = re.match(r"for\s*\([^;]*?\b(\w+)\s*=\s*(0)\s*;", program.source(node))
            join = re.search(r"[^;{}]*(?:_join\s*\([^;]*|\.join\(\s*)\)\s*;", program.source(node))
            if later is None or not head or not join or program.pragmas_of(later):
                continue
            text = join[0].split("\n")[-1].strip()
            text = text[text.rfind(") ") + 2 :] if text.startswith("for") else text
            if f"[{head[1]}]" in text:
                start = node.start_byte + head.start(2)
                one = text.replace(f"[{head[1]}]", "[0]")
                target = _first_object(program, later)
                yield site(
                    program, node, target, Edit(start, start + 1, "1"), after(program, later, one)
                )


class StartEarly(Mutation):
    """Threads are started before the statement that prepares what they read."""

    expects = Effect.MAY_RACE
    before = """void run(void) {
  pthread_t t;
  limit = 10;
  pthread_create(&t, 0, work, 0);
}
"""
    after = """void run(void) {
  pthread_t t;
  pthread_create(&t, 0, work, 0);
  limit = 10;
}
"""
    silent = _POSIX

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every start that follows an assignment, a loop or a call that sets up no lock."""
        for node in _statements(program, _CREATE):
            earlier = node.prev_named_sibling
            if earlier is None or not self._moves(program, earlier):
                continue
            yield site(
                program,
                earlier,
                _first_object(program, earlier),
                remove_statement(program, earlier),
                after(program, node, program.source(earlier)),
            )

    def _moves(self, program: ParsedProgram, earlier: Node) -> bool:
        text = program.source(earlier)
        kinds = ("expression_statement", "for_statement")
        if earlier.type not in kinds or program.pragmas_of(earlier):
            return False
        bars = (
            r"_init\b|init\(|_create|join|alloc|reserve|std::j?thread|emplace_back|resize|barrier"
        )
        if re.search(bars, text) or _CREATE.search(text):
            return False
        argument = re.match(r"(\w+)", text)
        return argument is None or argument[1] not in ("pthread_mutex_init", "mtx_init")


class StartLate(Mutation):
    """Threads are started after the next statement, so that it is done before they run."""

    expects = Effect.FIXES
    before = StartEarly.after
    after = StartEarly.before
    silent = _POSIX.replace(
        "    pthread_join(t[i], 0);\n  total", "    pthread_join(t[i], 0);\n  return; total"
    )

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every start that a plain assignment follows."""
        for node in _statements(program, _CREATE):
            later = node.next_named_sibling
            if later is None or later.type != "expression_statement" or program.pragmas_of(later):
                continue
            inner = later.named_children[0] if later.named_children else None
            if inner is not None and inner.type in ("assignment_expression", "update_expression"):
                yield site(
                    program,
                    node,
                    _first_object(program, later),
                    before(program, node, program.source(later)),
                    remove_statement(program, later),
                )


class SameArgument(Mutation):
    """All threads get the argument that was made for the first."""

    expects = Effect.MAY_RACE
    before = _POSIX
    after = _POSIX.replace("&arg[i]", "&arg[0]")
    silent = _POSIX.replace("&arg[i]", "0")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every start with the address of an indexed element."""
        for call in program.of("call_expression"):
            found = re.match(
                r"(?:pthread_create|thrd_create)\s*\(.*,\s*(?:\(void \*\)\s*)?"
                r"&?(\w+)\s*(\[\w+\]|\+ \w+)\s*\)$",
                program.source(call),
                re.DOTALL,
            )
            if found and found[2] not in ("[0]",):
                text = "[0]" if found[2].startswith("[") else "+ 0"
                start, end = (call.start_byte + place for place in found.span(2))
                yield site(program, call, found[1], Edit(start, end, text))


class AsyncToDeferred(Mutation):
    """A task runs only when it is asked for its result, in the asking thread."""

    expects = Effect.FIXES
    language = "c++"
    before = "void f() { auto r = std::async(std::launch::async, work); r.get(); }\n"
    after = before.replace("launch::async", "launch::deferred")
    silent = after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every launch policy async."""
        for found in re.finditer(r"std::launch::(async)\b", program.text):
            yield site(program, found.start(), None, Edit(found.start(1), found.end(1), "deferred"))


class SerialCall(Mutation):
    """The work of a thread is called on the spot, and the thread is given nothing to do."""

    expects = Effect.FIXES
    language = "c++"
    before = "void f() {\n  std::thread t([&] { n++; });\n  t.join();\n}\n"
    after = "void f() {\n  std::thread t([&] { n++; });\n  t.join();\n}\n".replace(
        "std::thread t([&] { n++; });", "[&] { n++; }();\n  std::thread t([] {});"
    )
    silent = "void f() {\n  std::thread t(work, 1);\n  t.join();\n}\n"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every thread made of a lambda without parameters, in programs without other waits."""
        if _WAITS.search(program.text):
            return
        for node in program.of("lambda_expression"):
            holder = node.parent
            statement = holder.parent if holder is not None else None
            while statement is not None and statement.type in (
                "init_declarator",
                "call_expression",
            ):
                statement = statement.parent
            if holder is None or statement is None or holder.type != "argument_list":
                continue
            listed = statement.parent is not None and statement.parent.type == "compound_statement"
            alone = len(holder.named_children) == 1
            if (
                listed
                and alone
                and re.search(r"thread|emplace_back", program.source(statement))
                and statement.type in ("declaration", "expression_statement")
            ):
                text = program.source(node)
                call = before(program, statement, f"{text}();")
                yield site(program, statement, None, call, replace(node, "[] {}"))
