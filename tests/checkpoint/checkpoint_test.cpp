#include "checkpoint/checkpoint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "checkpoint/sample_state.h"
#include "core/text.h"
#include "io/durable_file.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::checkpoint_bytes;
using testing::expect_error;
using testing::sample_state;
using testing::SampleState;
using testing::TemporaryFolder;

TEST(Checkpoint, GivesBackWhatItWasGiven) {
  SampleState loaded;
  const std::vector<std::byte> bytes = checkpoint_bytes(sample_state());
  CheckpointReader reader("c.h5", bytes);
  loaded.visit_state(reader);
  reader.finish();
  EXPECT_EQ(loaded, sample_state());
}

TEST(Checkpoint, SameStateSameBytes) {
  EXPECT_EQ(checkpoint_bytes(sample_state()), checkpoint_bytes(sample_state()));
}

TEST(Checkpoint, IsAnHdf5FileAndIsKnownByItsBeginning) {
  const TemporaryFolder folder;
  write_durably(folder / "c.h5", checkpoint_bytes(sample_state()));
  EXPECT_TRUE(looks_like_checkpoint(folder / "c.h5"));
  EXPECT_EQ(H5Reader(folder / "c.h5").read<std::int64_t>("run/position"),
            std::vector<std::int64_t>{1234567890123});
  write_durably(folder / "w.h5", H5Writer("w.h5").image());
  EXPECT_FALSE(looks_like_checkpoint(folder / "w.h5"));
}

void expect_refused(const std::vector<std::byte>& bytes, const std::string& what) {
  try {
    CheckpointReader("c.h5", bytes);
    ADD_FAILURE() << what << " was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kData) << what << ": " << error.what();
    EXPECT_EQ(std::string(error.what()).rfind("c.h5: ", 0), 0u) << what << ": " << error.what();
  }
}

TEST(Checkpoint, RefusesEveryTruncation) {
  const std::vector<std::byte> whole = checkpoint_bytes(sample_state());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    expect_refused({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}, text(size, " bytes"));
  }
  std::vector<std::byte> longer = whole;
  longer.push_back(std::byte{0});
  expect_refused(longer, "a byte more");
}

TEST(Checkpoint, RefusesASingleFlippedBit) {
  std::vector<std::byte> bytes = checkpoint_bytes(sample_state());
  std::mt19937 random(1);
  std::vector<std::size_t> bits(512 * 8);  // every bit of the header, and some of the rest
  std::iota(bits.begin(), bits.end(), std::size_t{0});
  for (int i = 0; i < 2000; ++i) bits.push_back(random() % (bytes.size() * 8));
  for (const std::size_t bit : bits) {
    const std::byte mask{static_cast<unsigned char>(1U << bit % 8)};
    bytes[bit / 8] ^= mask;
    expect_refused(bytes, text("bit ", bit));
    bytes[bit / 8] ^= mask;
  }
}

TEST(Checkpoint, SaysWhatIsWrong) {
  std::vector<std::byte> bytes = checkpoint_bytes(sample_state());
  const auto open = [&](const std::vector<std::byte>& some) {
    return [&] { CheckpointReader("c.h5", some); };
  };
  const std::vector<std::byte> half(bytes.begin(),
                                    bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 2));
  expect_error(ExitCode::kData, open(half), "c.h5: truncated checkpoint: ",
               text(bytes.size() / 2 - 512, " of ", bytes.size() - 512, " bytes"));
  expect_error(ExitCode::kData, open({bytes.begin(), bytes.begin() + 100}), "c.h5: truncated checkpoint");
  expect_error(ExitCode::kData, open(H5Writer("w").image()), "c.h5: not a ktrain checkpoint");
  bytes.back() ^= std::byte{1};
  expect_error(ExitCode::kData, open(bytes), "c.h5: damaged checkpoint: its checksum does not match");
  const std::string newer = "ktrain checkpoint, format 2, 10 bytes";
  std::copy(newer.begin(), newer.end(), reinterpret_cast<char*>(bytes.data()));
  expect_error(ExitCode::kData, open(bytes), "c.h5: checkpoint of format 2");
  expect_error(
      ExitCode::kNoInput, [] { CheckpointReader("/nowhere/c.h5"); }, "/nowhere/c.h5");
}

TEST(Checkpoint, NamesTheFirstFieldThatDoesNotFit) {
  const std::vector<std::byte> bytes = checkpoint_bytes(sample_state());
  SampleState larger;
  larger.values.resize(20);
  CheckpointReader reader("c.h5", bytes);
  expect_error(
      ExitCode::kData, [&] { larger.visit_state(reader); },
      "c.h5: 'model/values' has the shape (4, 3), not (4, 5)");
  std::int64_t integer = 0;
  double number = 0;
  std::string string;
  expect_error(
      ExitCode::kData, [&] { reader.integer("run/epoch", integer); }, "c.h5: has no field 'run/epoch'");
  expect_error(
      ExitCode::kData, [&] { reader.integer("optimizer/learning_rate", integer); },
      "c.h5: field 'optimizer/learning_rate' is float64, not int64");
  expect_error(
      ExitCode::kData, [&] { reader.number("order", number); }, "c.h5: field 'order' is int64, not float64");
  expect_error(
      ExitCode::kData, [&] { reader.string("run/position", string); },
      "c.h5: 'run/position' does not hold strings");
}

TEST(Checkpoint, NamesAFieldThatNobodyAskedFor) {
  const std::vector<std::byte> bytes = checkpoint_bytes(sample_state());
  CheckpointReader reader("c.h5", bytes);
  SampleState loaded;
  expect_error(
      ExitCode::kData, [&] { reader.finish(); }, "c.h5: has the field 'model/values'");
  loaded.visit_state(reader);
  reader.finish();
}

}  // namespace
}  // namespace ktrain
