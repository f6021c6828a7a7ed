"""What functions of the libraries do to what each of their arguments points to."""

from __future__ import annotations

import functools
import re

from tree_sitter import Node

from reviewbot.code.library import PURE
from reviewbot.code.parse import text_of
from reviewbot.code.words import words

_MODES = {"r": "read", "w": "write"}

# A letter for each argument: what it points to is read (r), written (w) or left alone (-).
_ANYWHERE = {
    "r": """puts fputs perror strlen strnlen wcslen atoi atol atoll atof fwrite strchr strrchr
    memchr accumulate find count""",
    "rr": """strcmp strncmp strcasecmp strncasecmp strcoll memcmp strstr strcasestr strpbrk strspn
    strcspn""",
    "rw": "strtol strtoul strtoll strtoull strtod strtof localtime_r gmtime_r",
    "-r": "write pwrite send sendto",
    "-w": "read pread recv recvfrom",
    "wr": "memcpy memmove strcpy strncpy strcat strncat strlcpy strlcat mempcpy stpcpy",
    "w": """memset bzero fgets fread time vsprintf vsnprintf fill fill_n iota sort stable_sort
    qsort qsort_r""",
    "wrw": "strtok_r",
}
# GLib's containers and strings do not lock; its GAsyncQueue does.
_OF_GLIB = {
    "w": """g_queue_push_head g_queue_push_tail g_queue_push_nth g_queue_pop_head g_queue_pop_tail
    g_queue_insert_sorted g_queue_insert_before g_queue_insert_after g_queue_remove g_queue_clear
    g_queue_remove_all g_queue_unlink g_queue_delete_link g_queue_sort g_queue_reverse
    g_hash_table_insert g_hash_table_replace g_hash_table_add g_hash_table_remove
    g_hash_table_remove_all g_hash_table_steal g_hash_table_steal_all g_tree_insert g_tree_replace
    g_tree_remove g_ptr_array_add g_ptr_array_insert g_ptr_array_remove g_ptr_array_remove_fast
    g_ptr_array_remove_index g_ptr_array_remove_index_fast g_ptr_array_set_size g_ptr_array_sort
    g_array_append_vals g_array_prepend_vals g_array_insert_vals g_array_remove_index
    g_array_remove_index_fast g_array_set_size g_array_sort g_byte_array_append g_sequence_append
    g_byte_array_set_size g_string_append g_string_append_c g_string_append_len g_string_assign
    g_string_append_printf g_string_prepend g_string_printf g_string_insert g_string_erase
    g_string_truncate g_string_set_size""",
    "r": """g_queue_peek_head g_queue_peek_tail g_queue_peek_nth g_queue_is_empty g_queue_find
    g_queue_get_length g_queue_index g_hash_table_lookup g_hash_table_contains g_hash_table_size
    g_hash_table_get_keys g_hash_table_get_values g_tree_lookup g_tree_nnodes""",
}
_IN_CPP = {
    "": "erase erase_if swap",  # a container, or a pointer, by reference
    "w": """reverse rotate shuffle random_shuffle partition stable_partition nth_element
    partial_sort unique remove_if replace replace_if generate generate_n make_heap push_heap
    pop_heap sort_heap inplace_merge next_permutation prev_permutation""",
    "w-w": "swap_ranges",
    "r-w": """copy copy_n copy_if partial_sum adjacent_difference inclusive_scan exclusive_scan
    copy_backward reverse_copy unique_copy remove_copy remove_copy_if replace_copy""",
    "r-r-w": "merge set_union set_intersection set_difference",
}
_TRANSFORMS = {4: "r-w-", 5: "r-rw-"}  # of one range, of two
# Where the format stands; and what those that print or read by it do to what goes before it.
_PRINTS = {"printf": "", "fprintf": "-", "dprintf": "-", "syslog": "-", "sprintf": "w"}
_PRINTS |= {"snprintf": "w-", "wprintf": "", "fwprintf": "-", "swprintf": "w-"}
_SCANS = {"scanf": "", "fscanf": "-", "sscanf": "r"}

