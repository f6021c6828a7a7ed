//@ family: forest_merge
//@ domain: graphs
//@ problem: Minimum spanning forest in rounds: cheapest edge per tree, then merging.
//@ param NODES: 300 | 420
//@ param EDGES: 1500 | 2400
//@ param NT: 3 | 4
#include <algorithm>
#include <cstdio>
#include <numeric>
#include <vector>

#include <omp.h>

using Weight = long;

struct Link {
  int a, b;
  Weight w;
};

class Graph {
public:
  Graph(int nodes, int edges) : nodes(nodes) {
    unsigned s = 1234;
    auto draw = [&s] { return (s = s * 22695477u + 1u) >> 8; };
    links.reserve(edges);
    for (int e = 0; e < edges; ++e) {
      int a = draw() % nodes, b = draw() % nodes;
      if (a != b)
        links.push_back({a, b, static_cast<Weight>(draw() % 9000) * 4096 + e});
    }
  }
  int nodes;
  std::vector<Link> links;
};

static Weight kruskal(const Graph &g) {
  std::vector<Link> order = g.links;
  std::sort(order.begin(), order.end(), [](auto &x, auto &y) { return x.w < y.w; });
  std::vector<int> up(g.nodes);
  std::iota(up.begin(), up.end(), 0);
  auto find = [&up](int v) {
    while (up[v] != v)
      v = up[v] = up[up[v]];
    return v;
  };
  Weight sum = 0;
  for (const Link &l : order) {
    int a = find(l.a), b = find(l.b);
    if (a != b) {
      up[a] = b;
      sum += l.w;
    }
  }
  return sum;
}

struct Forest {
  explicit Forest(const Graph &g) : g(g), tree(g.nodes), cheapest(g.nodes, -1), guard(g.nodes) {
    std::iota(tree.begin(), tree.end(), 0);
    for (auto &l : guard)
      omp_init_lock(&l);
  }
  ~Forest() {
    for (auto &l : guard)
      omp_destroy_lock(&l);
  }

  void offer(int t, int e) {
    if (cheapest[t] < 0 || g.links[e].w < g.links[cheapest[t]].w)
      cheapest[t] = e;
  }

  void propose(int e) {
    int a = tree[g.links[e].a], b = tree[g.links[e].b];
    if (a == b)
      return;
//@ slot offer on cheapest
//@ is each_own: unprotected
    omp_set_lock(&guard[a]);
    offer(a, e);
    omp_unset_lock(&guard[a]);
    omp_set_lock(&guard[b]);
    offer(b, e);
    omp_unset_lock(&guard[b]);
//@ is crossed: racy
    omp_set_lock(&guard[a]);
    offer(b, e);
    omp_unset_lock(&guard[a]);
    omp_set_lock(&guard[b]);
    offer(a, e);
    omp_unset_lock(&guard[b]);
//@ is under_first: racy
    omp_set_lock(&guard[std::min(a, b)]);
    offer(a, e);
    offer(b, e);
    omp_unset_lock(&guard[std::min(a, b)]);
//@ is critical: unprotected
#pragma omp critical(offers)
    {
      offer(a, e);
      offer(b, e);
    }
//@ is critical_one: racy
#pragma omp critical(offers)
    offer(a, e);
    offer(b, e);
//@ is ordered_pair: unprotected
    omp_lock_t *first = &guard[std::min(a, b)], *second = &guard[std::max(a, b)];
    omp_set_lock(first);
    omp_set_lock(second);
    offer(a, e);
    offer(b, e);
    omp_unset_lock(second);
    omp_unset_lock(first);
//@ end
  }

  bool round() {
    const int m = static_cast<int>(g.links.size());
    int joined = 0;
#pragma omp parallel num_threads(@NT@)
    {
#pragma omp for schedule(static)
      for (int t = 0; t < g.nodes; ++t)
        cheapest[t] = -1;
#pragma omp for schedule(static)
      for (int e = 0; e < m; ++e) {
        propose(e);
//@ slot look on looked
//@ is atomic: conflicting
#pragma omp atomic
        ++looked;
//@ is member: racy
        ++looked;
//@ is skipped: concurrent
        if (e < 0)
          ++looked;
//@ is other_guard: racy
        omp_set_lock(&guard[e % 4]);
        ++looked;
        omp_unset_lock(&guard[e % 4]);
//@ end
      }
//@ slot merge on weight
//@ is single: concurrent
#pragma omp single
      for (int t = 0; t < g.nodes; ++t)
        if (cheapest[t] >= 0 && tree[g.links[cheapest[t]].a] != tree[g.links[cheapest[t]].b]) {
          weight += g.links[cheapest[t]].w;
          relabel(cheapest[t]);
          ++joined;
        }
//@ is masked_met: concurrent
#pragma omp masked
      for (int t = 0; t < g.nodes; ++t)
        if (cheapest[t] >= 0 && tree[g.links[cheapest[t]].a] != tree[g.links[cheapest[t]].b]) {
          weight += g.links[cheapest[t]].w;
          relabel(cheapest[t]);
          ++joined;
        }
#pragma omp barrier
//@ is weights_shared: racy
#pragma omp for schedule(static)
      for (int t = 0; t < g.nodes; ++t)
        if (cheapest[t] >= 0)
          weight += g.links[cheapest[t]].w / 2;
#pragma omp single
      for (int t = 0; t < g.nodes; ++t)
        if (cheapest[t] >= 0 && tree[g.links[cheapest[t]].a] != tree[g.links[cheapest[t]].b]) {
          relabel(cheapest[t]);
          ++joined;
        }
//@ is weights_early: racy
      Weight part = 0;
#pragma omp for schedule(static)
      for (int t = 0; t < g.nodes; ++t)
        if (cheapest[t] >= 0)
          part += g.links[cheapest[t]].w / 2;
      const Weight seen = weight;
#pragma omp critical(weights)
      weight = seen + part;
#pragma omp single
      for (int t = 0; t < g.nodes; ++t)
        if (cheapest[t] >= 0 && tree[g.links[cheapest[t]].a] != tree[g.links[cheapest[t]].b]) {
          relabel(cheapest[t]);
          ++joined;
        }
//@ end
    }
    return joined > 0;
  }

  void relabel(int e) {
    const int from = tree[g.links[e].a], to = tree[g.links[e].b];
    for (auto &t : tree)
      if (t == from)
        t = to;
  }

  const Graph &g;
  std::vector<int> tree;
  std::vector<int> cheapest;
  std::vector<omp_lock_t> guard;
  Weight weight = 0;
  long looked = 0;
};

int main() {
  const Graph g(@NODES@, @EDGES@);
  Forest f(g);
  while (f.round()) {
  }
  std::printf("serial %ld forest %ld looked %ld\n", kruskal(g), f.weight, f.looked);
}
