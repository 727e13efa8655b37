#include "http/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>

#include "http/tls_context.hpp"

namespace vitrine::http {
namespace {

// No passphrase is ever asked for: there is nobody at the terminal of a server.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

// The one protocol we speak; a client that offers none of ours goes on without this extension.
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes, const unsigned char* offered, unsigned offered_bytes,
                    void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, chosen_bytes, ours, sizeof ours - 1, offered, offered_bytes) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_NOACK;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

// TLS 1.2 and newer, forward secrecy and authenticated encryption only, no renegotiation; sessions resume by ticket.
void harden(SSL_CTX* context) {
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context,
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

}  // namespace

Result<std::shared_ptr<Certificate>> Certificate::make(const KeyPair& pair) {
    std::shared_ptr<Certificate> made(new Certificate);
    TRY(made->replace(pair));
    return made;
}

Result<void> Certificate::replace(const KeyPair& pair) {
    namespace asio = boost::asio;
    auto fresh = std::make_shared<Context>();
    auto* context = fresh->ssl.native_handle();
    harden(context);
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);

    boost::system::error_code error;
    fresh->ssl.use_certificate_chain(asio::buffer(pair.chain), error);
    if (error) return Error{Kind::invalid, "tls.certificate", fmt::format("This is no certificate in PEM form: {}.", error.message())};
    bool encrypted = pair.key.find("ENCRYPTED") != std::string::npos;
    fresh->ssl.use_private_key(asio::buffer(pair.key), asio::ssl::context::pem, error);
    auto code = static_cast<unsigned long>(error.value());
    bool other = ERR_GET_LIB(code) == ERR_LIB_X509 && ERR_GET_REASON(code) == X509_R_KEY_VALUES_MISMATCH;
    if (error && other)
        return Error{Kind::invalid, "tls.mismatch", "The key is not the one of this certificate; give the two that were made together."};
    if (error && encrypted)
        return Error{Kind::invalid, "tls.key", "The key has a passphrase; a server has nobody to ask for it. Save it without one."};
    if (error) return Error{Kind::invalid, "tls.key", fmt::format("This is no private key in PEM form: {}.", error.message())};
    context_.with([&](auto& kept) { kept = std::move(fresh); });
    return {};
}

std::shared_ptr<Certificate::Context> Certificate::context() const {
    return context_.with([](const auto& kept) { return kept; });
}

}  // namespace vitrine::http
