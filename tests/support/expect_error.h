#pragma once

#include <gtest/gtest.h>

#include <string>

#include "ktrain/core/error.h"

namespace ktrain::testing {

/// Runs `action` and expects an Error with this exit code whose one-line message holds each of `parts`.
template <typename Action, typename... Parts>
void expect_error(ExitCode code, const Action& action, const Parts&... parts) {
  try {
    action();
    ADD_FAILURE() << "no error";
  } catch (const Error& error) {
    const std::string message = error.what();
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(code)) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    for (const std::string& part : {std::string(parts)...}) {
      EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' in: " << message;
    }
  }
}

}  // namespace ktrain::testing
