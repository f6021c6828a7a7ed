"""Where a variable lives: hoisted out of a region, made static, made each thread's own, aliased."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.clauses import scratch
from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.program import ARITHMETIC, ParsedProgram, Variable
from model_export.mutations.rewrite import (
    add_global,
    before,
    fresh,
    remove_statement,
    replace,
    site,
)
from model_export.mutations.syntax import ancestor, index_of, within
from reviewbot.fixes.edits import Edit

_SCRATCH = """void f(double *a, int n) {
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    double t = a[i];
    a[i] = t * t;
  }
}
"""
_THREAD = """static int a[9];
void *work(void *p) {
  int t = a[0];
  a[t] = 1;
  return p;
}
void run(void) { pthread_create(&id, 0, work, 0); }
"""


def _plain_locals(program: ParsedProgram) -> Iterator[Variable]:
    """Locals of numbers or arrays of them, declared alone in a block, in parallel parts."""
    for variable in program.variables:
        node = variable.declaration
        block = node.parent
        listed = block is not None and block.type == "compound_statement"
        kind = ARITHMETIC.match(variable.type) is not None
        constant = re.fullmatch(rf"{variable.name}\[\s*\w+\s*\]", variable.shape) is not None
        fits = (variable.scalar or constant) and not variable.storage and variable.alone
        if listed and kind and fits and program.in_parallel(node) is not None:
            yield variable


def _assigned(program: ParsedProgram, variable: Variable) -> Edit:
    """Leave of a declaration what sets the variable."""
    value = variable.value
    if value is None or value.type in ("initializer_list", "argument_list"):
        return remove_statement(program, variable.declaration)
    return replace(variable.declaration, f"{variable.name} = {program.source(value)};")


def _moves(variable: Variable) -> bool:
    """An array that starts out filled cannot be set by one assignment."""
    value = variable.value
    return value is None or (variable.scalar and value.type != "initializer_list")


class SharedScratch(Mutation):
    """A scratch variable of a loop or region is declared before it, and so shared."""

    expects = Effect.MAY_RACE
    weight = 1.5
    before = _SCRATCH
    after = """void f(double *a, int n) {
  double t;
#pragma omp parallel for
  for (int i = 0; i < n; i++) {
    t = a[i];
    a[i] = t * t;
  }
}
"""
    silent = after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every plain local of an OpenMP region whose statement stands in a list."""
        for variable in _plain_locals(program):
            region = self._region(program, variable)
            if region is None or not _moves(variable):
                continue
            if any(p.clause("default") for p in program.pragmas_of(region)):
                continue
            line = f"{variable.type} {variable.shape};"
            name_taken = program.resolve(variable.name, region) is not None
            if not name_taken:
                yield site(
                    program,
                    variable.declaration,
                    variable.name,
                    before(program, region, line),
                    _assigned(program, variable),
                )

    def _region(self, program: ParsedProgram, variable: Variable) -> Node | None:
        at: Node | None = variable.declaration
        while at is not None and at.type != "lambda_expression":
            parallel = any(
                p.has("parallel") and not p.has("target") for p in program.pragmas_of(at)
            )
            if parallel and at.parent is not None and at.parent.type == "compound_statement":
                return at
            at = at.parent
        return None


class GlobalScratch(Mutation):
    """A scratch variable of a function that threads run is declared at file scope."""

    expects = Effect.MAY_RACE
    before = _THREAD
    after = """static int a[9];
static int t;

void *work(void *p) {
  t = a[0];
  a[t] = 1;
  return p;
}
void run(void) { pthread_create(&id, 0, work, 0); }
"""
    silent = _SCRATCH.replace("#pragma omp parallel for\n", "")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every plain local of such a function whose name is declared once."""
        for variable in _plain_locals(program):
            function = ancestor(variable.declaration, "function_definition")
            top = function is not None and function.parent == program.root
            once = sum(other.name == variable.name for other in program.variables) == 1
            if top and once and _moves(variable) and not _template(program, function):
                line = f"static {variable.type} {variable.shape};"
                yield site(
                    program,
                    variable.declaration,
                    variable.name,
                    add_global(program, variable.declaration, line),
                    _assigned(program, variable),
                )


def _template(program: ParsedProgram, node: Node | None) -> bool:
    return (
        node is None or re.search(r"\bconstexpr\b", program.source(node).split("{")[0]) is not None
    )


class StaticLocal(Mutation):
    """A local of code that threads run becomes static, and so one for all."""

    expects = Effect.MAY_RACE
    before = _THREAD
    after = _THREAD.replace("  int t = a[0];", "  static int t;\n  t = a[0];")
    silent = _SCRATCH.replace("#pragma omp parallel for\n", "")
    words = "static "

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every plain local in parallel parts."""
        for variable in _plain_locals(program):
            function = ancestor(variable.declaration, "function_definition")
            if not _moves(variable) or _template(program, function):
                continue
            indent = program.indent(variable.declaration.start_byte)
            text = f"{self.words}{variable.type} {variable.shape};"
            value = variable.value
            if value is not None:
                text += f"\n{indent}{variable.name} = {_value(program, value)};"
            edit = replace(variable.declaration, text)
            yield site(program, variable.declaration, variable.name, edit)


