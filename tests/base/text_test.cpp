// Times, ids and hashes have one text form, and read back equal.
#include <doctest/doctest.h>

#include <set>

#include "base/clock.hpp"
#include "base/hash.hpp"
#include "base/random.hpp"

namespace kappa {
namespace {

class FixedClock final : public Clock {
 public:
  Timestamp now() const override { return {1'795'518'016'123'456}; }
};

TEST_CASE("a time is RFC 3339 in UTC with microseconds, and reads back equal") {
  CHECK(to_text(Timestamp{1'795'518'016'123'456}) == "2026-11-24T11:00:16.123456+00:00");
  CHECK(to_text(Timestamp{0}) == "1970-01-01T00:00:00.000000+00:00");
  CHECK(parse_timestamp("2026-11-24T11:00:16.123456+00:00")->us == 1'795'518'016'123'456);
  CHECK(parse_timestamp("2026-11-24T12:00:16.123456+01:00")->us == 1'795'518'016'123'456);
  CHECK(parse_timestamp("2026-11-24t05:30:16.123456-05:30")->us == 1'795'518'016'123'456);
  CHECK(parse_timestamp("2026-11-24T11:00:16Z")->us == 1'795'518'016'000'000);
  CHECK(parse_timestamp("2026-11-24T11:00:16.5Z")->us == 1'795'518'016'500'000);
}

TEST_CASE("what is not RFC 3339 is no time") {
  for (const char* text : {"", "2026", "2026-11-24", "2026-02-30T11:00:16Z", "2026-11-24T24:00:16Z",
                           "2026-11-24T11:60:16Z", "2026-11-24T11:00:16", "2026-11-24T11:00:16.Z",
                           "2026-11-24T11:00:16Z ", "-026-11-24T11:00:16Z",
                           "2026-11-24T11:00:16.1234567Z", "2026-11-24T11:00:16+0100"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_timestamp(text));
  }
}

TEST_CASE("an id carries its time in front and reads back equal") {
  SystemRandom random;
  const FixedClock clock;
  std::set<Uuid> seen;
  for (int i = 0; i < 1000; ++i) {
    const Uuid id = make_uuid(clock, random);
    const std::string text = to_text(id);
    CHECK(text.size() == 36);
    CHECK(text.starts_with("01a20d36-aa7b-7"));
    CHECK(std::string("89ab").find(text[19]) != std::string::npos);
    CHECK(parse_uuid(text) == id);
    seen.insert(id);
  }
  CHECK(seen.size() == 1000);
}

TEST_CASE("ids are in the order of time, to the microsecond") {
  class Ticking final : public Clock {
   public:
    Timestamp now() const override { return {us_++}; }

   private:
    mutable std::int64_t us_ = 1'795'518'016'000'123;
  };
  SystemRandom random;
  const Ticking clock;
  Uuid last = make_uuid(clock, random);
  for (int i = 0; i < 3000; ++i) {
    const Uuid next = make_uuid(clock, random);
    REQUIRE(last < next);
    last = next;
  }
}

TEST_CASE("what is not a UUID is no id") {
  for (const char* text :
       {"", "0198", "0198c5a00000000000000000000000000000", "0198c5a0-0000-7000-8000-00000000000g",
        "0198c5a0-0000-7000-8000-0000000000000", "0198c5a0-0000-7000-8000-00000000000",
        "0198c5a-00000-7000-8000-000000000000"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_uuid(text));
  }
  CHECK(parse_uuid("0198C5A0-0000-7000-8000-00000000000A"));
}

TEST_CASE("SHA-256 is FIPS 180-4's") {
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
}  // namespace kappa
