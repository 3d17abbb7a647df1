#include "app/model_source.h"

#include <cstdint>
#include <span>

#include "ktrain/comm/agree.h"

namespace ktrain {

ModelSource open_model(Communicator& communicator, const std::string& name) {
  ModelSource source;
  source.name = name;
  agree(communicator, [&] {
    if (communicator.rank() != 0) return;
    source.file = std::make_shared<const ModelFile>(name);
    source.description = source.file->description();
    source.has_weights = source.file->has_weights();
  });
  std::int64_t header[] = {static_cast<std::int64_t>(source.description.size()), source.has_weights ? 1 : 0};
  communicator.broadcast(std::as_writable_bytes(std::span(header)));
  source.description.resize(static_cast<std::size_t>(header[0]));
  source.has_weights = header[1] != 0;
  communicator.broadcast(std::as_writable_bytes(std::span(source.description)));
  return source;
}

}  // namespace ktrain