def _value(program: ParsedProgram, value: Node) -> str:
    text = program.source(value)
    return text[1:-1] if value.type == "argument_list" else text


class StaticThreadLocal(StaticLocal):
    """A local of code that threads run becomes static, but each thread's own."""

    expects = Effect.KEEPS_CLEAN
    after = StaticLocal.after.replace("  static int", "  static __thread int")
    words = "static __thread "


class DropThreadLocal(Mutation):
    """A variable that each thread had for itself becomes one for all."""

    expects = Effect.MAY_RACE
    before = StaticThreadLocal.after
    after = StaticLocal.after
    silent = StaticLocal.after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every thread-local declaration."""
        for found in re.finditer(
            r"\b(?:_Thread_local|thread_local|__thread)\b[ \t]*", program.text
        ):
            node = program.root.descendant_for_byte_range(found.start(), found.start() + 1)
            holder = (
                ancestor(node, "declaration", "field_declaration") if node is not None else None
            )
            if holder is None:
                continue
            name = next((v.name for v in program.variables if v.declaration == holder), None)
            static = "static" in program.source(holder).split("=")[0]
            inner = ancestor(holder, "function_definition") is not None
            text = "" if static or not inner else "static "
            yield site(program, holder, name, Edit(found.start(), found.end(), text))


class AddThreadLocal(Mutation):
    """A static variable becomes each thread's own."""

    expects = Effect.FIXES
    before = StaticLocal.after
    after = StaticThreadLocal.after
    silent = _THREAD.replace("static int a", "int a")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every static number, or array of numbers, that parallel code updates."""
        written = {u.object for u in program.updates if program.shared(u.target)}
        listed = {name for pragma in program.pragmas for name in pragma.names()}
        for variable in program.variables:
            if "static" not in variable.storage or variable.name not in written - listed:
                continue
            own = variable.storage <= {"static", "inline"} and variable.kind != "field"
            if own and ARITHMETIC.match(variable.type) and not _address(program, variable):
                word = "thread_local" if program.cpp else "__thread"
                node = variable.declaration.child_by_field_name("type")
                if node is not None:
                    edit = Edit(node.start_byte, node.start_byte, f"{word} ")
                    yield site(program, variable.declaration, variable.name, edit)


def _address(program: ParsedProgram, variable: Variable) -> bool:
    """Whether something of file scope is initialised from it."""
    return any(ancestor(node, "compound_statement") is None for node in program.uses(variable))


class DropStatic(Mutation):
    """A static local becomes an ordinary one."""

    expects = Effect.FIXES
    before = StaticLocal.after
    after = StaticLocal.after.replace("  static int t", "  int t")
    silent = _THREAD

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every static local in parallel parts that is not constant."""
        for variable in program.variables:
            static = variable.storage == {"static"} and variable.kind == "local"
            if static and program.in_parallel(variable.declaration) is not None:
                start = program.text.find("static", variable.declaration.start_byte)
                edit = Edit(start, start + len("static "), "")
                yield site(program, variable.declaration, variable.name, edit)


class SinkScratch(Mutation):
    """A scratch variable from outside is declared anew where the region starts."""

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
    after = before.replace("i++) {\n", "i++) {\n    double t;\n")
    silent = _SCRATCH

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every shared scratch variable of a region whose body is a block."""
        for pragma in program.pragmas:
            node = program.governed(pragma)
            if node is None or not pragma.has("parallel"):
                continue
            body = node if node.type == "compound_statement" else node.child_by_field_name("body")
            if body is None or body.type != "compound_statement":
                continue
            for variable in scratch(program, body):
                indent = program.indent(body.start_byte) + program.unit
                place = body.start_byte + 1
                line = f"\n{indent}{variable.type} {variable.name};"
                listed = variable.name in pragma.names()
                if not listed and not within(variable.declaration, body):
                    yield site(program, body, variable.name, Edit(place, place, line))


class WriteInPlace(Mutation):
    """What a loop wrote to another array it writes to the one that it reads from."""

    expects = Effect.MAY_RACE
    weight = 1.5
    before = """static double in[9], out[9];
