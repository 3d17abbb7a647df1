#include "app/noise_log.h"

#include <cmath>
#include <cstddef>
#include <optional>
#include <sstream>

#include "core/text.h"
#include "io/durable_file.h"
#include "keras/json.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

double samples(const Json& step, const char* key, const std::string& line) {
  const auto value = number_of(member(step, key));
  if (value && std::isfinite(*value) && *value > 0) return *value;
  throw Error(ExitCode::kData,
              text(line, ": ", key, " ", brief(member(step, key)), " is no number of samples"));
}

}  // namespace

std::vector<NoisePoint> read_noise_log(const std::string& file) {
  const std::vector<std::byte> bytes = read_file(file);
  std::istringstream content(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  std::vector<NoisePoint> points;
  std::string written;
  for (int count = 1; std::getline(content, written); ++count) {
    const std::string line = text(file, ": line ", count);
    const Json event = parse_json(written, line);
    if (string_member(event, "event") != "step" || !event.contains("noise_square")) continue;
    points.push_back({.samples = samples(event, "samples", line),
                      .global_batch = samples(event, "global_batch", line),
                      .value = number_of(member(event, "noise_scale")),
                      .low = number_of(member(event, "noise_scale_low")),
                      .high = number_of(member(event, "noise_scale_high"))});
  }
  if (points.empty()) {
    throw Error(ExitCode::kData,
                text(file, ": has no noise scale; ktrain train --measure-noise-scale writes it"));
  }
  return points;
}

}  // namespace ktrain
