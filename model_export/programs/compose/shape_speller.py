"""Spells threads whose shared state is global, of a record, of a class, or of one function."""

from __future__ import annotations

from model_export.programs.compose.parts import Lines, indent
from model_export.programs.compose.small_spell import Speller
from model_export.programs.compose.small_style import SmallStyle

# Where the shared state lives: at file scope, in a record that threads are given a pointer to, in
# an object whose methods the threads run, or in the function that starts the threads.
GLOBAL, RECORD, CLASS, LOCAL = "global", "record", "class", "local"
_C_SHAPES = (GLOBAL, GLOBAL, RECORD)
_CPP_SHAPES = (GLOBAL, RECORD, CLASS, CLASS, LOCAL, LOCAL)
_GUARDS = (
    "std::lock_guard<std::mutex>",
    "std::scoped_lock",
    "std::unique_lock<std::mutex>",
    "std::lock_guard",
)
# Names that only a shape has: they are drawn for every program, so that shapes shift no other.
NAMES = ("$holder", "$pool", "$job", "$jobs", "$ctx", "$solve", "$run", "$id", "$nt", "$f7", "$f8")


class ShapeSpeller(Speller):
    """A speller that knows the shape of its program, and weak orders where `relaxed` allows."""

    def __init__(self, style: SmallStyle, *, single: bool = False, relaxed: bool = False) -> None:
        super().__init__(style, single=single)
        rng = style.draw("shape")
        self.shape = rng.choice(_CPP_SHAPES if style.cpp else _C_SHAPES)
        self.guard = rng.choice(_GUARDS)
        self.inside = rng.random() < 0.4  # LOCAL: the threads' work stands where they start
        self.static = rng.random() < 0.5  # RECORD: the record is at file scope
        self.weak = relaxed and rng.random() < 0.5
        # GLOBAL: a helper that is given the function starts the threads, another waits for them.
        threads = self.shape == GLOBAL and style.api != "omp"
        self.launcher = rng.random() < 0.2 and threads and not single

    # --- operations ----------------------------------------

    def op_add(self, place: str, value: str) -> str:
        """An atomic addition to an atomic object."""
        return self._call("fetch_add", "atomic_fetch_add", place, value)

    def op_load(self, place: str) -> str:
        """An atomic read of an atomic object."""
        return self._call("load", "atomic_load", place)

    def op_store(self, place: str, value: str) -> str:
        """An atomic write to an atomic object."""
        return self._call("store", "atomic_store", place, value)

    def op_swap(self, place: str, value: str) -> str:
        """Writes an atomic object and gives what was there."""
        return self._call("exchange", "atomic_exchange", place, value)

    def op_cass(self, place: str, old: str, new: str) -> str:
        """A compare-exchange that fails only if the value differs."""
        if self.style.cpp:
            return f"{place}.compare_exchange_strong({old}, {new})"
        return f"atomic_compare_exchange_strong(&{place}, &{old}, {new})"

    def op_bswap(self, place: str, value: str) -> str:
        """Writes a plain object atomically and gives what was there."""
        return f"__atomic_exchange_n(&{place}, {value}, __ATOMIC_ACQ_REL)"

    def op_try(self, lock: str) -> str:
        """Takes a lock if nobody holds it: an expression."""
        return f"{lock}.try_lock()" if self.style.cpp else f"pthread_mutex_trylock(&{lock}) == 0"

    def op_free(self, lock: str) -> str:
        """Gives back a lock that was taken by trying."""
        return self.dialect.release(lock, "mutex")

    def _call(self, method: str, function: str, place: str, *values: str) -> str:
        if self.style.cpp:
            order = ("std::memory_order_relaxed",) if self.weak else ()
            return f"{place}.{method}({', '.join((*values, *order))})"
        explicit, order = ("_explicit", ("memory_order_relaxed",)) if self.weak else ("", ())
        return f"{function}{explicit}({', '.join((f'&{place}', *values, *order))})"

    # --- directives ----------------------------------------

    def at_mutex(self, name: str, size: str = "") -> Lines:
        """A lock, to be initialised by hand if it is of a record."""
        lines = super().at_mutex(name, size)
        return (
            [line.partition(" =")[0].rstrip(";") + ";" for line in lines] if self._bare else lines
        )

    def at_ready(self, name: str, size: str = "") -> Lines:
        """Initialises a lock, where that is needed."""
        if not self._bare or size:
            return super().at_ready(name, size)
        return self.dialect.lock_made(f"${name}", "mutex")

    @property
    def _bare(self) -> bool:
        return self.shape == RECORD and not self.style.cpp

    def at_spawn(self, worker: str, handles: str = "handles", fresh: str = "yes") -> Lines:
        """Starts a thread for each number."""
        if self.launcher:
            return [f"$f7(${worker});"]
        if self.shape == GLOBAL:
            return super().at_spawn(worker, handles, fresh)
        if not self.style.cpp:
            return self._spawned_with_job(worker, handles, fresh)
        count = self.style.count
        opened = [f"std::vector<std::thread> ${handles};"]
        opened = opened if fresh == "yes" else [f"${handles}.clear();"]
        if self.shape == LOCAL and self.inside and f"${worker}" in self.inlined:
            head = f"  ${handles}.emplace_back([&, $id = $i] {{"
            return [*opened, f"$FOR($i, 0, {count}) {{", head, f"@inline {worker}", "});", "}"]
        call = self._start(worker, "$i")
        return [*opened, f"$FOR($i, 0, {count})", f"  ${handles}.emplace_back({call});"]

    def at_join(self, handles: str = "handles", first: str = "0", last: str = "") -> Lines:
        """Waits for each."""
        if self.launcher and not last and first == "0":
            return ["$f8();"]
        return super().at_join(handles, first, last)

    def launchers(self) -> Lines:
        """The helpers that start threads and wait for them; nothing if main does so itself."""
        if not self.launcher:
            return []
        count, head = self.style.count, f"$FOR($i, 0, {self.style.count})"
        joined = super().at_join()
        if self.style.cpp:
            opened = [f"static std::thread $handles[{count}];"]
            given, start = "void (*entry)(int)", "$handles[$i] = std::thread(entry, $i);"
        else:
            c11 = self.style.api == "c11"
            opened = [f"static {'thrd_t' if c11 else 'pthread_t'} $handles[{count}];"]
            given = f"{'int ' if c11 else 'void *'}(*entry)(void *)"
            call = "thrd_create(&$handles[$i], " if c11 else "pthread_create(&$handles[$i], NULL, "
            value = "&numbers[$i]" if self.numbered else "(void *)(intptr_t)$i"
            start = f"{call}entry, {value});"
        numbers = self.numbered and not self.style.cpp
        opened += [f"static int numbers[{count}];"] if numbers else []
        body = [f"{head} {{", *(["  numbers[$i] = $i;"] if numbers else []), f"  {start}", "}"]
        void = "" if self.style.cpp else "void"
        lines = [*opened, "", f"static void $f7({given}) {{", *indent(body), "}", ""]
        lines += [f"static void $f8({void}) {{", *indent(joined), "}", ""]
        return [part for line in lines for part in self.spelled(line)]

    @property
    def inlined(self) -> frozenset[str]:
        """Workers that are started in one place only, and may stand there."""
        return frozenset({"$go"})

    def _spawned_with_job(self, worker: str, handles: str, fresh: str) -> Lines:
        c11, count = self.style.api == "c11", self.style.count
        call = "thrd_create" if c11 else "pthread_create"
        null = "" if c11 else "NULL, "
        opened = [f"{'thrd_t' if c11 else 'pthread_t'} ${handles}[{count}];"]
        opened += [f"struct $job $jobs[{count}];"]
        return [
            *(opened if fresh == "yes" else []),
            f"$FOR($i, 0, {count}) {{",
            *indent(["$jobs[$i].$id = $i;", "$jobs[$i].$ctx = &$pool;"]),
            f"  {call}(&${handles}[$i], {null}${worker}, &$jobs[$i]);",
            "}",
        ]

    def _start(self, worker: str, number: str) -> str:
        """What a thread of C++ is made from."""
        if self.shape == CLASS:
            if self.lambdas:
                taken = f"this, {number}" if number.startswith("$") else "this"
                return f"[{taken}] {{ ${worker}({number}); }}"
            return f"&$holder::${worker}, this, {number}"
        return f"${worker}, &$pool, {number}" if self.shape == RECORD else f"${worker}, {number}"

    def at_start(self, worker: str, handle: str, number: str = "0") -> Lines:
        """Starts a single thread."""
        if self.shape == GLOBAL:
            return super().at_start(worker, handle, number)
        if self.style.cpp:
            return [f"std::thread ${handle}({self._start(worker, number)});"]
        c11 = self.style.api == "c11"
        kind, call = ("thrd_t", "thrd_create") if c11 else ("pthread_t", "pthread_create")
        null, job = "" if c11 else "NULL, ", f"{handle}_job"
        made = [f"{kind} ${handle};", f"struct $job {job} = {{{number}, &$pool}};"]
        return [*made, f"{call}(&${handle}, {null}${worker}, &{job});"]

    # --- functions ----------------------------------------

    def worker(self, name: str, body: Lines) -> Lines:
        """The function that threads run."""
        used = any("$id" in line for line in body)
        if self.style.cpp:
            return self._cpp_worker(name, body, "int $id" if used else "int")
        if self.shape == GLOBAL:
            return super().worker(name, body)
        c11 = self.style.api == "c11"
        kind, done = ("int ", "return 0;") if c11 else ("void *", "return NULL;")
        opened = ["struct $job *$job = arg;", "struct $holder *$ctx = $job->$ctx;"]
        opened += ["int $id = $job->$id;"] if used else []
        return [f"static {kind}${name}(void *arg) {{", *indent([*opened, *body, done]), "}"]

    def _cpp_worker(self, name: str, body: Lines, number: str) -> Lines:
        match self.shape:
            case "local":
                return [f"auto ${name} = [&]({number}) {{", *indent(body), "};"]
            case "class":
                return [f"void ${name}({number}) {{", *indent(body), "}"]
            case "record":
                head = f"static void ${name}($holder *$ctx, {number}) {{"
                return [head, *indent(body), "}"]
            case _:
                return [f"static void ${name}({number}) {{", *indent(body), "}"]

    def function(self, name: str, kind: str, arguments: str, body: Lines) -> Lines:
        """A helper, which shares what the threads share."""
        given = arguments or ("" if self.style.cpp else "void")
        match self.shape:
            case "local":
                return [f"auto ${name} = [&]({arguments}) {{", *indent(body), "};"]
            case "class":
                return [f"{kind} ${name}({arguments}) {{", *indent(body), "}"]
            case "record":
                word = "" if self.style.cpp else "struct "
                given = f"{word}$holder *$ctx" + (f", {arguments}" if arguments else "")
                return [f"static {kind} ${name}({given}) {{", *indent(body), "}"]
            case _:
                return [f"static {kind} ${name}({given}) {{", *indent(body), "}"]
