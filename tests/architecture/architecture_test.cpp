// The layout is the architecture: who may include whom, held against the #include lines.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

const fs::path root = KAPPA_SOURCE_DIR;

// A folder of src/, and whose folders in src/ it may include besides its own.
const std::map<std::string, Names> folder_edges = {
    {"base", {}},
    {"rpc", {"base"}},
    {"net", {"base", "rpc"}},
    {"store", {"base"}},
    {"data", {"base", "rpc", "store"}},
    {"fn_code", {"base", "rpc", "store"}},
    {"fn_logs", {"base", "rpc", "store"}},
    {"logs", {"base", "rpc"}},
    {"runner", {"base", "rpc"}},
    {"gateway", {"base", "rpc"}},
    {"folder", {"base", "rpc", "store"}},
    {"cli", {"base", "rpc", "net", "gateway", "folder"}},
    {"app",
     {"base", "rpc", "net", "store", "data", "fn_code", "fn_logs", "logs", "runner", "gateway",
      "folder"}},
};

// Who asks whom: a folder of src/, and whose public header it may include besides its own.
const std::map<std::string, Names> module_edges = {
    {"data", {}},
    {"fn_code", {}},
    {"fn_logs", {}},
    {"logs", {"data", "fn_logs"}},
    {"runner", {"data", "fn_code", "fn_logs"}},
    {"gateway", {"data", "fn_code", "runner", "logs"}},
    {"cli", {"gateway"}},
    {"app", {"data", "fn_code", "fn_logs", "logs", "runner", "gateway"}},
    {"base", {}},
    {"rpc", {}},
    {"net", {}},
    {"store", {}},
    {"folder", {}},
};

// Headers that are dear to compile or belong to one place, and where they may be included.
const std::pair<const char*, const char*> heavy[] = {
    {"boost/beast", "src/net/[a-z_]+\\.cpp"},
    {"boost/asio", "src/net/[a-z_]+\\.(cpp|hpp)"},
    {"spdlog/", "src/base/log\\.cpp"},
    {"pybind11/", "src/runner/[a-z_]+\\.cpp"},
    {"sqlite3.h", "src/store/[a-z_]+\\.(cpp|hpp)"},
    {"toml++/", "src/app/[a-z_]+\\.cpp"},
    {"CLI/", "src/cli/[a-z_]+\\.cpp"},
    {"boost/json", "src/[a-z_]+/[a-z_]+\\.cpp"},
};

struct File {
  std::string path;  // relative, "src/net/server.cpp"
  std::vector<std::string> lines;
  std::vector<std::string> includes;
};

File read(const fs::path& path) {
  File file{fs::relative(path, root).generic_string(), {}, {}};
  static const std::regex include(R"re(^\s*#\s*include\s*["<]([^">]+)[">])re");
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (std::regex_search(line, match, include)) file.includes.push_back(match[1]);
    file.lines.push_back(line);
  }
  return file;
}

std::vector<File> files_under(const char* folder) {
  std::vector<File> files;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const auto extension = entry.path().extension();
    if (extension == ".cpp" || extension == ".hpp") files.push_back(read(entry.path()));
  }
  REQUIRE_FALSE(files.empty());
  return files;
}

std::string part(const std::string& path, std::size_t index) {
  std::size_t start = 0;
  for (; index > 0; --index) start = path.find('/', start) + 1;
  return path.substr(start, path.find_first_of("/.", start) - start);
}

TEST_CASE("a folder of src/ includes only its own and those below it") {
  for (const File& file : files_under("src")) {
    if (file.path == "src/main.cpp") continue;
    const std::string folder = part(file.path, 1);
    CAPTURE(file.path);
    REQUIRE(folder_edges.contains(folder));
    for (const std::string& include : file.includes) {
      const std::string target = part(include, 0);
      if (!folder_edges.contains(target) || include.find('/') == include.npos) continue;
      CAPTURE(include);
      CHECK((target == folder || folder_edges.at(folder).contains(target)));
    }
  }
}

