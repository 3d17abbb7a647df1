#include <sstream>

#include "fuzz/fuzz_target.h"
#include "fuzz/json_mutator.h"
#include "io/crc32c.h"
#include "ktrain/keras/architecture.h"
#include "ktrain/keras/compile_settings.h"

// An input is a document as it stands, which is hardly ever JSON any more, and what a document that is
// becomes when its values change.

namespace {

constexpr std::int64_t kMostElements = 1 << 20;

/// Models as Keras 2 describes them: a Sequential of layers with their input shape, and layers with
/// inbound_nodes of its form, shared and nested.
constexpr const char* kKeras2[] = {
    R"({"class_name":"Sequential","config":[{"class_name":"Convolution2D","config":{"name":"c","filters":2,)"
    R"("kernel_size":[3,3],"batch_input_shape":[null,8,8,3]}},{"class_name":"Flatten","config":{"name":"f"}},)"
    R"({"class_name":"Dense","config":{"name":"d","units":3,"activation":"softmax","kernel_initializer":)"
    R"({"class_name":"VarianceScaling","config":{"scale":1.0,"mode":"fan_avg","distribution":"uniform"}}}}]})",
    R"({"class_name":"Functional","config":{"name":"o","layers":[{"class_name":"InputLayer","name":"x","config":)"
    R"({"name":"x","batch_input_shape":[null,5],"dtype":"float32"},"inbound_nodes":[]},{"class_name":"Embedding",)"
    R"("name":"e","config":{"name":"e","input_dim":9,"output_dim":4,"mask_zero":true},"inbound_nodes":)"
    R"([[["x",0,0,{}]]]},{"class_name":"LSTM","name":"l","config":{"name":"l","units":3,"time_major":false,)"
    R"("implementation":2},"inbound_nodes":[[["e",0,0,{}]]]},{"class_name":"Model","name":"i","config":{"name":"i",)"
    R"("layers":[{"class_name":"InputLayer","name":"y","config":{"name":"y","batch_input_shape":[null,3]},)"
    R"("inbound_nodes":[]},{"class_name":"Dense","name":"d","config":{"name":"d","units":3},"inbound_nodes":)"
    R"([[["y",0,0,{}]]]}],"input_layers":[["y",0,0]],"output_layers":[["d",0,0]]},"inbound_nodes":)"
    R"([[["l",0,0,{}]]]},{"class_name":"Add","name":"s","config":{"name":"s"},"inbound_nodes":)"
    R"([[["i",1,0,{}],["l",0,0,{}]]]}],"input_layers":[["x",0,0]],"output_layers":[["s",0,0]]}})",
    R"({"class_name":"Model","config":{"name":"m","layers":[{"class_name":"InputLayer","name":"x","config":)"
    R"({"name":"x","batch_input_shape":[null,4]},"inbound_nodes":[]},{"class_name":"TensorFlowOpLayer","name":"t",)"
    R"("config":{"name":"t"},"inbound_nodes":[[["x",0,0,{}]]]},{"class_name":"Bidirectional","name":"b","config":)"
    R"({"name":"b","merge_mode":"concat","layer":{"class_name":"GRU","config":{"name":"g","units":2,)"
    R"("reset_after":true}}},"inbound_nodes":[[["x",0,0,{}]]]}],"input_layers":[["x",0,0]],)"
    R"("output_layers":[["b",0,0]]}})"};

ktrain::fuzz::JsonMutator make_mutator() {
  std::vector<ktrain::Json> documents;
  for (const std::string& file : ktrain::fuzz::corpus()) documents.push_back(ktrain::Json::parse(file));
  return ktrain::fuzz::JsonMutator(std::move(documents));
}

void read(std::string_view document) {
  using namespace ktrain;
  fuzz::reads([&] {
    const ArchitectureOptions options{.open_size = 3, .most_elements = kMostElements};
    const Architecture read = architecture_from_json(document, options);
    read_compile_settings(std::string(document), read.model);
  });
}

}  // namespace

std::vector<std::string> ktrain::fuzz::corpus() {
  std::vector<std::string> files(std::begin(kKeras2), std::end(kKeras2));
  std::istringstream lines(tree_file("tests/fuzz/architectures.jsonl"));
  for (std::string line; std::getline(lines, line);) files.push_back(line);
  return files;
}

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ktrain;
  read({reinterpret_cast<const char*>(data), size});
  static fuzz::JsonMutator mutator = make_mutator();
  const auto half = size / 2;
  const std::uint64_t seed = std::uint64_t{crc32c(fuzz::bytes_of(data, half))} << 32 |
                             crc32c(fuzz::bytes_of(data + half, size - half));
  read(dump_json(mutator.document(seed)));
  return 0;
}
