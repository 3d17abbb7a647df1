#pragma once

namespace ktrain {

/// From now on SIGTERM, SIGUSR1 (what Slurm sends before pre-emption) and SIGINT ask for a stop instead of
/// ending the process; a second SIGINT ends it.
void catch_stop_signals();
bool stop_signalled();

}  // namespace ktrain
