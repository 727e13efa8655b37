#pragma once
// What the tasks of one look share: the photo's features, computed once for all that ask, and what was found already.

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "vision/backbone.hpp"
#include "vision/findings.hpp"

namespace vitrine::vision {

// Lives as long as one Eyes::look. Any thread: tasks run side by side.
struct Seen {
public:
    Seen() = default;
    Seen(const Seen&) = delete;
    Seen& operator=(const Seen&) = delete;

    // What kind of thing it is. Waits while that is still being found out on another thread; null when it could not be,
    // or when nobody asked for it.
    const Kinds* kinds() const;

    // The backbone's answer for this photo; the first caller runs it. Errors: those of Backbone::run.
    Result<std::shared_ptr<const Features>> features(const Backbone&, const photo::Decoded&) const;

    // How long a stage inside a task took, for Findings::ms: "text.detect". Adds to what was noted before.
    void note_ms(const std::string& stage, double ms) const;
    std::map<std::string, double> ms() const;

    // For Eyes: from now until settle_kinds, kinds() waits. What is never announced is absent at once.
    void announce_kinds();
    void settle_kinds(std::optional<Kinds>);

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable settled_;
    bool kinds_pending_ = false;
    std::optional<Kinds> kinds_;

    mutable std::map<std::string, double> ms_;

    mutable std::mutex features_mutex_;
    mutable std::shared_ptr<const Features> features_;
};

}  // namespace vitrine::vision
