// What the fn_code module is to everyone else: functions' source, by its hash.
#pragma once

#include <optional>
#include <vector>

#include "kappa/core.hpp"
#include "kappa/route.hpp"
#include "kappa/types.hpp"

namespace kappa::fn_code {

/// Source held for one function. Equal sources share their storage; each holder keeps it alive.
struct StoreCode {
  Uuid fn_id;
  Source code;
};
BOOST_DESCRIBE_STRUCT(StoreCode, (), (fn_id, code))

struct StoredCode {
  CodeId code_id;
  std::int64_t size_bytes = 0;
};
BOOST_DESCRIBE_STRUCT(StoredCode, (), (code_id, size_bytes))

struct ReadCode {
  CodeId code_id;
};
BOOST_DESCRIBE_STRUCT(ReadCode, (), (code_id))

struct ReleaseCode {
  Uuid fn_id;
};
BOOST_DESCRIBE_STRUCT(ReleaseCode, (), (fn_id))

struct ListHolders {
  std::optional<Uuid> after;          ///< a page's `next`: ids that come behind it
  std::optional<std::int64_t> limit;  ///< 1..1000; 1000 when absent
};
BOOST_DESCRIBE_STRUCT(ListHolders, (), (after, limit))

struct HolderPage {
  std::vector<Uuid> functions;  ///< by id
  std::optional<Uuid> next;     ///< there are more behind this one
};
BOOST_DESCRIBE_STRUCT(HolderPage, (), (functions, next))

struct ListCode {};
BOOST_DESCRIBE_STRUCT(ListCode, (), ())

struct CodeList {
  std::vector<StoredCode> code;
};
BOOST_DESCRIBE_STRUCT(CodeList, (), (code))

/// Thread-safe. What is stored survives a power cut; what is released is overwritten on disk.
class FnCode {
 public:
  virtual ~FnCode() = default;

  /// Stores source for a function; again with the same source is no error. conflict: it holds
  /// another source.
  virtual Result<StoredCode> store(const StoreCode&) = 0;
  /// The source, checked against its hash. not_found: not stored. internal: what is stored is
  /// corrupt.
  virtual Result<Stream> read(const ReadCode&) = 0;
  /// A function needs its source no more; the last holder's release erases it. Releasing nothing is
  /// no error.
  virtual Result<Nothing> release(const ReleaseCode&) = 0;
  virtual Result<CodeList> list(const ListCode&) = 0;
  /// Which functions hold source. invalid: /limit is not 1 to 1000.
  virtual Result<HolderPage> list_holders(const ListHolders&) = 0;

  using Api = Routes<
      Route<"PUT /functions/{fn_id}/code", &FnCode::store, "Store a function's source.">,
      Route<"GET /code/{code_id}", &FnCode::read, "Source by its hash.", Text<"text/x-python">>,
      Route<"DELETE /functions/{fn_id}/code", &FnCode::release,
            "A function needs its source no more.">,
      Route<"GET /code", &FnCode::list, "Every source that is stored.">,
      Route<"GET /functions", &FnCode::list_holders, "Which functions hold source.">>;
};

}  // namespace kappa::fn_code
