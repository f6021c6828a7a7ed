//@ family: pm_voice_mixer
//@ domain: audio
//@ problem: A mixer sums playing voices into an output block while control threads change the gains.
//@ param NT: 3 | 4
//@ param BLOCKS: 500
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define VOICES 8
#define FRAMES 16

#define MIXER_LOCK(m) pthread_mutex_lock(&(m)->lock)
#define MIXER_UNLOCK(m) pthread_mutex_unlock(&(m)->lock)

typedef struct {
    int playing;
    int gain;
    int phase;
    pthread_mutex_t voice_lock;
} voice_t;

typedef struct {
    pthread_mutex_t lock;
    voice_t voice[VOICES];
    int block[FRAMES];
    int master_gain;
//@ slot clips on clip_count
//@ is plain_in_lock: unprotected
    long clip_count;
//@ is plain_after_lock: racy
    long clip_count;
//@ is relaxed: conflicting
    atomic_long clip_count;
//@ is cleared_plain: racy
    long clip_count;
//@ end
//@ slot stop on stopping
//@ is atomic_flag: conflicting
    atomic_int stopping;
//@ is volatile_flag: racy
    volatile int stopping;
//@ is locked_flag: unprotected
    int stopping;
//@ is volatile_locked_set: racy
    volatile int stopping;
//@ end
} mixer_t;

void mixer_init(mixer_t *m)
{
    memset(m->block, 0, sizeof m->block);
    pthread_mutex_init(&m->lock, NULL);
    m->master_gain = 100;
    for (int v = 0; v < VOICES; v++) {
        pthread_mutex_init(&m->voice[v].voice_lock, NULL);
        m->voice[v].playing = 1;
        m->voice[v].gain = 10 + v;
        m->voice[v].phase = v * 3;
    }
}

void mixer_set_gain(mixer_t *m, int v, int gain)
{
    voice_t *vp = &m->voice[v];

//@ slot gain on gain
//@ is mixer_lock: unprotected
    MIXER_LOCK(m);
    vp->gain = gain;
    MIXER_UNLOCK(m);
//@ is own_lock: racy
    pthread_mutex_lock(&vp->voice_lock);
    vp->gain = gain;
    pthread_mutex_unlock(&vp->voice_lock);
//@ is both_locks: unprotected
    MIXER_LOCK(m);
    pthread_mutex_lock(&vp->voice_lock);
    vp->gain = gain;
    pthread_mutex_unlock(&vp->voice_lock);
    MIXER_UNLOCK(m);
//@ is only_when_playing: racy
    MIXER_LOCK(m);
    int on = vp->playing;
    MIXER_UNLOCK(m);
    if (on)
        vp->gain = gain;
//@ end
}

static int mix_frame_locked(mixer_t *m, int f)
{
    int acc = 0;

    for (int v = 0; v < VOICES; v++) {
        voice_t *vp = &m->voice[v];
        if (!vp->playing)
            continue;
        acc += ((vp->phase + f) % 31 - 15) * vp->gain;
        vp->phase++;
    }
    return acc * m->master_gain / 100;
}

void mixer_render(mixer_t *m)
{
    int clipped = 0;

    MIXER_LOCK(m);
    for (int f = 0; f < FRAMES; f++) {
        int s = mix_frame_locked(m, f);
        if (s > 200) {
            s = 200;
            clipped++;
        }
        m->block[f] = s;
    }
//@ slot clips
//@ is plain_in_lock
    m->clip_count += clipped;
    MIXER_UNLOCK(m);
//@ is plain_after_lock
    MIXER_UNLOCK(m);
    m->clip_count += clipped;
//@ is relaxed
    MIXER_UNLOCK(m);
    atomic_fetch_add_explicit(&m->clip_count, clipped, memory_order_relaxed);
//@ is cleared_plain
    m->clip_count += clipped;
    MIXER_UNLOCK(m);
//@ end
}

void mixer_reset_meter(mixer_t *m)
{
//@ slot clips
//@ is plain_in_lock
    MIXER_LOCK(m);
    m->clip_count = 0;
    MIXER_UNLOCK(m);
//@ is plain_after_lock
    MIXER_LOCK(m);
    m->clip_count = 0;
    MIXER_UNLOCK(m);
//@ is relaxed
    atomic_store_explicit(&m->clip_count, 0, memory_order_relaxed);
//@ is cleared_plain
    m->clip_count = 0;
//@ end
}

int mixer_stopping(mixer_t *m)
{
//@ slot stop
//@ is atomic_flag
    return atomic_load_explicit(&m->stopping, memory_order_relaxed);
//@ is volatile_flag
    return m->stopping;
//@ is locked_flag
    MIXER_LOCK(m);
    int s = m->stopping;
    MIXER_UNLOCK(m);
    return s;
//@ is volatile_locked_set
    return m->stopping;
//@ end
}

void mixer_request_stop(mixer_t *m, int on)
{
//@ slot stop
//@ is atomic_flag
    atomic_store_explicit(&m->stopping, on, memory_order_relaxed);
//@ is volatile_flag
    m->stopping = on;
//@ is locked_flag
    MIXER_LOCK(m);
    m->stopping = on;
    MIXER_UNLOCK(m);
//@ is volatile_locked_set
    MIXER_LOCK(m);
    m->stopping = on;
    MIXER_UNLOCK(m);
//@ end
}

static mixer_t mixer;

static void *render_thread(void *arg)
{
    int n = 0;

    while (!mixer_stopping(arg) && n < 20 * @BLOCKS@) {
        mixer_render(arg);
        n++;
        if (n % 2)
            sched_yield();
    }
    return NULL;
}

static void *control_thread(void *arg)
{
    for (int i = 0; i < @BLOCKS@; i++) {
        mixer_set_gain(arg, i % VOICES, 5 + i % 20);
        if (i % 8 == 3)
            mixer_reset_meter(arg);
        if (i % 4 == 1)
            mixer_request_stop(arg, 0);
        sched_yield();
    }
    return NULL;
}

int main(void)
{
    pthread_t tid[@NT@];

    mixer_init(&mixer);
    for (int i = 0; i < @NT@; i++)
        pthread_create(&tid[i], NULL, i < 2 ? render_thread : control_thread, &mixer);
    for (int i = 2; i < @NT@; i++)
        pthread_join(tid[i], NULL);
    mixer_request_stop(&mixer, 1);
    for (int i = 0; i < 2; i++)
        pthread_join(tid[i], NULL);
    printf("block %d clips %d\n", mixer.block[0] <= 200, mixer.clip_count >= 0);
    return 0;
}
