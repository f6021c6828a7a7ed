"""What OpenMP patterns are made of: objects, loops, directives, values."""

from __future__ import annotations

import re

from model_export.programs.compose.omp_objects import Objects
from model_export.programs.compose.omp_parts import OmpParts, block, tab
from model_export.programs.compose.parts import Lines

# Clauses that a loop directive does not take.
_AS_THEY_GO = ("dynamic", "dynamic", "dynamic, 2", "guided")
_OF_REGION = ("shared", "num_threads", "if", "default", "copyin", "proc_bind")


class OmpMaker(Objects):
    """Draws the pieces of one pattern; the same generator gives the same pieces."""

    # --- values ----------------------------------------

    def value(self, index: str = "") -> str:
        """A number that depends on the index."""
        i = index or self.i
        return self.rng.choice(
            (i, f"{i} * 2", f"{i} + 1", f"({i} * 7) % 11", f"{i} % 5", f"3 * {i}")
        )

    def mixed(self, *terms: str) -> str:
        """An expression over the terms."""
        joined = f" {self.rng.choice('+++-')} ".join(terms)
        return self.rng.choice((joined, f"({joined}) / 2", f"{joined} + 1", f"2 * ({joined})"))

    def update(self, place: str, value: str = "1") -> str:
        """A statement that reads and writes the place."""
        return self.rng.choice((f"{place} += {value};", f"{place} = {place} + {value};"))

    def seen(self, item: str) -> str:
        """The statement by which a value enters the program's result."""
        return self.rng.choice((f"CHECK += (long){item};", f"CHECK += (long)({item});"))

    # --- loops and directives ----------------------------------------

    def loop(self, variable: str, low: str, high: str, body: Lines, *, fresh: bool = True) -> Lines:
        """A counting loop; `fresh`: it declares its variable."""
        kind = "int " if fresh else ""
        head = f"for ({kind}{variable} = {low}; {variable} < {high}; {self.step.format(variable)})"
        bare = len(body) == 1 and self.rng.random() < 0.5
        return [head, *tab(body)] if bare else block(head, body)

    def over(
        self,
        parts: OmpParts,
        low: str,
        high: str,
        body: Lines,
        *clauses: str,
        variable: str = "",
    ) -> Lines:
        """A loop divided among a new team."""
        i = variable or self.i
        if self.outside and f"int {i};" not in parts.local:
            parts.local.append(f"int {i};")
        if self.uneven and not any(
            clause.startswith(("schedule", "ordered")) for clause in clauses
        ):
            # Without much to do, one thread would have done all before the others are awake.
            body = [*self._delay(parts, i), *body]
            clauses = (*clauses, f"schedule({self.rng.choice(_AS_THEY_GO)})")
        return self.shared_out(self.loop(i, low, high, body, fresh=not self.outside), *clauses)

    def _delay(self, parts: OmpParts, index: str) -> Lines:
        value, steps = self.names.thing(), self.rng.choice((6000, 8000, 9000))
        body = [f"double {value} = v;", f"for (int t = 0; t < {steps}; t++)"]
        body += [f"  {value} = {value} * 0.5 + t;", f"return {value};"]
        name = self.helper(parts, "double", "int v", body)
        return [f"if ({name}({index}) < 0)", "  continue;"]

    def shared_out(self, loop: Lines, *clauses: str) -> Lines:
        """The loop divided among a new team, by one directive or by two."""
        every = [clause for clause in clauses if clause]
        if self.schedule and not any(c.startswith(("schedule", "ordered")) for c in every):
            every.append(f"schedule({self.schedule})")
        if self.style.threads and not any(c.startswith("num_threads") for c in every):
            every.append(f"num_threads({self.style.threads})")
        if not self.split:
            name = "parallel for simd" if self.simd and _is_plain(loop) else "parallel for"
            return [self.pragma(name, *every, self._listed(loop, every)), *loop]
        outer = [clause for clause in every if clause.split("(")[0] in _OF_REGION]
        inner = [clause for clause in every if clause not in outer]
        return self.team([self.pragma("for", *inner), *loop], *outer)

    def team(self, body: Lines, *clauses: str) -> Lines:
        """A parallel region."""
        every = [clause for clause in clauses if clause]
        if self.style.threads and not any(c.startswith("num_threads") for c in every):
            every.append(f"num_threads({self.style.threads})")
        return [self.pragma("parallel", *every, self._listed(body, every)), "{", *tab(body), "}"]

    def _listed(self, body: Lines, clauses: list[str]) -> str:
        """A clause that says what holds without it: the names are shared."""
        if self.listing != "shared" or not self.listable:
            known = any(clause.startswith("default") for clause in clauses)
            return "" if self.listing == "shared" or known else self.listing
        used = set(re.findall(r"\w+", " ".join(body)))
        told = set(re.findall(r"\w+", " ".join(clauses)))
        names = [name for name in self.listable if name in used - told]
        return f"shared({', '.join(names)})" if names else ""

    def pragma(self, directive: str, *clauses: str) -> str:
        """A directive with its clauses."""
        return " ".join(["#pragma omp", directive, *(clause for clause in clauses if clause)])

    def nowait(self) -> str:
        """No barrier at the end, or one that is not needed."""
        return self.rng.choice(("", "nowait"))

    def reduction(self, operator: str, item: str) -> str:
        """The clause that reduces the item."""
        return f"reduction({operator}{self.rng.choice((':', ' : ', ': '))}{item})"

    def critical(self, body: Lines, name: str = "") -> Lines:
        """The body in a critical section."""
        head = self.pragma(f"critical({name})" if name else "critical")
        bare = len(body) == 1 and self.rng.random() < 0.5
        return [head, *body] if bare else [head, "{", *tab(body), "}"]

    def atomic(self, statement: str, kind: str = "") -> Lines:
        """The statement made atomic."""
        return [self.pragma("atomic", kind), statement]

    def helper(self, parts: OmpParts, kind: str, parameters: str, body: Lines) -> str:
        """The name of a new function of the file."""
        name = self.names.deed()
        space = "" if kind.endswith("*") else " "
        parts.functions += [f"static {kind}{space}{name}({parameters}) {{", *tab(body), "}", ""]
        return name


def _is_plain(loop: Lines) -> bool:
    """Whether the loop has neither directives nor calls, so that it may be a simd loop too."""
    return not any("#pragma" in line or re.search(r"\w\w+\(", line[4:]) for line in loop)
