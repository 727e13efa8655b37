#pragma once
// Inside this room only: for tests, a client that speaks TLS, and certificates to speak it with.

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "http/local_authority.hpp"
#include "http/testing.hpp"

namespace vitrine::http::testing {

// RawClient over TLS. `hello` fails the test unless the certificate is good for `name` and vouched for by `authority`.
class TlsClient : public RawClient {
public:
    TlsClient(const std::string& address, const std::string& authority, const std::string& name = "localhost")
        : RawClient(address), context_(SSL_CTX_new(TLS_client_method())), tls_(nullptr) {
        BIO* bio = BIO_new_mem_buf(authority.data(), static_cast<int>(authority.size()));
        X509* trusted = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), trusted);
        X509_free(trusted);
        BIO_free(bio);
        tls_ = SSL_new(context_);
        SSL_set_verify(tls_, SSL_VERIFY_PEER, nullptr);
        SSL_set_tlsext_host_name(tls_, name.c_str());
        if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls_), name.c_str()) != 1) SSL_set1_host(tls_, name.c_str());
        SSL_set_fd(tls_, socket_);
    }
    ~TlsClient() override {
        SSL_free(tls_);
        SSL_CTX_free(context_);
    }
    // Before the handshake, for tests that want it otherwise.
    SSL* tls() { return tls_; }
    bool handshake() { return SSL_connect(tls_) == 1; }
    // The common name is "vitrine" always; the serial number tells certificates apart.
    std::string serial() const {
        auto* number = X509_get0_serialNumber(SSL_get0_peer_certificate(tls_));
        return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(number)), static_cast<std::size_t>(ASN1_STRING_length(number))};
    }
    // TLS's own goodbye: true when the server has said it.
    bool said_goodbye() const { return (SSL_get_shutdown(tls_) & SSL_RECEIVED_SHUTDOWN) != 0; }

protected:
    ssize_t put(std::string_view bytes) override { return SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size())); }
    ssize_t take(std::span<char> into) override { return SSL_read(tls_, into.data(), static_cast<int>(into.size())); }

private:
    SSL_CTX* context_;
    SSL* tls_;
};

}  // namespace vitrine::http::testing
