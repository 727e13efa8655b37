#pragma once
// How close two photos are, in words. What each word promises was measured: docs/reports/closeness.md.

#include <boost/describe.hpp>
#include <string_view>

namespace vitrine::likeness {

// same_item: very likely photos of the one thing. same_style: another thing that looks much like it, or that one and not sure.
// none: neither.
enum class Closeness { same_item, same_style, none };
BOOST_DESCRIBE_ENUM(Closeness, same_item, same_style, none)

// The least cosine of two embeddings that is called so.
struct Thresholds {
    double same_item = 0, same_style = 0;
};

// Those of data/closeness.json when this is the model they were measured with. Of a model that nobody measured only what is
// nearly the same vector is called close.
Thresholds thresholds_of(std::string_view model_version);
bool is_measured(std::string_view model_version);

Closeness closeness_of(double cosine, const Thresholds&);

}  // namespace vitrine::likeness
