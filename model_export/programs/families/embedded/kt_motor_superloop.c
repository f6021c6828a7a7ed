//@ family: kt_motor_superloop
//@ domain: embedded
//@ problem: A superloop runs a motor controller; tick and encoder interrupts feed it through flags, counts and a setpoint.
//@ param TICKS: 600 | 1000
//@ param TYPE: int32_t | uint32_t
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Cortex-M build maps these to cpsid/cpsie; the host build to a lock that handlers respect. */
static pthread_mutex_t irq_mask = PTHREAD_MUTEX_INITIALIZER;
#define ENTER_CRITICAL() pthread_mutex_lock(&irq_mask)
#define LEAVE_CRITICAL() pthread_mutex_unlock(&irq_mask)

typedef void (*isr_t)(void);

struct vector {
    isr_t isr;
    unsigned count;
};

static struct {
//@ slot ticks on tick_ms
//@ is vol: racy
    volatile uint32_t tick_ms;
//@ is vol_masked: unprotected
    volatile uint32_t tick_ms;
//@ is atomic: conflicting
    _Atomic uint32_t tick_ms;
//@ is masked_twice: racy
    volatile uint32_t tick_ms;
//@ end
} clk;

//@ slot encoder on enc_count
//@ is taken_masked: unprotected
static volatile @TYPE@ enc_count;
//@ is taken_then_cleared: racy
static volatile @TYPE@ enc_count;
//@ is exchanged: conflicting
static _Atomic @TYPE@ enc_count;
//@ is bare_vol: racy
static volatile @TYPE@ enc_count;
//@ end

static atomic_uint pending;
#define FLAG_TICK 1u
#define FLAG_ENC 2u
#define FLAG_STOP 4u

static struct {
    int32_t target;
    int32_t measured;
    int32_t integral;
    int32_t duty;
} loop_state;

//@ slot setpoint on setpoint
//@ is double_slot: conflicting
static _Atomic int setpoint;
//@ is shared_word: racy
static int setpoint;
//@ is masked_word: unprotected
static int setpoint;
//@ is set_at_boot: conflicting
static int setpoint;
//@ end

static int32_t wanted(unsigned n)
{
    return (int32_t)(n / 50 % 4) * 10;
}

static void SysTick_Handler(void)
{
//@ slot ticks
//@ is vol
    clk.tick_ms = clk.tick_ms + 1;
//@ is vol_masked
    ENTER_CRITICAL();
    clk.tick_ms = clk.tick_ms + 1;
    LEAVE_CRITICAL();
//@ is atomic
    atomic_fetch_add_explicit(&clk.tick_ms, 1, memory_order_relaxed);
//@ is masked_twice
    ENTER_CRITICAL();
    uint32_t now = clk.tick_ms;
    LEAVE_CRITICAL();
    clk.tick_ms = now + 1;
//@ end
    atomic_fetch_or_explicit(&pending, FLAG_TICK, memory_order_relaxed);
}

static void TIM3_IRQHandler(void)
{
//@ slot encoder
//@ is taken_masked
    ENTER_CRITICAL();
    enc_count = enc_count + 2;
    LEAVE_CRITICAL();
//@ is taken_then_cleared
    ENTER_CRITICAL();
    enc_count = enc_count + 2;
    LEAVE_CRITICAL();
//@ is exchanged
    atomic_fetch_add_explicit(&enc_count, 2, memory_order_relaxed);
//@ is bare_vol
    enc_count = enc_count + 2;
//@ end
    atomic_fetch_or_explicit(&pending, FLAG_ENC, memory_order_relaxed);
}

static void USB_IRQHandler(void)
{
    static unsigned n;

    n++;
//@ slot setpoint
//@ is double_slot
    atomic_store_explicit(&setpoint, wanted(n), memory_order_relaxed);
//@ is shared_word
    setpoint = wanted(n);
//@ is masked_word
    ENTER_CRITICAL();
    setpoint = wanted(n);
    LEAVE_CRITICAL();
//@ end
}

