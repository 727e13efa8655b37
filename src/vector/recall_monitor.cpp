#include "vector/recall_monitor.hpp"

#include <algorithm>
#include <numeric>

namespace vitrine::vector {

void RecallMonitor::offer(Sample sample) {
    std::scoped_lock lock(mutex_);
    if (waiting_.size() == waiting_most) {
        ++left_out_;
        return;
    }
    waiting_.push_back(std::move(sample));
}

std::optional<RecallMonitor::Sample> RecallMonitor::take() {
    std::scoped_lock lock(mutex_);
    if (waiting_.empty()) return std::nullopt;
    Sample sample = std::move(waiting_.front());
    waiting_.pop_front();
    return sample;
}

void RecallMonitor::tell(const Sample& sample, std::span<const Hit> exact) {
    if (exact.empty()) return;
    const auto found = std::count_if(exact.begin(), exact.end(), [&](const Hit& hit) {
        return std::any_of(sample.hits.begin(), sample.hits.end(), [&](const Hit& one) { return one.key == hit.key; });
    });
    const double recall = static_cast<double>(found) / static_cast<double>(exact.size());
    std::scoped_lock lock(mutex_);
    last_[compared_ % lately] = recall;
    ++compared_;
    recalls_ += recall;
    if (!sample.aimed) return;
    aimed_recalls_ += recall;
    if (++aimed_ < aims_after) return;
    // Half of what is missing at a time, so that one bad batch does not swing it.
    aim_ = std::clamp(aim_ + (wanted_ - aimed_recalls_ / static_cast<double>(aims_after)) / 2, wanted_, 1.0);
    aimed_ = 0;
    aimed_recalls_ = 0;
}

Watched RecallMonitor::watched() const {
    std::scoped_lock lock(mutex_);
    Watched watched;
    watched.searches = compared_;
    watched.left_out = left_out_;
    watched.aim = aim_;
    if (compared_ == 0) return watched;
    const std::size_t count = std::min<std::size_t>(compared_, lately);
    watched.recall = recalls_ / static_cast<double>(compared_);
    watched.recall_lately =
        std::accumulate(last_.begin(), last_.begin() + static_cast<std::ptrdiff_t>(count), 0.0) / static_cast<double>(count);
    return watched;
}

}  // namespace vitrine::vector
