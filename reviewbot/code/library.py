"""Functions of the standard libraries, by what they do to their arguments."""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.words import words

PURE = frozenset(
    words(
        """putchar exit abort free sqrt sqrtf fabs sin cos tan exp log pow
    floor ceil fmin fmax abs labs min max rand srand drand48 clock omp_get_wtime
    omp_get_num_threads omp_get_max_threads omp_set_num_threads omp_get_num_procs
    omp_in_parallel omp_init_lock omp_destroy_lock omp_set_dynamic omp_set_nested
    omp_init_nest_lock omp_destroy_nest_lock omp_get_team_size omp_get_level omp_get_num_teams
    pthread_mutex_init pthread_mutex_destroy pthread_cond_init pthread_cond_destroy
    pthread_barrier_init pthread_barrier_destroy pthread_spin_init pthread_spin_destroy
    pthread_rwlock_init pthread_rwlock_destroy pthread_attr_init pthread_key_create
    pthread_setspecific pthread_getspecific sem_init sem_destroy sem_open mtx_init mtx_destroy
    cnd_init cnd_destroy usleep sleep nanosleep sched_yield thrd_yield thrd_sleep pthread_yield
    this_thread sleep_for yield assert move
    forward ref cref get make_pair make_tuple static_cast size_t pthread_mutexattr_init
    pthread_mutexattr_settype pthread_self pthread_exit isalpha isdigit isspace toupper tolower
    hypot round lround fmod atan2 acos asin tanh log2 log10 cbrt fma to_string swap_ranges tie
    duration_cast now milliseconds microseconds seconds begin end cbegin cend size data distance
    next prev thrd_exit quick_exit"""
    )
)
# They give memory that nobody else has; an allocator of the project's may hand out what it keeps.
MAKERS = frozenset(words("malloc calloc realloc aligned_alloc make_unique make_shared"))
DUPLICATES = frozenset(words("strdup strndup xstrdup xstrndup g_strdup g_strndup"))
SIZES = frozenset({"omp_get_num_threads", "omp_get_max_threads", "omp_get_num_procs"})

FINDS = frozenset(
    words(
        """find find_if find_if_not lower_bound upper_bound max_element min_element partition
    remove remove_if unique adjacent_find search next prev"""
    )
)

_ALLOCATES = re.compile(
    r"^(malloc|calloc|realloc|aligned_alloc|strdup|k[mz]alloc|make_unique|make_shared|new)$|alloca?$"
)
# Allocators of projects; who may answer with what is there already gives nothing new.
_OWN_ALLOCATES = re.compile(
    r"(?:alloca?|_new)(?:z|0|ate)?(?:_(?:size|array|bytes|structs?|n|zero|(?:ptr)?type|context\d?))?$"
    r"|(?:str|mem)n?dup$|_create$|^new_"
)
_MAY_FIND = re.compile(
    r"(?i:(?:^|_)(?:find|get|lookup|search|ensure|intern|or|reuse|set|is|has)_)"
    r"|(?:^|[a-z])(?:[Ff]ind|[Gg]et|Lookup|Ensure|Or)[A-Z]"
)


@functools.lru_cache(maxsize=4096)
def allocates(name: str) -> bool:
    """Whether a function answers with memory that nobody else has, by its name."""
    # A macro's name is all in capitals: `LIB_NEW(type)`, `LIB_ALLOC_STRUCT(p)`.
    spelt = name.lower() if name.isupper() else name
    own = _OWN_ALLOCATES.search(spelt) is not None and not may_find(spelt)
    return own or _ALLOCATES.search(name) is not None


@functools.lru_cache(maxsize=4096)
def may_find(name: str) -> bool:
    """Whether a function may answer with what others have already: `get_or_create`."""
    return _MAY_FIND.search(name) is not None


def is_of_one(argument: Node, nodes: list[Node], known: bool) -> bool:
    """Whether a call is given one element: `&a[i]`, without a size or with that of one."""
    sizes = [node for node in nodes if node.type == "sizeof_expression"] if known else []
    if sizes:
        value = sizes[0].child_by_field_name("value")
        while value is not None and value.type == "parenthesized_expression":
            value = value.named_children[0] if value.named_children else None
        return value is None or value.type in ("pointer_expression", "subscript_expression")
    return argument.type == "pointer_expression" and not known
