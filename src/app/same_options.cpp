#include "app/same_options.h"

#include <algorithm>
#include <string>
#include <vector>

#include "core/text.h"
#include "ktrain/comm/agree.h"

namespace ktrain {
namespace {

std::string printed(const FieldValue& value) {
  return std::visit(
      [](const auto& v) -> std::string {
        using Value = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<Value, std::monostate>) {
          return "none";
        } else if constexpr (std::is_same_v<Value, bool>) {
          return v ? "on" : "off";
        } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
          std::string list;
          for (const std::string& item : v) list += (list.empty() ? "" : ",") + item;
          return list;
        } else {
          return text(v);
        }
      },
      value);
}

/// One setting a line.
std::string printed(const RunConfig& config) {
  std::string lines;
  for (const Field& field : to_fields(config)) lines += text(field.name, '=', printed(field.value), '\n');
  return lines;
}

/// Where two texts first differ: that line of the first.
std::string differing_line(const std::string& lines, const std::string& other) {
  const auto at = static_cast<std::size_t>(std::ranges::mismatch(lines, other).in1 - lines.begin());
  const std::size_t begin = at == 0 ? 0 : lines.rfind('\n', at - 1) + 1;
  return lines.substr(begin, lines.find('\n', begin) - begin);
}

}  // namespace

void require_same_options(Communicator& communicator, const RunConfig& config) {
  const std::vector<std::string> settings = communicator.all_gather(printed(config));
  const auto other = std::ranges::find_if(settings, [&](const auto& lines) { return lines != settings[0]; });
  if (other == settings.end()) return;
  throw AgreedError(ExitCode::kConfiguration,
                    text("options differ between ranks: rank 0 has ", differing_line(settings[0], *other),
                         ", rank ", other - settings.begin(), " has ", differing_line(*other, settings[0])),
                    0);
}

}  // namespace ktrain
