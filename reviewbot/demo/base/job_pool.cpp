// A pool of threads that work off a list of jobs.
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

class JobPool {
public:
    void add(std::function<long()> job) { jobs_.push_back(std::move(job)); }

    long run(int workers)
    {
        std::vector<std::thread> threads;
        for (int i = 0; i < workers; i++)
            threads.emplace_back(&JobPool::work, this);
        for (auto &thread : threads)
            thread.join();
        return sum_;
    }

private:
    void work()
    {
        for (;;) {
            mutex_.lock();
            if (jobs_.empty()) {
                mutex_.unlock();
                return;
            }
            auto job = std::move(jobs_.front());
            jobs_.pop_front();
            mutex_.unlock();

            long result = job();

            mutex_.lock();
            sum_ += result;
            mutex_.unlock();
        }
    }

    std::mutex mutex_;
    std::deque<std::function<long()>> jobs_;
    long sum_ = 0;
};

long run_squares(int workers, int count)
{
    JobPool pool;
    for (long i = 0; i < count; i++)
        pool.add([i] { return i * i; });
    return pool.run(workers);
}
