#pragma once
// The certificate that the server shows. It can be replaced while the server runs: handshakes that begin afterwards show
// the new one, connections that stand keep theirs, so no request fails for it.

#include <memory>
#include <string>
#include <string_view>

#include "core/guarded.hpp"
#include "core/result.hpp"

namespace vitrine::http {

// A certificate with its chain, and its key, as PEM texts. The server's own certificate comes first.
struct KeyPair {
    std::string chain;
    std::string key;
};

// Any thread.
class Certificate {
public:
    // Errors: tls.certificate, tls.key, tls.mismatch (the key is of another certificate), in words for who set the files.
    static Result<std::shared_ptr<Certificate>> make(const KeyPair&);
    // On an error the one before stays.
    Result<void> replace(const KeyPair&);

    // What a handshake is made with; a connection holds on to the one it began with. For this room.
    struct Context;
    std::shared_ptr<Context> context() const;

private:
    Certificate() = default;
    mutable Guarded<std::shared_ptr<Context>> context_;
};

}  // namespace vitrine::http
