"""Edits in the terms of a program: remove a statement, wrap it, put something before it."""

from __future__ import annotations

import re

from tree_sitter import Node

from model_export.mutations.core import Site
from model_export.mutations.pragmas import Clause, Pragma
from model_export.mutations.program import ParsedProgram
from reviewbot.fixes.edits import Edit

_BLOCKS = ("compound_statement", "translation_unit", "field_declaration_list", "declaration_list")


def site(program: ParsedProgram, at: Node | Pragma | int, name: str | None, *edits: Edit) -> Site:
    """A site at the line of a node, directive or offset."""
    offset = at.start_byte if isinstance(at, Node) else at.start if isinstance(at, Pragma) else at
    return Site(program.line(offset), name, edits)


def replace(node: Node, text: str) -> Edit:
    """Put a text in a node's place."""
    return Edit(node.start_byte, node.end_byte, text)


def remove(program: ParsedProgram, start: int, end: int) -> Edit:
    """Remove a stretch, with its whole lines where nothing else stands on them."""
    first = program.text.rfind("\n", 0, start) + 1
    last = program.text.find("\n", end)
    last = len(program.text) if last < 0 else last
    if program.text[first:start].strip() or program.text[end:last].strip():
        return Edit(start, end, "")
    return Edit(first, min(last + 1, len(program.text)), "")


def remove_pragma(program: ParsedProgram, pragma: Pragma) -> Edit:
    """Remove a directive's lines."""
    return remove(program, pragma.start, pragma.end)


def remove_statement(program: ParsedProgram, node: Node) -> Edit:
    """Remove a statement; where the syntax needs one, leave an empty one."""
    if is_listed(program, node):
        return remove(program, node.start_byte, node.end_byte)
    return replace(node, ";")


def is_listed(program: ParsedProgram, node: Node) -> bool:
    """Whether a statement stands in a list of statements, under no directive."""
    parent = node.parent
    return parent is not None and parent.type in _BLOCKS and not program.pragmas_of(node)


def before(program: ParsedProgram, node: Node, text: str) -> Edit:
    """Put lines before a statement that stands in a list (and before its directives)."""
    start, indent = program.outer_start(node), program.indent(node.start_byte)
    if not _opens_line(program, start):
        return Edit(start, start, f"{text}\n{indent}")
    start -= len(program.indent(start))
    return Edit(start, start, f"{indent}{text}\n")


def pragma_before(program: ParsedProgram, node: Node, text: str) -> Edit:
    """Put a directive right before a statement, at the margin where the program does so."""
    indent = program.indent(node.start_byte)
    own = program.pragma_indent(indent)
    if not _opens_line(program, node.start_byte):
        return Edit(node.start_byte, node.start_byte, f"\n{own}{text}\n{indent}")
    start = node.start_byte - len(indent)
    return Edit(start, start, f"{own}{text}\n")


def _opens_line(program: ParsedProgram, offset: int) -> bool:
    start = program.text.rfind("\n", 0, offset) + 1
    return not program.text[start:offset].strip()


def pragma_after(program: ParsedProgram, node: Node, text: str) -> Edit:
    """Put a directive that stands alone on the line after a statement."""
    indent = program.pragma_indent(program.indent(node.start_byte))
    return Edit(node.end_byte, node.end_byte, f"\n{indent}{text}")


def after(program: ParsedProgram, node: Node, text: str) -> Edit:
    """Put lines after a statement that stands in a list."""
    return Edit(node.end_byte, node.end_byte, "\n" + program.indent(node.start_byte) + text)


def braces(
    program: ParsedProgram, first: Node, last: Node, head: str = "", tail: str = ""
) -> tuple[Edit, ...]:
    """Put statements in a block of their own, one step further in, with lines around them."""
    indent = program.indent(first.start_byte)
    start, end = first.start_byte, last.end_byte
    lines = [head, indented(program, program.text[start:end]), tail]
    inner = "".join(f"\n{indent}{program.unit}{line}" for line in lines if line)
    return (Edit(start, end, f"{{{inner}\n{indent}}}"),)


def add_clause(pragma: Pragma, text: str) -> Edit:
    """Append a clause to a directive."""
    return Edit(pragma.end, pragma.end, " " + text)


def drop_clause(program: ParsedProgram, clause: Clause) -> Edit:
    """Remove a clause with the blank (or comma) before it."""
    start = clause.start
    while program.text[start - 1] in " \t,":
        start -= 1
    return Edit(start, clause.end, "")


def drop_item(program: ParsedProgram, clause: Clause, item: str) -> Edit:
    """Remove one variable from a clause, and the clause with its last variable."""
    rest = [other for other in clause.items if other != item]
    if not rest:
        return drop_clause(program, clause)
    modifier = f"{clause.modifier} : " if clause.modifier else ""
    return Edit(clause.start, clause.end, f"{clause.name}({modifier}{', '.join(rest)})")


def rename_pragma(pragma: Pragma, name: str) -> Edit:
    """Give a directive another name, its clauses kept."""
    return Edit(pragma.start, pragma.name_end, f"#pragma omp {name}".rstrip())


def add_include(program: ParsedProgram, header: str) -> tuple[Edit, ...]:
    """Include a header unless the program does."""
    if re.search(rf"#\s*include\s*<{re.escape(header)}>", program.text):
        return ()
    found = re.search(r"^[ \t]*#[ \t]*include[^\n]*\n", program.text, re.MULTILINE)
    place = found.end() if found else 0
    return (Edit(place, place, f"#include <{header}>\n"),)


def add_global(program: ParsedProgram, at: Node, text: str) -> Edit:
    """Put a declaration at file scope, before the outermost definition that holds a node."""
    outer = at
    while outer.parent is not None and outer.parent.parent is not None:
        outer = outer.parent
    start = program.outer_start(outer)
    return Edit(start, start, f"{text}\n\n")


# Names for what mutations add, by what they are for; the first is the one that examples show.
VOCABULARY = {
    "lock": "gate guard_mutex mtx_state access_lock table_lock m_shared latch_mu io_mutex big_lock",
    "holder": "hold lk guard lock scope_lock held keeper locked",
    "section": "update tally ledger totals merge_step publish bookkeeping flush_part commit_row",
    "scratch": "scratch tmp work cache_line row_buf staging temp_val last_item part cell",
    "seen": "seen current old_value snapshot before_val prev base_val known level was",
    "alias": "view cursor dst window alias_p base row_ptr out_p cell_ptr slot_p",
    "index": "order perm lookup idx_map pos_of route slot_of next_of where remap",
    "flag": "ready done_flag loaded is_set built primed filled warm have_it inited",
    "number": "k step_no pos cur it_no lane col row_no item_no q",
    "function": "apply_step process_part run_block handle_chunk do_work sweep stage_one body",
    "sink": "warmup checksum_in acc_pre header_sum preload primer scan_sum mixed",
}


def fresh(program: ParsedProgram, role: str) -> str:
    """A name for something new that the program does not use yet."""
    words = set(re.findall(r"[A-Za-z_]\w*", program.text))
    names = VOCABULARY[role].split()
    start = program.salt % len(names)
    turned = names[start:] + names[:start]
    numbered = (f"{turned[0]}{number}" for number in range(2, 1000))
    return next(name for name in (*turned, *numbered) if name not in words)


def indented(program: ParsedProgram, text: str) -> str:
    """The text one step further in, but for its first line."""
    return re.sub(r"\n(?=[^\n#])", "\n" + program.unit, text)
