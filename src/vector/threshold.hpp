#pragma once
// Inside this room only: the k largest of what came by.

#include <limits>
#include <queue>
#include <vector>

namespace vitrine::vector {

// The least of the k largest is what a newcomer must reach.
class Threshold {
public:
    explicit Threshold(std::size_t k) : k_(k) {}

    float value() const { return best_.size() < k_ ? -std::numeric_limits<float>::infinity() : best_.top(); }
    void add(float score) {
        if (best_.size() == k_) {
            if (score <= best_.top()) return;
            best_.pop();
        }
        best_.push(score);
    }

private:
    std::size_t k_;
    std::priority_queue<float, std::vector<float>, std::greater<>> best_;
};

}  // namespace vitrine::vector
