//@ family: cxx_transfers
//@ domain: accounting
//@ problem: Tellers move money between accounts while an auditor adds the balances up.
//@ param TELLERS: 2 | 3
//@ param ACCOUNTS: 4 | 6
//@ param MOVES: 300 | 400
#include <atomic>
#include <cstdio>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

struct Account {
  explicit Account(long b) : balance(b) {}
  std::mutex mutex;
  long balance;
  int moves = 0;
};

class Bank {
public:
  Bank() {
    for (int i = 0; i < @ACCOUNTS@; ++i)
      accounts_.emplace_back(1000 + 10 * i);
  }

  void transfer(int from, int to, long amount) {
    Account &a = accounts_[from];
    Account &b = accounts_[to];
//@ slot move on balance
//@ is scoped_both: unprotected
    std::scoped_lock lock(a.mutex, b.mutex);
    a.balance -= amount;
    b.balance += amount;
//@ is source_only: racy
    std::scoped_lock lock(a.mutex);
    a.balance -= amount;
    b.balance += amount;
//@ is one_after_other: unprotected
    {
      std::lock_guard lock(a.mutex);
      a.balance -= amount;
    }
    std::lock_guard lock(b.mutex);
    b.balance += amount;
//@ is same_twice: racy
    {
      std::lock_guard lock(a.mutex);
      a.balance -= amount;
    }
    std::lock_guard lock(a.mutex);
    b.balance += amount;
//@ is std_lock: unprotected
    std::unique_lock first(a.mutex, std::defer_lock);
    std::unique_lock second(b.mutex, std::defer_lock);
    std::lock(first, second);
    a.balance -= amount;
    b.balance += amount;
//@ end
  }

  void note_move(int which) {
//@ slot moves on moves
//@ is account_lock: unprotected
    std::lock_guard lock(accounts_[which].mutex);
    ++accounts_[which].moves;
//@ is next_lock: racy
    std::lock_guard lock(accounts_[(which + 1) % @ACCOUNTS@].mutex);
    if (which % 2)
      ++accounts_[0].moves;
    else
      ++accounts_[which].moves;
//@ is unlocked: racy
    ++accounts_[which].moves;
//@ is atomic_ref: conflicting
    std::atomic_ref<int>(accounts_[which].moves).fetch_add(1);
//@ end
  }

  long audit() {
    long sum = 0;
    for (Account &a : accounts_) {
      std::lock_guard lock(a.mutex);
      sum += a.balance;
    }
    return sum;
  }

  int moves() const {
    int n = 0;
    for (const Account &a : accounts_)
      n += a.moves;
    return n;
  }

private:
  std::deque<Account> accounts_;
};

static void teller(Bank &bank, int self, std::atomic<int> &seats) {
  seats.fetch_sub(1, std::memory_order_relaxed);
  while (seats.load(std::memory_order_relaxed) > 0)
    std::this_thread::yield();
  for (int i = 0; i < @MOVES@; ++i) {
    const int from = (i + self) % @ACCOUNTS@;
    const int to = (i * 3 + self + 1) % @ACCOUNTS@;
    if (from != to)
      bank.transfer(from, to, 1 + i % 5);
    if (i % 4 == 0)
      std::this_thread::yield();
    bank.note_move(i % @ACCOUNTS@);
    if (i % 4 == 2)
      std::this_thread::yield();
  }
}

int main() {
  Bank bank;
  std::atomic<int> seats{@TELLERS@ + 1};
//@ slot audit on report
//@ is joined: unordered
  long report = 0;
//@ is read_live: racy
  long report = 0;
//@ is atomic_report: conflicting
  std::atomic<long> report{0};
//@ is counted_down: racy
  long report = 0;
//@ end
  std::vector<std::thread> tellers;
  for (int t = 0; t < @TELLERS@; ++t)
    tellers.emplace_back(teller, std::ref(bank), t, std::ref(seats));
  std::thread auditor([&bank, &report, &seats] {
    seats.fetch_sub(1, std::memory_order_relaxed);
    for (int k = 0; k < 100; ++k) {
      const long sum = bank.audit();
      report = sum;
      if (k % 2 == 0)
        std::this_thread::yield();
    }
  });
//@ slot audit
//@ is joined
  auditor.join();
  std::printf("report %d\n", report > 0);
//@ is read_live
  std::printf("report %d\n", report >= 0);
  auditor.join();
//@ is atomic_report
  std::printf("report %d\n", report.load() >= 0);
  auditor.join();
//@ is counted_down
  while (seats.load(std::memory_order_acquire) > 0)
    std::this_thread::yield();
  std::printf("report %d\n", report >= 0);
  auditor.join();
//@ end
  for (auto &t : tellers)
    t.join();
  std::printf("total %ld moves %d\n", bank.audit(), bank.moves() > 0);
}
