// The fn_code module over HTTP: one line per operation on the client side, one in all on the server
// side.
#include "fn_code/http.hpp"

#include "rpc/mount.hpp"
#include "rpc/remote.hpp"

namespace kappa::fn_code {
namespace {

class FnCodeOverHttp final : public FnCode, rpc::Remote {
 public:
  using Remote::Remote;
  Result<StoredCode> store(const StoreCode& ask) override { return call<&FnCode::store>(ask); }
  Result<Stream> read(const ReadCode& ask) override { return call<&FnCode::read>(ask); }
  Result<Nothing> release(const ReleaseCode& ask) override { return call<&FnCode::release>(ask); }
  Result<CodeList> list(const ListCode& ask) override { return call<&FnCode::list>(ask); }
  Result<HolderPage> list_holders(const ListHolders& ask) override {
    return call<&FnCode::list_holders>(ask);
  }
};

}  // namespace

void mount_fn_code(rpc::Router& router, FnCode& fn_code) {
  rpc::mount(router, fn_code);
  router.explain(operations_md);
}

std::unique_ptr<FnCode> connect_fn_code(rpc::Transport transport) {
  return std::make_unique<FnCodeOverHttp>(std::move(transport));
}

}  // namespace kappa::fn_code
