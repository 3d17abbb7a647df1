#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "keras/json.h"

namespace ktrain::fuzz {

/// Makes documents that are sound JSON and wrong otherwise: one to four values of a document replaced by
/// extreme ones or by those of others, members and items taken away, doubled or put in from elsewhere. A
/// function of the documents and the seed.
class JsonMutator {
 public:
  explicit JsonMutator(std::vector<Json> documents) : documents_(std::move(documents)) {}

  Json document(std::uint64_t seed);

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }
  const Json& any_document() { return documents_[below(documents_.size())]; }
  Json any_value();
  void change(Json& document);

  std::vector<Json> documents_;
  std::mt19937_64 random_;
};

}  // namespace ktrain::fuzz
