"""Two calls of a generator give two numbers: one's lock says nothing of the other's element."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

C = """#include <pthread.h>
#include <stdlib.h>
pthread_mutex_t keys[8];
long cells[8];
int next_slot(void);
int size_of_all(void);
int hash_of(int value);
static unsigned step(unsigned *state) { *state ^= *state << 13; return *state % 8; }
static int bucket(int v) { int h = 7; for (int i = 0; i < 3; i++) h = h * 31 + v; return h & 7; }

void *work(void *arg) {
  unsigned seed = 3;
  int k = *(int *)arg;
  int i = FIRST;
  int j = SECOND;
  pthread_mutex_lock(&keys[i]);
  cells[j]++;
  pthread_mutex_unlock(&keys[i]);
  return NULL;
}

int main(void) {
  pthread_t a, b;
  int one = 1, two = 2;
  pthread_create(&a, NULL, work, &one);
  pthread_create(&b, NULL, work, &two);
  pthread_join(a, NULL);
  pthread_join(b, NULL);
  return 0;
}
"""


def _c(first: str, second: str) -> str:
    return C.replace("FIRST", first).replace("SECOND", second)


@pytest.mark.parametrize(
    "call", ["rand() % 8", "rand_r(&seed) % 8", "(int)(random() & 7)", "next_slot()", "step(&seed)"]
)
def test_a_generators_calls_give_two_numbers(call: str) -> None:
    check_pairs(_c(call, call), "cells[]", "stripeA=apart stripeB=apart")
    check_silent(_c(call, call), "cells[]", "stripeA=same")
    check_pairs(_c(call, "i"), "cells[]", "stripeA=same stripeB=same common=striped")


@pytest.mark.parametrize("call", ["hash_of(k)", "hash_of(k) % 8", "bucket(k)", "size_of_all()"])
def test_what_arguments_tell_is_one_number(call: str) -> None:
    check_pairs(_c(call, call), "cells[]", "stripeA=same stripeB=same common=striped")
    check_silent(_c(call, call), "cells[]", "stripeA=apart")


CPP = """#include <mutex>
#include <random>
#include <thread>
struct Rng { unsigned s = 4; int next() { s = s * 5 + 1; return s % 8; } };
std::mutex keys[8];
long cells[8];
void work(int seed) {
  std::mt19937 engine(seed);
  std::uniform_int_distribution<int> dist(0, 7);
  Rng own;
  int i = FIRST;
  int j = SECOND;
  std::lock_guard<std::mutex> hold(keys[i]);
  cells[j]++;
}
int main() {
  std::thread a(work, 1), b(work, 2);
  a.join();
  b.join();
}
"""


@pytest.mark.parametrize("call", ["engine() % 8", "dist(engine)", "own.next()"])
def test_engines_give_two_numbers_too(call: str) -> None:
    two = CPP.replace("FIRST", call).replace("SECOND", call)
    one = CPP.replace("FIRST", call).replace("SECOND", "i")
    check_pairs(two, "cells[]", "stripeA=apart", path="a.cpp")
    check_silent(two, "cells[]", "stripeA=same", path="a.cpp")
    check_pairs(one, "cells[]", "stripeA=same common=striped", path="a.cpp")
