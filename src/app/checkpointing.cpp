#include "app/checkpointing.h"

#include "checkpoint/checkpoint.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "train/broadcast_state.h"

namespace ktrain {

Checkpointing::Checkpointing(Communicator& communicator, Trainer& trainer, Companions& companions,
                             BatchChanges& changes, const RunConfig& config)
    : communicator_(communicator),
      trainer_(trainer),
      companions_(companions),
      changes_(changes),
      config_(config) {
  if (config.checkpoint_dir) folder_.emplace(*config.checkpoint_dir);
}

std::vector<std::string> Checkpointing::start() {
  std::vector<std::string> lines;
  agree(communicator_, [&] {
    if (communicator_.rank() != 0) return;
    if (config_.resume) {
      load(lines);
    } else if (folder_) {
      folder_->expect_no_run();
    }
  });
  if (!config_.resume) return lines;
  trainer_.broadcast_state();
  broadcast_state(communicator_, [this](StateVisitor& visitor) {
    companions_.visit_state(visitor);
    changes_.visit_state(visitor);
  });
  saved_samples_ = trainer_.position().samples;
  saved_epoch_ = trainer_.position().epoch;
  for (const std::string& line : changes_.resumed()) lines.push_back(line);
  return lines;
}

void Checkpointing::load(std::vector<std::string>& lines) {
  CheckpointFolder::Latest latest;
  if (!config_.resume_file) {
    latest = folder_->latest();
    lines = latest.warnings;
    if (latest.file.empty()) {
      throw Error(ExitCode::kNoInput, text("--resume: no whole checkpoint in ", *config_.checkpoint_dir));
    }
  }
  CheckpointReader reader = config_.resume_file ? CheckpointReader(*config_.resume_file)
                                                : CheckpointReader(latest.file, latest.bytes);
  visit_state(reader);
  reader.finish();
  lines.push_back(text("resumed from ", config_.resume_file.value_or(latest.file), " at epoch ",
                       trainer_.position().epoch + 1, ", sample ", trainer_.position().position));
}

void Checkpointing::visit_state(StateVisitor& visitor) {
  trainer_.visit_state(visitor);
  companions_.visit_state(visitor);
  changes_.visit_state(visitor);
}

bool Checkpointing::due() const {
  if (!folder_) return false;
  const Stretch& every = config_.checkpoint_every;
  if (every.samples > 0) return trainer_.position().samples / every.samples > saved_samples_ / every.samples;
  return trainer_.at_epoch_end() && trainer_.position().epoch / every.epochs > saved_epoch_ / every.epochs;
}

std::string Checkpointing::save() {
  trainer_.check_replicas(text("before the checkpoint at sample ", trainer_.position().samples));
  trainer_.gather_states();
  std::string file;
  agree(communicator_, [&] {
    if (communicator_.rank() != 0) return;
    CheckpointWriter writer;
    visit_state(writer);
    file = folder_->save(trainer_.position().samples, writer.bytes());
  });
  saved_samples_ = trainer_.position().samples;
  saved_epoch_ = trainer_.position().epoch;
  return file;
}

}  // namespace ktrain
