#include "core/parallel.h"

#include <omp.h>
#include <sched.h>

#include <algorithm>

namespace ktrain {

int thread_count() {
  return omp_get_max_threads();
}

void set_thread_count(int threads) {
  omp_set_num_threads(std::max(threads, 1));
}

int available_processors() {
  const std::string mask = processor_mask();
  return std::max(static_cast<int>(std::ranges::count(mask, '1')), 1);
}

std::string processor_mask() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) != 0) return "";
  std::string digits(CPU_SETSIZE, '0');
  for (int i = 0; i < CPU_SETSIZE; ++i) digits[static_cast<std::size_t>(i)] = CPU_ISSET(i, &mask) ? '1' : '0';
  return digits;
}

}  // namespace ktrain
