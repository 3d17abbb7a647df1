#include "train/sample_order.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <numeric>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "core/text.h"
#include "data/strata.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "parallel/batch_plan.h"
#include "train/class_counts.h"
#include "train/layer_states.h"

namespace ktrain {
namespace {

using Names = std::vector<std::int64_t>;

/// The classes of samples, by their targets' names, in ascending order.
struct Classes {
  Names names;
  Names counts;
  std::vector<std::uint32_t> of;  ///< of each sample, its class's place among the names
};

constexpr const char* kPurpose = "classes to stratify by";

Error no_class(const Dataset& dataset, const std::string& what) {
  return {ExitCode::kConfiguration,
          text(dataset.name(), ": ", kPurpose, " are targets that are whole numbers or one-hot; ", what)};
}

/// Zeros but for a one, or probabilities with one largest.
bool is_one_hot(std::span<const float> target) {
  const float largest = *std::ranges::max_element(target);
  const double sum = std::accumulate(target.begin(), target.end(), 0.0);
  return std::ranges::all_of(target, [](float value) { return value >= 0; }) && std::abs(sum - 1) < 1e-3 &&
         std::ranges::count(target, largest) == 1;
}

bool names_class(std::span<const float> target) {
  return target.size() > 1 ? is_one_hot(target) : std::nearbyint(target[0]) == target[0];
}

Names names_of(const Dataset& dataset, Range samples) {
  const int field = single_target(dataset, kPurpose);
  const Shape& shape = dataset.fields()[static_cast<std::size_t>(field)].sample_shape;
  if (shape.rank() > 1 && shape.elements() != 1) {
    throw no_class(dataset, text("these have the shape ", shape));
  }
  Names names;
  for_each_target(dataset, field, samples, [&](std::int64_t sample, std::span<const float> target) {
    const auto name = names_class(target) ? class_of(target) : std::nullopt;
    if (!name) {
      throw no_class(dataset, target.size() > 1 ? text("that of sample ", sample, " is neither")
                                                : text("that of sample ", sample, " is ", target[0]));
    }
    names.push_back(*name);
  });
  return names;
}

Names all_names(Communicator& communicator, const Names& own) {
  std::ostringstream lines;
  for (const std::int64_t name : std::set<std::int64_t>(own.begin(), own.end())) lines << name << '\n';
  std::set<std::int64_t> all;
  for (const std::string& part : communicator.all_gather(lines.str())) {
    std::istringstream in(part);
    for (std::int64_t name = 0; in >> name;) all.insert(name);
  }
  return {all.begin(), all.end()};
}

Classes read_classes(Communicator& communicator, const Dataset& dataset) {
  const std::int64_t size = dataset.size();
  const auto part = [&](int rank) { return even_part(size, communicator.size(), rank); };
  const Range own = part(communicator.rank());
  const Names own_names = agree(communicator, [&] {
    if (size >= std::int64_t{1} << 31) throw no_class(dataset, "and of fewer than 2^31 samples");
    return names_of(dataset, own);
  });
  Classes classes = {all_names(communicator, own_names), {}, {}};
  classes.of.resize(static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < own_names.size(); ++i) {
    const auto place = std::ranges::lower_bound(classes.names, own_names[i]) - classes.names.begin();
    classes.of[static_cast<std::size_t>(own.begin) + i] = static_cast<std::uint32_t>(place);
  }
  for (int rank = 0; rank < communicator.size(); ++rank) {
    const Range range = part(rank);
    if (range.size() == 0) continue;
    const auto numbers =
        std::span(classes.of)
            .subspan(static_cast<std::size_t>(range.begin), static_cast<std::size_t>(range.size()));
    communicator.broadcast(std::as_writable_bytes(numbers), rank);
  }
  classes.counts.resize(classes.names.size());
  for (const std::uint32_t of : classes.of) ++classes.counts[of];
  return classes;
}

std::string printed(double times) {
  return times < 1000 ? text(std::setprecision(3), times) : text(std::llround(times));
}

/// Balanced, each class gets as many places in an epoch, whatever its samples.
std::string balanced_note(const Classes& classes) {
  constexpr std::size_t kMostNamed = 20;
  std::vector<std::size_t> rarest_first(classes.names.size());
  std::iota(rarest_first.begin(), rarest_first.end(), std::size_t{0});
  std::ranges::stable_sort(rarest_first, {}, [&](std::size_t c) { return classes.counts[c]; });
  const double places = static_cast<double>(classes.of.size()) / static_cast<double>(classes.names.size());
  const bool named = rarest_first.size() <= kMostNamed;
  if (!named) rarest_first = {rarest_first.front(), rarest_first.back()};
  std::string note =
      text("stratify balanced: ", classes.names.size(), " classes; an epoch shows each sample of");
  for (const std::size_t c : rarest_first) {
    const char* const separator = c == rarest_first.front() ? "" : named ? "," : " to";
    note += text(separator, " class ", classes.names[c], " (of ", classes.counts[c], ") ",
                 printed(places / static_cast<double>(classes.counts[c])), " times");
  }
  return note;
}

std::string note_of(const Classes& classes, Stratify mode) {
  if (mode == Stratify::kBalanced) return balanced_note(classes);
  const auto [least, most] = std::ranges::minmax(classes.counts);
  return text("stratify proportional: every batch has the shares of ", classes.names.size(), " classes, of ",
              least, " to ", most, " samples");
}

}  // namespace

SampleOrder sample_order(Communicator& communicator, const Model& model, const Dataset& dataset,
                         const TrainerOptions& options) {
  const std::int64_t size = dataset.size();
  const bool reordered = options.shuffle || options.stratify != Stratify::kOff;
  agree(communicator, [&] { require_whole_batches(model, {options.global_batch, size, reordered}); });
  if (options.stratify == Stratify::kOff) return {Sampler(size, options.seed, options.shuffle), ""};
  const Classes classes = read_classes(communicator, dataset);
  auto strata = std::make_shared<const Strata>(classes.of, options.stratify, options.seed, options.shuffle);
  return {Sampler(size, options.seed, options.shuffle, std::move(strata)),
          note_of(classes, options.stratify)};
}

}  // namespace ktrain
