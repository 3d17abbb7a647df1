#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ktrain {

/// What follows the scheme in a dataset specification: PATH,key=value,… A comma within [] does not separate.
/// Each source takes the options that it knows; what is left over is an error.
class Specification {
 public:
  using Option = std::pair<std::string, std::string>;

  /// `whole` is the specification as the user wrote it, `rest` what follows the scheme; `with_path` says
  /// whether it begins with a path. Throws Error{kUsage} for an option without "=" or one given twice.
  Specification(std::string whole, std::string_view rest, bool with_path);

  const std::string& whole() const { return whole_; }
  const std::string& path() const { return path_; }

  /// The option's value, which is then spent; nothing when it was not given.
  std::optional<std::string> take(std::string_view key);
  /// The same as a number of at least `least`; `otherwise` when it was not given.
  std::int64_t take_count(std::string_view key, std::int64_t least, std::int64_t otherwise);
  /// True or false, which is what it is when not given.
  bool take_flag(std::string_view key);
  /// The options whose key begins with `prefix`, in the order given.
  std::vector<Option> take_all(std::string_view prefix);
  /// Throws Error{kUsage} naming an option that nobody took; `known` lists the ones there are.
  void require_spent(std::string_view known) const;

  [[noreturn]] void refuse(const std::string& why) const;

 private:
  std::string whole_;
  std::string path_;
  std::vector<Option> options_;
};

}  // namespace ktrain
