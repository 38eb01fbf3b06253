// A version of a file is known by its number, size and times: editors, copies and chmod change one.
#include "net/tls_context.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <new>

#include "base/log.hpp"

namespace kappa::net {
namespace {

constexpr std::chrono::seconds look_every{1};

std::int64_t ns(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

}  // namespace

void FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

FollowedContext::FollowedContext(std::vector<std::string> files, Make make, Version version,
                                 TlsContext context)
    : files_(std::move(files)),
      make_(std::move(make)),
      version_(std::move(version)),
      context_(std::move(context)) {}

Result<std::unique_ptr<FollowedContext>> FollowedContext::open(std::vector<std::string> files,
                                                               Make make) {
  auto version = version_of(files);  // first: what changes while it is read is read again
  auto context = TRY(make());
  return std::unique_ptr<FollowedContext>(new FollowedContext(
      std::move(files), std::move(make), std::move(version), std::move(context)));
}

FollowedContext::Version FollowedContext::version_of(const std::vector<std::string>& files) {
  Version version;
  for (const std::string& file : files) {
    struct stat status {};
    ::stat(file.c_str(), &status);  // of one that is missing all are 0
    version.push_back({static_cast<std::int64_t>(status.st_ino), status.st_size, ns(status.st_mtim),
                       ns(status.st_ctim)});
  }
  return version;
}

void FollowedContext::look_again() {
  const std::unique_lock looking(looking_, std::try_to_lock);
  const auto now = std::chrono::steady_clock::now();
  if (!looking || files_.empty() || now - looked_ < look_every) return;
  looked_ = now;
  Version version = version_of(files_);
  if (version == version_) return;
  auto context = make_();
  if (!context) {
    const std::string& reason = context.error().detail;
    if (reason != complaint_) log::warning("certificates stay as they were", {{"reason", reason}});
    complaint_ = reason;
    return;
  }
  complaint_.clear();
  version_ = std::move(version);
  log::info("certificates read again", {{"file", files_.front()}});
  const std::scoped_lock lock(mutex_);
  context_.swap(*context);
}

std::unique_ptr<TlsSession> FollowedContext::session() {
  look_again();
  std::unique_ptr<TlsSession> session;
  {
    const std::scoped_lock lock(mutex_);
    session = std::make_unique<TlsSession>(SSL_new(context_.get()));  // it keeps the context
  }
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  if (session->handle() == nullptr || in == nullptr || out == nullptr) throw std::bad_alloc();
  SSL_set_bio(session->handle(), in, out);
  return session;
}

}  // namespace kappa::net
