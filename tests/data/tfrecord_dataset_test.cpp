#include <gtest/gtest.h>

#include "ktrain/data/dataset.h"
#include "read_rows.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/image_files.h"
#include "support/temporary_folder.h"
#include "support/tfrecord_files.h"

namespace ktrain {
namespace {

using namespace testing;

class TfRecordDataset : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::vector<std::string>& features) const {
    std::string file;
    for (const std::string& feature : features) file += tf_record(tf_example(feature));
    write_text(folder / name, file);
  }
  std::shared_ptr<const Dataset> open(const std::string& options,
                                      const std::string& pattern = "*.tfrecord") const {
    return open_dataset("tfrecord:" + (folder / pattern) + options);
  }

  TemporaryFolder folder;
};

TEST_F(TfRecordDataset, RecordsOfAllFilesInTheOrderOfNames) {
  for (int file = 0; file < 3; ++file) {
    const std::string raw_image = {static_cast<char>(10 * file), 1, 2, 3};
    write("train-" + std::to_string(2 - file) + ".tfrecord",
          {tf_bytes("image", {raw_image}) + tf_int64s("label", {file}),
           tf_bytes("image", {std::string("\4\5\6\7")}) + tf_int64s("label", {file + 10})});
  }
  write("other.tfrecord", {tf_int64s("label", {1})});
  const auto dataset = open(",x=image:uint8[2,2,1],y=label:int64[]", "train-*.tfrecord");
  EXPECT_EQ(dataset->size(), 6);
  EXPECT_EQ(dataset->fields()[0].sample_shape, (Shape{2, 2, 1}));
  EXPECT_EQ(dataset->fields()[0].dtype, DType::kUint8);
  EXPECT_EQ(read_field<std::int64_t>(*dataset, 1, {0, 1, 2, 3, 4, 5}),
            (std::vector<std::int64_t>{2, 12, 1, 11, 0, 10}));
  EXPECT_EQ(read_field<std::uint8_t>(*dataset, 0, {5, 0}),
            (std::vector<std::uint8_t>{4, 5, 6, 7, 20, 1, 2, 3}));
}

TEST_F(TfRecordDataset, NumbersBecomeTheTypeThatIsAskedFor) {
  write("a.tfrecord", {tf_int64s("i", {1, 200}) + tf_floats("f", {0.5F}) +
                       tf_bytes("raw", {std::string("\xFF\xFF\x01\x00", 4)}) + tf_floats("w", {3})});
  const auto dataset = open(
      ",x_bytes=i:uint8[2],x_float=i:float32[2],x_raw=raw:int16[2],y=f:float64,"
      "sample_weight=w:float32[1]");
  EXPECT_EQ(read_field<std::uint8_t>(*dataset, 0, {0}), (std::vector<std::uint8_t>{1, 200}));
  EXPECT_EQ(read_field<float>(*dataset, 1, {0}), (std::vector<float>{1, 200}));
  EXPECT_EQ(read_field<std::int32_t>(*dataset, 2, {0}), (std::vector<std::int32_t>{-1, 1}));
  EXPECT_EQ(read_field<double>(*dataset, 3, {0}), std::vector<double>{0.5});
  EXPECT_EQ(read_field<float>(*dataset, 4, {0}), std::vector<float>{3});
  EXPECT_EQ(dataset->fields()[4].sample_shape, Shape{});
  EXPECT_EQ(dataset->fields()[0].name, "bytes");
}

TEST_F(TfRecordDataset, ImagesAreDecodedAndResized) {
  write("a.tfrecord", {tf_bytes("encoded", {png_file(2, 2, 1, {10, 20, 30, 40})}),
                       tf_bytes("encoded", {jpeg_file(8, 8, 1, std::vector<std::uint8_t>(64, 90))})});
  const auto dataset = open(",x=encoded:image[1,2,1]");
  EXPECT_EQ(read_field<float>(*dataset, 0, {0, 1}), (std::vector<float>{20, 30, 90, 90}));
  EXPECT_EQ(read_field<float>(*open(",x=encoded:image[1,1,1],interpolation=nearest"), 0, {0}),
            std::vector<float>{40});
}

TEST_F(TfRecordDataset, ErrorsNameFileAndRecord) {
  write("a.tfrecord",
        {tf_int64s("i", {1, 2}), tf_int64s("i", {1}), tf_int64s("i", {1, 300}), tf_int64s("k", {1}),
         tf_bytes("i", {"a", "b"}), tf_bytes("i", {"abc"}), tf_floats("i", {1, 2}), tf_feature("i", 9, "")});
  const auto dataset = open(",x=i:uint8[2]");
  const auto fails = [&](std::int64_t record, const std::string& why) {
    expect_error(
        ExitCode::kData, [&] { read_field<std::uint8_t>(*dataset, 0, {record}); },
        (folder / "a.tfrecord") + ": record " + std::to_string(record) + ": feature 'i' ", why);
  };
  fails(1, "holds 1 value, not 2");
  fails(2, "holds 300, which uint8 does not");
  fails(3, "is missing");
  fails(4, "is not one string");
  fails(5, "holds 3 bytes, but |u1 (2,) are 2");
  fails(6, "is a list of floats, not of uint8");
  fails(7, "is empty");
  write("b.tfrecord", {tf_bytes("i", {"hello"})});
  expect_error(
      ExitCode::kData, [&] { open(",x=i:image[8,8,3]", "b.tfrecord"); },
      "b.tfrecord: record 0: feature 'i': not a JPEG or PNG image");
  std::string damaged = tf_record(tf_example(tf_int64s("i", {1, 2})));
  damaged[damaged.size() - 1] ^= 1;
  write_text(folder / "c.tfrecord", damaged);
  expect_error(
      ExitCode::kData, [&] { open(",x=i:uint8[2]", "c.tfrecord"); }, "c.tfrecord: record 0: damaged");
}

TEST_F(TfRecordDataset, RefusesWhatItCannotRead) {
  write("a.tfrecord", {tf_int64s("i", {1})});
  write_text(folder / "none.tfrecord", "");
  const auto fails = [&](ExitCode code, const std::string& options, const std::string& why,
                         const std::string& pattern = "a.tfrecord") {
    expect_error(
        code, [&] { open(options, pattern); }, why);
  };
  fails(ExitCode::kNoInput, ",x=i:uint8", "no such file", "b-*");
  fails(ExitCode::kData, ",x=i:uint8", "holds no records", "none.tfrecord");
  fails(ExitCode::kData, "", "no array 'x' or 'x_<input>'");
  fails(ExitCode::kData, ",x=i:uint8,x_a=i:uint8", "both 'x' and 'x_…'");
  fails(ExitCode::kData, ",x=i:uint8,sample_weight=i:uint8[2]", "sample weights of shape (2,)");
  fails(ExitCode::kUsage, ",x=i:uint8,q=1", "unknown option 'q'");
  for (const char* format : {"i", "i:text", "i:uint8[0]", "i:uint8[2", "i:uint8[2,]", "i:image[2,2]",
                             "i:image[2,2,5]", ":uint8", "i:uint8[1,1,1,1,1,1,1,1]"}) {
    fails(ExitCode::kUsage, std::string(",x=") + format, "not FEATURE:TYPE[SHAPE]");
  }
}

}  // namespace
}  // namespace ktrain
