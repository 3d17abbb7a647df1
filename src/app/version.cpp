#include "app/version.h"

namespace ktrain {

std::string version_text() {
  return "ktrain " KTRAIN_VERSION;
}

}  // namespace ktrain
