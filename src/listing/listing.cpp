#include "listing/listing.hpp"

#include <fmt/format.h>

#include "core/json.hpp"

namespace vitrine::listing {
namespace {

Error refused(State state, std::string_view verb, std::string_view instead) {
    return {Kind::conflict, "listing.state", fmt::format("A listing that is {} cannot be {}; {}.", json::enum_name(state), verb, instead)};
}

}  // namespace

Result<State> approve(State state) {
    switch (state) {
        case State::draft:
        case State::rejected:
        case State::approved:
            return State::approved;
        case State::received:
        case State::drafting:
            return refused(state, "approved", "wait for its draft");
        case State::failed:
            return refused(state, "approved", "analyse it again or fill it in first");
        case State::trashed:
            return refused(state, "approved", "restore it first");
    }
    return State::approved;
}

Result<State> reject(State state) {
    switch (state) {
        case State::draft:
        case State::approved:
        case State::rejected:
        case State::failed:
            return State::rejected;
        case State::received:
        case State::drafting:
            return refused(state, "rejected", "wait for its draft, or trash it");
        case State::trashed:
            return refused(state, "rejected", "restore it first");
    }
    return State::rejected;
}

Result<State> trash(State state) {
    if (state == State::trashed) return refused(state, "trashed", "it is in the trash already");
    return State::trashed;
}

State after_edit(State state) {
    return state == State::approved || state == State::rejected || state == State::failed ? State::draft : state;
}

}  // namespace vitrine::listing
