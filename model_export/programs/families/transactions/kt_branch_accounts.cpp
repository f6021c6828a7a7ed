//@ family: kt_branch_accounts
//@ domain: transactions
//@ problem: Branches transfer money between accounts with one mutex each, taken in order; an auditor adds up and interest is booked.
//@ param BRANCHES: 3 | 4
//@ param ORDERS: 300 | 500
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

using Cents = std::int64_t;

struct Account {
  mutable std::mutex mu;
  Cents balance = 100000;
  Cents interest = 0;
  int entries = 0;
};

class Bank {
public:
  static constexpr int kAccounts = 8;

  void transfer(int from, int to, Cents amount) {
    auto &a = accounts_[from];
    auto &b = accounts_[to];
//@ slot money on balance
//@ is scoped_pair: unprotected
    std::scoped_lock both(a.mu, b.mu);
    a.balance -= amount;
    b.balance += amount;
//@ is by_address: unprotected
    auto *lo = from < to ? &a : &b;
    auto *hi = from < to ? &b : &a;
    std::lock_guard first(lo->mu);
    std::lock_guard second(hi->mu);
    a.balance -= amount;
    b.balance += amount;
//@ is scoped_single: racy
    std::scoped_lock both(a.mu);
    a.balance -= amount;
    b.balance += amount;
//@ is moved_lock: racy
    std::unique_lock first(a.mu);
    a.balance -= amount;
    std::unique_lock second(std::move(first));
    b.balance += amount;
//@ is debit_then_credit: unprotected
    {
      std::lock_guard hold(a.mu);
      a.balance -= amount;
    }
    std::lock_guard hold(b.mu);
    b.balance += amount;
//@ is deferred: racy
    std::unique_lock first(a.mu, std::defer_lock);
    std::unique_lock second(b.mu, std::defer_lock);
    if (amount > 5)
      std::lock(first, second);
    a.balance -= amount;
    b.balance += amount;
//@ end
  }

  void book(int account, int branch) {
    auto &a = accounts_[account];
//@ slot entries on entries
//@ is under_own_mutex: unprotected
    std::lock_guard hold(a.mu);
    ++a.entries;
//@ is under_next_mutex: racy
    std::lock_guard hold(accounts_[(account + branch) % kAccounts].mu);
    ++a.entries;
//@ is own_range: same-location
    if (account % @BRANCHES@ == branch)
      ++a.entries;
//@ is bare: racy
    ++a.entries;
//@ end
  }

  void add_interest(int account) {
    auto &a = accounts_[account];
//@ slot interest on interest
//@ is guarded_by_books: unprotected
    std::lock_guard hold(books_mu_);
    a.interest += 3;
//@ is guarded_by_copy: racy
    std::mutex books;
    std::lock_guard hold(books);
    a.interest += 3;
//@ is atomic_ref_add: conflicting
    std::atomic_ref<Cents>(a.interest).fetch_add(3, std::memory_order_relaxed);
//@ is lock_temporary: racy
    { std::lock_guard<std::mutex>{books_mu_}; }
    a.interest += 3;
//@ end
  }

  Cents total() const {
    Cents sum = 0;
    for (const auto &a : accounts_)
      sum += a.balance;
    return sum;
  }
  Cents extras() const {
    Cents sum = 0;
    for (const auto &a : accounts_)
      sum += a.interest + a.entries;
    return sum;
  }

private:
  std::array<Account, kAccounts> accounts_;
  std::mutex books_mu_;
};

struct Order {
  int from, to;
  Cents amount;
};

static Order order(int branch, int i) {
  const int from = (branch + i * 3) % Bank::kAccounts;
  return {from, (from + 1 + i % 5) % Bank::kAccounts, 1 + i % 11};
}

static void branch_day(Bank &bank, int branch) {
  for (int i = 0; i < @ORDERS@; ++i) {
    const Order o = order(branch, i);
    bank.transfer(o.from, o.to, o.amount);
    if (i % 2 == 0)
      bank.book(o.to, branch);
    if (i % 4 == 1)
      bank.add_interest(i / 4 % Bank::kAccounts);
    if (i % 8 == 0)
      std::this_thread::yield();
  }
}

static Cents serial_total() {
  Bank bank;
  for (int b = 0; b < @BRANCHES@; ++b)
    branch_day(bank, b);
  return bank.total();
}

int main() {
  Bank bank;
  std::vector<std::thread> day;
  for (int b = 0; b < @BRANCHES@; ++b)
    day.emplace_back(branch_day, std::ref(bank), b);
  for (auto &t : day)
    t.join();
  std::printf("total %ld serial %ld extras %d\n", static_cast<long>(bank.total()),
              static_cast<long>(serial_total()), bank.extras() > 0);
}
