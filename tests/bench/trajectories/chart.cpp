#include "chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <sstream>
#include <utility>

#include "core/text.h"
#include "report.h"
#include "report/svg.h"

namespace ktrain::trajectories {
namespace {

constexpr double kPanelWidth = 460, kPanelHeight = 340;
constexpr double kLeft = 52, kRight = 128, kTop = 30, kBottom = 34;
constexpr double kLabelHeight = 13;
/// Of middle lightness.
constexpr std::array kColors = {"#8a8a8a", "#d9822b", "#3f8fd2", "#2e9e6b",
                                "#c2569b", "#8c6bd1", "#b08d1f", "#d1495b"};

/// Where a table's numbers lie in its panel. What is off the axes is drawn at their ends.
class Axes {
 public:
  explicit Axes(const Table& table) {
    least_kappa_ = most_kappa_ = 1;
    for (const double kappa : table.kappas) {
      least_kappa_ = std::min(least_kappa_, kappa);
      most_kappa_ = std::max(most_kappa_, kappa);
    }
    least_ = most_ = table.seed_distance;
    for (const Row& row : table.rows) {
      for (std::size_t k = 0; k < table.kappas.size(); ++k) include(row.mean(k));
    }
    least_ = std::pow(10, std::floor(std::log10(std::max(least_, 1e-4))));
    most_ = std::min(most_, kMost) * 1.15;
  }

  double least() const { return least_; }
  double most() const { return most_; }
  double x(double kappa) const {
    const double share = std::log(kappa / least_kappa_) / std::log(most_kappa_ / least_kappa_);
    return kLeft + share * (kPanelWidth - kLeft - kRight);
  }
  double y(double distance) const {
    const double share = std::log(std::clamp(distance, least_, most_) / least_) / std::log(most_ / least_);
    return kPanelHeight - kBottom - share * (kPanelHeight - kTop - kBottom);
  }

 private:
  static constexpr double kMost = 3;

  void include(double distance) {
    if (!std::isfinite(distance) || distance <= 0) return;
    least_ = std::min(least_, distance);
    most_ = std::max(most_, distance);
  }

  double least_kappa_, most_kappa_, least_, most_;
};

void write_axes(std::ostream& out, const Table& table, const Axes& axes) {
  const double right = kPanelWidth - kRight, bottom = kPanelHeight - kBottom;
  const double yardstick = axes.y(table.seed_distance);
  out << "<rect x=\"" << kLeft << "\" y=\"" << yardstick << "\" width=\"" << right - kLeft << "\" height=\""
      << bottom - yardstick << "\" fill=\"#888\" fill-opacity=\"0.18\"/>\n";
  for (double decade = axes.least(); decade < axes.most(); decade *= 10) {
    for (const double factor : {1, 2, 5}) {
      const double tick = decade * factor;
      if (tick > axes.most()) break;
      svg::write_grid_line(out, kLeft, axes.y(tick), right, axes.y(tick));
      svg::write_text(out, kLeft - 6, axes.y(tick) + 4, "end", svg::kGrey, text(tick));
    }
  }
  std::vector<double> kappas = table.kappas;
  kappas.push_back(1);
  for (const double kappa : kappas) {
    svg::write_grid_line(out, axes.x(kappa), kTop, axes.x(kappa), bottom);
    svg::write_text(out, axes.x(kappa), bottom + 16, "middle", svg::kGrey, kappa_text(kappa));
  }
  svg::write_text(out, (kLeft + right) / 2, bottom + 31, "middle", svg::kGrey, "batch / base batch");
  svg::write_text(out, kLeft, kTop - 12, "start", svg::kGrey,
                  text(title_of(table.optimizer, table.learning_rate), ": D; band: below seed to seed"));
}

/// The points on one side of kappa 1, where every D is 0 and has no place.
std::string path_of(const Table& table, const Row& row, const Axes& axes, bool above) {
  std::ostringstream path;
  path << std::fixed << std::setprecision(1);
  char command = 'M';
  for (std::size_t k = 0; k < table.kappas.size(); ++k) {
    if (table.kappas[k] == 1 || (table.kappas[k] > 1) != above) continue;
    path << std::exchange(command, 'L') << axes.x(table.kappas[k]) << " " << axes.y(row.mean(k));
  }
  return path.str();
}

struct Label {
  double y;
  std::string color, content;
};

/// At the lines' ends, moved apart.
void write_labels(std::ostream& out, std::vector<Label> labels) {
  std::ranges::stable_sort(labels, {}, &Label::y);
  const double bottom = kPanelHeight - kBottom;
  double above = kTop - kLabelHeight;
  for (Label& label : labels) above = label.y = std::max(label.y, above + kLabelHeight);
  double below = std::max(bottom, kTop + kLabelHeight * static_cast<double>(labels.size())) + kLabelHeight;
  for (auto label = labels.rbegin(); label != labels.rend(); ++label) {
    below = label->y = std::min(label->y, below - kLabelHeight);
  }
  for (const Label& label : labels) {
    svg::write_text(out, kPanelWidth - kRight + 8, label.y + 4, "start", label.color, label.content);
  }
}

void write_rows(std::ostream& out, const Table& table, const Axes& axes) {
  const auto last =
      static_cast<std::size_t>(std::distance(table.kappas.begin(), std::ranges::max_element(table.kappas)));
  std::vector<Label> labels;
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const Row& row = table.rows[i];
    const std::string color = kColors[i % kColors.size()];
    // What auto stands for is another line: it is drawn broad, to be seen below that.
    const bool is_auto = row.rule.rfind("auto", 0) == 0;
    svg::write_path(out, path_of(table, row, axes, false) + path_of(table, row, axes, true), color,
                    is_auto ? 6 : 1.8, is_auto ? 0.45 : 1);
    labels.push_back({axes.y(row.mean(last)), color, row.rule});
  }
  write_labels(out, std::move(labels));
}

}  // namespace

std::string svg_chart(const std::vector<Table>& tables) {
  const std::size_t columns = std::min<std::size_t>(tables.size(), 2);
  const std::size_t lines = (tables.size() + 1) / 2;
  std::ostringstream out;
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "
      << kPanelWidth * static_cast<double>(columns) << " " << kPanelHeight * static_cast<double>(lines)
      << "\" font-family=\"sans-serif\" font-size=\"11\">\n";
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const Axes axes(tables[i]);
    const std::size_t column = i % 2, line = i / 2;
    out << "<g transform=\"translate(" << kPanelWidth * static_cast<double>(column) << " "
        << kPanelHeight * static_cast<double>(line) << ")\">\n";
    write_axes(out, tables[i], axes);
    write_rows(out, tables[i], axes);
    out << "</g>\n";
  }
  out << "</svg>\n";
  return out.str();
}

}  // namespace ktrain::trajectories
