"""OpenMP's mutual exclusion: critical sections and atomics, taken away, renamed, added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from model_export.mutations.clauses import atomic_form
from model_export.mutations.core import Effect, Mutation, Site
from model_export.mutations.ordering import named
from model_export.mutations.pragmas import Pragma
from model_export.mutations.program import ParsedProgram, Update
from model_export.mutations.rewrite import fresh, pragma_before, remove_pragma, rename_pragma, site
from model_export.mutations.syntax import within
from reviewbot.fixes.edits import Edit


def _written(program: ParsedProgram, pragma: Pragma) -> str | None:
    """What the governed statement writes first."""
    node = program.governed(pragma)
    if node is None:
        return None
    return next((u.object for u in program.updates if within(u.statement, node)), None)


def _update(program: ParsedProgram, pragma: Pragma) -> Update | None:
    """The update that is all of the governed statement."""
    node = program.governed(pragma)
    return next((u for u in program.updates if u.statement == node), None)


class RemoveCritical(Mutation):
    """A critical section loses its directive."""

    expects = Effect.MAY_RACE
    before = """int n;
void f(void) {
#pragma omp parallel
  {
#pragma omp critical
    n += 2;
  }
}
"""
    after = before.replace("#pragma omp critical\n", "")
    silent = after
    directive = "critical"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every such directive."""
        for pragma in named(program, self.directive):
            yield site(program, pragma, _written(program, pragma), remove_pragma(program, pragma))


class RemoveAtomic(RemoveCritical):
    """An update loses its atomicity."""

    before = RemoveCritical.before.replace("critical", "atomic")
    directive = "atomic"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every atomic directive."""
        yield from super().sites(program)


class RenameCritical(Mutation):
    """One critical section gets a name that the others do not have."""

    expects = Effect.MAY_RACE
    before = """int n;
void f(void) {
#pragma omp critical
  n++;
#pragma omp critical
  n--;
}
"""
    after = before.replace("critical", "critical(update)", 1)
    silent = RemoveCritical.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every critical section that shares its name with another."""
        count = Counter(_name(pragma) for pragma in named(program, "critical"))
        for pragma in named(program, "critical"):
            if count[_name(pragma)] > 1:
                told = fresh(program, "section")
                edit = Edit(pragma.start, _named_end(pragma), f"#pragma omp critical({told})")
                yield site(program, pragma, _written(program, pragma), edit)


def _name(pragma: Pragma) -> str:
    return pragma.clauses[0].arguments if pragma.clauses else ""


def _named_end(pragma: Pragma) -> int:
    return pragma.clauses[0].end if pragma.clauses else pragma.name_end


class RenameEveryCritical(Mutation):
    """All critical sections of one name get another: nothing changes."""

    expects = Effect.KEEPS_CLEAN
    before = RenameCritical.before
    after = before.replace("critical", "critical(update)")
    silent = RemoveCritical.after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every name, at its first section."""
        seen: set[str] = set()
        for first in named(program, "critical"):
            same = [p for p in named(program, "critical") if _name(p) == _name(first)]
            if _name(first) not in seen:
                seen.add(_name(first))
                told = f"#pragma omp critical({fresh(program, 'section')})"
                edits = (Edit(p.start, _named_end(p), told) for p in same)
                yield site(program, first, _written(program, first), *edits)


class OneNameForAll(Mutation):
    """Critical sections of several names all become unnamed, and so exclude one another."""

    expects = Effect.FIXES
    before = RenameCritical.after
    after = RenameCritical.before
    silent = RenameCritical.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """The whole program, if it names any."""
        every = [p for p in named(program, "critical") if _name(p)]
        if every:
            edits = (Edit(p.start, _named_end(p), "#pragma omp critical") for p in every)
            yield site(program, every[0], _written(program, every[0]), *edits)


class CriticalToAtomic(Mutation):
    """A critical section around one plain update becomes an atomic."""

    expects = Effect.KEEPS_CLEAN
    before = RemoveCritical.before
    after = before.replace("critical", "atomic")
    silent = RemoveCritical.after

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every critical section that governs an update of atomic form."""
        for pragma in named(program, "critical"):
            update = _update(program, pragma)
            if update and atomic_form(update):
                edit = Edit(pragma.start, pragma.end, "#pragma omp atomic")
                yield site(program, pragma, update.object, edit)


class AtomicToCritical(Mutation):
    """An atomic becomes a critical section."""

    expects = Effect.KEEPS_CLEAN
    before = CriticalToAtomic.after
    after = CriticalToAtomic.before
    silent = RemoveCritical.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every atomic."""
        for pragma in named(program, "atomic"):
            edit = Edit(pragma.start, pragma.end, "#pragma omp critical")
            yield site(program, pragma, _written(program, pragma), edit)


class AtomicReadThenWrite(Mutation):
    """An atomic update becomes an atomic read and an atomic write: updates can be lost between."""

    expects = Effect.KEEPS_CLEAN
    before = RemoveAtomic.before
    after = """int n;
