"""Another structure for the same code: loops, helpers, branches, declarations."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from tree_sitter import Node

from model_export.mutations.program import ARITHMETIC, ParsedProgram, Variable
from model_export.mutations.rewrite import add_global, fresh, indented, is_listed, replace
from model_export.mutations.style import Change
from model_export.mutations.syntax import ancestor, descendants, is_directive, part, within
from reviewbot.fixes.edits import Edit

LOOP = """void f(int *a, int n) {
  for (int i = 0; i < n; i++) {
    a[i] = i;
  }
}
"""


_JUMPS = re.compile(r"\b(?:continue|goto|break|return)\b")


def some(places: Sequence[Node], rng: random.Random) -> list[Node]:
    """About half of the places, in order, but one at least."""
    kept = [node for node in places if rng.random() < 0.5]
    return kept or list(places[:1])


class ForToWhile(Change):
    """A counting loop becomes a while."""

    before = LOOP
    after = """void f(int *a, int n) {
  {
    int i = 0;
    while (i < n) {
      a[i] = i;
      i++;
    }
  }
}
"""
    silent = LOOP.replace("  for", "#pragma omp parallel for\n  for")

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """One loop under no directive that nothing leaves or skips."""
        places = []
        for node in program.of("for_statement"):
            body = node.child_by_field_name("body")
            whole = all(node.child_by_field_name(f) for f in ("initializer", "condition", "update"))
            free = is_listed(program, node) and not program.inside(node)
            if (
                whole
                and free
                and body is not None
                and not _JUMPS.search(program.source(body))
                and body.type == "compound_statement"
                and body.named_children
            ):
                places.append(node)
        return (self._edit(program, rng.choice(places)),) if places else ()

    def _edit(self, program: ParsedProgram, node: Node) -> Edit:
        start, condition, update, body = (
            program.source(part(node, name))
            for name in ("initializer", "condition", "update", "body")
        )
        one = program.indent(node.start_byte) + program.unit
        two = one + program.unit
        inner = indented(program, body[1:-1].strip())
        text = (
            f"{{\n{one}{start.rstrip(';')};\n{one}while ({condition}) {{\n{two}{inner}\n"
            f"{two}{update};\n{one}}}\n{program.indent(node.start_byte)}}}"
        )
        return replace(node, text)


class WhileToFor(Change):
    """A while becomes a for without start and step."""

    before = "void f(int n) {\n  while (n) n--;\n}\n"
    after = "void f(int n) {\n  for (; n;) n--;\n}\n"
    silent = LOOP

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """Some whiles."""
        found = []
        for node in some(list(program.of("while_statement")), rng):
            condition = node.child_by_field_name("condition")
            if condition is not None:
                text = program.source(condition)[1:-1].strip()
                found.append(Edit(node.start_byte, condition.end_byte, f"for (; {text};)"))
        return found


class AddUnusedFunction(Change):
    """A function that nobody calls stands somewhere in the file."""

    before = "int main(void) { return 0; }\n"
    after = """static int apply_step(int a, int b)
{
  while (b != 0) {
    int r = a % b;
    a = b;
    b = r;
  }
  return a;
}

int main(void) { return 0; }
"""
    silent = "int n;\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """One of a few helpers before a function of file scope."""
        tops = [n for n in program.functions.values() if n.parent == program.root]
        if not tops:
            return ()
        text = _HELPERS[program.salt % len(_HELPERS)]
        text = text.replace("NAME", fresh(program, "function")).replace("\n  ", "\n" + program.unit)
        text = re.sub(r"(?m)^(\s+)    ", lambda m: m[1] + program.unit * 2, text)
        return (add_global(program, rng.choice(tops), text),)


_HELPERS = (
    """static int NAME(int a, int b)
{
  while (b != 0) {
    int r = a % b;
    a = b;
    b = r;
  }
  return a;
}""",
    """static double NAME(const double *v, int n)
{
  double best = v[0];
  for (int at = 1; at < n; at++)
    if (v[at] > best)
      best = v[at];
  return best;
}""",
    """static unsigned NAME(unsigned h, unsigned x)
{
  h ^= x;
  h *= 16777619u;
  return h ^ (h >> 13);
}""",
    """static int NAME(int x, int lo, int hi)
{
  if (x < lo)
    return lo;
  return x > hi ? hi : x;
}""",
    """static long NAME(long x)
{
  long bits = 0;
  for (; x > 0; x >>= 1)
    bits += x & 1;
  return bits;
}""",
)


class AddDeadBranch(Change):
    """A branch that is never taken stands before a statement."""

    before = "void f(void) {\n  g();\n}\n"
    after = "void f(void) {\n  if (0)\n    return;\n  g();\n}\n"
    silent = "int f(void) {\n  return 1;\n}\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """At the start of a function that returns nothing, outside of directives."""
        places = []
        for node in program.functions.values():
            kind, body = node.child_by_field_name("type"), node.child_by_field_name("body")
            plain = (
                kind is not None
                and program.source(kind) == "void"
                and "*" not in _head(program, node)
            )
            if plain and body is not None and body.named_children:
                first = body.named_children[0]
                if is_listed(program, first) and "\n" in program.source(body):
                    places.append(first)
        if not places:
            return ()
        node = rng.choice(places)
        indent = program.indent(node.start_byte)
        start = program.text.rfind("\n", 0, node.start_byte) + 1
        return (Edit(start, start, f"{indent}if (0)\n{indent}{program.unit}return;\n"),)


def _head(program: ParsedProgram, node: Node) -> str:
    return program.source(node).split("(")[0]


class Outline(Change):
    """A loop moves into a static function that gets what it needs."""

    before = """static int a[9];
