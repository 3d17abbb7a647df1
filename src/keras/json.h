#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace ktrain {

using Json = nlohmann::json;

/// One JSON document as Python's json module writes it: NaN, Infinity and -Infinity are taken, and become
/// marked strings that `number_of` and `dump_json` understand. Nesting beyond 100 levels, keys that occur
/// twice in an object and documents beyond 64 MiB are refused. Throws Error{kData} naming `source` and the
/// line.
Json parse_json(std::string_view document, const std::string& source);

/// The value of `key` in the one object that a document is, null where it lacks the key, without building
/// what stands beside it. Throws as parse_json does, but for keys that occur twice there.
Json parse_json_member(std::string_view document, const char* key, const std::string& source);

/// A document as Python's json module writes it, with NaN, Infinity and -Infinity where parse_json took them.
std::string dump_json(const Json& document);

/// object[key]; null where `object` is no object or lacks the key.
const Json& member(const Json& object, const char* key);

/// The string at object[key]; "" where there is none.
std::string string_member(const Json& object, const char* key);

/// A number, be it NaN or infinite; nothing for any other value.
std::optional<double> number_of(const Json& value);

/// `value` on one line, shortened for an error message.
std::string brief(const Json& value);

}  // namespace ktrain
