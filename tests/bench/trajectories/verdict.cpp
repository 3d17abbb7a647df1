#include "verdict.h"

#include <iomanip>
#include <sstream>

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

}  // namespace ktrain::trajectories
