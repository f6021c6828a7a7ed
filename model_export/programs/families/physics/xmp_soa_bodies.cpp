//@ family: xmp_soa_bodies
//@ domain: physics
//@ problem: A structure of arrays for bodies with templated parallel kernels.
//@ param NT: 3 | 4
//@ param BODIES: 300 | 400
//@ param REAL: float | double
#include <array>
#include <cstdio>

template <class Real, int N> struct Bodies {
  std::array<Real, N> x{}, vx{}, fx{}, mass{};
  Real momentum = 0;
  int crossings = 0;
};

template <class Real> inline Real pull(Real a, Real b, Real m) {
  const Real d = b - a;
  return m * d / (d * d + Real(0.01));
}

template <class Real, int N> void forces(Bodies<Real, N> &b) {
//@ slot forces on fx
//@ is full: same-location
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int i = 0; i < N; ++i) {
    Real f = 0;
    for (int j = 0; j < N; ++j)
      f += pull(b.x[i], b.x[j], b.mass[j]);
    b.fx[i] = f;
  }
//@ is half: racy
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int i = 0; i < N; ++i)
    for (int j = i + 1; j < N; ++j) {
      const Real f = pull(b.x[i], b.x[j], b.mass[j]);
      b.fx[i] += f;
      b.fx[j] -= f;
    }
//@ is half_atomic: conflicting
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int i = 0; i < N; ++i)
    for (int j = i + 1; j < N; ++j) {
      const Real f = pull(b.x[i], b.x[j], b.mass[j]);
#pragma omp atomic
      b.fx[i] += f;
#pragma omp atomic
      b.fx[j] -= f;
    }
//@ is opposite: racy
#pragma omp parallel for num_threads(@NT@) schedule(static)
  for (int i = 0; i < N; ++i) {
    const int j = (i + N / 2) % N;
    const Real f = pull(b.x[i], b.x[j], b.mass[j]);
    b.fx[i] += f;
    b.fx[j] -= f;
  }
//@ is inner: same-location
  for (int i = 0; i < N; ++i) {
#pragma omp parallel for num_threads(@NT@) schedule(static) if (N > 350)
    for (int j = 0; j < N; ++j)
      b.fx[j] += pull(b.x[j], b.x[i], b.mass[i]);
  }
//@ end
}

template <class Real, int N> void advance(Bodies<Real, N> &b, Real dt) {
//@ slot crossings on crossings
//@ is reduced: unprotected
  int crossed = 0;
#pragma omp parallel for num_threads(@NT@) reduction(+ : crossed)
  for (int i = 0; i < N; ++i) {
    b.vx[i] += b.fx[i] * dt;
    b.x[i] += b.vx[i] * dt;
    crossed += b.x[i] > Real(1);
  }
  b.crossings += crossed;
//@ is member: racy
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < N; ++i) {
    b.vx[i] += b.fx[i] * dt;
    b.x[i] += b.vx[i] * dt;
    b.crossings += b.x[i] > Real(1);
  }
//@ is lambda: racy
  auto move = [&b, dt](int i) {
    b.vx[i] += b.fx[i] * dt;
    b.x[i] += b.vx[i] * dt;
    b.crossings += b.x[i] > Real(1);
  };
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < N; ++i)
    move(i);
//@ is lambda_returns: unprotected
  auto move = [&b, dt](int i) {
    b.vx[i] += b.fx[i] * dt;
    b.x[i] += b.vx[i] * dt;
    return b.x[i] > Real(1) ? 1 : 0;
  };
  int crossed = 0;
#pragma omp parallel for num_threads(@NT@) reduction(+ : crossed)
  for (int i = 0; i < N; ++i)
    crossed += move(i);
  b.crossings += crossed;
//@ end
}

template <class Real, int N> void total(Bodies<Real, N> &b) {
//@ slot momentum on momentum
//@ is kept_local: conflicting
  Real p = 0;
#pragma omp parallel num_threads(@NT@)
  {
    Real part = 0;
#pragma omp for
    for (int i = 0; i < N; ++i)
      part += b.mass[i] * b.vx[i];
#pragma omp atomic
    b.momentum += part;
  }
  b.momentum += p;
//@ is direct: racy
#pragma omp parallel for num_threads(@NT@)
  for (int i = 0; i < N; ++i)
    b.momentum += b.mass[i] * b.vx[i];
//@ is member_part: racy
#pragma omp parallel num_threads(@NT@)
  {
    Real part = 0;
#pragma omp for
    for (int i = 0; i < N; ++i)
      part += b.mass[i] * b.vx[i];
    b.momentum += part;
  }
//@ is single: concurrent
#pragma omp parallel num_threads(@NT@)
  {
#pragma omp single
    for (int i = 0; i < N; ++i)
      b.momentum += b.mass[i] * b.vx[i];
  }
//@ end
}

static Bodies<@REAL@, @BODIES@> bodies;

int main() {
  for (int i = 0; i < @BODIES@; ++i) {
    bodies.x[i] = static_cast<@REAL@>(i) / @BODIES@ * 2;
    bodies.mass[i] = static_cast<@REAL@>(1 + i % 3) / 100;
  }
  forces(bodies);
  advance(bodies, static_cast<@REAL@>(0.001));
  total(bodies);
  std::printf("%.4f %d\n", static_cast<double>(bodies.momentum), bodies.crossings);
}
