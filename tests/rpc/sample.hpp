// A small interface with one of everything, for the tests of src/rpc/.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "kappa/core.hpp"
#include "kappa/route.hpp"
#include "kappa/types.hpp"
#include "rpc/mount.hpp"
#include "rpc/remote.hpp"

namespace kappa::rpc::sample {

enum class Colour { red, green };
BOOST_DESCRIBE_ENUM(Colour, red, green)

struct Size {
  std::int64_t width_mm = 0;
  double height_mm = 0;
};
BOOST_DESCRIBE_STRUCT(Size, (), (width_mm, height_mm))

struct Put {
  Name shelf;
  std::string label;
  Size size;
  std::vector<Colour> colours;
  std::optional<std::int64_t> count;
  bool fragile = false;
};
BOOST_DESCRIBE_STRUCT(Put, (), (shelf, label, size, colours, count, fragile))

struct Box {
  Uuid box_id;
  std::string owner;
  std::string label;
  Size size;
  std::vector<Colour> colours;
  std::optional<std::int64_t> count;
  Timestamp made_at;
  RawJson extra;
  std::map<std::string, std::int64_t> tally;
};
BOOST_DESCRIBE_STRUCT(Box, (), (box_id, owner, label, size, colours, count, made_at, extra, tally))

struct Search {
  std::string shelf;
  std::optional<std::int64_t> limit;
  std::optional<Colour> colour;
};
BOOST_DESCRIBE_STRUCT(Search, (), (shelf, limit, colour))

struct Call {
  std::string shelf;
  Payload<RawJson> args;
};
BOOST_DESCRIBE_STRUCT(Call, (), (shelf, args))

struct Ask {
  std::string shelf;
  Payload<std::map<std::string, std::string>> args;
};
BOOST_DESCRIBE_STRUCT(Ask, (), (shelf, args))

struct Echo {
  RawJson args;
};
BOOST_DESCRIBE_STRUCT(Echo, (), (args))

struct Judged : Echo {};
BOOST_DESCRIBE_STRUCT(Judged, (Echo), ())
inline ReplyHead reply_head(const Judged&) { return {500, "Sample-Verdict", "poor"}; }

struct Read {
  std::int64_t pieces = 0;
};
BOOST_DESCRIBE_STRUCT(Read, (), (pieces))

struct Clear {};
BOOST_DESCRIBE_STRUCT(Clear, (), ())

class Store {
 public:
  virtual ~Store() = default;
  virtual Result<Box> put(const Caller&, const Put&) = 0;
  virtual Result<Box> search(const Search&) = 0;
  virtual Result<Echo> call(const Call&) = 0;
  virtual Result<Echo> ask(const Ask&) = 0;
  virtual Result<Judged> judge(const Call&) = 0;
  virtual Result<Stream> read(const Read&) = 0;
  virtual Result<Nothing> clear(const Clear&) = 0;

  using Api = Routes<Route<"POST /shelves/{shelf}/boxes", &Store::put, "Put a box on a shelf.">,
                     Route<"GET /shelves/{shelf}/boxes", &Store::search, "Find a box.">,
                     Route<"POST /shelves/{shelf}/call", &Store::call, "Say anything.">,
                     Route<"GET /shelves/{shelf}", &Store::ask, "Ask anything.", Acts>,
                     Route<"POST /shelves/{shelf}/judge", &Store::judge, "Be judged.">,
                     Route<"GET /pieces/{pieces}", &Store::read, "Read in pieces.">,
                     Route<"POST /shelves/clear", &Store::clear, "Clear all.">>;
};

/// Answers with what it was asked, so that both ways can be compared.
class LocalStore final : public Store {
 public:
  Result<Box> put(const Caller& caller, const Put& ask) override {
    last = ask;
    if (ask.label == "twice") return Error{Code::conflict, "box 'twice' is there already"};
    return Box{{},
               caller.username,
               ask.label,
               ask.size,
               ask.colours,
               ask.count,
               {1'795'518'016'123'456},
               {"[12345678901234567890123]"},
               {}};
  }
  Result<Box> search(const Search& ask) override {
    if (ask.shelf == "none") return Error{Code::not_found, "shelf 'none' not found"};
    Box box;
    box.label = ask.shelf;
    box.count = ask.limit;
    if (ask.colour) box.colours.push_back(*ask.colour);
    box.tally = {{"a b", 1}, {"\"", -9'223'372'036'854'775'807}};
    return box;
  }
  Result<Echo> call(const Call& ask) override {
    if (ask.shelf == "bad")
      return Error{Code::invalid_argument, "x", {{"/x", "is not a parameter"}}};
    return Echo{ask.args.value};
  }
  Result<Echo> ask(const Ask& ask) override { return Echo{{write_json(ask.args.value)}}; }
  Result<Judged> judge(const Call& ask) override { return Judged{{ask.args.value}}; }
  Result<Stream> read(const Read& ask) override {
    auto left = std::make_shared<std::int64_t>(ask.pieces);
    return Stream{"text/plain", [left]() -> Result<std::optional<std::string>> {
                    if (*left == 13) return Error{Code::internal, "unlucky"};
                    if (*left == 0) return std::optional<std::string>();
                    return std::optional<std::string>("piece " + std::to_string((*left)--) + "\n");
                  }};
  }
  Result<Nothing> clear(const Clear&) override { return Nothing{}; }

  Put last;
};

class RemoteStore final : public Store, Remote {
 public:
  using Remote::Remote;
  Result<Box> put(const Caller& c, const Put& q) override {
    return Remote::call<&Store::put>(c, q);
  }
  Result<Box> search(const Search& q) override { return Remote::call<&Store::search>(q); }
  Result<Echo> call(const Call& q) override { return Remote::call<&Store::call>(q); }
  Result<Echo> ask(const Ask& q) override { return Remote::call<&Store::ask>(q); }
  Result<Judged> judge(const Call& q) override { return Remote::call<&Store::judge>(q); }
  Result<Stream> read(const Read& q) override { return Remote::call<&Store::read>(q); }
  Result<Nothing> clear(const Clear& q) override { return Remote::call<&Store::clear>(q); }
};

inline Result<Caller> known_caller(const std::string& token) {
  if (token == "good") return Caller{7, "ada", token};
  return Error{Code::unauthorized, "Could not validate credentials"};
}

}  // namespace kappa::rpc::sample
