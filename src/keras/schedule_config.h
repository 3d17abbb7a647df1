#pragma once

#include <memory>

#include "keras/json.h"
#include "ktrain/optim/learning_rate_schedule.h"

namespace ktrain {

/// A learning-rate schedule from Keras's serialized object. Throws Error{kConfiguration} naming class and
/// argument.
std::shared_ptr<const LearningRateSchedule> read_schedule_config(const Json& object);
/// The object as Keras 3 writes it.
Json write_schedule_config(const LearningRateSchedule& schedule);

}  // namespace ktrain
