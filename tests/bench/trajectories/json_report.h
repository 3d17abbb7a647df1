#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "options.h"
#include "report/json_writer.h"
#include "verdict.h"

namespace ktrain::trajectories {

/// "name": [item, …], each as `write(item, json)` writes it.
template <typename Items, typename Write>
void write_list(std::string_view name, const Items& items, JsonWriter& json, const Write& write) {
  json.key(name);
  json.open('[');
  for (const auto& item : items) write(item, json);
  json.close(']');
}

inline void write_number(double number, JsonWriter& json) {
  json.value(number);
}

void write_verdicts(const std::vector<Verdict>& verdicts, JsonWriter& json);

/// A part's JSON object on a line: what was asked of all parts, then `members`.
std::string json_report(std::string_view part, const Options& options,
                        const std::function<void(JsonWriter&)>& members);

}  // namespace ktrain::trajectories
