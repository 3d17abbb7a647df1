#include "config/parse_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <optional>
#include <sstream>

#include "core/names.h"
#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

template <typename... Values>
Error must_be(const Values&... what) {
  return {ExitCode::kUsage, text("must be ", what...)};
}

template <typename T>
std::optional<T> parse_all(std::string_view value) {
  T parsed{};
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, parsed);
  if (error != std::errc() || stop != end) return std::nullopt;
  return parsed;
}

}  // namespace

std::int64_t parse_whole(const std::string& value, std::int64_t least, std::int64_t most) {
  const auto parsed = parse_all<std::int64_t>(value);
  if (parsed && *parsed >= least && *parsed <= most) return *parsed;
  if (most == std::numeric_limits<std::int64_t>::max()) throw must_be("a whole number of at least ", least);
  throw must_be("a whole number from ", least, " to ", most);
}

double parse_number(const std::string& value, double least, double most) {
  const auto parsed = parse_all<double>(value);
  if (parsed && std::isfinite(*parsed) && *parsed >= least && *parsed <= most) return *parsed;
  if (most == kBelowOne) throw must_be("a number from ", least, " to less than 1");
  if (most != std::numeric_limits<double>::max()) throw must_be("a number from ", least, " to ", most);
  if (least == kAboveZero) throw must_be("a number above 0");
  if (least != std::numeric_limits<double>::lowest()) throw must_be("a number of at least ", least);
  throw must_be("a number");
}

bool parse_switch(const std::string& value) {
  static constexpr std::array kOn{"on", "true", "yes", "1"};
  static constexpr std::array kOff{"off", "false", "no", "0"};
  if (std::ranges::find(kOn, value) != kOn.end()) return true;
  if (std::ranges::find(kOff, value) != kOff.end()) return false;
  throw must_be("on or off");
}

std::string parse_choice(const std::string& value, const std::vector<std::string>& names) {
  if (std::ranges::find(names, value) == names.end()) throw must_be("one of: ", join(names));
  return value;
}

std::vector<std::string> parse_list(const std::string& value) {
  std::vector<std::string> items;
  if (value == "none") return items;
  std::istringstream in(value);
  for (std::string item; std::getline(in, item, ',');) items.push_back(item);
  if (items.empty() || std::ranges::find(items, "") != items.end() || value.ends_with(',')) {
    throw must_be("names with commas between them, or none");
  }
  return items;
}

std::map<std::int64_t, double> class_weights_of(const std::vector<std::string>& items) {
  std::map<std::int64_t, double> weights;
  for (const std::string& item : items) {
    const std::size_t equals = std::min(item.find('='), item.size());
    const auto name = parse_all<std::int64_t>(std::string_view(item).substr(0, equals));
    const auto weight = parse_all<double>(std::string_view(item).substr(std::min(equals + 1, item.size())));
    if (!name || !weight || !std::isfinite(*weight) || !weights.emplace(*name, *weight).second) {
      throw must_be("CLASS=X with whole numbers, each once, and their weights: 0=1.0,1=2.5");
    }
  }
  return weights;
}

std::vector<std::string> items_in(const std::string& file) {
  std::ifstream in(file);
  if (!in) throw Error(ExitCode::kNoInput, text("cannot read class weights from '", file, "'"));
  std::vector<std::string> items;
  for (std::string word; in >> word;) {
    std::istringstream parts(word);
    for (std::string item; std::getline(parts, item, ',');) {
      if (!item.empty()) items.push_back(item);
    }
  }
  return items;
}

std::vector<std::string> parse_class_weights(const std::string& value) {
  if (value == "none") return {};
  if (value == kBalanced) return {value};
  std::vector<std::string> items = value.find('=') == std::string::npos ? items_in(value) : parse_list(value);
  class_weights_of(items);
  return items;
}

Stretch parse_stretch(const std::string& value) {
  const bool in_epochs = value.ends_with('e');
  const auto parsed =
      parse_all<std::int64_t>(std::string_view(value).substr(0, value.size() - (in_epochs ? 1 : 0)));
  if (!parsed || *parsed < 1) throw must_be("a number of samples (50000) or of epochs (2e), at least 1");
  return in_epochs ? Stretch{*parsed, 0} : Stretch{0, *parsed};
}

std::string text_of(const Stretch& stretch) {
  return stretch.epochs > 0 ? text(stretch.epochs, "e") : text(stretch.samples);
}

std::vector<std::string> parse_batch_schedule(const std::string& value) {
  const std::vector<std::string> items = parse_list(value);
  std::int64_t next = 0;
  for (const std::string& item : items) {
    const std::size_t colon = std::min(item.find(':'), item.size());
    const auto epoch = parse_all<std::int64_t>(std::string_view(item).substr(0, colon));
    const auto batch =
        parse_all<std::int64_t>(std::string_view(item).substr(std::min(colon + 1, item.size())));
    const bool first = next == 0;
    if (!epoch || !batch || *batch < 1 || *epoch < next || (first && *epoch != 0)) {
      throw must_be("EPOCH:BATCH,... with epochs in order from 0 on: 0:128,5:512");
    }
    next = *epoch + 1;
  }
  return items;
}

std::vector<BatchStage> batch_stages_of(const std::vector<std::string>& items) {
  std::vector<BatchStage> stages;
  for (const std::string& item : items) {
    const std::size_t colon = item.find(':');
    stages.push_back({std::stoll(item.substr(0, colon)), std::stoll(item.substr(colon + 1))});
  }
  return stages;
}

}  // namespace ktrain
