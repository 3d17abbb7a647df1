#include "app/index_log.h"

#include <cstring>
#include <vector>

#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"

namespace ktrain {

IndexLog::IndexLog(Communicator& communicator, const std::optional<std::string>& file)
    : communicator_(communicator), enabled_(file.has_value()), file_(file.value_or("")) {
  if (!enabled_) return;
  agree(communicator_, [&] {
    if (communicator_.rank() != 0) return;
    out_.open(file_, std::ios::app);
    if (!out_) throw Error(ExitCode::kIo, text(file_, ": cannot be written"));
  });
}

void IndexLog::step(const Trainer& trainer, const StepStatistics& statistics) {
  if (!enabled_) return;
  const std::vector<std::int64_t> own = trainer.latest_indices();
  for (const auto& bytes : communicator_.gather(std::as_bytes(std::span(own)))) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::int64_t)) {
      std::int64_t index = 0;
      std::memcpy(&index, bytes.data() + at, sizeof index);
      out_ << statistics.epoch + 1 << ',' << statistics.after.step << ',' << index << '\n';
    }
  }
  out_.flush();
  if (communicator_.rank() == 0 && !out_) throw Error(ExitCode::kIo, text(file_, ": writing failed"));
}

}  // namespace ktrain
