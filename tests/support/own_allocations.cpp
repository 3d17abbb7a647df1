#include "support/own_allocations.h"

#include <dlfcn.h>
#include <execinfo.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

std::atomic<bool> watching = false;
std::atomic<std::int64_t> count = 0;
std::atomic<std::uintptr_t> latest = 0;

struct Place {
  std::uintptr_t base = 0;
  bool standard_library = false;
};

Place place_of(const void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0) return {};
  const bool standard = info.dli_fname != nullptr && std::strstr(info.dli_fname, "libstdc++") != nullptr;
  return {reinterpret_cast<std::uintptr_t>(info.dli_fbase), standard};
}

/// `caller` is where operator new returns to.
void note(void* caller) {
  static const std::uintptr_t own = place_of(reinterpret_cast<const void*>(&place_of)).base;
  std::array<void*, 24> frames;
  const auto end = frames.begin() + backtrace(frames.data(), static_cast<int>(frames.size()));
  // The first up the stack that is not the C++ library, which takes memory for others.
  for (auto frame = std::find(frames.begin(), end, caller); frame != end; ++frame) {
    const Place place = place_of(*frame);
    if (place.standard_library) continue;
    if (place.base != own) return;
    ++count;
    latest = reinterpret_cast<std::uintptr_t>(*frame) - own;
    return;
  }
}

void* checked(void* memory) {
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

namespace ktrain {

std::int64_t own_allocations() {
  return count;
}

void watch_allocations(bool watch) {
  watching = watch;
}

std::string latest_own_allocation() {
  std::array<char, 32> digits{};
  std::snprintf(digits.data(), digits.size(), "0x%zx", static_cast<std::size_t>(latest));
  return digits.data();
}

}  // namespace ktrain

void* operator new(std::size_t bytes) {
  if (watching) note(__builtin_return_address(0));
  return checked(std::malloc(bytes));
}

void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  if (watching) note(__builtin_return_address(0));
  return std::malloc(bytes);
}

void* operator new(std::size_t bytes, std::align_val_t alignment) {
  if (watching) note(__builtin_return_address(0));
  const auto unit = static_cast<std::size_t>(alignment);
  return checked(std::aligned_alloc(unit, (bytes + unit - 1) / unit * unit));
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
