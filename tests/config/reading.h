#pragma once

#include <gtest/gtest.h>

#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "config/run_config.h"
#include "ktrain/core/error.h"

namespace ktrain {

using Strings = std::vector<std::string>;

inline RunConfig read(const Strings& arguments, const Strings& environment = {}) {
  return read_run_config(arguments, environment);
}

inline void expect_refused(ExitCode code, const Strings& arguments, const std::string& message,
                           const Strings& environment = {}) {
  try {
    read(arguments, environment);
    ADD_FAILURE() << "not refused: " << message;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code);
    EXPECT_EQ(error.what(), message);
  }
}

inline Strings words(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

}  // namespace ktrain
