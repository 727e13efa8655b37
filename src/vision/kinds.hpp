#pragma once
// Two tasks over one run of the backbone: the embedding, and what kind of thing the photo shows.

#include <memory>

#include "vision/backbone.hpp"
#include "vision/heads.hpp"
#include "vision/task.hpp"

namespace vitrine::vision {

struct KindHeads {
    Head kind;      // clothing, grocery, other
    Head clothing;  // category
    Head grocery;   // product
};

// Of the whole view, L2-normalised.
std::unique_ptr<Task> make_embedding(std::shared_ptr<const Backbone>);
std::unique_ptr<Task> make_kinds(std::shared_ptr<const Backbone>, std::shared_ptr<const KindHeads>);

// It is clothing or a grocery when the larger of the two reaches the kind's threshold, else "other". Category and product
// have a value only when the kind is theirs and their own threshold is reached.
struct Scored {
    const HeadCard& card;
    std::vector<double> probabilities;
};
Kinds decide(const Scored& kind, const Scored& clothing, const Scored& grocery);

}  // namespace vitrine::vision
