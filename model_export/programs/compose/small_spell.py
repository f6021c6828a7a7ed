"""Spells loops, locks, atomics and threads of a small program in its API."""

from __future__ import annotations

import re
from collections.abc import Callable

from model_export.programs.compose.dialect import Dialect
from model_export.programs.compose.parts import Lines, indent
from model_export.programs.compose.small_style import SmallStyle

_CALL = re.compile(r"\$([A-Z]{2,})\(")


class Speller:
    """Replaces `$OP(...)` and directives of threads by what the API has for them."""

    def __init__(self, style: SmallStyle, *, single: bool = False) -> None:
        self.style = style
        rng = style.draw("spelling")
        self.step = rng.choice(("{0}++", "{0}++", "{0}++", "++{0}", "{0} += 1"))
        self.closed = rng.random() < 0.12  # `i <= n - 1`
        self.raii = style.cpp and rng.random() < 0.7
        self.guard = rng.choice(("std::lock_guard<std::mutex>", "std::scoped_lock"))
        # Threads are given the address of their number; but `@start` gives the number itself.
        self.numbered = rng.random() < 0.4 and not single
        self.array = rng.random() < 0.4  # C++: an array of threads, and no vector
        self.lambdas = rng.random() < 0.3
        self.dialect = Dialect("pthread" if style.api == "omp" else style.api, rng)
        self.builtin = rng.choice(("relaxed", "acq_rel", "seq_cst"))

    # --- operations ----------------------------------------

    def spelled(self, line: str) -> Lines:
        """The line with every operation spelled; an operation may need lines of its own."""
        while match := _CALL.search(line):
            end, arguments = _arguments(line, match.end())
            operation: Callable[..., str] = getattr(self, f"op_{match[1].lower()}")
            line = line[: match.start()] + operation(*arguments) + line[end:]
        return [line] if line.strip() else [""]

    def op_for(self, index: str, low: str, high: str) -> str:
        """A loop upwards."""
        limit = f"<= {high} - 1" if self.closed and "+" not in high else f"< {high}"
        return f"for (int {index} = {low}; {index} {limit}; {self.step.format(index)})"

    def op_down(self, index: str, high: str, low: str) -> str:
        """A loop downwards from below `high`."""
        first = f"{high[:-4]}" if high.endswith(" + 1") else f"{high} - 1"
        limit = f"> {low} - 1" if self.closed and low != "0" else f">= {low}"
        return f"for (int {index} = {first}; {index} {limit}; {index}--)"

    def op_enter(self, lock: str) -> str:
        """Takes a lock until `$LEAVE`."""
        if self.raii:
            return f"{{ {self.guard} hold({lock});"
        return self.dialect.acquire(lock, "mutex")

    def op_leave(self, lock: str) -> str:
        """Gives it back."""
        return "}" if self.raii else self.dialect.release(lock, "mutex")

    def op_add(self, place: str, value: str) -> str:
        """An atomic addition to an atomic object."""
        if self.style.cpp:
            return f"{place}.fetch_add({value})"
        return f"atomic_fetch_add(&{place}, {value})"

    def op_load(self, place: str) -> str:
        """An atomic read of an atomic object."""
        return f"{place}.load()" if self.style.cpp else f"atomic_load(&{place})"

    def op_store(self, place: str, value: str) -> str:
        """An atomic write to an atomic object."""
        return f"{place}.store({value})" if self.style.cpp else f"atomic_store(&{place}, {value})"

    def op_cas(self, place: str, old: str, new: str) -> str:
        """A compare-exchange on an atomic object."""
        if self.style.cpp:
            return f"{place}.compare_exchange_weak({old}, {new})"
        return f"atomic_compare_exchange_weak(&{place}, &{old}, {new})"

    def op_badd(self, place: str, value: str) -> str:
        """An atomic addition to a plain object."""
        return f"__atomic_fetch_add(&{place}, {value}, {self._order()})"

    def op_bload(self, place: str) -> str:
        """An atomic read of a plain object."""
        order = {"acq_rel": "acquire"}.get(self.builtin, self.builtin)
        return f"__atomic_load_n(&{place}, __ATOMIC_{order.upper()})"

    def op_bstore(self, place: str, value: str) -> str:
        """An atomic write to a plain object."""
        order = {"acq_rel": "release"}.get(self.builtin, self.builtin)
        return f"__atomic_store_n(&{place}, {value}, __ATOMIC_{order.upper()})"

    def op_bcas(self, place: str, old: str, new: str) -> str:
        """A compare-exchange on a plain object."""
        return (
            f"__atomic_compare_exchange_n(&{place}, &{old}, {new}, 1, "
            "__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)"
        )

    def op_meet(self, barrier: str) -> str:
        """Waits at a barrier."""
        if self.style.cpp:
            return f"{barrier}.arrive_and_wait();"
        return f"pthread_barrier_wait(&{barrier});"

    def _order(self) -> str:
        return f"__ATOMIC_{self.builtin.upper()}"

    # --- directives ----------------------------------------

    def directive(self, word: str, rest: str) -> Lines:
        """What a directive of threads adds where it stands."""
        made: Callable[..., Lines] = getattr(self, f"at_{word}")
        return made(*rest.split())

    def at_mutex(self, name: str, size: str = "") -> Lines:
        """A lock at file scope."""
        array = f"[{size}]" if size else ""
        if self.style.cpp:
            return [f"static std::mutex ${name}{array};"]
        kind = "mtx_t" if self.style.api == "c11" else "pthread_mutex_t"
        ready = kind == "pthread_mutex_t" and not size
        return [f"static {kind} ${name}{array}{' = PTHREAD_MUTEX_INITIALIZER' if ready else ''};"]

    def at_ready(self, name: str, size: str = "") -> Lines:
        """Initialises a lock, where that is needed."""
        if self.style.cpp or (self.style.api == "pthread" and not size):
            return []
        place = f"${name}[$i]" if size else f"${name}"
        made = self.dialect.lock_made(place, "mutex")
        return [f"$FOR($i, 0, {size})", *indent(made)] if size else made

    def at_atomic(self, name: str, base: str, size: str = "") -> Lines:
        """An atomic object at file scope."""
        kind = f"std::atomic<{base}>" if self.style.cpp else f"_Atomic {base}"
        return [f"static {kind} ${name}{f'[{size}]' if size else ''};"]

    def at_barrier(self, name: str) -> Lines:
        """A barrier of all threads of the team, at file scope."""
        if self.style.cpp:
            return [f"static std::barrier<> ${name}({self.style.count});"]
        return [f"static pthread_barrier_t ${name};"]

    def at_meeting(self, name: str) -> Lines:
        """Initialises a barrier, where that is needed."""
        if self.style.cpp:
            return []
        return [f"pthread_barrier_init(&${name}, NULL, {self.style.count});"]

    def at_spawn(self, worker: str, handles: str = "handles", fresh: str = "yes") -> Lines:
        """Starts a thread for each number."""
        head, entry, count = f"$FOR($i, 0, {self.style.count})", f"${worker}", self.style.count
        if self.style.cpp:
            call = f"{entry}($i)" if self.lambdas else f"{entry}, $i"
            given = f"[$i] {{ {call}; }}" if self.lambdas else call
            if self.array:
                opened = [f"std::thread ${handles}[{count}];"] if fresh == "yes" else []
                return [*opened, head, f"  ${handles}[$i] = std::thread({given});"]
            opened = [f"std::vector<std::thread> ${handles};"]
            opened = opened if fresh == "yes" else [f"${handles}.clear();"]
            return [*opened, head, f"  ${handles}.emplace_back({given});"]
        kind, call = (
            ("thrd_t", f"thrd_create(&${handles}[$i], {entry}, ")
            if self.style.api == "c11"
            else ("pthread_t", f"pthread_create(&${handles}[$i], NULL, {entry}, ")
        )
        opened = [f"{kind} ${handles}[{count}];"] if fresh == "yes" else []
        if not self.numbered:
            return [*opened, head, f"  {call}(void *)(intptr_t)$i);"]
        opened += ["int numbers[" + count + "];"] if fresh == "yes" else []
        return [*opened, f"{head} {{", "  numbers[$i] = $i;", f"  {call}&numbers[$i]);", "}"]

    def at_join(self, handles: str = "handles", first: str = "0", last: str = "") -> Lines:
        """Waits for each."""
        return [
            f"$FOR($i, {first}, {last or self.style.count})",
            *indent(self._joined(f"${handles}[$i]")),
        ]

    def at_start(self, worker: str, handle: str, number: str = "0") -> Lines:
        """Starts a single thread."""
        if self.style.cpp:
            return [f"std::thread ${handle}(${worker}, {number});"]
        if self.style.api == "c11":
            call = f"thrd_create(&${handle}, ${worker}, "
            return [f"thrd_t ${handle};", f"{call}(void *)(intptr_t){number});"]
        call = f"pthread_create(&${handle}, NULL, ${worker}, "
        return [f"pthread_t ${handle};", f"{call}(void *)(intptr_t){number});"]

    def at_await(self, handle: str) -> Lines:
        """Waits for a single thread."""
        return self._joined(f"${handle}")

    def _joined(self, handle: str) -> Lines:
        if self.style.cpp:
            return [f"{handle}.join();"]
        return [f"{'thrd' if self.style.api == 'c11' else 'pthread'}_join({handle}, NULL);"]

    # --- functions ----------------------------------------

    def worker(self, name: str, body: Lines) -> Lines:
        """The function that threads run; `$id` is their number."""
        used = any("$id" in line for line in body)
        if self.style.cpp:
            number = "int $id" if used else "int"
            return [f"static void ${name}({number}) {{", *indent(body), "}"]
        kind, done = (
            ("int ", "return 0;") if self.style.api == "c11" else ("void *", "return NULL;")
        )
        read = "(intptr_t)arg" if not self.numbered else "*(int *)arg"
        opened = [f"int $id = {read};"] if used else ["(void)arg;"]
        return [f"static {kind}${name}(void *arg) {{", *indent([*opened, *body, done]), "}"]

    def redirected(self) -> Lines:
        """What must follow the headers."""
        lines = self.dialect.headers() if self.style.api == "c11" else []
        return [line for line in lines if line.startswith("#pragma")]

    def footer(self) -> Lines:
        """What ends the file."""
        return self.dialect.footer() if self.style.api != "omp" else []


def _arguments(line: str, start: int) -> tuple[int, list[str]]:
    """Where a call ends, and its arguments; `start` follows its parenthesis."""
    depth, last = 1, start
    parts: Lines = []
    for at in range(start, len(line)):
        depth += (line[at] in "([") - (line[at] in ")]")
        if depth == 0:
            return at + 1, [part.strip() for part in (*parts, line[last:at])]
        if line[at] == "," and depth == 1:
            parts.append(line[last:at])
            last = at + 1
    raise ValueError(f"no end of the call in: {line}")
