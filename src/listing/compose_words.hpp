#pragma once
// Inside this room only: title, description and tags, written from the other fields.

#include "listing/compose.hpp"

namespace vitrine::listing {

// Writes the texts of `into` from the values in `from` (a person's corrections included), in the listing's language.
// `product` is the name of a grocery product, or empty.
void fill_words(Fields& into, const Fields& from, const catalog::Catalog&, Language, const std::string& product = {});

}  // namespace vitrine::listing
