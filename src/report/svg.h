#pragma once

#include <ostream>
#include <string>

namespace ktrain::svg {

// The elements that charts are made of, in colours that can be read on light and dark ground.

inline constexpr const char* kGrey = "#888";

/// `anchor` is start, middle or end of the text, at (x, y).
void write_text(std::ostream& out, double x, double y, const char* anchor, const std::string& color,
                const std::string& content);

/// A line of the grid behind a chart.
void write_grid_line(std::ostream& out, double x1, double y1, double x2, double y2);

/// A broken line through what `d` says, in SVG's path syntax.
void write_path(std::ostream& out, const std::string& d, const std::string& color, double width,
                double opacity = 1);

}  // namespace ktrain::svg
