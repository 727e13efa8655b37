#include "vision/seen.hpp"

namespace vitrine::vision {

const Kinds* Seen::kinds() const {
    std::unique_lock lock(mutex_);
    settled_.wait(lock, [&] { return !kinds_pending_; });
    return kinds_ ? &*kinds_ : nullptr;
}

void Seen::note_ms(const std::string& stage, double ms) const {
    std::scoped_lock lock(mutex_);
    ms_[stage] += ms;
}

std::map<std::string, double> Seen::ms() const {
    std::scoped_lock lock(mutex_);
    return ms_;
}

void Seen::announce_kinds() {
    std::scoped_lock lock(mutex_);
    kinds_pending_ = true;
}

void Seen::settle_kinds(std::optional<Kinds> kinds) {
    {
        std::scoped_lock lock(mutex_);
        kinds_pending_ = false;
        kinds_ = std::move(kinds);
    }
    settled_.notify_all();
}

Result<std::shared_ptr<const Features>> Seen::features(const Backbone& backbone, const photo::Decoded& photo) const {
    std::scoped_lock lock(features_mutex_);
    if (!features_) features_ = std::make_shared<const Features>(TRY(backbone.run(photo.working)));
    return features_;
}

}  // namespace vitrine::vision
