#pragma once
// Inside this room only: searches of late, waiting to be compared with the exact answer, and what came of it.
//
// Calibration asks rows; live queries may come from elsewhere (text against pictures), and then find less. What is lost shows here.

#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>

#include "vector/filter.hpp"
#include "vector/space.hpp"
#include "vector/view.hpp"

namespace vitrine::vector {

// Any thread.
class RecallMonitor {
public:
    // One search as it was answered, with the view that answered it.
    struct Sample {
        std::shared_ptr<const View> view;
        std::vector<float> query;  // padded
        std::size_t k = 0;
        Filter filter;
        std::vector<Hit> hits;
    };

    explicit RecallMonitor(std::size_t one_in) : one_in_(one_in) {}

    // Whether it is this search's turn.
    bool turn() { return one_in_ > 0 && turns_.fetch_add(1, std::memory_order_relaxed) % one_in_ == one_in_ - 1; }
    void offer(Sample);
    std::optional<Sample> take();

    void tell(const Sample&, std::span<const Hit> exact);
    Watched watched() const;

private:
    static constexpr std::size_t waiting_most = 4;  // each keeps a view alive
    static constexpr std::size_t lately = 64;

    const std::size_t one_in_;
    std::atomic<std::size_t> turns_{0};
    mutable std::mutex mutex_;
    std::deque<Sample> waiting_;
    std::uint64_t compared_ = 0;
    std::uint64_t left_out_ = 0;
    double recalls_ = 0;
    std::array<double, lately> last_{};
};

}  // namespace vitrine::vector
