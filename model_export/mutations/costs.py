"""What each round, thread or slot costs: imbalance, hot locks, padding, serial parts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.indices import walks
from model_export.mutations.ordering import named
from model_export.mutations.performance import LOOP, SERIAL
from model_export.mutations.program import ParsedProgram
from model_export.mutations.rewrite import (
    before,
    fresh,
    pragma_before,
    remove_pragma,
    remove_statement,
    replace,
    site,
)
from reviewbot.fixes.edits import Edit


class SerialPrefix(Mutation):
    """A part that only one thread can do comes before a region."""

    expects = Effect.PERFORMANCE
    before = LOOP
    after = """static double a[64][64];
void f(void) {
  volatile double warmup = 0;
  for (int k = 0; k < 20000; k++)
    warmup += k * 0.5;
#pragma omp parallel for schedule(static)
  for (int i = 0; i < 64; i++)
    for (int j = 0; j < 64; j++)
      a[i][j] = i * j;
}
"""
    silent = SERIAL

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every region that stands in a list of statements."""
        for pragma in named(program, "parallel for", "parallel"):
            node = program.governed(pragma)
            if node is None or node.parent is None or node.parent.type != "compound_statement":
                continue
            sink, index = fresh(program, "sink"), fresh(program, "number")
            indent = program.indent(node.start_byte)
            lines = (
                f"volatile double {sink} = 0;\n"
                f"{indent}for (int {index} = 0; {index} < 20000; {index}++)\n"
                f"{indent}{program.unit}{sink} += {index} * 0.5;"
            )
            yield site(program, pragma, None, before(program, node, lines))


class ImbalancedRounds(Mutation):
    """Late rounds of a shared loop have more to do than early ones."""

    expects = Effect.PERFORMANCE
    before = """static double a[64];
void f(void) {
#pragma omp parallel for
  for (int i = 0; i < 64; i++) {
    a[i] = i;
  }
}
"""
    after = """static double a[64];
void f(void) {
#pragma omp parallel for
  for (int i = 0; i < 64; i++) {
    for (volatile int k = 0; k < i % 64 * 20; k++)
      ;
    a[i] = i;
  }
}
"""
    silent = SERIAL

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every shared loop whose body is a block."""
        for walk in walks(program):
            told = program.pragmas_of(walk.loop)
            body = walk.loop.child_by_field_name("body")
            plain = any(p.has("for") and not p.has("simd") for p in told)
            first = body.named_children[0] if body is not None and body.named_children else None
            if (
                plain
                and body is not None
                and body.type == "compound_statement"
                and first is not None
            ):
                if any(p.clause("collapse") for p in told) or program.pragmas_of(first):
                    continue
                name, indent = fresh(program, "number"), program.indent(first.start_byte)
                head = f"for (volatile int {name} = 0; {name} < {walk.index} % 64 * 20; {name}++)"
                lines = f"{head}\n{indent}{program.unit};"
                yield site(program, walk.loop, None, before(program, first, lines))


class CriticalWholeBody(Mutation):
    """All of a shared loop's body is one critical section."""

    expects = Effect.PERFORMANCE
    before = ImbalancedRounds.before
    after = ImbalancedRounds.before.replace("i++) {", "i++)\n#pragma omp critical\n  {")
    silent = SERIAL

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every shared loop whose body is a block without directives or jumps."""
        for pragma in named(program, "parallel for", "for"):
            node = program.governed(pragma)
            body = node.child_by_field_name("body") if node is not None else None
            if body is None or body.type != "compound_statement" or program.inside(body):
                continue
            if pragma.clause("collapse") or re.search(
                r"\b(?:continue|break)\b", program.source(body)
            ):
                continue
            edit = pragma_before(program, body, "#pragma omp critical")
            start = edit.start
            while program.text[start - 1] == " ":
                start -= 1
            yield site(program, body, None, Edit(start, edit.end, edit.text))


class DropPadding(Mutation):
    """What kept neighbours on cache lines of their own goes."""

    expects = Effect.PERFORMANCE
    before = """struct slot {
  long n;
  char pad[56];
};
"""
    after = """struct slot {
  long n;
};
"""
    silent = after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every field named as padding that nothing names, and every alignment of 32 or more."""
        for variable in program.variables:
            named_so = re.match(r"_*(?:pad|fill|filler|padding)", variable.name)
            lone = variable.alone and not program.uses(variable)
            if variable.kind == "field" and named_so and lone:
                node = variable.declaration
                start = program.text.rfind("\n", 0, node.start_byte)
                gap = program.text[start : node.start_byte]
                start = start if not gap.strip() else node.start_byte
                yield site(program, node, variable.name, Edit(start, node.end_byte, ""))
        for found in re.finditer(r"\b(?:_Alignas|alignas)\s*\(\s*(?:64|128)\s*\)\s*", program.text):
            yield site(program, found.start(), None, Edit(found.start(), found.end(), ""))


