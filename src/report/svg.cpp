#include "report/svg.h"

namespace ktrain::svg {

void write_text(std::ostream& out, double x, double y, const char* anchor, const std::string& color,
                const std::string& content) {
  out << "<text x=\"" << x << "\" y=\"" << y << "\" text-anchor=\"" << anchor << "\" fill=\"" << color
      << "\">" << content << "</text>\n";
}

void write_grid_line(std::ostream& out, double x1, double y1, double x2, double y2) {
  out << "<path d=\"M" << x1 << " " << y1 << "L" << x2 << " " << y2 << "\" stroke=\"" << kGrey
      << "\" stroke-opacity=\"0.25\"/>\n";
}

void write_path(std::ostream& out, const std::string& d, const std::string& color, double width,
                double opacity) {
  out << "<path d=\"" << d << "\" fill=\"none\" stroke=\"" << color
      << "\" stroke-linejoin=\"round\" stroke-width=\"" << width << "\" stroke-opacity=\"" << opacity
      << "\"/>\n";
}

}  // namespace ktrain::svg
