#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"

namespace grpc {
class ChannelCredentials;
class ServerCredentials;
}  // namespace grpc

namespace starlift::rpc {

// PEM files. They are read again every ten seconds, so that a renewed certificate needs no restart.
struct TlsFiles {
  std::string
      ca_file;  // who may be on the other end; empty: not asked (servers), system's (clients)
  std::string certificate_file;  // empty: plain text
  std::string key_file;
};

// INVALID_ARGUMENT with the path when a file that is named cannot be read.
absl::Status CheckTlsFiles(const TlsFiles& files);

// Plain text without a certificate: the configuration allows that on loopback only. With a CA, the
// other end must show a certificate of it.
std::shared_ptr<grpc::ServerCredentials> ServerCredentialsFor(const TlsFiles& files);
std::shared_ptr<grpc::ChannelCredentials> ChannelCredentialsFor(const TlsFiles& files);

}  // namespace starlift::rpc