void f(void) {
#pragma omp parallel for
  for (int i = 1; i < 8; i++) out[i] = in[i - 1] + in[i + 1];
}
"""
    after = before.replace("{\n#", "{\n#").replace(") out[i]", ") in[i]")
    silent = before.replace("in[i - 1] + in[i + 1]", "i")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every write of an element from elements of another array of the same kind."""
        for update in program.updates:
            other = self._source(program, update.target, update.value)
            shared = other is not None and program.shared(update.target)
            argument = update.target.child_by_field_name("argument")
            if other is not None and shared and argument is not None:
                yield site(program, update.statement, other, replace(argument, other))

    def _source(self, program: ParsedProgram, target: Node, value: Node | None) -> str | None:
        mine = program.variable_of(target)
        argument = target.child_by_field_name("argument")
        if (
            target.type != "subscript_expression"
            or value is None
            or mine is None
            or argument is None
        ):
            return None
        if argument.type != "identifier" or index_of(target) is None:
            return None
        for node in program.of("subscript_expression"):
            base = node.child_by_field_name("argument")
            if base is None or not within(node, value) or base.type != "identifier":
                continue
            other = program.variable_of(node)
            same = other is not None and other.type == mine.type and other.name != mine.name
            if (
                same
                and other is not None
                and "const" not in other.storage
                and other.shape.replace(other.name, "") == mine.shape.replace(mine.name, "")
            ):
                return other.name
        return None


class AliasPointer(Mutation):
    """A region writes an array through another pointer to it."""

    expects = Effect.KEEPS_CLEAN
    before = """static double a[9];
void f(void) {
#pragma omp parallel for
  for (int i = 0; i < 9; i++) a[i] = i;
}
"""
    after = """static double a[9];
void f(void) {
  double *view = a;
#pragma omp parallel for
  for (int i = 0; i < 9; i++) view[i] = i;
}
"""
    silent = before.replace("a[i] = i", "g(i)")
    offset = ""

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every element of an array of numbers, or of a pointer to them, that a region writes."""
        for update in program.updates:
            argument = update.target.child_by_field_name("argument")
            variable = program.variable_of(update.target)
            if update.target.type != "subscript_expression" or argument is None or variable is None:
                continue
            row = rf"\*\s*{variable.name}|{variable.name}\[[^\]]*\]"
            plain = ARITHMETIC.match(variable.type) and re.fullmatch(row, variable.shape)
            region = self._region(program, update.statement)
            if region is None or not plain or argument.type != "identifier":
                continue
            if within(variable.declaration, region):
                continue
            if not variable.storage & {"const", "volatile", "_Atomic"}:
                yield self._site(program, region, argument, variable)

    def _site(
        self, program: ParsedProgram, region: Node, argument: Node, variable: Variable
    ) -> Site:
        name = fresh(program, "alias")
        line = f"{variable.type} *{name} = {variable.name}{self.offset};"
        new = replace(argument, name)
        return site(program, argument, variable.name, before(program, region, line), new)

    def _region(self, program: ParsedProgram, node: Node) -> Node | None:
        """The nearest parallel loop or region around, if it stands in a list and hides no name."""
        at: Node | None = node
        while at is not None and at.type != "lambda_expression":
            told = program.pragmas_of(at)
            if any(p.has("parallel") for p in told):
                closed = any(p.has("target") or p.clause("default") for p in told)
                listed = at.parent is not None and at.parent.type == "compound_statement"
                return at if listed and not closed else None
            at = at.parent
        return None


class AliasOneFurther(AliasPointer):
    """A region writes an array through a pointer to its second element."""

    expects = Effect.MAY_RACE
    after = AliasPointer.after.replace("= a;", "= a + 1;")
    offset = " + 1"


class SameArgumentTwice(Mutation):
    """A function that reads one array and writes another is given the same one twice."""

    expects = Effect.MAY_RACE
    before = """static double a[9], b[9];
void blur(const double *in, double *out);
void f(void) { blur(a, b); }
"""
    after = before.replace("blur(a, b)", "blur(a, a)")
    silent = before.replace("b[9]", "b[7]")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every call with two arrays or pointers of the same declaration."""
        for call in program.of("call_expression"):
            arguments = call.child_by_field_name("arguments")
            named = arguments.named_children if arguments is not None else []
            for first, second in itertools.pairwise(named):
                one, two = (self._array(program, node) for node in (first, second))
                if one is None or two is None or one.name == two.name or one.type != two.type:
                    continue
                if one.shape.replace(one.name, "") == two.shape.replace(two.name, ""):
                    yield site(program, call, one.name, replace(second, one.name))

    def _array(self, program: ParsedProgram, node: Node) -> Variable | None:
        variable = program.variable_of(node) if node.type == "identifier" else None
        if variable is None or "const" in variable.storage or variable.type == "void":
            return None
        return variable if variable.array or variable.shape.startswith("*") else None
