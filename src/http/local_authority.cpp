#include "http/local_authority.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "core/log.hpp"
#include "http/private_file.hpp"

namespace vitrine::http {
namespace {

using std::chrono::days;

template <auto free>
struct Freed {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Freed<X509_free>>;
using Bio = std::unique_ptr<BIO, Freed<BIO_free_all>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

constexpr days authority_life{3650};
constexpr days backdated{1};  // for phones whose clock is a little behind
// Before this program was written no clock was right: a board without a battery starts in 1970, and what it signs then
// would have ended long ago.
constexpr Time sensible_from{std::chrono::sys_days{std::chrono::November / 1 / 2026}};

Error damaged(const std::filesystem::path& file, std::string why) {
    return {Kind::corrupt, "tls.authority",
            fmt::format("{} {}. Put it back from a backup, or delete its folder to make a new authority, which every phone must then "
                        "trust anew.",
                        file.string(), why),
            file.string()};
}

Error internal(const char* what) {
    ERR_clear_error();
    return {Kind::internal, "tls.openssl", fmt::format("OpenSSL could not {}.", what)};
}

std::string text_of(BIO* bio) {
    char* data = nullptr;
    auto bytes = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(bytes)};
}

std::string pem_of(const X509* certificate) {
    Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate);
    return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
    Bio bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
    return text_of(bio.get());
}

X509Ptr certificate_in(const std::string& pem) {
    Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    X509Ptr found(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    return found;
}

Key key_in(const std::string& pem) {
    Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    auto no_passphrase = [](char*, int, int, void*) { return 0; };
    Key found(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
    ERR_clear_error();
    return found;
}

Time time_of(const ASN1_TIME* time) {
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return Time{std::chrono::seconds{::timegm(&parts)}};
}

bool set_times(X509* certificate, Time begins, Time ends) {
    auto set = [](ASN1_TIME* field, Time time) {
        return ASN1_TIME_set(field, std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count()) != nullptr;
    };
    return set(X509_getm_notBefore(certificate), begins) && set(X509_getm_notAfter(certificate), ends);
}

bool set_name(X509_NAME* name, const char* field, const std::string& text) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, bytes, static_cast<int>(text.size()), -1, 0) == 1;
}

bool set_serial(X509* certificate) {
    unsigned char bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1) return false;
    bytes[0] &= 0x7f;  // positive
    std::unique_ptr<BIGNUM, Freed<BN_free>> number(BN_bin2bn(bytes, sizeof bytes, nullptr));
    return BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    std::unique_ptr<X509_EXTENSION, Freed<X509_EXTENSION_free>> made(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return made && X509_add_ext(certificate, made.get(), -1) == 1;
}

// The bytes of an address, or none when it is a name.
std::string address_bytes(const std::string& text) {
    unsigned char bytes[16];
    if (::inet_pton(AF_INET, text.c_str(), bytes) == 1) return {reinterpret_cast<char*>(bytes), 4};
    if (::inet_pton(AF_INET6, text.c_str(), bytes) == 1) return {reinterpret_cast<char*>(bytes), 16};
    return {};
}

bool add_names(X509* certificate, const std::vector<std::string>& names) {
    Names all(GENERAL_NAMES_new());
    for (const auto& name : names) {
        auto bytes = address_bytes(name);
        const auto& value = bytes.empty() ? name : bytes;
        auto* string = bytes.empty() ? ASN1_IA5STRING_new() : ASN1_OCTET_STRING_new();
        ASN1_STRING_set(string, value.data(), static_cast<int>(value.size()));
        auto* one = GENERAL_NAME_new();
        GENERAL_NAME_set0_value(one, bytes.empty() ? GEN_DNS : GEN_IPADD, string);
        sk_GENERAL_NAME_push(all.get(), one);
    }
    return X509_add1_ext_i2d(certificate, NID_subject_alt_name, all.get(), 0, 0) == 1;
}

// What both kinds have, up to the signature.
X509Ptr begin(EVP_PKEY* key, Time begins, Time ends) {
    X509Ptr made(X509_new());
    bool well = made && X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(made.get()) &&
                set_times(made.get(), begins, ends) && X509_set_pubkey(made.get(), key) == 1;
    return well ? std::move(made) : nullptr;
}

// Its key, then its certificate.
Result<std::string> make_authority(Time now) {
    Key key(EVP_EC_gen("P-256"));
    if (!key) return internal("make a key");
    auto made = begin(key.get(), now - backdated, now + authority_life);
    if (!made) return internal("make a certificate");
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    auto* name = X509_get_subject_name(made.get());
    auto day = to_string(now).substr(0, 10);
    bool well =
        set_name(name, "O", "vitrine") && set_name(name, "CN", fmt::format("vitrine on {} ({})", std::string(host).substr(0, 40), day)) &&
        X509_set_issuer_name(made.get(), name) == 1 &&
        add_extension(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
        add_extension(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
        add_extension(made.get(), made.get(), NID_subject_key_identifier, "hash") && X509_sign(made.get(), key.get(), EVP_sha256()) > 0;
    if (!well) return internal("sign a certificate");
    return pem_of(key.get()) + pem_of(made.get());
}

// As server.pem holds it: the key, then the certificate.
Result<std::string> make_server(const std::string& authority_pem, const std::vector<std::string>& names, Time now) {
    auto authority = certificate_in(authority_pem);
    auto authority_key = key_in(authority_pem);
    Key key(EVP_EC_gen("P-256"));
    if (!key) return internal("make a key");
    // No longer than what vouches for it.
    auto ends = std::min<Time>(now - backdated + LocalAuthority::certificate_days_max, time_of(X509_get0_notAfter(authority.get())));
    auto made = begin(key.get(), now - backdated, ends);
    if (!made) return internal("make a certificate");
    bool well = set_name(X509_get_subject_name(made.get()), "CN", "vitrine") &&
                X509_set_issuer_name(made.get(), X509_get_subject_name(authority.get())) == 1 &&
                add_extension(made.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE") &&
                add_extension(made.get(), authority.get(), NID_key_usage, "critical,digitalSignature") &&
                add_extension(made.get(), authority.get(), NID_ext_key_usage, "serverAuth") &&
                add_extension(made.get(), authority.get(), NID_subject_key_identifier, "hash") &&
                add_extension(made.get(), authority.get(), NID_authority_key_identifier, "keyid:always") && add_names(made.get(), names) &&
                X509_sign(made.get(), authority_key.get(), EVP_sha256()) > 0;
    if (!well) return internal("sign a certificate");
    return pem_of(key.get()) + pem_of(made.get());
}

// Whether it is signed by this authority, for at least these names, and lives for a while yet.
bool still_fits(const std::string& server_pem, const std::string& authority_pem, const std::vector<std::string>& names, Time now) {
    auto certificate = certificate_in(server_pem);
    auto key = key_in(server_pem);
    auto authority = certificate_in(authority_pem);
    if (!certificate || !key || X509_check_private_key(certificate.get(), key.get()) != 1) return false;
    if (X509_verify(certificate.get(), X509_get0_pubkey(authority.get())) != 1) return false;
    auto facts = facts_of(server_pem);
    if (!facts || facts->begins > now) return false;
    bool short_lived = facts->ends < now + LocalAuthority::renewal_days && facts->ends < time_of(X509_get0_notAfter(authority.get()));
    if (short_lived || facts->ends <= now) return false;
    return std::ranges::all_of(names, [&](const auto& name) { return std::ranges::find(facts->names, name) != facts->names.end(); });
}

}  // namespace

Result<CertificateFacts> facts_of(const std::string& pem) {
    auto certificate = certificate_in(pem);
    if (!certificate) return Error{Kind::invalid, "tls.certificate", "This is no certificate in PEM form."};
    CertificateFacts facts;
    facts.begins = time_of(X509_get0_notBefore(certificate.get()));
    facts.ends = time_of(X509_get0_notAfter(certificate.get()));
    facts.authority = X509_check_ca(certificate.get()) == 1;
    Names names(static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(names.get(), i);
        if (name->type == GEN_DNS) {
            const auto* data = reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName));
            facts.names.emplace_back(data, static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
        } else if (name->type == GEN_IPADD) {
            char text[INET6_ADDRSTRLEN] = "";
            bool four = ASN1_STRING_length(name->d.iPAddress) == 4;
            ::inet_ntop(four ? AF_INET : AF_INET6, ASN1_STRING_get0_data(name->d.iPAddress), text, sizeof text);
            facts.names.emplace_back(text);
        }
    }
    return facts;
}

Result<LocalAuthority> LocalAuthority::open(std::filesystem::path folder, const Clock& clock) {
    LocalAuthority authority(std::move(folder), clock);
    const auto secret_file = authority.folder_ / "authority.pem";
    std::error_code none;
    std::filesystem::create_directories(authority.folder_, none);  // what is wrong shows when a file is written
    std::filesystem::permissions(authority.folder_, std::filesystem::perms::owner_all, none);

    auto found = read_whole(secret_file);
    if (!found && found.error().kind == Kind::not_found) {
        if (clock.now() < sensible_from)
            return Error{Kind::unavailable, "tls.clock",
                         fmt::format("The clock of this machine says {}, which is in the past; certificates made now would be refused. Set "
                                     "the clock and start again.",
                                     to_string(clock.now()))};
        TRY(write_whole(secret_file, TRY(make_authority(clock.now())), 0600, IfThere::keep));
        found = read_whole(secret_file);  // another process may have been quicker
    }
    auto file = TRY(std::move(found));
    if (file.others_read)
        return damaged(secret_file,
                       "could be read by every user of this machine, so its key may be known. If you are sure it is not, "
                       "chmod 600 it");
    auto certificate = certificate_in(file.text);
    auto key = key_in(file.text);
    if (!certificate || !key || X509_check_private_key(certificate.get(), key.get()) != 1 || X509_check_ca(certificate.get()) != 1)
        return damaged(secret_file, "does not hold an authority and its key");
    if (auto ends = time_of(X509_get0_notAfter(certificate.get())); ends <= clock.now())
        return damaged(secret_file, fmt::format("ended on {}, or the clock of this machine is wrong", to_string(ends).substr(0, 10)));
    authority.secret_ = std::move(file.text);
    authority.pem_ = pem_of(certificate.get());
    auto given_away = read_whole(authority.folder_ / "ca.pem");
    if (!given_away || given_away->text != authority.pem_)
        TRY(write_whole(authority.folder_ / "ca.pem", authority.pem_, 0644, IfThere::replace));
    return authority;
}

Result<KeyPair> LocalAuthority::certificate_for(const std::vector<std::string>& names) {
    const auto server_file = folder_ / "server.pem";
    auto facts = TRY(facts_of(pem_));
    auto now = std::max(clock_->now(), facts.begins + backdated);  // it cannot be earlier than when the authority was made
    if (auto found = read_whole(server_file); found && !found->others_read && still_fits(found->text, pem_, names, now))
        return KeyPair{found->text, found->text};
    auto made = TRY(make_server(secret_, names, now));
    TRY(write_whole(server_file, made, 0600, IfThere::replace));
    log::info("tls.certificate_made", {{"names", static_cast<std::int64_t>(names.size())}});
    return KeyPair{made, made};
}

std::string LocalAuthority::der() const {
    auto certificate = certificate_in(pem_);
    std::string der(static_cast<std::size_t>(i2d_X509(certificate.get(), nullptr)), '\0');
    auto* into = reinterpret_cast<unsigned char*>(der.data());
    i2d_X509(certificate.get(), &into);
    return der;
}

std::string LocalAuthority::fingerprint() const {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned bytes = 0;
    X509_digest(certificate_in(pem_).get(), EVP_sha256(), hash, &bytes);
    std::string text;
    for (unsigned i = 0; i < bytes; ++i) text += fmt::format("{}{:02X}", i ? ":" : "", hash[i]);
    return text;
}

}  // namespace vitrine::http
