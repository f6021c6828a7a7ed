"""Which words of a C or C++ program are not its own: the language's, the libraries', OpenMP's."""

from __future__ import annotations

import re

from reviewbot.code.words import words

_LANGUAGE = words(
    """
    alignas alignof auto bool break case catch char class concept const consteval constexpr
    const_cast continue co_await co_return co_yield decltype default delete do double dynamic_cast
    else enum explicit extern false final float for friend goto if inline int long mutable namespace
    new noexcept nullptr operator override private protected public register reinterpret_cast
    requires restrict return short signed sizeof static static_assert static_cast struct switch
    template this thread_local throw true try typedef typename union unsigned using virtual void
    volatile wchar_t while asm _Alignas _Alignof _Atomic _Bool _Complex _Generic _Noreturn
    _Static_assert _Thread_local __thread __attribute__ __restrict define undef ifdef ifndef endif
    elif defined error pragma include main argc argv NULL EXIT_SUCCESS EXIT_FAILURE stdout stderr
    stdin size_t ssize_t ptrdiff_t intptr_t uintptr_t FILE
    """
)
_FUNCTIONS = words(
    """
    printf fprintf snprintf sprintf puts putchar fputs fwrite fread fopen fclose fflush scanf sscanf
    malloc calloc realloc free aligned_alloc memset memcpy memmove memcmp strlen strcmp strncmp
    strcpy strncpy strcat strchr strrchr strstr strdup strtok strtol strtoul strtod atoi atof abs
    labs fabs sqrt sqrtf pow exp expf log logf sin cos tan atan2 floor ceil fmin fmax fmod round
    rand srand rand_r drand48 qsort bsearch exit abort assert isalpha isdigit isspace tolower
    toupper time clock gettimeofday clock_gettime nanosleep usleep sleep perror errno timespec
    tv_sec tv_nsec INT_MAX INT_MIN LONG_MAX UINT_MAX DBL_MAX RAND_MAX CLOCK_MONOTONIC M_PI
    """
)
_OPENMP = words(
    """
    omp parallel for do sections section single master masked critical atomic barrier flush ordered
    task taskloop taskwait taskgroup taskyield simd target teams distribute threadprivate declare
    loop scan scope cancel cancellation point data enter exit update end workshare private
    firstprivate lastprivate shared default none reduction in_reduction task_reduction schedule
    static dynamic guided runtime auto monotonic nonmonotonic nowait collapse depend in out inout
    inoutset mutexinoutset sink source doacross map to from tofrom alloc release delete num_threads
    num_teams thread_limit dist_schedule final untied mergeable priority copyprivate copyin
    proc_bind close spread linear aligned safelen simdlen uniform inclusive exclusive capture read
    write compare seq_cst acquire relaxed acq_rel hint grainsize num_tasks nogroup detach filter
    device if inscan conditional affinity nontemporal use_device_ptr is_device_ptr has_device_addr
    once always
    """
)
# Directive words are no names of a program either: `static`, `in` and `data` are, outside of one.
_AMBIGUOUS = words(
    """
    do section single master masked barrier flush ordered task loop scan scope point data enter exit
    update end none dynamic guided runtime in out source sink map to from alloc priority close
    spread linear aligned uniform inclusive exclusive capture read write compare hint detach filter
    device conditional affinity once always critical atomic parallel target teams shared schedule
    release acquire
    """
)
WORDS = frozenset((*_LANGUAGE, *_FUNCTIONS, *(set(_OPENMP) - set(_AMBIGUOUS))))
DIRECTIVE_WORDS = frozenset((*_OPENMP, "pragma"))

_SYNC = (
    r"pthread_\w+|PTHREAD_\w+|omp_\w+|thrd_\w+|mtx_\w+|cnd_\w+|tss_\w+|call_once|once_flag"
    r"|ONCE_FLAG_INIT|atomic_\w+|ATOMIC_\w+|memory_order(?:_\w+)?|__atomic_\w+|__ATOMIC_\w+"
    r"|__sync_\w+|sem_(?:t|init|wait|post|trywait|timedwait|destroy|getvalue)|sched_yield"
    r"|recursive_mutex|shared_mutex|timed_mutex|shared_timed_mutex|recursive_timed_mutex"
    r"|lock_guard|unique_lock|scoped_lock|shared_lock|condition_variable(?:_any)?|jthread"
    r"|stop_token|stop_source|counting_semaphore|binary_semaphore|latch|packaged_task|this_thread"
    r"|_Atomic|_Thread_local|thread_local|__thread|volatile|execution"
)
# Of a library by their names alone. `mutex`, `thread`, `future` are so only after `std::`.
LIBRARY = re.compile(rf"{_SYNC}|u?int(?:_fast|_least)?(?:8|16|32|64|max)_t|std|PRI[dux]\w+")
# What begins, orders or protects.
SYNCHRONISES = re.compile(
    rf"{_SYNC}|mutex|thread|async|atomic|barrier|future|promise|lock|unlock|try_lock|lock_shared"
    r"|unlock_shared|try_lock_shared|join|detach|load|store|exchange|fetch_\w+|compare_exchange_\w+"
    r"|test_and_set|notify_one|notify_all|wait|wait_for|wait_until|arrive|arrive_and_wait"
    r"|arrive_and_drop|count_down|acquire|release|get|set_value|get_future|defer_lock|adopt_lock"
    r"|launch|memory_order"
)
# Members and std:: names that the standard library gives.
METHODS = frozenset(
    words(
        """
    size begin end data push_back emplace_back pop_back load store wait wait_for wait_until join
    get reset lock unlock try_lock lock_shared unlock_shared try_lock_shared value count find
    insert erase clear front back top pop push swap empty str c_str exchange fetch_add fetch_sub
    fetch_and fetch_or fetch_xor compare_exchange_weak compare_exchange_strong notify_one
    notify_all arrive arrive_and_wait arrive_and_drop count_down detach acquire release
    test_and_set test at length append resize reserve fill assign emplace joinable get_future
    set_value owns_lock request_stop stop_requested use_count substr first second
    vector string map unordered_map set unordered_set deque queue stack list array pair tuple
    function optional variant unique_ptr shared_ptr weak_ptr make_unique make_shared make_pair
    thread mutex async future promise shared_future atomic barrier launch move forward ref cref
    bind min max sort accumulate transform for_each iota copy swap ostringstream cout cerr endl
    to_string size_t uint32_t uint64_t int64_t chrono milliseconds microseconds nanoseconds seconds
    steady_clock now time_point duration par par_unseq seq reduce optional nullopt less greater
    hash numeric_limits runtime_error exception terminate abs sqrt sleep_for yield get_id
    hardware_concurrency invoke span string_view memory_order defer_lock adopt_lock
        """
    )
)
