//@ family: layer_gradients
//@ domain: machine_learning
//@ problem: Train a small two-layer network on minibatches, gradients summed over samples.
//@ param IN: 8 | 12
//@ param HID: 10 | 16
//@ param NT: 3 | 4
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <omp.h>

enum { IN = @IN@, HID = @HID@, SAMPLES = 192, BATCH = 48, EPOCHS = 3 };

typedef struct {
	float w1[HID][IN];
	float w2[HID];
} weights_t;

typedef struct {
	weights_t w;
	weights_t grad;
	float hidden[HID];
	double loss;
	int hits;
	int updates;
} net_t;

static float data[SAMPLES][IN], target[SAMPLES];

static void make_data(void)
{
	unsigned s = 12;

	for (int i = 0; i < SAMPLES; i++) {
		target[i] = 0;
		for (int k = 0; k < IN; k++) {
			s = s * 1103515245u + 12345u;
			data[i][k] = (float)((s >> 16) % 200) / 100.0f - 1.0f;
			target[i] += data[i][k] * (k % 2 ? 0.5f : -0.3f);
		}
	}
}

static void net_init(net_t *n)
{
	memset(n, 0, sizeof(*n));
	for (int h = 0; h < HID; h++) {
		n->w.w2[h] = 0.1f + 0.01f * (float)h;
		for (int k = 0; k < IN; k++)
			n->w.w1[h][k] = 0.05f * (float)((h * 7 + k * 3) % 5 - 2);
	}
}

static float forward(const weights_t *w, const float *x, float *hidden)
{
	float out = 0;

	for (int h = 0; h < HID; h++) {
		float a = 0;

		for (int k = 0; k < IN; k++)
			a += w->w1[h][k] * x[k];
		hidden[h] = tanhf(a);
		out += w->w2[h] * hidden[h];
	}
	return out;
}

static void backward(const weights_t *w, const float *x, const float *hidden, float err, weights_t *g)
{
	for (int h = 0; h < HID; h++) {
		float d = err * w->w2[h] * (1 - hidden[h] * hidden[h]);

		g->w2[h] += err * hidden[h];
		for (int k = 0; k < IN; k++)
			g->w1[h][k] += d * x[k];
	}
}

static void descend(weights_t *w, const weights_t *g, int from, int to)
{
	for (int h = from; h < to; h++) {
		w->w2[h] -= 0.01f * g->w2[h] / BATCH;
		for (int k = 0; k < IN; k++)
			w->w1[h][k] -= 0.01f * g->w1[h][k] / BATCH;
	}
}

static double train_serial(net_t *n)
{
	for (int e = 0; e < EPOCHS; e++)
		for (int b = 0; b < SAMPLES; b += BATCH) {
			memset(&n->grad, 0, sizeof(n->grad));
			for (int i = b; i < b + BATCH; i++) {
				float err = forward(&n->w, data[i], n->hidden) - target[i];

				n->loss += err * err;
				backward(&n->w, data[i], n->hidden, err, &n->grad);
			}
			descend(&n->w, &n->grad, 0, HID);
		}
	return n->loss;
}

static void add_weights(weights_t *to, const weights_t *from)
{
	float *a = (float *)to;
	const float *b = (const float *)from;

	for (size_t k = 0; k < sizeof(*to) / sizeof(float); k++)
		a[k] += b[k];
}

static void batch_team(net_t *n, int b)
{
	memset(&n->grad, 0, sizeof(n->grad));
#pragma omp parallel num_threads(@NT@)
	{
		weights_t mine;
		double loss = 0;
		int hits = 0;

		memset(&mine, 0, sizeof(mine));
#pragma omp for schedule(static) nowait
		for (int i = b; i < b + BATCH; i++) {
//@ slot act on hidden
//@ is stack: same-location
			float act[HID];
//@ is member: racy
			float *act = n->hidden;
//@ is member_filled: racy
			float *act = n->hidden;
#pragma omp critical(act)
			forward(&n->w, data[i], act);
//@ is stack_copy: same-location
			float act[HID];
			memcpy(act, n->hidden, sizeof(act));
//@ end
			float err = forward(&n->w, data[i], act) - target[i];

			loss += err * err;
			hits += fabsf(err) < 0.5f;
//@ slot grads on grad
//@ is own_named
			backward(&n->w, data[i], act, err, &mine);
//@ is direct
			backward(&n->w, data[i], act, err, &n->grad);
//@ is direct_named
#pragma omp critical(grads)
			backward(&n->w, data[i], act, err, &n->grad);
//@ is own_plain
			backward(&n->w, data[i], act, err, &mine);
//@ is own_two_names
			backward(&n->w, data[i], act, err, &mine);
//@ end
		}
//@ slot grads
//@ is own_named: unprotected
#pragma omp critical(grads)
		add_weights(&n->grad, &mine);
//@ is direct: racy
//@ is direct_named: unprotected
//@ is own_plain: racy
		add_weights(&n->grad, &mine);
//@ is own_two_names: racy
		if (omp_get_thread_num() == 0) {
#pragma omp critical(grads_main)
			add_weights(&n->grad, &mine);
		} else {
#pragma omp critical(grads)
			add_weights(&n->grad, &mine);
		}
//@ end
//@ slot loss on loss, hits
//@ is two_atomics: conflicting
#pragma omp atomic
		n->loss += loss;
#pragma omp atomic
		n->hits += hits;
//@ is first_atomic: racy
#pragma omp atomic
		n->loss += loss;
		n->hits += hits;
//@ is plain: racy
		n->loss += loss;
		n->hits += hits;
//@ is block: unprotected
#pragma omp critical
		{
			n->loss += loss;
			n->hits += hits;
		}
//@ end
//@ slot step on w
//@ is after_meet: same-location
#pragma omp barrier
#pragma omp for schedule(static)
		for (int h = 0; h < HID; h++)
			descend(&n->w, &n->grad, h, h + 1);
//@ is peek_after: racy
#pragma omp barrier
#pragma omp for schedule(static) nowait
		for (int h = 0; h < HID; h++)
			descend(&n->w, &n->grad, h, h + 1);
		if (omp_get_thread_num() == 0)
			n->updates += n->w.w2[HID - 1] > 100;
//@ is every_thread: racy
#pragma omp barrier
		descend(&n->w, &n->grad, 0, HID);
//@ is outside: unordered
//@ end
	}
//@ slot step
//@ is outside
	descend(&n->w, &n->grad, 0, HID);
//@ end
	n->updates++;
}

static double weight_sum(const weights_t *w)
{
	double s = 0;

	for (int h = 0; h < HID; h++)
		for (int k = 0; k < IN; k++)
			s += w->w1[h][k] * (h + 1) + w->w2[h];
	return s;
}

int main(void)
{
	static net_t a, b;

	make_data();
	net_init(&a);
	net_init(&b);
	train_serial(&a);
	for (int e = 0; e < EPOCHS; e++)
		for (int k = 0; k < SAMPLES; k += BATCH)
			batch_team(&b, k);
	printf("serial %.4f %.4f team %.4f %.4f hits %d updates %d\n", a.loss, weight_sum(&a.w), b.loss,
	       weight_sum(&b.w), b.hits, b.updates);
	return 0;
}
