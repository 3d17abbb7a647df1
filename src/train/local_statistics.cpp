#include "train/local_statistics.h"

namespace ktrain {

void average_local_statistics(Communicator& communicator, Model& model, std::int64_t own_rows,
                              std::int64_t global_rows) {
  const float weight = static_cast<float>(static_cast<double>(own_rows) / static_cast<double>(global_rows));
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    if (!model.layers()[i]->has_local_statistics()) continue;
    const Model::Window window = model.parameters_of(static_cast<int>(i));
    for (const Parameter& parameter : model.parameters().parameters().subspan(window.first, window.count)) {
      if (parameter.trainable) continue;
      const auto values = model.parameters().value(parameter).span<float>();
      for (float& value : values) value *= weight;
      communicator.all_reduce(values);
    }
  }
}

}  // namespace ktrain
