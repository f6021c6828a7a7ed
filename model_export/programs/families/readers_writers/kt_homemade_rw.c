//@ family: kt_homemade_rw
//@ domain: readers_writers
//@ problem: A board of scores is guarded by a reader/writer gate made of a mutex, a condition variable and counts.
//@ param READERS: 2 | 3
//@ param ROUNDS: 200 | 300
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#define PLAYERS 12

typedef struct {
    pthread_mutex_t m;
    pthread_cond_t turn;
    int readers;
    int writing;
    int waiting;
} gate_t;

typedef struct {
    gate_t gate;
    int score[PLAYERS];
    int rounds;
    int last_player;
} board_t;

typedef struct {
    board_t *board;
    long looked;
    int id;
} seat_t;

static long asked;
static pthread_mutex_t asked_mu = PTHREAD_MUTEX_INITIALIZER;

static void read_enter(gate_t *g)
{
    pthread_mutex_lock(&g->m);
//@ slot gate on score
//@ is waits_for_writer: unprotected
    while (g->writing)
        pthread_cond_wait(&g->turn, &g->m);
    g->readers++;
    pthread_mutex_unlock(&g->m);
//@ is waits_once: racy
    if (g->writing && g->waiting > 1)
        pthread_cond_wait(&g->turn, &g->m);
    g->readers++;
    pthread_mutex_unlock(&g->m);
//@ is writer_waits_for_none: racy
    while (g->writing)
        pthread_cond_wait(&g->turn, &g->m);
    g->readers++;
    pthread_mutex_unlock(&g->m);
//@ is polite: unprotected
    while (g->writing || g->waiting > 1)
        pthread_cond_wait(&g->turn, &g->m);
    g->readers++;
    pthread_mutex_unlock(&g->m);
//@ end
}

static void read_leave(gate_t *g)
{
    pthread_mutex_lock(&g->m);
    if (--g->readers == 0)
        pthread_cond_broadcast(&g->turn);
    pthread_mutex_unlock(&g->m);
}

static void write_enter(gate_t *g)
{
    pthread_mutex_lock(&g->m);
    g->waiting++;
//@ slot gate
//@ is waits_for_writer
    while (g->writing || g->readers)
        pthread_cond_wait(&g->turn, &g->m);
//@ is waits_once
    while (g->writing || g->readers)
        pthread_cond_wait(&g->turn, &g->m);
//@ is writer_waits_for_none
    while (g->writing)
        pthread_cond_wait(&g->turn, &g->m);
//@ is polite
    while (g->writing || g->readers)
        pthread_cond_wait(&g->turn, &g->m);
//@ end
    g->waiting--;
    g->writing = 1;
    pthread_mutex_unlock(&g->m);
}

static void write_leave(gate_t *g)
{
    pthread_mutex_lock(&g->m);
    g->writing = 0;
    pthread_cond_broadcast(&g->turn);
    pthread_mutex_unlock(&g->m);
}

static void *reader(void *arg)
{
    seat_t *s = arg;
    board_t *b = s->board;

    for (int i = 0; i < @ROUNDS@; i++) {
        int best = 0;

        read_enter(&b->gate);
        for (int p = 0; p < PLAYERS; p++)
            if (b->score[p] > b->score[best])
                best = p;
        sched_yield();
//@ slot last on last_player
//@ is reader_notes: racy
        b->last_player = best;
        read_leave(&b->gate);
//@ is writer_notes: unprotected
        s->looked += b->last_player >= 0;
        read_leave(&b->gate);
//@ is looked_up_late: racy
        read_leave(&b->gate);
        s->looked += b->last_player >= 0;
//@ end
        s->looked += best >= 0;
//@ slot asked on asked
//@ is locked: unprotected
        pthread_mutex_lock(&asked_mu);
        asked++;
        pthread_mutex_unlock(&asked_mu);
//@ is as_reader: racy
        read_enter(&b->gate);
        sched_yield();
        asked++;
        read_leave(&b->gate);
//@ is as_writer: unprotected
        write_enter(&b->gate);
        sched_yield();
        asked++;
        write_leave(&b->gate);
//@ end
    }
    return NULL;
}

static void *writer(void *arg)
{
    seat_t *s = arg;
    board_t *b = s->board;

    for (int i = 0; i < @ROUNDS@; i++) {
        write_enter(&b->gate);
        sched_yield();
        b->score[(i * 5 + s->id) % PLAYERS] += 1 + i % 3;
        b->rounds++;
//@ slot last
//@ is writer_notes
        b->last_player = i % PLAYERS;
//@ is looked_up_late
        b->last_player = i % PLAYERS;
//@ end
        write_leave(&b->gate);
        if (i % 2)
            sched_yield();
    }
    return NULL;
}

static int serial_score(void)
{
    int sum = 0;

    for (int w = 0; w < 2; w++)
        for (int i = 0; i < @ROUNDS@; i++)
            sum += 1 + i % 3;
    return sum;
}

int main(void)
{
    static board_t board;
    static const struct {
        void *(*start)(void *);
        int count;
    } roles[] = { { writer, 2 }, { reader, @READERS@ } };
    seat_t seat[2 + @READERS@];
    pthread_t tid[2 + @READERS@];
    int n = 0, sum = 0;
    long looked = 0;

    pthread_mutex_init(&board.gate.m, NULL);
    pthread_cond_init(&board.gate.turn, NULL);
    for (int r = 0; r < 2; r++)
        for (int k = 0; k < roles[r].count; k++, n++) {
            seat[n] = (seat_t){ &board, 0, k };
            pthread_create(&tid[n], NULL, roles[r].start, &seat[n]);
        }
    for (int i = 0; i < n; i++)
        pthread_join(tid[i], NULL);
    for (int i = 0; i < n; i++)
        looked += seat[i].looked;
    for (int p = 0; p < PLAYERS; p++)
        sum += board.score[p];
    printf("score %d serial %d looked %d asked %d\n", sum, serial_score(), looked > 0, asked > 0);
    return 0;
}
