#include "train/metric_names.h"

#include "core/text.h"

namespace ktrain {

std::string MetricNames::next(const std::string& output, const std::string& label, bool weighted) {
  const std::string prefix = output.empty() ? "" : output + "_";
  std::string name = prefix + label;
  if (weighted && used_.contains(name)) name = prefix + "weighted_" + label;
  const int before = used_[name]++;
  return before == 0 ? name : text(name, '_', before);
}

}  // namespace ktrain
