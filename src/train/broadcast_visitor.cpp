#include "train/broadcast_visitor.h"

#include "ktrain/tensor/shape.h"

namespace ktrain {

void BroadcastVisitor::array(std::string_view, void* data, DType dtype, std::span<const std::int64_t> dims) {
  const auto bytes = static_cast<std::size_t>(Shape(dims).elements()) * size_of(dtype);
  communicator_.broadcast({static_cast<std::byte*>(data), bytes});
}

void BroadcastVisitor::integer(std::string_view, std::int64_t& value) {
  communicator_.broadcast(std::as_writable_bytes(std::span(&value, 1)));
}

void BroadcastVisitor::number(std::string_view, double& value) {
  communicator_.broadcast(std::as_writable_bytes(std::span(&value, 1)));
}

void BroadcastVisitor::string(std::string_view name, std::string& value) {
  auto size = static_cast<std::int64_t>(value.size());
  integer(name, size);
  value.resize(static_cast<std::size_t>(size));
  communicator_.broadcast(std::as_writable_bytes(std::span(value)));
}

}  // namespace ktrain
