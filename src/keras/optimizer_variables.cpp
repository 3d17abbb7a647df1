#include "keras/optimizer_variables.h"

#include <string>
#include <vector>

#include "core/text.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

constexpr const char* kGroup = "optimizer/vars";

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < count; ++i) paths.push_back(text(kGroup, '/', i));
  return paths;
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

std::string name_of(const OptimizerVariable& variable) {
  return variable.parameter.empty() ? variable.name : text(variable.parameter, "'s ", variable.name);
}

void read_variable(const H5Reader& file, const std::string& path, const OptimizerVariable& variable) {
  const Shape stored(file.info(path).dims);
  if (!(stored == variable.shape)) {
    refuse(file,
           text(path, " has shape ", stored, ", but ", name_of(variable), " has shape ", variable.shape));
  }
  if (variable.data != nullptr) file.read(path, variable.data, variable.dtype, variable.shape.dims());
}

void write_variable(H5Writer& file, const std::string& path, const OptimizerVariable& variable) {
  constexpr std::int32_t kUnused = 0;
  if (variable.data == nullptr) {
    file.write(path, &kUnused, DType::kInt32, variable.shape.dims());
  } else {
    file.write(path, variable.data, variable.dtype, variable.shape.dims());
  }
}

}  // namespace

void write_optimizer_at(H5Writer& file, const std::vector<std::string>& paths,
                        const FlatParameters& parameters, Optimizer& optimizer) {
  const std::int64_t iteration = optimizer.iterations();
  const auto learning_rate = static_cast<float>(optimizer.learning_rate());
  std::size_t index = 0;
  file.write(paths[index++], &iteration, DType::kInt64, {});
  if (!optimizer.options().schedule) file.write(paths[index++], &learning_rate, DType::kFloat32, {});
  for (const OptimizerVariable& one : optimizer.variables(parameters))
    write_variable(file, paths[index++], one);
}

std::size_t optimizer_variable_count(const FlatParameters& parameters, Optimizer& optimizer) {
  return optimizer.variables(parameters).size() + (optimizer.options().schedule ? 1 : 2);
}

void read_optimizer_at(const H5Reader& file, const std::vector<std::string>& paths,
                       const FlatParameters& parameters, Optimizer& optimizer) {
  std::vector<OptimizerVariable> variables = optimizer.variables(parameters);
  const auto iteration = read_scalar<std::int64_t>(file, paths.at(0), "iteration");
  if (iteration == 0 && paths.size() <= 2) variables.clear();  // Keras makes them at the first step
  // A learning-rate schedule leaves no variable behind.
  const std::size_t scalars = paths.size() == variables.size() + 1 ? 1 : 2;
  if (paths.size() != variables.size() + scalars) {
    refuse(file, text("holds ", paths.size(), " optimizer variables, but ", optimizer.class_name(),
                      " for this model has ", variables.size() + 2));
  }
  for (std::size_t i = 0; i < variables.size(); ++i) read_variable(file, paths[scalars + i], variables[i]);
  optimizer.set_iterations(iteration);
  if (scalars == 2 && !optimizer.options().schedule) {
    optimizer.set_learning_rate(static_cast<double>(read_scalar<float>(file, paths[1], "learning rate")));
  }
}

void write_optimizer(H5Writer& file, const FlatParameters& parameters, Optimizer& optimizer) {
  write_optimizer_at(file, numbered(optimizer_variable_count(parameters, optimizer)), parameters, optimizer);
}

bool read_optimizer(const H5Reader& file, const FlatParameters& parameters, Optimizer& optimizer) {
  if (!file.is_group(kGroup)) return false;
  const std::size_t count = file.list(kGroup).size();
  if (count == 0) return false;
  read_optimizer_at(file, numbered(count), parameters, optimizer);
  return true;
}

}  // namespace ktrain
