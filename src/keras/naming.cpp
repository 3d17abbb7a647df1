#include "keras/naming.h"

#include "core/names.h"
#include "core/text.h"

namespace ktrain {

std::string EntryNames::next(std::string_view class_name) {
  const std::string name = snake_case(class_name);
  const int earlier = count_[name]++;
  return earlier == 0 ? name : text(name, '_', earlier);
}

std::string_view python_class(std::string_view public_name) {
  return public_name == "GroupQueryAttention" ? "GroupedQueryAttention" : public_name;
}

}  // namespace ktrain
