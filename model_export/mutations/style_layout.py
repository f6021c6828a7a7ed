"""Another layout: indentation, braces, line breaks, blank lines, comments, order of includes."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Sequence

from tree_sitter import Node

from model_export.mutations.program import LOOPS, ParsedProgram
from model_export.mutations.style import Change
from model_export.mutations.syntax import ancestor, is_directive
from reviewbot.fixes.edits import Edit

_SIMPLE = """void f(int n) {
  for (int i = 0; i < n; i++) {
    g(i);
  }
}
"""
_NOTES = (
    "next step", "main part", "see the header", "one pass", "as before", "small numbers here",
    "keep the order of the fields", "per call", "inner part", "numbers from the table",
    "usual case",
    "units as in the input", "starts here", "second half", "also used below", "plain case",
    "sizes are powers of two", "same as in the old version", "nothing special", "values in range",
)  # fmt: skip


def _macro_lines(text: str) -> frozenset[int]:
    """Indices of lines that belong to a preprocessor line or to a comment that goes on."""
    found, continued, comment = set(), False, False
    for number, line in enumerate(text.split("\n")):
        directive = line.lstrip().startswith("#")
        if directive or continued or comment:
            found.add(number)
        continued = (directive or continued) and line.endswith("\\")
        opened = line.rfind("/*")
        comment = (comment or opened >= 0) and line.find("*/", max(opened, 0)) < 0
    return frozenset(found)


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """(offset, line, whether it may be changed)."""
    kept, offset = _macro_lines(text), 0
    for number, line in enumerate(text.split("\n")):
        yield offset, line, number not in kept
        offset += len(line) + 1


class Indent(Change):
    """Another width of indentation."""

    before = _SIMPLE
    after = _SIMPLE.replace("  ", "\t")
    silent = "int n;\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """Every line's indentation in another unit."""
        unit = program.unit
        new = rng.choice([other for other in ("  ", "    ", "\t", "   ") if other != unit])
        found = []
        for offset, line, free in _lines(program.text):
            lead = re.match(r"[ \t]*", line)[0]  # type: ignore[index]  # always matches
            steps, rest = _steps(lead, unit)
            if free and steps:
                found.append(Edit(offset, offset + len(lead), new * steps + rest))
        return found


def _steps(lead: str, unit: str) -> tuple[int, str]:
    steps = 0
    while lead.startswith(unit):
        lead, steps = lead[len(unit) :], steps + 1
    return steps, lead


class BracesOnOwnLine(Change):
    """Opening braces of functions and statements stand on lines of their own."""

    before = _SIMPLE
    after = """void f(int n)
{
  for (int i = 0; i < n; i++)
  {
    g(i);
  }
}
"""
    silent = after

    def edits(self, program: ParsedProgram, _rng: random.Random) -> Sequence[Edit]:
        """A line break before every block's brace that ends its line."""
        found = []
        for block in program.of("compound_statement", "field_declaration_list"):
            start = block.start_byte
            head = program.text.rfind("\n", 0, start) + 1
            line_end = program.text.find("\n", start)
            alone = not program.text[head:start].strip()
            ends = not program.text[start + 1 : line_end].strip()
            inner = ancestor(block, "lambda_expression", "function_definition")
            if ends and not alone and (inner is None or inner.type != "lambda_expression"):
                first = start - len(program.text[:start]) + len(program.text[:start].rstrip())
                found.append(Edit(first, start, "\n" + program.indent(start)))
        return found


class BracesOnSameLine(Change):
    """Opening braces stand at the end of the line that they belong to."""

    before = BracesOnOwnLine.after
    after = _SIMPLE
    silent = _SIMPLE

    def edits(self, program: ParsedProgram, _rng: random.Random) -> Sequence[Edit]:
        """Every brace that is alone on its line, under a line of code, joins that line."""
        found = []
        for offset, line, free in _lines(program.text):
            if line.strip() != "{" or not free or offset == 0:
                continue
            end = offset - 1
            above = program.text[program.text.rfind("\n", 0, end) + 1 : end]
            code = above.strip() and not above.lstrip().startswith(("#", "//"))
            if code and not re.search(r"//|\*/|\\$|[;{}]\s*$", above):
                brace = offset + line.index("{")
                found.append(Edit(offset - 1 - (len(above) - len(above.rstrip())), brace, " "))
        return found


