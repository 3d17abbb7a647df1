#pragma once

#include <string>

#include "core/text.h"

namespace ktrain::detail {

/// Throws Error{kSoftware} whose message holds file, line, condition and the values.
[[noreturn]] void check_failed(const char* file, int line, const char* condition, const std::string& values);

}  // namespace ktrain::detail

/// Throws when `condition` is false: a defect of ktrain or of its caller, not of a user's input. The values
/// are printed one after the other, so give shapes, counts and names: KTRAIN_CHECK(a == b, "a ", a, " b ",
/// b).
#define KTRAIN_CHECK(condition, ...) \
  ((condition)                       \
       ? static_cast<void>(0)        \
       : ::ktrain::detail::check_failed(__FILE__, __LINE__, #condition, ::ktrain::text(__VA_ARGS__)))
