// Where what a call allocates lies.
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

TEST_CASE("what a call allocates lies together, not in the gaps of what its zygote loaded") {
  Running at;
  const auto execution = at.run(
      "import ctypes\n"
      "malloc = ctypes.CDLL(None).malloc\n"
      "malloc.restype = ctypes.c_void_p\n"
      "def main():\n"
      "  given = [malloc(size) for size in range(24, 2000, 16)]\n"
      "  kept = [bytes(size) for size in range(64, 470, 16)]\n"
      "  in_pools = [id(one) % (16 << 10) for one in kept]\n"
      "  return [max(given) - min(given) < 256 << 10, max(in_pools) < 4096]");
  CAPTURE(execution.detail);
  CHECK(execution.output.text == "[true, true]");
}

TEST_CASE("what a module has freed much of its calls may have") {
  Running at;
  FunctionSettings settings;
  settings.memory_mb = 128;  // not for both
  const auto execution =
      at.invoke(at.function("freed = [bytearray(100_000) for _ in range(600)]\n"
                            "kept = bytearray(100_000)\n"
                            "del freed\n"
                            "def main():\n"
                            "  return len([bytearray(100_000) for _ in range(600)])"),
                "{}", settings);
  REQUIRE(execution);
  CAPTURE(execution->detail);
  CHECK(execution->output.text == "600");
}

}  // namespace
}  // namespace kappa::runner::test
