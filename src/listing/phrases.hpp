#pragma once
// Inside this room only: every sentence a draft says to a person, once for each language.

#include <string_view>

#include "listing/listing.hpp"

namespace vitrine::listing {

// {} is filled in by fmt; what it stands for is said beside it.
struct Phrases {
    // what to do for an empty field
    std::string_view ask_category, ask_brand, ask_size, ask_colours, ask_materials, ask_condition, ask_title, ask_price;
    std::string_view ask_printed_brand;  // {} brand
    // why a field has its value
    std::string_view why_category;   // {} category
    std::string_view why_product;    // {} product
    std::string_view why_imagenet;   // {} category
    std::string_view why_brand;      // {} the text read
    std::string_view why_printed;    // {} the text read, on the thing itself
    std::string_view why_size;       // {} the text read
    std::string_view why_materials;  // {} the text read
    std::string_view why_colour;     // {} colour, {} share in percent
    std::string_view why_composed;
    // the description, line by line
    std::string_view line_size, line_colour, line_materials, line_condition;  // {} value
    std::string_view title_size;                                              // {} size, within a title
    std::string_view and_word;
};

const Phrases& phrases(Language);

}  // namespace vitrine::listing
