"""Small programs for the tests of the corpus' quality."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from model_export.quality.subjects import Subject, scanned

BARE = """\
#include <pthread.h>
#include <stdio.h>
static long total;
static int seen[64];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *work(void *arg) {
  int id = *(int *)arg;
  for (int i = 0; i < 100; i++) {
    seen[id] = seen[id] + i % 7;
    if (seen[id] > 50)
      seen[id] -= 20;
  }
  total += seen[id];
  return NULL;
}
int main(void) {
  pthread_t first, second;
  int a = 0, b = 1;
  pthread_create(&first, NULL, work, &a);
  pthread_create(&second, NULL, work, &b);
  pthread_join(first, NULL);
  pthread_join(second, NULL);
  printf("%ld\\n", total);
  return 0;
}
"""
LOCKED = BARE.replace(
    "  total += seen[id];",
    "  pthread_mutex_lock(&lock);\n  total += seen[id];\n  pthread_mutex_unlock(&lock);",
)


def row(source: str, label: str = "clean", **more: Any) -> dict[str, Any]:
    """A row of a corpus, executed and usable."""
    return {
        "id": hashlib.sha256(source.encode()).hexdigest()[:16],
        "family": "sums",
        "domain": "sums",
        "language": "c",
        "source": source,
        "choices": json.dumps({}),
        "effects": "{}",
        "slot_lines": "{}",
        "expected": label,
        "twin_group": "sums/1",
        "label": label,
        "outcome": label,
        "runs": json.dumps([{"outcome": label}]),
        "reports": "[]",
        "usable": True,
        "mutation": "",
        "parent": "",
    } | more


def program(source: str, label: str = "clean", **more: Any) -> Subject:
    """The same, scanned."""
    return scanned(row(source, label, **more))
