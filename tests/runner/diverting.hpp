// A module that has its zygote run its own code, by the door that is left: the addresses of
// functions that the program calls lie in memory, and code that is loaded may write to it.
#pragma once

#include <string>

namespace kappa::runner::test {

/// Of a module, to be followed by what it does else. `work` is lines of Python, each indented by
/// four blanks: they run in the zygote whenever it is about to reap processes. `diverted` is 1 when
/// that was done.
inline std::string divert_reaping(const std::string& work) {
  return "import ctypes, os, struct, threading, time\n"
         "libc = ctypes.CDLL(None)\n"
         "wait4_type = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_int, "
         "ctypes.c_void_p)\n"
         "address = ctypes.cast(libc.wait4, ctypes.c_void_p).value\n"
         "wait4 = wait4_type(address)\n"
         "@wait4_type\n"
         "def working(*arguments):\n" +
         work +
         "    return wait4(*arguments)\n"
         "def divert(begin, end):\n"
         "    at = ctypes.string_at(begin, end - begin).find(struct.pack('<Q', address))\n"
         "    if at < 0:\n"
         "        return 0\n"
         "    libc.mprotect(ctypes.c_void_p((begin + at) & ~4095), 4096, 3)\n"
         "    ctypes.c_void_p.from_address(begin + at).value = ctypes.cast(working, "
         "ctypes.c_void_p).value\n"
         "    return 1\n"
         "diverted, program = 0, None\n"
         "for line in open('/proc/self/maps'):\n"
         "    words = line.split()\n"
         "    program = program or words[-1]\n"  // the first
         "    if words[-1] == program and words[1] == 'r--p':\n"
         "        diverted += divert(*(int(one, 16) for one in words[0].split('-')))\n";
}

}  // namespace kappa::runner::test
