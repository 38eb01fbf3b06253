// Certificates for tests, made by the openssl command.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support.hpp"

namespace kappa::test {

/// Fails the test unless the command of openssl succeeds.
inline void openssl(const std::string& words) {
  const std::string command = "openssl " + words + " >/dev/null 2>&1 </dev/null";
  CAPTURE(command);
  REQUIRE(::system(command.c_str()) == 0);
}

/// What `command` prints, on both streams.
inline std::string printed_by(const std::string& command) {
  FILE* pipe = ::popen(("{ " + command + "; } 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string shown;
  char bytes[1024];
  for (std::size_t got = 0; (got = std::fread(bytes, 1, sizeof bytes, pipe)) > 0;)
    shown.append(bytes, got);
  ::pclose(pipe);
  return shown;
}

/// A certificate and its key, as PEM files.
struct Pair {
  std::string certificate;
  std::string key;
};

/// Signs certificates, in a folder of its own.
class Authority {
 public:
  Authority() {
    openssl("req -x509 -newkey " + std::string(curve) +
            " -nodes -days 30 -subj /CN=Test-Authority" + " -keyout " + at("ca.key") + " -out " +
            at("ca.pem"));
  }
  /// Which `above` vouches for.
  explicit Authority(const Pair& above) {
    openssl("req -newkey " + std::string(curve) + " -nodes -subj /CN=Test-Middle -keyout " +
            at("ca.key") + " -out " + at("csr"));
    std::ofstream(at("names")) << "basicConstraints=critical,CA:TRUE\n";
    openssl("x509 -req -in " + at("csr") + " -CA " + above.certificate + " -CAkey " + above.key +
            " -CAcreateserial -days 30 -extfile " + at("names") + " -out " + at("ca.pem"));
  }
  std::string certificate() const { return at("ca.pem"); }
  Pair own() const { return {at("ca.pem"), at("ca.key")}; }

  /// For `names`, "DNS:localhost,IP:127.0.0.1"; with -1 days it expired yesterday.
  Pair sign(const std::string& names, int days = 30) {
    const std::string name = "pair" + std::to_string(++pairs_);
    const Pair pair{at(name + ".pem"), at(name + ".key")};
    openssl("req -newkey " + std::string(curve) + " -nodes -subj /CN=kappa -keyout " + pair.key +
            " -out " + at("csr"));
    std::ofstream(at("names")) << "subjectAltName=" << names << "\n";
    openssl("x509 -req -in " + at("csr") + " -CA " + at("ca.pem") + " -CAkey " + at("ca.key") +
            " -CAcreateserial -days " + std::to_string(days) + " -extfile " + at("names") +
            " -out " + pair.certificate);
    return pair;
  }

  /// Signed by its own key, and valid from 2090 on.
  Pair sign_for_later() {
    const Pair pair{at("later.pem"), at("later.key")};
    openssl("req -newkey " + std::string(curve) + " -nodes -subj /CN=later -keyout " + pair.key +
            " -out " + at("csr"));
    std::ofstream(at("index")).flush();
    std::ofstream(at("conf")) << "[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=" << at("")
                              << "\ndatabase=" << at("index")
                              << "\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n"
                              << "[p]\ncommonName=supplied\n";
    openssl("ca -batch -selfsign -config " + at("conf") + " -in " + at("csr") + " -keyfile " +
            pair.key + " -startdate 20900101000000Z -enddate 20910101000000Z -out " +
            pair.certificate);
    return pair;
  }

  std::string at(const std::string& file) const { return (folder_.path() / file).string(); }

 private:
  static constexpr const char* curve = "ec -pkeyopt ec_paramgen_curve:prime256v1";
  TempDir folder_;
  int pairs_ = 0;
};

/// Puts one file in the place of another, as a tool that renews certificates does.
inline void replace_file(const std::string& from, const std::string& to) {
  std::filesystem::copy_file(from, to + ".new");
  ::chmod((to + ".new").c_str(), 0600);
  std::filesystem::rename(to + ".new", to);
}

}  // namespace kappa::test