class ElseOnOwnLine(Change):
    """`else` starts a line instead of following a brace."""

    before = "void f(int n) {\n  if (n) {\n    g();\n  } else {\n    h();\n  }\n}\n"
    after = before.replace("} else", "}\n  else")
    silent = after

    def edits(self, program: ParsedProgram, _rng: random.Random) -> Sequence[Edit]:
        """Every `} else` in code."""
        return [
            Edit(
                offset + hit.start(1),
                offset + hit.end(1),
                "\n" + program.indent(offset + hit.start()),
            )
            for offset, line, free in _lines(program.text)
            if free and (hit := re.match(r"\s*\}( )else\b", line))
        ]


class BodiesInBraces(Change):
    """Bodies of one statement get braces."""

    before = "void f(int n) {\n  if (n)\n    g();\n}\n"
    after = "void f(int n) {\n  if (n) {\n    g();\n  }\n}\n"
    silent = _SIMPLE

    def edits(self, program: ParsedProgram, _rng: random.Random) -> Sequence[Edit]:
        """Every if or loop with such a body that holds no other and is no part of an else chain."""
        found = []
        for node in program.of("if_statement", *LOOPS):
            body = _bare_body(node)
            chained = node.child_by_field_name("alternative") is not None
            if body is None or chained or any(_bare_body(n) for n in _below(body)):
                continue
            start, indent = program.outer_start(body), program.indent(node.start_byte)
            first = len(program.text[:start].rstrip())
            comment = "//" in program.text[program.text.rfind("\n", 0, first) + 1 : first]
            if first > node.start_byte and not comment and node.type != "do_statement":
                found.append(Edit(first, first, " {"))
                found.append(Edit(body.end_byte, body.end_byte, f"\n{indent}}}"))
        return _own_lines(program, found)


def _own_lines(program: ParsedProgram, edits: list[Edit]) -> list[Edit]:
    """A body that shared its line gets one, since the brace before it may precede a directive."""
    return [edit for edit in edits if edit.start < len(program.text)]


def _bare_body(node: Node) -> Node | None:
    field = "consequence" if node.type == "if_statement" else "body"
    body = node.child_by_field_name(field)
    if node.type not in ("if_statement", *LOOPS) or body is None:
        return None
    return body if body.type == "expression_statement" and not is_directive(body) else None


def _below(node: Node) -> Iterator[Node]:
    for child in node.named_children:
        yield child
        yield from _below(child)


class BodiesWithoutBraces(Change):
    """Braces around one plain statement go."""

    before = _SIMPLE
    after = "void f(int n) {\n  for (int i = 0; i < n; i++)\n    g(i);\n}\n"
    silent = after

    def edits(self, program: ParsedProgram, _rng: random.Random) -> Sequence[Edit]:
        """Every loop over a block of one plain statement without a comment or directive."""
        found = []
        for node in program.of("for_statement", "while_statement", "for_range_loop"):
            body = node.child_by_field_name("body")
            if body is None or body.type != "compound_statement" or len(body.named_children) != 1:
                continue
            only = body.named_children[0]
            if only.type == "expression_statement" and not program.inside(body):
                before = len(program.text[: body.start_byte].rstrip())
                found.append(Edit(before, body.start_byte + 1, ""))
                found.append(Edit(only.end_byte, body.end_byte, ""))
        return found


