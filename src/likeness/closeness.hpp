#pragma once
// How close two photos are, in words. What each word promises was measured: docs/reports/closeness.md.

#include <boost/describe.hpp>
#include <optional>

namespace vitrine::likeness {

// same_item: very likely photos of the one thing. same_style: another thing that looks like it. none: neither, or not sure.
enum class Closeness { same_item, same_style, none };
BOOST_DESCRIBE_ENUM(Closeness, same_item, same_style, none)

// `score` is the cosine of their embeddings; `hash_distance` the bits their perceptual hashes differ in, where both have one.
Closeness closeness_of(double score, std::optional<int> hash_distance);

}  // namespace vitrine::likeness
