#pragma once
// Inside this room only: searches of late, waiting to be compared with the exact answer, and what came of it.
//
// Calibration asks rows; live queries may come from elsewhere (text against pictures), and then find less. What is lost shows here, and
// is made up for: a search aims as much above the recall that is wanted as the last ones fell below it.

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
        bool aimed = true;  // at what is wanted, so that it counts for the next aim
    };

    RecallMonitor(std::size_t one_in, double wanted) : one_in_(one_in), wanted_(wanted), aim_(wanted) {}

    // The recall to look up an effort by, so that the one that is wanted is found.
    double aim() const { return aim_.load(std::memory_order_relaxed); }

    // Whether it is this search's turn.
    bool turn() { return one_in_ > 0 && turns_.fetch_add(1, std::memory_order_relaxed) % one_in_ == one_in_ - 1; }
    void offer(Sample);
    std::optional<Sample> take();

    void tell(const Sample&, std::span<const Hit> exact);
    Watched watched() const;

private:
    static constexpr std::size_t waiting_most = 4;  // each keeps a view alive
    static constexpr std::size_t lately = 64;
    static constexpr std::size_t aims_after = 32;  // as many searches' mean says how far off the aim is

    const std::size_t one_in_;
    const double wanted_;
    std::atomic<double> aim_;
    std::atomic<std::size_t> turns_{0};
    mutable std::mutex mutex_;
    std::deque<Sample> waiting_;
    std::uint64_t compared_ = 0;
    std::uint64_t left_out_ = 0;
    double recalls_ = 0;
    std::array<double, lately> last_{};
    std::size_t aimed_ = 0;
    double aimed_recalls_ = 0;
};

}  // namespace vitrine::vector
