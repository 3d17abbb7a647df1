#pragma once

#include "config/run_config.h"
#include "ktrain/comm/communicator.h"
#include "ktrain/core/error.h"

namespace ktrain {

// One function a command. Every rank calls it alike; rank 0 alone writes.

ExitCode run_train(Communicator& communicator, const RunConfig& config);
ExitCode run_evaluate(Communicator& communicator, const RunConfig& config);
ExitCode run_predict(Communicator& communicator, const RunConfig& config);
ExitCode run_summary(Communicator& communicator, const RunConfig& config);
ExitCode run_convert(Communicator& communicator, const RunConfig& config);
ExitCode run_inspect(Communicator& communicator, const RunConfig& config);
ExitCode run_rebatch(Communicator& communicator, const RunConfig& config);
ExitCode run_recalibrate(Communicator& communicator, const RunConfig& config);
ExitCode run_noise_scale(Communicator& communicator, const RunConfig& config);

}  // namespace ktrain