# Of a struct, each of its fields.
WHOLE = frozenset(
    words(
        """memcpy memmove memset memcmp fwrite fread write read send recv sort stable_sort qsort
    qsort_r reverse rotate shuffle partition nth_element partial_sort unique remove_if copy
    copy_n copy_if fill fill_n"""
    )
)
# They answer with a place in what the first argument points to.
POINT_INTO = frozenset(words("strchr strrchr memchr strstr strcasestr strpbrk"))

_STRINGS = frozenset({"string_literal", "raw_string_literal"})
_CONVERSION = re.compile(
    r"%(?:%|[-+ #0']{0,5}(\*|\d{0,9})(?:\.(\*|-?\d{0,9}))?(?:hh|h|ll|l|[qjztL])?([A-Za-z]))"
)
_MACRO = re.compile(r"\"\s*PRI\w{1,12}\s*\"?")  # `"%" PRIu64 "\n"`: a number's conversion


def _by_name(table: dict[str, str]) -> dict[str, str]:
    return {name: letters for letters, names in table.items() for name in words(names)}


_KNOWN = dict.fromkeys(PURE, "") | _by_name(_ANYWHERE) | _by_name(_OF_GLIB)
_KNOWN_IN_CPP = _by_name(_IN_CPP)

# They set no number that they are given by its name or its address.
LEAVES_NUMBERS = frozenset(
    {name for name, how in _KNOWN.items() if "w" not in how} | _PRINTS.keys()
)
# They change a range that they may be given whole: `std::ranges::sort(v)`.
CHANGES_RANGE = frozenset(name for name, how in {**_KNOWN, **_KNOWN_IN_CPP}.items() if how == "w")


def effects_of(name: str, nodes: list[Node], *, cpp: bool) -> str | None:
    """A letter for each argument of a call of a library's function; None of any other's."""
    letters = _KNOWN.get(name)
    if letters is None and cpp:
        letters = _TRANSFORMS.get(len(nodes)) if name == "transform" else _KNOWN_IN_CPP.get(name)
    if letters is None:
        letters = _by_format(name, nodes)
    return letters.ljust(len(nodes), "-") if letters is not None else None


def done_to(argument: Node, index: int, effects: str | None) -> str:
    """How a call touches what an argument points to; of a function that nobody knows, a guess."""
    if effects is None:
        return "write" if argument.type == "pointer_expression" else "read"
    return _MODES.get(effects[index], "")


def _by_format(name: str, nodes: list[Node]) -> str | None:
    """What is done to each argument of a call that prints or reads by a format."""
    before, all_others = _PRINTS.get(name), "r"
    if before is None:
        before, all_others = _SCANS.get(name), "w"
    if before is None or len(nodes) <= len(before):
        return before
    node, rest = nodes[len(before)], len(nodes) - len(before) - 1
    told = None
    if all_others == "r" and rest and _is_told(node):
        told = _shown(text_of(node))
    return before + "r" + (told if told is not None else all_others * rest)


def _is_told(node: Node) -> bool:
    """Whether a format is a literal, in parts or with macros that name a number's conversion."""
    if node.type != "concatenated_string":
        return node.type in _STRINGS
    macros = [part for part in node.named_children if part.type == "identifier"]
    return all(text_of(part).startswith("PRI") for part in macros)


@functools.lru_cache(maxsize=1024)
def _shown(text: str) -> str | None:
    """What a format does to what each argument after it points to; None if it does not tell."""
    text = _MACRO.sub("d", text)
    if "$" in text:  # `%2$s`
        return None
    return "".join(map(_letters, _CONVERSION.finditer(text)))


def _letters(match: re.Match[str]) -> str:
    """The letters of one conversion, with those of a width and a precision that are given."""
    kind = match[3]
    if kind is None or kind == "m":  # a percent sign; the text of `errno`
        return ""
    given = "-" * ((match[1] == "*") + (match[2] == "*"))
    return given + {"s": "r", "S": "r", "n": "w"}.get(kind, "-")
