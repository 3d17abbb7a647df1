#include "fuzz/json_mutator.h"

#include <iterator>
#include <limits>
#include <utility>

namespace ktrain::fuzz {
namespace {

using Pointer = Json::json_pointer;

void collect(const Json& value, const Pointer& place, std::vector<Pointer>& places) {
  places.push_back(place);
  if (value.is_object()) {
    for (const auto& [key, item] : value.items()) collect(item, place / key, places);
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) collect(value[i], place / i, places);
  }
}

const std::vector<Json>& extremes() {
  static const std::vector<Json> values = [] {
    std::vector<Json> all = {nullptr, true, false, 0.5, -0.5, 1e300, 1e-300, Json::array(), Json::object()};
    for (const std::int64_t whole : {-9, -3, -2, -1, 0, 1, 2, 3, 4, 7, 16, 1 << 20}) all.emplace_back(whole);
    for (const std::int64_t bits : {31, 32, 53, 62}) all.emplace_back(std::int64_t{1} << bits);
    all.emplace_back(std::numeric_limits<std::int64_t>::max());
    all.emplace_back(std::numeric_limits<std::int64_t>::min());
    all.emplace_back(std::numeric_limits<std::uint64_t>::max());
    for (const char* word : {"", "a", "same", "valid", "causal", "full", "channels_first", "channels_last",
                             "softmax", "glu", "zeros", "ab,bc->ac", "...a,ab->...b", "float32", "nearest"}) {
      all.emplace_back(word);
    }
    for (const char* list : {"[1]", "[2,2]", "[0,0]", "[-1]", "[[1,1],[2,2]]", "[3,null]", "[null,null,3]",
                             "[1,2,3,4,5,6,7,8,9,10]"}) {
      all.push_back(Json::parse(list));
    }
    return all;
  }();
  return values;
}

}  // namespace

Json JsonMutator::document(std::uint64_t seed) {
  random_.seed(seed);
  Json changed = any_document();
  for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(changed);
  return changed;
}

Json JsonMutator::any_value() {
  if (below(3) > 0) return extremes()[below(extremes().size())];
  const Json& document = any_document();
  std::vector<Pointer> places;
  collect(document, Pointer(), places);
  return document[places[below(places.size())]];
}

void JsonMutator::change(Json& document) {
  std::vector<Pointer> places;
  collect(document, Pointer(), places);
  const Pointer place = places[below(places.size())];
  Json& value = document[place];
  const auto action = below(8);
  if (action < 5 || !value.is_structured() || value.empty()) {
    value = any_value();
  } else if (action == 5) {
    value.erase(std::next(value.begin(), static_cast<std::ptrdiff_t>(below(value.size()))));
  } else if (value.is_array()) {
    value.push_back(action == 6 ? value[below(value.size())] : any_value());
  } else {
    const Json item = *std::next(value.begin(), static_cast<std::ptrdiff_t>(below(value.size())));
    const Pointer other = places[below(places.size())];
    value[other.empty() ? "name" : other.back()] = action == 6 ? item : any_value();
  }
}

}  // namespace ktrain::fuzz
