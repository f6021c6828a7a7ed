/* Each function is one case: racy_… must be found, clean_… must not. Lines tell which is which. */
#include <omp.h>
#include <stdlib.h>

enum { N = 96 };
static int a[N + 2], b[N + 2], c[N + 2];
static int sum, count, value, other, flag, box[16];

static void racy_plain_counter(void) {
#pragma omp parallel for
  for (int i = 0; i < N; i++) count++;
}
static void clean_private_elements(void) {
#pragma omp parallel for
  for (int i = 0; i < N; i++) a[i] = i;
}
static void racy_nowait_then_neighbour(void) {
#pragma omp parallel
  {
#pragma omp for nowait
    for (int i = 0; i < N; i++) a[i] = i;
#pragma omp for
    for (int i = 0; i < N; i++) b[i] = a[N - 1 - i];
  }
}
static void clean_barrier_then_neighbour(void) {
#pragma omp parallel
  {
#pragma omp for
    for (int i = 0; i < N; i++) a[i] = i;
#pragma omp for
    for (int i = 0; i < N; i++) b[i] = a[N - 1 - i];
  }
}
static void racy_two_critical_names(void) {
#pragma omp parallel
  {
#pragma omp critical(left)
    value++;
#pragma omp critical(right)
    value--;
  }
}
static void clean_one_critical_name(void) {
#pragma omp parallel
  {
#pragma omp critical(left)
    value++;
#pragma omp critical(left)
    value--;
  }
}
static void racy_sum_read_before_barrier(void) {
#pragma omp parallel
  {
#pragma omp for reduction(+ : sum) nowait
    for (int i = 0; i < N; i++) sum += i;
    if (sum > 3) flag = 0 * omp_get_level();
  }
}
static void clean_sum_read_after_barrier(void) {
  int copies[64];
#pragma omp parallel
  {
#pragma omp for reduction(+ : sum)
    for (int i = 0; i < N; i++) sum += i;
    copies[omp_get_thread_num() % 64] = sum;
  }
  value = copies[0];
}
static void racy_task_without_wait(void) {
#pragma omp parallel
#pragma omp single
  {
#pragma omp task
    value = 1;
    other = value;
  }
}
static void clean_task_with_wait(void) {
#pragma omp parallel
#pragma omp single
  {
#pragma omp task
    value = 1;
#pragma omp taskwait
    other = value;
  }
}
static void racy_taskwait_misses_grandchild(void) {
#pragma omp parallel
#pragma omp single
  {
#pragma omp task
    {
#pragma omp task
      value = 1;
    }
#pragma omp taskwait
    value = 2;
  }
}
static void clean_taskgroup_waits_for_grandchild(void) {
#pragma omp parallel
#pragma omp single
  {
#pragma omp taskgroup
    {
#pragma omp task
      {
#pragma omp task
        value = 1;
      }
    }
    value = 2;
  }
}
static void racy_depend_on_another(void) {
#pragma omp parallel
#pragma omp single
  {
#pragma omp task depend(out : value)
    value = 1;
#pragma omp task depend(in : other)
    b[0] = value;
  }
}
static void clean_depend_out_in(void) {
#pragma omp parallel
#pragma omp single
  {
#pragma omp task depend(out : value)
    value = 1;
#pragma omp task depend(in : value)
    b[0] = value;
#pragma omp task depend(in : value)
    b[1] = value;
#pragma omp task depend(inout : value)
    value = 2;
  }
}
static void racy_two_depend_in(void) {
#pragma omp parallel
#pragma omp single
  for (int i = 0; i < 8; i++) {
#pragma omp task depend(in : value)
    count++;
  }
}
static void clean_mutexinoutset(void) {
#pragma omp parallel
#pragma omp single
  for (int i = 0; i < 8; i++) {
#pragma omp task depend(mutexinoutset : value)
    count++;
  }
}
static void clean_buffer_of_each_thread(void) {
#pragma omp parallel
#pragma omp single
  for (int i = 0; i < 24; i++) {
#pragma omp task
    box[omp_get_thread_num() % 16] += i;
  }
}
static int deep(int n) {
  int local[8] = {n};
  for (int i = 1; i < 8; i++) local[i] = local[i - 1] + i;
  return local[7];
}
static void clean_stack_used_again_by_tasks(void) {
#pragma omp parallel
#pragma omp single
  for (int i = 0; i < 24; i++) {
#pragma omp task firstprivate(i)
    a[i] = deep(i);
  }
}
static void racy_sections(void) {
#pragma omp parallel sections
  {
#pragma omp section
    value = 1;
#pragma omp section
    value = 2;
  }
}
static void clean_sections(void) {
#pragma omp parallel sections
  {
#pragma omp section
    value = 1;
#pragma omp section
    other = 2;
  }
}
static void racy_outside_ordered(void) {
#pragma omp parallel for ordered schedule(dynamic)
  for (int i = 1; i < N; i++) {
    count += i;
#pragma omp ordered
    value += i;
  }
}
static void clean_ordered(void) {
#pragma omp parallel for ordered schedule(dynamic)
  for (int i = 1; i < N; i++) {
#pragma omp ordered
    {
      count += i;
      value += i;
    }
  }
}
static void racy_doacross_too_far(void) {
#pragma omp parallel for ordered(1) schedule(static, 1)
  for (int i = 2; i < N; i++) {
#pragma omp ordered depend(sink : i - 2)
    a[i] = a[i - 1] + 1;
#pragma omp ordered depend(source)
  }
}
static void clean_doacross(void) {
#pragma omp parallel for ordered(1) schedule(static, 1)
  for (int i = 2; i < N; i++) {
#pragma omp ordered depend(sink : i - 1)
    a[i] = a[i - 1] + 1;
#pragma omp ordered depend(source)
  }
}
static void racy_one_big_dynamic_chunk(void) {
#pragma omp parallel for schedule(dynamic, 32)
  for (int i = 1; i < N; i++) a[i] = a[i - 1] + 1;
}
static void clean_dynamic(void) {
#pragma omp parallel for schedule(dynamic)
  for (int i = 1; i < N; i++) a[i] = b[i - 1] + 1;
}
static void racy_lock_not_set(void) {
  omp_lock_t lock;
  omp_init_lock(&lock);
#pragma omp parallel
  {
    omp_set_lock(&lock);
    value++;
    omp_unset_lock(&lock);
#pragma omp single
    value = 3;
  }
  omp_destroy_lock(&lock);
}
static void clean_lock(void) {
  omp_nest_lock_t lock;
  omp_init_nest_lock(&lock);
#pragma omp parallel
  {
    omp_set_nest_lock(&lock);
    omp_set_nest_lock(&lock);
    value++;
    omp_unset_nest_lock(&lock);
    other++;
    omp_unset_nest_lock(&lock);
  }
  omp_destroy_nest_lock(&lock);
}
static void racy_atomic_and_plain(void) {
#pragma omp parallel
  {
#pragma omp atomic
    value++;
    if (value > 3) flag = 0 * omp_get_level();
  }
}
static void clean_atomic(void) {
#pragma omp parallel
  {
    int seen;
#pragma omp atomic capture
    seen = value++;
    b[omp_get_thread_num()] = seen;
  }
}
static void racy_copy_read_after_master(void) {
#pragma omp parallel
  {
#pragma omp master
    value = 7;
    b[omp_get_thread_num()] = value;
  }
}
static void clean_copyprivate(void) {
  int mine;
#pragma omp parallel private(mine)
  {
#pragma omp single copyprivate(mine)
    mine = 7;
    b[omp_get_thread_num()] = mine;
  }
}
static void racy_taskloop_neighbours(void) {
#pragma omp parallel
#pragma omp single
#pragma omp taskloop num_tasks(8)
  for (int i = 1; i < N; i++) a[i] = a[i - 1] + 1;
}
static void clean_taskloop_reduction(void) {
#pragma omp parallel
#pragma omp single
#pragma omp taskloop reduction(+ : sum) num_tasks(8)
  for (int i = 1; i < N; i++) sum += c[i];
}

int main(void) {
  racy_plain_counter(), clean_private_elements();
  racy_nowait_then_neighbour(), clean_barrier_then_neighbour();
  racy_two_critical_names(), clean_one_critical_name();
  racy_sum_read_before_barrier(), clean_sum_read_after_barrier();
  racy_task_without_wait(), clean_task_with_wait();
  racy_taskwait_misses_grandchild(), clean_taskgroup_waits_for_grandchild();
  racy_depend_on_another(), clean_depend_out_in();
  racy_two_depend_in(), clean_mutexinoutset();
  clean_buffer_of_each_thread(), clean_stack_used_again_by_tasks();
  racy_sections(), clean_sections();
  racy_outside_ordered(), clean_ordered();
  racy_doacross_too_far(), clean_doacross();
  racy_one_big_dynamic_chunk(), clean_dynamic();
  racy_lock_not_set(), clean_lock();
  racy_atomic_and_plain(), clean_atomic();
  racy_copy_read_after_master(), clean_copyprivate();
  racy_taskloop_neighbours(), clean_taskloop_reduction();
  return 0;
}
