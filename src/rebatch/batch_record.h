#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ktrain {

/// The numbers of a model as they were chosen, before they were scaled to another batch.
struct BaseNumbers {
  std::string optimizer;  ///< Keras's object of the compile settings, as it stands there
  std::vector<double> batch_normalization_momenta;
};

/// Of an optimizer's state that a file holds as it was gathered at another batch than the file's.
struct StateOrigin {
  std::int64_t batch;
  std::int64_t iterations;  ///< at that batch; the file's own counter is that of the file's batch
};

/// What ktrain's record in a model's file (ModelFile::record) says of the batch.
struct BatchRecord {
  bool of_training = false;                       ///< there is a record of the training, too
  std::optional<std::int64_t> base_batch = {};    ///< at which the hyperparameters were chosen
  std::optional<std::int64_t> global_batch = {};  ///< of the file's numbers
  std::optional<std::string> rule = {};           ///< that led from the one to the other
  std::optional<BaseNumbers> base = {};           ///< absent: the file's own
  std::optional<StateOrigin> state = {};          ///< absent: gathered at global_batch
};

/// `record` may be "". Throws Error{kData} for what ktrain does not write.
BatchRecord read_batch_record(const std::string& record, const std::string& source);

/// The record with these in it; "" when nothing is left to be said.
std::string with_batch_record(const std::string& record, const BatchRecord& batch);

/// Those of a description (ModelFile).
BaseNumbers base_numbers_of(const std::string& description);
/// A description with its numbers as they were chosen. Throws Error{kData} when they are not this model's.
std::string with_base_numbers(const std::string& description, const BaseNumbers& base,
                              const std::string& source);

}  // namespace ktrain
