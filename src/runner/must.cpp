// Says what is missing, and ends the process.
#include "runner/must.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace kappa::runner {

void must(bool done, const char* what) {
  if (done) return;
  std::fprintf(stderr, "kappa: a function's process cannot be isolated: %s: %s\n", what,
               std::strerror(errno));
  ::_exit(wall_missing);
}

}  // namespace kappa::runner
