#pragma once
// A person's word against the machine's: laid over it, never mixed into it.

#include <string>
#include <vector>

#include "catalog/catalog.hpp"
#include "core/json.hpp"
#include "listing/listing.hpp"

namespace vitrine::listing {

// The fields in force: a person's value wins, and the machine's is kept beside it.
Fields overlay(Fields machine, const Corrections& in_force);

// `patch` laid over what was in force: a value replaces, null removes, absence leaves.
Corrections merge(Corrections in_force, const Corrections& patch);

// One correction for the log that learning reads.
struct Correction {
    std::string field;
    json::Value machine;  // null when the machine had nothing
    json::Value person;   // null when the field goes back to the machine
};
std::vector<Correction> corrections_of(const Fields& machine, const Corrections& patch);

// Names of the empty fields, in the order people fill them.
std::vector<std::string> missing(const Fields&);

// Catalogue keys must exist. Errors: listing.unknown_category, listing.unknown_colour, listing.unknown_fibre,
// listing.unknown_condition; `path` names the field.
Result<void> check(const Corrections&, const catalog::Catalog&);

}  // namespace vitrine::listing
