//@ family: xmp_functor_pricer
//@ domain: finance
//@ problem: Price contracts with function objects that keep state between calls.
//@ param NT: 3 | 4
//@ param DEALS: 1500 | 2500
//@ param PATHS: 8 | 12
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <vector>

class Noise {
public:
  explicit Noise(std::uint64_t seed) : state_(seed) {}
  double operator()() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state_ >> 40) / (1 << 24);
  }

private:
  std::uint64_t state_;
};

struct Deal {
  double strike;
  double price;
};

struct Pricer {
  double rate = 0.02;
  mutable long calls = 0;
  mutable double last = 0;

  double operator()(const Deal &d, double u) const {
//@ slot calls on calls
//@ is counted: racy
    ++calls;
//@ is counted_atomic: conflicting
#pragma omp atomic
    ++calls;
//@ is counted_critical: unprotected
#pragma omp critical(pricer_calls)
    ++calls;
//@ is not_counted: concurrent
//@ end
//@ slot last on last
//@ is stored: racy
    last = std::fmax(0.0, 1.0 + u - d.strike);
    return last * std::exp(-rate);
//@ is on_stack: concurrent
    const double payoff = std::fmax(0.0, 1.0 + u - d.strike);
    return payoff * std::exp(-rate);
//@ is stored_atomic: conflicting
    const double payoff = std::fmax(0.0, 1.0 + u - d.strike);
#pragma omp atomic write
    last = payoff;
    return payoff * std::exp(-rate);
//@ end
  }
};

static double price_all(std::vector<Deal> &deals, const Pricer &pricer) {
  const int n = static_cast<int>(deals.size());
  double book = 0;
//@ slot noise on state_
//@ is per_thread: same-location
#pragma omp parallel num_threads(@NT@)
  {
    Noise noise(12345u);
#pragma omp for reduction(+ : book)
    for (int i = 0; i < n; ++i) {
      for (int k = 0; k < @PATHS@; ++k)
        deals[i].price += pricer(deals[i], noise());
      book += deals[i].price;
    }
  }
//@ is one_for_all: racy
  Noise noise(12345u);
#pragma omp parallel for num_threads(@NT@) reduction(+ : book)
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < @PATHS@; ++k)
      deals[i].price += pricer(deals[i], noise());
    book += deals[i].price;
  }
//@ is one_each: same-location
  Noise noise(12345u);
#pragma omp parallel for num_threads(@NT@) reduction(+ : book) firstprivate(noise)
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < @PATHS@; ++k)
      deals[i].price += pricer(deals[i], noise());
    book += deals[i].price;
  }
//@ is by_reference: racy
  Noise noise(12345u);
  std::function<double()> draw = std::ref(noise);
#pragma omp parallel for num_threads(@NT@) reduction(+ : book) firstprivate(draw)
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < @PATHS@; ++k)
      deals[i].price += pricer(deals[i], draw());
    book += deals[i].price;
  }
//@ is by_value: same-location
  std::function<double()> draw = Noise(12345u);
#pragma omp parallel for num_threads(@NT@) reduction(+ : book) firstprivate(draw)
  for (int i = 0; i < n; ++i) {
    for (int k = 0; k < @PATHS@; ++k)
      deals[i].price += pricer(deals[i], draw());
    book += deals[i].price;
  }
//@ is locked: unprotected
  Noise noise(12345u);
#pragma omp parallel for num_threads(@NT@) reduction(+ : book)
  for (int i = 0; i < n; ++i) {
    double u;
#pragma omp critical(noise)
    u = noise();
    deals[i].price += pricer(deals[i], u);
    book += deals[i].price;
  }
//@ end
  return book;
}

int main() {
  std::vector<Deal> deals(@DEALS@);
  for (std::size_t i = 0; i < deals.size(); ++i)
    deals[i] = {0.8 + static_cast<double>(i % 40) / 100, 0.0};
  Pricer pricer;
  const double book = price_all(deals, pricer);
  std::printf("%.4f calls %ld last %.3f\n", book, pricer.calls, pricer.last);
}
