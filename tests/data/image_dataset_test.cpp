#include <gtest/gtest.h>

#include <filesystem>

#include "data/pipeline.h"
#include "ktrain/data/dataset.h"
#include "read_rows.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/image_files.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;
using testing::png_file;
using testing::read_field;
using testing::write_text;

class ImageDataset : public ::testing::Test {
 protected:
  void add(const std::string& name, const std::string& content) const {
    const std::string path = folder / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    write_text(path, content);
  }
  void add_gray(const std::string& name, std::uint8_t value) const { add(name, png_file(1, 1, 1, {value})); }
  std::shared_ptr<const Dataset> open(const std::string& options) const {
    return open_dataset("images:" + folder.path() + options);
  }

  testing::TemporaryFolder folder;
};

constexpr const char* kTiny = ",size=1x1,color_mode=grayscale";

TEST_F(ImageDataset, ClassesAreFoldersInOrder) {
  add_gray("b/2.png", 3);
  add_gray("b/10.PNG", 2);
  add_gray("a/z.png", 1);
  add_gray("a/deep/y.png", 11);
  add_gray("a b/x.png", 12);
  add_gray(".hidden/x.png", 99);
  add_gray("loose.png", 99);
  add("b/notes.txt", "hello");
  const auto dataset = open(kTiny);
  EXPECT_EQ(dataset->size(), 5);
  EXPECT_EQ(read_field<float>(*dataset, 0, {0, 1, 2, 3, 4}), (std::vector<float>{1, 11, 12, 2, 3}));
  EXPECT_EQ(read_field<std::int64_t>(*dataset, 1, {0, 1, 2, 3, 4}),
            (std::vector<std::int64_t>{0, 0, 1, 2, 2}));
  EXPECT_EQ(dataset->fields()[0].sample_shape, (Shape{1, 1, 1}));
}

TEST_F(ImageDataset, LabelsComeInKerasModes) {
  add_gray("a/1.png", 1);
  add_gray("b/2.png", 2);
  const auto categorical = open(std::string(kTiny) + ",labels=categorical");
  EXPECT_EQ(read_field<float>(*categorical, 1, {1, 0}), (std::vector<float>{0, 1, 1, 0}));
  const auto binary = open(std::string(kTiny) + ",labels=binary");
  EXPECT_EQ(read_field<float>(*binary, 1, {1, 0}), (std::vector<float>{1, 0}));
  EXPECT_EQ(binary->fields()[1].sample_shape, Shape{1});
  EXPECT_EQ(open(std::string(kTiny) + ",labels=none")->fields().size(), 1U);
  add_gray("c/3.png", 3);
  expect_error(
      ExitCode::kData, [&] { open(",labels=binary"); }, "takes two classes, there are 3");
}

TEST_F(ImageDataset, ImagesAreResized) {
  add("a/1.png", png_file(2, 4, 1, {10, 20, 30, 40, 50, 60, 70, 80}));
  EXPECT_EQ(read_field<float>(*open(",size=1x2,color_mode=grayscale"), 0, {0}), (std::vector<float>{35, 55}));
  EXPECT_EQ(read_field<float>(*open(",size=2x2,color_mode=grayscale,crop_to_aspect_ratio=true"), 0, {0}),
            (std::vector<float>{20, 30, 60, 70}));
  EXPECT_EQ(read_field<float>(*open(",size=4x4,color_mode=grayscale,pad_to_aspect_ratio=true"), 0, {0}),
            (std::vector<float>{0, 0, 0, 0, 10, 20, 30, 40, 50, 60, 70, 80, 0, 0, 0, 0}));
  EXPECT_EQ(read_field<float>(*open(",size=1x2,color_mode=grayscale,interpolation=nearest"), 0, {0}),
            (std::vector<float>{60, 80}));
  EXPECT_EQ(open("")->fields()[0].sample_shape, (Shape{256, 256, 3}));
  EXPECT_EQ(open(",size=32,color_mode=rgba")->fields()[0].sample_shape, (Shape{32, 32, 4}));
}

TEST_F(ImageDataset, DamageNamesTheFile) {
  add_gray("a/1.png", 1);
  add("a/2.jpg", "\xFF\xD8\xFF\xE0 nothing");
  add("a/3.gif", "GIF89a");
  add("a/4.png", "");
  const auto dataset = open(kTiny);
  const auto fails = [&](std::int64_t index, const std::string& file, const std::string& why) {
    expect_error(
        ExitCode::kData, [&] { read_field<float>(*dataset, 0, {index}); }, folder / file, why);
  };
  fails(1, "a/2.jpg", "damaged JPEG");
  fails(2, "a/3.gif", "GIF images are not supported");
  fails(3, "a/4.png", "empty");
  std::filesystem::remove(folder / "a/1.png");
  expect_error(
      ExitCode::kNoInput, [&] { read_field<float>(*dataset, 0, {0}); }, folder / "a/1.png");
}

// What goes wrong on the pipeline's threads comes out of next().
TEST_F(ImageDataset, IsDecodedByThePipeline) {
  for (int i = 0; i < 40; ++i)
    add_gray("a/" + std::to_string(100 + i) + ".png", static_cast<std::uint8_t>(i));
  const auto run = [&] {
    const auto dataset = open(kTiny);
    std::int64_t begin = 0;
    Pipeline pipeline(dataset, Sampler(dataset->size(), 0, false),
                      [&]() -> std::optional<Share> {
                        if (begin == dataset->size()) return std::nullopt;
                        const Share share{0, {begin, begin + 8}};
                        begin += 8;
                        return share;
                      },
                      {.depth = 3, .threads = 3});
    float next = 0;
    while (const Batch* batch = pipeline.next()) {
      for (const float value : batch->fields[0].span<float>()) EXPECT_EQ(value, next++);
    }
    EXPECT_EQ(next, 40);
  };
  run();
  add("a/120.png", "hello");
  expect_error(ExitCode::kData, run, folder / "a/120.png", "not a JPEG or PNG image");
}

TEST_F(ImageDataset, RefusesWhatItCannotRead) {
  expect_error(
      ExitCode::kData, [&] { open(""); }, folder.path(), "holds no folders");
  std::filesystem::create_directory(folder / "a");
  expect_error(
      ExitCode::kData, [&] { open(""); }, "holds no .jpg");
  expect_error(
      ExitCode::kNoInput, [&] { open_dataset("images:" + (folder / "none")); }, folder / "none");
  for (const char* options : {",size=0x3", ",size=3x", ",size=axb", ",color_mode=hsv", ",labels=many",
                              ",interpolation=area", ",crop_to_aspect_ratio=yes",
                              ",crop_to_aspect_ratio=true,pad_to_aspect_ratio=true", ",shuffle=true"}) {
    add_gray("a/1.png", 1);
    expect_error(
        ExitCode::kUsage, [&] { open(options); }, options);
  }
}

}  // namespace
}  // namespace ktrain
