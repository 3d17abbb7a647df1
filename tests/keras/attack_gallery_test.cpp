#include <gtest/gtest.h>

#include "keras/json.h"
#include "ktrain/keras/architecture.h"
#include "support/expect_error.h"

// What a stranger may put into a model's JSON. The attacks on zip files are in tests/io/zip_test.cpp, those
// on HDF5 files in tests/io/fixtures/refused.h5.

namespace ktrain {
namespace {

using testing::expect_error;

std::string nested(std::size_t depth) {
  return std::string(depth, '[') + std::string(depth, ']');
}

TEST(AttackGallery, DeepJson) {
  expect_error(
      ExitCode::kData, [] { architecture_from_json(nested(1'000'000)); }, "nested deeper than 100 levels");
}

TEST(AttackGallery, LargeJson) {
  const std::string large(std::size_t{65} << 20, ' ');
  expect_error(
      ExitCode::kData, [&] { parse_json(large, "m.json"); }, "m.json: JSON of 68157440 bytes");
}

TEST(AttackGallery, DoubledKey) {
  expect_error(
      ExitCode::kData,
      [] { architecture_from_json(R"({"class_name": "Sequential", "class_name": "Functional"})"); },
      "the key \"class_name\" occurs twice");
}

// Keras runs the Python code that a Lambda layer carries.
TEST(AttackGallery, LambdaLayer) {
  const char* model = R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
    {"module": "keras.layers", "class_name": "InputLayer", "registered_name": null,
     "config": {"name": "x", "batch_shape": [null, 4], "dtype": "float32", "sparse": false}},
    {"module": "keras.layers", "class_name": "Lambda", "registered_name": null,
     "config": {"name": "run_me", "function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}}}]}})";
  expect_error(
      ExitCode::kConfiguration, [&] { architecture_from_json(model); }, "run_me", "Lambda");
}

std::string sequential(const std::string& layer) {
  return R"({"class_name": "Sequential", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4, 6]}}, )" +
         layer + "]}}";
}

std::string attention(const std::string& output_shape) {
  const std::string tensor =
      R"({"class_name": "__keras_tensor__", "config": {"keras_history": ["x", 0, 0]}})";
  return R"({"class_name": "Functional", "config": {"name": "m", "layers": [
    {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4, 6]}, "inbound_nodes": []},
    {"class_name": "MultiHeadAttention", "config": {"name": "a", "num_heads": 2, "key_dim": 3, "output_shape": )" +
         output_shape + R"(}, "inbound_nodes": [{"args": [)" + tensor + ", " + tensor +
         R"(], "kwargs": {}}]}],
    "input_layers": [["x", 0, 0]], "output_layers": [["a", 0, 0]]}})";
}

// Each made the reader write beyond its memory, or ask for more than there is.
TEST(AttackGallery, SizesThatNoVariableHas) {
  for (const char* shape : {"[-3]", "[0]", "[5, -1]"}) {
    expect_error(
        ExitCode::kConfiguration, [&] { architecture_from_json(attention(shape)); },
        "'a' (MultiHeadAttention)");
  }
}

TEST(AttackGallery, MoreVariablesThanMemory) {
  const std::string dense =
      sequential(R"({"class_name": "Dense", "config": {"name": "d", "units": 1000000}})");
  expect_error(
      ExitCode::kConfiguration, [&] { architecture_from_json(dense, {.most_elements = 1 << 20}); },
      "there is room for 1048576");
}

}  // namespace
}  // namespace ktrain
