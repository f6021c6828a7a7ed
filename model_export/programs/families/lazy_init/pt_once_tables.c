//@ family: pt_once_tables
//@ domain: lazy_init
//@ problem: Lookup tables of a checksum library are built by whichever thread comes first.
//@ param NT: 3 | 4
//@ param LEN: 400 | 900
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define TABLE_SIZE 256
#define NTHREADS @NT@

static uint32_t crc_table[TABLE_SIZE];
static uint8_t *rev_bits;
static int *scale;
static pthread_mutex_t init_mutex = PTHREAD_MUTEX_INITIALIZER;
//@ slot crc on crc_table, crc_ready
//@ is once: unordered
static pthread_once_t crc_once = PTHREAD_ONCE_INIT;
//@ is flag: racy
static int crc_ready;
//@ is volatile_flag: racy
static volatile int crc_ready;
//@ is built_in_main: unordered
//@ end

static void build_crc(void)
{
    for (uint32_t n = 0; n < TABLE_SIZE; n++) {
        uint32_t c = n;
        for (int k = 0; k < 8; k++)
            c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
        crc_table[n] = c;
    }
}

static uint8_t *make_rev(void)
{
    uint8_t *t = malloc(TABLE_SIZE);

    for (int n = 0; n < TABLE_SIZE; n++) {
        unsigned r = 0;
        for (int b = 0; b < 8; b++)
            if (n & (1 << b))
                r |= 0x80u >> b;
        t[n] = (uint8_t)r;
    }
    return t;
}

static void crc_prepare(void)
{
//@ slot crc
//@ is once
    pthread_once(&crc_once, build_crc);
//@ is flag
    if (!crc_ready) {
        build_crc();
        crc_ready = 1;
    }
//@ is volatile_flag
    if (!crc_ready) {
        build_crc();
        crc_ready = 1;
    }
//@ end
}

static const uint8_t *get_rev(void)
{
//@ slot rev on rev_bits
//@ is double_plain: racy
    if (!rev_bits) {
        pthread_mutex_lock(&init_mutex);
        if (!rev_bits)
            rev_bits = make_rev();
        pthread_mutex_unlock(&init_mutex);
    }
    return rev_bits;
//@ is double_acquire: conflicting
    uint8_t *t = __atomic_load_n(&rev_bits, __ATOMIC_ACQUIRE);
    if (!t) {
        pthread_mutex_lock(&init_mutex);
        t = __atomic_load_n(&rev_bits, __ATOMIC_RELAXED);
        if (!t) {
            t = make_rev();
            __atomic_store_n(&rev_bits, t, __ATOMIC_RELEASE);
        }
        pthread_mutex_unlock(&init_mutex);
    }
    return t;
//@ is single_check: unprotected
    pthread_mutex_lock(&init_mutex);
    if (!rev_bits)
        rev_bits = make_rev();
    uint8_t *t = rev_bits;
    pthread_mutex_unlock(&init_mutex);
    return t;
//@ is return_outside: racy
    pthread_mutex_lock(&init_mutex);
    uint8_t *fresh = make_rev();
    pthread_mutex_unlock(&init_mutex);
    if (!rev_bits)
        rev_bits = fresh;
    return fresh;
//@ end
}

static int *get_scale(void)
{
//@ slot scl on scale
//@ is per_thread: same-location
    static __thread int *mine;
    if (!mine) {
        mine = malloc(sizeof *mine);
        *mine = 3;
    }
    return mine;
//@ is shared_static: racy
    if (!scale) {
        int *fresh = malloc(sizeof *fresh);
        *fresh = 3;
        scale = fresh;
    }
    return scale;
//@ is cmpxchg: conflicting
    int *cur = __atomic_load_n(&scale, __ATOMIC_ACQUIRE);
    if (!cur) {
        int *fresh = malloc(sizeof *fresh);
        *fresh = 3;
        if (__atomic_compare_exchange_n(&scale, &cur, fresh, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            cur = fresh;
        else
            free(fresh);
    }
    return cur;
//@ end
}

struct task {
    unsigned seed;
    uint32_t crc;
};

static void *checksum(void *p)
{
    struct task *t = p;
    uint32_t c = 0xffffffffu;

    for (int i = 0; i < @LEN@; i++) {
        unsigned byte = (t->seed + (unsigned)i * 7u) & 0xff;
        crc_prepare();
        c = crc_table[(c ^ get_rev()[byte]) & 0xff] ^ (c >> 8);
        c += (uint32_t)*get_scale();
    }
    t->crc = c;
    return NULL;
}

int main(void)
{
    struct task tasks[NTHREADS];
    pthread_t tid[NTHREADS];
    uint32_t all = 0;

//@ slot crc
//@ is built_in_main
    build_crc();
//@ end
    for (int i = 0; i < NTHREADS; i++) {
        tasks[i].seed = 11u * (unsigned)i;
        pthread_create(&tid[i], NULL, checksum, &tasks[i]);
    }
    for (int i = 0; i < NTHREADS; i++) {
        pthread_join(tid[i], NULL);
        all ^= tasks[i].crc;
    }
    printf("%08x %d\n", (unsigned)all, scale ? *scale : 3);
    return 0;
}
