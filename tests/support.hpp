// What every test needs: how a Result prints, a folder that goes away, a condition waited for.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "kappa/core.hpp"

namespace doctest {

template <class T>
struct StringMaker<boost::system::result<T, kappa::Error>> {
  static String convert(const boost::system::result<T, kappa::Error>& result) {
    if (result) return "a value";
    std::string text = "error: " + result.error().detail;
    for (const auto& fault : result.error().faults) text += " [" + fault.at + " " + fault.why + "]";
    return text.c_str();
  }
};

}  // namespace doctest

namespace kappa::test {

/// The value, or an exception that names the error: for tests in which only a value makes sense.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error("unexpected error: " + result.error().detail);
  return *std::move(result);
}

/// A new empty folder, removed with all it holds.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "kappa-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Whether `condition` became true within the deadline; looks again every millisecond.
template <class Condition>
bool eventually(Condition condition, std::chrono::milliseconds within = std::chrono::seconds(10)) {
  const auto deadline = std::chrono::steady_clock::now() + within;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

}  // namespace kappa::test