static const struct vector vector_table[] = {
    { SysTick_Handler, @TICKS@ },
    { TIM3_IRQHandler, @TICKS@ },
    { USB_IRQHandler, @TICKS@ },
};
#define VECTORS (sizeof vector_table / sizeof vector_table[0])

static void *run_vector(void *arg)
{
    const struct vector *v = arg;

    for (unsigned i = 0; i < v->count; i++) {
        v->isr();
        if (i % 16 == 0)
            sched_yield();
    }
    return NULL;
}

static int32_t take_encoder(void)
{
    int32_t moved;

//@ slot encoder
//@ is taken_masked
    ENTER_CRITICAL();
    moved = (int32_t)enc_count;
    enc_count = 0;
    LEAVE_CRITICAL();
//@ is taken_then_cleared
    ENTER_CRITICAL();
    moved = (int32_t)enc_count;
    LEAVE_CRITICAL();
    enc_count = 0;
//@ is exchanged
    moved = (int32_t)atomic_exchange_explicit(&enc_count, 0, memory_order_relaxed);
//@ is bare_vol
    moved = (int32_t)enc_count;
    enc_count = 0;
//@ end
    return moved;
}

static uint32_t millis(void)
{
    uint32_t t;

//@ slot ticks
//@ is vol
    t = clk.tick_ms;
//@ is vol_masked
    ENTER_CRITICAL();
    t = clk.tick_ms;
    LEAVE_CRITICAL();
//@ is atomic
    t = atomic_load_explicit(&clk.tick_ms, memory_order_relaxed);
//@ is masked_twice
    ENTER_CRITICAL();
    t = clk.tick_ms;
    LEAVE_CRITICAL();
//@ end
    return t;
}

static void control_step(void)
{
    int32_t error;

//@ slot setpoint
//@ is double_slot
    loop_state.target = atomic_load_explicit(&setpoint, memory_order_relaxed);
//@ is shared_word
    loop_state.target = setpoint;
//@ is masked_word
    ENTER_CRITICAL();
    loop_state.target = setpoint;
    LEAVE_CRITICAL();
//@ is set_at_boot
    loop_state.target = setpoint;
//@ end
    error = loop_state.target - loop_state.measured / 4;
    loop_state.integral = (loop_state.integral + error) % 4096;
    loop_state.duty = (error * 3 + loop_state.integral / 8) % 1000;
}

static int32_t superloop(atomic_int *running)
{
    int32_t travelled = 0;
    uint32_t last = 0, spins = 0;

    for (;;) {
        bool over = atomic_load(running) == 0;
        unsigned f = atomic_exchange_explicit(&pending, 0, memory_order_relaxed);
        if (f & FLAG_ENC || over) {
            int32_t moved = take_encoder();
            sched_yield();
            travelled += moved;
            loop_state.measured = moved;
        }
        if (f & FLAG_TICK && millis() != last) {
            last = millis();
            control_step();
        }
        if (over)
            return travelled;
        if (++spins % 4 == 0)
            sched_yield();
    }
}

static atomic_int running = VECTORS;

static void *nvic(void *arg)
{
    run_vector(arg);
    atomic_fetch_sub(&running, 1);
    return NULL;
}

static int32_t serial_travel(void)
{
    int32_t sum = 0;

    for (unsigned i = 0; i < @TICKS@; i++)
        sum += 2;
    return sum;
}

int main(void)
{
    pthread_t irq[VECTORS];
    int32_t travelled;

//@ slot setpoint
//@ is set_at_boot
    setpoint = 20;
//@ end
    for (unsigned v = 0; v < VECTORS; v++)
        pthread_create(&irq[v], NULL, nvic, (void *)&vector_table[v]);
    travelled = superloop(&running);
    for (unsigned v = 0; v < VECTORS; v++)
        pthread_join(irq[v], NULL);
    printf("travel %d serial %d ticks %d duty %d\n", travelled, serial_travel(),
           clk.tick_ms > 0, loop_state.duty < 1000);
    return 0;
}
