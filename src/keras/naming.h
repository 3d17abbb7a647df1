#pragma once

#include <map>
#include <string>
#include <string_view>

namespace ktrain {

/// The entries of one container of a weights file in their order: "dense", "dense_1", … counted per class.
/// Keras takes the class's name in snake case, never the layer's name.
class EntryNames {
 public:
  std::string next(std::string_view class_name);

 private:
  std::map<std::string, int> count_;
};

/// The Python class that a public name stands for: weights files go by it.
std::string_view python_class(std::string_view public_name);

}  // namespace ktrain
