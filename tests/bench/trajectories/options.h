#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace ktrain::trajectories {

constexpr std::int64_t kBaseBatch = 64;
/// Between two measurings of the loss, in samples; an epoch is a whole number of them.
constexpr std::int64_t kInterval = 4096;
constexpr std::int64_t kEpochSamples = 14 * kInterval;
/// Samples of which the loss is measured: the training set's first.
constexpr std::int64_t kMeasuredSamples = 2048;

/// What is asked of the program.
struct Options {
  bool help = false;
  std::vector<std::string> optimizers = {"sgd", "adam"};
  std::vector<double> rates = {1, 4};   ///< factors of the learning rates
  std::vector<std::string> rules = {};  ///< as arm_of reads them; empty: each optimizer's own
  std::vector<double> kappas = {};
  std::string model = "mlp";  ///< or cnn_bn
  double noise_scale = 300;   ///< in samples, of the rules that know it
  int seeds = 3;
  int epochs = 2;
  int threads = 1;  ///< runs at a time
  std::string json_file = {};
  std::string svg_file = {};

  std::int64_t batch(double kappa) const;
};

/// Throws Error{kUsage} for an argument that there is not or that does not parse, and for a kappa whose batch
/// does not divide the interval of measuring.
Options parse_options(std::span<const std::string> arguments);

/// What --help prints.
std::string usage();

/// "1/4", "8".
std::string kappa_text(double kappa);

}  // namespace ktrain::trajectories
