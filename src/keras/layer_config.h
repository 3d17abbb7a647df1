#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "keras/json.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/nn/constraint.h"
#include "ktrain/nn/initializer.h"
#include "ktrain/nn/regularizer.h"
#include "ktrain/ops/activation.h"
#include "ktrain/ops/window.h"

namespace ktrain {

/// How a graph calls a layer: what stands beside its configuration. A layer that is called in several ways is
/// read for each of them.
struct LayerCall {
  /// For each input of the layer, the argument of Keras's `call` that it was given for ("inputs", "query",
  /// "initial_state" once a state), in the order of the signature; behind them the masks that a layer takes,
  /// "inputs_mask", "query_mask", …
  std::vector<std::string> inputs = {"inputs"};
  /// The arguments by position, null where a tensor (or a list of them) stands: for operations, in which a
  /// literal may be an operand.
  std::vector<Json> arguments = {};
  /// The arguments that are no tensors: {"use_causal_mask": true}.
  Json literals = Json::object();

  /// Where the first input given for `argument` stands; -1 when there is none.
  int find(std::string_view argument) const;
  int count(std::string_view argument) const;
  friend bool operator==(const LayerCall&, const LayerCall&) = default;
};

/// The `config` of a layer, read argument by argument. Every argument must be asked for: `finish` refuses
/// those that nobody read, so that none is ignored without somebody having decided it. All errors are
/// Error{kConfiguration} that name the layer, its class and the argument. An absent argument has its Keras
/// default, given as `fallback`; one without a fallback must be there. The JSON must outlive this object.
class LayerConfig {
 public:
  /// Reads what all layers have: name, trainable, dtype (float32 alone unless `dtypes` says otherwise),
  /// activity_regularizer.
  LayerConfig(std::string class_name, const Json& config, const ArchitectureOptions& options = {},
              std::initializer_list<const char*> dtypes = {"float32"}, const LayerCall& call = {});

  const LayerCall& call() const { return call_; }
  /// A literal argument of the layer's calls, null when absent; those that nobody reads are refused by
  /// `finish`.
  const Json& literal(const char* argument);
  const std::string& name() const { return name_; }
  const std::string& class_name() const { return class_name_; }
  bool trainable() const { return trainable_; }
  const ArchitectureOptions& options() const { return options_; }
  /// What whoever calls the layer adds behind it; the layer itself has nothing to do with it.
  const Regularizer& activity_regularizer() const { return activity_regularizer_; }

  bool has(const char* key) const { return config_.contains(key); }
  std::int64_t integer(const char* key, std::optional<std::int64_t> fallback = std::nullopt);
  /// NaN is refused.
  double number(const char* key, std::optional<double> fallback = std::nullopt);
  float real(const char* key, std::optional<float> fallback = std::nullopt);
  bool flag(const char* key, bool fallback);
  /// A list of integers; it must be there.
  std::vector<std::int64_t> integers(const char* key);
  /// For layers of kAxes spatial axes: an integer for all of them, or a list with one for each.
  template <std::size_t kAxes>
  std::optional<Spatial<kAxes>> sizes(const char* key) {
    Spatial<kAxes> result{};
    return numbers(key, result) ? std::optional(result) : std::nullopt;
  }
  template <std::size_t kAxes>
  Spatial<kAxes> sizes(const char* key, const Spatial<kAxes>& fallback) {
    return sizes<kAxes>(key).value_or(fallback);
  }
  /// For layers of kAxes spatial axes: an integer for both ends of all of them, or a list with one for each,
  /// or one with (before, after) for each; a single axis has an integer or (before, after).
  template <std::size_t kAxes>
  Margins<kAxes> margins(const char* key, const Margins<kAxes>& fallback) {
    Margins<kAxes> result = fallback;
    read_margins(key, result);
    return result;
  }
  /// valid, same, or causal where that is allowed.
  Padding padding(bool causal_allowed = false);
  Activation activation(const char* key);
  /// Null when absent: the layer's default.
  std::shared_ptr<const Initializer> initializer(const char* key);
  Regularizer regularizer(const char* key);
  Constraint constraint(const char* key);

  /// The value at `key`, null when absent, for arguments of their own kind.
  const Json& value(const char* key);
  /// Arguments that change nothing here whatever their value.
  void ignore(std::initializer_list<const char*> keys);
  /// An argument of which only these values are supported; the first is the default.
  void only(const char* key, std::initializer_list<Json> supported);
  /// data_format: channels_last.
  void channels_last();

  /// Refuses the arguments that were not read.
  void finish() const;

  [[noreturn]] void refuse(const char* key, const std::string& reason) const;

 private:
  /// Sets all of `result`; false when the argument is null.
  bool numbers(const char* key, std::span<std::int64_t> result);
  /// Sets all of `result` unless the argument is null.
  void read_margins(const char* key, std::span<std::array<std::int64_t, 2>> result);
  /// read(the argument), its errors naming layer and argument.
  template <typename Read>
  auto object(const char* key, Read read);

  std::string class_name_;
  const Json& config_;
  ArchitectureOptions options_;
  LayerCall call_;
  std::string name_;
  bool trainable_ = true;
  Regularizer activity_regularizer_;
  std::set<std::string> read_;
  std::set<std::string> read_literals_;
};

}  // namespace ktrain
