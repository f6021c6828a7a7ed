"""Other words for the same code: loops, increments, pointers, declarations, helpers."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from tree_sitter import Node

from model_export.mutations.program import ARITHMETIC, ParsedProgram
from model_export.mutations.rewrite import add_global, is_listed, replace
from model_export.mutations.style import Change
from model_export.mutations.style_structure import LOOP, some
from model_export.mutations.syntax import ancestor, descendants, index_of, part
from reviewbot.fixes.edits import Edit


class IncrementForms(Change):
    """`i++`, `++i` and `i += 1` stand for one another where nobody uses the value."""

    before = "void f(int n) {\n  n++;\n}\n"
    after = "void f(int n) {\n  ++n;\n}\n"
    silent = "void f(int n) {\n  g(n++);\n}\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """Every such step on a number."""
        found = []
        for node in program.of("update_expression"):
            parent = node.parent
            target = node.child_by_field_name("argument")
            if parent is None or target is None or not program.numeric(target):
                continue
            loop = parent.type == "for_statement" and parent.child_by_field_name("update") == node
            if loop or parent.type == "expression_statement":
                name = program.source(target)
                name = f"({name})" if target.type == "pointer_expression" else name
                sign = "+" if "++" in program.source(node) else "-"
                forms = [f"{name}{sign}{sign}", f"{name} {sign}= 1"]
                if target.type == "identifier":
                    forms.append(f"{sign}{sign}{name}")
                old = program.source(node)
                found.append(replace(node, rng.choice([form for form in forms if form != old])))
        return found


class CompoundForms(Change):
    """`x += e` becomes `x = x + (e)`."""

    before = "static int n;\nvoid f(int e) {\n  n += e;\n}\n"
    after = "static int n;\nvoid f(int e) {\n  n = n + e;\n}\n"
    silent = "static _Atomic int n;\nvoid f(int e) {\n  n += e;\n}\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """Some such updates of plain numbers under no directive but an atomic."""
        found = []
        for update in program.updates:
            variable = program.variable_of(update.target)
            plain = variable is not None and not variable.storage & {"_Atomic", "volatile"}
            fits = re.fullmatch(r"[+\-*]=", update.operator) and program.numeric(update.target)
            calls = re.search(r"\+\+|--|\w\s*\(", program.source(update.target))
            bare = not program.pragmas_of(update.statement)
            if plain and fits and bare and not calls and update.value is not None:
                target, value = program.source(update.target), program.source(update.value)
                simple = re.fullmatch(r"[\w.\[\]]+", value)
                value = value if simple else f"({value})"
                text = f"{target} = {target} {update.operator[0]} {value};"
                found.append(replace(update.statement, text))
        return [edit for edit in found if rng.random() < 0.6] or found[:1]


class PointerArithmetic(Change):
    """`a[i]` becomes `*(a + i)`."""

    before = LOOP
    after = LOOP.replace("a[i] = i", "*(a + i) = i")
    silent = "void f(int n) { g(n); }\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """Some elements of plain arrays of numbers and pointers to them."""
        places = []
        for node in program.of("subscript_expression"):
            base, index = node.child_by_field_name("argument"), index_of(node)
            if base is None or index is None or base.type != "identifier" or node.parent is None:
                continue
            variable = program.variable_of(base)
            inner = node.parent.type in (
                "subscript_expression",
                "field_expression",
                "pointer_expression",
            )
            if variable is None or inner or not ARITHMETIC.match(variable.type):
                continue
            one = re.fullmatch(
                rf"\*\s*(?:const\s+)?{variable.name}|{variable.name}\[[^\]]*\]", variable.shape
            )
            nested = any(n.type == "subscript_expression" for n in descendants(index))
            if one and not nested:
                places.append(node)
        return [replace(node, _pointed(program, node)) for node in some(places, rng)]


def _pointed(program: ParsedProgram, node: Node) -> str:
    base, index = part(node, "argument"), index_of(node) or node
    text = f"*({program.source(base)} + {_grouped(program, index)})"
    parent = node.parent
    plain = ("assignment_expression", "argument_list", "init_declarator", "binary_expression")
    return text if parent is not None and parent.type in plain else f"({text})"


def _grouped(program: ParsedProgram, node: Node) -> str:
    text = program.source(node)
    return text if re.fullmatch(r"[\w. +*\-]+", text) else f"({text})"


class SwapComparison(Change):
    """`a < b` becomes `b > a`."""

    before = "void f(int a, int b) {\n  if (a < b) g();\n}\n"
    after = "void f(int a, int b) {\n  if (b > a) g();\n}\n"
    silent = LOOP

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """Some comparisons of plain operands outside the heads of loops."""
        turned = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}
        places = []
        for node in program.of("binary_expression"):
            operator = node.child_by_field_name("operator")
            sides = [node.child_by_field_name(name) for name in ("left", "right")]
            simple = all(
                s is not None and re.fullmatch(r"[\w.]+", program.source(s)) for s in sides
            )
            if (
                operator is not None
                and program.source(operator) in turned
                and simple
                and ancestor(
                    node,
                    "if_statement",
                    "for_statement",
                    "while_statement",
                    "template_argument_list",
                    "compound_statement",
                )
                is not None
                and _in_if(node)
            ):
                places.append(node)
        found = []
        for node in some(places, rng):
            left, sign, right = (program.source(part(node, f)) for f in _SIDES)
            found.append(replace(node, f"{right} {turned[sign]} {left}"))
        return found


_SIDES = ("left", "operator", "right")


def _in_if(node: Node) -> bool:
    outer = ancestor(node, "if_statement", "for_statement", "while_statement", "compound_statement")
    return outer is not None and outer.type == "if_statement"


class SplitDeclarations(Change):
    """`int a, b;` becomes two declarations."""

    before = "void f(void) {\n  int a, b = 2;\n  g(a, b);\n}\n"
    after = "void f(void) {\n  int a;\n  int b = 2;\n  g(a, b);\n}\n"
    silent = "void f(void) {\n  for (int a = 0, b = 1; a < b; a++) g();\n}\n"

    def edits(self, program: ParsedProgram, _rng: random.Random) -> Sequence[Edit]:
        """Every declaration of several variables in a list, of a type that is only named."""
        found = []
        for node in program.of("declaration"):
            declarators = node.children_by_field_name("declarator")
            kind = node.child_by_field_name("type")
            if len(declarators) < 2 or kind is None or kind.child_by_field_name("body") is not None:
                continue
            if not is_listed(program, node):
                continue
            head = program.text[node.start_byte : declarators[0].start_byte]
            gap = ";\n" + program.indent(node.start_byte)
            text = gap.join(head + program.source(declarator) for declarator in declarators)
            found.append(replace(node, text + ";"))
        return found


class ReorderDeclarations(Change):
    """Two neighbouring declarations that do not need each other change places."""

    before = "static int a;\nstatic int b = 2;\nvoid f(void) { a = b; }\n"
    after = "static int b = 2;\nstatic int a;\nvoid f(void) { a = b; }\n"
    silent = "static int a;\nint *const p = &a;\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """Some pairs of declarations whose values name nothing and call nothing."""
        plain = [
            node
            for node in program.of("declaration")
            if all(self._plain(program, d) for d in node.children_by_field_name("declarator"))
            and re.match(r"[\w\s:*]+[=\[,;]", program.source(node))
        ]
        ids = {node.id for node in plain}
        found: list[Edit] = []
        last = -1
        for node in plain:
            later = node.next_named_sibling
            near = later is not None and not program.text[node.end_byte : later.start_byte].strip()
            if later is None or later.id not in ids or not near or node.start_byte <= last:
                continue
            if not is_listed(program, node) or (found and rng.random() < 0.3):
                continue
            found += [replace(node, program.source(later)), replace(later, program.source(node))]
            last = later.end_byte
        return found

    def _plain(self, program: ParsedProgram, declarator: Node) -> bool:
        text = program.source(declarator)
        if declarator.type == "function_declarator":
            return False
        size = re.sub(r"\[[A-Z_\d]*\]", "", text)
        return re.fullmatch(r"\*?\s*\w+(?:\s*=\s*-?[\w.]*\d[\w.]*)?", size) is not None


class NameType(Change):
    """A built-in type of file-scope variables gets a name."""

    before = "static long a;\nvoid f(void) { a++; }\n"
    after = "typedef long cell_t;\n\nstatic long a;\nvoid f(void) { a++; }\n".replace(
        "static long", "static cell_t"
    )
    silent = "static char *a;\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """All variables of file scope of one type."""
        kinds: dict[str, list[Node]] = {}
        for variable in program.variables:
            node = variable.declaration.child_by_field_name("type")
            if (
                variable.kind == "global"
                and node is not None
                and variable.type in ("int", "long", "double")
            ):
                kinds.setdefault(variable.type, []).append(node)
        if not kinds:
            return ()
        kind = rng.choice(sorted(kinds))
        nodes = list({node.id: node for node in kinds[kind]}.values())
        name = next(n for n in ("cell_t", "item_t", "unit_t", "part_t") if n not in program.text)
        first = min(nodes, key=lambda node: node.start_byte)
        return (
            add_global(program, first, f"typedef {kind} {name};"),
            *(replace(node, name) for node in nodes),
        )
