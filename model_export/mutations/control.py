"""Who runs a statement, and when: guards by thread number, once-only initialisation, outlining."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.exclusion import bare_updates
from model_export.mutations.locking import written_in
from model_export.mutations.pragmas import Pragma
from model_export.mutations.program import ParsedProgram
from model_export.mutations.rewrite import (
    add_global,
    fresh,
    indented,
    pragma_before,
    remove_pragma,
    replace,
    site,
)
from model_export.mutations.syntax import ancestor, descendants, within
from reviewbot.fixes.edits import Edit

_REGION = """static int n;
void f(void) {
#pragma omp parallel
  {
    if (omp_get_thread_num() == 0)
      n++;
  }
}
"""
_BARE = """static int n;
void f(void) {
#pragma omp parallel
  {
    n++;
  }
}
"""


class DropThreadGuard(Mutation):
    """What one thread did by its number, all do."""

    expects = Effect.MAY_RACE
    before = _REGION
    after = _REGION.replace("omp_get_thread_num() == 0", "omp_get_thread_num() >= 0")
    silent = _BARE
    pattern = (
        r"(omp_get_thread_num\(\)|\b(?:tid|me|self|rank|id|who|worker|t|k)\b)\s*(==)\s*(0|1)\b"
    )
    operator = ">="

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every if on the number of the thread in a parallel part."""
        for node in program.of("if_statement"):
            condition = node.child_by_field_name("condition")
            body = node.child_by_field_name("consequence")
            if condition is None or body is None or program.in_parallel(node) is None:
                continue
            found = re.search(self.pattern, program.source(condition))
            jump = re.search(r"\b(?:return|break|continue|goto)\b", program.source(body))
            waits = re.search(r"barrier|\bomp\b|wait|join", program.source(body))
            if found and not jump and not waits:
                start = condition.start_byte
                one = Edit(start + found.start(2), start + found.end(2), self.operator)
                two = Edit(start + found.start(3), start + found.end(3), "0")
                yield site(program, node, written_in(program, (body,)), one, two)


class WidenThreadGuard(DropThreadGuard):
    """What one thread did by its number, two do."""

    after = _REGION.replace("omp_get_thread_num() == 0", "omp_get_thread_num() <= 1")
    operator = "<="

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every if on the number of the thread in a parallel part."""
        for place in super().sites(program):
            one, two = place.edits
            yield Site(place.line, place.object, (one, Edit(two.start, two.end, "1")))


class AddThreadGuard(Mutation):
    """What all threads did, one does by its number."""

    expects = Effect.FIXES
    before = _BARE
    after = _BARE.replace(
        "    n++;\n", "    if (omp_get_thread_num() == 0) {\n      n++;\n    }\n"
    ).replace("static int n;\n", "#include <omp.h>\nstatic int n;\n")
    silent = _REGION
    condition = "omp_get_thread_num() == 0"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every variable with one unprotected update right in a parallel region's block."""
        for name, updates in bare_updates(program).items():
            node = updates[0].statement
            block = node.parent
            if len(updates) != 1 or block is None or block.type != "compound_statement":
                continue
            if any(p.name == "parallel" for p in program.pragmas_of(block)):
                text = indented(
                    program, f"\n{program.indent(node.start_byte)}{program.source(node)}"
                )
                text += f"\n{program.indent(node.start_byte)}}}"
                include = () if "<omp.h>" in program.text else (Edit(0, 0, "#include <omp.h>\n"),)
                edit = replace(node, f"if ({self.condition}) {{{text}")
                yield site(program, node, name, *include, edit)


class OnceToFlag(Mutation):
    """What is run once by the library's own means is run once by a plain flag."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = """#include <mutex>
std::once_flag once;
void f() {
  std::call_once(once, build);
}
"""
    after = """#include <mutex>
std::once_flag once;
static bool ready = false;

