"""Spells the work of a graph kernel as its choices say, for threads or for a team of OpenMP."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from model_export.programs.compose.graph_tables import HELD, OPERATIONS, PLAIN, TYPED
from model_export.programs.compose.graph_text import Kernel, Site
from model_export.programs.compose.parts import Lines

STRIPES = 8
_INDEX = re.compile(r"\$\w+\[(.*)\]")
# How the turns of a loop fall to threads. {v} is the turn, {n} their number, {k} tells the loop.
LOOPS: Mapping[str, str] = {
    "block": "for (int ${v} = $id * {n} / $nt; ${v} < ($id + 1) * {n} / $nt{more}; ${v}++) {{",
    "named": "const int $lo{k} = $id * {n} / $nt, $hi{k} = ($id + 1) * {n} / $nt{more};\n"
    "for (int ${v} = $lo{k}; ${v} < $hi{k}; ${v}++) {{",
    "cyclic": "for (int ${v} = $id; ${v} < {n}; ${v} += $nt{less}) {{",
    "rest": "const int $lo{k} = $id * (({n}) / $nt);\n"
    "const int $hi{k} = $id == $nt - 1 ? {n} : $lo{k} + ({n}) / $nt{more};\n"
    "for (int ${v} = $lo{k}; ${v} < $hi{k}; ${v}++) {{",
    "down": "for (int ${v} = ($id + 1) * {n} / $nt - 1{more}; ${v} >= $id * {n} / $nt; ${v}--) {{",
}
LOOPS_BY_TEST: Mapping[str, str] = {
    "ceiling": "const int $per{k} = ({n} + $nt - 1) / $nt, $lo{k} = $id * $per{k};\n"
    "const int $hi{k} = $lo{k} + $per{k} < {n} ? $lo{k} + $per{k}{more} : {n};\n"
    "for (int ${v} = $lo{k}; ${v} < $hi{k}; ${v}++) {{",
    "filter": "for (int ${v} = 0; ${v} < {n}; ${v}++) {{\n"
    "if (${v} / 8 % $nt {test} $id)\ncontinue;",
}
# The number under which a thread keeps what is its own.
SLOTS: Mapping[str, str] = {
    "id": "$id",
    "half": "$id / 2",
    "before": "$id > 0 ? $id - 1 : 0",
    "pair": "$id - $id % 2",
}
_DRAWN = "for (;;) {{\n{take}\nif (${v} >= {n})\nbreak;"
_TESTED = "while ($cursor{k} < {n}) {{\n{take}\nif (${v} >= {n})\nbreak;"
_FOR = "#pragma omp for{schedule}{nowait}\nfor (int ${v} = 0; ${v} < {n}; ${v}++) {{"
SCHEDULES = ("", "", " schedule(static)", " schedule(static, 1)", " schedule(dynamic, 4)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """A kernel's lines by section, before `small_write` spells them."""

    top: Lines
    ready: Lines  # what main must initialise
    work: Lines


