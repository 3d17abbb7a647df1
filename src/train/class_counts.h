#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "ktrain/comm/communicator.h"
#include "ktrain/data/dataset.h"
#include "ktrain/tensor/parameter.h"

namespace ktrain {

/// The class that a sample's target names, as Keras's class weights take it: a number rounded to a whole one
/// (halves to even), or the first largest of several. Nothing for what is no number.
std::optional<std::int64_t> class_of(std::span<const float> target);

/// The dataset's only target, which `purpose` ("class weights") need. Throws Error{kConfiguration} that
/// begins with it where there is none or are several.
int single_target(const Dataset& dataset, const std::string& purpose);

/// Calls body(sample, target) for the samples in order, with target `field` as float32. Reads all fields.
void for_each_target(const Dataset& dataset, int field, Range samples,
                     const std::function<void(std::int64_t, std::span<const float>)>& body);

/// How many samples have each class in target `field`. Every rank reads a part of the dataset, all its
/// fields. Collective.
std::map<std::int64_t, std::int64_t> count_classes(Communicator& communicator, const Dataset& dataset,
                                                   int field);

/// Weights under which each class counts as much in all: samples / (classes · samples of the class), as
/// sklearn.utils.class_weight.compute_class_weight("balanced").
std::map<std::int64_t, double> balanced_class_weights(const std::map<std::int64_t, std::int64_t>& counts);

}  // namespace ktrain
