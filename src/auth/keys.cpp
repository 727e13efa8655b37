// API keys: what a program gets instead of a person's password.
#include "auth/accounts.hpp"
#include "auth/accounts_inside.hpp"
#include "auth/secrets.hpp"

namespace vitrine::auth {

using store::Transaction;

namespace {

// What the caller may hand on: a role's rights, and everything for `local`.
Result<void> may_give(Transaction& tx, const http::Caller& caller, const std::vector<Scope>& scopes) {
    if (!caller.person) return {};
    auto role = TRY(rows::find_person(tx, caller.workspace, *caller.person)).person.role;
    for (auto scope : scopes)
        for (auto right : rights_of(Role::owner))
            if (allows(scope, right) && !allows(role, right))
                return Error{Kind::denied, "auth.scope",
                             fmt::format("Your role ({}) may not {} itself, so it cannot give the scope \"{}\".", json::enum_name(role),
                                         json::enum_name(right), json::enum_name(scope)),
                             "$.scopes"};
    return {};
}

// Absent: the keys of everybody, for who may administrate.
Result<std::optional<PersonId>> keys_seen_by(Transaction& tx, const http::Caller& caller) {
    if (!caller.person) return std::optional<PersonId>();
    auto role = TRY(rows::find_person(tx, caller.workspace, *caller.person)).person.role;
    return allows(role, Right::admin) ? std::nullopt : caller.person;
}

}  // namespace

Result<NewKey> Accounts::make_key(const http::Caller& caller, const Name& name, const std::vector<Scope>& scopes) {
    std::vector<Scope> wanted = scopes;
    std::ranges::sort(wanted);
    wanted.erase(std::ranges::unique(wanted).begin(), wanted.end());
    if (wanted.empty()) return Error{Kind::invalid, "auth.scope", "Name at least one scope: upload, read, write or admin.", "$.scopes"};

    return inside_->write_alone([&](Transaction& tx) -> Result<NewKey> {
        TRY(may_give(tx, caller, wanted));
        if (TRY(rows::count_keys(tx, caller.workspace)) >= inside_->settings.keys_max)
            return Error{Kind::conflict, "auth.keys_max",
                         fmt::format("There are {} keys already. Revoke one that is not used.", inside_->settings.keys_max)};
        NewKey made{make_key_secret(), {KeyId::make(), TRY(clean_name(name)), wanted, caller.name, inside_->clock.now(), std::nullopt}};
        TRY(rows::insert_key(tx, {made.key, caller.workspace, caller.person, std::nullopt, std::nullopt}, sha256_hex(made.secret)));
        TRY(inside_->audit.write(tx, caller, "key.made", to_string(made.key.id), json::Object{{"scopes", json::write(wanted)}}));
        return made;
    });
}

Result<std::vector<Key>> Accounts::keys(const http::Caller& caller, const PageOf& page) {
    auto before = TRY(begin_of(page));
    return inside_->database.read([&](Transaction& tx) -> Result<std::vector<Key>> {
        return rows::keys(tx, caller.workspace, TRY(keys_seen_by(tx, caller)), before, page.limit);
    });
}

Result<void> Accounts::revoke_key(const http::Caller& caller, const KeyId& id) {
    return inside_->write_alone([&](Transaction& tx) -> Result<void> {
        auto row = TRY(rows::key_by_id(tx, id));
        auto seen = TRY(keys_seen_by(tx, caller));
        bool theirs = row && row->workspace == caller.workspace && (!seen || row->maker == seen);
        if (!theirs || TRY(rows::revoke_key(tx, id, inside_->clock.now())) == 0)
            return Error{Kind::not_found, "auth.key_not_found", "You have no key with this id."};
        return inside_->audit.write(tx, caller, "key.revoked", to_string(id));
    });
}

}  // namespace vitrine::auth
