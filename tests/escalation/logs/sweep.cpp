#include <cstdio>
#include <vector>
namespace fluid {
template <typename T>
class Field {
 public:
  explicit Field(int n) : cells_(n) {}
  void relax() {
    int n = static_cast<int>(cells_.size());
#pragma omp parallel for
    for (int i = 1; i < n; ++i) cells_[i] = cells_[i - 1];
  }
  T norm() const {
    T sum = 0;
#pragma omp parallel for
    for (int i = 0; i < 50; ++i) sum += cells_[i];
    return sum;
  }
 private:
  std::vector<T> cells_;
};
}
int main() {
  fluid::Field<float> f(50);
  f.relax();
  auto total = [&] {
    int count = 0;
#pragma omp parallel
    count++;
    return count;
  };
  std::printf("%f %d\n", f.norm(), total());
}
