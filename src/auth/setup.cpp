// The first run: whoever can read the terminal or the data folder becomes the owner, by a code that is new each start.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "auth/accounts.hpp"
#include "auth/accounts_inside.hpp"
#include "auth/secrets.hpp"
#include "core/durable.hpp"

namespace vitrine::auth {

using store::Transaction;

namespace {

constexpr int tries_max = 5;

// Made anew, so that neither the mode nor a link of an older file counts.
Result<void> write_private(const std::filesystem::path& file, const std::string& text) {
    auto failed = [&](int code) {
        return Error{Kind::unavailable, "auth.setup_file",
                     fmt::format("{} cannot be written: {}. Check the data folder and its free space.", file.string(), std::strerror(code)),
                     file.string()};
    };
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) return failed(errno);
    const Descriptor descriptor(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!descriptor) return failed(errno);
    if (int code = write_all(descriptor, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()})) return failed(code);
    return {};
}

Error setup_done() {
    return {Kind::conflict, "auth.setup_done", "This house has an owner already. Sign in, or ask an owner for an invite."};
}

}  // namespace

Result<bool> Accounts::setup_needed() {
    auto workspace = TRY(ensure_workspace());
    return inside_->database.read([&](Transaction& tx) -> Result<bool> { return TRY(rows::count_owners(tx, workspace)) == 0; });
}

Result<std::optional<std::string>> Accounts::open_setup(const std::filesystem::path& data) {
    auto file = data / "setup-code";
    if (!TRY(setup_needed())) {
        std::error_code ignored;
        std::filesystem::remove(file, ignored);
        inside_->setup.with([](SetupCode& setup) { setup = {}; });
        return std::optional<std::string>();
    }
    auto code = make_code();
    TRY(write_private(file, grouped(code) + "\n"));
    inside_->setup.with([&](SetupCode& setup) { setup = {sha256_hex(code), tries_max, file}; });
    return std::optional(grouped(code));
}

Result<NewSession> Accounts::set_up(const std::string& code, const Name& name, const NewPassword& password, const Client& client) {
    if (!TRY(setup_needed())) return setup_done();
    auto clean = TRY(clean_name(name));
    TRY(inside_->setup.with([&](SetupCode& setup) -> Result<void> {
        if (setup.hash.empty() || setup.tries_left == 0)
            return Error{Kind::denied, "auth.setup_code", "No setup code works any more. Start vitrine again; it prints a new one."};
        if (same_secret(setup.hash, sha256_hex(typed_code(code)))) return {};
        --setup.tries_left;
        return Error{
            Kind::denied, "auth.setup_code",
            setup.tries_left > 0
                ? fmt::format(
                      "The setup code is not right; {} tries left. It is on the terminal and in the file setup-code of the data folder.",
                      setup.tries_left)
                : std::string("The setup code is not right, and that was the last try. Start vitrine again; it prints a new one.")};
    }));
    auto hash = TRY(inside_->passwords.hash(password));
    auto workspace = TRY(ensure_workspace());
    auto session = TRY(inside_->write_alone([&](Transaction& tx) -> Result<NewSession> {
        if (TRY(rows::count_owners(tx, workspace)) > 0) return setup_done();  // two at once: the first one is the owner
        auto row = TRY(inside_->insert_person(tx, workspace, clean, hash, Role::owner));
        auto made = TRY(inside_->begin_session(tx, row, client));
        TRY(inside_->audit.write(tx, caller_of(row, made.session.id), "setup.done", to_string(row.person.id)));
        return made;
    }));
    inside_->setup.with([](SetupCode& setup) {
        std::error_code ignored;
        std::filesystem::remove(setup.file, ignored);
        setup = {};
    });
    return session;
}

}  // namespace vitrine::auth
