/* Runs the programs that were linked with it, each in a forked child, as told on standard input.
 *
 *   command:  "<program> <threads> <folder>\n"
 *   answer:   "<program> exit <status>\n", "<program> signal <number>\n" or "<program> timeout 0\n"
 *   greeting: "image <first address> <end> <threads that run already>\n"
 *
 * argv: seconds for a program, seconds once a race was reported, bytes of output.
 * A child has its folder, its own stdout.txt and stderr.txt there, limits and a session, which
 * ends with it. The driver itself never enters OpenMP: its runtime must start in the child.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LOOK 0.25 /* seconds */
#define SLEEPS 8

typedef int (*program)(int, char **);
extern const program programs[];
extern const int program_count;
extern const char __ehdr_start[], _end[]; /* from the linker */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int threads_now(void) {
  int count = 0;
  DIR *tasks = opendir("/proc/self/task");
  if (!tasks) return 1;
  for (struct dirent *entry; (entry = readdir(tasks));) count += entry->d_name[0] != '.';
  closedir(tasks);
  return count;
}

static void limit(int what, rlim_t value) {
  struct rlimit both = {value, value};
  setrlimit(what, &both);
}

static int redirect(const char *path, int flags, int to) {
  int opened = open(path, flags, 0600);
  return opened < 0 || dup2(opened, to) < 0 || (opened > 2 && close(opened) < 0);
}

static void child(int index, const char *threads, const char *folder, double seconds, long bytes) {
  const int create = O_WRONLY | O_CREAT | O_TRUNC;
  char *words[] = {(char *)"program", NULL};
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* no program outlives its driver */
  setsid();
  if (chdir(folder) || redirect("/dev/null", O_RDONLY, 0) || redirect("stdout.txt", create, 1) ||
      redirect("stderr.txt", create, 2))
    _exit(125);
  setenv("OMP_NUM_THREADS", threads, 1);
  limit(RLIMIT_CPU, (rlim_t)(seconds * 2 + 1));
  limit(RLIMIT_FSIZE, (rlim_t)bytes);
  limit(RLIMIT_NPROC, 4096);
  limit(RLIMIT_CORE, 0);
  exit(programs[index](1, words));
}

/* Whether the child ended within the time. */
static int ends_within(int handle, double seconds) {
  struct pollfd wait = {handle, POLLIN, 0};
  for (double end = now() + seconds;;) {
    double left = end - now();
    int got = poll(&wait, 1, left > 0 ? (int)(left * 1000) + 1 : 0);
    if (got > 0) return 1;
    if (left <= 0) return 0;
  }
}

/* Clock ticks that the process used, or -1 while one of its threads could run. */
static long ticks_asleep(pid_t pid) {
  char path[64], text[1024];
  long ticks = 0;
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks) return -1;
  for (struct dirent *entry; ticks >= 0 && (entry = readdir(tasks));) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/stat", pid, entry->d_name);
    int file = open(path, O_RDONLY);
    ssize_t size = file < 0 ? 0 : read(file, text, sizeof text - 1);
    if (file >= 0) close(file);
    text[size > 0 ? size : 0] = 0;
    char state = 0;
    unsigned long user = 0, kernel = 0;
    char *rest = strrchr(text, ')'); /* the name before it may hold anything */
    if (!rest || sscanf(rest, ") %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &state,
                        &user, &kernel) != 3 || state != 'S')
      ticks = -1;
    else
      ticks += (long)(user + kernel);
  }
  closedir(tasks);
  return ticks;
}

/* 1 if the child ended, 0 if not in time, -1 if all its threads slept for SLEEPS looks on end: it
 * is deadlocked. */
static int ends_awake(int handle, pid_t pid, double seconds) {
  long before = -1;
  int asleep = 0;
  for (double end = now() + seconds; now() < end;) {
    if (ends_within(handle, LOOK)) return 1;
    long ticks = ticks_asleep(pid);
    /* ThreadSanitizer's own thread wakes up now and then. */
    asleep = ticks >= 0 && before >= 0 && ticks - before <= 1 ? asleep + 1 : 0;
    before = ticks;
    if (asleep >= SLEEPS) return -1;
  }
  return 0;
}

static int race_reported(const char *folder) {
  static char text[1 << 16];
  char path[4096];
  snprintf(path, sizeof path, "%s/stderr.txt", folder);
  int file = open(path, O_RDONLY);
  if (file < 0) return 0;
  ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  text[size > 0 ? size : 0] = 0;
  return strstr(text, "ThreadSanitizer: data race") != NULL;
}

static void answer(const char *format, int index, int value) {
  char line[64];
  int size = snprintf(line, sizeof line, format, index, value);
  if (write(1, line, (size_t)size) != size) _exit(1);
}

static void run(int index, const char *threads, const char *folder, char **limits) {
  const double seconds = atof(limits[1]), racy = atof(limits[2]);
  pid_t pid = fork();
  if (pid == 0) child(index, threads, folder, seconds, atol(limits[3]));
  if (pid < 0) _exit(1);
  int handle = (int)syscall(SYS_pidfd_open, pid, 0), status = 0;
  int ended = ends_awake(handle, pid, racy);
  if (ended == 0 && !race_reported(folder)) ended = ends_awake(handle, pid, seconds - racy);
  close(handle);
  kill(-pid, SIGKILL); /* the group; it may not exist yet, or hold what the program left behind */
  kill(pid, SIGKILL);
  while (waitpid(pid, &status, 0) < 0) continue;
  if (ended <= 0) answer("%d timeout %d\n", index, 0);
  else if (WIFSIGNALED(status)) answer("%d signal %d\n", index, WTERMSIG(status));
  else answer("%d exit %d\n", index, WEXITSTATUS(status));
}

int main(int argc, char **argv) {
  char line[4096], threads[16], folder[3584], hello[96];
  int index;
  if (argc != 4) return 2;
  int size = snprintf(hello, sizeof hello, "image %lx %lx %d\n", (unsigned long)__ehdr_start,
                      (unsigned long)_end, threads_now());
  if (write(1, hello, (size_t)size) != size) return 1;
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "%d %15s %3583[^\n]", &index, threads, folder) != 3) return 2;
    if (index < 0 || index >= program_count) return 2;
    run(index, threads, folder, argv);
  }
  return 0;
}
