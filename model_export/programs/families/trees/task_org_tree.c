//@ family: task_org_tree
//@ domain: trees
//@ problem: Walk a tree of departments with tasks, computing head counts bottom up.
//@ param NT: 3 | 4
//@ param DEPTH: 9 | 10
//@ param WORK: 200 | 300
#include <stdio.h>
#include <stdlib.h>

struct unit {
  struct unit *kid[2];
  int own;
  long heads;
};

struct stats {
  long visited;
  long by_level[16];
};

static struct unit *grow(int depth, unsigned seed) {
  struct unit *u = calloc(1, sizeof *u);
  if (!u)
    exit(1);
  u->own = (int)(seed % 9) + 1;
  if (depth > 0) {
    u->kid[0] = grow(depth - 1, seed * 5 + 1);
    u->kid[1] = grow(depth - 1, seed * 7 + 3);
  }
  return u;
}

static void fell(struct unit *u) {
  if (!u)
    return;
  fell(u->kid[0]);
  fell(u->kid[1]);
  free(u);
}

static int appraise(const struct unit *u) {
  volatile int grade = u->own;
  for (int i = 0; i < @WORK@; i++)
    grade = (grade * 13 + i) % 97;
  return u->own + (grade > 200);
}

static void walk(struct unit *u, struct stats *st, int level) {
  int mine = appraise(u);
//@ slot visited on visited
//@ is atomic: conflicting
#pragma omp atomic
  st->visited++;
//@ is bare: racy
  st->visited++;
//@ is captured: conflicting
  long order;
#pragma omp atomic capture
  order = ++st->visited;
  mine += order < 0;
//@ is root_only: concurrent
  if (level == 0)
    st->visited++;
//@ end
//@ slot levels on by_level
//@ is atomic: conflicting
#pragma omp atomic
  st->by_level[level] += mine;
//@ is bare: racy
  st->by_level[level] += mine;
//@ is read_atomic: racy
  long old;
#pragma omp atomic read
  old = st->by_level[level];
  st->by_level[level] = old + mine;
//@ is top_only: concurrent
  if (level == 0)
    st->by_level[level] += mine;
//@ end
  u->heads = mine;
  if (!u->kid[0])
    return;
//@ slot gather on heads
//@ is wait: unordered
  for (int k = 0; k < 2; k++) {
#pragma omp task firstprivate(k)
    walk(u->kid[k], st, level + 1);
  }
#pragma omp taskwait
  for (int k = 0; k < 2; k++)
    u->heads += u->kid[k]->heads;
//@ is wait_after: racy
  for (int k = 0; k < 2; k++) {
#pragma omp task firstprivate(k)
    walk(u->kid[k], st, level + 1);
  }
  for (int k = 0; k < 2; k++)
    u->heads += u->kid[k]->heads;
#pragma omp taskwait
//@ is add_in_task: racy
  for (int k = 0; k < 2; k++) {
#pragma omp task firstprivate(k)
    {
      walk(u->kid[k], st, level + 1);
      u->heads += u->kid[k]->heads;
    }
  }
#pragma omp taskwait
//@ is atomic_in_task: conflicting
  for (int k = 0; k < 2; k++) {
#pragma omp task firstprivate(k)
    {
      walk(u->kid[k], st, level + 1);
#pragma omp atomic
      u->heads += u->kid[k]->heads;
    }
  }
#pragma omp taskwait
//@ is group: unordered
#pragma omp taskgroup
  for (int k = 0; k < 2; k++) {
#pragma omp task firstprivate(k)
    walk(u->kid[k], st, level + 1);
  }
  for (int k = 0; k < 2; k++)
    u->heads += u->kid[k]->heads;
//@ is mergeable_wait: unordered
  for (int k = 0; k < 2; k++) {
#pragma omp task firstprivate(k) mergeable untied
    walk(u->kid[k], st, level + 1);
  }
#pragma omp taskwait
  u->heads += u->kid[0]->heads + u->kid[1]->heads;
//@ end
}

int main(void) {
  struct stats st = {0};
  struct unit *root = grow(@DEPTH@, 5u);
//@ slot gate
//@ is single: neutral
#pragma omp parallel num_threads(@NT@) shared(st)
#pragma omp single
  walk(root, &st, 0);
//@ is masked: neutral
#pragma omp parallel num_threads(@NT@) default(shared)
  {
#pragma omp masked
    walk(root, &st, 0);
#pragma omp barrier
  }
//@ end
  long sum = 0;
  for (int l = 0; l < 16; l++)
    sum += st.by_level[l] * (l + 1);
  printf("heads %ld visited %ld levels %ld\n", root->heads, st.visited, sum);
  fell(root);
  return 0;
}
