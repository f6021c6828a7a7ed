// The heap, and the C library's functions on memory and strings, which are not instrumented.
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "edges.h"

using namespace oracle;

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);
size_t malloc_usable_size(void *);
}

namespace {

bool outside() { return ready && self_ && !self_->inside; }

void *fresh(void *memory) {
  if (memory && outside()) {
    Guard guard;
    forget((uintptr_t)memory, malloc_usable_size(memory));
  }
  return memory;
}

void freed(void *memory, uintptr_t pc) {
  if (!memory || !outside()) return;
  Guard guard;
  if (!ours(pc))
    forget((uintptr_t)memory, malloc_usable_size(memory));
  else
    lifetime_ends(guard.os, (uintptr_t)memory, malloc_usable_size(memory), pc);
}

void seen(const void *memory, size_t size, uint8_t flags, uintptr_t pc) {
  if (!outside() || !from_program(pc)) return;
  Guard guard;
  touch(guard.os, (uintptr_t)memory, size, {pc, flags});
}

}  // namespace

EXPORTED void *malloc(size_t size) { return fresh(__libc_malloc(size)); }
EXPORTED void *calloc(size_t n, size_t size) { return fresh(__libc_calloc(n, size)); }
EXPORTED void free(void *memory) {
  freed(memory, CALLER);
  __libc_free(memory);
}
EXPORTED void *realloc(void *memory, size_t size) {
  freed(memory, CALLER);
  return fresh(__libc_realloc(memory, size));
}
EXPORTED void *memalign(size_t align, size_t size) { return fresh(__libc_memalign(align, size)); }
EXPORTED void *aligned_alloc(size_t align, size_t size) {
  return fresh(__libc_memalign(align, size));
}
EXPORTED int posix_memalign(void **made, size_t align, size_t size) {
  void *memory = fresh(__libc_memalign(align, size));
  if (!memory) return ENOMEM;
  *made = memory;
  return 0;
}

EXPORTED size_t strlen(const char *s) {
  size_t n = 0;
  while (s[n]) n++;
  seen(s, n + 1, 0, CALLER);
  return n;
}
EXPORTED char *strcpy(char *to, const char *from) {
  size_t n = 0;
  while (from[n]) n++;
  seen(from, n + 1, 0, CALLER);
  seen(to, n + 1, WRITE, CALLER);
  return (char *)memmove(to, from, n + 1);
}
EXPORTED int strcmp(const char *a, const char *b) {
  size_t n = 0;
  while (a[n] && a[n] == b[n]) n++;
  seen(a, n + 1, 0, CALLER);
  seen(b, n + 1, 0, CALLER);
  return (unsigned char)a[n] - (unsigned char)b[n];
}
EXPORTED char *strncpy(char *to, const char *from, size_t size) {
  REAL(char *, strncpy, (char *, const char *, size_t));
  seen(from, strnlen(from, size), 0, CALLER);
  seen(to, size, WRITE, CALLER);
  return real_strncpy(to, from, size);
}
EXPORTED char *strcat(char *to, const char *from) {
  REAL(char *, strcat, (char *, const char *));
  size_t had = strnlen(to, SIZE_MAX), more = strnlen(from, SIZE_MAX);
  seen(from, more + 1, 0, CALLER);
  seen(to, had, 0, CALLER);
  seen(to + had, more + 1, WRITE, CALLER);
  return real_strcat(to, from);
}
EXPORTED int memcmp(const void *a, const void *b, size_t size) {
  auto *left = (const unsigned char *)a, *right = (const unsigned char *)b;
  seen(a, size, 0, CALLER);
  seen(b, size, 0, CALLER);
  for (size_t i = 0; i < size; i++)
    if (left[i] != right[i]) return left[i] - right[i];
  return 0;
}
EXPORTED int vsnprintf(char *to, size_t size, const char *format, va_list list) {
  REAL(int, vsnprintf, (char *, size_t, const char *, va_list));
  int n = real_vsnprintf(to, size, format, list);
  if (n >= 0 && size) seen(to, (size_t)n + 1 < size ? (size_t)n + 1 : size, WRITE, CALLER);
  return n;
}
EXPORTED int snprintf(char *to, size_t size, const char *format, ...) {
  REAL(int, vsnprintf, (char *, size_t, const char *, va_list));
  va_list list;
  va_start(list, format);
  int n = real_vsnprintf(to, size, format, list);
  va_end(list);
  if (n >= 0 && size) seen(to, (size_t)n + 1 < size ? (size_t)n + 1 : size, WRITE, CALLER);
  return n;
}
EXPORTED int sprintf(char *to, const char *format, ...) {
  REAL(int, vsnprintf, (char *, size_t, const char *, va_list));
  va_list list;
  va_start(list, format);
  int n = real_vsnprintf(to, SIZE_MAX / 2, format, list);
  va_end(list);
  if (n >= 0) seen(to, (size_t)n + 1, WRITE, CALLER);
  return n;
}
