#include <algorithm>
#include <filesystem>
#include <string_view>

#include "core/text.h"
#include "data/sources.h"
#include "ktrain/core/error.h"

namespace ktrain {
namespace {

struct Source {
  std::string_view scheme;
  bool with_path;
  std::shared_ptr<const Dataset> (*open)(Specification&);
  std::string_view options;
};

constexpr Source kSources[] = {
    {"idx", true, open_idx_dataset, "split"},
    {"npz", true, open_npz_dataset, "none"},
    {"npy", true, open_npy_dataset, "y, sample_weight"},
    {"csv", true, open_csv_dataset, "label, sample_weight"},
    {"images", true, open_image_dataset,
     "size, color_mode, interpolation, crop_to_aspect_ratio, pad_to_aspect_ratio, labels"},
    {"hdf5", true, open_hdf5_dataset, "none"},
    {"tfrecord", true, open_tfrecord_dataset,
     "x, x_NAME, y, y_NAME, sample_weight, sample_weight_NAME, interpolation, crop_to_aspect_ratio, "
     "pad_to_aspect_ratio"},
    {"synthetic", false, open_synthetic_dataset, "images, x, x_NAME, classes, targets, samples, first, seed"},
};

const Source* find_source(std::string_view scheme) {
  const auto* found = std::ranges::find(kSources, scheme, &Source::scheme);
  return found == std::end(kSources) ? nullptr : found;
}

/// The scheme of a path that is given without one.
std::string_view infer_scheme(const std::string& specification, std::string_view path) {
  const std::filesystem::path file(path);
  std::error_code unreadable;
  if (std::filesystem::is_directory(file, unreadable)) return "idx";
  std::string ending = file.extension().string();
  if (ending == ".h5") ending = ".hdf5";
  if (ending.size() > 1 && find_source(ending.substr(1)) != nullptr)
    return find_source(ending.substr(1))->scheme;
  if (!std::filesystem::exists(file, unreadable)) {
    throw Error(ExitCode::kNoInput, text("dataset '", specification, "': no such file or directory"));
  }
  throw Error(ExitCode::kUsage,
              text("dataset '", specification,
                   "': the file's name does not tell its format; put one of idx:, npz:, npy:, hdf5:, csv: "
                   "and tfrecord: before it"));
}

}  // namespace

std::shared_ptr<const Dataset> open_dataset(const std::string& specification) {
  const std::string_view whole = specification;
  const std::size_t colon = whole.find(':');
  std::string_view rest = whole;
  const Source* source;
  if (colon == std::string_view::npos ||
      whole.substr(0, colon).find_first_of("/.,") != std::string_view::npos) {
    source = find_source(infer_scheme(specification, whole.substr(0, whole.find(','))));
  } else {
    source = find_source(whole.substr(0, colon));
    rest.remove_prefix(colon + 1);
  }
  if (source == nullptr) {
    throw Error(ExitCode::kUsage,
                text("dataset '", specification, "': unknown scheme '", whole.substr(0, colon),
                     "'; known: idx, npz, npy, hdf5, csv, images, tfrecord, synthetic"));
  }
  Specification parsed(specification, rest, source->with_path);
  auto dataset = source->open(parsed);
  parsed.require_spent(source->options);
  return dataset;
}

}  // namespace ktrain
