#include "auth/auth.hpp"

#include <algorithm>

namespace vitrine::auth {

bool allows(Role role, Right right) {
    switch (right) {
        case Right::open:
        case Right::signed_in:
        case Right::read:
            return true;
        case Right::upload:
        case Right::write:
            return role != Role::viewer;
        case Right::review:
            return role == Role::reviewer || role == Role::owner;
        case Right::admin:
        case Right::owner:
            return role == Role::owner;
    }
    return false;
}

bool allows(Scope scope, Right right) {
    switch (right) {
        case Right::open:
            return true;
        case Right::read:
            return scope != Scope::upload;
        case Right::upload:
            return scope != Scope::read;
        case Right::write:
            return scope == Scope::write || scope == Scope::admin;
        case Right::admin:
            return scope == Scope::admin;
        case Right::signed_in:
        case Right::review:
        case Right::owner:
            return false;
    }
    return false;
}

bool allows(std::span<const Scope> scopes, Right right) {
    return right == Right::open || std::ranges::any_of(scopes, [&](Scope scope) { return allows(scope, right); });
}

std::vector<Right> rights_of(Role role) {
    std::vector<Right> rights;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<Right>>([&](auto d) {
        if (allows(role, d.value)) rights.push_back(d.value);
    });
    return rights;
}

http::Caller local_caller(const WorkspaceId& workspace) {
    return {workspace, std::nullopt, "local", ""};
}

}  // namespace vitrine::auth
