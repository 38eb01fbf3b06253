// What the system call filter refuses, as a function sees it.
#include "runner/running.hpp"

namespace kappa::runner::test {
namespace {

// Each as it is meant, and with something in the upper half of a number of which the kernel takes
// the lower: a filter that compares the whole sees another number.
constexpr const char* refused_calls = R"(
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
SOL_SOCKET, SO_LINGER, SO_PASSPIDFD, SO_PEERPIDFD = 1, 13, 76, 77
def errno_of(number, *arguments):
  ctypes.set_errno(0)
  libc.syscall(*[a if isinstance(a, bytes) else ctypes.c_long(a) for a in (number, *arguments)])
  return ctypes.get_errno()
def main():
  made, local, null = socket.socket(), socket.socketpair()[0], os.open('/dev/null', os.O_RDWR)
  one, number, size = bytes(8), ctypes.c_int(), ctypes.c_int(4)
  answers = {}
  for above in (0, 1 << 32, 0xffffffff << 32):
    def answer(name, *call): answers.setdefault(name, []).append(errno_of(*call))
    answer('pipe', 72, os.pipe()[1], 1031 | above, 1 << 20)
    answer('terminal', 16, null, 0x5412 | above, b'x')
    answer('linger', 54, made.fileno(), SOL_SOCKET | above, SO_LINGER | above, one, 8)
    answer('pass', 54, local.fileno(), SOL_SOCKET | above, SO_PASSPIDFD | above, one, 4)
    answer('peer', 55, local.fileno(), SOL_SOCKET | above, SO_PEERPIDFD | above,
           ctypes.addressof(number), ctypes.addressof(size))
  return answers
)";

TEST_CASE("a refused system call is refused whatever the upper halves of its numbers are") {
  Running at;
  const auto execution = at.run(refused_calls);
  CAPTURE(execution.detail);
  CHECK(execution.output.text ==
        R"({"pipe": [38, 38, 38], "terminal": [38, 38, 38], "linger": [38, 38, 38], )"
        R"("pass": [38, 38, 38], "peer": [38, 38, 38]})");
}

TEST_CASE("what is near to a refused system call is not refused") {
  Running at;
  const auto execution = at.run(
      "import fcntl, os, socket\ndef main():\n  made = socket.socket()\n"
      "  made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)\n"
      "  made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)\n"
      "  return [fcntl.fcntl(os.pipe()[0], fcntl.F_GETPIPE_SZ),\n"
      "          made.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER)]");
  CAPTURE(execution.detail);
  CHECK(execution.output.text == "[65536, 0]");
}

}  // namespace
}  // namespace kappa::runner::test
