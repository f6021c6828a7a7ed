//@ family: octree_moments
//@ domain: nbody
//@ problem: Gravity by a tree of boxes: masses bottom up in tasks, then forces per body.
//@ param BODIES: 400 | 600
//@ param NT: 3 | 4
//@ param LEAF: 4 | 6
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <memory>
#include <vector>

#include <omp.h>

struct Vec {
  double x = 0, y = 0, z = 0;
  Vec &operator+=(const Vec &o) {
    x += o.x, y += o.y, z += o.z;
    return *this;
  }
  friend Vec operator-(Vec a, const Vec &b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
  friend Vec operator*(double s, const Vec &v) { return {s * v.x, s * v.y, s * v.z}; }
  double norm2() const { return x * x + y * y + z * z; }
};

struct Body {
  Vec at, acc;
  double mass = 1;
};

struct Box {
  Vec centre;
  double half = 0;
  double mass = 0;
  Vec moment;
  std::array<std::unique_ptr<Box>, 8> child;
  std::vector<int> inside;
};

class Sky {
public:
  Sky() : bodies_(@BODIES@) {
    unsigned s = 9;
    auto draw = [&s] { return ((s = s * 69069u + 1u) >> 8) % 10000 * 2e-4 - 1.0; };
    for (auto &b : bodies_)
      b = {{draw(), draw(), draw()}, {}, 1.0 + s % 3};
    std::vector<int> all(bodies_.size());
    for (std::size_t i = 0; i < all.size(); ++i)
      all[i] = static_cast<int>(i);
    root_ = split({}, 1.0, all, 0);
  }

  void weigh(Box &b, int depth) {
    if (!b.inside.empty()) {
      for (int i : b.inside) {
        b.mass += bodies_[i].mass;
        b.moment += bodies_[i].mass * bodies_[i].at;
      }
//@ slot leaves on leaves_
//@ is atomic: conflicting
#pragma omp atomic
      ++leaves_;
//@ is member: racy
      ++leaves_;
//@ is read_first: racy
      const long seen = leaves_;
#pragma omp critical(leaves)
      leaves_ = seen + 1;
//@ is critical: unprotected
#pragma omp critical(leaves)
      ++leaves_;
//@ end
      return;
    }
//@ slot children on mass
//@ is wait_then_add: unordered
    for (auto &c : b.child)
      if (c) {
        Box *box = c.get();
#pragma omp task firstprivate(box, depth) if (depth < 4)
        weigh(*box, depth + 1);
      }
#pragma omp taskwait
    for (auto &c : b.child)
      if (c) {
        b.mass += c->mass;
        b.moment += c->moment;
      }
//@ is add_in_task: racy
    Box *parent = &b;
    for (auto &c : b.child)
      if (c) {
        Box *box = c.get();
#pragma omp task firstprivate(box, parent, depth) if (depth < 4)
        {
          weigh(*box, depth + 1);
          parent->mass += box->mass;
          parent->moment += box->moment;
        }
      }
#pragma omp taskwait
//@ is add_in_task_held: unprotected
    Box *parent = &b;
    for (auto &c : b.child)
      if (c) {
        Box *box = c.get();
#pragma omp task firstprivate(box, parent, depth) if (depth < 4)
        {
          weigh(*box, depth + 1);
#pragma omp critical(parent)
          {
            parent->mass += box->mass;
            parent->moment += box->moment;
          }
        }
      }
#pragma omp taskwait
//@ is add_early: racy
    for (auto &c : b.child)
      if (c) {
        Box *box = c.get();
#pragma omp task firstprivate(box, depth) if (depth < 4)
        weigh(*box, depth + 1);
      }
    for (auto &c : b.child)
      if (c) {
        b.mass += c->mass;
        b.moment += c->moment;
      }
#pragma omp taskwait
//@ end
  }

  Vec pull(const Box &b, const Body &o) const {
    Vec d = (1.0 / std::max(b.mass, 1e-9)) * b.moment - o.at;
    const double r2 = d.norm2() + 1e-3;
    if (b.inside.empty() && 4 * b.half * b.half > 0.3 * r2) {
      Vec sum;
      for (const auto &c : b.child)
        if (c)
          sum += pull(*c, o);
      return sum;
    }
    return (b.mass / (r2 * std::sqrt(r2))) * d;
  }