void f(void) {
#pragma omp parallel
  {
    {
      __typeof__(n) seen;
#pragma omp atomic read
      seen = n;
#pragma omp atomic write
      n = seen + (2);
    }
  }
}
"""
    silent = RemoveCritical.before
    second = "#pragma omp atomic write\n"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every atomic `x op= e` or `x++`."""
        for pragma in named(program, "atomic"):
            update = _update(program, pragma)
            if update and atomic_form(update) and not pragma.clauses:
                node = update.statement
                text = self._block(program, update, program.indent(node.start_byte))
                yield site(program, pragma, update.object, Edit(pragma.start, node.end_byte, text))

    def _block(self, program: ParsedProgram, update: Update, indent: str) -> str:
        target, name = program.source(update.target), fresh(program, "seen")
        operator = update.operator[0]
        value = f"({program.source(update.value)})" if update.value is not None else "1"
        inner = indent + program.unit
        own = program.pragma_indent(inner)
        lead = indent if self._leads(program, update) else ""
        return (
            f"{lead}{{\n{inner}__typeof__({target}) {name};\n"
            f"{own}#pragma omp atomic read\n{inner}{name} = {target};\n"
            f"{own if self.second else ''}{self.second}"
            f"{inner}{target} = {name} {operator} {value};\n{indent}}}"
        )

    def _leads(self, program: ParsedProgram, update: Update) -> bool:
        """The directive stood at the margin: the block takes the statement's indentation."""
        pragma = program.pragmas_of(update.statement)[0]
        return program.indent(pragma.start) != program.indent(update.statement.start_byte)


class AtomicReadPlainWrite(AtomicReadThenWrite):
    """An atomic update becomes an atomic read and a plain write."""

    expects = Effect.MAY_RACE
    after = AtomicReadThenWrite.after.replace("#pragma omp atomic write\n", "")
    second = ""


class AddCritical(Mutation):
    """Every update of a shared variable is put into a critical section."""

    expects = Effect.FIXES
    before = RemoveCritical.after
    after = RemoveCritical.after.replace("    n += 2", "#pragma omp critical\n    n += 2")
    silent = RemoveCritical.before
    directive = "critical"

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """Every shared variable with an unprotected update in OpenMP code, at its first one."""
        for name, updates in bare_updates(program).items():
            if all(self._fits(program, update) for update in updates):
                line = f"#pragma omp {self.directive}"
                edits = (pragma_before(program, update.statement, line) for update in updates)
                yield site(program, updates[0].statement, name, *edits)

    def _fits(self, program: ParsedProgram, update: Update) -> bool:
        simd = any(pragma.has("simd") for pragma in program.enclosing(update.statement))
        return program.shared(update.target) and not simd  # no critical section in a simd loop


class AddAtomic(AddCritical):
    """Every update of a shared variable becomes atomic."""

    after = AddCritical.after.replace("critical", "atomic")
    directive = "atomic"

    def _fits(self, program: ParsedProgram, update: Update) -> bool:
        return atomic_form(update) and program.numeric(update.target)


class AddCriticalOnOnePath(AddCritical):
    """One update of a shared variable is put into a critical section, the others are not."""

    expects = Effect.MAY_RACE
    before = """int n;
void f(void) {
#pragma omp parallel
  {
    n += 2;
    n--;
  }
}
"""
    after = before.replace("    n += 2", "#pragma omp critical\n    n += 2")

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """The first of several unprotected updates."""
        for name, updates in bare_updates(program).items():
            if len(updates) > 1:
                edit = pragma_before(program, updates[0].statement, "#pragma omp critical")
                yield site(program, updates[0].statement, name, edit)


_PROTECTS = ("critical", "atomic", "ordered", "single", "master", "masked")


def bare_updates(program: ParsedProgram) -> dict[str, list[Update]]:
    """The unprotected updates of shared scalars in OpenMP code, by what they write."""
    found: dict[str, list[Update]] = {}
    for update in program.updates:
        around = list(program.enclosing(update.statement))
        if not any(set(p.name.split()) & {"parallel", "task", "taskloop"} for p in around):
            continue
        protected = any(set(p.name.split()) & set(_PROTECTS) for p in around)
        if protected or (update.target.type == "subscript_expression" and update.operator == "="):
            continue
        if program.shared(update.target) and not program.text[
            : update.statement.start_byte
        ].endswith("else "):
            found.setdefault(update.object, []).append(update)
    return found


class NameCritical(Mutation):
    """A lone unnamed critical section gets a name: nothing else uses either."""

    expects = Effect.KEEPS_CLEAN
    before = RemoveCritical.before
    after = before.replace("critical", "critical(update)")
    silent = RenameCritical.before

    def sites(self, program: ParsedProgram) -> Iterator[Site]:
        """The only critical section of a program."""
        every = list(named(program, "critical"))
        if len(every) == 1 and not _name(every[0]):
            name = fresh(program, "section")
            edit = rename_pragma(every[0], f"critical({name})")
            yield site(program, every[0], _written(program, every[0]), edit)
