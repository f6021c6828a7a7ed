//@ family: kt_uart_fifo
//@ domain: embedded
//@ problem: A receive interrupt fills a serial FIFO that the main loop empties into frames.
//@ param FIFO: 32 | 64
//@ param CHARS: 2000 | 3000
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Host build: interrupt vectors run on threads, the global mask is a mutex. */
static pthread_mutex_t primask = PTHREAD_MUTEX_INITIALIZER;
#define IRQ_OFF() pthread_mutex_lock(&primask)
#define IRQ_ON() pthread_mutex_unlock(&primask)

typedef void *(*vector_t)(void *);

static uint8_t fifo[@FIFO@];
//@ slot index on rx_head, rx_tail
//@ is c11: conflicting
static atomic_uint rx_head, rx_tail;
//@ is vol: racy
static volatile unsigned rx_head, rx_tail;
//@ is vol_masked: unprotected
static volatile unsigned rx_head, rx_tail;
//@ is vol_masked_isr: racy
static volatile unsigned rx_head, rx_tail;
//@ end
//@ slot overrun on overruns
//@ is word: racy
static volatile uint32_t overruns;
//@ is isr_private: unordered
static uint32_t overruns;
//@ is lockfree_word: conflicting
static atomic_uint overruns;
//@ is cleared_masked: racy
static volatile uint32_t overruns;
//@ end
static atomic_bool line_idle;
static uint32_t frames, crc;

static uint8_t wire(unsigned n)
{
    return (uint8_t)(n * 73u + (n >> 3));
}

static bool fifo_put(uint8_t c)
{
    bool ok = false;

//@ slot index
//@ is c11
    unsigned h = atomic_load_explicit(&rx_head, memory_order_relaxed);
    if (h - atomic_load_explicit(&rx_tail, memory_order_acquire) < @FIFO@) {
        fifo[h % @FIFO@] = c;
        atomic_store_explicit(&rx_head, h + 1, memory_order_release);
        ok = true;
    }
//@ is vol
    if (rx_head - rx_tail < @FIFO@) {
        fifo[rx_head % @FIFO@] = c;
        rx_head = rx_head + 1;
        ok = true;
    }
//@ is vol_masked
    IRQ_OFF();
    if (rx_head - rx_tail < @FIFO@) {
        fifo[rx_head % @FIFO@] = c;
        rx_head = rx_head + 1;
        ok = true;
    }
    IRQ_ON();
//@ is vol_masked_isr
    IRQ_OFF();
    if (rx_head - rx_tail < @FIFO@) {
        fifo[rx_head % @FIFO@] = c;
        rx_head = rx_head + 1;
        ok = true;
    }
    IRQ_ON();
//@ end
    return ok;
}

static bool fifo_get(uint8_t *c)
{
    bool ok = false;

//@ slot index
//@ is c11
    unsigned t = atomic_load_explicit(&rx_tail, memory_order_relaxed);
    if (t != atomic_load_explicit(&rx_head, memory_order_acquire)) {
        *c = fifo[t % @FIFO@];
        atomic_store_explicit(&rx_tail, t + 1, memory_order_release);
        ok = true;
    }
//@ is vol
    if (rx_tail != rx_head) {
        *c = fifo[rx_tail % @FIFO@];
        rx_tail = rx_tail + 1;
        ok = true;
    }
//@ is vol_masked
    IRQ_OFF();
    if (rx_tail != rx_head) {
        *c = fifo[rx_tail % @FIFO@];
        rx_tail = rx_tail + 1;
        ok = true;
    }
    IRQ_ON();
//@ is vol_masked_isr
    if (rx_tail != rx_head) {
        *c = fifo[rx_tail % @FIFO@];
        IRQ_OFF();
        rx_tail = rx_tail + 1;
        IRQ_ON();
        ok = true;
    }
//@ end
    return ok;
}

static void *USART1_Handler(void *arg)
{
    (void)arg;
    for (unsigned n = 0; n < @CHARS@;) {
        if (fifo_put(wire(n))) {
            n++;
            continue;
        }
        overruns++;
        sched_yield();
    }
//@ slot overrun
//@ is word
    overruns++;
//@ is isr_private
    overruns++;
//@ is lockfree_word
    atomic_fetch_add(&overruns, 1);
//@ is cleared_masked
    overruns++;
//@ end
    atomic_store(&line_idle, true);
    return NULL;
}

static const struct {
    vector_t entry;
    const char *name;
} vectors[] = {
    { USART1_Handler, "usart1" },
};

static void frame_byte(uint8_t c)
{
    crc = (crc << 1 ^ crc >> 31) + c;
    frames += c == 0x7e;
}

static void main_loop(void)
{
    uint8_t c;
    unsigned got = 0, idle = 0;

    while (got < @CHARS@) {
        if (fifo_get(&c)) {
            frame_byte(c);
            got++;
        } else {
            sched_yield();
        }
        if (++idle % 100 == 0) {
//@ slot overrun
//@ is word
            if (overruns > 10000)
                crc ^= 1;
//@ is lockfree_word
            if (overruns > 10000)
                crc ^= 1;
//@ is cleared_masked
            IRQ_OFF();
            overruns = 0;
            IRQ_ON();
//@ end
        }
    }
}

static uint32_t serial_crc(void)
{
    uint32_t want = 0;

    for (unsigned n = 0; n < @CHARS@; n++)
        want = (want << 1 ^ want >> 31) + wire(n);
    return want;
}

int main(void)
{
    pthread_t irq[sizeof vectors / sizeof vectors[0]];
    unsigned nv = sizeof vectors / sizeof vectors[0];

    for (unsigned v = 0; v < nv; v++)
        pthread_create(&irq[v], NULL, vectors[v].entry, NULL);
    main_loop();
    for (unsigned v = 0; v < nv; v++)
        pthread_join(irq[v], NULL);
    printf("crc %u serial %u frames %u over %d idle %d\n", crc, serial_crc(), frames,
           overruns > 0, (int)line_idle);
    return 0;
}
