// Python's text, as a function's process finds it in its memory.
#include <sys/utsname.h>

#include <cstdio>

#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

bool kernel_puts_libraries_on_large_pages() {
  utsname kernel{};
  int major = 0, minor = 0;
  return ::uname(&kernel) == 0 && std::sscanf(kernel.release, "%d.%d", &major, &minor) == 2 &&
         (major > 6 || (major == 6 && minor >= 7));
}

TEST_CASE("a function's processes have Python's text in large pages") {
  if (!kernel_puts_libraries_on_large_pages()) return;
  Running at;
  const auto execution = at.run(
      "import ctypes\n"
      "def large(address):\n"
      "  inside = False\n"
      "  for line in open('/proc/self/smaps'):\n"
      "    first = line.split()[0]\n"
      "    if '-' in first:\n"
      "      begin, end = (int(part, 16) for part in first.split('-'))\n"
      "      inside = begin <= address < end\n"
      "      rights = line.split()[1]\n"
      "    elif inside and first == 'AnonHugePages:':\n"
      "      return [rights, int(line.split()[1]) >= 2048]\n"
      "def main():\n"
      "  return large(ctypes.cast(ctypes.pythonapi.PyObject_Call, ctypes.c_void_p).value)");
  CAPTURE(execution.detail);
  CHECK(execution.output.text == R"(["r-xp", true])");
}

}  // namespace
}  // namespace kappa::runner::test
