"""Calls that print, compare or send what their arguments point to read it."""

from __future__ import annotations

import pytest

from reviewbot.code.effects import _shown
from tests.code.checks import check_pairs, check_silent

C = """#include <pthread.h>
#include <stdio.h>
#include <string.h>
static char msg[64], other[64];
static char *at = msg;
static int n;
static void *fill(void *arg) { strcpy(msg, arg); return arg; }
static void *show(void *arg) { char own[8]; FILE *f = arg; int x; READ return arg; }
int main(void) {
  pthread_t w, r;
  pthread_create(&r, 0, show, 0);
  pthread_create(&w, 0, fill, "text");
  pthread_join(w, 0);
  pthread_join(r, 0);
}
"""
CPP = """#include <iostream>
#include <string>
#include <string_view>
#include <thread>
static char msg[64];
static char other[64];
int main() {
  std::thread w([] { std::strcpy(msg, "text"); });
  std::thread r([] { std::string from(other); READ });
  w.join();
  r.join();
}
"""


@pytest.mark.parametrize(
    "call",
    [
        "puts(msg);",
        'printf("%d %s\\n", n, msg);',
        'printf("%-*s|", 8, msg);',
        'fprintf(f, "%.3s", msg + 2);',
        "printf(own, n, msg);",
        "printf(msg);",
        'x = strcmp("a", msg);',
        "x = (int)strlen(msg);",
        "write(1, msg, sizeof msg);",
        "fwrite(msg, 1, 8, f);",
        'sscanf(msg, "%d", &x);',
        "strncpy(own, msg, 8);",
        "x = *strchr(msg, 'a');",
        "char *copy = strdup(msg);",
        'snprintf(own, 8, "%d " "%s", n, msg);',
    ],
)
def test_what_a_call_reads_races_with_who_writes_it(call: str) -> None:
    check_pairs(C.replace("READ", call), "msg[]", "modeA=write modeB=read viaB=call")
    check_silent(C.replace("READ", call.replace("msg", "other")), "msg[]")


@pytest.mark.parametrize(
    "call",
    [
        'printf("%p\\n", msg);',
        'puts("msg");',
        'printf("%d %s\\n", n, own);',
        'printf("%*d %s", x, n, own, msg);',
        'fprintf(f, "100%% %d", n);',
        'printf("%s" , n ? "a" : "b");',
    ],
)
def test_what_a_call_is_only_given_it_does_not_read(call: str) -> None:
    check_silent(C.replace("READ", call), "msg[]")


@pytest.mark.parametrize(
    "call",
    ["read(0, msg, 8);", 'sscanf(own, "%s", msg);', "recv(0, msg, 8, 0);", "fread(msg, 1, 8, f);"],
)
def test_what_a_call_fills_it_writes(call: str) -> None:
    check_pairs(C.replace("READ", call), "msg[]", "modeA=write modeB=write viaB=call")
    check_silent(C.replace("READ", call.replace("msg", "other")), "msg[]")


def test_of_a_record_that_is_written_out_each_field_is_read() -> None:
    record = C.replace("static int n;", "static struct { int a, b; } n;")
    record = record.replace("strcpy(msg, arg)", "n.b = 1")
    check_pairs(record.replace("READ", "fwrite(&n, sizeof n, 1, f);"), "n.b", "modeB=read")
    check_silent(record.replace("READ", 'printf("%d", n.a);'), "n.b")


@pytest.mark.parametrize(
    "use",
    [
        'std::cout << "got " << msg << "\\n";',
        "std::string s(msg);",
        "std::string s = msg;",
        "std::string s{msg};",
        "std::string_view s(msg);",
        "std::string_view s = msg;",
    ],
)
def test_text_that_becomes_a_string_or_goes_to_a_stream_is_read(use: str) -> None:
    check_pairs(CPP.replace("READ", use), "msg[]", "modeB=read viaB=call", path="a.cpp")
    check_silent(CPP.replace("READ", use.replace("msg", "other")), "msg[]", path="a.cpp")


def test_a_view_with_its_length_reads_nothing_yet() -> None:
    check_silent(CPP.replace("READ", "std::string_view s(msg, 4);"), "msg[]", path="a.cpp")


def test_the_end_of_a_range_is_not_in_it() -> None:
    text = CPP.replace("strcpy(msg", "fill(msg, msg + 4")
    check_silent(text.replace("READ", "std::fill(other, msg, 'a');"), "msg[]", path="a.cpp")
    check_pairs(
        text.replace("READ", "std::copy(other, other + 4, msg);"),
        "msg[]",
        "modeA=write modeB=write",
        path="a.cpp",
    )


@pytest.mark.parametrize(
    ("told", "letters"),
    [
        ('"%5.2f %s %%s %m"', "-r"),
        ('"%.*s%n"', "-rw"),
        ('"%" PRIu64 " %s"', "-r"),
        ('"%lu %hhd %#x %ls"', "---r"),
        ('"%2$s %1$d"', None),
    ],
)
def test_what_a_format_tells(told: str, letters: str | None) -> None:
    assert _shown(told) == letters
