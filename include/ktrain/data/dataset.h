#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ktrain/tensor/tensor.h"

namespace ktrain {

/// One array of a dataset: a value per sample.
struct FieldSpec {
  enum class Role { kInput, kTarget, kSampleWeight };
  std::string name;  ///< the model input's or output's name; empty where the dataset has but one of this role
  Role role = Role::kInput;
  DType dtype = DType::kFloat32;  ///< as stored
  Shape sample_shape;
};

/// Samples with random access. Reading is thread-safe.
class Dataset {
 public:
  virtual ~Dataset() = default;
  /// What it was opened from, for messages.
  virtual std::string name() const = 0;
  /// Number of samples, at least 1.
  virtual std::int64_t size() const = 0;
  virtual std::span<const FieldSpec> fields() const = 0;
  /// Copies the samples `indices` into `rows`, one view per field of shape (indices.size(), sample…) and the
  /// field's dtype. Throws Error{kData} or Error{kNoInput} naming the file.
  virtual void read(std::span<const std::int64_t> indices, std::span<const TensorView> rows) const = 0;
};

/// Opens what a specification names:
///   idx:DIR[,split=train|test]   IDX files, gzipped or not, under their MNIST names: images (H, W) as
///                                samples (H, W, 1), and labels. Without DIR: Debian's Fashion-MNIST
///   npz:FILE                     arrays x, y, sample_weight, or x_<input>, y_<output> and so on
///   npy:FILE[,y=FILE][,sample_weight=FILE]
///                                NPY files, read where they lie: they may be larger than memory (so may IDX)
///   hdf5:FILE                    datasets x, y, sample_weight, or x_<input> and so on, or groups x/<input>;
///                                read where they lie
///   csv:FILE[,label=COLUMN][,sample_weight=COLUMN]
///                                numbers under a header line: the other columns in order are one float32
///                                input; labels are int64 when all are written as integers, else float32
///   images:DIR[,size=HxW][,color_mode=rgb|grayscale|rgba][,interpolation=NAME]
///         [,crop_to_aspect_ratio=true][,pad_to_aspect_ratio=true][,labels=int|categorical|binary|none]
///                                JPEG and PNG files, a folder for each class, as
///                                keras.utils.image_dataset_from_directory reads them; 256x256, bilinear
///   tfrecord:PATTERN,x=FEATURE:TYPE[SHAPE][,x_NAME=…][,y=…][,sample_weight=…][,interpolation=…]
///                                tf.train.Example records of all files that match the pattern, in order of
///                                their names: image:uint8[28,28,1] from raw bytes or integers, label:int64,
///                                encoded:image[224,224,3] from JPEG or PNG; data/feature_format.h
///   synthetic:x=SHAPE,…          made up; data/synthetic.h
/// Without a scheme a directory is idx, and a file is what its name ends in. Throws Error{kUsage} for a wrong
/// specification, kNoInput for a missing file, kData for wrong content.
std::shared_ptr<const Dataset> open_dataset(const std::string& specification);

/// Samples [begin, end) of another dataset, at least one.
std::shared_ptr<const Dataset> slice(std::shared_ptr<const Dataset> dataset, std::int64_t begin,
                                     std::int64_t end);

}  // namespace ktrain
