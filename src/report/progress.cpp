#include "report/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <span>

#include "core/descriptor.h"

namespace ktrain {
namespace {

constexpr double kSecondsBetweenRedraws = 0.1;
constexpr int kBarColumns = 20;
constexpr std::string_view kClearLine = "\r\x1b[K";

/// The parts of a progress line, appended to a buffer that is used again and again.
class Line {
 public:
  std::string_view text() const { return {buffer_.data(), buffer_.size()}; }
  std::size_t size() const { return buffer_.size(); }
  void clear() { buffer_.clear(); }
  void cut(std::size_t size) { buffer_.resize(std::min(buffer_.size(), size)); }
  void add(std::string_view part) { buffer_.append(part); }

  void epoch(std::int64_t epoch, std::int64_t epochs) { format("Epoch {}/{}", epoch, epochs); }
  void steps(std::int64_t done, std::int64_t all) { format(" {}/{}", done, all); }

  void bar(int columns, std::int64_t done, std::int64_t all) {
    if (columns <= 0) return;
    const std::int64_t filled = all > 0 ? columns * std::min(done, all) / all : 0;
    add(" [");
    for (std::int64_t i = 0; i < columns; ++i) {
      buffer_.push_back(i + 1 == filled && filled < columns ? '>' : i < filled ? '=' : '.');
    }
    buffer_.push_back(']');
  }

  void duration(double seconds, std::string_view what) {
    if (!(seconds >= 0 && seconds < 1e7)) return format(" - --:--{}", what);
    const auto whole = static_cast<std::int64_t>(std::llround(seconds));
    if (whole >= 3600) return format(" - {}:{:02}:{:02}{}", whole / 3600, whole / 60 % 60, whole % 60, what);
    format(" - {}:{:02}{}", whole / 60, whole % 60, what);
  }

  void rate(double samples_per_second) {
    if (samples_per_second >= 100) return format(" - {:.0f} samples/s", samples_per_second);
    format(" - {:.3g} samples/s", samples_per_second);
  }

  /// As Keras writes a number: four digits after the point, with an exponent where that would hide it.
  void value(std::string_view prefix, std::string_view name, double value) {
    if (std::abs(value) > 1e-3) return format(" - {}{}: {:.4f}", prefix, name, value);
    format(" - {}{}: {:.4e}", prefix, name, value);
  }

  void values(std::string_view prefix, double loss, const std::vector<NamedValue>& metrics) {
    value(prefix, "loss", loss);
    for (const NamedValue& metric : metrics) value(prefix, metric.name, metric.value);
  }

 private:
  template <typename... Values>
  void format(fmt::format_string<const Values&...> pattern, const Values&... values) {
    fmt::format_to(std::back_inserter(buffer_), pattern, values...);
  }

  fmt::memory_buffer buffer_;
};

void add_summary(Line& line, const EpochReport& report) {
  line.duration(report.epoch_seconds, "");
  line.rate(report.samples_per_second);
  line.values("", report.loss, report.metrics);
  if (report.val_loss) line.values("val_", *report.val_loss, report.val_metrics);
}

class Writer {
 public:
  explicit Writer(int descriptor) : descriptor_(descriptor) {}
  void write(std::string_view text) const { write_all(descriptor_, std::as_bytes(std::span(text))); }

 private:
  int descriptor_;
};

class FileProgress : public Progress {
 public:
  explicit FileProgress(int descriptor) : writer_(descriptor) {}

  void step(const StepReport&) override {}

  void epoch(const EpochReport& report) override {
    line_.clear();
    line_.epoch(report.epoch, report.epochs);
    add_summary(line_, report);
    line_.add("\n");
    writer_.write(line_.text());
  }

  void end(const StepReport& report) override {
    line_.clear();
    line_.epoch(report.epoch, report.epochs);
    line_.steps(report.epoch_step, report.epoch_steps);
    line_.rate(report.samples_per_second);
    line_.values("", report.epoch_loss, report.epoch_metrics);
    line_.add("\n");
    writer_.write(line_.text());
  }

  void note(std::string_view line) override {
    line_.clear();
    line_.add(line);
    line_.add("\n");
    writer_.write(line_.text());
  }

 private:
  Writer writer_;
  Line line_;
};

class TerminalProgress : public Progress {
 public:
  TerminalProgress(int descriptor, int columns) : writer_(descriptor), columns_(columns) {}
  ~TerminalProgress() override {
    if (live_) writer_.write("\n");
  }

  void step(const StepReport& report) override {
    const bool due = report.seconds - last_drawn_ >= kSecondsBetweenRedraws;
    if (live_ && !due && report.epoch_step < report.epoch_steps) return;
    draw(report);
  }

  void end(const StepReport& report) override { draw(report); }

  void epoch(const EpochReport& report) override {
    tail_.clear();
    add_summary(tail_, report);
    compose(report.epoch, report.epochs, report.epoch_steps, report.epoch_steps);
    line_.add("\n");
    writer_.write(line_.text());
    live_ = false;
  }

  void note(std::string_view line) override {
    line_.clear();
    if (live_) line_.add(kClearLine);
    line_.add(line);
    line_.add("\n");
    writer_.write(line_.text());
    live_ = false;
  }

 private:
  void draw(const StepReport& report) {
    last_drawn_ = report.seconds;
    tail_.clear();
    tail_.duration(report.epoch_seconds_left, " left");
    tail_.rate(report.samples_per_second);
    tail_.values("", report.epoch_loss, report.epoch_metrics);
    compose(report.epoch, report.epochs, report.epoch_step, report.epoch_steps);
    // The last column stays free: some terminals wrap as soon as it is written.
    line_.cut(kClearLine.size() + static_cast<std::size_t>(columns_) - 1);
    writer_.write(line_.text());
    live_ = true;
  }

  /// line_ = epoch, steps, as much of a bar as there is room for, and tail_.
  void compose(std::int64_t epoch, std::int64_t epochs, std::int64_t done, std::int64_t all) {
    line_.clear();
    line_.add(kClearLine);
    line_.epoch(epoch, epochs);
    line_.steps(done, all);
    const auto used = static_cast<int>(line_.size() - kClearLine.size() + tail_.size());
    const int room = columns_ - 1 - used - 3;
    line_.bar(std::min(room, kBarColumns), done, all);
    line_.add(tail_.text());
  }

  Writer writer_;
  int columns_;
  Line line_;
  Line tail_;
  bool live_ = false;  // the cursor is behind a line that will be drawn again
  double last_drawn_ = 0;
};

class QuietProgress : public Progress {
 public:
  void step(const StepReport&) override {}
  void epoch(const EpochReport&) override {}
  void end(const StepReport&) override {}
  void note(std::string_view) override {}
};

}  // namespace

int terminal_columns(int descriptor) {
  winsize size{};
  if (::isatty(descriptor) == 0 || ::ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) return 0;
  return size.ws_col;
}

std::unique_ptr<Progress> make_progress(int descriptor, int columns) {
  if (columns > 0) return std::make_unique<TerminalProgress>(descriptor, columns);
  return std::make_unique<FileProgress>(descriptor);
}

std::unique_ptr<Progress> make_quiet_progress() {
  return std::make_unique<QuietProgress>();
}

}  // namespace ktrain