void f(int n) {
  for (int i = 0; i < n; i++) {
    a[i] = n;
  }
}
"""
    after = """static int a[9];
static void apply_step(int n)
{
  for (int i = 0; i < n; i++) {
    a[i] = n;
  }
}

void f(int n) {
  apply_step(n);
}
"""
    silent = before.replace("a[i] = n", "n = a[i]")

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """One loop under no directive that writes no local from outside and is not left."""
        places = []
        for node in program.of("for_statement"):
            function = ancestor(node, "function_definition")
            top = function is not None and function.parent == program.root
            free = top and is_listed(program, node) and not program.inside(node)
            whole = not is_directive(part(node, "body"))
            if free and whole and ancestor(node, "lambda_expression") is None:
                needs = _needs(program, node)
                if needs is not None and not re.search(
                    r"\b(?:return|goto)\b", program.source(node)
                ):
                    places.append((node, needs))
        if not places:
            return ()
        node, needs = rng.choice(places)
        return self._edits(program, node, needs)

    def _edits(self, program: ParsedProgram, node: Node, needs: list[Variable]) -> tuple[Edit, ...]:
        name = fresh(program, "function")
        parameters = ", ".join(_parameter(variable) for variable in needs)
        parameters = parameters or ("" if program.cpp else "void")
        depth = max(len(program.indent(node.start_byte)) - len(program.unit), 0)
        body = re.sub(rf"\n[ \t]{{0,{depth}}}", "\n", program.source(node))
        text = f"static void {name}({parameters})\n{{\n{program.unit}{body}\n}}"
        call = f"{name}({', '.join(variable.name for variable in needs)});"
        return (add_global(program, node, text), replace(node, call))


def _parameter(variable: Variable) -> str:
    constant = "const " if "const" in variable.storage else ""
    return f"{constant}{variable.type} {'' if variable.scalar else '*'}{variable.name}"


def _needs(program: ParsedProgram, node: Node) -> list[Variable] | None:
    """The locals that a loop reads; None where one is written or cannot be handed over."""
    found: dict[str, Variable] = {}
    for at in descendants(node):
        if at.type in ("this", "field_identifier", "type_identifier"):
            return None
        if at.type != "identifier" or not at.text:
            continue
        variable = program.resolve(at.text.decode(), at)
        if variable is None:
            called = at.parent is not None and at.parent.type == "call_expression"
            if not called and not at.text.decode().isupper():
                return None
        elif variable.kind == "global":
            continue
        elif not within(variable.declaration, node):
            if not _handed(program, node, variable):
                return None
            found[variable.name] = variable
    return list(found.values())


def _handed(program: ParsedProgram, node: Node, variable: Variable) -> bool:
    """A number of the thread's own that the loop leaves alone, or a plain array or pointer."""
    if not ARITHMETIC.match(variable.type) or variable.storage & {"static", "volatile", "_Atomic"}:
        return False
    row = re.fullmatch(rf"\*\s*{variable.name}|{variable.name}\[[^\]]*\]", variable.shape)
    if row is None and not variable.scalar:
        return False
    for use in program.uses(variable):
        if not within(use, node) or use.parent is None:
            continue
        if variable.scalar and program.shared(use):
            return False
        target = (
            use.parent.child_by_field_name("left") == use or use.parent.type == "update_expression"
        )
        if target or use.parent.type == "pointer_expression":
            return False
    return True


class NegateIf(Change):
    """`if (c) A else B` becomes `if (!(c)) B else A`."""

    before = "void f(int n) {\n  if (n > 2) {\n    g();\n  } else {\n    h();\n  }\n}\n"
    after = "void f(int n) {\n  if (!(n > 2)) {\n    h();\n  } else {\n    g();\n  }\n}\n"
    silent = "void f(int n) {\n  if (n)\n    g();\n}\n"

    def edits(self, program: ParsedProgram, _rng: random.Random) -> Sequence[Edit]:
        """Some ifs whose two branches are blocks."""
        found: list[Edit] = []
        for node in program.of("if_statement"):
            condition = node.child_by_field_name("condition")
            yes, other = (node.child_by_field_name(f) for f in ("consequence", "alternative"))
            no = other.named_children[0] if other is not None and other.named_children else None
            blocks = all(b is not None and b.type == "compound_statement" for b in (yes, no))
            if not blocks or condition is None or yes is None or no is None or program.inside(node):
                continue
            if ";" in program.source(condition) or any(
                n.type == "if_statement" for n in descendants(yes)
            ):
                continue
            if any(n.type == "if_statement" for n in descendants(no)):
                continue
            text = program.source(condition)
            found += [
                replace(condition, f"(!{text})"),
                replace(yes, program.source(no)),
                replace(no, program.source(yes)),
            ]
        return found
