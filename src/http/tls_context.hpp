#pragma once
// Inside this room only: what a handshake is made with. OpenSSL shows here, so only tls.cpp and wire.cpp include it.

#include <boost/asio/ssl/context.hpp>

#include "http/tls.hpp"

namespace vitrine::http {

struct Certificate::Context {
    boost::asio::ssl::context ssl{boost::asio::ssl::context::tls_server};
};

}  // namespace vitrine::http
