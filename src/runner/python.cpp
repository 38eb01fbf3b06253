// The one file that includes pybind11.
#include "runner/python.hpp"

#include <malloc.h>
#include <pybind11/embed.h>

#include "runner/frames.hpp"
#include "runner/free_memory.hpp"
#include "runner/large_text.hpp"

namespace py = pybind11;

namespace kappa::runner {

extern const std::string_view bootstrap_py;  // made from bootstrap.py by cmake/embed.cmake

namespace {

constexpr int warm_up_calls =
    32;  // after these a call touches no page for the first time (measured)

/// bootstrap.py's functions. They live as long as the process, which never ends in order.
struct Bootstrap {
  py::object load, rehearse, freeze, make_ready, call, flush, threads;
};

Bootstrap*& bootstrap() {
  static Bootstrap* instance = nullptr;  // of the interpreter, which too is one per process
  return instance;
}

void must(const PyStatus& status) {
  if (PyStatus_Exception(status)) Py_ExitStatusException(status);
}

void start_interpreter() {
  // A list of small free pieces would be gone through, and so copied, in every child.
  ::mallopt(M_MXFAST, 0);
  PyPreConfig before;
  PyPreConfig_InitIsolatedConfig(&before);
  before.utf8_mode = 1;
  must(Py_PreInitialize(&before));
  PyConfig config;
  PyConfig_InitIsolatedConfig(&config);
  config.site_import = 0;  // 7 ms, and nothing a function needs
  config.install_signal_handlers = 0;
  config.write_bytecode = 0;
  config.parse_argv = 0;
  must(PyConfig_SetBytesString(&config, &config.program_name, "/usr/bin/python3.11"));
  must(Py_InitializeFromConfig(&config));
  PyConfig_Clear(&config);
}

}  // namespace

std::int64_t python_start() {
  // Before it runs.
  const auto text_kb =
      put_text_in_large_pages(reinterpret_cast<const void*>(&Py_InitializeFromConfig));
  start_interpreter();
  py::module_::import("sys").attr("path").attr("append")(
      "/usr/lib/python3/dist-packages");  // Debian's python3-* packages
  const py::dict names;
  names["__builtins__"] = py::module_::import("builtins");
  py::exec(py::str(bootstrap_py.data(), bootstrap_py.size()), names);
  names["start"]();
  bootstrap() = new Bootstrap{
      names["load"],       names["rehearse"], py::module_::import("gc").attr("freeze"),
      names["make_ready"], names["call"],     names["flush"],
      names["threads"]};
  for (int i = 0; i < warm_up_calls; ++i) {
    names["_main"] = py::eval("lambda *, name: {'message': name}");
    bootstrap()->call(R"({"name": "x"})", 100);
    bootstrap()->flush();
  }
  py::module_::import("gc").attr("collect")();
  ::malloc_trim(0);  // what is free is put together
  python_freeze();
  use_up_free_memory();
  return text_kb;
}

void python_after_fork() {
  PyOS_BeforeFork();
  PyOS_AfterFork_Child();
}

std::variant<std::string, ModuleRefused> python_load(const Module& module, int stack_fd) {
  try {
    return bootstrap()
        ->load(module.file, module.source, stack_fd, static_cast<double>(module.timeout_ms) / 1000)
        .cast<std::string>();
  } catch (py::error_already_set& error) {
    return ModuleRefused{py::str(error.value()).cast<std::string>()};
  }
}

void python_freeze() {
  ::PyGC_Collect();
  bootstrap()->freeze();
}

void python_make_ready(const std::string& scratch, bool rewound) {
  bootstrap()->make_ready(scratch, rewound);
}

void python_rehearse() { bootstrap()->rehearse(); }

int python_threads() { return bootstrap()->threads().cast<int>(); }

CallOutcome python_call(std::string_view arguments, std::int64_t result_bytes) {
  try {
    const auto outcome = bootstrap()
                             ->call(py::str(arguments.data(), arguments.size()), result_bytes)
                             .cast<py::tuple>();
    bootstrap()->flush();
    const auto kind = outcome[0].cast<std::string>();
    if (kind == "exit") return Exit{outcome[1].cast<int>()};
    return std::pair(kind == "result" ? FrameType::result : FrameType::failed,
                     outcome[1].cast<std::string>());
  } catch (
      py::error_already_set& error) {  // in bootstrap.py itself: no memory left even for an answer
    const bool memory = error.matches(PyExc_MemoryError);
    return std::pair(
        FrameType::failed,
        rpc::write_json(Failure{memory ? Verdict::out_of_memory : Verdict::error,
                                memory ? "MemoryError" : "the call's process failed", "", ""}));
  }
}

}  // namespace kappa::runner
