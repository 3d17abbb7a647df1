#pragma once

#include <memory>

#include "data/specification.h"
#include "ktrain/data/dataset.h"

namespace ktrain {

// One function a scheme of open_dataset, whose contract they share; each takes its options.
std::shared_ptr<const Dataset> open_idx_dataset(Specification& specification);
std::shared_ptr<const Dataset> open_npz_dataset(Specification& specification);
std::shared_ptr<const Dataset> open_npy_dataset(Specification& specification);
std::shared_ptr<const Dataset> open_csv_dataset(Specification& specification);
std::shared_ptr<const Dataset> open_hdf5_dataset(Specification& specification);
std::shared_ptr<const Dataset> open_tfrecord_dataset(Specification& specification);
std::shared_ptr<const Dataset> open_image_dataset(Specification& specification);
std::shared_ptr<const Dataset> open_synthetic_dataset(Specification& specification);

}  // namespace ktrain
