#include <gtest/gtest.h>

#include "ktrain/data/dataset.h"
#include "read_rows.h"
#include "support/expect_error.h"
#include "support/files.h"
#include "support/temporary_folder.h"

namespace ktrain {
namespace {

using testing::expect_error;
using testing::read_field;
using testing::write_text;
using Floats = std::vector<float>;
using Integers = std::vector<std::int64_t>;

class CsvDataset : public ::testing::Test {
 protected:
  std::shared_ptr<const Dataset> open(const std::string& content, const std::string& options = "") const {
    write_text(file, content);
    return open_dataset("csv:" + file + options);
  }
  template <typename... Parts>
  void expect_refused(const std::string& content, const std::string& options, const Parts&... parts) const {
    expect_error(
        ExitCode::kData, [&] { open(content, options); }, file, parts...);
  }

  testing::TemporaryFolder folder;
  std::string file = folder / "a.csv";
};

TEST_F(CsvDataset, SeparatesTheLabel) {
  const auto dataset = open("a,label,b\n1.5,2,-3\n0,7,1e3\n", ",label=label");
  EXPECT_EQ(dataset->size(), 2);
  EXPECT_EQ(dataset->fields()[0].sample_shape, Shape{2});
  EXPECT_EQ(dataset->fields()[0].dtype, DType::kFloat32);
  EXPECT_EQ(dataset->fields()[1].sample_shape, Shape{});
  EXPECT_EQ(read_field<float>(*dataset, 0, {0, 1}), (Floats{1.5, -3, 0, 1000}));
  EXPECT_EQ(read_field<std::int64_t>(*dataset, 1, {0, 1}), (Integers{2, 7}));
}

TEST_F(CsvDataset, LabelsThatAreNotAllIntegersAreFloats) {
  const auto dataset = open("a,y\n1,2\n1,2.5\n", ",label=y");
  EXPECT_EQ(read_field<float>(*dataset, 1, {0, 1}), (Floats{2, 2.5}));
}

TEST_F(CsvDataset, SeparatesSampleWeights) {
  const auto dataset = open("w,a,y\n0.5,1,2\n", ",label=y,sample_weight=w");
  EXPECT_EQ(read_field<float>(*dataset, 0, {0}), Floats{1});
  EXPECT_EQ(read_field<float>(*dataset, 2, {0}), Floats{0.5});
  EXPECT_EQ(dataset->fields()[2].role, FieldSpec::Role::kSampleWeight);
}

TEST_F(CsvDataset, WithoutALabelAllColumnsAreInputs) {
  const auto dataset = open("a,b\n1,2\n");
  ASSERT_EQ(dataset->fields().size(), 1U);
  EXPECT_EQ(read_field<float>(*dataset, 0, {0}), (Floats{1, 2}));
}

TEST_F(CsvDataset, UnderstandsQuotesBlanksAndLineEnds) {
  const auto dataset = open(
      "\xEF\xBB\xBF\"petal, length\", \"the \"\"label\"\"\"\t, c\r\n\r\n \"1\" ,2 , +3\r\n-4.25,\"5\",  6",
      ",label=c");
  EXPECT_EQ(dataset->size(), 2);
  EXPECT_EQ(read_field<float>(*dataset, 0, {0, 1}), (Floats{1, 2, -4.25, 5}));
  EXPECT_EQ(read_field<std::int64_t>(*dataset, 1, {0, 1}), (Integers{3, 6}));
  const auto quoted = open("\"the \"\"label\"\"\",\"line\nbreak\"\n1,2\n", ",label=the \"label\"");
  EXPECT_EQ(read_field<std::int64_t>(*quoted, 1, {0}), Integers{1});
}

TEST_F(CsvDataset, RefusesARaggedRow) {
  expect_refused("a,b,c\n1,2,3\n1,2\n", "", "a.csv:3: 2 values, but the header has 3 columns");
  expect_refused("a,b\n1,2,3\n", "", "a.csv:2: 3 values, but the header has 2 columns");
  expect_refused("a,\"b\nb\"\n\n1,2\n1,2,\n", "", "a.csv:5: 3 values");
}

TEST_F(CsvDataset, NamesTheValueThatIsNoNumber) {
  expect_refused("a,b\n1,2\n1,two\n", "", "a.csv:3: column 'b': 'two' is not a number");
  expect_refused("a,y\n1,cat\n", ",label=y", "a.csv:2: column 'y': 'cat' is not a number");
  expect_refused("a,b\n1,\n", "", "a.csv:2: column 'b': empty");
  for (const char* number : {"1 2", "0x10", "1.5f", "--1", "+-1", "1e999", "1,5"}) {
    expect_refused(std::string("a\n\"") + number + "\"\n", "", number, "is not a number");
  }
}

TEST_F(CsvDataset, RefusesWrongHeadersAndQuotes) {
  expect_refused("", "", "no header line");
  expect_refused("\n\n", "", "no header line");
  expect_refused("a,b\n", "", "holds no samples");
  expect_refused("a,b\n1,2\n", ",label=y", "no column 'y'");
  expect_refused("a,a\n1,2\n", ",label=a", "two columns 'a'");
  expect_refused("y\n1\n", ",label=y", "no column is left for the input");
  expect_refused("a,b\n1,\"2\n", "", "a.csv:2: a quote is not closed");
  expect_refused("a,b\n1,\"2\"3\n", "", "a.csv:2: text after a closing quote");
}

TEST_F(CsvDataset, RefusesWrongOptions) {
  const auto opened = [&](const std::string& options) { return [=, this] { open("a,b\n1,2\n", options); }; };
  expect_error(ExitCode::kUsage, opened(",lable=b"), "unknown option 'lable'; known: label, sample_weight");
  expect_error(ExitCode::kUsage, opened(",label=a,sample_weight=a"), "the same column");
  expect_error(
      ExitCode::kNoInput, [&] { open_dataset("csv:" + (folder / "none.csv")); }, folder / "none.csv");
}

}  // namespace
}  // namespace ktrain