@dataclass(slots=True)
class Expander:
    """Expands one kernel; `choices` says the form of each site and the protection of each state."""

    kernel: Kernel
    omp: bool
    choices: Mapping[str, str]

    def expanded(self) -> Expansion:
        """The lines of all parts."""
        work = ["$MEET($gate)"] if self.choices["start"] == "together" else []
        work += [line for item in self.kernel.work for line in self._lines(item)]
        text = "\n".join(work)
        return Expansion(top=self._top(text), ready=self._ready(text), work=work)

    # --- work ----------------------------------------

    def _lines(self, item: str | Site) -> Lines:
        if isinstance(item, str):
            return ["}"] if item == "~end" else [item]
        if item.kind == "each":
            return self._each(item)
        if item.kind == "phase":
            return self._phase(item)
        if item.kind == "slot":
            return [f"const int {item.name} = {SLOTS[self.choices[item.key]]};"]
        mode = self.choices[item.state]
        lock, other = self._locks(item)
        return self._spelled(item, mode, self.choices[item.key], lock, other)

    def _spelled(self, site: Site, mode: str, form: str, lock: str, other: str) -> Lines:
        kind = HELD if mode in (HELD, "striped") else mode
        spelling = OPERATIONS[site.kind][kind]
        text = {**spelling.clean, **spelling.racy}.get(form) or next(iter(spelling.clean.values()))
        base = site.base or self.kernel.states[site.state][0]
        filled = text.format(p=site.place, e=site.value, v=site.name, T=base)
        lines = _plainer(filled, base, site.value).split("\n")
        return [line for part in lines for line in self._marked(part, lock, other)]

    def _marked(self, line: str, lock: str, other: str) -> Lines:
        match line:
            case "<":
                return self._entered(lock)
            case ">":
                return [self._left(lock)]
            case "[":
                return self._entered(other)
            case "]":
                return [self._left(other)]
            case _:
                return [line]

    def _entered(self, lock: str) -> Lines:
        if not self.omp:
            return [f"$ENTER({lock})"]
        if self._by_call(lock):
            return [f"omp_set_lock(&{lock});"]
        named = "" if lock == "$lock" and self.choices["critical"] == "bare" else f"({lock})"
        return [f"#pragma omp critical{named}", "{"]

    def _left(self, lock: str) -> str:
        if not self.omp:
            return f"$LEAVE({lock})"
        return f"omp_unset_lock(&{lock});" if self._by_call(lock) else "}"

    def _by_call(self, lock: str) -> bool:
        return "[" in lock or self.choices["critical"] == "call"

    def _locks(self, site: Site) -> tuple[str, str]:
        """The lock of a site's state, and another."""
        if self.choices[site.state] == "striped":
            index = _INDEX.fullmatch(site.place)
            chosen = "$id" if self.choices[site.key] == "stripe" else index[1] if index else "0"
            place = chosen if re.fullmatch(r"[\w$]+|.*\]", chosen) else f"({chosen})"
            return f"$locks[{place} % {STRIPES}]", f"$locks[({chosen} + 1) % {STRIPES}]"
        number = list(self.kernel.states).index(site.state) if self.choices["locks"] == "own" else 0
        return f"$lock{number + 1 if number else ''}", "$lock9"

    # --- loops and phases ----------------------------------------

    def _each(self, site: Site) -> Lines:
        form = self.choices[site.key]
        number = [item.key for item in self.kernel.sites].index(site.key)
        holes = {"v": site.name, "n": site.bound, "k": number or "", "more": "", "less": ""}
        if form.startswith("for"):
            schedule = SCHEDULES[int(form.partition(":")[2] or 0)]
            nowait = " nowait" if self._without_wait(site) else ""
            return _FOR.format(schedule=schedule, nowait=nowait, **holes).split("\n")
        if form.startswith("drawn"):
            return self._drawn(site, holes, form)
        loop, _, slip = form.partition(":")
        holes["more"] = {"border": " + ($id + 1 < $nt)", "overlap": " + 1 - ($id + 1 == $nt)"}.get(
            slip, ""
        )
        holes["less"] = " - 1" if slip == "stride" else ""
        holes["test"] = ">" if slip == "wide" else "!="
        return {**LOOPS, **LOOPS_BY_TEST}[loop].format(**holes).split("\n")

    def _drawn(self, site: Site, holes: Mapping[str, object], form: str) -> Lines:
        _, mode, slip = (*form.split(":"), "")[:3]
        name = f"cursor{holes['k']}"
        taken = Site(key=site.key, kind="take", place=f"${name}", name=f"${site.name}", base="int")
        tested, slip = slip == "tested", "" if slip == "tested" else slip
        take = "\n".join(self._spelled(taken, mode, slip, "$lock8", "$lock9"))
        shape = _TESTED if tested else _DRAWN
        lines = shape.replace("{take}", "{{take}}").format(**holes).split("\n")
        return [
            part for line in lines for part in (take.split("\n") if line == "{take}" else [line])
        ]

    def _without_wait(self, site: Site) -> bool:
        later = self.kernel.sites[self.kernel.sites.index(site) + 1 :]
        following = next((item for item in later if item.kind in ("phase", "each")), None)
        if following is None or following.kind == "each":
            return False
        return self.choices[following.key] in ("barrier", "none")

    def _phase(self, site: Site) -> Lines:
        match self.choices[site.key]:
            case "barrier":
                return ["#pragma omp barrier"] if self.omp else ["$MEET($gate)"]
            case _:  # implied by the loop before it, or left out
                return []

    # --- declarations ----------------------------------------

    def _top(self, work: str) -> Lines:
        lines = [self._state(name) for name in self.kernel.states]
        lines += [self._cursor(site) for site in self.kernel.sites if self._is_drawn(site)]
        for name in dict.fromkeys(re.findall(r"\$(lock\d?)\b", work)):
            if not self.omp:
                lines.append(f"@mutex {name}")
            elif self._by_call(f"${name}"):
                lines.append(f"static omp_lock_t ${name};")
        if "$locks[" in work:
            striped = f"static omp_lock_t $locks[{STRIPES}];"
            lines.append(striped if self.omp else f"@mutex locks {STRIPES}")
        if "$MEET" in work:
            lines.append("@barrier gate")
        return lines

    def _state(self, name: str) -> str:
        base, size = self.kernel.states[name]
        if self.choices[name] == TYPED:
            return f"@atomic {name} {base} {size}".rstrip()
        return f"@shared {name}{f'[{size}]' if size else ''} {base}"

    def _is_drawn(self, site: Site) -> bool:
        return site.kind == "each" and self.choices[site.key].startswith("drawn")

    def _cursor(self, site: Site) -> str:
        number = [item.key for item in self.kernel.sites].index(site.key)
        name = f"cursor{number or ''}"
        typed = self.choices[site.key].startswith(f"drawn:{TYPED}")
        return f"@atomic {name} int" if typed else f"@shared {name} int"

    def _ready(self, work: str) -> Lines:
        names = list(dict.fromkeys(re.findall(r"\$(lock\d?)\b", work)))
        striped = "$locks[" in work
        if self.omp:
            calls = [f"omp_init_lock(&${name});" for name in names if self._by_call(f"${name}")]
            many = ["$FOR($i, 0, 8)", "  omp_init_lock(&$locks[$i]);"] if striped else []
            return [*calls, *many]
        lines = [f"@ready {name}" for name in names]
        lines += [f"@ready locks {STRIPES}"] if striped else []
        return [*lines, *(["@meeting gate"] if "$MEET" in work else [])]


def _plainer(text: str, base: str, value: str) -> str:
    """The text without a name for what has one, and without a block that declares nothing."""
    if re.fullmatch(r"\$\w+|\d+", value):
        text = text.replace(f"const {base} $cand = {value};\n", "").replace("$cand", value)
    declares = "$cand = " in text or "$was = " in text or "$was;" in text
    if text.startswith("{\n") and text.endswith("\n}") and not declares:
        return text[2:-2]
    return text


def link_of(mode: str) -> str:
    """The link of the causal chain that a protection breaks."""
    if mode in (HELD, "striped", "pragma"):
        return "unprotected"
    return "same-location" if mode == PLAIN else "conflicting"