TEST_CASE("a module asks only the modules its row of the table names") {
  for (const File& file : files_under("src")) {
    if (file.path == "src/main.cpp") continue;
    const std::string folder = part(file.path, 1);
    CAPTURE(file.path);
    for (const std::string& include : file.includes) {
      if (!include.starts_with("kappa/")) continue;
      const std::string target = part(include, 1);
      if (target == "core" || target == "types" || target == "route" || target == "bill" ||
          target == "lines" || target == "executions" || target == "ledger")
        continue;
      CAPTURE(include);
      CHECK((target == folder || module_edges.at(folder).contains(target)));
    }
  }
}

TEST_CASE("the command line reaches the gateway only through its adapter") {
  for (const File& file : files_under("src/cli")) {
    for (const std::string& include : file.includes) {
      CAPTURE(file.path);
      CHECK((!include.starts_with("gateway/") || include == "gateway/http.hpp"));
    }
  }
}

TEST_CASE("a public header knows the vocabulary, and no other module") {
  for (const File& file : files_under("include/kappa")) {
    CAPTURE(file.path);
    for (const std::string& include : file.includes) {
      CAPTURE(include);
      const bool vocabulary = include == "kappa/core.hpp" || include == "kappa/types.hpp" ||
                              include == "kappa/route.hpp" || include == "kappa/bill.hpp" ||
                              include == "kappa/lines.hpp" || include == "kappa/executions.hpp" ||
                              include == "kappa/ledger.hpp";
      const bool light =
          include.find('/') == include.npos || include.starts_with("boost/describe/") ||
          include == "boost/mp11/algorithm.hpp" || include == "boost/system/result.hpp";
      CHECK((vocabulary || light));
    }
  }
}

TEST_CASE("heavy headers stay in their place") {
  for (const char* folder : {"src", "include"}) {
    for (const File& file : files_under(folder)) {
      for (const std::string& include : file.includes) {
        for (const auto& [header, place] : heavy) {
          if (!include.starts_with(header)) continue;
          CAPTURE(file.path);
          CAPTURE(include);
          CHECK(std::regex_match(file.path, std::regex(place)));
        }
      }
    }
  }
}

TEST_CASE("pybind11 is in one file") {
  int users = 0;
  for (const File& file : files_under("src")) {
    for (const std::string& include : file.includes)
      users += include.starts_with("pybind11/embed") ? 1 : 0;
  }
  CHECK(users == 1);
}

TEST_CASE("no file is over 400 lines, and the composition is at most 150") {
  for (const char* folder : {"src", "include", "tests"}) {
    for (const File& file : files_under(folder)) {
      CAPTURE(file.path);
      CHECK(file.lines.size() <= (file.path == "src/app/compose.cpp" ? 150 : 400));
    }
  }
}

TEST_CASE("every file begins with a sentence that says what it is") {
  for (const char* folder : {"src", "include", "tests"}) {
    for (const File& file : files_under(folder)) {
      CAPTURE(file.path);
      CHECK((!file.lines.empty() && file.lines.front().starts_with("// ")));
    }
  }
}

TEST_CASE("only the composition and the program's entry name concrete modules") {
  const std::regex concrete(
      R"re(\b(open|make|connect)_(data|fn_code|fn_logs|logs|runner|gateway)\()re");
  for (const File& file : files_under("src")) {
    const std::string folder = part(file.path, 1);
    if (file.path == "src/app/compose.cpp" ||
        module_edges.at(folder == "main" ? "app" : folder).size() > 6)
      continue;
    for (const std::string& line : file.lines) {
      std::smatch match;
      if (!std::regex_search(line, match, concrete)) continue;
      CAPTURE(file.path);
      CAPTURE(line);
      // The command line is the gateway's client: it makes the gateway's remote twin, and nothing
      // else.
      CHECK((match[2] == folder || (folder == "cli" && match[0] == "connect_gateway(")));
    }
  }
}

}  // namespace
