#include "app/model_source.h"

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <span>

#include "ktrain/comm/agree.h"
#include "ktrain/keras/compile_settings.h"

namespace ktrain {

namespace {

void broadcast(Communicator& communicator, std::string& text) {
  std::int64_t size = std::ssize(text);
  communicator.broadcast(std::as_writable_bytes(std::span(&size, 1)));
  text.resize(static_cast<std::size_t>(size));
  communicator.broadcast(std::as_writable_bytes(std::span(text)));
}

std::string find_file(const std::string& name) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::exists(name, error) || fs::path(name).is_absolute()) return name;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& folder : {program / ".." / "share" / "ktrain", fs::path(KTRAIN_SOURCE_DIR)}) {
    if (fs::exists(folder / name, error)) return (folder / name).lexically_normal().string();
  }
  return name;
}

}  // namespace

ModelSource open_model(Communicator& communicator, const std::string& name, const EditSource& edit) {
  ModelSource source;
  agree(communicator, [&] {
    if (communicator.rank() != 0) return;
    source.name = find_file(name);
    source.file = std::make_shared<const ModelFile>(source.name);
    source.description = source.file->description();
    source.record = source.file->record();
    source.has_weights = source.file->has_weights();
    if (edit) edit(source);
    source.compiled = compile_settings_alone(source.description);
  });
  broadcast(communicator, source.name);
  broadcast(communicator, source.description);
  broadcast(communicator, source.compiled);
  broadcast(communicator, source.record);
  std::int64_t has_weights = source.has_weights ? 1 : 0;
  communicator.broadcast(std::as_writable_bytes(std::span(&has_weights, 1)));
  source.has_weights = has_weights != 0;
  return source;
}

std::unique_ptr<Optimizer> stored_optimizer(const ModelSource& source, Model& model) {
  CompileSettings settings = read_compile_settings(source.compiled, model);
  if (!settings.optimizer) return nullptr;
  settings.optimizer->bind(model.parameters());
  if (!source.file->load_optimizer(model, *settings.optimizer)) return nullptr;
  return std::move(settings.optimizer);
}

std::int64_t numbers_in_memory() {
  return static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGE_SIZE) /
         static_cast<std::int64_t>(sizeof(float));
}

ArchitectureOptions options_without_data(std::int64_t open_size) {
  ArchitectureOptions options;
  options.seed.reset();
  options.stateful_batch = 1;
  options.open_size = open_size;
  options.most_elements = numbers_in_memory();
  return options;
}

}  // namespace ktrain