  void forces() {
    double heavy = 0;
    const int n = static_cast<int>(bodies_.size());
#pragma omp parallel num_threads(@NT@)
    {
#pragma omp for schedule(static)
      for (int i = 0; i < n; ++i) {
//@ slot acc on acc
//@ is own_body: same-location
        bodies_[i].acc = pull(*root_, bodies_[i]);
//@ is with_neighbour: racy
        bodies_[i].acc += pull(*root_, bodies_[i]);
        bodies_[(i + n / 2) % n].acc += -1e-6 * bodies_[i].at;
//@ is via_reference: same-location
        Body &me = bodies_[n - 1 - i];
        me.acc = pull(*root_, me);
//@ is from_previous: racy
        bodies_[i].acc = pull(*root_, bodies_[i]);
        bodies_[i].acc += 1e-6 * bodies_[i ? i - 1 : 0].acc;
//@ end
//@ slot heavy on heavy
//@ is critical: unprotected
#pragma omp critical(heavy)
        heavy = std::max(heavy, bodies_[i].mass);
//@ is local: racy
        heavy = std::max(heavy, bodies_[i].mass);
//@ is once: concurrent
        if (i == n / 2)
          heavy = bodies_[i].mass;
//@ is two_names: racy
        if (i % 2) {
#pragma omp critical(heavy)
          heavy = std::max(heavy, bodies_[i].mass);
        } else {
#pragma omp critical(leaves)
          heavy = std::max(heavy, bodies_[i].mass);
        }
//@ end
      }
    }
    heaviest_ = heavy;
  }

  void clear(Box &b) {
    b.mass = 0;
    b.moment = {};
    for (auto &c : b.child)
      if (c)
        clear(*c);
  }
  void weigh_serial(Box &b) {
    for (int i : b.inside) {
      b.mass += bodies_[i].mass;
      b.moment += bodies_[i].mass * bodies_[i].at;
    }
    for (auto &c : b.child)
      if (c) {
        weigh_serial(*c);
        b.mass += c->mass;
        b.moment += c->moment;
      }
  }
  double serial() {
    weigh_serial(*root_);
    double s = 0;
    for (const Body &b : bodies_)
      s += pull(*root_, b).norm2();
    clear(*root_);
    return s;
  }
  double team() {
#pragma omp parallel num_threads(@NT@)
#pragma omp single
    weigh(*root_, 0);
    forces();
    double s = 0;
    for (const Body &b : bodies_)
      s += b.acc.norm2();
    return s;
  }
  long leaves() const { return leaves_; }
  double heaviest() const { return heaviest_; }

private:
  std::unique_ptr<Box> split(Vec centre, double half, const std::vector<int> &in, int depth) {
    auto b = std::make_unique<Box>();
    b->centre = centre;
    b->half = half;
    if (in.size() <= @LEAF@ || depth > 8) {
      b->inside = in;
      return b;
    }
    std::array<std::vector<int>, 8> part;
    for (int i : in) {
      const Vec &p = bodies_[i].at;
      part[(p.x > centre.x) + 2 * (p.y > centre.y) + 4 * (p.z > centre.z)].push_back(i);
    }
    for (int o = 0; o < 8; ++o)
      if (!part[o].empty())
        b->child[o] = split({centre.x + (o & 1 ? half : -half) / 2, centre.y + (o & 2 ? half : -half) / 2,
                             centre.z + (o & 4 ? half : -half) / 2},
                            half / 2, part[o], depth + 1);
    return b;
  }

  std::vector<Body> bodies_;
  std::unique_ptr<Box> root_;
  long leaves_ = 0;
  double heaviest_ = 0;
};

int main() {
  Sky sky;
  const double a = sky.serial();
  const double b = sky.team();
  std::printf("serial %.8f team %.8f leaves %ld heaviest %.1f\n", a, b, sky.leaves(), sky.heaviest());
}