class AddPadding(Mutation):
    """A type of which there is an array gets a cache line for each."""

    expects = Effect.PERFORMANCE
    before = """struct slot {
  long n;
};
static struct slot slots[8];
"""
    after = before.replace("  long n;\n", "  long n;\n  char pad[64];\n")
    silent = DropPadding.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every structure with a name, an array of it and no padding, never filled in by a list."""
        for node in program.of("struct_specifier"):
            body, name = node.child_by_field_name("body"), node.child_by_field_name("name")
            if (
                body is None
                or name is None
                or not body.named_children
                or "pad" in program.source(body)
            ):
                continue
            kind = program.source(name)
            listed = rf"\b{kind}\)?\s*(?:\w+\s*(?:\[\w*\])*\s*=\s*)?\{{"
            used = rf"\b{kind}\s+\w+\[|vector<{kind}>|array<{kind},"
            text = program.text[: node.start_byte] + program.text[node.end_byte :]
            if re.search(used, text) and not re.search(listed, text):
                last = body.named_children[-1]
                indent = program.indent(last.start_byte)
                edit = Edit(last.end_byte, last.end_byte, f"\n{indent}char pad[64];")
                yield site(program, node, kind, edit)


class PackSlots(Mutation):
    """Slots that lay far apart, one for each thread, become neighbours."""

    expects = Effect.PERFORMANCE
    before = "void f(int tid) {\n  sum[tid * 16] += 1;\n}\n"
    after = "void f(int tid) {\n  sum[tid] += 1;\n}\n"
    silent = after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every array all of whose indices are spread by one power of two."""
        found: dict[str, list[tuple[int, int, str]]] = {}
        for hit in re.finditer(r"\b(\w+)\[\s*(\w+)\s*\*\s*(?:8|16|32|64)\s*\]", program.text):
            found.setdefault(hit[1], []).append((hit.start(), hit.end(), f"{hit[1]}[{hit[2]}]"))
        for name, hits in found.items():
            uses = len(re.findall(rf"\b{name}\[", program.text))
            if uses - len(hits) <= 1:  # the rest is its declaration
                yield site(program, hits[0][0], name, *(Edit(*hit) for hit in hits))


class HotAtomic(Mutation):
    """What a thread summed up for itself it adds to the shared sum in every round."""

    expects = Effect.PERFORMANCE
    before = """static double total;
void f(double *a, int n) {
#pragma omp parallel
  {
    double part = 0;
#pragma omp for
    for (int i = 0; i < n; i++)
      part += a[i];
#pragma omp atomic
    total += part;
  }
}
"""
    after = """static double total;
void f(double *a, int n) {
#pragma omp parallel
  {
#pragma omp for
    for (int i = 0; i < n; i++)
#pragma omp atomic
      total += a[i];
  }
}
"""
    silent = LOOP

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every atomic or critical `x += part` where part is a local that one statement sums up."""
        for update in program.updates:
            told = program.pragmas_of(update.statement)
            value = update.value
            single = len(told) == 1 and told[0].name in ("atomic", "critical")
            if not single or update.operator != "+=" or value is None or value.type != "identifier":
                continue
            part = program.resolve(program.source(value), value)
            if part is None or part.kind != "local" or not part.alone:
                continue
            sums = [u for u in program.updates if u.object == part.name and u.operator == "+="]
            if len(sums) == 1 and len(program.uses(part)) == 2:
                target, line = program.source(update.target), "#pragma omp atomic"
                declaration = part.declaration
                yield site(
                    program,
                    update.statement,
                    update.object,
                    remove_statement(program, declaration),
                    pragma_before(program, sums[0].statement, line),
                    replace(sums[0].target, target),
                    remove_pragma(program, told[0]),
                    _gone(program, update.statement),
                )


def _gone(program: ParsedProgram, node: Node) -> Edit:
    start = program.text.rfind("\n", 0, node.start_byte) + 1
    end = program.text.find("\n", node.end_byte) + 1
    return Edit(start, end, "")
