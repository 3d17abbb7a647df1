#include <gtest/gtest.h>

#include "keras/registry.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

std::unique_ptr<Layer> read(const std::string& class_name, const std::string& arguments) {
  return make_layer(Json::parse(R"({"module": "keras.layers", "class_name": ")" + class_name +
                                R"(", "config": {"name": "a")" + arguments + "}}"),
                    {});
}

TEST(PreprocessingLayers, AreRead) {
  const Shape image{8, 6, 3};
  const auto output = [&](const std::string& class_name, const std::string& arguments) {
    return read(class_name, arguments)->build(std::span(&image, 1)).front();
  };
  for (const char* name : {"Resizing", "CenterCrop", "RandomCrop"}) {
    EXPECT_EQ(output(name, R"(, "height": 4, "width": 5)"), (Shape{4, 5, 3})) << name;
  }
  EXPECT_EQ(output("RandomFlip", ""), image);
  EXPECT_EQ(output("RandomRotation", R"(, "factor": [-0.2, 0.2], "seed": 7)"), image);
  EXPECT_EQ(output("RandomZoom", R"(, "height_factor": 0.2, "width_factor": null)"), image);
  EXPECT_EQ(output("RandomTranslation", R"(, "height_factor": 0.2, "width_factor": [-0.1, 0.3])"), image);
  EXPECT_EQ(output("RandomShear", R"(, "x_factor": [-0.2, 0.2])"), image);
  EXPECT_EQ(output("RandomBrightness", R"(, "factor": 0.2, "value_range": [0, 1])"), image);
  EXPECT_EQ(output("RandomContrast", R"(, "factor": [0, 0.3])"), image);
  EXPECT_EQ(output("RandomColorJitter", R"(, "brightness_factor": 0.2, "hue_factor": null)"), image);
  EXPECT_EQ(output("RandomPosterization", R"(, "factor": [1, 4])"), image);
  EXPECT_EQ(output("Solarization", R"(, "threshold_factor": 0.3)"), image);
  EXPECT_EQ(output("RandomGaussianBlur", R"(, "kernel_size": [3, 5], "sigma": [0, 1.0])"), image);
  EXPECT_EQ(output("RandomErasing", R"(, "scale": 0.3, "fill_value": [1, 2, 3])"), image);
  EXPECT_EQ(output("RandomPerspective", R"(, "factor": [0, 1.0], "scale": 0.5)"), image);
  EXPECT_EQ(
      output("RandomElasticTransform", R"(, "factor": 1.0, "scale": [0.5, 0.5], "fill_mode": "mirror")"),
      image);
  EXPECT_EQ(output("Equalization", R"(, "bins": 64)"), image);
  EXPECT_EQ(output("RandAugment", R"(, "factor": [0, 0.3], "num_ops": 3)"), image);
  EXPECT_EQ(output("AutoContrast", R"(, "value_range": [0, 1])"), image);
  for (const char* name : {"RandomGrayscale", "RandomColorDegeneration", "RandomInvert", "RandomSharpness",
                           "RandomSaturation", "RandomHue"}) {
    EXPECT_EQ(output(name, R"(, "factor": 0.5)"), image) << name;
  }
}

TEST(PreprocessingLayers, RefuseArgumentsByName) {
  const auto fails = [](const std::string& class_name, const std::string& arguments, const std::string& why) {
    testing::expect_error(
        ExitCode::kConfiguration, [&] { read(class_name, arguments); }, "layer 'a' (" + class_name + ")",
        why);
  };
  fails("Resizing", R"(, "height": 4)", "'width'");
  fails("Resizing", R"(, "height": 4, "width": 4, "interpolation": "area")", "'interpolation'");
  fails("Resizing", R"(, "height": 4, "width": 4, "fill_mode": "reflect")", "'fill_mode'");
  fails("RandomFlip", R"(, "mode": "diagonal")", "'mode'");
  fails("RandomFlip", R"(, "seed": {"class_name": "SeedGenerator"})", "'seed'");
  fails("RandomRotation", R"(, "factor": 1.5)",
        "'factor': 1.5 is not a number or a list of two within [-1, 1]");
  fails("RandomRotation", R"(, "factor": [1, 2, 3])", "'factor'");
  fails("RandomRotation", R"(, "factor": 0.1, "interpolation": "bicubic")", "'interpolation'");
  fails("RandomZoom", R"(, "height_factor": -1)", "'height_factor'");
  fails("RandomTranslation", R"(, "height_factor": 0.1)", "'width_factor'");
  fails("RandomContrast", R"(, "factor": -0.1)", "'factor'");
  fails("RandomBrightness", R"(, "factor": 0.1, "value_range": [1, 1])", "'value_range'");
  fails("RandomBrightness", R"(, "factor": 0.1, "data_format": "channels_first")", "'data_format'");
  fails("RandomBrightness", R"(, "factor": 0.1, "speed": 3)", "'speed'");
  fails("RandomPosterization", R"(, "factor": [1, 2.5])", "'factor'");
  fails("RandomErasing", R"(, "fill_value": [1, 2])", "'fill_value'");
  fails("Solarization", R"(, "threshold_factor": -0.3)", "'threshold_factor'");
}

}  // namespace
}  // namespace ktrain
