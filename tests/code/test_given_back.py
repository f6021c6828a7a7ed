"""What a construct's copies become: sums and last values reach the originals by its barrier."""

from __future__ import annotations

import pytest

from tests.code.checks import check_pairs, check_silent

LOOP = """double share[8]; double parts[8]; int who(void);
double weigh(const double *in, int n) {
  double total = 0;
#pragma omp parallel
  {
    %s
#pragma omp %s
    for (int i = 0; i < n; i++) total %s in[i];
    share[who()] = total / n;
  }
  return total;
}
"""
SCOPE = """int count(const int *in, int n) {
  int odd = 0, seen = 0;
#pragma omp parallel
  {
#pragma omp scope reduction(+: odd)%s
    { for (int i = 0; i < n; i++) odd += in[i] & 1; }
#pragma omp single
    seen = odd;
  }
  return seen;
}
"""
BINS = """int bins[16]; int top;
void sort_out(const int *in, int n) {
#pragma omp parallel
  {
#pragma omp for reduction(+: bins[:16])%s
    for (int i = 0; i < n; i++) bins[in[i] & 15]++;
#pragma omp single
    top = bins[3];
  }
}
"""
READ = "modeA=update modeB=read atomicA=omp shareA=shared shareB=shared "


@pytest.mark.parametrize(("more", "phase"), [(" nowait", "same"), ("", "differ")])
def test_a_sum_is_there_at_the_barrier(more: str, phase: str) -> None:
    check_pairs(
        LOOP % ("", "for reduction(+: total)" + more, "+="), "total", READ + f"phase={phase}"
    )


@pytest.mark.parametrize(("more", "phase"), [(" nowait", "same"), ("", "differ")])
def test_the_last_value_is_there_at_the_barrier(more: str, phase: str) -> None:
    source = LOOP % ("", "for lastprivate(total)" + more, "=")
    check_pairs(
        source, "total", f"modeA=write modeB=read frameA=single shareA=shared phase={phase}"
    )


@pytest.mark.parametrize(("more", "phase"), [(" nowait", "same"), ("", "differ")])
def test_what_it_starts_from_is_set_before_a_barrier(more: str, phase: str) -> None:
    source = LOOP % (f"\n#pragma omp single{more}\ntotal = 1;", "for reduction(+: total)", "+=")
    check_pairs(source, "total", f"frameA=single atomicB=omp modeB=update phase={phase}")


@pytest.mark.parametrize(("more", "phase"), [(" nowait", "same"), ("", "differ")])
def test_a_scope_sums_up_as_a_loop_does(more: str, phase: str) -> None:
    check_pairs(SCOPE % more, "odd", READ + f"phase={phase}", "shareA=reduction shareB=reduction")
    check_silent(SCOPE % more, "odd", "shareA=shared atomicA=-")


@pytest.mark.parametrize(("more", "phase"), [(" nowait", "same"), ("", "differ")])
def test_an_array_is_summed_up_element_by_element(more: str, phase: str) -> None:
    told = f"modeA=update modeB=read atomicA=omp phase={phase}"
    check_pairs(BINS % more, "bins[]", told)


def test_within_a_region_of_its_own_all_threads_have_copies() -> None:
    source = """double add(const double *in, int n) {
  double total = 0;
#pragma omp parallel for reduction(+: total)
  for (int i = 0; i < n; i++) total += in[i];
  return total;
}
"""
    check_silent(source, "total", "atomicA=omp")
