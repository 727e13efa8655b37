#pragma once
// What the source files of Accounts share. Not for other rooms.

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "auth/accounts.hpp"
#include "auth/accounts_store.hpp"
#include "auth/buckets.hpp"
#include "auth/passwords.hpp"
#include "core/guarded.hpp"

namespace vitrine::auth {

// The code of the first run, while there is no owner.
struct SetupCode {
    std::string hash;  // empty: no code works
    int tries_left = 0;
    std::filesystem::path file;  // where the plain code lies
};

// A password that was right, with the row it was right for.
struct Proven {
    rows::PersonRow row;
    std::optional<std::string> new_hash;  // when the settings changed since the old one was made
};

struct Accounts::Inside {
    store::Database& database;
    const Audit& audit;
    const Clock& clock;
    const Settings& settings;
    Passwords passwords;
    Buckets tries;
    Guarded<SetupCode> setup;

    Inside(store::Database&, const Audit&, const Clock&, const Settings&);

    // A write that decides by what it read of people, keys, invites and sessions: one such write after the other. They are
    // rare, and hashing a password takes longer.
    template <class Work>
    auto write_alone(Work&& work) {
        return database.write([&](store::Transaction& tx) -> std::invoke_result_t<Work, store::Transaction&> {
            TRY(tx.lock("auth"));
            return work(tx);
        });
    }

    // One try to sign in, of this address and of this name (empty: the address alone). Errors: auth.rate.
    Result<void> take_try(const Client&, const std::string& name_key);
    void give_back_try(const Client&, const std::string& name_key);

    // Errors: auth.wrong_password, auth.rate, auth.busy. Not inside a transaction.
    Result<Proven> prove(const std::string& name, const std::string& password, const Client&);
    // In the transaction that acts on the proof: the password is still this one. Errors: auth.wrong_password.
    Result<void> hold(store::Transaction&, const Proven&);

    Result<NewSession> begin_session(store::Transaction&, const rows::PersonRow&, const Client&);
    // Errors: auth.name_taken.
    Result<rows::PersonRow> insert_person(store::Transaction&, const WorkspaceId&, const std::string& name,
                                          const std::string& password_hash, Role);

    // When a session that began at `created_at` and is used now ends.
    Time session_end(Time created_at) const;
};

http::Caller caller_of(const rows::PersonRow&, const SessionId&);

// The person of a caller, for verbs that only a person has. Errors: auth.denied.
Result<PersonId> person_of(const http::Caller&);

// The name as it is kept: without spaces around it. Errors: auth.name (empty, control characters, or a name that audit
// rows give to callers who are no person).
Result<std::string> clean_name(const std::string& name);
// Under which a name is looked up: two names that differ in ASCII case only are the same.
std::string name_key_of(const std::string& name);

Error wrong_password();

// Where a list begins. Errors: http.cursor.
Result<std::string> begin_of(const PageOf&);

}  // namespace vitrine::auth
