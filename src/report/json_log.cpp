#include "report/json_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <system_error>

#include "core/descriptor.h"
#include "core/text.h"
#include "ktrain/core/error.h"
#include "report/json_writer.h"

namespace ktrain {

struct JsonLog::File {
  std::string name;
  std::int64_t every;
  Descriptor descriptor;
  JsonWriter json;

  File(const std::string& file, std::int64_t every_steps)
      : name(file),
        every(every_steps),
        descriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    if (!descriptor.valid()) fail();
    end_torn_line();
  }

  [[noreturn]] void fail() const {
    throw Error(ExitCode::kIo, text("cannot write ", name, ": ", std::generic_category().message(errno)));
  }

  /// A run that was killed may have left the beginning of a line.
  void end_torn_line() const {
    char last = '\n';
    const off_t size = ::lseek(descriptor.get(), 0, SEEK_END);
    if (size > 0 && ::pread(descriptor.get(), &last, 1, size - 1) != 1) fail();
    if (last != '\n' && !write_all(descriptor.get(), std::as_bytes(std::span("\n", 1)))) fail();
  }

  void begin(std::string_view event) {
    json.clear();
    json.open('{');
    json.member("event", event);
  }

  void end() {
    json.close('}');
    json.end_line();
    if (!write_all(descriptor.get(), std::as_bytes(std::span(json.text())))) fail();
  }

  template <typename T>
  void optional(std::string_view key, const std::optional<T>& value) {
    json.key(key);
    value ? json.value(*value) : json.null();
  }

  void values(std::string_view key, const std::vector<NamedValue>& named) {
    json.key(key);
    json.open('{');
    for (const NamedValue& item : named) json.member(item.name, item.value);
    json.close('}');
  }

  void point(const RunPoint& point) {
    json.member("epoch", point.epoch);
    json.member("step", point.step);
    json.member("samples", point.samples);
  }

  template <typename Report>
  void losses(const Report& report) {
    json.member("loss", report.loss);
    values("metrics", report.metrics);
  }

  template <typename Report>
  void validation(const Report& report) {
    optional("val_loss", report.val_loss);
    if (report.val_loss) return values("val_metrics", report.val_metrics);
    json.key("val_metrics");
    json.null();
  }

  void pace(const RunPoint& point) {
    json.member("lr", point.lr);
    optional("momentum", point.momentum);
    json.member("global_batch", point.global_batch);
    json.member("workers", point.workers);
    json.member("samples_per_second", point.samples_per_second);
    json.member("seconds", point.seconds);
  }

  void noise(const std::optional<NoiseScale>& known) {
    if (!known) return;
    optional("noise_scale", known->value);
    optional("noise_scale_low", known->low);
    optional("noise_scale_high", known->high);
    json.member("noise_square", known->square);
    json.member("noise_trace", known->trace);
    json.member("noise_biased", known->biased);
  }

  void plan(const std::vector<WorkerShare>& shares) {
    json.key("plan");
    json.open('[');
    for (const WorkerShare& share : shares) {
      json.open('{');
      json.member("rank", share.rank);
      json.member("host", share.host);
      json.member("samples", share.samples);
      json.member("threads", share.threads);
      json.close('}');
    }
    json.close(']');
  }
};

JsonLog::JsonLog(const std::string& file, std::int64_t every) : file_(std::make_unique<File>(file, every)) {}
JsonLog::~JsonLog() = default;

void JsonLog::start(const RunStart& start) {
  File& file = *file_;
  file.begin("start");
  file.json.member("version", start.version);
  file.json.key("config");
  file.json.open('{');
  for (const Field& field : start.configuration) file.json.member(field);
  file.json.close('}');
  file.plan(start.plan);
  file.json.member("workers", start.plan.size());
  file.json.member("epochs", start.epochs);
  file.json.member("epoch_samples", start.epoch_samples);
  file.json.member("parameters", start.parameters);
  file.json.member("resumed_samples", start.resumed_samples);
  file.end();
}

void JsonLog::step(const StepReport& report) {
  File& file = *file_;
  if (report.step % file.every != 0) return;
  file.begin("step");
  file.point(report);
  file.losses(report);
  file.noise(report.noise);
  file.pace(report);
  file.end();
}

void JsonLog::epoch(const EpochReport& report) {
  File& file = *file_;
  file.begin("epoch");
  file.point(report);
  file.losses(report);
  file.validation(report);
  file.noise(report.noise);
  file.pace(report);
  file.end();
}

void JsonLog::end(const RunEnd& end) {
  File& file = *file_;
  file.begin("end");
  file.point(end);
  file.losses(end);
  file.validation(end);
  file.pace(end);
  file.json.member("exit_code", end.exit_code);
  file.json.member("weights_digest", end.weights_digest);
  file.end();
}

}  // namespace ktrain
