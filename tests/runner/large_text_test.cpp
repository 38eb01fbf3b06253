// Python's text, as a function's process finds it in its memory.
#include <sys/mman.h>

#include <cstdint>
#include <cstring>

#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

/// Whether this process can have what it asks for: not without large pages, nor where memory must
/// not be made executable.
bool large_pages_may_be_executed() {
  constexpr std::size_t size = 2 << 20;
  void* const room =
      ::mmap(nullptr, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (room == MAP_FAILED) return false;
  const auto begin = (reinterpret_cast<std::uintptr_t>(room) + size - 1) / size * size;
  auto* const page = reinterpret_cast<void*>(begin);
  std::memset(page, 1, size);
  constexpr int collapse = 25;  // MADV_COLLAPSE, Linux 6.1
  const bool may =
      ::madvise(page, size, collapse) == 0 && ::mprotect(page, size, PROT_READ | PROT_EXEC) == 0;
  ::munmap(room, 2 * size);
  return may;
}

TEST_CASE("a function's processes have Python's text in large pages") {
  if (!large_pages_may_be_executed()) return;
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