class BlankLines(Change):
    """Blank lines between statements come or go."""

    before = "void f(void) {\n  g();\n\n  h();\n}\n"
    after = "void f(void) {\n  g();\n  h();\n}\n"
    silent = "int n;\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """Drop all blank lines within functions, or add some where there are none."""
        lines = list(_lines(program.text))
        blank = [
            Edit(offset, offset + 1, "")
            for (offset, line, free), (_, following, _) in itertools.pairwise(lines)
            if free and not line.strip() and following.startswith((" ", "\t")) and not line
        ]
        if blank:
            return blank
        return [
            Edit(offset, offset, "\n")
            for (_, above, _), (offset, line, free) in itertools.pairwise(lines)
            if free and above.rstrip().endswith(";") and line.startswith(" ") and rng.random() < 0.3
            and _in_block(program, offset)
        ]  # fmt: skip


def _in_block(program: ParsedProgram, offset: int) -> bool:
    node = program.root.descendant_for_byte_range(offset, offset)
    return node is not None and node.type == "compound_statement"


class AddComments(Change):
    """Comments that say nothing come before some statements."""

    before = "void f(void) {\n  g();\n}\n"
    after = "void f(void) {\n  // second half\n  g();\n}\n"
    silent = "int n;\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """Comments before some statements that start a line and follow no directive."""
        places = []
        for block in program.of("compound_statement"):
            for node in block.named_children:
                start = program.text.rfind("\n", 0, node.start_byte) + 1
                free = not program.text[start : node.start_byte].strip()
                if free and node.type != "comment" and not program.pragmas_of(node):
                    places.append((start, program.indent(node.start_byte)))
        count = min(len(places), 1 + len(places) // 8)
        block_style = not program.cpp and "//" not in program.text and "/*" in program.text
        found = []
        for start, indent in sorted(rng.sample(places, count)):
            note = rng.choice(_NOTES)
            text = f"/* {note} */" if block_style else f"// {note}"
            found.append(Edit(start, start, f"{indent}{text}\n"))
        return found


class DropComments(Change):
    """All comments go."""

    before = "int n; // how many\n/* all of them */\nint m;\n"
    after = "int n;\nint m;\n"
    silent = "int n;\n"

    def edits(self, program: ParsedProgram, _rng: random.Random) -> Sequence[Edit]:
        """Every comment, with its line where nothing else stands there."""
        found = []
        for node in program.of("comment"):
            start, end = node.start_byte, node.end_byte
            head = program.text.rfind("\n", 0, start) + 1
            tail = program.text.find("\n", end)
            lone = not program.text[head:start].strip() and not program.text[end:tail].strip()
            if program.text[head:start].lstrip().startswith("#"):
                continue
            if lone:
                found.append(Edit(head, tail + 1, ""))
            elif not program.text[end:tail].strip():
                first = len(program.text[:start].rstrip())
                found.append(Edit(first, end, ""))
            else:
                found.append(Edit(start, end, " "))
        return found


class ReorderIncludes(Change):
    """Includes of the library come in another order."""

    before = "#include <stdio.h>\n#include <math.h>\nint n;\n"
    after = "#include <math.h>\n#include <stdio.h>\nint n;\n"
    silent = "#include <stdio.h>\nint n;\n"

    def edits(self, program: ParsedProgram, rng: random.Random) -> Sequence[Edit]:
        """The first run of includes, shuffled."""
        found = re.search(r"(?:^#include <[^>\n]+>\n){2,}", program.text, re.MULTILINE)
        if found is None:
            return ()
        lines = found[0].splitlines(keepends=True)
        for _ in range(4):
            mixed = rng.sample(lines, len(lines))
            if mixed != lines:
                return (Edit(found.start(), found.end(), "".join(mixed)),)
        return ()


class BreakBodies(Change):
    """A body that shared the line of its head gets a line of its own."""

    before = "void f(int n) {\n  for (int i = 0; i < n; i++) g(i);\n}\n"
    after = "void f(int n) {\n  for (int i = 0; i < n; i++)\n    g(i);\n}\n"
    silent = after

    def edits(self, program: ParsedProgram, _rng: random.Random) -> Sequence[Edit]:
        """Every such body."""
        found = []
        for node in program.of("if_statement", "for_statement", "while_statement"):
            body = _bare_body(node)
            if body is None or "\n" in program.text[node.start_byte : body.start_byte]:
                continue
            indent = program.indent(node.start_byte) + program.unit
            first = len(program.text[: body.start_byte].rstrip())
            found.append(Edit(first, body.start_byte, "\n" + indent))
        return found
