#include "parallel/replica_check.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "core/digest.h"
#include "core/text.h"
#include "ktrain/comm/agree.h"

namespace ktrain {
namespace {

using Digests = std::vector<std::int64_t>;

/// Every rank's `own` digests, rank after rank. A sum to which the others add zero keeps the bits.
Digests all_gather(Communicator& group, const Digests& own) {
  Digests all(own.size() * static_cast<std::size_t>(group.size()));
  std::ranges::copy(own, all.begin() + group.rank() * std::ssize(own));
  group.all_reduce(std::span(all));
  return all;
}

bool all_equal(const Digests& digests) {
  return std::ranges::adjacent_find(digests, std::not_equal_to{}) == digests.end();
}

/// The most frequent one; among equally frequent ones that of the lowest rank.
std::int64_t majority(const Digests& digests) {
  return *std::ranges::max_element(digests, {},
                                   [&](std::int64_t digest) { return std::ranges::count(digests, digest); });
}

Digests digests_by_parameter(const FlatParameters& parameters) {
  Digests digests;
  for (const Parameter& parameter : parameters.parameters()) {
    const auto values = parameters.values().subspan(static_cast<std::size_t>(parameter.range.begin),
                                                    static_cast<std::size_t>(parameter.range.size()));
    Digest digest;
    digest.add(values.data(), values.size_bytes());
    digests.push_back(std::bit_cast<std::int64_t>(digest.value()));
  }
  return digests;
}

/// "rank 1 (host a), rank 3 (host b)": the ranks that do not hold the majority's digest.
std::string outliers(const Digests& digests, const std::vector<std::string>& hosts) {
  const std::int64_t common = majority(digests);
  std::string names;
  for (std::size_t rank = 0; rank < digests.size(); ++rank) {
    if (digests[rank] == common) continue;
    names += text(names.empty() ? "" : ", ", "rank ", rank, " (host ", hosts[rank], ")");
  }
  return names;
}

/// Column `column` of a table with `columns` columns.
Digests column_of(const Digests& table, std::size_t column, std::size_t columns) {
  Digests values;
  for (std::size_t i = column; i < table.size(); i += columns) values.push_back(table[i]);
  return values;
}

}  // namespace

void check_replicas(Communicator& group, const FlatParameters& parameters, const std::string& place) {
  if (all_equal(all_gather(group, {std::bit_cast<std::int64_t>(parameters.digest())}))) return;

  const auto variables = parameters.parameters();
  const Digests table = all_gather(group, digests_by_parameter(parameters));
  std::size_t first = 0;
  while (all_equal(column_of(table, first, variables.size()))) ++first;
  const std::string ranks =
      outliers(column_of(table, first, variables.size()), group.all_gather(group.host()));
  throw AgreedError(ExitCode::kReplicasDisagree,
                    text("replicas disagree at ", place, ": ", variables[first].name, " differs on ", ranks),
                    0);
}

}  // namespace ktrain
