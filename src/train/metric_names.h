#pragma once

#include <map>
#include <string>

namespace ktrain {

/// Names of metrics in logs as Keras makes them (CompileMetrics.result): with the output before where there
/// are several; a name that was there before gets _1, _2, … behind, or weighted_ before when it is a weighted
/// one.
class MetricNames {
 public:
  std::string next(const std::string& output, const std::string& label, bool weighted);

 private:
  std::map<std::string, int> used_;
};

}  // namespace ktrain
