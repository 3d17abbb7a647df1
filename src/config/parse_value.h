#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/run_config.h"

namespace ktrain {

// Settings' values as text. All throw Error{kUsage} that says what the value must be; whoever knows where it
// was set puts that before it.

std::int64_t parse_whole(const std::string& value, std::int64_t least,
                         std::int64_t most = std::numeric_limits<std::int64_t>::max());

/// Bounds of numbers that must be larger than 0, smaller than 1.
inline constexpr double kAboveZero = std::numeric_limits<double>::min();
inline constexpr double kBelowOne = 1 - std::numeric_limits<double>::epsilon() / 2;

/// A finite number within [least, most].
double parse_number(const std::string& value, double least = std::numeric_limits<double>::lowest(),
                    double most = std::numeric_limits<double>::max());

/// on, true, yes, 1 and their opposites.
bool parse_switch(const std::string& value);

/// One of `names`.
std::string parse_choice(const std::string& value, const std::vector<std::string>& names);

/// "a,b,c"; "none" for none.
std::vector<std::string> parse_list(const std::string& value);

/// The weights that follow from how many samples each class has.
inline constexpr const char* kBalanced = "balanced";
/// "0=1.0,1=2.5": "CLASS=X" each, every class once; a file that holds such, with commas or white space
/// between them; "none" for none; "balanced".
std::vector<std::string> parse_class_weights(const std::string& value);
/// Such items as classes with their weights.
std::map<std::int64_t, double> class_weights_of(const std::vector<std::string>& items);

/// "50000" samples or "2e" epochs.
Stretch parse_stretch(const std::string& value);
std::string text_of(const Stretch& stretch);

/// From an epoch on (counted from 0) the global batch is this.
struct BatchStage {
  std::int64_t epoch;
  std::int64_t batch;
};
/// "0:128,5:512": EPOCH:BATCH each, from epoch 0 on, in order; "none" for none.
std::vector<std::string> parse_batch_schedule(const std::string& value);
/// Such items.
std::vector<BatchStage> batch_stages_of(const std::vector<std::string>& items);

}  // namespace ktrain
