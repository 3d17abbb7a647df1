#include "verdict.h"

#include <iomanip>
#include <sstream>
#include <string_view>

#include "options.h"

namespace ktrain::trajectories {

std::string verdict_line(const std::string& subject, const Verdict& verdict) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(4) << (verdict.holds() ? "pass: " : "FAIL: ") << subject << ", "
      << verdict.rule << " at kappa " << kappa_text(verdict.kappa) << ": " << verdict.quantity
      << (verdict.quantity.empty() ? "" : " ") << verdict.distance << (verdict.holds() ? " is" : " is not")
      << " below " << verdict.limit << ", " << verdict.what << "\n";
  return out.str();
}

void write_verdict(const Verdict& verdict, JsonWriter& json) {
  json.open('{');
  json.member("rule", std::string_view(verdict.rule));
  json.member("kappa", verdict.kappa);
  json.member("quantity", std::string_view(verdict.quantity.empty() ? "D" : verdict.quantity));
  json.member("distance", verdict.distance);
  json.member("limit", verdict.limit);
  json.member("limit_is", std::string_view(verdict.what));
  json.member("holds", std::string_view(verdict.holds() ? "yes" : "no"));
  json.close('}');
}

}  // namespace ktrain::trajectories