void f() {
  if (!ready) {
    (build)();
    ready = true;
  }
}
"""
    silent = "void f() {\n  build();\n}\n"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every call of call_once with a lambda or function alone, or of pthread_once."""
        for node in program.of("expression_statement"):
            text = program.source(node)
            found = re.match(
                r"(?:(?:std::)?call_once|pthread_once)\s*\(\s*[&\w.>\-]+\s*,\s*(.*)\);$",
                text,
                re.DOTALL,
            )
            method = found is not None and re.match(r"&?\w+::", found[1])
            if found is None or method or ancestor(node, "template_declaration") is not None:
                continue
            yield self._site(program, node, found[1].strip())

    def _site(self, program: ParsedProgram, node: Node, callee: str) -> Site:
        flag = fresh(program, "flag")
        kind = "bool" if program.cpp else "int"
        no, yes = ("false", "true") if program.cpp else ("0", "1")
        indent = program.indent(node.start_byte)
        inner = indent + program.unit
        body = f"{inner}({indented(program, callee)})();\n{inner}{flag} = {yes};"
        line = f"static {kind} {flag} = {no};"
        text = f"if (!{flag}) {{\n{body}\n{indent}}}"
        return site(program, node, flag, add_global(program, node, line), replace(node, text))


class StaticInitToFlag(Mutation):
    """A static local that the language initialises once is initialised behind a plain flag."""

    expects = Effect.MAY_RACE
    language = "c++"
    before = """int &table() {
  static int t = build();
  return t;
}
"""
    after = """int &table() {
  static int t;
  static bool ready = false;
  if (!ready) {
    t = build();
    ready = true;
  }
  return t;
}
"""
    silent = """int &table() {
  static int t = 0;
  return t;
}
"""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every static local of a type we can name whose value is computed."""
        for variable in program.variables:
            value = variable.value
            plain = variable.storage == {"static"} and variable.kind == "local" and variable.scalar
            if not plain or value is None or variable.type == "auto" or not program.cpp:
                continue
            if value.type not in {"call_expression", "lambda_expression"}:
                continue
            flag = fresh(program, "flag")
            indent = program.indent(variable.declaration.start_byte)
            inner = indent + program.unit
            made = indented(program, program.source(value))
            text = (
                f"static {variable.type} {variable.name};\n{indent}static bool {flag} = false;\n"
                f"{indent}if (!{flag}) {{\n{inner}{variable.name} = {made};\n"
                f"{inner}{flag} = true;\n{indent}}}"
            )
            yield site(
                program, variable.declaration, variable.name, replace(variable.declaration, text)
            )


class OrphanLoop(Mutation):
    """A worksharing loop moves into a function of its own, its directive with it."""

    expects = Effect.KEEPS_CLEAN
    before = """static int a[9];
void f(void) {
#pragma omp parallel
  {
#pragma omp for
    for (int i = 0; i < 9; i++) a[i] = i;
  }
}
"""
    after = """static int a[9];
static void apply_step(void)
{
#pragma omp for
  for (int i = 0; i < 9; i++) a[i] = i;
}

void f(void) {
#pragma omp parallel
  {
    apply_step();
  }
}
"""
    silent = before.replace("static int a[9];\nvoid f(void)", "void f(int *a)")
    names: tuple[str, ...] = ("for",)
    keeps_directive = True

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every such construct that names nothing local from outside of it."""
        for pragma in program.pragmas:
            node = program.governed(pragma)
            if pragma.name not in self.names or node is None or not _self_contained(program, node):
                continue
            if not {clause.name for clause in pragma.clauses} <= {"schedule", "nowait"}:
                continue
            function = ancestor(node, "function_definition")
            if function is not None and function.parent == program.root:
                yield self._site(program, pragma, node)

    def _site(self, program: ParsedProgram, pragma: Pragma, node: Node) -> Site:
        name = fresh(program, "function")
        depth = len(program.indent(node.start_byte)) - len(program.unit)
        body = re.sub(rf"\n[ \t]{{0,{max(depth, 0)}}}", "\n", program.source(node))
        own = program.pragma_indent(program.unit)
        line = f"{own}{program.text[pragma.start : pragma.end]}\n" if self.keeps_directive else ""
        parameters = "" if program.cpp else "void"
        text = f"static void {name}({parameters})\n{{\n{line}{program.unit}{body}\n}}"
        start = pragma.start if self.keeps_directive else node.start_byte
        lead = (
            ""
            if program.indent(start) or start == node.start_byte
            else program.indent(node.start_byte)
        )
        call = Edit(start, node.end_byte, f"{lead}{name}();")
        target = written_in(program, (node,))
        return site(program, node, target, add_global(program, node, text), call)


