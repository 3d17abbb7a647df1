#include <gtest/gtest.h>

#include "data/pipeline.h"
#include "support/expect_error.h"

namespace ktrain {
namespace {

using Role = FieldSpec::Role;
using testing::expect_error;
using Names = std::vector<std::string>;

FieldSpec field(const std::string& name, Role role) {
  return {name, role, DType::kFloat32, Shape{1}};
}

TEST(BindFields, ByPlaceWhereTheDataAreUnnamed) {
  const FieldSpec fields[] = {field("", Role::kInput), field("", Role::kTarget),
                              field("", Role::kSampleWeight)};
  EXPECT_EQ(bind_fields(fields, Role::kInput, Names{"input_layer"}), std::vector<int>{0});
  EXPECT_EQ(bind_fields(fields, Role::kTarget, Names{"dense"}), std::vector<int>{1});
}

TEST(BindFields, ByNameInTheModelsOrder) {
  const FieldSpec fields[] = {field("right", Role::kInput), field("a", Role::kTarget),
                              field("left", Role::kInput), field("b", Role::kTarget)};
  EXPECT_EQ(bind_fields(fields, Role::kInput, Names{"left", "right"}), (std::vector<int>{2, 0}));
  EXPECT_EQ(bind_fields(fields, Role::kTarget, Names{"a", "b"}), (std::vector<int>{1, 3}));
}

TEST(BindFields, SampleWeightsMayBeAbsentSharedOrNamed) {
  const FieldSpec none[] = {field("", Role::kInput)};
  EXPECT_EQ(bind_fields(none, Role::kSampleWeight, Names{"a", "b"}), (std::vector<int>{-1, -1}));
  const FieldSpec shared[] = {field("", Role::kInput), field("", Role::kSampleWeight)};
  EXPECT_EQ(bind_fields(shared, Role::kSampleWeight, Names{"a", "b"}), (std::vector<int>{1, 1}));
  const FieldSpec named[] = {field("", Role::kInput), field("b", Role::kSampleWeight)};
  EXPECT_EQ(bind_fields(named, Role::kSampleWeight, Names{"a", "b"}), (std::vector<int>{-1, 1}));
}

TEST(BindFields, RefusesWhatDoesNotFit) {
  const FieldSpec named[] = {field("left", Role::kInput), field("right", Role::kInput),
                             field("c", Role::kSampleWeight)};
  const auto bind = [&](Role role, const Names& names) { return [=] { bind_fields(named, role, names); }; };
  expect_error(ExitCode::kConfiguration, bind(Role::kInput, {"left", "middle"}), "inputs", "'left', 'right'",
               "'left', 'middle'");
  expect_error(ExitCode::kConfiguration, bind(Role::kInput, {"left"}), "'left', 'right'");
  expect_error(ExitCode::kConfiguration, bind(Role::kTarget, {"dense"}), "targets", "none in the data",
               "'dense'");
  expect_error(ExitCode::kConfiguration, bind(Role::kSampleWeight, {"a", "b"}), "sample weights", "'c'");
}

}  // namespace
}  // namespace ktrain
