#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ktrain::trajectories {

constexpr std::int64_t kBaseBatch = 64;
/// Between two measurings of the loss, in samples; an epoch is a whole number of them where loss is measured.
constexpr std::int64_t kInterval = 4096;
/// The same close behind a change of the batch, and how far behind it.
constexpr std::int64_t kNearInterval = 512, kNear = 8192;
/// Samples of which the loss is measured: the training set's first.
constexpr std::int64_t kMeasuredSamples = 2048;

/// What is asked of the program.
struct Options {
  bool help = false;
  std::vector<std::string> parts = {"rules"};
  std::vector<std::string> optimizers = {"sgd", "adam"};
  std::vector<double> rates = {1, 4};   ///< factors of the learning rates
  std::vector<std::string> rules = {};  ///< as arm_of reads them; empty: each optimizer's own
  std::vector<double> kappas = {};
  std::string model = {};    ///< one of configs/models
  double noise_scale = 300;  ///< in samples, of the rules that know it
  int seeds = 3;
  int epochs = 0;
  std::int64_t samples = 0;         ///< of an epoch: the training set's first
  std::int64_t ramp = 0;            ///< samples over which the learning rate rises; 0: it jumps
  std::string conversion = "auto";  ///< of the optimizer's state, which is compared with none
  int threads = 1;                  ///< runs at a time
  std::string json_file = {};
  std::string svg_file = {};

  std::int64_t batch(double kappa) const;
  /// For one part, with its own defaults for what was not given: 0 or empty above. Throws Error{kUsage} for
  /// what does not fit the part: a kappa whose batch does not divide the interval of measuring.
  Options of_part(const std::string& part) const;
};

/// Throws Error{kUsage} for an argument that there is not or that does not parse.
Options parse_options(std::span<const std::string> arguments);

/// What --help prints.
std::string usage();

/// The description of mlp: 784-64-10, or of a model of configs/models.
std::string model_file(const std::string& model);

/// "1/4", "8".
std::string kappa_text(double kappa);

}  // namespace ktrain::trajectories