def _self_contained(program: ParsedProgram, node: Node) -> bool:
    """Whether a statement names no local of the outside and leaves by no jump."""
    for at in descendants(node):
        if (
            at.type in ("return_statement", "goto_statement", "this", "field_identifier")
            and at.type != "field_identifier"
        ):
            return False
        if at.type == "identifier" and at.text:
            variable = program.resolve(at.text.decode(), at)
            if variable is None:
                called = at.parent is not None and at.parent.type == "call_expression"
                if not called and not at.text.decode().isupper():
                    return False
            elif variable.kind != "global" and not within(variable.declaration, node):
                return False
    return True


class OrphanUpdate(OrphanLoop):
    """A critical or atomic update moves into a function of its own, without its directive."""

    expects = Effect.MAY_RACE
    before = """static int n;
void f(void) {
#pragma omp parallel
  {
#pragma omp critical
    n++;
  }
}
"""
    after = """static int n;
static void apply_step(void)
{
  n++;
}

void f(void) {
#pragma omp parallel
  {
    apply_step();
  }
}
"""
    silent = before.replace("#pragma omp critical\n", "")
    names = ("critical", "atomic")
    keeps_directive = False

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every critical or atomic statement that names nothing local."""
        for pragma in program.pragmas:
            node = program.governed(pragma)
            if pragma.name in self.names and node is not None and _self_contained(program, node):
                function = ancestor(node, "function_definition")
                if function is not None and function.parent == program.root:
                    found = self._site(program, pragma, node)
                    edits = (remove_pragma(program, pragma), *found.edits)
                    yield Site(found.line, found.object, edits)


class OrphanCritical(OrphanLoop):
    """A critical section moves into a function of its own, its directive with it."""

    before = OrphanUpdate.before
    after = OrphanUpdate.after.replace("  n++;", "#pragma omp critical\n  n++;")
    silent = OrphanUpdate.silent
    names = ("critical", "atomic")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every critical or atomic statement that names nothing local."""
        for pragma in program.pragmas:
            node = program.governed(pragma)
            if pragma.name in self.names and node is not None and _self_contained(program, node):
                function = ancestor(node, "function_definition")
                if function is not None and function.parent == program.root:
                    yield self._site(program, pragma, node)


class TaskPerStatement(Mutation):
    """A statement of a single or master part becomes a task."""

    expects = Effect.MAY_RACE
    before = """void f(int *a) {
#pragma omp parallel
#pragma omp single
  {
    a[0] = work(0);
    a[1] = work(a[0]);
  }
}
"""
    after = before.replace("    a[0] = work(0);", "#pragma omp task\n    a[0] = work(0);")
    silent = _BARE

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every plain update right in the block of a single or master."""
        for update in program.updates:
            block = update.statement.parent
            if (
                block is None
                or block.type != "compound_statement"
                or program.pragmas_of(update.statement)
            ):
                continue
            told = program.pragmas_of(block)
            if any(p.has("single") or p.has("master") or p.has("masked") for p in told):
                edit = pragma_before(program, update.statement, "#pragma omp task")
                yield site(program, update.statement, update.object, edit)


class SingleNowait(Mutation):
    """What one thread prepares the others no longer wait for."""

    expects = Effect.MAY_RACE
    before = """void f(int *a) {
#pragma omp parallel
  {
#pragma omp single
    a[0] = 7;
    use(a[0]);
  }
}
"""
    after = before.replace("single", "single nowait")
    silent = before.replace("    use(a[0]);\n", "")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every single that something follows in its block."""
        for pragma in program.pragmas:
            node = program.governed(pragma)
            told = {clause.name for clause in pragma.clauses}
            if (
                pragma.name == "single"
                and node is not None
                and not told & {"nowait", "copyprivate"}
            ):
                later = node.next_named_sibling
                if later is not None and later.type != "comment":
                    target = written_in(program, (node,))
                    yield site(program, pragma, target, Edit(pragma.end, pragma.end, " nowait"))
