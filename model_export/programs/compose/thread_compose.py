"""Composes thread programs: a structure by seed, in variants that differ by one pattern."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterator, Mapping

from model_export.programs.compose.dialect import Dialect
from model_export.programs.compose.maker import Maker
from model_export.programs.compose.names import Names
from model_export.programs.compose.parts import RACY, Lines, Parts, indent, loop
from model_export.programs.compose.small_compose import compose_small, is_small
from model_export.programs.compose.thread_patterns import PATTERNS
from model_export.programs.sample import Program

APIS = ("pthread", "pthread", "c11", "cxx")


def compose_threads(seed: int, count: int) -> tuple[Program, ...]:
    """`count` distinct programs of the structure that the seed draws, half of them racy."""
    if is_small("threads", seed):
        return compose_small("threads", seed, count)
    structure = random.Random(f"threads/{seed}")  # noqa: S311 - no secret
    chosen = structure.sample(sorted(PATTERNS), structure.choice((1, 1, 2, 2, 3, 4)))
    programs: dict[str, Program] = {}
    for choices, varied in _choices(structure, chosen, count):
        program = _program(seed, choices, varied)
        racy = sum(other.expected == RACY for other in programs.values())
        if program.expected == RACY and racy > len(programs) - racy:
            continue  # as many racy as clean: few clean variants must not drown
        programs.setdefault(program.id, program)
        if len(programs) == count:
            break
    return tuple(programs.values())


def _choices(
    rng: random.Random, chosen: list[str], count: int
) -> Iterator[tuple[dict[str, str], str]]:
    """Variants of each pattern: a clean program, then one with a single racy pattern, and so on."""
    for _ in range(count * 3):
        base = {name: rng.choice(PATTERNS[name][1]) for name in chosen}
        varied = rng.choice(chosen)
        yield base, varied
        racy = base | {varied: rng.choice(PATTERNS[varied][2])}
        if len(chosen) > 1 and rng.random() < 0.2:
            second = rng.choice([name for name in chosen if name != varied])
            racy[second] = rng.choice(PATTERNS[second][2])
        yield racy, varied


def _program(seed: int, choices: Mapping[str, str], varied: str) -> Program:
    # Everything but the variants is drawn anew from the same seed, so that twins are near-equal.
    rng = random.Random(f"program/{seed}")  # noqa: S311 - no secret
    dialect = Dialect(rng.choice(APIS), rng)
    names = Names(rng)
    threads = rng.choice((2, 2, 3, 4))
    given = rng.random() < 0.5
    make = Maker(rng, names, dialect, threads, given)
    layout = _Layout(make)
    parts = Parts()
    for name in choices:
        # A generator for each pattern: one variant draws more than another and must not shift all.
        make.rng = random.Random(f"{seed}/{name}")  # noqa: S311 - no secret
        dialect.rng = make.rng
        _join(parts, PATTERNS[name][0](make, choices[name]))
    make.rng = dialect.rng = random.Random(f"layout/{seed}")  # noqa: S311 - no secret
    source = "\n".join(layout.lines(parts)) + "\n"
    rest = {name: value for name, value in choices.items() if name != varied}
    return Program(
        id=_digest(source),
        family=f"threads_composed_{seed}",
        domain="composed",
        language=dialect.language,
        source=source,
        choices=dict(choices),
        effects=dict(parts.effects),
        slot_lines={},
        expected=RACY if RACY in parts.effects.values() else "clean",
        twin_group=_digest(json.dumps([seed, varied, rest], sort_keys=True)),
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _join(whole: Parts, part: Parts) -> None:
    for name in (
        "top",
        "members",
        "functions",
        "before",
        "many",
        "single",
        "other",
        "during",
        "partly",
        "after",
    ):
        getattr(whole, name).extend(getattr(part, name))
    whole.effects.update(part.effects)


class _Layout:
    """Puts the parts of a program into its order, in one house style."""

    def __init__(self, make: Maker) -> None:
        rng, self.make, self.d = make.rng, make, make.d
        self.shared_type = make.names.holder()
        self.entries = {name: make.names.entry() for name in ("many", "single", "other")}
        self.local_shared = rng.random() < 0.4
        self.wide = rng.random() < 0.3
        self.separate_run = rng.random() < 0.3
        self.nested_create = rng.random() < 0.12
        self.join_other_first = rng.random() < 0.3
        self.lambda_workers = self.d.cpp and rng.random() < 0.4
        self.noise = rng.random() < 0.4

    def lines(self, parts: Parts) -> Lines:
        """The whole program."""
        used = [name for name in ("many", "other", "single") if getattr(parts, name)]
        if not used:
            parts.many = ["kept += id;"]
            used = ["many"]
        text = [*self.d.headers(), "", *self._types(parts), *parts.top, ""]
        text += parts.functions
        for name in used:
            text += [*self._entry(name, getattr(parts, name), used), ""]
        text += self._main(parts, used)
        if self.wide:
            text = [
                "    " * ((len(line) - len(line.lstrip())) // 2) + line.lstrip() for line in text
            ]
        return [line.replace("SHARED", self.shared_type) for line in text]

    def _types(self, parts: Parts) -> Lines:
        if not self.make.given:
            return []
        members = parts.members or ["int spare;"]
        shared = ["struct SHARED {", *indent(members), "};", ""]
        package = ["struct package {", "  int id;", "  struct SHARED *s;", "};", ""]
        static = [] if self.local_shared else ["static struct SHARED shared;", ""]
        return [*shared, *package, *static]

    # --- thread functions ----------------------------------------

    def _entry(self, name: str, body: Lines, used: list[str]) -> Lines:
        body = [
            "long kept = 0;",
            *(self._noise() if self.noise else []),
            *body,
            "(void)kept;",
            "(void)id;",
        ]
        if self.nested_create and name == "single" and "other" in used:
            body = [*self._create("other", "helper", "0"), *body, *self._join("helper")]
        given = self.make.given
        if self.d.cpp:
            shared = "struct SHARED *s, " if given else ""
            return [f"static void {self.entries[name]}({shared}int id) {{", *indent(body), "}"]
        kind, done = ("int", "return 0;") if self.d.api == "c11" else ("void *", "return NULL;")
        opened = (
            [
                "struct package *given = (struct package *)arg;",
                "struct SHARED *s = given->s;",
                "int id = given->id;",
                "(void)s;",
            ]
            if given
            else ["int id = (int)(intptr_t)arg;"]
        )
        space = "" if kind.endswith("*") else " "
        return [
            f"static {kind}{space}{self.entries[name]}(void *arg) {{",
            *indent([*opened, *body, done]),
            "}",
        ]

    def _noise(self) -> Lines:
        name = self.make.names.thing()
        return [
            f"int {name} = id * 3;",
            "for (int i = 0; i < 10; i++)",
            f"  {name} ^= i;",
            f"kept += {name};",
        ]

    # --- main ----------------------------------------

    def _main(self, parts: Parts, used: list[str]) -> Lines:
        count = str(self.make.threads)
        body: Lines = ["long kept = 0;"]
        if self.make.given and self.local_shared:
            body += ["struct SHARED shared" + ("{};" if self.d.cpp else ";")]
            body += [] if self.d.cpp else ["memset(&shared, 0, sizeof shared);"]
        body += parts.before
        alone = [
            name
            for name in used
            if name != "many" and not (name == "other" and self.nested_create and "single" in used)
        ]
        if "many" in used:
            body += self._many_created(count)
        for name in alone:
            body += self._create(name, f"t_{name}", "1")
        body += parts.during
        joined = [line for name in alone for line in self._join(f"t_{name}")]
        if "many" in used and parts.partly:
            body += [*loop("i", str(self.make.threads - 1), self._join("team[i]")), *parts.partly]
            body += self._join(f"team[{self.make.threads - 1}]")
        elif "many" in used:
            team = loop("i", count, self._join("team[i]"))
            if self.d.cpp and self.make.rng.random() < 0.5:
                team = ["for (auto &t : team)", "  t.join();"]
            body += team
        body += [*joined, *parts.after, 'printf("%ld\\n", kept);', "return 0;"]
        if self.separate_run:
            run = ["static int run_all(void) {", *indent(body), "}", ""]
            return [*run, "int main(void) {", "  return run_all();", "}", *self.d.footer()]
        return ["int main(void) {", *indent(body), "}", *self.d.footer()]

    def _many_created(self, count: str) -> Lines:
        entry = self.entries["many"]
        given = self.make.given
        if self.d.cpp:
            arguments = "&shared, i" if given else "i"
            if self.lambda_workers:
                inner = [f"team.emplace_back([&, i] {{ {entry}({arguments}); }});"]
            else:
                inner = [f"team.emplace_back({entry}, {arguments});"]
            return ["std::vector<std::thread> team;", *loop("i", count, inner)]
        kind = "pthread_t" if self.d.api == "pthread" else "thrd_t"
        lines = [f"{kind} team[{count}];"]
        if given:
            lines += [f"struct package packages[{count}];"]
            setup = ["packages[i].id = i;", "packages[i].s = &shared;"]
            return [
                *lines,
                *loop("i", count, [*setup, self._start("&team[i]", entry, "&packages[i]")]),
            ]
        return [*lines, *loop("i", count, [self._start("&team[i]", entry, "(void *)(intptr_t)i")])]

    def _start(self, handle: str, entry: str, argument: str) -> str:
        if self.d.api == "c11":
            return f"thrd_create({handle}, {entry}, {argument});"
        return f"pthread_create({handle}, NULL, {entry}, {argument});"

    def _create(self, name: str, handle: str, number: str) -> Lines:
        entry, given = self.entries[name], self.make.given
        inside = handle == "helper"  # created by a thread function, which knows `s`
        shared = "s" if inside else "&shared"
        if self.d.cpp:
            return [f"std::thread {handle}({entry}, {f'{shared}, ' if given else ''}{number});"]
        kind = "pthread_t" if self.d.api == "pthread" else "thrd_t"
        lines = [f"{kind} {handle};"]
        if given:
            lines.append(f"struct package {handle}_package = {{{number}, {shared}}};")
            return [*lines, self._start(f"&{handle}", entry, f"&{handle}_package")]
        return [*lines, self._start(f"&{handle}", entry, f"(void *)(intptr_t){number}")]

    def _join(self, handle: str) -> Lines:
        if self.d.cpp:
            return [f"{handle}.join();"]
        return [f"{'thrd' if self.d.api == 'c11' else 'pthread'}_join({handle}, NULL);"]
