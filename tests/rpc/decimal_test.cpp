// Amounts of money as JSON has them.
#include "rpc/decimal.hpp"

#include "rpc/record.hpp"
#include "support.hpp"

namespace kappa::test {
namespace {

std::optional<std::int64_t> read(std::string_view text, int digits = 6) {
  return rpc::read_decimal(rpc::JsonView(text), digits);
}

TEST_CASE("a number is read to the digit, however it is written") {
  CHECK(read("0") == 0);
  CHECK(read("12.5") == 12'500'000);
  CHECK(read("0.000001") == 1);
  CHECK(read("1e-6") == 1);
  CHECK(read("1.0E3") == 1'000'000'000);
  CHECK(read("9007199254.740993") == 9'007'199'254'740'993);  // no double has it
  CHECK(read("9223372036854.775807") == INT64_MAX);
  CHECK(read("0.0000166667", 12) == 16'666'700);
}

TEST_CASE("the digits that a file's reader adds to show a double count for nothing") {
  CHECK(read("0.10000000000000001") == 100'000);
  CHECK(read("1.6666700000000001e-05", 12) == 16'666'700);
  CHECK(read("2.1000000000000002e-09", 12) == 2'100);
  CHECK(read("123456789.123456") == 123'456'789'123'456);
}

TEST_CASE("what is no amount is told so") {
  for (const char* text : {"-1", "-0.5", "0.0000001", "0.1234567", "9223372036854.775808",
                           "99999999999999999999", "1e300", "1e13"}) {
    CAPTURE(text);
    CHECK_FALSE(read(text));
  }
  Decimal<6> amount;
  std::vector<Fault> faults;
  rpc::Reading reading{faults};
  rpc::read_json("-1", amount, reading);
  rpc::read_json("\"5\"", amount, reading);
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].why == "expected a number from 0 to below 9223372036854 with at most 6 decimals");
  CHECK(faults[1].why == "expected number, got string");
}

TEST_CASE("a number is written with the decimals it has, and reads as itself") {
  const std::pair<std::int64_t, const char*> texts[] = {{0, "0"},
                                                        {1, "0.000001"},
                                                        {500'000, "0.5"},
                                                        {5'000'000, "5"},
                                                        {12'340'000, "12.34"},
                                                        {INT64_MAX, "9223372036854.775807"},
                                                        {1'000'001, "1.000001"}};
  for (const auto& [scaled, text] : texts) {
    CHECK(rpc::write_json(Decimal<6>{scaled}) == text);
    CHECK(read(text) == scaled);
  }
}

}  // namespace
}  // namespace kappa::test
