#include "app/https.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <mutex>

#include "app/machine.hpp"
#include "core/log.hpp"
#include "http/private_file.hpp"

namespace vitrine::app {
namespace {

constexpr std::chrono::seconds look_every{5};

// A number that changes when the file does, also when a link leads elsewhere.
std::string state_of(const std::filesystem::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return "none";
    return fmt::format("{}.{}.{}.{}", status.st_ino, status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

}  // namespace

std::vector<std::string> names_to_serve(const Settings& settings) {
    auto names = look_around().names_and_addresses();
    auto host = host_of(settings.public_url);
    if (!host.empty() && std::ranges::find(names, host) == names.end()) names.push_back(host);
    return names;
}

Https::Https(const Settings& settings, const Clock& clock, Metrics& metrics)
    : settings_(settings),
      clock_(clock),
      ends_(metrics.gauge("vitrine_tls_certificate_ends_seconds", "When the certificate that is shown ends, in seconds since 1970.")) {}

Https::~Https() = default;

Result<std::unique_ptr<Https>> Https::start(const Settings& settings, const Clock& clock, Metrics& metrics) {
    const auto& tls = settings.tls;
    if (!tls.on && tls.certificate.empty()) {
        if (!tls.key.empty())
            return Error{Kind::invalid, "tls.certificate", "tls.key is set and tls.certificate is not.", "tls.certificate"};
        return std::unique_ptr<Https>();
    }
    std::unique_ptr<Https> https(new Https(settings, clock, metrics));
    if (tls.certificate.empty()) {
        auto authority = TRY(http::LocalAuthority::open(settings.data / "tls", clock));
        https->trust_ = Trust{authority.pem(), authority.der(), authority.fingerprint()};
        https->seen_.with([&](Seen& seen) { seen.authority = std::move(authority); });
    }
    auto pair = TRY(https->find_pair());
    TRY(https->show(pair));
    https->seen_.with([&](Seen& seen) { seen.state = https->state_of_things(); });
    https->names_ = names_to_serve(settings);
    if (!https->trust_) {
        auto facts = TRY(http::facts_of(pair.chain));
        if (facts.ends < clock.now()) log::warn("tls.certificate_ended", {{"file", tls.certificate}, {"ended", to_string(facts.ends)}});
        for (auto& name : facts.names) {
            if (name.starts_with('*')) continue;  // which of them is ours, public_url says
            for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            if (https->name_.empty()) https->name_ = name;
            https->names_.push_back(std::move(name));
        }
    }
    https->watch_ = std::jthread([self = https.get()](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock(mutex);
        while (!stopped.wait_for(lock, stop, look_every, [] { return false; }) && !stop.stop_requested()) self->look_again(false);
    });
    return https;
}

Result<void> Https::show(const http::KeyPair& pair) {
    if (certificate_)
        TRY(certificate_->replace(pair));
    else
        certificate_ = TRY(http::Certificate::make(pair));
    if (auto facts = http::facts_of(pair.chain)) ends_.Set(std::chrono::duration<double>(facts->ends.time_since_epoch()).count());
    return {};
}

void Https::add_to(http::ServerOptions& options) const {
    options.certificate = certificate_;
    options.names = names_;
    // A browser that was told to stay on HTTPS lets nobody past a certificate it does not trust. With a local authority
    // that would lock out every device that has not yet trusted it, or a new one after the data folder is gone, and on
    // "localhost" every other program as well.
    options.strict_transport = !trust_;
}

Result<http::KeyPair> Https::find_pair() {
    const auto& tls = settings_.tls;
    if (tls.certificate.empty()) return seen_.with([&](Seen& seen) { return seen.authority->certificate_for(names_to_serve(settings_)); });
    auto chain = TRY(http::read_whole(tls.certificate));
    auto key = TRY(http::read_whole(tls.key.empty() ? tls.certificate : tls.key));
    if (key.others_read) log::warn("tls.key_readable", {{"file", tls.key.empty() ? tls.certificate : tls.key}, {"fix", "chmod o-r"}});
    return http::KeyPair{std::move(chain.text), std::move(key.text)};
}

// What a certificate depends on. The day is part of it, so that one that nears its end is looked at each day.
std::string Https::state_of_things() const {
    const auto& tls = settings_.tls;
    if (!tls.certificate.empty()) return state_of(tls.certificate) + state_of(tls.key);
    return fmt::format("{} {}", fmt::join(names_to_serve(settings_), ","), to_string(clock_.now()).substr(0, 10));
}

void Https::refresh() {
    look_again(true);
}

void Https::look_again(bool always) {
    auto state = state_of_things();
    if (!always && seen_.with([&](Seen& seen) { return seen.state == state; })) return;
    auto pair = find_pair();
    auto replaced = pair ? show(*pair) : Result<void>(pair.error());
    auto complaint = replaced ? std::string() : replaced.error().message;
    // A tool that renews writes one file after the other, so what does not fit now is tried again at the next look.
    bool news = seen_.with([&](Seen& seen) {
        if (replaced) seen.state = state;
        return std::exchange(seen.complaint, complaint) != complaint;
    });
    if (!replaced && news) log::failed("tls.not_renewed", replaced.error(), log::Level::error);
    if (replaced) log::info("tls.certificate_shown", {{"local", trust_.has_value()}});
}

Result<std::optional<std::string>> describe_certificate(const Settings& settings, const Clock& clock) {
    Metrics unread;
    auto https = TRY(Https::start(settings, clock, unread));
    if (!https) return std::optional<std::string>();
    auto file = settings.tls.certificate.empty() ? settings.data / "tls" / "server.pem" : std::filesystem::path(settings.tls.certificate);
    auto facts = TRY(http::facts_of(TRY(http::read_whole(file)).text));
    auto day = to_string(facts.ends).substr(0, 10);
    if (facts.ends < clock.now())
        return Error{Kind::invalid, "tls.certificate_ended", fmt::format("{} ended on {}; renew it.", file.string(), day), file.string()};
    return std::optional(fmt::format("for {}, until {}", fmt::join(facts.names, ", "), day));
}

}  // namespace vitrine::app
