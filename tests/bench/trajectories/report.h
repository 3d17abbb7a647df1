#pragma once

#include <string>
#include <vector>

#include "comparison.h"

namespace ktrain::trajectories {

/// "SGD, momentum 0.9, learning rate 0.005".
std::string title_of(const std::string& optimizer, double learning_rate);

/// A table for a person: rules by kappa, and the verdicts.
std::string text_report(const Table& table, const Options& options);

/// One JSON object, every seed's distance in it.
std::string json_report(const std::vector<Table>& tables, const Options& options);

}  // namespace ktrain::trajectories
