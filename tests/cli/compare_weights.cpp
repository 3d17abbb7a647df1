// compare_weights A.weights.h5 B.weights.h5: prints the largest difference of the models' variables, as
// DESIGN.md (Conventions, Tests) defines it: max|a - b| / max(max|b|, 1e-3). Optimizer variables are not
// compared.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "core/text.h"
#include "io/hdf5.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr double kFloor = 1e-3;

void list_arrays(const H5Reader& file, const std::string& group, std::vector<std::string>& paths) {
  for (const std::string& member : file.list(group)) {
    const std::string path = group + "/" + member;
    if (file.is_group(path)) {
      list_arrays(file, path, paths);
    } else {
      paths.push_back(path);
    }
  }
}

std::vector<std::string> variables(const H5Reader& file) {
  std::vector<std::string> paths;
  list_arrays(file, "layers", paths);
  return paths;
}

double difference(const std::vector<float>& a, const std::vector<float>& b) {
  double apart = 0;
  double largest = kFloor;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const double here = std::abs(double{a[i]} - double{b[i]});
    apart = here <= apart ? apart : here;  // not a number stays
    largest = std::max(largest, std::abs(double{b[i]}));
  }
  return apart / largest;
}

double compare(const H5Reader& a, const H5Reader& b) {
  const std::vector<std::string> paths = variables(b);
  if (paths.empty() || variables(a) != paths) {
    throw Error(ExitCode::kData, text(a.file(), " and ", b.file(), " do not hold the same variables"));
  }
  double worst = 0;
  for (const std::string& path : paths) {
    if (a.info(path).dims != b.info(path).dims)
      throw Error(ExitCode::kData, text(path, " differs in its shape"));
    const double here = difference(a.read<float>(path), b.read<float>(path));
    worst = here <= worst ? worst : here;
  }
  return worst;
}

}  // namespace
}  // namespace ktrain

int main(int argc, char** argv) {
  if (argc != 3) return static_cast<int>(ktrain::ExitCode::kUsage);
  try {
    std::printf("%.3g\n", ktrain::compare(ktrain::H5Reader(argv[1]), ktrain::H5Reader(argv[2])));
    return 0;
  } catch (const ktrain::Error& error) {
    std::fprintf(stderr, "compare_weights: %s\n", error.what());
    return static_cast<int>(error.code());
  }
}
