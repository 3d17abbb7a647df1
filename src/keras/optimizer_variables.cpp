#include "keras/optimizer_variables.h"

#include <string>
#include <vector>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr const char* kGroup = "optimizer/vars";

std::string variable(std::size_t index) {
  return text(kGroup, '/', index);
}

/// One slot of one parameter: a variable of Keras's optimizer.
struct SlotVariable {
  std::string name;
  const Parameter* parameter;
  std::span<float> values;
};

/// In Keras's order.
std::vector<SlotVariable> slot_variables(const FlatParameters& parameters, Optimizer& optimizer) {
  std::vector<SlotVariable> variables;
  const auto add = [&](const Parameter& parameter, std::size_t slot) {
    const auto values = optimizer.slot(slot).subspan(static_cast<std::size_t>(parameter.range.begin),
                                                     static_cast<std::size_t>(parameter.range.size()));
    variables.push_back({text(parameter.name, "'s ", optimizer.slot_names()[slot]), &parameter, values});
  };
  const std::size_t interleaved = optimizer.interleaved_slots();
  for (const Parameter& parameter : parameters.parameters()) {
    for (std::size_t slot = 0; parameter.trainable && slot < interleaved; ++slot) add(parameter, slot);
  }
  for (std::size_t slot = interleaved; slot < optimizer.slot_names().size(); ++slot) {
    for (const Parameter& parameter : parameters.parameters()) {
      if (parameter.trainable) add(parameter, slot);
    }
  }
  return variables;
}

[[noreturn]] void refuse(const H5Reader& file, const std::string& reason) {
  throw Error(ExitCode::kData, text(file.file(), ": ", reason));
}

template <typename T>
T read_scalar(const H5Reader& file, const std::string& path, const char* name) {
  if (!file.exists(path) || !file.info(path).dims.empty()) {
    refuse(file, text(path, " should hold the optimizer's ", name, ", a scalar"));
  }
  return file.read<T>(path).front();
}

void read_slot(const H5Reader& file, const std::string& path, const SlotVariable& slot) {
  const Shape stored(file.info(path).dims);
  const Shape& shape = slot.parameter->shape;
  if (!(stored == shape)) {
    refuse(file, text(path, " has shape ", stored, ", but ", slot.name, " has shape ", shape));
  }
  file.read(path, slot.values.data(), DType::kFloat32, shape.dims());
}

}  // namespace

void write_optimizer(H5Writer& file, const FlatParameters& parameters, Optimizer& optimizer) {
  const auto iteration = static_cast<std::int64_t>(optimizer.iterations());
  const auto learning_rate = static_cast<float>(optimizer.learning_rate());
  file.write(variable(0), &iteration, DType::kInt64, {});
  file.write(variable(1), &learning_rate, DType::kFloat32, {});
  std::size_t index = 2;
  for (const SlotVariable& slot : slot_variables(parameters, optimizer)) {
    file.write(variable(index++), slot.values.data(), DType::kFloat32, slot.parameter->shape.dims());
  }
}

bool read_optimizer(const H5Reader& file, const FlatParameters& parameters, Optimizer& optimizer) {
  if (!file.is_group(kGroup)) return false;
  const std::vector<SlotVariable> slots = slot_variables(parameters, optimizer);
  const std::size_t count = file.list(kGroup).size();
  if (count == 0) return false;
  // A learning-rate schedule leaves no variable behind.
  const std::size_t scalars = count == slots.size() + 1 ? 1 : 2;
  if (count != slots.size() + scalars) {
    refuse(file, text(kGroup, " holds ", count, " variables, but ", optimizer.class_name(),
                      " for this model has ", slots.size() + 2));
  }
  for (std::size_t i = 0; i < slots.size(); ++i) read_slot(file, variable(scalars + i), slots[i]);
  optimizer.set_iterations(read_scalar<std::int64_t>(file, variable(0), "iteration"));
  if (scalars == 2) {
    optimizer.set_learning_rate(static_cast<double>(read_scalar<float>(file, variable(1), "learning rate")));
  }
  return true;
}

}  // namespace ktrain
