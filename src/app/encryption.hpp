// Nothing that lets others in leaves this machine unencrypted, but what users themselves send to
// the API.
#pragma once

#include <memory>
#include <vector>

#include "app/config.hpp"
#include "net/tls_identity.hpp"

namespace kappa::app {

/// Addresses and urls by which modules' tokens would travel unencrypted, and what https needs that
/// is not set, each with its key and what to do.
std::vector<Fault> unencrypted_places(const Config& config);

/// What this process proves to be itself with; nothing when it speaks TLS nowhere. unavailable: a
/// file that [tls] names, and that is needed, cannot be used; says which and why.
Result<std::unique_ptr<net::TlsIdentity>> open_identity(const Config& config);

}  // namespace kappa::app
