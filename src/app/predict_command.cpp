#include <algorithm>
#include <memory>

#include "app/build_run.h"
#include "app/commands.h"
#include "core/text.h"
#include "io/npy_writer.h"
#include "ktrain/comm/agree.h"
#include "ktrain/core/error.h"
#include "ktrain/train/evaluate.h"

namespace ktrain {
namespace {

/// The files of a model's outputs: FILE itself for the only output, else FILE with the output's name before
/// its ending.
std::vector<std::string> file_names(const std::string& file, const std::vector<std::string>& outputs) {
  if (outputs.size() == 1) return {file};
  std::vector<std::string> names;
  const std::size_t dot = std::min(file.rfind(".npy"), file.size());
  for (const std::string& output : outputs)
    names.push_back(file.substr(0, dot) + "." + output + file.substr(dot));
  return names;
}

/// A file for each output, which appears when it is complete.
class PredictionFiles {
 public:
  PredictionFiles(const std::string& file, const Model& model, std::int64_t rows) {
    const std::vector<std::string> names = file_names(file, model.output_names());
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Shape& sample = model.tensors()[static_cast<std::size_t>(model.outputs()[i])].sample_shape;
      files_.push_back(std::make_unique<NpyWriter>(names[i], DType::kFloat32, sample.batched(rows).dims()));
    }
  }
  void append(std::span<const ConstTensorView> rows) {
    for (std::size_t i = 0; i < rows.size(); ++i) files_[i]->append(std::as_bytes(rows[i].span<float>()));
  }
  void finish() {
    for (const auto& file : files_) file->finish();
  }

 private:
  std::vector<std::unique_ptr<NpyWriter>> files_;
};

}  // namespace

ExitCode run_predict(Communicator& communicator, const RunConfig& config) {
  Run run = build_run(communicator, config);
  print_notes(communicator, config, run);
  std::unique_ptr<PredictionFiles> files;
  agree(communicator, [&] {
    if (communicator.rank() != 0) return;
    files = std::make_unique<PredictionFiles>(*config.out, run.model, run.data->size());
  });
  predict(
      communicator, run.model, run.data, config.global_batch,
      [&](std::span<const ConstTensorView> rows) { files->append(rows); }, run.inference_shard());
  agree(communicator, [&] {
    if (files) files->finish();
  });
  return ExitCode::kOk;
}

}  // namespace ktrain
